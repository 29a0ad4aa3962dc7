"""Giving records new shapes, several at once: what one pull at the map changes is one step that one undo takes back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import render_label
from forms.computed import compute_values
from forms.model import RecordType
from forms.shapes import fit_geometry
from geodesy.grid import is_same_on_grid
from geodesy.shaping.cutting import cut_shape
from geodesy.shaping.rooms import fill_room
from geodesy.shaping.trimming import trim_overlap
from geodesy.shaping.vertices import insert_vertices
from localdb import records
from localdb.unit_of_work import Changed
from services.borders import expect_editable, fetch_around, knit_borders, reshape_around
from services.desk import Desk
from services.editing import Saved
from services.reshaping import split_records
from services.selecting import Relation, select_by_place

_FIRST_REACH_M, _LAST_REACH_M = 100.0, 25_000.0  # looked for in growing boxes: the store may hold a million areas


def reshape_records(
    desk: Desk,
    shapes: Mapping[str, BaseGeometry],
    *,
    expected: Mapping[str, int] | None = None,
    label: str = "WORK-RESHAPE-MANY",
    keeps_borders: bool = False,
    known: Mapping[str, BaseGeometry] | None = None,
    **facts: Any,
) -> Changed:
    """Store new shapes of records by uid, in the workspace's zone, with the values that follow from each.

    All or none, in one step named by the message ``label`` with the ``count`` of records and ``facts``. ``expected``
    are revisions by uid; without one, the record's present revision. With ``keeps_borders``, areas of the same type
    around get the corners that now lie on their edges, and give theirs. ``known`` are shapes by uid that the new ones
    were made from: whoever changes one shape twice need not wait for the revision, and never writes over another's.
    Raise ``UserError`` RESHAPE-NOTHING, RECORD-UNKNOWN, RECORD-CANCELLED, GEOMETRY-KIND, STORE-STALE, SHAPE-STALE when
    a record has another shape than ``known``, or RECORD-APPEND-ONLY.
    """
    if len(shapes) == 0:
        raise UserError("RESHAPE-NOTHING")
    with desk.work(label, count=len(shapes), **facts) as work:
        for record_type, uids in records.group_by_type(work.connection, desk.catalogue, list(shapes)):
            batch = records.fetch_batch(work.connection, record_type, uids)
            expect_editable(record_type, batch.states)
            _expect_known(record_type, dict(zip(batch.uids, batch.geometries, strict=True)), known or {})
            wanted = {uid: shapes[uid] for uid in uids}
            if keeps_borders:
                before = {
                    uid: shape for uid, shape in zip(batch.uids, batch.geometries, strict=True) if shape is not None
                }
                wanted = knit_borders(work.connection, record_type, wanted, before)
            for place, uid in enumerate(batch.uids):
                shape = fit_geometry(record_type, wanted.pop(uid))
                work.update(
                    record_type,
                    uid,
                    values=compute_values(record_type, batch.values_of(place), shape),
                    geometry=shape,
                    expected=(expected or {}).get(uid, int(batch.revisions[place])),
                )
            reshape_around(work, record_type, wanted)
    return replace(work.changed, label=render_label(work.changed.label))


def _expect_known(
    record_type: RecordType, stored: Mapping[str, BaseGeometry | None], known: Mapping[str, BaseGeometry]
) -> None:
    """Raise ``UserError`` SHAPE-STALE when a record has another shape than the one that is known of it."""
    for uid, shape in stored.items():
        if uid in known and not is_same_on_grid(shape, known[uid]):
            raise UserError("SHAPE-STALE", type=record_type.title)


def cut_record(desk: Desk, uid: str, line: BaseGeometry, *, expected: int | None = None) -> list[Saved]:
    """Cut one record along a line as ``cut_records`` does; raise STORE-STALE when it is not ``expected`` any more."""
    return cut_records(desk, [uid], line, expected={} if expected is None else {uid: expected})


def join_lines(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the lines of a file as one shape to cut along; raise ``UserError`` CUT-NO-LINE for anything else."""
    lines = [shape for shape in shapes if shape.length and not shape.area]
    if not lines or len(lines) < len(shapes):
        raise UserError("CUT-NO-LINE")
    joined: BaseGeometry = shapely.union_all(lines)
    return joined


