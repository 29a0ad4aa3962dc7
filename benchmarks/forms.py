"""Lists, the table and the form over a large workspace, each as its user waits for it."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.desks import TYPE, filled_desk
from benchmarks.figures import Figure
from forms.choices import Choice, ChoiceList
from services.editing import update_values
from services.reading import fetch_order, fetch_page, fetch_record
from services.view_export import export_view

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow
    from desktop.panels.attribute_panel import AttributePanel
    from services.desk import Desk

SIZE = 100_000
CODES = 10_000
ROUNDS = 15
EDITS = 40
WORDS = ("", "minh", "thon minh tam", "duong 99", "pho 12")
TYPED = "duong minh tam 99"
FILTERS = ("minh", "khu", "thon", "minh tam")
CONDITIONS = (
    "code_plan = 'LUC'",
    "year_target > 2028 AND name LIKE 'Thôn%'",
    "area_ha BETWEEN 0.1 AND 0.2",
    "accenti(casei(name)) LIKE 'thon minh%'",
)


def measure() -> list[Figure]:
    """Return milliseconds of waiting, and seconds of an export, taken in one run without a screen."""
    from core.clock import utc_now
    from desktop.app import default_actor, prepare
    from services.workspaces import open_desk

    prepare("vi")
    figures = [*_lists(), *_editor()]
    with TemporaryDirectory() as folder:
        with filled_desk(SIZE, Path(folder)) as desk:
            workspace = desk.workspace.folder
        with open_desk(workspace, actor=default_actor(), clock=utc_now) as desk:
            return [*figures, *_store(desk, Path(folder)), *_measure_window(desk)]


def _streets() -> ChoiceList:
    items = [Choice(f"P{number:05}", dict.fromkeys(("vi", "en"), _street(number))) for number in range(CODES)]
    return ChoiceList("streets", items)


def _street(number: int) -> str:
    names = ("Trần Phú", "Nguyễn Huệ", "Minh Tâm", "Đội Cấn", "Hàng Bông", "Lý Thường Kiệt")
    return f"{'Đường' if number % 2 else 'Phố'} {names[number % len(names)]} {number}"


def _lists() -> list[Figure]:
    """A list of many codes: opened for the first time, then searched as somebody types."""
    opening = [_timed(lambda: _streets().search("")) for _ in range(5)]
    streets = _streets()
    streets.search("")
    typing = [_timed(lambda word=word: streets.search(word)) for _ in range(ROUNDS) for word in WORDS]
    return [
        Figure("list of codes, made and opened", "ms", max(opening), size=CODES),
        Figure("list of codes, filtered without diacritics, p95", "ms", _p95(typing), size=CODES),
    ]


def _editor() -> list[Figure]:
    """The same list in the form's editor, from the key to the options painted under the line."""
    rounds = [_open_and_type() for _ in range(5)]
    return [
        Figure("editor of a code, opened", "ms", statistics.median(taken[0] for taken in rounds), size=CODES),
        Figure("editor of a code, first key", "ms", statistics.median(taken[1] for taken in rounds), size=CODES),
        Figure(
            "editor of a code, any further key, p95", "ms", _p95([t for taken in rounds for t in taken[2:]]), size=CODES
        ),
    ]


