"""Applies the province's answer, change by change, to records, bases and outbox."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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


class Outcome(Protocol):
    """The province's answer to one change, as a receipt lists it."""

    @property
    def uid(self) -> str: ...
    @property
    def type_id(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def result(self) -> str: ...
    @property
    def base_revision(self) -> int | None: ...
    @property
    def code(self) -> str | None: ...
    @property
    def field(self) -> str | None: ...
    @property
    def theirs(self) -> Mapping[str, Any] | None: ...


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


def apply_outcomes(work: UnitOfWork, package_id: str, outcomes: Sequence[Outcome]) -> None:
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
    outcomes: Sequence[Outcome],
) -> None:
    untouched = _fetch_untouched(work.connection, package_id)
    moves: dict[State, list[str]] = {State.ACCEPTED: [], State.RETURNED: []}
    for outcome in outcomes:
        answer = _Answer(work, record_type, outcome, changes[outcome.uid], outcome.uid in untouched)
        _RESULTS.get(outcome.result, _apply_refusal)(answer)
        if answer.is_untouched:
            moves[State.ACCEPTED if outcome.result in _TAKEN else State.RETURNED].append(outcome.uid)
    for state, uids in moves.items():
        work.set_state(record_type, uids, state)
    outbox_rows.drop_unsent(work.connection, record_type.id, changes)


def _fetch_untouched(connection: Connection, package_id: str) -> set[str]:
    """Return the records of a package that nobody has edited since: an edit takes its name out of the outbox."""
    return {row[0] for row in fetch_rows(connection, "SELECT uid FROM outbox WHERE package_id = ?", (package_id,))}


@dataclass(frozen=True, slots=True)
class _Answer:
    """One outcome beside the change it answers; ``is_untouched`` when nobody has edited the record since."""

    work: UnitOfWork
    record_type: RecordType
    outcome: Outcome
    packed: Packed
    is_untouched: bool

    def move_base(self, content: Content | None) -> None:
        """Note the province's revision, unless a pull has brought a later one already."""
        uid, revision = self.outcome.uid, self.outcome.base_revision
        rows = fetch_rows(self.work.connection, "SELECT revision FROM bases WHERE uid = ?", (uid,))
        if revision is not None and (not rows or rows[0][0] <= revision):
            self.work.set_base(self.record_type, uid, revision=revision, content=content)

    def leave_outbox(self) -> None:
        """Take an untouched record out of the outbox: nothing of it waits any more."""
        if self.is_untouched:
            outbox_rows.forget(self.work.connection, self.outcome.uid)


def _apply_taken(answer: _Answer) -> None:
    theirs = answer.outcome.theirs
    answer.move_base(answer.packed.content if theirs is None else dict(theirs))
    answer.leave_outbox()


def _apply_merged(answer: _Answer) -> None:
    """Take over what the province merged; a record edited since is merged by the next pull, on the base it has."""
    answer.leave_outbox()
    outcome = answer.outcome
    if not answer.is_untouched or outcome.theirs is None:
        return
    theirs = dict(outcome.theirs)
    values, geometry, lineage = split_content(theirs)
    revision, _ = fetch_status(answer.work.connection, answer.record_type, [outcome.uid])[outcome.uid]
    answer.work.update(
        answer.record_type, outcome.uid, values=values, geometry=geometry, lineage=lineage, expected=revision
    )
    answer.move_base(theirs)


def _apply_conflict(answer: _Answer) -> None:
    outcome = answer.outcome
    theirs = None if outcome.theirs is None else dict(outcome.theirs)
    answer.work.park_conflict(answer.record_type, outcome.uid, revision=outcome.base_revision or 0, theirs=theirs)
    _apply_refusal(answer)


def _apply_refusal(answer: _Answer) -> None:
    """Leave the record in the outbox with the reason; an edit made since is a change of its own, without one."""
    if answer.is_untouched:
        outcome = answer.outcome
        answer.work.connection.exec_driver_sql(
            "UPDATE outbox SET package_id = NULL, result = ?, code = ?, field = ? WHERE uid = ?",
            (outcome.result, outcome.code, outcome.field, outcome.uid),
        )


_TAKEN = ("applied", "duplicate", "merged")
_RESULTS: dict[str, Callable[[_Answer], None]] = {
    "applied": _apply_taken,
    "duplicate": _apply_taken,
    "merged": _apply_merged,
    "conflict": _apply_conflict,
    "rejected": _apply_refusal,
}
