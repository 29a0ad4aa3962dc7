"""The import page where records are here already: columns and codes to be looked at, matches to be ticked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.clock import utc_now
from desktop.pages.import_page import ImportPage
from desktop.session import Session
from forms.record import Actor
from services.desk import Desk
from services.editing import insert_record
from services.import_profiles import list_profiles
from services.reading import list_records
from services.workspaces import create_desk
from tests.gui.window.import_hands import choose, look, press, settle
from tests.gui.window.scanning import texts_of
from tests.services.desks import SAMPLE, sample_line, write_roads

LINE = sample_line((0, 0), (120, 40), (260, 30))
HALVES = sample_line((0, 200), (120, 240)), sample_line((120, 240), (260, 230))
WHOLE = sample_line((0, 200), (120, 240), (260, 230))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    outline = SAMPLE / "ranh_gioi_xa.geojson"
    made = create_desk(tmp_path / "sổ", "01153", boundary_file=outline, actor=Actor("can_bo"), clock=utc_now)
    insert_record(made, "road_segment", {"name": "Đường Lê Lợi", "surface": "dat", "note": "giữ"}, LINE)
    for line in HALVES:
        insert_record(made, "road_segment", {"name": "Đường Trần Phú"}, line)
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [
        ({"TEN_DG": "DUONG LE LOI", "KCMD": "BT xi măng", "la": "x"}, LINE),
        ({"TEN_DG": "Trần Phú", "KCMD": "đá ong", "la": "y"}, WHOLE),
        ({"TEN_DG": "Đường mới", "KCMD": "nhựa", "la": None}, sample_line((0, 90), (90, 90))),
    ]
    return write_roads(tmp_path / "đường.geojson", rows)


def roads(desk: Desk) -> list[tuple[str, str | None]]:
    return [(road.values["name"], road.values["surface"]) for road in list_records(desk, "road_segment")]


def test_how_sure_a_column_is_and_what_its_texts_mean_is_shown(
    qtbot: QtBot, page: ImportPage, desk: Desk, path: Path
) -> None:
    look(qtbot, page, path)
    mapping = page.mapping
    assert mapping.mapping == {"name": "TEN_DG", "surface": "KCMD"}
    assert mapping._sure["name"].text() == "nên xem lại"
    assert "viết tắt" in mapping._sure["name"].toolTip()
    assert {key: box.currentData() for key, box in mapping.values.boxes.items()} == {
        ("surface", "da ong"): "",
        ("surface", "bt xi mang"): "BTXM",
        ("surface", "nhua"): "BTN",
    }
    choose(mapping.values.boxes["surface", "da ong"], "cap_phoi")
    assert page.plan is not None
    assert page.plan.values["surface"]["da ong"] == "cap_phoi"
    press(qtbot, page, "import_button")
    assert [surface for _, surface in roads(desk)[3:]] == ["BTXM", "cap_phoi", "BTN"]
    [profile] = list_profiles(desk)
    assert profile.values["surface"]["da ong"] == "cap_phoi"
    look(qtbot, page, path)
    assert mapping._sure["name"].text() == "như lần trước"
    assert not mapping.afresh_button.isHidden()
    mapping.afresh_button.click()
    qtbot.waitUntil(lambda: page.plan is not None and not page.plan.is_remembered, timeout=30_000)
    assert mapping.values.boxes["surface", "da ong"].currentData() == ""


def test_another_column_of_codes_brings_its_own_texts(qtbot: QtBot, page: ImportPage, path: Path) -> None:
    look(qtbot, page, path)
    choose(page.mapping.columns["surface"], "la")
    assert page.mapping._sure["surface"].text() == "tự chọn"
    assert {text for _, text in page.mapping.values.boxes} == {"x", "y"}
    choose(page.mapping.columns["surface"], "")
    assert page.mapping.values.isHidden()


def test_nothing_is_written_before_it_was_seen(qtbot: QtBot, page: ImportPage, desk: Desk, path: Path) -> None:
    look(qtbot, page, path)
    choose(page.matching.by_box, "likeness")
    assert not page.import_button.isEnabled()
    press(qtbot, page, "try_button")
    assert page.import_button.isEnabled()
    assert len(roads(desk)) == 3
    lines = page.matching.lines
    told = [tuple(str(lines.index(at, c).data()) for c in range(6)) for at in range(lines.rowCount())]
    assert told[0][2] == "chưa rõ"
    assert ("", "", "", "Kết cấu mặt đường", "Đất", "Bê tông xi măng") in told
    assert "UI-" not in "".join(texts_of(page))
    choose(page.matching.on_match_box, "skip")
    assert not page.import_button.isEnabled(), "another wish needs another look"


def test_what_was_chosen_for_one_file_is_not_chosen_for_the_next(
    qtbot: QtBot, page: ImportPage, path: Path, tmp_path: Path
) -> None:
    look(qtbot, page, path)
    choose(page.matching.by_box, "likeness")
    choose(page.matching.on_match_box, "skip")
    page.matching.erase_box.click()
    press(qtbot, page, "try_button")
    look(qtbot, page, write_roads(tmp_path / "khác.geojson", [({"TEN_DG": "Đường khác"}, LINE)]))
    assert not page.matching.is_on
    assert page.matching.on_match_box.currentIndex() == 0
    assert not page.matching.erase_box.isChecked()
    assert page.import_button.isEnabled()
    press(qtbot, page, "import_button")
    assert "cập nhật" not in page.result.summary.text()


def test_a_value_ticked_off_stays_and_an_answer_is_taken(
    qtbot: QtBot, page: ImportPage, desk: Desk, path: Path
) -> None:
    look(qtbot, page, path)
    choose(page.matching.by_box, "likeness")
    press(qtbot, page, "try_button")
    matching, lines = page.matching, page.matching.lines
    assert matching.answer_box.isVisibleTo(page)
    half = list_records(desk, "road_segment")[1].uid
    choose(matching.answer_box, half)
    settle(qtbot, page)
    assert matching._matches is not None
    assert matching._matches.counts["ambiguous"] == 0
    at_key = {(lines.line(at).match.row, lines.line(at).key): lines.index(at, 0) for at in range(lines.rowCount())}
    marks = at_key[1, "name"]
    assert marks.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked, "it only loses its marks"
    shape = at_key[2, "geometry"]
    assert shape.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    lines.setData(shape, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    was = list_records(desk, "road_segment")[1].geometry
    press(qtbot, page, "import_button")
    assert roads(desk) == [
        ("Đường Lê Lợi", "BTXM"),
        ("Trần Phú", None),
        ("Đường Trần Phú", None),
        ("Đường mới", "BTN"),
    ]
    assert list_records(desk, "road_segment")[1].geometry == was
    assert "cập nhật 2" in page.result.summary.text()


def test_a_row_ticked_off_is_left_out(qtbot: QtBot, page: ImportPage, desk: Desk, path: Path) -> None:
    look(qtbot, page, path)
    choose(page.matching.by_box, "likeness")
    press(qtbot, page, "try_button")
    lines = page.matching.lines
    for at in range(lines.rowCount()):
        line = lines.line(at)
        if line.key is None and line.match.outcome in ("new", "changed"):
            lines.setData(lines.index(at, 0), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    before = roads(desk)
    press(qtbot, page, "import_button")
    assert roads(desk) == before


def test_an_answer_that_cannot_be_is_told_and_can_be_given_anew(
    qtbot: QtBot, page: ImportPage, session: Session, desk: Desk, tmp_path: Path
) -> None:
    rows = [({"ten": "Trần Phú"}, WHOLE), ({"ten": "Trần Phú"}, HALVES[1])]
    look(qtbot, page, write_roads(tmp_path / "hai.geojson", rows))
    choose(page.matching.by_box, "likeness")
    press(qtbot, page, "try_button")
    matching = page.matching
    taken = list_records(desk, "road_segment")[2].uid
    with qtbot.waitSignal(session.failed, timeout=30_000) as told:
        choose(matching.answer_box, taken)
    assert "chọn lại" in str(told.args[0].error)
    qtbot.waitUntil(lambda: not page.is_busy)
    assert not page.import_button.isEnabled()
    assert matching.table.isVisibleTo(page)
    choose(matching.answer_box, "skip")
    settle(qtbot, page)
    assert page.import_button.isEnabled()
