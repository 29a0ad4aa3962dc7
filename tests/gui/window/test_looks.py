"""How the map is drawn: looks, layers and legend through the window's own commands."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from core.settings import load_settings
from desktop.main_window import DeskWindow
from desktop.map.styles import Look, load_state_colors
from desktop.panels.layer_view_dialog import LayerViewDialog
from desktop.panels.picture_dialog import PictureDialog
from desktop.pictures import settle_window
from services.desk import Desk
from services.editing import insert_record, update_geometry
from services.reading import list_records


@pytest.fixture
def shown(window: DeskWindow) -> DeskWindow:
    window.commands.show_page("map")
    settle_window(window)
    return window


def layer(window: DeskWindow) -> Any:
    return window.map.scene.layer("road_segment")


def test_by_state_roads_have_the_colour_of_a_draft(shown: DeskWindow) -> None:
    shown.actions_by_key["look-states"].trigger()
    settle_window(shown)
    found = layer(shown)
    [number] = set(found.arrays["line"].category.tolist())
    assert found.style.classes[number].line.color == load_state_colors()["draft"]
    assert load_settings()["map"]["look"] == Look.STATES
    shown.actions_by_key["look-standard"].trigger()
    settle_window(shown)
    assert layer(shown).style.by_field == "mgmt_class"


def test_the_legend_names_what_is_seen(shown: DeskWindow) -> None:
    shown.actions_by_key["legend"].trigger()
    shown.map.grab_image()
    texts = [line.text for line in shown.map.legend.lines]
    assert texts == ["Đoạn đường", "Chưa phân loại"]
    assert shown.map.legend.isVisible()
    shown.actions_by_key["legend"].trigger()
    assert not shown.map.legend.isVisible()


def test_the_legend_gets_out_of_the_way_of_a_hand_that_draws(shown: DeskWindow, qtbot: QtBot) -> None:
    shown.actions_by_key["legend"].trigger()
    settle_window(shown)
    view = shown.map
    under, away = view.legend.geometry().center(), QPoint(5, 5)
    to = [view.canvas.to_world(QPointF(place)) for place in (under, away)]
    view.canvas.cursor_moved.emit(*to[0])
    assert view.legend.isVisible(), "it is read with the select tool"
    view.set_tool("measure")
    view.canvas.cursor_moved.emit(*to[0])
    assert not view.legend.isVisible()
    settle_window(shown)
    assert not view.legend.isVisible(), "nor does a new picture bring it back"
    view.canvas.cursor_moved.emit(*to[1])
    assert view.legend.isVisible()


def test_a_layer_follows_the_dialog_and_is_as_it_was_when_cancelled(shown: DeskWindow, qtbot: QtBot) -> None:
    shown.register.layer_wanted.emit("road_segment")
    dialog = shown.findChild(LayerViewDialog)
    dialog.opacity.setValue(40)
    dialog.farthest.setCurrentIndex(dialog.farthest.findData(5000.0))
    dialog.titled.setChecked(False)
    assert (layer(shown).style.whole_opacity, layer(shown).style.farthest) == (0.4, 5000.0)
    assert layer(shown).style.label is None
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert (layer(shown).style.whole_opacity, layer(shown).style.farthest) == (1.0, float("inf"))
    assert layer(shown).style.label is not None


def test_layers_are_piled_from_the_registers_menu(shown: DeskWindow, desk: Desk) -> None:
    box = shapely.box(437_000, 2_487_000, 437_100, 2_487_100)
    insert_record(desk, "public_building", {"name": "Trụ sở"}, box)
    shown.news.note_change(None)
    settle_window(shown)
    order = [item.id for item in shown.map.scene.layers if len(item)]
    assert order == ["public_building", "road_segment"]
    index = shown.register.model.index_of("public_building")
    shown.register.tree.scrollTo(index)
    shown.register._open_menu(shown.register.tree.visualRect(index).center())
    menu = shown.register.findChild(QMenu)
    next(action for action in menu.actions() if action.text() == "Đưa lớp lên trên").trigger()
    menu.close()
    assert [item.id for item in shown.map.scene.layers if len(item)] == ["road_segment", "public_building"]


def test_what_was_hidden_stays_hidden_at_the_next_start(shown: DeskWindow) -> None:
    model = shown.register.model
    index = model.index_of("road_segment")
    model.setData(index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert not layer(shown).visible
    assert load_settings()["map"]["hidden"] == ["road_segment"]
    again = DeskWindow(shown.session)
    assert again.register.model.hidden == {"road_segment"}
    again.map.shut_down()
    again.deleteLater()


def test_an_edit_stays_on_the_map_when_another_layer_is_fetched_again(shown: DeskWindow, desk: Desk) -> None:
    road = list_records(desk, "road_segment")[0]
    moved = shapely.transform(road.geometry, lambda xy: xy + (25.0, 0.0))
    update_geometry(desk, road.uid, moved, expected=road.revision)
    shown.map_control.note_change([("road_segment", road.uid)])
    settle_window(shown)
    shown.map_control.reload(["survey_point"])
    settle_window(shown)
    assert moved.coords[0] in {tuple(xy) for xy in layer(shown).arrays["line"].xy.tolist()}


def test_the_register_shows_each_type_as_the_map_draws_it(shown: DeskWindow) -> None:
    index = shown.register.model.index_of("public_building")
    picture = index.data(Qt.ItemDataRole.DecorationRole).pixmap(16, 16).toImage()
    assert picture.pixelColor(8, 8).red() > 200 > picture.pixelColor(8, 8).green()


def test_a_picture_is_saved_as_asked(
    shown: DeskWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "bản đồ"), "SVG (*.svg)"))
    shown.actions_by_key["picture"].trigger()
    dialog = shown.findChild(PictureDialog)
    dialog.title.setText("Đường xã Bắc Quang")
    dialog._ticks["legend"].setChecked(False)
    dialog.accept()
    text = (tmp_path / "bản đồ.svg").read_text(encoding="utf-8")
    assert "Đường xã Bắc Quang" in text
    assert "VN-2000" in text
    assert "Chưa phân loại" not in text
    assert load_settings()["picture"]["legend"] is False


def test_a_picture_is_copied(shown: DeskWindow) -> None:
    shown.actions_by_key["copy-picture"].trigger()
    copied = QGuiApplication.clipboard().image()
    assert copied.width() > shown.map.width()
    assert copied.format() != QImage.Format.Format_Invalid
