"""Lists, the table and the form over a large workspace, each as its user waits for it."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.desks import filled_desk
from benchmarks.figures import Figure
from forms.choices import Choice, ChoiceList

SIZE = 100_000
CODES = 10_000
ROUNDS = 15
WORDS = ("", "minh", "thon minh tam", "duong 99", "pho 12")


def measure() -> list[Figure]:
    """Return the 95th percentiles in milliseconds, taken in one run without a screen."""
    return [*_lists(), *_window()]


def _lists() -> list[Figure]:
    """A list of many codes: opened for the first time, then searched as somebody types."""
    items = [Choice(f"P{number:05}", dict.fromkeys(("vi", "en"), _street(number))) for number in range(CODES)]
    opening = [_timed(lambda: ChoiceList("streets", items).search("")) for _ in range(5)]
    streets = ChoiceList("streets", items)
    streets.search("")
    typing = [_timed(lambda word=word: streets.search(word)) for _ in range(ROUNDS) for word in WORDS]
    return [
        Figure("list of codes, opened", "ms", max(opening), size=CODES),
        Figure("list of codes, filtered without diacritics, p95", "ms", _p95(typing), size=CODES),
    ]


def _street(number: int) -> str:
    names = ("Trần Phú", "Nguyễn Huệ", "Minh Tâm", "Đội Cấn", "Hàng Bông", "Lý Thường Kiệt")
    return f"{'Đường' if number % 2 else 'Phố'} {names[number % len(names)]} {number}"


def _window() -> list[Figure]:
    from core.clock import utc_now
    from desktop.app import default_actor, prepare
    from services.workspaces import open_desk

    prepare("vi")
    with TemporaryDirectory() as folder:
        with filled_desk(SIZE, Path(folder)) as desk:
            workspace = desk.workspace.folder
        with open_desk(workspace, actor=default_actor(), clock=utc_now) as desk:
            return _measure_window(desk)


def _measure_window(desk) -> list[Figure]:  # type: ignore[no-untyped-def]
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from desktop.main_window import DeskWindow
    from desktop.pictures import settle_window
    from desktop.session import Session

    session = Session(desk)
    window = DeskWindow(session)
    window.resize(1366, 768)
    window.show()
    settle_window(window)
    shown = QApplication.processEvents
    table = window.table
    opening = _timed(lambda: (table.show_type("land_use_plan_area"), shown()))
    model = table.model
    rows = model.rowCount()
    bar = table.table.verticalScrollBar()
    scrolling = [
        _timed(lambda place=place: (bar.setValue(place * bar.maximum() // 40), shown())) for place in range(40)
    ]
    column = next(place for place in range(model.columnCount()) if model.sort_key(place) == "area_ha")
    orders = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
    sorting = [_timed(lambda order=order: (model.sort(column, order), shown())) for _ in range(5) for order in orders]
    filtering = []
    for word in ("minh", "khu", "thon", "minh tam"):
        table.filter.setText(word)
        filtering.append(_timed(lambda: (table.reload(), shown())))
    table.filter.clear()
    table.reload()
    uids = [model.record(row).uid for row in range(0, rows, rows // 40)]
    first = _timed(lambda: (window.record.show_record(uids[0]), shown()))
    forms = [_timed(lambda uid=uid: (window.record.show_record(uid), shown())) for uid in uids[1:]]
    window.map.shut_down()
    session.runner.shut_down()
    return [
        Figure("table of a type, opened", "ms", opening, size=rows),
        Figure("table, scrolled anywhere, p95", "ms", _p95(scrolling), size=rows),
        Figure("table, sorted by a number, p95", "ms", _p95(sorting), size=rows),
        Figure("table, filtered without diacritics, worst", "ms", max(filtering), size=rows),
        Figure("form, first of a type", "ms", first, size=rows),
        Figure("form, another record, p95", "ms", _p95(forms), size=rows),
    ]


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]
