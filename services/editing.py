"""Changing records one at a time, as the form and the map do; every finished edit is saved at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.identity import new_uid
from core.messages import render_label
from core.progress import SILENT, Progress
from core.text import clean_text
from forms.computed import compute_values, default_values
from forms.model import RecordType, ReferenceField
from forms.record import Lineage, Record
from forms.requirements import required_strength
from forms.shapes import fit_geometry
from forms.storable import expect_storable
from localdb import drafts, records
from localdb.unit_of_work import Changed, UnitOfWork
from services.borders import expect_editable, knit_borders, reshape_around
from services.checking import check_record
from services.desk import Desk
from services.identity import with_local_code
from services.reading import fetch_record
from services.undoing import redo, revert_change, skip_undo, undo, undo_labels
from validation.rule import Finding
from wire.merge import same

__all__ = [
    "Changed",
    "Rebased",
    "Saved",
    "copy_values",
    "delete_records",
    "insert_record",
    "keys_to_copy",
    "new_values",
    "rebase_values",
    "redo",
    "revert_change",
    "skip_undo",
    "undo",
    "undo_labels",
    "update_geometry",
    "update_many",
    "update_values",
]

OWN_KEYS = frozenset({"name", "local_code", "official_id", "official_id_status"})


@dataclass(frozen=True, slots=True)
class Saved:
    """A record as it now stands, what the rules say of it, and what the unit of work touched."""

    record: Record
    findings: tuple[Finding, ...]
    changed: Changed


def new_values(desk: Desk, type_id: str) -> dict[str, Any]:
    """Return the values a new record of a type begins with: its defaults, and the workspace's commune."""
    record_type = desk.catalogue.type(type_id)
    values: dict[str, Any] = {field.key: None for field in record_type.fields}
    values.update(default_values(record_type, date.fromisoformat(desk.today())))
    if "commune_code" in values:
        values["commune_code"] = desk.commune.code
    return values


def insert_record(
    desk: Desk,
    type_id: str,
    values: Mapping[str, Any],
    geometry: BaseGeometry | None,
    *,
    capture_method: str | None = None,
    lineage: Lineage | None = None,
    draft: str | None = None,
    keeps_borders: bool = False,
) -> Saved:
    """Store a new record; ``geometry`` lies in the workspace's zone, drawn there unless ``lineage`` says otherwise.

    The ``draft`` of that key is then forgotten. With ``keeps_borders``, an area and the others of its type around get
    each other's corners where they meet, in the same step.
    """
    record_type = desk.catalogue.type(type_id)
    placed = fit_geometry(record_type, geometry)
    drawn = Lineage(
        capture_method=capture_method,
        src_crs=desk.system.id if placed is not None else None,
        src_axis=desk.system.axis if placed is not None else None,
        datum_operation="none" if placed is not None else None,
    )
    values = _tidy(values)
    expect_storable(record_type, values)
    complete = {**new_values(desk, type_id), **values}
    _refuse_unsavable(record_type, {**complete, **compute_values(record_type, complete, placed)})
    uid = new_uid()
    with desk.work("WORK-INSERT", type=record_type.title) as work:
        if keeps_borders and placed is not None:
            placed = _knit(work, record_type, uid, placed, {})
        complete.update(compute_values(record_type, complete, placed))
        complete = dict(with_local_code(desk, work, record_type, complete))
        record = work.insert(record_type, complete, placed, lineage or drawn, uid=uid)
        _forget(work, draft)
    return _saved(desk, record, work)


def update_values(desk: Desk, uid: str, values: Mapping[str, Any], *, expected: int, draft: str | None = None) -> Saved:
    """Store changed values of a record still at revision ``expected``; raise ``UserError`` STORE-STALE otherwise.

    The ``draft`` of that key is then forgotten.
    """
    before = fetch_record(desk, uid)
    record_type = desk.catalogue.type(before.type_id)
    values = _tidy(values)
    expect_storable(record_type, values)
    complete = {**before.values, **values}
    wanted = {**values, **compute_values(record_type, complete, before.geometry)}
    _refuse_unsavable(record_type, {**complete, **wanted})
    changes = {key: value for key, value in wanted.items() if before.values.get(key) != value}
    with desk.work("WORK-UPDATE", type=record_type.title) as work:
        record = work.update(record_type, uid, values=changes, expected=expected)
        _forget(work, draft)
    return _saved(desk, record, work)


def update_geometry(
    desk: Desk, uid: str, geometry: BaseGeometry, *, expected: int, keeps_borders: bool = False
) -> Saved:
    """Store a record's new shape, in the workspace's zone, with the values that follow from it.

    With ``keeps_borders``, areas of its type around get the corners that lie on their edges, in the same step.
    Raise ``UserError`` RECORD-CANCELLED for one that is not changed any more.
    """
    before = fetch_record(desk, uid)
    record_type = desk.catalogue.type(before.type_id)
    expect_editable(record_type, [before.state])
    placed = fit_geometry(record_type, geometry)
    with desk.work("WORK-RESHAPE", type=record_type.title) as work:
        if keeps_borders and placed is not None:
            until_now = {} if before.geometry is None else {uid: before.geometry}
            placed = _knit(work, record_type, uid, placed, until_now)
        values = compute_values(record_type, before.values, placed)
        record = work.update(record_type, uid, values=values, geometry=placed, expected=expected)
    return _saved(desk, record, work)


def _knit(
    work: UnitOfWork, record_type: RecordType, uid: str, shape: BaseGeometry, before: Mapping[str, BaseGeometry]
) -> BaseGeometry | None:
    """Give the areas around a shape the corners that they need for it, and return it with those of theirs."""
    around = knit_borders(work.connection, record_type, {uid: shape}, before)
    own = fit_geometry(record_type, around.pop(uid))
    reshape_around(work, record_type, around)
    return own


