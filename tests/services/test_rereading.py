"""A wrong encoding is undone after the import, for one column, from what the lineage kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import utc_now
from forms.record import Actor
from services.desk import Desk
from services.editing import undo, update_values
from services.importing import propose_import, run_import
from services.rereading import choose_text_column, find_text_columns, reread_column
from services.workspaces import create_desk
from tests.exchange.old_offices import vni_bytes
from tests.exchange.samples import write_legacy_shapefile
from tests.services.desks import SAMPLE, bring, open_again, records_of, refused

NAMES = ["Đường tỉnh 183", "Đường Nguyễn Huệ", "Đường thôn Minh Tâm"]
VNI = [vni_bytes(name) for name in NAMES]


def import_wrongly(desk: Desk, folder: Path) -> list[str]:
    """Import three roads in VNI as if they were Windows-1258, and return their names as they came out."""
    path = write_legacy_shapefile(folder / "duong_vni.shp", VNI, 437_000.0, 2_487_000.0)
    plan = propose_import(desk, path, type_id="road_segment", encoding="cp1258", system=desk.system)
    assert plan.mapping["name"] == "TEN"
    report = run_import(desk, plan)
    assert report.written == 3, [item.text for item in report.rejected]
    return names_of(desk)


def names_of(desk: Desk) -> list[str]:
    return [record.values["name"] for record in records_of(desk, "road_segment")]


@pytest.fixture
def without_boundary(tmp_path: Path) -> Iterator[Desk]:
    made = create_desk(tmp_path / "sổ", "01153", actor=Actor("can_bo"), clock=utc_now)
    yield made
    made.close()


def test_a_wrong_choice_is_undone_for_the_column(without_boundary: Desk, tmp_path: Path) -> None:
    desk = without_boundary
    wrong = import_wrongly(desk, tmp_path)
    assert wrong != NAMES
    [column] = find_text_columns(desk, ["road_segment"])
    assert (column.file, column.column, column.field, column.encoding) == ("duong_vni.shp", "TEN", "name", "cp1258")
    assert (column.count, [after for _, after in column.preview("vni")]) == (3, NAMES)
    done = reread_column(desk, column, "vni", dry_run=True)
    assert (done.count, done.changed, names_of(desk)) == (3, None, wrong)
    done = reread_column(desk, column, "VNI")
    assert (done.count, done.edited, done.unread) == (3, 0, 0)
    assert names_of(desk) == NAMES
    [column] = find_text_columns(desk)
    assert column.encoding == "vni"
    undo(desk)
    assert names_of(desk) == wrong


def test_what_was_edited_since_stays(without_boundary: Desk, tmp_path: Path) -> None:
    desk = without_boundary
    import_wrongly(desk, tmp_path)
    [column] = find_text_columns(desk)
    record = records_of(desk, "road_segment")[1]
    update_values(desk, record.uid, {"name": "Đường Nguyễn Huệ mới"}, expected=record.revision)
    done = reread_column(desk, column, "vni")
    assert (done.count, done.edited) == (2, 1)
    assert names_of(desk) == [NAMES[0], "Đường Nguyễn Huệ mới", NAMES[2]]


def test_text_that_has_no_letters_there_stays(without_boundary: Desk, tmp_path: Path) -> None:
    desk = without_boundary
    wrong = import_wrongly(desk, tmp_path)
    [column] = find_text_columns(desk)
    done = reread_column(desk, column, "utf-8")
    assert (done.count, done.unread, done.changed) == (0, 3, None)
    assert names_of(desk) == wrong
    refused("ENCODING-UNKNOWN", lambda: reread_column(desk, column, "klingon"))


def test_the_raw_text_is_kept_letter_by_letter_through_closing(filled: Desk) -> None:
    folder = filled.workspace.folder
    columns = {item.column: item for item in find_text_columns(filled, ["road_segment"])}
    assert columns["TEN_DUONG"].encoding == "tcvn3"
    assert {item.field for item in columns.values()} >= {"name"}
    names = names_of(filled)
    before = [record.lineage.raw_values["TEN_DUONG"] for record in records_of(filled, "road_segment")]
    reread_column(filled, columns["TEN_DUONG"], "unicode")
    assert names_of(filled) == before
    filled.close()
    with open_again(folder) as desk:
        column = choose_text_column(find_text_columns(desk), "TEN_DUONG")
        reread_column(desk, column, "tcvn3")
        assert names_of(desk) == names


def test_a_column_must_be_told_apart(filled: Desk, tmp_path: Path) -> None:
    columns = find_text_columns(filled, ["road_segment"])
    refused("REREAD-NO-COLUMN", lambda: choose_text_column(columns, "KHONG_CO"))
    for suffix in (".shp", ".shx", ".dbf"):
        (tmp_path / f"ban_sao{suffix}").write_bytes((SAMPLE / f"duong_cu{suffix}").read_bytes())
    bring(filled, tmp_path / "ban_sao.shp", "road_segment")
    columns = find_text_columns(filled, ["road_segment"])
    refused("REREAD-SEVERAL", lambda: choose_text_column(columns, "TEN_DUONG"))
    assert choose_text_column(columns, "TEN_DUONG", "ban_sao.shp").file == "ban_sao.shp"
