"""The import page, from a file to records."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.clock import utc_now
from desktop.pages.import_page import ImportPage
from desktop.panels.reread_dialog import RereadDialog
from desktop.session import Session
from desktop.theme import Tone
from desktop.words import word
from exchange.legacy_text import known_encodings
from forms.record import Actor
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, tm_system
from services.desk import Desk
from services.reading import count_by_type, fetch_page
from services.workspaces import create_desk
from tests.exchange.old_offices import vni_bytes
from tests.exchange.samples import write_legacy_shapefile
from tests.gui.window.import_hands import choose, look, press, rest
from tests.gui.window.scanning import texts_of

EAST, NORTH = 437_000.0, 2_487_000.0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose commune is a square of 8 km."""
    square = shapely.box(EAST - 4_000, NORTH - 4_000, EAST + 4_000, NORTH + 4_000)
    outline = transform_geometries([square], tm_system(106.0), WGS84)[0]
    path = tmp_path / "ranh giới.geojson"
    feature = f'{{"type": "Feature", "properties": {{"ma": "01153"}}, "geometry": {shapely.to_geojson(outline)}}}'
    path.write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}', encoding="utf-8")
    made = create_desk(tmp_path / "sổ", "01153", boundary_file=path, actor=Actor("can_bo"), clock=utc_now)
    yield made
    made.close()


def _survey(folder: Path, *, spoil: bool = False) -> Path:
    """Write 40 points of a total station in the former axis of the commune, 105°30'."""
    angles = [place * math.tau / 40 for place in range(40)]
    ring = [shapely.Point(EAST + 2_000 * math.cos(a), NORTH + 2_000 * math.sin(a)) for a in angles]
    moved = transform_geometries(ring, tm_system(106.0), tm_system(105.5))
    rows = [f"P{place:02d},{point.y:.3f},{point.x:.3f},{10 + place / 10:.2f},TIM" for place, point in enumerate(moved)]
    if spoil:
        rows[4] = rows[4].replace("10.40", "mười")
    path = folder / "toan_dac.csv"
    path.write_text("\n".join(["point,X,Y,H,code", *rows]) + "\n", encoding="utf-8")
    return path


def test_an_empty_page_says_what_to_do(page: ImportPage) -> None:
    assert "kéo thả" in page._empty.label.text()
    assert page._empty.button.text() == "Chọn tệp…"
    assert page._foot.isHidden()


def test_a_file_is_read_tried_and_imported(qtbot: QtBot, page: ImportPage, desk: Desk, tmp_path: Path) -> None:
    look(qtbot, page, _survey(tmp_path))
    assert page.plan.type_id == "survey_point"
    assert page.coordinates.choice.system == tm_system(105.5)
    first = page.coordinates.table.rows_model.rows[0]
    assert first.colour == Tone.GOOD.value
    assert page.mapping.mapping["point_no"] == "point"
    assert page.mapping.mapping["height_m"] == "H"
    press(qtbot, page, "try_button")
    assert "40" in page.result.summary.text()
    assert sum(count_by_type(desk).get("survey_point", {}).values()) == 0
    with qtbot.waitSignal(page.imported) as told, qtbot.waitSignal(page._session.changed):
        press(qtbot, page, "import_button")
    assert told.args[0] == "survey_point"
    assert sum(count_by_type(desk)["survey_point"].values()) == 40
    assert "UI-" not in "".join(texts_of(page))


def test_a_bad_cell_is_shown_with_its_row_and_keeps_everything_out(
    qtbot: QtBot, page: ImportPage, desk: Desk, tmp_path: Path
) -> None:
    look(qtbot, page, _survey(tmp_path, spoil=True))
    heights = page.mapping.columns["height_m"]
    heights.setCurrentIndex(heights.findData("H"))
    heights.activated.emit(heights.currentIndex())
    assert page.plan.mapping["height_m"] == "H"
    press(qtbot, page, "import_button")
    row = page.result.rejected.rows_model.rows[0]
    assert row.cells[0] == "6"
    assert row.cells[1:3] == ("H", "mười")
    assert "mười" in row.cells[3]
    assert sum(count_by_type(desk).get("survey_point", {}).values()) == 0
    page.skip_box.setChecked(True)
    press(qtbot, page, "import_button")
    assert sum(count_by_type(desk)["survey_point"].values()) == 39


