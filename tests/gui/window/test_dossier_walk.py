"""A dossier by keys alone: its values, two documents, a boundary from a coordinate table, three areas."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.resources import resource_path
from desktop.entry.field_row import FieldRow
from desktop.main_window import DeskWindow
from desktop.pages.add_documents import AddDocuments
from desktop.pages.dossier_files import FilesCard
from desktop.pictures import settle_window
from forms.record import Actor, State
from services.desk import Desk
from services.desk_checks import check_desk
from services.dossiers import list_dossiers, open_dossier
from services.reading import count_by_type
from services.workspaces import create_desk
from tests.exchange.document_samples import pdf
from tests.services.desks import sample_xy, write_roads

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CORNERS = [(0.0, 0.0), (300.0, 0.0), (300.0, 200.0), (0.0, 200.0)]
TITLE = "BẢNG KÊ TỌA ĐỘ GÓC RANH\nHệ tọa độ VN-2000, kinh tuyến trục 106°00', múi chiếu 3°\n"
VALUES = {
    "name": "Quy hoạch sử dụng đất xã Bắc Quang",
    "plan_kind": "QHSDD_XA",
    "status": "da phe duyet",
    "secrecy_declared": "Có",
    "period_from": "2021",
    "period_to": "2030",
    "area_ha": "6",
    "decision_no": "Số 2820 /QD-UBND",
    "decision_date": "19/02/2026",
    "approving_authority": "UBND cap tinh",
    "approving_org": "UBND tỉnh Tuyên Quang",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    boundary = resource_path("sample", "ranh_gioi_xa.geojson")
    made = create_desk(tmp_path / "sổ", "01153", boundary_file=boundary, actor=Actor("can_bo"), clock=lambda: NOW)
    yield made
    made.close()


def official(value: float) -> str:
    return f"{value:,.3f}".translate(str.maketrans(",.", ".,"))


@pytest.fixture
def coordinate_table(tmp_path: Path) -> Path:
    """The boundary as an office writes it: X is north, each edge with its length."""
    closed = [(float(y), float(x)) for x, y in sample_xy([*CORNERS, CORNERS[0]])]
    lines = []
    for number, corner in enumerate(closed):
        edge = official(math.dist(closed[number - 1], corner)) if number else ""
        lines.append(f"{number % len(CORNERS) + 1}\t{official(corner[0])}\t{official(corner[1])}\t{edge}")
    path = tmp_path / "bảng tọa độ.txt"
    path.write_text(TITLE + "Số hiệu điểm\tX (m)\tY (m)\tS (m)\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    """Three areas that fill the boundary."""
    shapes = []
    for number in range(3):
        ring = [(100.0 * number + east, north) for east, north in ((0, 0), (100, 0), (100, 200), (0, 200))]
        facts = {"so_khoanh": str(number + 1), "ma_hien_trang": "LUC", "ma_quy_hoach": "ONT", "nam_thuc_hien": 2028}
        shapes.append((facts, shapely.Polygon(sample_xy(ring))))
    return write_roads(tmp_path / "khoanh đất.geojson", shapes)


@pytest.fixture
def documents(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("2820_QD-UBND_19-02-2026.pdf", "Thuyết minh tổng hợp.pdf")]
    for path in paths:
        path.write_bytes(pdf() + f"% {path.name}".encode())
    return paths


class Keyboard:
    """All that the walk does to the window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    @property
    def focused(self) -> QWidget:
        """Where the keys of a real keyboard go: into an open list, else where the cursor is."""
        return QApplication.activePopupWidget() or QApplication.focusWidget() or self._window

    def press(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        self._take_back()
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= modifier
        QTest.keyClick(self.focused, key, held)

    def let_go(self) -> None:
        """Let go of Control, Shift and Alt: Qt believes them held after a click of keys."""
        QTest.keyClick(self.focused, Qt.Key.Key_Shift)

    def _take_back(self) -> None:
        """Do what a window system does when a list closes and the offscreen one does not: wake the window under it."""
        active = QApplication.activeWindow()
        if active is None or not active.isVisible():
            (QApplication.activeModalWidget() or self._window).activateWindow()
            QApplication.processEvents()

    def write(self, text: str) -> None:
        """Type a text; ``QTest.keyClicks`` knows Latin-1 alone, so each letter is a key event of its own."""
        for letter in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
                QApplication.sendEvent(self.focused, event)

    @property
    def row(self) -> FieldRow | None:
        """The field in which the cursor stands."""
        widget: QWidget | None = QApplication.focusWidget()
        while widget is not None and not isinstance(widget, FieldRow):
            widget = widget.parentWidget()
        return widget


def test_a_dossier_by_keyboard_alone(
    window: DeskWindow,
    desk: Desk,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    documents: list[Path],
    coordinate_table: Path,
    areas: Path,
) -> None:
    failures: list[str] = []
    window.session.failed.connect(lambda failure, retry: failures.append(str(failure.error)))
    to_open = [str(coordinate_table), str(areas)]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (to_open.pop(0), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path) for path in documents], ""))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keys = Keyboard(window)
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier

    keys.press(Qt.Key.Key_5, control)
    settle_window(window)
    assert window.pages.currentWidget() is window.dossiers

    keys.press(Qt.Key.Key_N, control)
    fill_form(keys, VALUES)
    keys.press(Qt.Key.Key_S, control)
    settle_window(window)
    [row] = list_dossiers(desk)
    uid = row.record.uid
    assert row.record.values["decision_no"] == "2820/QĐ-UBND"
    assert row.record.values["secrecy_declared"] is True
    assert {key for key in VALUES if row.record.values[key] is None} == set()

    add_button = window.dossiers.findChildren(FilesCard)[0].add_button
    qtbot.waitUntil(lambda: add_button.isVisible() and add_button.isEnabled(), timeout=30_000)
    keys.press(Qt.Key.Key_V, alt)
    qtbot.waitUntil(lambda: window.dossiers.findChild(AddDocuments) is not None, timeout=30_000)
    dialog = window.dossiers.findChild(AddDocuments)
    qtbot.waitUntil(lambda: keys.row is not None and dialog.isAncestorOf(keys.row), timeout=30_000)
    for _ in range(30):
        if keys.row is None:
            break
        keys.press(Qt.Key.Key_Return)
    assert keys.focused is dialog.add_button
    keys.press(Qt.Key.Key_Space)
    settle_window(window)
    found = open_dossier(desk, uid)
    assert {record.values["doc_kind"] for record in found.documents} == {"quyet_dinh", "thuyet_minh"}
    assert all(record.values["file_sha256"] for record in found.documents)

    for key, type_id, count in ((Qt.Key.Key_D, "planning_boundary", 1), (Qt.Key.Key_O, "land_use_plan_area", 3)):
        keys.press(key, alt)
        await_plan(window, qtbot)
        assert keys.focused is window.import_page.import_button
        keys.press(Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: window.pages.currentWidget() is window.dossiers, timeout=30_000)
        settle_window(window)
        assert len(open_dossier(desk, uid).of(type_id)) == count

    keys.press(Qt.Key.Key_F7)
    settle_window(window)
    report = check_desk(desk)
    assert not report.blocks_package, [finding.text() for finding in report.findings]
    full = open_dossier(desk, uid).completeness
    assert full.missing == () or all(part.kind == "field" for part in full.missing)

    answer_yes()
    keys.press(Qt.Key.Key_D, control, Qt.KeyboardModifier.ShiftModifier)
    settle_window(window)
    counted = count_by_type(desk)
    for type_id, count in (("planning_dossier", 1), ("dossier_document", 2), ("planning_boundary", 1)):
        assert counted[type_id] == {State.APPROVED: count}
    assert counted["land_use_plan_area"] == {State.APPROVED: 3}
    assert failures == []
    keys.let_go()
    assert QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier


