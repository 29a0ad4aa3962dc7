"""Several records reshaped in one step: together or not at all, named, and taken back by one undo."""

import itertools

import pytest
import shapely
from shapely.affinity import translate

from core.messages import render_label
from forms.computed import compute_values
from forms.record import Record
from services import editing
from services.desk import Desk
from services.reading import fetch_record
from services.reshaping import merge_records
from services.shaping import cut_record, cut_records, find_room, reshape_records
from tests.services.desks import records_of, refused, sample_line, sample_square, snapshot


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


SIDE = 40.0


@pytest.fixture
def row(desk: Desk) -> list[Record]:
    """Three lots side by side with common borders, on the grid."""
    west, south = (float(round(edge)) for edge in sample_square().bounds[:2])
    return [
        editing.insert_record(
            desk,
            "land_use_plan_area",
            {"lot_no": str(place)},
            shapely.box(west + place * SIDE, south, west + (place + 1) * SIDE, south + SIDE),
        ).record
        for place in range(3)
    ]


def slanted(lot: Record) -> shapely.LineString:
    west, south, east, north = lot.geometry.bounds
    return shapely.LineString([(west - 3, south + 11.00003), (east + 3, north - 7.77777)])


def test_a_cut_gives_its_nodes_to_the_neighbours(desk: Desk, row: list[Record]) -> None:
    saved = cut_record(desk, row[1].uid, slanted(row[1]))
    assert [item.record.lineage.derivation for item in saved[1:]] == ["split"]
    shapes = [record.geometry for record in records_of(desk, "land_use_plan_area")]
    assert len(shapes) == 4
    for one, other in itertools.combinations(shapes, 2):
        assert shapely.area(shapely.intersection(one, other)) == 0
    assert shapely.union_all(shapes).area == pytest.approx(sum(shape.area for shape in shapes), abs=1e-9)
    assert shapely.coverage_is_valid(shapes)
    assert fetch_record(desk, row[0].uid).revision == 2
    editing.undo(desk)
    assert [record.geometry for record in records_of(desk, "land_use_plan_area")] == [lot.geometry for lot in row]


def test_cut_and_merged_again_the_coverage_is_whole(desk: Desk, row: list[Record]) -> None:
    saved = cut_record(desk, row[1].uid, slanted(row[1]))
    merge_records(desk, [item.record.uid for item in saved], keep=row[1].uid)
    shapes = [record.geometry for record in records_of(desk, "land_use_plan_area")]
    assert shapely.coverage_is_valid(shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(3 * SIDE**2, abs=1e-6)


def test_cut_and_merged_again_all_is_what_it_was_to_the_bit(desk: Desk, row: list[Record]) -> None:
    """Of the neighbours too: they give back the vertices that the cut put on the common borders."""
    saved = cut_record(desk, row[1].uid, slanted(row[1]))
    merge_records(desk, [item.record.uid for item in saved], keep=row[1].uid)
    again = {record.uid: record.geometry for record in records_of(desk, "land_use_plan_area")}
    assert {uid: shape.normalize() for uid, shape in again.items()} == {
        lot.uid: lot.geometry.normalize() for lot in row
    }
    assert abs(again[row[1].uid].area - row[1].geometry.area) <= 1e-6


def test_a_corner_of_a_neighbour_stays_where_parts_come_together_again(desk: Desk, row: list[Record]) -> None:
    """The neighbour was cut at the same place meanwhile: what is a corner now stays in all."""
    west, south, east, north = row[1].geometry.bounds
    level = shapely.LineString([(west, south + 17), (east, south + 17)])
    mine = cut_record(desk, row[1].uid, level)
    cut_record(desk, row[0].uid, shapely.transform(level, lambda xy: xy - (SIDE, 0.0)))
    merge_records(desk, [item.record.uid for item in mine], keep=row[1].uid)
    shapes = [record.geometry for record in records_of(desk, "land_use_plan_area")]
    assert shapely.coverage_is_valid(shapes)
    assert [west, south + 17] in shapely.get_coordinates(fetch_record(desk, row[1].uid).geometry).tolist()


def test_several_are_cut_in_one_step(desk: Desk, row: list[Record]) -> None:
    before = [record.geometry for record in records_of(desk, "land_use_plan_area")]
    west, south, east, north = shapely.total_bounds(before).tolist()
    line = shapely.LineString([(west - 5, south + 11.37), (east + 5, south + 29.113)])
    saved = cut_records(desk, [], line, type_id="land_use_plan_area")
    assert len(saved) == 6
    assert "3" in render_label(saved[0].changed.label)
    assert shapely.coverage_is_valid([record.geometry for record in records_of(desk, "land_use_plan_area")])
    editing.undo(desk)
    assert [record.geometry for record in records_of(desk, "land_use_plan_area")] == before


def test_a_neighbour_s_area_is_worked_out_anew(desk: Desk, row: list[Record]) -> None:
    cut_record(desk, row[1].uid, slanted(row[1]))
    for record in records_of(desk, "land_use_plan_area"):
        kind = desk.catalogue.type(record.type_id)
        assert compute_values(kind, record.values, record.geometry).items() <= record.values.items()


def test_without_neighbours_it_is_what_it_was_to_the_bit(desk: Desk) -> None:
    shape = shapely.Polygon([(437_000, 2_487_000), (437_100.3, 2_487_007.1), (437_090, 2_487_080)])
    lot = editing.insert_record(desk, "land_use_plan_area", {"lot_no": "1"}, shape).record
    saved = cut_record(desk, lot.uid, slanted(lot))
    merged = merge_records(desk, [item.record.uid for item in saved], keep=lot.uid).record
    assert merged.geometry.normalize().equals_exact(lot.geometry.normalize(), 0.0)
    assert merged.values["local_code"] == lot.values["local_code"]


def test_a_road_is_cut(desk: Desk) -> None:
    road = editing.insert_record(desk, "road_segment", {"name": "Đường"}, sample_line((0, 0), (50, 0))).record
    (x0, y0), (x1, y1) = road.geometry.coords
    middle = shapely.LineString([((x0 + x1) / 2, y0 - 5), ((x0 + x1) / 2, y1 + 5)])
    refused("STORE-STALE", lambda: cut_record(desk, road.uid, middle, expected=9))
    saved = cut_record(desk, road.uid, middle)
    assert sum(item.record.values["length_m"] for item in saved) == pytest.approx(road.values["length_m"], abs=0.02)


def test_what_is_not_cut_stays(desk: Desk, row: list[Record]) -> None:
    before = snapshot(desk)
    away = shapely.transform(slanted(row[1]), lambda xy: xy + (0.0, 500.0))
    refused("CUT-MISSES", lambda: cut_record(desk, row[1].uid, away))
    assert snapshot(desk) == before


def test_the_room_between_lots_is_found(desk: Desk, row: list[Record]) -> None:
    west, south, east, north = row[1].geometry.bounds
    for shape in (shapely.box(west - SIDE, north, east + SIDE, north + 9), shapely.box(west, south - 9, east, south)):
        editing.insert_record(desk, "land_use_plan_area", {"lot_no": "x"}, shape)
    editing.delete_records(desk, [row[1].uid])
    room = find_room(desk, ["land_use_plan_area"], ((west + east) / 2, (south + north) / 2))
    assert room.equals(row[1].geometry)
    refused("ROOM-TAKEN", lambda: find_room(desk, ["land_use_plan_area"], (west - 5, south + 5)))
    refused("ROOM-OPEN", lambda: find_room(desk, ["road_segment"], (west + 5, south + 5)))
