"""Giving records new shapes, several at once: what one pull at the map changes is one step that one undo takes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import render_label
from forms.computed import compute_values
from forms.record import Record
from forms.shapes import fit_geometry
from geodesy.grid import GRID_M
from geodesy.shaping.cutting import cut_shape, insert_vertices
from geodesy.shaping.joining import fill_room
from geodesy.shaping.topology import trim_overlap
from localdb import records
from localdb.unit_of_work import Changed
from services.desk import Desk
from services.editing import Saved
from services.reading import fetch_record
from services.reshaping import split_record
from services.selecting import Relation, select_by_place


def reshape_records(
    desk: Desk,
    shapes: Mapping[str, BaseGeometry],
    *,
    expected: Mapping[str, int] | None = None,
    label: str = "WORK-RESHAPE-MANY",
    **facts: Any,
) -> Changed:
    """Store new shapes of records by uid, in the workspace's zone, with the values that follow from each.

    All or none, in one step named by the message ``label`` with the ``count`` of records and ``facts``. ``expected``
    are revisions by uid; without one, the record's present revision. Raise ``UserError`` RESHAPE-NOTHING,
    RECORD-UNKNOWN, GEOMETRY-KIND, STORE-STALE or RECORD-APPEND-ONLY.
    """
    if len(shapes) == 0:
        raise UserError("RESHAPE-NOTHING")
    with desk.work(label, count=len(shapes), **facts) as work:
        for record_type, uids in records.group_by_type(work.connection, desk.catalogue, list(shapes)):
            batch = records.fetch_batch(work.connection, record_type, uids)
            for place, uid in enumerate(batch.uids):
                shape = fit_geometry(record_type, shapes[uid])
                work.update(
                    record_type,
                    uid,
                    values=compute_values(record_type, batch.values_of(place), shape),
                    geometry=shape,
                    expected=(expected or {}).get(uid, int(batch.revisions[place])),
                )
    return replace(work.changed, label=render_label(work.changed.label))


def cut_record(desk: Desk, uid: str, line: BaseGeometry, *, expected: int | None = None) -> list[Saved]:
    """Cut one record along a line in the workspace's zone, in one step; the kept one, the largest, comes first.

    Records of its type that lie at its outline take over the vertices that the cut put there, so that borders stay
    one. Raise what ``cut_shape`` and ``split_record`` raise.
    """
    record = fetch_record(desk, uid)
    if record.geometry is None:
        raise UserError("CUT-MISSES")
    cut = cut_shape(record.geometry, line)
    neighbours = _with_nodes(desk, record, cut.nodes) if record.geometry.area else {}
    revision = record.revision if expected is None else expected
    return split_record(desk, uid, cut.parts, expected=revision, neighbours=neighbours)


def join_lines(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the lines of a file as one shape to cut along; raise ``UserError`` CUT-NO-LINE for anything else."""
    lines = [shape for shape in shapes if shape.length and not shape.area]
    if not lines or len(lines) < len(shapes):
        raise UserError("CUT-NO-LINE")
    joined: BaseGeometry = shapely.union_all(lines)
    return joined


def cut_records(desk: Desk, uids: Sequence[str], line: BaseGeometry, *, type_id: str | None = None) -> list[Saved]:
    """Cut records along a line, each in a step of its own; those that the line does not cut stay as they are.

    With ``type_id``, the records of that type that the line crosses. Raise ``UserError`` CUT-MISSES when none is cut.
    """
    chosen = list(uids)
    if type_id is not None:
        chosen = select_by_place(desk, type_id, Relation.INTERSECTS, line)
    saved: list[Saved] = []
    for uid in chosen:
        try:
            saved += cut_record(desk, uid, line)
        except UserError as error:
            if error.code != "CUT-MISSES" or len(chosen) == 1:
                raise
    if not saved:
        raise UserError("CUT-MISSES")
    return saved


def _with_nodes(desk: Desk, record: Record, nodes: npt.NDArray[np.float64]) -> dict[str, BaseGeometry]:
    """Return the new shapes of the records at the outline of ``record`` that lack one of the ``nodes``."""
    record_type = desk.catalogue.type(record.type_id)
    found: dict[str, BaseGeometry] = {}
    if not len(nodes):
        return found
    west, south, east, north = shapely.bounds(record.geometry).tolist()
    with desk.reading() as connection:
        box = (west - GRID_M, south - GRID_M, east + GRID_M, north + GRID_M)
        near = [uid for uid in records.fetch_within(connection, record_type, box) if uid != record.uid]
        batch = records.fetch_batch(connection, record_type, near)
    for uid, shape in zip(batch.uids, batch.geometries, strict=True):
        mended = insert_vertices(shape, nodes)
        if mended is not shape:
            found[uid] = mended
    return found


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A drawn area without what others have of it, and the others that need a vertex more for it, by uid."""

    shape: BaseGeometry
    neighbours: Mapping[str, BaseGeometry]


def trim_to_others(desk: Desk, type_id: str, shape: BaseGeometry) -> Trimmed:
    """Cut a drawn area back to the records of its type that are there; nothing is written.

    Raise ``UserError`` TRIM-NOTHING when they leave nothing of it.
    """
    record_type = desk.catalogue.type(type_id)
    with desk.reading() as connection:
        near = records.fetch_within(connection, record_type, shapely.bounds(shape).tolist())
        batch = records.fetch_batch(connection, record_type, near)
    trimmed, nodes = trim_overlap(shape, [other for other in batch.geometries if other is not None])
    mended = {uid: insert_vertices(other, nodes) for uid, other in zip(batch.uids, batch.geometries, strict=True)}
    old = dict(zip(batch.uids, batch.geometries, strict=True))
    return Trimmed(trimmed, {uid: other for uid, other in mended.items() if other is not old[uid]})


def give_nodes(desk: Desk, trimmed: Trimmed) -> Changed:
    """Store the vertices that the neighbours of a trimmed area need, so that the border is one."""
    return reshape_records(desk, trimmed.neighbours, label="WORK-NODES")


def find_room(desk: Desk, type_ids: Sequence[str], place: tuple[float, float]) -> BaseGeometry:
    """Return the room that the areas of some types enclose around a place (east, north), for a new record.

    Raise ``UserError`` ROOM-TAKEN or ROOM-OPEN.
    """
    around: list[BaseGeometry] = []
    with desk.reading() as connection:
        for type_id in type_ids:
            batch = records.fetch_batch(connection, desk.catalogue.type(type_id))
            around += [shape for shape in batch.geometries if shape is not None and shape.area]
    return fill_room(around, place)
