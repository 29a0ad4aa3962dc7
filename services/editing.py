"""Changing records one at a time, as the form and the map do; every finished edit is saved at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.identity import new_uid
from core.messages import render_label
from core.text import clean_text
from forms.computed import compute_values, default_values
from forms.model import RecordType
from forms.record import Lineage, Record
from forms.requirements import required_strength
from forms.shapes import fit_geometry
from localdb import history
from localdb.unit_of_work import Changed, UnitOfWork
from services.checking import check_record
from services.desk import Desk
from services.reading import fetch_record
from validation.rule import Finding


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
) -> Saved:
    """Store a new record; ``geometry`` lies in the workspace's zone."""
    record_type = desk.catalogue.type(type_id)
    placed = fit_geometry(record_type, geometry)
    lineage = Lineage(
        capture_method=capture_method,
        src_crs=desk.system.id if placed is not None else None,
        src_axis=desk.system.axis if placed is not None else None,
        datum_operation="none" if placed is not None else None,
    )
    complete = {**new_values(desk, type_id), **_tidy(values)}
    complete.update(compute_values(record_type, complete, placed))
    _refuse_unsavable(record_type, complete)
    with desk.work("WORK-INSERT", type=record_type.title) as work:
        record = work.insert(record_type, complete, placed, lineage, uid=new_uid())
    return _saved(desk, record, work)


def update_values(desk: Desk, uid: str, values: Mapping[str, Any], *, expected: int) -> Saved:
    """Store changed values of a record still at revision ``expected``; raise ``UserError`` STORE-STALE otherwise."""
    before = fetch_record(desk, uid)
    record_type = desk.catalogue.type(before.type_id)
    values = _tidy(values)
    complete = {**before.values, **values}
    wanted = {**values, **compute_values(record_type, complete, before.geometry)}
    _refuse_unsavable(record_type, {**complete, **wanted})
    changes = {key: value for key, value in wanted.items() if before.values.get(key) != value}
    with desk.work("WORK-UPDATE", type=record_type.title) as work:
        record = work.update(record_type, uid, values=changes, expected=expected)
    return _saved(desk, record, work)


def update_geometry(desk: Desk, uid: str, geometry: BaseGeometry, *, expected: int) -> Saved:
    """Store a record's new shape, in the workspace's zone, with the values that follow from it."""
    before = fetch_record(desk, uid)
    record_type = desk.catalogue.type(before.type_id)
    placed = fit_geometry(record_type, geometry)
    values = compute_values(record_type, before.values, placed)
    with desk.work("WORK-RESHAPE", type=record_type.title) as work:
        record = work.update(record_type, uid, values=values, geometry=placed, expected=expected)
    return _saved(desk, record, work)


def delete_records(desk: Desk, uids: Sequence[str]) -> Changed:
    """Delete records in one step that one undo brings back."""
    doomed = [fetch_record(desk, uid) for uid in uids]
    with desk.work("WORK-DELETE", count=len(doomed)) as work:
        for record in doomed:
            work.delete(desk.catalogue.type(record.type_id), record.uid, expected=record.revision)
    return work.changed


def undo(desk: Desk) -> Changed | None:
    """Take back the latest step not yet taken back, also one of an earlier day; ``None`` when there is none."""
    return _named(history.undo(desk.workspace, desk.actor, desk.now()))


def redo(desk: Desk) -> Changed | None:
    """Do again what ``undo`` took back last; ``None`` when there is nothing, or when something new was done since."""
    return _named(history.redo(desk.workspace, desk.actor, desk.now()))


def undo_labels(desk: Desk) -> tuple[str | None, str | None]:
    """Return the names of the steps that undo and redo would take."""
    with desk.reading() as connection:
        labels = history.undo_label(connection), history.redo_label(connection)
    return _worded(labels[0]), _worded(labels[1])


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they are stored: text in NFC without blanks at its ends, empty text as nothing."""
    return {key: clean_text(value) or None if isinstance(value, str) else value for key, value in values.items()}


def _refuse_unsavable(record_type: RecordType, values: Mapping[str, Any]) -> None:
    empty = [
        field.label
        for field in record_type.fields
        if values.get(field.key) is None and required_strength(field, values) == "save"
    ]
    if empty:
        raise UserError("RECORD-UNSAVABLE", type=record_type.title, field=empty[0])


def _named(changed: Changed | None) -> Changed | None:
    return None if changed is None else replace(changed, label=render_label(changed.label))


def _worded(label: str | None) -> str | None:
    return None if label is None else render_label(label)


def _saved(desk: Desk, record: Record, work: UnitOfWork) -> Saved:
    return Saved(record, tuple(check_record(desk, record)), work.changed)
