"""One record into several, several into one: who they are, what points at them, and one undo."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.affinity import translate
from shapely.ops import split

from forms.record import Record
from services import editing
from services.desk import Desk
from services.reading import fetch_record, history_of
from services.reshaping import load_parts, merge_records, split_record
from tests.services.desks import records_of, refused, sample_line, sample_square, snapshot

LOT = sample_square(0, 0, 100)
WEST, SOUTH, EAST, _ = LOT.bounds
CUT = shapely.LineString([(WEST - 5, SOUTH + 30.12345), (EAST + 5, SOUTH + 44.4)])
PARTS = list(split(LOT, CUT).geoms)


@pytest.fixture
def lot(desk: Desk) -> Record:
    values = {"name": "Khoanh 7", "lot_no": "K7", "official_id": "VN-7", "official_id_status": "da_cap", "note": "giữ"}
    return editing.insert_record(desk, "land_use_plan_area", values, LOT).record


def road(desk: Desk, *offsets: tuple[float, float], **values: object) -> Record:
    return editing.insert_record(desk, "road_segment", values, sample_line(*offsets)).record


def test_the_largest_part_stays_the_record_it_was(desk: Desk, lot: Record) -> None:
    saved = split_record(desk, lot.uid, PARTS, expected=1)
    kept, new = (item.record for item in saved)
    assert kept.uid == lot.uid
    assert kept.geometry.area > new.geometry.area
    assert kept.geometry.area + new.geometry.area == pytest.approx(lot.geometry.area, abs=0.05)
    for key in ("local_code", "official_id", "official_id_status", "name", "note"):
        assert kept.values[key] == lot.values[key]
    assert (new.values["name"], new.values["note"]) == ("Khoanh 7", "giữ")
    assert (new.values["official_id"], new.values["official_id_status"]) == (None, "chua_cap")
    assert new.values["local_code"] not in (None, lot.values["local_code"])
    assert (new.lineage.derived_from, new.lineage.derivation) == ((lot.uid,), "split")
    assert kept.lineage == lot.lineage
    area = next(field.key for field in desk.catalogue.type(lot.type_id).fields if field.computed)
    assert new.values[area] < kept.values[area] < lot.values[area]
    assert [fetch_record(desk, one.uid) for one in (kept, new)] == [kept, new]
    assert saved[0].changed == saved[1].changed


def test_a_split_is_one_step(desk: Desk, lot: Record) -> None:
    _, new = split_record(desk, lot.uid, PARTS, expected=1)
    editing.undo(desk)
    assert [record.uid for record in records_of(desk, lot.type_id)] == [lot.uid]
    again = fetch_record(desk, lot.uid)
    assert (again.geometry, again.values) == (lot.geometry, lot.values)
    editing.redo(desk)
    assert {record.uid for record in records_of(desk, lot.type_id)} == {lot.uid, new.record.uid}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([LOT], "SPLIT-PARTS"),
        ([], "SPLIT-PARTS"),
        ([PARTS[0], PARTS[0]], "SPLIT-AREA"),
        ([PARTS[0], translate(PARTS[1], 3)], "SPLIT-AREA"),
        ([PARTS[0], PARTS[1].buffer(-1)], "SPLIT-AREA"),
        ([PARTS[0], PARTS[1], PARTS[1]], "SPLIT-AREA"),
        ([PARTS[0], shapely.Polygon()], "SPLIT-PARTS"),
        ([PARTS[0], PARTS[1].exterior], "GEOMETRY-KIND"),
    ],
)
def test_parts_that_are_not_the_whole_are_refused(desk: Desk, lot: Record, parts: list, code: str) -> None:
    before = snapshot(desk)
    refused(code, lambda: split_record(desk, lot.uid, parts, expected=1))
    assert snapshot(desk) == before


def test_a_line_is_split_where_it_is_cut(desk: Desk) -> None:
    before = road(desk, (0, 0), (120, 40), (260, 30), name="Đường A")
    cut = before.geometry.interpolate(100)
    parts = split(shapely.snap(before.geometry, cut, 0.001), cut.buffer(1e-7)).geoms
    long = [part for part in parts if part.length > 1]
    kept, new = split_record(desk, before.uid, long, expected=1)
    assert kept.record.uid == before.uid
    assert kept.record.values["length_m"] + new.record.values["length_m"] == pytest.approx(
        before.values["length_m"], abs=0.02
    )


def test_what_has_no_extent_is_not_split(desk: Desk) -> None:
    dossier = editing.insert_record(desk, "planning_dossier", {"name": "Quy hoạch"}, None).record
    refused("SPLIT-NO-SHAPE", lambda: split_record(desk, dossier.uid, PARTS, expected=1))
    refused("RECORD-UNKNOWN", lambda: split_record(desk, "x", PARTS, expected=1))


def test_a_split_of_what_has_changed_is_refused(desk: Desk, lot: Record) -> None:
    editing.update_values(desk, lot.uid, {"note": "khác"}, expected=1)
    before = snapshot(desk)
    refused("STORE-STALE", lambda: split_record(desk, lot.uid, PARTS, expected=1))
    assert snapshot(desk) == before


def test_merging_keeps_one_and_moves_what_points_at_the_others(desk: Desk) -> None:
    first = road(desk, (0, 0), (100, 0), name="Đường A", road_code="ĐX.1")
    second = road(desk, (100, 0), (200, 20), name="Đường A", road_code="ĐX.1")
    bridge = editing.insert_record(
        desk, "bridge", {"name": "Cầu", "road_segment_uid": second.uid}, sample_line((150, 5), (160, 8))
    ).record
    checked = editing.insert_record(desk, "asset_inspection", inspection(desk, second.uid), None).record
    saved = merge_records(desk, [first.uid, second.uid], keep=first.uid)
    kept = saved.record
    assert kept.uid == first.uid
    assert kept.values["local_code"] == first.values["local_code"]
    assert kept.geometry.length == pytest.approx(first.geometry.length + second.geometry.length, abs=0.001)
    assert kept.values["length_m"] == pytest.approx(kept.geometry.length, abs=0.01)
    assert (kept.lineage.derived_from, kept.lineage.derivation) == ((second.uid,), "merge")
    assert fetch_record(desk, bridge.uid).values["road_segment_uid"] == first.uid
    assert fetch_record(desk, checked.uid).values["asset_uid"] == first.uid
    refused("RECORD-UNKNOWN", lambda: fetch_record(desk, second.uid))
    assert [change.operation for change in history_of(desk, second.uid)] == ["insert", "delete"]
    editing.undo(desk)
    assert fetch_record(desk, second.uid).geometry == second.geometry
    assert fetch_record(desk, first.uid).lineage == first.lineage
    assert fetch_record(desk, bridge.uid).values["road_segment_uid"] == second.uid
    assert fetch_record(desk, checked.uid).values["asset_uid"] == second.uid


def inspection(desk: Desk, asset: str) -> dict[str, object]:
    return {"asset_uid": asset}


def test_lots_are_united_and_points_stay_where_they_are(desk: Desk) -> None:
    lots = [editing.insert_record(desk, "land_use_plan_area", {"name": "K"}, sample_square(x)).record for x in (0, 50)]
    merged = merge_records(desk, [one.uid for one in lots], keep=lots[1].uid).record
    assert merged.geometry.area == pytest.approx(5000, rel=0.01)
    places = [shapely.Point(LOT.centroid.x + x, LOT.centroid.y) for x in (0, 1)]
    points = [editing.insert_record(desk, "survey_point", {"point_no": "1"}, place).record for place in places]
    kept = merge_records(desk, [one.uid for one in points], keep=points[0].uid).record
    assert kept.geometry == points[0].geometry


def test_who_has_an_identifier_stays(desk: Desk, lot: Record) -> None:
    other = editing.insert_record(desk, "land_use_plan_area", {"name": "K"}, sample_square(100)).record
    before = snapshot(desk)
    refused("MERGE-OFFICIAL-ID", lambda: merge_records(desk, [lot.uid, other.uid], keep=other.uid))
    refused("MERGE-FEW", lambda: merge_records(desk, [lot.uid, lot.uid], keep=lot.uid))
    refused("MERGE-FEW", lambda: merge_records(desk, [lot.uid, other.uid], keep="x"))
    stranger = road(desk, (0, 0), (9, 0), name="Đường")
    before = snapshot(desk)
    refused("MERGE-TYPES", lambda: merge_records(desk, [lot.uid, stranger.uid], keep=lot.uid))
    stale = {lot.uid: 1, other.uid: 7}
    refused("STORE-STALE", lambda: merge_records(desk, [lot.uid, other.uid], keep=lot.uid, expected=stale))
    assert snapshot(desk) == before
    assert merge_records(desk, [lot.uid, other.uid], keep=lot.uid).record.values["official_id"] == "VN-7"


def test_a_record_that_named_the_one_it_becomes_names_nobody(desk: Desk) -> None:
    old = editing.insert_record(desk, "planning_dossier", {"name": "Cũ"}, None).record
    new = editing.insert_record(desk, "planning_dossier", {"name": "Mới", "replaces_uid": old.uid}, None).record
    kept = merge_records(desk, [old.uid, new.uid], keep=new.uid).record
    assert kept.values["replaces_uid"] is None
    assert fetch_record(desk, new.uid) == kept


def test_lines_that_do_not_meet_are_one_record_only_where_the_type_may_have_several(desk: Desk) -> None:
    apart = [road(desk, (x, 0), (x + 20, 0), name="Đường") for x in (0, 90)]
    kinds = desk.catalogue.type("road_segment").geometry
    uids = [one.uid for one in apart]
    if "multi_line" in kinds:
        assert merge_records(desk, uids, keep=uids[0]).record.geometry.geom_type == "MultiLineString"
    else:
        refused("MERGE-NOT-ONE", lambda: merge_records(desk, uids, keep=uids[0]))


def test_parts_are_read_from_a_file(desk: Desk, lot: Record, tmp_path: Path) -> None:
    path = tmp_path / "phan.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9211"}}
    features = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(part)} for part in PARTS]
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    saved = split_record(desk, lot.uid, load_parts(desk, path), expected=1)
    assert len(saved) == 2


def test_a_part_that_lies_nowhere_is_refused(desk: Desk, lot: Record) -> None:
    before = snapshot(desk)
    with np.errstate(invalid="ignore"):
        hole = shapely.Polygon([(WEST, SOUTH), (float("nan"), SOUTH), (EAST, SOUTH + 5)])
    refused("GEOMETRY-NOT-FINITE", lambda: split_record(desk, lot.uid, [*PARTS, hole], expected=1))
    assert snapshot(desk) == before