def _open_and_type() -> list[float]:
    """Return what a new editor takes to open its list, and then for each key."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from desktop.entry.choices import ChoiceEditor
    from forms.catalogue import Catalogue
    from forms.model import ChoiceField

    label = {"vi": "Đường", "en": "Street"}
    field = ChoiceField(key="street", section="own", label=label, type="choice", choices="streets")
    editor = ChoiceEditor(field, Catalogue([], [], [_streets()]))
    editor.resize(400, 32)
    editor.show()
    shown = QApplication.processEvents
    shown()
    opening = _timed(lambda: (editor.line.browse(), shown()))
    keys = [_timed(lambda letter=letter: (QTest.keyClicks(editor.line, letter), shown())) for letter in TYPED]
    editor.close()
    return [opening, *keys]


def _store(desk: "Desk", folder: Path) -> list[Figure]:
    """What the table asks of the store: every order, conditions, the view as a file; and an edit stored and checked."""
    kind = desk.catalogue.type(TYPE)
    fetch_order(desk, TYPE)
    sorting = [
        _timed(lambda key=key: fetch_order(desk, TYPE, sort=key)) for key in ("state", *(f.key for f in kind.fields))
    ]
    saving = []
    for place, record in enumerate(fetch_page(desk, TYPE, limit=EDITS).records):
        held = fetch_record(desk, record.uid)
        values = {"name": f"Thôn Đồi Mây {place}"}
        saving.append(
            _timed(lambda held=held, values=values: update_values(desk, held.uid, values, expected=held.revision))
        )
    return [
        Figure("order of a table by any column, worst", "ms", max(sorting), size=SIZE),
        Figure("one edit checked and stored, p95", "ms", _p95(saving), size=SIZE),
        *(
            Figure(
                f"view to {suffix}, every column",
                "s",
                _timed(lambda s=suffix: export_view(desk, TYPE, folder / f"view.{s}")) / 1000,
                size=SIZE,
            )
            for suffix in ("csv", "xlsx")
        ),
    ]


def _measure_window(desk: "Desk") -> list[Figure]:
    from desktop.main_window import DeskWindow
    from desktop.pictures import settle_window
    from desktop.session import Session

    session = Session(desk)
    window = DeskWindow(session)
    window.resize(1366, 768)
    window.show()
    window.pages.setCurrentWidget(window.map_page)
    window.show_dock(window.under_dock)
    window.under.setCurrentWidget(window.table)
    settle_window(window)
    figures = [*_table(window.table), *_form(window)]
    window.map.shut_down()
    session.runner.shut_down()
    return figures


def _table(table: "AttributePanel") -> list[Figure]:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    shown = QApplication.processEvents
    opening = _timed(lambda: (table.show_type(TYPE), shown()))
    model: Any = table.model
    rows = model.rowCount()
    bar = table.table.verticalScrollBar()
    scrolling = [
        _timed(
            lambda place=place: (bar.setValue(place * bar.maximum() // 40), table.table.viewport().repaint(), shown())
        )
        for place in range(40)
    ]
    columns = [place for place in range(model.columnCount()) if not table.table.isColumnHidden(place)]
    orders = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
    sorting = [
        _timed(lambda column=column, order=order: (model.sort(column, order), shown()))
        for column in columns
        for order in orders
    ]
    model.sort(-1)
    filtering = [_timed(lambda text=text: _filter(table, 0, text)) for text in FILTERS]
    asking = [_timed(lambda text=text: _filter(table, 1, text)) for text in CONDITIONS]
    _filter(table, 0, "")
    return [
        Figure("table of a type, opened", "ms", opening, size=rows),
        Figure("table, scrolled anywhere, p95", "ms", _p95(scrolling), size=rows),
        Figure("table, sorted by any column shown, worst", "ms", max(sorting), size=rows),
        Figure("table, filtered without diacritics, worst", "ms", max(filtering), size=rows),
        Figure("table, filtered by CQL2, worst", "ms", max(asking), size=rows),
    ]


def _filter(table: "AttributePanel", mode: int, text: str) -> None:
    from PySide6.QtWidgets import QApplication

    for widget in (table.mode, table.filter):
        widget.blockSignals(True)
    table.mode.setCurrentIndex(mode)
    table.filter.setText(text)
    for widget in (table.mode, table.filter):
        widget.blockSignals(False)
    table.reload()
    QApplication.processEvents()


def _form(window: "DeskWindow") -> list[Figure]:
    from PySide6.QtWidgets import QApplication

    shown, model = QApplication.processEvents, window.table.model
    assert model is not None
    rows = model.rowCount()
    uids = [model.record(row).uid for row in range(0, rows, rows // 40)]
    first = _timed(lambda: (window.record.show_record(uids[0]), shown()))
    forms = [_timed(lambda uid=uid: (window.record.show_record(uid), shown())) for uid in uids[1:]]
    return [
        Figure("form, first of a type", "ms", first, size=rows),
        Figure("form, another record, p95", "ms", _p95(forms), size=rows),
    ]


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]
