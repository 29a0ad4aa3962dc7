"""The whole window on a desk."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from core.errors import Bug, EnvironmentFault, UserError
from core.messages import load_messages, use_language
from core.text import fold_text
from desktop.main_window import DeskWindow
from desktop.panels.command_search import CommandSearch
from desktop.pictures import settle_window
from desktop.session import Session
from desktop.tasks import Failure
from forms.record import State
from services.approving import approve
from services.desk import Desk
from services.reading import count_by_type, fetch_page, fetch_record, uids_of
from tests.gui.window.scanning import texts_of

Rest = Callable[[], None]
CODE = re.compile(r"\b(?:UI|MAP|WORK|TODAY|COORD|CRS|VALUE)-[A-Z]")
DESKTOP = Path(__file__).resolve().parents[3] / "desktop"


def _uids(desk: Desk) -> list[str]:
    return [record.uid for record in fetch_page(desk, "road_segment").records]


def test_every_word_the_window_asks_for_exists() -> None:
    used: set[str] = set()
    for path in DESKTOP.rglob("*.py"):
        used |= set(re.findall(r'"(UI-[A-Z0-9-]*[A-Z0-9])"', path.read_text(encoding="utf-8")))
    assert used - set(load_messages()) == set()


def test_no_word_of_the_window_is_left_over() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in DESKTOP.rglob("*.py"))
    built = ("UI-STATE-", "UI-SEVERITY-", "UI-DO-", "UI-PLACE-", "UI-RESULT-", "UI-UNDO-N", "UI-REDO-N")
    built += ("UI-SNAP-", "UI-SHEET-FIT-")
    known = [code for code in load_messages() if code.startswith("UI-") and not code.startswith(built)]
    assert [code for code in known if f'"{code}"' not in sources and f"'{code}'" not in sources] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_code_is_shown_in_place_of_words(
    window: DeskWindow, session: Session, qtbot: QtBot, desk: Desk, language: Any
) -> None:
    use_language(language)
    fresh = DeskWindow(session)
    qtbot.addWidget(fresh)
    fresh.show()
    settle_window(fresh)
    fresh.selecting.open_record(_uids(desk)[0])
    for page in range(fresh.pages.count()):
        fresh.pages.setCurrentIndex(page)
    settle_window(fresh)
    shown = list(texts_of(fresh))
    fresh.map.shut_down()
    assert len(shown) > 300
    assert [text for text in shown if CODE.search(text)] == []
    assert any(text == ("Trang chủ" if language == "vi" else "Home") for text in shown)


def test_vietnamese_does_not_leak_into_english(window: DeskWindow, session: Session, qtbot: QtBot) -> None:
    use_language("en")
    fresh = DeskWindow(session)
    qtbot.addWidget(fresh)
    fresh.show()
    settle_window(fresh)
    names = [action.text() for action in fresh.actions_by_key.values()]
    tree = [fresh.register.model.index_of(kind).data() for kind in fresh.register.model.type_ids]
    fresh.map.shut_down()
    marked = [text for text in (*names, *tree) if fold_text(text) != text.casefold()]
    assert marked == ["Tiếng Việt", "About Địa Bạ"]


def test_counts_and_choice_of_a_type(window: DeskWindow) -> None:
    window.selecting.show_type("road_segment")
    index = window.register.model.index_of("road_segment")
    assert index.siblingAtColumn(1).data() == "3"
    assert window.table.model.rowCount() == 3
    assert window.register.type_id == "road_segment"


def test_a_record_is_found_without_diacritics_and_opened_everywhere(
    window: DeskWindow, rest: Rest, qtbot: QtBot
) -> None:
    found = window.selecting.find_records("tran phu")
    assert len(found) == 1
    window.register.search.chosen.emit(found[0])
    rest()
    assert window.record.record.values["name"] == "Đường Trần Phú"
    assert window.table.selected_uids() == [found[0].key]
    assert window.selecting.chosen == {"road_segment": [found[0].key]}
    assert window.map.isVisible()


def test_undo_names_what_it_takes_back(window: DeskWindow, desk: Desk, rest: Rest) -> None:
    undo = window.actions_by_key["undo"]
    assert undo.text() == "Hoàn tác: Thêm Đoạn đường"
    uid = _uids(desk)[0]
    window.selecting.open_record(uid)
    window.record.entry.commit("name", "Tên mới")
    settle_window(window)
    assert undo.text() == "Hoàn tác: Sửa Đoạn đường"
    undo.trigger()
    settle_window(window)
    assert fetch_record(desk, uid).values["name"] != "Tên mới"
    assert window.record.form.values()["name"] != "Tên mới"
    redo = window.actions_by_key["redo"]
    assert redo.text() == "Làm lại: Sửa Đoạn đường"
    redo.trigger()
    settle_window(window)
    assert fetch_record(desk, uid).values["name"] == "Tên mới"


def test_a_finished_sketch_becomes_a_record(window: DeskWindow, desk: Desk) -> None:
    window.selecting.show_type("road_segment")
    window.actions_by_key["draw"].trigger()
    assert window.map.tool.name == "draw_line"
    assert "Đoạn đường" in window.map_page.hint.text()
    window.map.sketch_finished.emit("line", [(437_000.0, 2_487_500.0), (437_200.0, 2_487_500.0)])
    settle_window(window)
    assert len(_uids(desk)) == 4
    assert window.record.record.geometry.length == pytest.approx(200)
    assert window.table.selected_uids() == [window.record.record.uid]
    assert window.status.saved.text().startswith("✓")


def test_a_moved_vertex_is_stored(window: DeskWindow, desk: Desk) -> None:
    layer = window.map.scene.layer("road_segment")
    fid = int(layer.arrays["line"].ids[0])
    moved = shapely.LineString([(437_000, 2_487_000), (437_300, 2_487_300)])
    before = fetch_record(desk, uids_of(desk, "road_segment", [fid])[0]).geometry
    window.map.geometry_edited.emit("road_segment", fid, moved, before)
    settle_window(window)
    stored = [fetch_record(desk, uid).geometry for uid in _uids(desk)]
    assert any(shape.equals(moved) for shape in stored)
    assert window.actions_by_key["undo"].text() == "Hoàn tác: Sửa hình Đoạn đường"


def test_a_type_without_a_place_is_begun_in_the_form(window: DeskWindow) -> None:
    window.selecting.show_type("planning_dossier")
    window.actions_by_key["new-record"].trigger()
    settle_window(window)
    assert window.record.record.type_id == "planning_dossier"
    window.actions_by_key["draw"].trigger()
    assert "không có hình" in window.notices.toast.text


def test_paging_sorting_and_filtering_the_table(window: DeskWindow, many_points: int, qtbot: QtBot) -> None:
    window.selecting.show_type("survey_point")
    model = window.table.model
    assert model.rowCount() == 450
    assert "450" in window.table._count.text()
    column = next(place for place in range(model.columnCount()) if model.sort_key(place) == "height_m")
    window.table.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    assert model.record(0).values["height_m"] == 224.5
    assert model.record(449).values["height_m"] == 0.0
    window.table.filter.setText("P0007")
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    window.table.mode.setCurrentIndex(1)
    window.table.filter.setText("height_m < 1")
    qtbot.waitUntil(lambda: model.rowCount() == 2)
    window.table.filter.setText("height_m <")
    qtbot.waitUntil(lambda: not window.table._complaint.isHidden())
    assert "height_m" in window.table._complaint.text() or window.table._complaint.text()


def test_rows_chosen_by_hand_are_marked_on_the_map_and_opened(window: DeskWindow) -> None:
    window.selecting.show_type("road_segment")
    table = window.table.table
    table.selectRow(1)
    settle_window(window)
    uid = window.table.model.record(1).uid
    assert window.selecting.chosen == {"road_segment": [uid]}
    assert window.record.record.uid == uid
    assert window.table._go.isEnabled()
    table.selectAll()
    settle_window(window)
    assert window.selecting.chosen == {"road_segment": window.table.all_uids()}
    assert len(window.record.many_uids) == 3
    table.clearSelection()
    assert window.selecting.chosen == {}
    assert not window.table._go.isEnabled()


def test_a_finding_leads_to_its_place_record_and_field(window: DeskWindow, desk: Desk) -> None:
    uid = _uids(desk)[0]
    window.selecting.open_record(uid)
    window.record.entry.commit("name", None)
    settle_window(window)
    findings = [finding for finding in window.findings.findings if finding.uid == uid and finding.field == "name"]
    assert findings
    window.record.show_record(None)
    window.findings.chosen.emit(findings[0])
    settle_window(window)
    assert window.record.record.uid == uid
    assert window.record.form.rows["name"].message


def test_check_says_what_it_found(window: DeskWindow) -> None:
    window.actions_by_key["check"].trigger()
    settle_window(window)
    assert "3 bản ghi" in window.notices.toast.text
    assert any("Kiểm tra" in row._title.text() for row in window.tasks.rows)
    assert "Xong" in window.tasks.rows[0].outcome


def test_the_users_own_faults_are_a_line_and_ours_a_report(window: DeskWindow) -> None:
    window.notices.show_failure(Failure(UserError("UI-CHOOSE-TYPE-FIRST"), "trace"))
    assert window.notices.toast.isVisible()
    assert "chọn một loại" in window.notices.toast.text
    tried: list[int] = []
    window.notices.show_failure(
        Failure(EnvironmentFault("UI-NEVER-RESTS", seconds=3), "trace"), lambda: tried.append(1)
    )
    assert "3 giây" in window.notices.dialog.text()
    next(button for button in window.notices.dialog.buttons() if "Thử lại" in button.text()).click()
    assert tried == [1]
    for error in (Bug("BUG", reason="x"), ZeroDivisionError("chia")):
        window.notices.show_failure(Failure(error, "Traceback: nơi hỏng"))
        assert "Traceback" not in window.notices.dialog.text()
        assert "nơi hỏng" in window.notices.dialog.detailedText()
        window.notices.dialog.close()


def test_commands_are_found_by_name(window: DeskWindow, qtbot: QtBot) -> None:
    search = CommandSearch(window.actions_by_key, window)
    qtbot.addWidget(search)
    names = [option.label for option in search._find("phong toi")]
    assert names
    assert all("Phóng tới" in name for name in names)
    with qtbot.waitSignal(window.actions_by_key["map"].triggered):
        search._do(next(option for option in search._find("ban do") if option.key == "map"))


def test_keys_are_qgis_keys(window: DeskWindow) -> None:
    wanted = {
        "undo": "Ctrl+Z",
        "redo": "Ctrl+Shift+Z",
        "new-record": "Ctrl+N",
        "save": "Ctrl+S",
        "new": "Ctrl+Shift+N",
        "table": "F6",
        "zoom-full": "Ctrl+Shift+F",
        "zoom-selection": "Ctrl+J",
        "refresh": "F5",
        "snapping": "S",
        "select-all": "Ctrl+A",
        "quit": "Ctrl+Q",
    }
    assert {key: window.actions_by_key[key].shortcut().toString() for key in wanted} == wanted
    every = [key.toString() for action in window.actions_by_key.values() for key in action.shortcuts()]
    assert len(every) == len(set(every))
    assert "Ctrl+." in [key.toString() for key in window.actions_by_key["new-record"].shortcuts()]


def test_coordinates_are_shown_north_first_and_can_be_typed(window: DeskWindow, qtbot: QtBot) -> None:
    window.status.show_cursor(437_050.252, 2_487_289.588)
    text = window.status.position.text().replace("\u00a0", " ")
    assert text == "X (Bắc) 2 487 289,588  Y (Đông) 437 050,252"
    window.status.position.setText("2487289,588 437050,252")
    qtbot.keyClick(window.status.position, Qt.Key.Key_Return)
    settle_window(window)
    assert window.pages.currentWidget() is window.map_page
    assert (window.map.camera.x, window.map.camera.y) == pytest.approx((437_050.252, 2_487_289.588))
    window.status.position.setText("đâu đó")
    qtbot.keyClick(window.status.position, Qt.Key.Key_Return)
    settle_window(window)
    assert any("đâu đó" in text for text in texts_of(window.notices.toast))
    assert (window.map.camera.x, window.map.camera.y) == pytest.approx((437_050.252, 2_487_289.588))


def test_home_has_seven_figures_and_a_next_step(window: DeskWindow) -> None:
    texts = list(texts_of(window.home))
    for word in ("Đúng", "Đủ", "Sạch", "Sống", "Thống nhất", "Liên thông", "Dùng chung"):
        assert word in texts
    window.home.place_wanted.emit("approve")
    assert window.pages.currentIndex() == 3


def test_panels_return_with_the_map_as_the_user_left_them(window: DeskWindow, qtbot: QtBot) -> None:
    window.commands.show_page("map")
    assert window.record_dock.isVisible()
    window.actions_by_key["form"].trigger()
    assert not window.record_dock.isVisible()
    window.commands.show_page("home")
    window.commands.show_page("map")
    assert not window.record_dock.isVisible()
    assert window.under_dock.isVisible()


def test_nothing_is_cut_at_the_smallest_screen(window: DeskWindow) -> None:
    window.resize(1366, 768)
    window.commands.show_page("map")
    QApplication.processEvents()
    assert window.minimumSizeHint().width() <= 1366
    assert window.minimumSizeHint().height() <= 740
    assert window.map.width() > 500
    assert window.map.height() > 250


def test_an_approval_can_be_taken_back(window: DeskWindow, desk: Desk) -> None:
    approve(desk)
    window.editing.return_selected()
    assert "chọn bản ghi" in window.notices.toast.text
    window.selecting.choose({"road_segment": _uids(desk)[:1]})
    window.editing.return_selected()
    settle_window(window)
    states = count_by_type(desk)["road_segment"]
    assert states[State.DRAFT] + states.get(State.CHECKED, 0) == 1
    assert states[State.APPROVED] == 2


def test_the_maps_menu_offers_what_is_under_the_cursor(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    uids = _uids(desk)[:2]
    window.selecting.choose({"road_segment": uids})
    window.selecting.show_menu(window.mapToGlobal(window.rect().center()), uids)
    menu = window.findChild(QMenu, "records menu")
    names = [action.text() for action in menu.actions()]
    assert any("Đường Lê Lợi" in name for name in names)
    assert window.actions_by_key["delete"] in menu.actions()
    menu.actions()[1].trigger()
    menu.close()
    settle_window(window)
    assert window.record.record.uid == uids[1]


def test_a_new_window_knows_what_can_be_undone(window: DeskWindow, session: Session, qtbot: QtBot) -> None:
    fresh = DeskWindow(session)
    qtbot.addWidget(fresh)
    fresh.show()
    settle_window(fresh)
    assert fresh.actions_by_key["undo"].text() == "Hoàn tác: Thêm Đoạn đường"
    fresh.map.shut_down()


def test_what_could_not_be_saved_is_not_left_without_a_word(
    window: DeskWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.selecting.open_record(_uids(desk)[0])
    settle_window(window)
    monkeypatch.setattr(window.record, "settle", lambda: False)
    asked: list[str] = []

    def stay(parent: object, title: str, text: str) -> QMessageBox.StandardButton:
        asked.append(text)
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", stay)
    assert not window.close()
    assert "chưa lưu được" in asked[0]
    assert window.isVisible()