def delete_records(desk: Desk, uids: Sequence[str]) -> Changed:
    """Delete records in one step that one undo brings back."""
    doomed = [fetch_record(desk, uid) for uid in uids]
    with desk.work("WORK-DELETE", count=len(doomed)) as work:
        for record in doomed:
            work.delete(desk.catalogue.type(record.type_id), record.uid, expected=record.revision)
    return work.changed


def update_many(
    desk: Desk,
    uids: Sequence[str],
    values: Mapping[str, Any],
    *,
    expected: Mapping[str, int] | None = None,
    progress: Progress = SILENT,
) -> Changed:
    """Store the same values in many records, with what is computed from them, in one step that one undo takes back.

    All of them or none: raise ``UserError`` STORE-STALE when one is no longer at its ``expected`` revision (by uid),
    RECORD-UNKNOWN, RECORD-UNSAVABLE, RECORD-APPEND-ONLY, VALUE-NO-FIELD for a field that one of their types lacks, or
    what ``forms.storable`` refuses.
    """
    with desk.work("WORK-UPDATE-MANY", count=len(uids)) as work:
        _write_many(desk, work, uids, _tidy(values), expected or {}, progress)
    return replace(work.changed, label=render_label(work.changed.label))


def _write_many(
    desk: Desk,
    work: UnitOfWork,
    uids: Sequence[str],
    values: dict[str, Any],
    expected: Mapping[str, int],
    progress: Progress,
) -> None:
    for record_type, chosen in records.group_by_type(work.connection, desk.catalogue, uids):
        expect_storable(record_type, values)
        updates: dict[str, dict[str, Any]] = {}
        batch = records.fetch_batch(work.connection, record_type, chosen)
        for place, (uid, geometry) in enumerate(zip(batch.uids, batch.geometries, strict=True)):
            complete = {**batch.values_of(place), **values}
            updates[uid] = {**values, **compute_values(record_type, complete, geometry)}
            _refuse_unsavable(record_type, {**complete, **updates[uid]})
        work.update_many(record_type, updates, expected=expected, progress=progress)


def keys_to_copy(record_type: RecordType) -> dict[str, bool]:
    """Return the fields that can be copied from one record to others, and whether they are ticked to begin with.

    What tells one object from another is there to be ticked, but never ticked by itself; what is computed is not there.
    """
    own = {*record_type.title_fields, *record_type.identity, *OWN_KEYS}
    return {
        field.key: field.key not in own
        and field.type != "files"
        and not field.key.startswith("file_")
        and not (isinstance(field, ReferenceField) and field.child)
        for field in record_type.fields
        if field.computed is None
    }


def copy_values(
    desk: Desk, source_uid: str, target_uids: Sequence[str], keys: Iterable[str], *, progress: Progress = SILENT
) -> Changed:
    """Store the ticked fields of one record in others of its type, in one step that one undo takes back.

    Raise ``UserError`` COPY-NOTHING, COPY-TYPE, and what ``update_many`` raises.
    """
    source = fetch_record(desk, source_uid)
    record_type = desk.catalogue.type(source.type_id)
    wanted = set(keys)
    values = {key: source.values.get(key) for key in keys_to_copy(record_type) if key in wanted}
    targets = [uid for uid in target_uids if uid != source_uid]
    if not values:
        raise UserError("COPY-NOTHING")
    with desk.work("WORK-COPY", count=len(targets)) as work:
        for other, _ in records.group_by_type(work.connection, desk.catalogue, targets):
            if other.id != record_type.id:
                raise UserError("COPY-TYPE", source=record_type.title, type=other.title)
        _write_many(desk, work, targets, values, {}, progress)
    return replace(work.changed, label=render_label(work.changed.label))


@dataclass(frozen=True, slots=True)
class Rebased:
    """What of a form can go onto a record that somebody else has changed, and the fields that both changed."""

    clean: Mapping[str, Any]
    conflicts: tuple[str, ...]


def rebase_values(base: Mapping[str, Any], typed: Mapping[str, Any], theirs: Mapping[str, Any]) -> Rebased:
    """Tell what of ``typed``, on ``base``, can be stored over ``theirs``, by field; equal values are no conflict.

    What nobody typed anew, or both typed alike, needs no storing and is in neither.
    """
    changed = {key: value for key, value in typed.items() if not same(value, base.get(key))}
    open_keys = [key for key, value in changed.items() if not same(value, theirs.get(key))]
    conflicts = tuple(key for key in open_keys if not same(theirs.get(key), base.get(key)))
    return Rebased({key: changed[key] for key in open_keys if key not in conflicts}, conflicts)


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they are stored: text in NFC without blanks at its ends, empty text as nothing."""
    return {key: clean_text(value) or None if isinstance(value, str) else value for key, value in values.items()}


def _refuse_unsavable(record_type: RecordType, values: Mapping[str, Any]) -> None:
    empty = [
        field.label
        for field in record_type.fields
        if field.required == "save" and values.get(field.key) is None and required_strength(field, values) == "save"
    ]
    if empty:
        raise UserError("RECORD-UNSAVABLE", type=record_type.title, field=empty[0])


def _forget(work: UnitOfWork, draft: str | None) -> None:
    if draft is not None:
        drafts.drop_draft(work.connection, draft)


def _saved(desk: Desk, record: Record, work: UnitOfWork) -> Saved:
    return Saved(record, tuple(check_record(desk, record)), work.changed)
