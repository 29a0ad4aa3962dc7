"""Importing what is here already: known again by a sign or by likeness, shown, and changed only as the user decides."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from core.errors import Cancelled
from forms.record import State
from localdb.journal import verify_chain
from services.approving import approve
from services.desk import Desk
from services.editing import delete_records, insert_record, undo, update_values
from services.import_report import ImportReport
from services.importing import propose_import, run_import
from services.matching import Matching
from services.reading import fetch_record
from tests.services.conftest import MakeDesk
from tests.services.desks import records_of, refused, sample_line, snapshot, write_roads

ROADS = "road_segment"
LINE = sample_line((0, 0), (120, 40), (260, 30))
OTHER = sample_line((0, 300), (200, 340))


def bring(desk: Desk, path: Path, matching: Matching, *, type_id: str = ROADS, **run: Any) -> ImportReport:
    plan = propose_import(desk, path, type_id=type_id, layer=run.pop("layer", None))
    return run_import(desk, replace(plan, matching=matching), **run)


def outcomes(report: ImportReport) -> dict[int, str]:
    assert report.matches is not None
    return {row.row: row.outcome for row in report.matches.rows}


def counted(report: ImportReport) -> dict[str, int]:
    assert report.matches is not None
    return {key: count for key, count in report.matches.counts.items() if count}


def told(report: ImportReport) -> list[Any]:
    assert report.matches is not None
    return [row.as_dict() for row in report.matches.rows if row.outcome != "same"]


def add_road(desk: Desk, line: shapely.Geometry | None = LINE, **values: Any) -> str:
    return insert_record(desk, ROADS, values, line).record.uid


def contents(desk: Desk, type_id: str = ROADS) -> dict[str, tuple[Mapping[str, Any], Any]]:
    return {record.uid: (record.values, record.geometry) for record in records_of(desk, type_id)}


# By uid


def test_an_update_touches_only_what_the_file_says_otherwise(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường A", note="giữ nguyên", lanes=2, surface="dat")
    other = add_road(desk, OTHER, name="Đường B")
    before = contents(desk)
    path = write_roads(
        tmp_path / "d.geojson",
        [
            ({"uid": uid, "ten": "Đường A mới", "so_lan_xe": 2, "mat_duong": None, "ghi": "la"}, LINE),
            ({"uid": other, "ten": "Đường B", "so_lan_xe": None, "mat_duong": None, "ghi": None}, OTHER),
        ],
    )
    report = bring(desk, path, Matching("uid"))
    assert counted(report) == {"changed": 1, "same": 1}
    assert report.matches is not None
    assert report.matches.rows[0].differences == {"name": ("Đường A", "Đường A mới")}
    assert (report.written, report.uids, report.updated_uids) == (1, (), (uid,))
    after = contents(desk)
    assert after[other] == before[other]
    assert after[uid] == ({**before[uid][0], "name": "Đường A mới"}, before[uid][1])
    assert fetch_record(desk, uid).lineage.raw_values["ghi"] == "la", "a column without a field is kept"
    assert [record.values["name"] for record in records_of(desk, ROADS)] == ["Đường A mới", "Đường B"]


def test_a_file_without_shapes_changes_values_and_computed_fields_follow(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường A", from_km=0.0, to_km=1.0)
    path = tmp_path / "sửa.csv"
    path.write_text(f"uid,ly_trinh_cuoi\n{uid},2\n", encoding="utf-8")
    report = bring(desk, path, Matching("uid"))
    assert report.rejected == ()
    record = fetch_record(desk, uid)
    assert (record.values["to_km"], record.values["chainage_length_km"], record.values["name"]) == (2.0, 2.0, "Đường A")
    assert record.geometry is not None
    assert shapely.equals_exact(record.geometry, LINE, tolerance=1e-4)


def test_a_new_shape_takes_its_own_origin_and_its_length(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường A")
    moved = sample_line((0, 0), (120, 45), (300, 30))
    report = bring(
        desk, write_roads(tmp_path / "d.geojson", [({"uid": uid, "ten": "Đường A"}, moved)]), Matching("uid")
    )
    assert report.matches is not None
    assert list(report.matches.rows[0].differences) == ["geometry"]
    record = fetch_record(desk, uid)
    assert shapely.hausdorff_distance(record.geometry, moved) < 0.002
    assert record.values["length_m"] == pytest.approx(moved.length, abs=0.02)
    assert record.lineage.source_file == "d.geojson"
    with desk.reading() as connection:
        box = connection.exec_driver_sql("SELECT xmax FROM idx_road_segment_geom").scalar_one()
        assert verify_chain(connection) is None
    assert box == pytest.approx(moved.bounds[2], abs=1)


def test_many_updates_lie_in_journal_and_index_as_single_ones_do(
    open_copy: MakeDesk, sample_template: Path, tmp_path: Path
) -> None:
    """Above a few hundred rows the triggers are away: the R*Tree must follow all the same, and undo bring it back."""
    desk = open_copy(sample_template)
    shapes = [sample_line((0, 3 * at), (100, 3 * at)) for at in range(250)]
    uids = [add_road(desk, line, name=f"Đường {at}") for at, line in enumerate(shapes)]
    moved = [shapely.transform(line, lambda xy: xy + [1.0, 0.0]) for line in shapes]
    roads = [({"uid": uid, "ten": f"Phố {at}"}, line) for at, (uid, line) in enumerate(zip(uids, moved, strict=True))]
    before = contents(desk)
    report = bring(desk, write_roads(tmp_path / "d.geojson", roads), Matching("uid"))
    assert counted(report) == {"changed": 250}
    with desk.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT i.xmin FROM idx_road_segment_geom i JOIN road_segment r ON r.fid = i.pkid ORDER BY r.fid"
        )
        boxes = rows.scalars().all()
        assert verify_chain(connection) is None
    assert boxes == pytest.approx([line.bounds[0] for line in moved], abs=0.1)
    undo(desk)
    assert contents(desk) == before


class _Stop:
    """Progress of somebody who thinks better of it at the ``at``-th report."""

    def __init__(self, at: int) -> None:
        self.left, self.seen = at, 0

    def step(self, done: int, total: int | None = None) -> None:
        self.seen += 1
        self.left -= 1
        if self.left == 0:
            raise Cancelled


def test_a_cancelled_update_leaves_nothing_wherever_it_stops(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from localdb import bulk

    monkeypatch.setattr(bulk, "CHUNK", 2)
    uids = [add_road(desk, sample_line((0, 9 * at), (90, 9 * at)), name=f"Đường {at}") for at in range(5)]
    roads = [({"uid": uid, "ten": f"Phố {at}"}, OTHER) for at, uid in enumerate(uids)]
    roads += [({"ten": f"Ngõ {at}"}, sample_line((0, 500 + 9 * at), (90, 500 + 9 * at))) for at in range(5)]
    path = write_roads(tmp_path / "d.geojson", roads)
    plan = replace(propose_import(desk, path, type_id=ROADS), matching=Matching("uid"))
    before, whole = snapshot(desk), _Stop(-1)
    run_import(desk, plan, dry_run=True, progress=whole)
    for at in range(whole.seen + 1, whole.seen + 9):
        with pytest.raises(Cancelled):
            run_import(desk, plan, progress=_Stop(at))
        assert snapshot(desk) == before
    assert run_import(desk, plan).written == 10


def test_an_empty_cell_erases_only_when_asked(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường A", note="cũ", commune_code="01153")
    path = tmp_path / "sửa.csv"
    path.write_text(f"uid,ten,ghi_chu,ma_xa\n{uid},Đường A,,\n", encoding="utf-8")
    assert counted(bring(desk, path, Matching("uid"))) == {"same": 1}
    report = bring(desk, path, Matching("uid", erase_empty=True))
    assert report.matches is not None
    assert report.matches.rows[0].differences == {"note": ("cũ", None)}
    assert fetch_record(desk, uid).values["note"] is None


# What the user decides


@pytest.fixture
def pair(desk: Desk, tmp_path: Path) -> tuple[str, Path]:
    """A road here, and a file that renames and widens it, with a new road beside it."""
    uid = add_road(desk, name="Đường A", carriageway_w=3.0)
    roads = [({"uid": uid, "ten": "Đường Á", "be_rong": 5.0}, LINE), ({"uid": None, "ten": "Đường mới"}, OTHER)]
    return uid, write_roads(tmp_path / "d.geojson", roads)


@pytest.mark.parametrize(
    ("matching", "names", "widths"),
    [
        (Matching("uid"), ["Đường Á", "Đường mới"], [5.0, None]),
        (Matching("uid", on_match="skip"), ["Đường A", "Đường mới"], [3.0, None]),
        (Matching("uid", on_new="skip"), ["Đường Á"], [5.0]),
        (Matching("uid", on_match="add"), ["Đường A", "Đường Á", "Đường mới"], [3.0, 5.0, None]),
        (Matching("uid", left_out=frozenset({(1, "name")})), ["Đường A", "Đường mới"], [5.0, None]),
        (Matching("uid", left_out=frozenset({(1, None)})), ["Đường A", "Đường mới"], [3.0, None]),
        (Matching("uid", left_out=frozenset({(2, None)})), ["Đường Á"], [5.0]),
        (Matching("uid", choices={1: "skip", 2: "skip"}), ["Đường A"], [3.0]),
        (Matching("uid", choices={1: "new"}), ["Đường A", "Đường Á", "Đường mới"], [3.0, 5.0, None]),
    ],
)
def test_the_user_decides(
    desk: Desk, pair: tuple[str, Path], matching: Matching, names: list[str], widths: list[float | None]
) -> None:
    bring(desk, pair[1], matching)
    found = records_of(desk, ROADS)
    assert [record.values["name"] for record in found] == names
    assert [record.values["carriageway_w"] for record in found] == widths


def test_a_trial_writes_nothing_and_shows_what_would_be(desk: Desk, pair: tuple[str, Path]) -> None:
    before = snapshot(desk)
    report = bring(desk, pair[1], Matching("uid"), dry_run=True)
    assert counted(report) == {"new": 1, "changed": 1}
    assert report.as_dict()["matches"]["rows"][0]["changes"] == {
        "name": {"old": "Đường A", "new": "Đường Á"},
        "carriageway_w": {"old": 3.0, "new": 5.0},
    }
    assert snapshot(desk) == before


def test_what_was_not_shown_is_not_written(desk: Desk, pair: tuple[str, Path]) -> None:
    uid, path = pair
    shown = bring(desk, path, Matching("uid"), dry_run=True).matches
    assert shown is not None
    update_values(desk, uid, {"name": "Đường khác"}, expected=1)
    before = snapshot(desk)
    refused("IMPORT-NOT-SEEN", lambda: bring(desk, path, Matching("uid", seen=shown.token)))
    assert snapshot(desk) == before
    again = bring(desk, path, Matching("uid"), dry_run=True).matches
    assert again is not None
    ticked = Matching("uid", seen=again.token, left_out=frozenset({(1, "name")}))
    assert bring(desk, path, ticked).written == 2, "to tick something off needs no new preview"


def test_added_and_changed_are_one_step(desk: Desk, pair: tuple[str, Path]) -> None:
    before = contents(desk)
    report = bring(desk, pair[1], Matching("uid"))
    assert report.changed is not None
    assert len(report.changed.records) == 2
    undo(desk)
    assert contents(desk) == before


def test_an_approved_record_becomes_a_draft_again_and_a_same_one_stays(desk: Desk, pair: tuple[str, Path]) -> None:
    uid, path = pair
    same = add_road(desk, OTHER, name="Đường B")
    approve(desk)
    bring(desk, path, Matching("uid"))
    assert fetch_record(desk, uid).state == State.DRAFT
    assert fetch_record(desk, same).state != State.DRAFT


def test_a_bad_row_keeps_everything_out(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường A")
    before = snapshot(desk)
    path = write_roads(tmp_path / "d.geojson", [({"uid": uid, "ten": "Đường Á"}, LINE), ({"ten": "không hình"}, None)])
    report = bring(desk, path, Matching("uid"))
    assert [(item.row, item.code) for item in report.rejected] == [(2, "IMPORT-EMPTY-GEOMETRY")]
    assert snapshot(desk) == before
    assert bring(desk, path, Matching("uid"), skip_bad=True).written == 1


# Codes, and what cannot be changed


def test_codes_know_a_record_again(desk: Desk, tmp_path: Path) -> None:
    one = add_road(desk, name="A", official_id="QG-001", local_code="X-1")
    path = tmp_path / "sửa.csv"
    path.write_text("official_id;local_code;ten\nQG-001;;Tên mới\nQG-002;;Đường lạ\n", encoding="utf-8")
    report = bring(desk, path, Matching("official-id"), skip_bad=True)
    assert outcomes(report) == {2: "changed", 3: "new"}
    assert fetch_record(desk, one).values["name"] == "Tên mới"
    path.write_text("local_code;ten\nx-1;Tên nữa\n", encoding="utf-8")
    report = bring(desk, path, Matching("local-code"))
    assert fetch_record(desk, one).values["name"] == "Tên nữa"


def test_a_code_of_two_records_asks(desk: Desk, tmp_path: Path) -> None:
    uids = [add_road(desk, line, name=name, official_id="QG-001") for name, line in (("A", LINE), ("B", OTHER))]
    path = tmp_path / "sửa.csv"
    path.write_text("official_id;ten\nQG-001;Tên mới\n", encoding="utf-8")
    report = bring(desk, path, Matching("official-id"))
    assert report.matches is not None
    [row] = report.matches.rows
    assert (row.outcome, row.reason, report.written) == ("ambiguous", "MATCH-SEVERAL", 0)
    assert [item.uid for item in row.candidates] == uids
    bring(desk, path, Matching("official-id", choices={2: uids[1]}))
    assert [record.values["name"] for record in records_of(desk, ROADS)] == ["A", "Tên mới"]


def test_two_rows_of_one_record_ask(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="A")
    path = tmp_path / "sửa.csv"
    path.write_text(f"uid;ten\n{uid};B\n{uid};C\n", encoding="utf-8")
    report = bring(desk, path, Matching("uid"))
    assert outcomes(report) == {2: "ambiguous", 3: "ambiguous"}
    both = Matching("uid", choices={2: uid, 3: uid})
    refused("IMPORT-CHOICE-TWICE", lambda: bring(desk, path, both))
    bring(desk, path, Matching("uid", choices={3: uid, 2: "skip"}))
    assert fetch_record(desk, uid).values["name"] == "C"


def test_a_record_deleted_here_is_told_and_not_brought_back(desk: Desk, pair: tuple[str, Path]) -> None:
    uid, path = pair
    delete_records(desk, [uid])
    report = bring(desk, path, Matching("uid"))
    assert outcomes(report) == {1: "deleted", 2: "new"}
    assert [record.values["name"] for record in records_of(desk, ROADS)] == ["Đường mới"]
    assert report.matches is not None
    assert "xóa" in report.matches.rows[0].text


def test_what_is_only_added_is_never_changed(desk: Desk, tmp_path: Path) -> None:
    asset = add_road(desk, name="A")
    values = {"asset_uid": asset, "inspected_on": "2026-03-01", "inspector": "An", "note": "cũ"}
    keys = {field.key for field in desk.catalogue.type("asset_inspection").fields}
    uid = insert_record(desk, "asset_inspection", {k: v for k, v in values.items() if k in keys}, None).record.uid
    path = tmp_path / "sửa.csv"
    path.write_text(f"uid;ghi_chu\n{uid};mới\n", encoding="utf-8")
    before = snapshot(desk)
    report = bring(desk, path, Matching("uid"), type_id="asset_inspection")
    assert (outcomes(report), report.written) == ({2: "locked"}, 0)
    assert snapshot(desk) == before


@pytest.mark.parametrize(
    ("matching", "code"),
    [
        (Matching("official-id"), "IMPORT-NO-KEY"),
        (Matching("uid"), "IMPORT-NO-KEY"),
        (Matching("likeness", choices={9: "new"}), "IMPORT-CHOICE"),
        (Matching("likeness", choices={1: "0190-khong-co"}), "IMPORT-CHOICE"),
        (Matching("likeness", left_out=frozenset({(77, None)})), "IMPORT-CHOICE"),
    ],
)
def test_answers_that_fit_nothing_are_refused(desk: Desk, tmp_path: Path, matching: Matching, code: str) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE)])
    before = snapshot(desk)
    refused(code, lambda: bring(desk, path, matching))
    assert snapshot(desk) == before


def test_a_name_does_not_lose_its_marks_unless_somebody_says_so(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường Lê Lợi", note="cũ")
    path = tmp_path / "sửa.csv"
    path.write_text(f"uid;ten;ghi_chu\n{uid};DUONG LE LOI;moi\n", encoding="utf-8")
    report = bring(desk, path, Matching("uid"))
    assert report.matches is not None
    assert report.matches.rows[0].kept == {"name"}
    values = fetch_record(desk, uid).values
    assert (values["name"], values["note"]) == ("Đường Lê Lợi", "moi")
    bring(desk, path, Matching("uid", taken=frozenset({(2, "name")})))
    assert fetch_record(desk, uid).values["name"] == "DUONG LE LOI"
