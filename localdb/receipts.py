"""Applies the province's answer, change by change, to records, bases and outbox."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from core.errors import UserError
from forms.content import Content, split_content
from forms.model import RecordType
from forms.record import State
from localdb import outbox_rows
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from localdb.unit_of_work import UnitOfWork

Status = tuple[int, State]

_ON_ITS_WAY = (State.PACKED, State.SENT)


@dataclass(frozen=True, slots=True)
class Packed:
    """One change of a sealed package; ``content`` is ``None`` for a deletion."""

    operation: str
    revision: int
    content: Content | None


def put_packed(connection: Connection, package_id: str, changes: Sequence[Any]) -> None:
    """Freeze the changes of a sealed package, and note in the outbox that they are in it."""
    rows = [
        (
            package_id,
            change.uid,
            change.type_id,
            change.operation,
            change.revision,
            None if change.content is None else json_text(change.content),
        )
        for change in changes
    ]
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO package_changes(package_id, uid, type_id, operation, revision, content) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
    connection.exec_driver_sql(
        "UPDATE outbox SET package_id = ? WHERE uid IN (SELECT uid FROM package_changes WHERE package_id = ?)",
        (package_id, package_id),
    )


def fetch_packed(connection: Connection, package_id: str) -> dict[str, dict[str, Packed]]:
    """Return a package's changes by type and uid."""
    found: dict[str, dict[str, Packed]] = {}
    rows = fetch_rows(
        connection,
        "SELECT type_id, uid, operation, revision, content FROM package_changes WHERE package_id = ?",
        (package_id,),
    )
    for type_id, uid, operation, revision, content in rows:
        packed = Packed(operation, revision, None if content is None else json.loads(content))
        found.setdefault(type_id, {})[uid] = packed
    return found


def fetch_status(connection: Connection, record_type: RecordType, uids: Iterable[str]) -> dict[str, Status]:
    """Return the revision and the state of records, deleted ones too."""
    rows = fetch_rows(
        connection,
        f"SELECT uid, revision, state FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted name)
        "WHERE uid IN (SELECT value FROM json_each(?))",
        (json_text(list(uids)),),
    )
    return {uid: (revision, State(state)) for uid, revision, state in rows}


def apply_outcomes(work: UnitOfWork, package_id: str, outcomes: Sequence[Any]) -> None:
    """Apply the outcomes of one package; raise STORE-RECEIPT when they are not those of all its changes."""
    packed = fetch_packed(work.connection, package_id)
    asked = {(type_id, uid, change.revision) for type_id, found in packed.items() for uid, change in found.items()}
    if asked != {(outcome.type_id, outcome.uid, outcome.revision) for outcome in outcomes}:
        raise UserError("STORE-RECEIPT", package=package_id)
    if not outcomes:
        return
    work.connection.exec_driver_sql(
        "UPDATE package_changes SET result = ?, code = ?, field = ?, content = NULL WHERE package_id = ? AND uid = ?",
        [(outcome.result, outcome.code, outcome.field, package_id, outcome.uid) for outcome in outcomes],
    )
    for type_id, changes in packed.items():
        record_type = work.workspace.catalogue.type(type_id)
        answers = [outcome for outcome in outcomes if outcome.type_id == type_id]
        _apply_to_type(work, package_id, record_type, changes, answers)


def _apply_to_type(
    work: UnitOfWork,
    package_id: str,
    record_type: RecordType,
    changes: Mapping[str, Packed],
    outcomes: Sequence[Any],
) -> None:
    status = fetch_status(work.connection, record_type, changes)
    moves: dict[State, list[str]] = {State.ACCEPTED: [], State.RETURNED: []}
    for outcome in outcomes:
        packed, (revision, state) = changes[outcome.uid], status[outcome.uid]
        untouched = revision == packed.revision and state in _ON_ITS_WAY
        apply = _RESULTS.get(outcome.result, _apply_refusal)
        apply(work, record_type, outcome, packed, package_id, untouched)
        if untouched:
            moves[State.ACCEPTED if apply in (_apply_taken, _apply_merged) else State.RETURNED].append(outcome.uid)
    for new_state, uids in moves.items():
        work.set_state(record_type, uids, new_state)
    outbox_rows.drop_unsent(work.connection, record_type.id, changes)


def _apply_taken(
    work: UnitOfWork, record_type: RecordType, outcome: Any, packed: Packed, package_id: str, _untouched: bool
) -> None:
    content = packed.content if outcome.theirs is None else dict(outcome.theirs)
    if outcome.base_revision is not None:
        work.set_base(record_type, outcome.uid, revision=outcome.base_revision, content=content)
    _leave_outbox(work.connection, outcome.uid, package_id)


def _apply_merged(
    work: UnitOfWork, record_type: RecordType, outcome: Any, packed: Packed, package_id: str, untouched: bool
) -> None:
    """Take over what the province merged; a record edited since is merged by the next pull, on the base it has."""
    _leave_outbox(work.connection, outcome.uid, package_id)
    if not untouched or outcome.theirs is None or outcome.base_revision is None:
        return
    known = {field.key for field in record_type.fields}
    values, geometry, lineage = split_content(dict(outcome.theirs))
    work.update(
        record_type,
        outcome.uid,
        values={key: value for key, value in values.items() if key in known},
        geometry=geometry,
        lineage=lineage,
        expected=packed.revision,
    )
    work.set_base(record_type, outcome.uid, revision=outcome.base_revision, content=dict(outcome.theirs))


def _apply_conflict(
    work: UnitOfWork, record_type: RecordType, outcome: Any, packed: Packed, package_id: str, untouched: bool
) -> None:
    theirs = None if outcome.theirs is None else dict(outcome.theirs)
    work.park_conflict(record_type, outcome.uid, revision=outcome.base_revision or 0, theirs=theirs)
    _apply_refusal(work, record_type, outcome, packed, package_id, untouched)


def _apply_refusal(
    work: UnitOfWork, _type: RecordType, outcome: Any, _packed: Packed, package_id: str, _untouched: bool
) -> None:
    work.connection.exec_driver_sql(
        "UPDATE outbox SET package_id = NULL, result = ?, code = ?, field = ? WHERE uid = ? AND package_id = ?",
        (outcome.result, outcome.code, outcome.field, outcome.uid, package_id),
    )


def _leave_outbox(connection: Connection, uid: str, package_id: str) -> None:
    connection.exec_driver_sql("DELETE FROM outbox WHERE uid = ? AND package_id = ?", (uid, package_id))


_Applier = Callable[[UnitOfWork, RecordType, Any, Packed, str, bool], None]
_RESULTS: dict[str, _Applier] = {
    "applied": _apply_taken,
    "duplicate": _apply_taken,
    "merged": _apply_merged,
    "conflict": _apply_conflict,
    "rejected": _apply_refusal,
}
