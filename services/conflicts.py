"""Records that commune and province changed differently: what differs, and the decision of a person.

Until somebody decides, ours stays as it is and is not sent, and the province's waits beside it. A decision first takes
over the province's content and then writes what was decided, in one unit of work: the version that lost stands in the
record's history like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import UserError
from forms.content import GEOMETRY, LINEAGE, Content, record_content
from forms.model import RecordType
from forms.record import Record, State
from localdb import outbox, records
from localdb.engine import Connection
from localdb.record_errors import unknown_record
from localdb.unit_of_work import Changed
from services.desk import Desk
from services.pulling import take_content
from wire.changes import plain_content
from wire.merge import FieldConflict, merge_record, same_content, with_computed

Side = Literal["ours", "theirs"]
WHOLE = "record"
"""The key of the one choice about a record that one side deleted."""


@dataclass(frozen=True, slots=True)
class Other:
    """A value that is neither side's."""

    value: Any


Choice = Side | Other


@dataclass(frozen=True, slots=True)
class Disputed:
    """One field that both sides changed, differently, or with ``WHOLE`` as its key the record that one side deleted.

    Values are those of a flat content (``forms.content``); ``has_base`` is false when nobody knows what was before.
    """

    key: str
    base: Any
    ours: Any
    theirs: Any
    has_base: bool


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A record that waits for a decision; ``ours`` and ``theirs`` are contents, ``None`` where that side deleted it.

    ``disputed`` is what has to be decided, without what is computed; ``settled`` are the fields that only one side
    changed: they stay as changed.
    """

    type_id: str
    record: Record
    ours: Content | None
    theirs: Content | None
    theirs_revision: int
    at: str
    disputed: tuple[Disputed, ...]
    settled: tuple[str, ...]
    merged: Content | None = field(repr=False, default=None)

    @property
    def uid(self) -> str:
        """The record's identity."""
        return self.record.uid


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did: the record as it now is (``None``: deleted), and whether it has to be approved and sent."""

    record: Record | None
    waits: bool
    changed: Changed


def list_conflicts(desk: Desk) -> list[OpenConflict]:
    """Return every record that waits for a decision, the oldest first."""
    with desk.reading() as connection:
        return [_open(desk, connection, parked) for parked in outbox.fetch_conflicts(connection)]


def open_conflict(desk: Desk, uid: str) -> OpenConflict:
    """Return one record that waits for a decision; raise ``UserError`` CONFLICT-NONE for one that does not."""
    with desk.reading() as connection:
        return _find(desk, connection, uid)


def settle_undisputed(desk: Desk) -> frozenset[str]:
    """Merge the records in which nothing is disputed but what is computed, and return their uids."""
    found = [conflict for conflict in list_conflicts(desk) if not conflict.disputed]
    for conflict in found:
        decide(desk, conflict, {})
    return frozenset(conflict.uid for conflict in found)


def decide(desk: Desk, seen: OpenConflict, choices: Mapping[str, Choice]) -> Decided:
    """Write what a person decided on a conflict as it was ``seen``: a choice for every disputed key.

    What then equals the province's content is accepted; anything else is a draft on top of it, to be checked, approved
    and sent. Raise ``UserError`` CONFLICT-NONE when it was decided meanwhile, CONFLICT-MOVED when either side changed
    since it was seen, CONFLICT-OPEN for a key without a choice, CONFLICT-CHOICE for a choice that cannot be.
    """
    with desk.work("WORK-DECIDE", kind="state") as work:
        now = _find(desk, work.connection, seen.uid)
        if (now.record.revision, now.theirs_revision) != (seen.record.revision, seen.theirs_revision):
            raise UserError("CONFLICT-MOVED")
        kind = desk.catalogue.type(now.type_id)
        decided = _content_of(kind, now, choices)
        record = take_content(work, kind, now.uid, now.theirs, now.record)
        work.set_base(kind, now.uid, revision=now.theirs_revision, content=now.theirs)
        work.settle_conflict(kind, now.uid)
        waits = not _is_same(kind, decided, now.theirs)
        if waits:
            record = take_content(work, kind, now.uid, decided, record)
        else:
            work.forget_waiting(kind, now.uid)
            work.set_state(kind, [now.uid], State.ACCEPTED)
    return Decided(record if decided is not None else None, waits, work.changed)


def _find(desk: Desk, connection: Connection, uid: str) -> OpenConflict:
    for parked in outbox.fetch_conflicts(connection, [uid]):
        return _open(desk, connection, parked)
    raise UserError("CONFLICT-NONE")


def _open(desk: Desk, connection: Connection, parked: outbox.Conflict) -> OpenConflict:
    kind = desk.catalogue.type(parked.type_id)
    record = records.fetch_record(connection, desk.catalogue, parked.uid, deleted=True)
    if record is None:
        raise unknown_record(connection, desk.catalogue, parked.uid)
    ours = None if record.deleted_at else plain_content(kind, record_content(record))
    held = outbox.fetch_base(connection, parked.uid)
    base = None if held is None else held.content
    met = merge_record(kind, base, ours, parked.theirs)
    disputed = tuple(_disputed(conflict, base is not None) for conflict in met.conflicts)
    told = {item.key for item in disputed} | {item.key for item in kind.fields if item.computed is not None}
    before = base or {}
    moved = () if WHOLE in told else _differing(before, ours or {}) | _differing(before, parked.theirs or {})
    return OpenConflict(
        type_id=parked.type_id,
        record=record,
        ours=ours,
        theirs=parked.theirs,
        theirs_revision=parked.revision,
        at=parked.at,
        disputed=disputed,
        settled=tuple(sorted(set(moved) - told)) if base is not None else (),
        merged=met.values,
    )


def _disputed(conflict: FieldConflict, has_base: bool) -> Disputed:
    return Disputed(conflict.field or WHOLE, conflict.base, conflict.ours, conflict.theirs, has_base)


def _differing(first: Content, second: Content) -> set[str]:
    keys = {*first, *second}
    return {key for key in keys if not same_content({key: first.get(key)}, {key: second.get(key)})}


def _content_of(kind: RecordType, conflict: OpenConflict, choices: Mapping[str, Choice]) -> Content | None:
    """Return what the choices make of a conflict."""
    keys = {item.key for item in conflict.disputed}
    if odd := sorted(choices.keys() - keys):
        raise UserError("CONFLICT-CHOICE", field=_label(kind, odd[0]))
    decided = {item.key: _chosen(kind, item, choices) for item in conflict.disputed}
    if WHOLE in decided or conflict.merged is None:
        return decided.get(WHOLE)
    return with_computed(kind, {**conflict.merged, **decided})


def _chosen(kind: RecordType, item: Disputed, choices: Mapping[str, Choice]) -> Any:
    choice = choices.get(item.key)
    if choice is None:
        raise UserError("CONFLICT-OPEN", field=_label(kind, item.key))
    if not isinstance(choice, Other):
        return item.ours if choice == "ours" else item.theirs
    if item.key in (WHOLE, GEOMETRY, LINEAGE):
        raise UserError("CONFLICT-CHOICE", field=_label(kind, item.key))
    return choice.value


def _is_same(kind: RecordType, decided: Content | None, theirs: Content | None) -> bool:
    if decided is None or theirs is None:
        return decided is theirs
    return same_content(decided, plain_content(kind, theirs))


def _label(kind: RecordType, key: str) -> Any:
    found = next((item.label for item in kind.fields if item.key == key), None)
    return found or key
