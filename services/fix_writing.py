"""Writing what a fix proposes, within a unit of work that belongs to somebody else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shapely.geometry.base import BaseGeometry

from forms.computed import compute_values
from forms.model import RecordType
from forms.record import Record
from forms.shapes import fit_geometry
from forms.storable import expect_storable
from localdb.unit_of_work import KEEP, UnitOfWork
from services.borders import knit_borders, reshape_around
from services.desk import Desk
from services.identity import has_local_code, next_local_code
from services.reshaping import repoint, split_in
from validation.fixes.fix import Change
from validation.fixes.proving import Offer


def write_offer(desk: Desk, work: UnitOfWork, offer: Offer) -> None:
    """Store what a fix changes; areas around get the corners that new borders need, as with any change by hand.

    Raise ``UserError`` STORE-STALE when a record is no longer at the revision that was looked at.
    """
    by_uid = {record.uid: record for record in offer.before}
    expected = {record.uid: record.revision for record in offer.before}
    changes = offer.proposed.changes
    for keep in dict.fromkeys(change.gives_way_to for change in changes if change.gives_way_to is not None):
        gone = [change for change in changes if change.gives_way_to == keep]
        expected[keep] += _let_go(desk, work, gone, keep, expected)
        kept = by_uid[keep]
        names = dict.fromkeys((*kept.lineage.derived_from, *(change.uid for change in gone)))
        by_uid[keep] = replace(kept, lineage=replace(kept.lineage, derived_from=tuple(names), derivation="merge"))
    for type_id in dict.fromkeys(change.type_id for change in changes):
        record_type = desk.catalogue.type(type_id)
        own = [change for change in changes if change.type_id == type_id and change.gives_way_to is None]
        shapes, around = _knitted(work, record_type, own, by_uid)
        for change in own:
            _write(desk, work, record_type, change, by_uid[change.uid], shapes.get(change.uid), expected[change.uid])
        reshape_around(work, record_type, around)


def _let_go(desk: Desk, work: UnitOfWork, gone: Sequence[Change], keep: str, expected: Mapping[str, int]) -> int:
    """Delete records, let what named them name the kept one; return how often that changed by it."""
    record_type = desk.catalogue.type(gone[0].type_id)
    uids = [change.uid for change in gone]
    moved = repoint(desk, work, record_type, uids, keep)
    work.delete_many(record_type, uids, expected=[expected[uid] for uid in uids])
    return moved


def _knitted(
    work: UnitOfWork, record_type: RecordType, changes: Sequence[Change], by_uid: Mapping[str, Record]
) -> tuple[dict[str, BaseGeometry], dict[str, BaseGeometry]]:
    """Return the new shapes with the corners of those around, and the shapes around that get corners."""
    shapes = {change.uid: change.shape for change in changes if change.shape is not None}
    if not shapes:
        return {}, {}
    before = {uid: shape for uid in shapes if (shape := by_uid[uid].geometry) is not None}
    around = knit_borders(work.connection, record_type, shapes, before)
    return {uid: around.pop(uid) for uid in shapes}, around


def _write(
    desk: Desk,
    work: UnitOfWork,
    record_type: RecordType,
    change: Change,
    record: Record,
    shape: BaseGeometry | None,
    expected: int,
) -> None:
    if change.parts:
        parts = [part for each in change.parts if (part := fit_geometry(record_type, each)) is not None]
        split_in(desk, work, record_type, record, sorted(parts, key=_size, reverse=True), expected)
        return
    values: dict[str, Any] = dict(change.values)
    if change.new_code and has_local_code(record_type):
        values["local_code"] = next_local_code(desk, work, record_type, record.values)
    expect_storable(record_type, values)
    fitted = None if shape is None else fit_geometry(record_type, shape)
    placed = record.geometry if fitted is None else fitted
    values |= compute_values(record_type, {**record.values, **values}, placed)
    work.update(
        record_type,
        record.uid,
        values=values,
        geometry=KEEP if fitted is None else fitted,
        lineage=record.lineage if record.lineage.derivation == "merge" else None,
        expected=expected,
    )


def _size(shape: BaseGeometry) -> float:
    return float(shape.area or shape.length)
