"""Finding records by what they say and by where they lie, to be marked, changed or sent together."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from forms.model import RecordType
from localdb import records
from services.desk import Desk
from services.reading import list_uids

Geometries = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
_Predicate = Literal["intersects", "within", "contains", "overlaps", "touches", "crosses"]


class Relation(StrEnum):
    """How a record lies to others (OGC Simple Features, DE-9IM); ``NEAR`` is within a distance in metres."""

    INTERSECTS = "intersects"
    WITHIN = "within"
    CONTAINS = "contains"
    OVERLAPS = "overlaps"
    TOUCHES = "touches"
    CROSSES = "crosses"
    DISJOINT = "disjoint"
    NEAR = "near"


class Join(StrEnum):
    """What becomes of those chosen before."""

    NEW = "new"
    ADD = "add"
    REMOVE = "remove"
    KEEP = "keep"


def join_selection(before: Sequence[str], found: Sequence[str], join: Join) -> list[str]:
    """Return what is chosen after ``found`` met what was chosen ``before``, in the order it was found."""
    there = set(found)
    match join:
        case Join.NEW:
            return list(dict.fromkeys(found))
        case Join.ADD:
            return list(dict.fromkeys([*before, *found]))
        case Join.REMOVE:
            return [uid for uid in before if uid not in there]
        case Join.KEEP:
            return [uid for uid in before if uid in there]


def find_records(
    desk: Desk,
    type_id: str,
    *,
    where: str | None = None,
    relation: Relation | None = None,
    others: Sequence[str] | BaseGeometry = (),
    distance_m: float | None = None,
) -> list[str]:
    """Return the records of a type that meet the condition, the relation, or both; all without either."""
    found = list_uids(desk, type_id, where=where)
    if relation is None:
        return found
    placed = set(select_by_place(desk, type_id, relation, others, distance_m=distance_m))
    return [uid for uid in found if uid in placed]


def select_by_place(
    desk: Desk,
    type_id: str,
    relation: Relation,
    others: Sequence[str] | BaseGeometry,
    *,
    distance_m: float | None = None,
) -> list[str]:
    """Return the records of a type that lie in ``relation`` to any of ``others`` (to none, for ``DISJOINT``).

    ``others`` are uids or a geometry in the workspace's zone; a record is never measured against itself. Records
    without a geometry are in no relation. Raise ``UserError`` SELECT-NO-PLACE when the type or all ``others`` have no
    geometry, SELECT-DISTANCE for ``NEAR`` without a distance of at least 0, RECORD-UNKNOWN.
    """
    record_type = desk.catalogue.type(type_id)
    if not record_type.geometry:
        raise UserError("SELECT-NO-PLACE", type=record_type.title)
    if relation is Relation.NEAR and (distance_m is None or not 0 <= distance_m < float("inf")):
        raise UserError("SELECT-DISTANCE")
    with desk.reading() as connection:
        owners, shapes = _shapes_of(desk, connection, others)
        if not len(shapes):
            raise UserError("SELECT-NO-PLACE", type=record_type.title)
        uids, places = _candidates(connection, record_type, relation, shapes, distance_m or 0.0)
    meets = _meets(places, np.array(uids, dtype=object), shapes, owners, relation, distance_m or 0.0)
    return [uid for uid, met in zip(uids, meets.tolist(), strict=True) if met]


def _shapes_of(
    desk: Desk, connection: Any, others: Sequence[str] | BaseGeometry
) -> tuple[npt.NDArray[np.object_], Geometries]:
    """Return the identities (``None`` for a bare geometry) and shapes of what is compared with."""
    if isinstance(others, BaseGeometry):
        parts = np.array([others], dtype=object)
        return np.array([None], dtype=object), parts[~shapely.is_empty(parts)]
    owners: list[Any] = []
    shapes: list[Any] = []
    for record_type, uids in records.group_by_type(connection, desk.catalogue, others):
        batch = records.fetch_batch(connection, record_type, uids)
        for uid, shape in zip(batch.uids, batch.geometries, strict=True):
            if shape is not None and not shape.is_empty:
                owners.append(uid)
                shapes.append(shape)
    return _column(owners), _column(shapes)


def _candidates(
    connection: Any, record_type: RecordType, relation: Relation, shapes: Geometries, distance_m: float
) -> tuple[list[str], Geometries]:
    """Return the records that may be in the relation; only those near the others unless all must be looked at."""
    chosen: Iterable[str] | None = None
    if relation is not Relation.DISJOINT:
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        box = (west - distance_m, south - distance_m, east + distance_m, north + distance_m)
        chosen = records.fetch_within(connection, record_type, box)
    batch = records.fetch_batch(connection, record_type, chosen)
    placed = [place for place, shape in enumerate(batch.geometries) if shape is not None and not shape.is_empty]
    return [batch.uids[place] for place in placed], batch.geometries[placed]


def _meets(
    places: Geometries,
    uids: npt.NDArray[np.object_],
    shapes: Geometries,
    owners: npt.NDArray[np.object_],
    relation: Relation,
    distance_m: float,
) -> Mask:
    """Return which of ``places`` are in the relation to some shape of another record."""
    met = np.zeros(len(places), dtype=bool)
    if not len(places):
        return met
    tree = shapely.STRtree(shapes)
    if relation is Relation.NEAR:
        own, other = tree.query(places, predicate="dwithin", distance=distance_m)
    else:
        own, other = tree.query(places, predicate=_PREDICATES[relation])
    met[own[uids[own] != owners[other]]] = True
    return ~met if relation is Relation.DISJOINT else met


_PREDICATES: Mapping[Relation, _Predicate] = {
    Relation.INTERSECTS: "intersects",
    Relation.WITHIN: "within",
    Relation.CONTAINS: "contains",
    Relation.OVERLAPS: "overlaps",
    Relation.TOUCHES: "touches",
    Relation.CROSSES: "crosses",
    Relation.DISJOINT: "intersects",
}


def _column(items: Sequence[Any]) -> npt.NDArray[np.object_]:
    found = np.empty(len(items), dtype=object)
    found[:] = items
    return found