def cut_records(
    desk: Desk,
    uids: Sequence[str],
    line: BaseGeometry,
    *,
    type_id: str | None = None,
    expected: Mapping[str, int] | None = None,
) -> list[Saved]:
    """Cut records along a line in the workspace's zone, in one step; of each the kept one, the largest, comes first.

    With ``type_id``, the records of that type that the line crosses. Those that it does not divide stay as they are.
    Areas of their types at whose outline a cut ends take over its vertex, so that borders stay one. Raise
    ``UserError`` CUT-MISSES when none is cut, CUT-THIN, CUT-POINT, RECORD-UNKNOWN, and what ``split_record`` raises.
    """
    chosen = list(dict.fromkeys(uids))
    if type_id is not None:
        chosen = select_by_place(desk, type_id, Relation.INTERSECTS, line)
    parts: dict[str, tuple[BaseGeometry, ...]] = {}
    with desk.reading() as connection:
        for record_type, own in records.group_by_type(connection, desk.catalogue, chosen):
            batch = records.fetch_batch(connection, record_type, own)
            parts |= _cut_each(dict(zip(batch.uids, batch.geometries, strict=True)), line)
    if not parts:
        raise UserError("CUT-MISSES")
    return split_records(desk, parts, expected=expected)


def _cut_each(shapes: Mapping[str, Any], line: BaseGeometry) -> dict[str, tuple[BaseGeometry, ...]]:
    """Return the parts of those that the line cuts, by uid.

    One cut's vertices are in the next one's shape before that is cut: where a common border is crossed, all parts at
    both its sides end in the same place.
    """
    parts: dict[str, tuple[BaseGeometry, ...]] = {}
    nodes = np.empty((0, 2))
    for uid, shape in shapes.items():
        if shape is None or shape.is_empty:
            continue
        try:
            cut = cut_shape(insert_vertices(shape, nodes), line)
        except UserError as error:
            if error.code != "CUT-MISSES":
                raise
            continue
        parts[uid] = cut.parts
        nodes = np.concatenate([nodes, cut.nodes]) if shape.area else nodes
    return {uid: tuple(insert_vertices(part, nodes) for part in cut) for uid, cut in parts.items()}


def trim_to_others(desk: Desk, type_id: str, shape: BaseGeometry) -> BaseGeometry:
    """Return a drawn area without what records of its type have of it; nothing is written.

    Raise ``UserError`` TRIM-NOTHING when they leave nothing of it.
    """
    with desk.reading() as connection:
        around = fetch_around(connection, desk.catalogue.type(type_id), [shape])
    return trim_overlap(shape, list(around.values()))[0]


def find_room(desk: Desk, type_ids: Sequence[str], place: tuple[float, float]) -> BaseGeometry:
    """Return the room that the areas of some types enclose around a place (east, north), for a new record.

    Raise ``UserError`` ROOM-TAKEN, or ROOM-OPEN when nothing encloses the place within 25 km.
    """
    types = [desk.catalogue.type(type_id) for type_id in type_ids]
    east, north = place
    reach_m = _FIRST_REACH_M
    with desk.reading() as connection:
        everything = sum(records.count_all(connection, record_type) for record_type in types)
        while True:
            box = shapely.box(east - reach_m, north - reach_m, east + reach_m, north + reach_m)
            around = _areas_within(connection, types, box.bounds)
            try:
                room = fill_room(around, place)
            except UserError as error:
                if error.code == "ROOM-TAKEN" or len(around) == everything or reach_m > _LAST_REACH_M:
                    raise
            else:
                if box.covers(room) or len(around) == everything:
                    return room
            reach_m *= 4


def _areas_within(connection: Any, types: Sequence[RecordType], bounds: Any) -> list[BaseGeometry]:
    """Return the areas of some types, but for cancelled ones, whose boxes touch ``bounds``."""
    box = shapely.box(*bounds)
    return [shape for record_type in types for shape in fetch_around(connection, record_type, [box]).values()]
