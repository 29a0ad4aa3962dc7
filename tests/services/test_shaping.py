"""Several records reshaped in one step: together or not at all, named, and taken back by one undo."""

import shapely
from shapely.affinity import translate

from services import editing
from services.desk import Desk
from services.reading import fetch_record
from services.shaping import reshape_records
from tests.services.desks import refused, sample_line, sample_square, snapshot


def test_neighbours_move_together_in_one_step(desk: Desk) -> None:
    west = editing.insert_record(desk, "land_use_plan_area", {"lot_no": "1"}, sample_square(0, 0, 50)).record
    road = editing.insert_record(desk, "road_segment", {"name": "Đường"}, sample_line((0, 0), (50, 0))).record
    shapes = {west.uid: translate(west.geometry, 5, 0), road.uid: translate(road.geometry, 0, 2.5)}
    changed = reshape_records(desk, shapes, expected={west.uid: 1, road.uid: 1})
    assert shapely.equals(fetch_record(desk, west.uid).geometry, shapes[west.uid])
    assert fetch_record(desk, road.uid).values["length_m"] == road.values["length_m"]
    assert "2" in changed.label
    editing.undo(desk)
    assert fetch_record(desk, west.uid).geometry == west.geometry
    assert fetch_record(desk, road.uid).geometry == road.geometry


def test_one_that_cannot_be_stored_keeps_all_as_they_were(desk: Desk) -> None:
    lot = editing.insert_record(desk, "land_use_plan_area", {"lot_no": "1"}, sample_square(0, 0, 50)).record
    road = editing.insert_record(desk, "road_segment", {"name": "Đường"}, sample_line((0, 0), (50, 0))).record
    before = snapshot(desk)
    good, wrong = translate(lot.geometry, 5, 0), shapely.Point(0, 0)
    refused("GEOMETRY-KIND", lambda: reshape_records(desk, {lot.uid: good, road.uid: wrong}))
    refused("STORE-STALE", lambda: reshape_records(desk, {lot.uid: good}, expected={lot.uid: 7}))
    refused("RECORD-UNKNOWN", lambda: reshape_records(desk, {lot.uid: good, "nobody": good}))
    refused("RESHAPE-NOTHING", lambda: reshape_records(desk, {}))
    assert snapshot(desk) == before