def fill_form(keys: Keyboard, values: dict[str, str]) -> None:
    """Go through the form by Enter, typing where there is something to type."""
    left = dict(values)
    for _ in range(120):
        if not left:
            return
        row = keys.row
        assert row is not None, f"the cursor left the form, still to fill: {left}"
        if row.field.key in left:
            keys.write(left.pop(row.field.key))
        keys.press(Qt.Key.Key_Return)
    pytest.fail(f"not reached: {left}")


def await_plan(window: DeskWindow, qtbot: QtBot) -> None:
    """Wait until the import page has read the file and says what it would make of it."""
    page = window.import_page
    qtbot.waitUntil(lambda: window.pages.currentWidget() is page)
    qtbot.waitUntil(lambda: page.plan is not None and not page.is_busy, timeout=30_000)


def answer_yes() -> None:
    """When the question comes that stops the program, go from its safe answer to the other one and press it."""

    def answer() -> None:
        box = QApplication.activeModalWidget()
        button = box.focusWidget() if isinstance(box, QMessageBox) else None
        if button is not None and button is not box.defaultButton():
            QTest.keyClick(button, Qt.Key.Key_Space)
            return
        if button is not None:
            QTest.keyClick(button, Qt.Key.Key_Tab)
        QTimer.singleShot(50, answer)

    QTimer.singleShot(50, answer)
