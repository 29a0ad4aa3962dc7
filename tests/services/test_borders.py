"""Borders are kept one, whatever becomes of a record: those around get its corners in the same step, and it is told."""

from typing import Any

import pytest
import shapely

from forms.record import Record, State
from geodesy.shaping.outlines import replace_stretch
from services import editing
from services.desk import Desk
from services.reading import fetch_record
from services.reshaping import merge_records
from services.shaping import cut_records, find_room, reshape_records, trim_to_others
from tests.services.desks import records_of, refused, sample_square

LOTS = "land_use_plan_area"


def box(west: float, south: float, east: float, north: float) -> Any:
    x, y = (float(round(edge)) for edge in sample_square().bounds[:2])
    return shapely.box(x + west, y + south, x + east, y + north)


def insert(desk: Desk, name: str, shape: Any) -> Record:
    return editing.insert_record(desk, LOTS, {"lot_no": name}, shape).record


@pytest.fixture
def terrace(desk: Desk) -> dict[str, Record]:
    """One long lot in the south; two in the north whose common corner lies on its edge, where it has no vertex."""
    shapes = {"south": box(0, 0, 60, 20), "west": box(0, 20, 23, 40), "east": box(23, 20, 60, 40)}
    return {name: insert(desk, name, shape) for name, shape in shapes.items()}


def set_state(desk: Desk, record: Record, state: State) -> None:
    with desk.work("WORK-CHECK") as work:
        work.set_state(desk.catalogue.type(LOTS), [record.uid], state)


def shapes_of(desk: Desk) -> list[Any]:
    return [record.geometry for record in records_of(desk, LOTS)]


def test_a_room_that_is_filled_is_one_with_its_neighbours_and_one_undo_takes_all_back(
    desk: Desk, terrace: dict[str, Record]
) -> None:
    north = insert(desk, "north", box(0, 40, 60, 50))
    editing.delete_records(desk, [terrace["west"].uid])
    beside = insert(desk, "beside", box(-9, 0, 0, 50))
    set_state(desk, terrace["south"], State.APPROVED)
    before = shapes_of(desk)
    room = find_room(desk, [LOTS], tuple(shapely.get_coordinates(box(5, 25, 6, 26).centroid)[0].tolist()))
    saved = editing.insert_record(desk, LOTS, {"lot_no": "n"}, room, keeps_borders=True)
    assert shapely.coverage_is_valid(shapes_of(desk))
    around = {terrace["south"].uid, north.uid, beside.uid}
    assert {uid for _, uid in saved.changed.records} == {saved.record.uid, *around}
    assert saved.changed.reopened == {(LOTS, terrace["south"].uid)}
    assert fetch_record(desk, terrace["south"].uid).state is State.DRAFT
    assert fetch_record(desk, terrace["south"].uid).geometry.area == terrace["south"].geometry.area
    editing.undo(desk)
    assert shapes_of(desk) == before


def test_a_new_outline_that_ends_on_others_edges_is_in_them_too(desk: Desk, terrace: dict[str, Record]) -> None:
    south = terrace["south"]
    west, low, east, high = south.geometry.bounds
    line = shapely.LineString([(west + 30, high), (west + 30, high - 5), (west + 50, high - 5), (west + 50, high)])
    shape = replace_stretch(south.geometry, line)
    reshape_records(desk, {south.uid: shape}, label="WORK-STRETCH", keeps_borders=True)
    found = fetch_record(desk, terrace["east"].uid)
    assert {(west + 30, high), (west + 50, high)} <= {tuple(xy) for xy in shapely.get_coordinates(found.geometry)}
    assert fetch_record(desk, terrace["west"].uid).revision == 1
    editing.undo(desk)
    assert fetch_record(desk, terrace["east"].uid).geometry == terrace["east"].geometry


def test_without_it_the_others_stay(desk: Desk, terrace: dict[str, Record]) -> None:
    south = terrace["south"]
    west, low, east, high = south.geometry.bounds
    bent = replace_stretch(
        south.geometry, shapely.LineString([(west + 30, high), (west + 40, high - 5), (west + 50, high)])
    )
    changed = reshape_records(desk, {south.uid: bent})
    assert changed.records == {(LOTS, south.uid)}


def test_merged_ones_have_the_corners_of_their_neighbours(desk: Desk, terrace: dict[str, Record]) -> None:
    more = insert(desk, "more", box(0, -20, 60, 0))
    saved = merge_records(desk, [terrace["south"].uid, more.uid], keep=terrace["south"].uid)
    assert shapely.coverage_is_valid(shapes_of(desk))
    assert saved.record.geometry.area == 60 * 40


def test_parts_of_a_cut_have_the_corners_on_their_edges(desk: Desk, terrace: dict[str, Record]) -> None:
    west, south, east, north = terrace["south"].geometry.bounds
    line = shapely.LineString([(west + 41.7, south - 3), (west + 38.2, north + 2)])
    saved = cut_records(desk, [terrace["south"].uid], line)
    assert len(saved) == 2
    assert shapely.coverage_is_valid(shapes_of(desk))
    assert sum(shape.area for shape in shapes_of(desk)) == pytest.approx(60 * 40, abs=1e-6)
    merge_records(desk, [item.record.uid for item in saved], keep=terrace["south"].uid)
    assert shapely.coverage_is_valid(shapes_of(desk))
    assert sum(shape.area for shape in shapes_of(desk)) == pytest.approx(60 * 40, abs=1e-6)


def test_a_cancelled_record_is_nobodys_neighbour_and_keeps_its_shape(desk: Desk, terrace: dict[str, Record]) -> None:
    set_state(desk, terrace["east"], State.CANCELLED)
    before = fetch_record(desk, terrace["east"].uid)
    insert_on = box(60, 0, 80, 30)
    editing.insert_record(desk, LOTS, {"lot_no": "n"}, insert_on, keeps_borders=True)
    assert fetch_record(desk, terrace["east"].uid) == before
    moved = shapely.transform(before.geometry, lambda xy: xy + 1.0)
    refused("RECORD-CANCELLED", lambda: reshape_records(desk, {before.uid: moved}))
    refused("RECORD-CANCELLED", lambda: editing.update_geometry(desk, before.uid, moved, expected=before.revision))
    refused("RECORD-CANCELLED", lambda: merge_records(desk, list({before.uid, terrace["west"].uid}), keep=before.uid))
    over = box(50, 10, 70, 30)
    kept = trim_to_others(desk, LOTS, over)
    assert shapely.area(shapely.intersection(kept, before.geometry)) > 1, "nor does it keep others away"
