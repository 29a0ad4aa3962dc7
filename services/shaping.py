"""Giving records new shapes, several at once: what one pull at the map changes is one step that one undo takes back."""

from collections.abc import Mapping
from dataclasses import replace

from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import render_label
from forms.computed import compute_values
from forms.shapes import fit_geometry
from localdb import records
from localdb.unit_of_work import Changed
from services.desk import Desk


def reshape_records(
    desk: Desk,
    shapes: Mapping[str, BaseGeometry],
    *,
    expected: Mapping[str, int] | None = None,
    label: str = "WORK-RESHAPE-MANY",
) -> Changed:
    """Store new shapes of records by uid, in the workspace's zone, with the values that follow from each.

    All or none, in one step named by the message ``label`` with the ``count`` of records. ``expected`` are revisions by
    uid; without one, the record's present revision. Raise ``UserError`` RESHAPE-NOTHING, RECORD-UNKNOWN, GEOMETRY-KIND,
    STORE-STALE or RECORD-APPEND-ONLY.
    """
    if len(shapes) == 0:
        raise UserError("RESHAPE-NOTHING")
    with desk.work(label, count=len(shapes)) as work:
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