def test_a_common_value_fills_every_row(qtbot: QtBot, page: ImportPage, desk: Desk, tmp_path: Path) -> None:
    look(qtbot, page, _survey(tmp_path))
    line = page.mapping.constants["note"]
    line.setText("đo tháng 11")
    line.editingFinished.emit()
    press(qtbot, page, "import_button")
    records = fetch_page(desk, "survey_point").records
    assert {record.values["note"] for record in records} == {"đo tháng 11"}


def test_a_wrong_axis_is_refused_with_the_one_that_fits(
    qtbot: QtBot, page: ImportPage, session: Session, tmp_path: Path
) -> None:
    look(qtbot, page, _survey(tmp_path))
    box = page.coordinates.system_box
    box.setCurrentIndex(box.findText(tm_system(107.0).label()))
    box.activated.emit(box.currentIndex())
    with qtbot.waitSignal(session.failed) as told:
        page.try_button.click()
    assert "105°30'" in str(told.args[0].error)
    qtbot.waitUntil(lambda: not page.is_busy)
    page.coordinates._take(page.coordinates.table.rows_model.thing(0))
    assert page.plan.system == tm_system(105.5)


def test_another_type_proposes_other_columns(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    look(qtbot, page, _survey(tmp_path))
    page.type_box.setCurrentIndex(page.type_box.findData("incident_report"))
    page.type_box.activated.emit(page.type_box.currentIndex())
    qtbot.waitUntil(lambda: page.plan.type_id == "incident_report" and not page.is_busy, timeout=30_000)
    assert "point_no" not in page.mapping.columns


def test_a_missing_file_is_the_users_to_mend(qtbot: QtBot, page: ImportPage, session: Session, tmp_path: Path) -> None:
    with qtbot.waitSignal(session.failed, timeout=30_000) as told:
        page.inspect(tmp_path / "không có.gpkg")
    assert "không có.gpkg" in str(told.args[0].error)
    qtbot.waitUntil(lambda: not page.is_busy)
    assert page.plan is None
    assert not page._empty.isHidden()


def test_old_letters_are_shown_before_and_after(qtbot: QtBot, page: ImportPage, shared_data: Path) -> None:
    look(qtbot, page, shared_data / "real" / "01153" / "duong_cu.shp")
    pairs = [row.cells for row in page.text.table.rows_model.rows]
    assert any(before.startswith("§") and after.startswith("Đ") for before, after in pairs)
    assert page.text.encoding_box.currentData() == "tcvn3"
    page.text.encoding_box.setCurrentIndex(page.text.encoding_box.count() - 1)
    page.text.encoding_box.activated.emit(page.text.encoding_box.currentIndex())
    assert page.plan.encodings[page.text.column_box.currentText()] == page.text.encoding_box.currentData()


def test_every_reading_is_a_ghost_and_a_click_takes_it(
    qtbot: QtBot, page: ImportPage, desk: Desk, tmp_path: Path
) -> None:
    look(qtbot, page, _survey(tmp_path))
    ghosts = page.coordinates.ghosts
    assert ghosts.isVisibleTo(page)
    assert [ghost.name for ghost in ghosts.ghosts][0] == tm_system(105.5).label()
    assert ghosts.taken == 0 and len(ghosts.ghosts) > 2
    other = ghosts.ghosts[1]
    ghosts._view = None
    ghosts.mouseDoubleClickEvent(None)
    with qtbot.waitSignal(page.coordinates.changed):
        place = ghosts.to_screen(other.paths[0])[0]
        qtbot.mousePress(ghosts, Qt.MouseButton.LeftButton, pos=QPoint(round(place[0]), round(place[1])))
    assert page.plan.system.label() == other.name
    assert ghosts.taken == 1
    with qtbot.waitSignal(page.map_wanted) as told:
        page.coordinates.map_button.click()
    assert shapely.total_bounds(told.args[0]).tolist() == pytest.approx(list(other.bounds))


def test_the_boxes_take_any_other_system_and_its_ghost_is_drawn(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    look(qtbot, page, _survey(tmp_path))
    card = page.coordinates
    card.system_box.setCurrentIndex(card.system_box.findText(tm_system(108.25).label()))
    card.system_box.activated.emit(card.system_box.currentIndex())
    assert page.plan.system == tm_system(108.25)
    assert card.ghosts.ghosts[card.ghosts.taken].name == tm_system(108.25).label()
    assert not card.table.selectedIndexes()


def test_hanoi_72_is_listed_and_cannot_be_taken(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    path = _survey(tmp_path)
    head, *rows = path.read_text("utf-8").splitlines()
    cells = [row.split(",") for row in rows]
    path.write_text("\n".join([head, *(",".join([a, x, f"18{y}", h, c]) for a, x, y, h, c in cells)]), "utf-8")
    look(qtbot, page, path)
    [row] = page.coordinates.table.rows_model.rows
    assert "HN-72" in row.cells[0] and "HN-72" in row.cells[-1]
    before = page.coordinates.choice
    page.coordinates._take(row.thing)
    assert page.coordinates.choice == before


def test_an_encoding_is_overruled_for_one_column_on_twenty_rows(
    qtbot: QtBot, page: ImportPage, desk: Desk, tmp_path: Path
) -> None:
    names = [vni_bytes(f"Đường Nguyễn Huệ {number}") for number in range(30)]
    path = write_legacy_shapefile(tmp_path / "duong_vni.shp", names, EAST, NORTH)
    look(qtbot, page, path)
    card = page.text
    assert card.encodings["TEN"] == "vni"
    assert card.verdict.text() == word("UI-ENCODING-DECIDED")
    assert len(card.table.rows_model.rows) == 20
    assert card.table.rows_model.rows[0].cells[1] == "Đường Nguyễn Huệ 0"
    assert {card.encoding_box.itemData(place) for place in range(card.encoding_box.count())} >= set(known_encodings())
    card.encoding_box.setCurrentIndex(card.encoding_box.findData("cp1258"))
    card.encoding_box.activated.emit(card.encoding_box.currentIndex())
    assert page.plan.encodings["TEN"] == "cp1258"
    assert "VNI" in card.verdict.text()
    assert card.table.rows_model.rows[0].cells[1] != "Đường Nguyễn Huệ 0"
    press(qtbot, page, "import_button")
    dialog = RereadDialog(page._session, page)
    dialog.begin()
    qtbot.waitUntil(lambda: dialog.column is not None)
    assert (dialog.column.encoding, dialog.go.isEnabled()) == ("cp1258", False)
    dialog.encoding_box.setCurrentIndex(dialog.encoding_box.findData("vni"))
    dialog.encoding_box.activated.emit(dialog.encoding_box.currentIndex())
    assert dialog.table.rows_model.rows[0].cells[2] == "Đường Nguyễn Huệ 0"
    dialog.go.click()
    qtbot.waitUntil(lambda: dialog.column is not None and dialog.column.encoding == "vni")
    assert "30" in dialog.told.text()
    records = fetch_page(desk, "road_segment").records
    assert {record.values["name"] for record in records} >= {"Đường Nguyễn Huệ 0", "Đường Nguyễn Huệ 29"}
    dialog.reject()


def test_a_folder_of_files_is_taken_one_after_the_other(
    qtbot: QtBot, page: ImportPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "đo đạc"
    folder.mkdir()
    first = _survey(folder)
    second = first.rename(folder / "B.csv")
    _survey(folder).rename(folder / "a.csv")
    (folder / "ghi chú.docx").write_bytes(b"x")
    (folder / "trong").mkdir()
    (folder / "~$a.csv").write_bytes(b"x")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    page.choose_folder()
    rest(qtbot, page)
    assert [page.folder_box.itemText(row) for row in range(page.folder_box.count())] == ["a.csv", "B.csv"]
    assert page.folder_box.isVisible()
    assert (page.plan.path.name, page.file_label.text()) == ("a.csv", "a.csv")
    press(qtbot, page, "import_button")
    assert not page.folder_box.itemIcon(0).isNull()
    choose(page.folder_box, str(second))
    qtbot.waitUntil(lambda: page.plan is not None and page.plan.path == second and not page.is_busy, timeout=30_000)
    assert page.folder_box.currentText() == "B.csv"
    look(qtbot, page, _survey(tmp_path))
    assert not page.folder_box.isVisible(), "a file from elsewhere ends the list"


def test_a_file_geodatabase_is_picked_as_a_folder(
    qtbot: QtBot, page: ImportPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = np.array([shapely.to_wkb(shapely.Point(EAST, NORTH))], dtype=object)
    path = tmp_path / "hiện trạng.gdb"
    more = {"driver": "OpenFileGDB", "geometry_type": "Point", "crs": "EPSG:9211"}
    pyogrio.raw.write(path, points, [np.array(["Cống"], dtype=object)], ["ten"], layer="diem", **more)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path))
    page.choose_folder()
    rest(qtbot, page)
    assert (page.plan.layer, page.folder_box.isVisible()) == ("diem", False)


def test_a_folder_without_files_is_told(
    qtbot: QtBot, page: ImportPage, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trống").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "trống"))
    told: list[Any] = []
    session.failed.connect(lambda failure, _: told.append(failure.error.code))
    page.choose_folder()
    qtbot.waitUntil(lambda: told == ["FOLDER-NO-FILES"], timeout=30_000)


def test_shapes_in_a_column_of_text_are_guarded_as_well(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    path = tmp_path / "duong.csv"
    path.write_text(f"ten;WKT\nA;LINESTRING ({EAST} {NORTH}, {EAST + 90} {NORTH + 9})\n", encoding="utf-8")
    look(qtbot, page, path)
    assert page.inspection.layers[0].geometry == "Line"
    assert page.coordinates.isVisible()
    assert page.coordinates.choice.system == tm_system(106.0)


def test_skipping_bad_rows_is_said_of_one_file_alone(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    look(qtbot, page, _survey(tmp_path))
    page.skip_box.setChecked(True)
    look(qtbot, page, _survey(tmp_path))
    assert not page.skip_box.isChecked()


def test_a_distance_is_written_as_the_language_writes_numbers(page: ImportPage) -> None:
    assert page.matching.within_box.text() == "5,0 m"


def test_several_files_that_are_dropped_are_taken_one_after_the_other(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    (tmp_path / "đo").mkdir()
    paths = [_survey(tmp_path / "đo").rename(tmp_path / "đo" / name) for name in ("b.csv", "a.csv", "c.docx")]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, none = QPointF(9, 9), Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none))
    rest(qtbot, page)
    assert [page.folder_box.itemText(row) for row in range(page.folder_box.count())] == ["a.csv", "b.csv"]
    assert page.plan.path.name == "a.csv"


def test_another_file_chosen_while_one_is_looked_into_is_the_one_that_is_shown(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    first = _survey(tmp_path).rename(tmp_path / "một.csv")
    second = _survey(tmp_path)
    page.inspect(first)
    page.inspect(second)
    qtbot.waitUntil(lambda: page.plan is not None and not page.is_busy, timeout=60_000)
    assert (page.plan.path, page.file_label.text()) == (second, second.name)


def test_a_file_that_is_gone_when_it_is_imported_is_told_and_nothing_written(
    qtbot: QtBot, page: ImportPage, session: Session, desk: Desk, tmp_path: Path
) -> None:
    path = _survey(tmp_path)
    look(qtbot, page, path)
    path.unlink()
    told: list[str] = []
    session.failed.connect(lambda failure, _: told.append(failure.error.code))
    page.import_button.click()
    qtbot.waitUntil(lambda: told == ["FILE-MISSING"] and not page.is_busy, timeout=30_000)
    assert count_by_type(desk)["survey_point"] == {}
    assert page.import_button.isEnabled(), "once the stick is back it can be tried again"
