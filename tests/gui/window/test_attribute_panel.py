"""The attribute table as its user left it: columns by type, room for the filter, many rows at once."""

import shapely
from PySide6.QtCore import QItemSelectionModel, Qt

from desktop.main_window import DeskWindow
from desktop.panels.attribute_panel import FILTER_PX, WORDED_PX
from desktop.pictures import settle_window
from services.desk import Desk
from services.editing import insert_record


def _titles(window: DeskWindow) -> list[str]:
    return window.table.columns.shown_keys()


def test_each_type_keeps_its_own_columns(window: DeskWindow, desk: Desk) -> None:
    insert_record(desk, "bridge", {"name": "Cầu Nậm An"}, shapely.Point(437_150, 2_487_120))
    window.selecting.show_type("road_segment")
    columns = window.table.columns
    first = _titles(window)
    columns.show_column(first[2], shown=False)
    columns.show_column("note", shown=True)
    mine = _titles(window)
    window.selecting.show_type("bridge")
    bridges = _titles(window)
    assert "structure" in bridges
    window.selecting.show_type("road_segment")
    assert _titles(window) == mine
    window.selecting.show_type("bridge")
    assert _titles(window) == bridges


def test_the_filter_has_room_where_the_table_is_narrow(window: DeskWindow) -> None:
    window.commands.open_table("road_segment")
    window.resize(1366, 768)
    settle_window(window)
    panel = window.table
    assert panel.width() < WORDED_PX
    assert panel.export_button.text() == ""
    assert panel.export_button.toolTip() == "Xuất bảng…"
    assert panel.filter.width() >= FILTER_PX
    window.resize(1900, 900)
    settle_window(window)
    assert panel.export_button.text() == "Xuất bảng…"
    window.resize(1366, 768)
    settle_window(window)
    assert panel.export_button.text() == ""
    assert window.width() == 1366


def test_a_column_says_how_a_condition_names_it(window: DeskWindow) -> None:
    window.selecting.show_type("road_segment")
    model = window.table.model
    column = next(place for place, field in enumerate(model.fields, start=1) if field.key == "carriageway_w")
    assert "carriageway_w" in model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_rows_apart_are_all_told(window: DeskWindow, many_points: int) -> None:
    window.selecting.show_type("survey_point")
    table = window.table.table
    flag = QItemSelectionModel.SelectionFlag
    for row in (0, 2, 3, many_points - 1):
        table.selectionModel().select(window.table.model.index(row, 0), flag.Select | flag.Rows)
    settle_window(window)
    assert len(set(window.table.selected_uids())) == 4
    assert window.record.many_uids == window.table.selected_uids()
    window.editing.select_all()
    settle_window(window)
    assert len(window.table.selected_uids()) == many_points
    assert window.table._count.text() == f"{many_points} bản ghi"


def test_columns_are_ticked_one_after_the_other(window: DeskWindow) -> None:
    window.selecting.show_type("road_segment")
    columns = window.table.columns
    listed = columns.build_menu(window).actions()[0].defaultWidget()
    items = {listed.item(row).data(Qt.ItemDataRole.UserRole): listed.item(row) for row in range(listed.count())}
    shown = columns.shown_keys()
    assert {key for key, item in items.items() if item.checkState() is Qt.CheckState.Checked} == set(shown)
    items["note"].setCheckState(Qt.CheckState.Checked)
    for key in shown:
        items[key].setCheckState(Qt.CheckState.Unchecked)
    assert columns.shown_keys() == ["note"]
    items["note"].setCheckState(Qt.CheckState.Unchecked)
    assert columns.shown_keys() == ["note"]
    assert items["note"].checkState() is Qt.CheckState.Checked
