"""The records that were edited since the rules ran, as they were then and as they are now."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from forms.content import GEOMETRY, LINEAGE, Content, record_content, split_content
from forms.model import RecordType
from forms.record import Record, State
from localdb import records
from localdb.engine import Connection
from localdb.findings import Edit, fetch_cancelled, fetch_edits
from services.desk import Desk
from validation.batch import Batch
from validation.reach import Edits

_COMING = frozenset({"insert", "restore"})


def edits_since(desk: Desk, connection: Connection, sequence: int, *, most: int) -> dict[str, "EditedType"] | None:
    """Return the edited records by type, ``None`` when the journal has more than ``most`` entries about them."""
    entries = fetch_edits(connection, sequence, most + 1)
    if len(entries) > most:
        return None
    by_type: dict[str, dict[str, list[Edit]]] = {}
    for entry in entries:
        if entry.type_id in desk.catalogue.types:
            by_type.setdefault(entry.type_id, {}).setdefault(entry.uid, []).append(entry)
    cancelled = fetch_cancelled(connection, {entry.uid for entry in entries}, sequence)
    return {
        type_id: EditedType.read(connection, desk.catalogue.type(type_id), found, cancelled)
        for type_id, found in by_type.items()
    }


class EditedType:
    """The edited records of one type: ``before`` and ``after`` hold those that were there and those that are."""

    def __init__(
        self, record_type: RecordType, before: Sequence[Record], after: Sequence[Record], uids: frozenset[str]
    ):
        self.uids = uids
        self.before = Batch.of(record_type, before)
        self.after = Batch.of(record_type, after)
        self.edits = Edits(uids, Batch.of(record_type, [*before, *after]), _differing(before, after, uids))

    @classmethod
    def read(
        cls,
        connection: Connection,
        record_type: RecordType,
        entries: Mapping[str, list[Edit]],
        cancelled: Collection[str],
    ) -> "EditedType":
        """Return the edited records of a type, each taken back entry by entry to what it was; some were cancelled."""
        now = {record.uid: record for record in records.fetch_records(connection, record_type, entries)}
        was = [
            found
            for uid, own in entries.items()
            if (found := _taken_back(record_type, uid, now.get(uid), own, uid in cancelled)) is not None
        ]
        return cls(record_type, was, list(now.values()), frozenset(entries))


def _taken_back(
    record_type: RecordType, uid: str, now: Record | None, entries: Sequence[Edit], was_cancelled: bool
) -> Record | None:
    content: Content | None = None if now is None else record_content(now)
    for entry in reversed(entries):
        if entry.operation in _COMING:
            content = None
        elif entry.operation == "delete":
            content = dict(entry.before)
        elif entry.operation != "state":
            content = {**(content or {}), **entry.before}
    if content is None:
        return None
    values, geometry, lineage = split_content(content)
    state = State.CANCELLED if was_cancelled else State.DRAFT
    return Record(uid, record_type.id, values, geometry, lineage, state=state)


def _differing(before: Sequence[Record], after: Sequence[Record], uids: frozenset[str]) -> frozenset[str] | None:
    """Return the fields that differ in any record, ``None`` when one came, went, or was or is cancelled."""
    one, two = ({record.uid: record for record in found} for found in (before, after))
    if one.keys() != uids or two.keys() != uids:
        return None
    fields: set[str] = set()
    for uid in uids:
        if State.CANCELLED in (one[uid].state, two[uid].state):
            return None
        first, second = _plain(one[uid]), _plain(two[uid])
        fields.update(key for key in {*first, *second} if first.get(key) != second.get(key))
    return frozenset(fields)


def _plain(record: Record) -> dict[str, Any]:
    return {**record.values, GEOMETRY: record.geometry, LINEAGE: record.lineage}
