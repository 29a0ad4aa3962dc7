"""Records that lie beside one another: where one gets a new border, those around get its corners, in the same step."""

from collections.abc import Collection, Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from forms.computed import compute_values
from forms.model import RecordType
from forms.record import State
from forms.shapes import fit_geometry
from geodesy.shaping.knitting import knit_areas
from geodesy.shaping.vertices import HAIR_M
from localdb import records
from localdb.unit_of_work import UnitOfWork

LOCKED = frozenset({State.CANCELLED})


def expect_editable(record_type: RecordType, states: Collection[State]) -> None:
    """Raise ``UserError`` RECORD-CANCELLED when a record in one of the states may not be given another shape."""
    if LOCKED.intersection(states):
        raise UserError("RECORD-CANCELLED", type=record_type.title)


def fetch_around(
    connection: Any, record_type: RecordType, shapes: Collection[BaseGeometry], but: Collection[str] = ()
) -> dict[str, BaseGeometry]:
    """Return the areas of a type that lie near ``shapes`` and may be changed, by uid, without those named in ``but``.

    Cancelled records and those of append-only types are nobody's neighbours.
    """
    if record_type.append_only:
        return {}
    near: set[str] = set()
    for shape in shapes:
        xmin, ymin, xmax, ymax = shape.bounds
        box = (xmin - HAIR_M, ymin - HAIR_M, xmax + HAIR_M, ymax + HAIR_M)
        near.update(records.fetch_within(connection, record_type, box))
    batch = records.fetch_batch(connection, record_type, near.difference(but))
    found = zip(batch.uids, batch.geometries, batch.states, strict=True)
    return {uid: shape for uid, shape, state in found if shape is not None and shape.area and state not in LOCKED}


def knit_borders(
    connection: Any,
    record_type: RecordType,
    shapes: Mapping[str, BaseGeometry],
    before: Mapping[str, BaseGeometry],
    *,
    gone: Collection[str] = (),
) -> dict[str, BaseGeometry]:
    """Return areas of a type with the vertices that their common borders need, by uid: ``shapes`` and some around.

    ``before`` are the shapes that those had until now, if any; records that are ``gone`` are no neighbours any more.
    Nothing is written.
    """
    areas = {uid: shape for uid, shape in shapes.items() if shape.area}
    if not areas:
        return dict(shapes)
    around = fetch_around(connection, record_type, list(areas.values()), {*shapes, *gone})
    return {**shapes, **knit_areas(around, areas, before)}


def reshape_around(work: UnitOfWork, record_type: RecordType, shapes: Mapping[str, BaseGeometry]) -> None:
    """Give records around what changes the shapes that they have from now on, and the values that follow from each."""
    batch = records.fetch_batch(work.connection, record_type, shapes)
    for place, uid in enumerate(batch.uids):
        shape = fit_geometry(record_type, shapes[uid])
        values = compute_values(record_type, batch.values_of(place), shape)
        work.update(record_type, uid, values=values, geometry=shape, expected=int(batch.revisions[place]))
