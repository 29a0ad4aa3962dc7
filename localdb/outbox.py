"""What waits to be sent, what was sealed and sent, and what the province answered."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from core.errors import UserError
from forms.catalogue import Catalogue
from forms.content import Content
from forms.model import RecordType
from forms.record import Actor, Record, State
from localdb import receipts
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from localdb.receipts import Outcome
from localdb.records import fetch_records
from localdb.unit_of_work import Changed, unit_of_work
from localdb.workspace import Workspace

Operation = Literal["insert", "update", "delete"]
PackageState = Literal["sealed", "sent", "answered"]

READY: frozenset[State] = frozenset({State.APPROVED})


_COLUMNS = "uid, type_id, revision, changed_at, package_id, result, code, field"


@dataclass(frozen=True, slots=True)
class PendingChange:
    """One record's change that the province has not been told of.

    ``base_revision`` and ``base_content`` are the province's, ``None`` when it has never had the record.
    """

    type_id: str
    uid: str
    operation: Operation
    record: Record
    base_revision: int | None
    base_content: Content | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the outbox, for people to see: in which package it lies, and why the province refused it last."""

    uid: str
    type_id: str
    revision: int
    changed_at: str
    package_id: str | None
    result: str | None
    code: str | None
    field: str | None


@dataclass(frozen=True, slots=True)
class PackedChange:
    """One change as it was sealed; ``content`` is ``None`` for a deletion."""

    uid: str
    type_id: str
    operation: Operation
    revision: int
    content: Content | None


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """A package whose file lies in place; ``path`` is relative to the workspace, ``sequence`` counts per device."""

    package_id: str
    sequence: int
    path: str
    journal_last: int
    header: Mapping[str, Any]
    counts: Mapping[str, int]
    changes: tuple[PackedChange, ...]


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """A package as the store knows it."""

    package_id: str
    sequence: int
    path: str
    state: PackageState
    sealed_at: str
    sealed_by: str
    journal_last: int
    header: dict[str, Any]
    counts: dict[str, int]
    receipt: dict[str, Any] | None
    received_at: str | None


@dataclass(frozen=True, slots=True)
class Base:
    """What the province has of a record: its revision, and the content, ``None`` once it is deleted there."""

    revision: int
    content: Content | None


@dataclass(frozen=True, slots=True)
class TypedBase(Base):
    """The same with the record's type."""

    type_id: str


@dataclass(frozen=True, slots=True)
class PullState:
    """How far the province's changes have been taken over; ``epoch`` is ``None`` before the first time."""

    epoch: str | None
    cursor: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that both sides changed: the province's revision and content (``None``: deleted there)."""

    uid: str
    type_id: str
    revision: int
    theirs: Content | None
    at: str


def fetch_pending(connection: Connection, catalogue: Catalogue, states: Iterable[State] = READY) -> list[PendingChange]:
    """Return the changes of records in ``states`` that may be sent now, in the catalogue's order: parents first.

    A record whose last package is unanswered, or that is in conflict, waits. Deletions are among them, with the
    content the record had; one that the province never heard of is not.
    """
    wanted = json_text([str(state) for state in states])
    found = []
    for record_type in catalogue.types.values():
        rows = fetch_rows(
            connection,
            "SELECT o.uid, b.content FROM outbox o "  # noqa: S608 (quoted name)
            f"JOIN {quote_name(record_type.id)} r ON r.uid = o.uid LEFT JOIN bases b ON b.uid = o.uid "
            "WHERE o.type_id = ? AND o.package_id IS NULL AND r.state IN (SELECT value FROM json_each(?)) "
            "AND NOT (r.deleted_at IS NOT NULL AND r.base_revision IS NULL) "
            "AND NOT EXISTS (SELECT 1 FROM package_changes p WHERE p.uid = o.uid AND p.result IS NULL) "
            "AND NOT EXISTS (SELECT 1 FROM conflicts c WHERE c.uid = o.uid)",
            (record_type.id, wanted),
        )
        bases = dict(rows)
        if bases:
            pending = fetch_records(connection, record_type, bases, deleted=True)
            found += [_pending(record, bases[record.uid]) for record in pending]
    return found


def fetch_deletions(connection: Connection, record_type: RecordType, states: Iterable[State]) -> list[str]:
    """Return the records deleted here that the province still has, in some states: their deletion is to be sent."""
    rows = fetch_rows(
        connection,
        f"SELECT r.uid FROM {quote_name(record_type.id)} r JOIN outbox o ON o.uid = r.uid "  # noqa: S608 (quoted name)
        "WHERE r.deleted_at IS NOT NULL AND r.base_revision IS NOT NULL "
        "AND r.state IN (SELECT value FROM json_each(?)) ORDER BY r.fid",
        (json_text([str(state) for state in states]),),
    )
    return [row[0] for row in rows]


def _pending(record: Record, base: str | None) -> PendingChange:
    operation: Operation = "insert" if record.base_revision is None else "update"
    return PendingChange(
        type_id=record.type_id,
        uid=record.uid,
        operation="delete" if record.deleted_at is not None else operation,
        record=record,
        base_revision=record.base_revision,
        base_content=None if base is None else json.loads(base),
    )


def fetch_waiting(connection: Connection, uids: Iterable[str] | None = None) -> list[Waiting]:
    """Return every row of the outbox, or those of some records, oldest first."""
    chosen = "" if uids is None else "WHERE uid IN (SELECT value FROM json_each(?))"
    sql = f"SELECT {_COLUMNS} FROM outbox {chosen} ORDER BY changed_at, uid"  # noqa: S608 (constants)
    return [Waiting(*row) for row in fetch_rows(connection, sql, () if uids is None else (json_text(list(uids)),))]


def fetch_refused(connection: Connection) -> list[Waiting]:
    """Return the rows of the outbox that the province refused or that are in conflict, oldest first."""
    sql = f"SELECT {_COLUMNS} FROM outbox WHERE result IN ('rejected', 'conflict') ORDER BY changed_at, uid"  # noqa: S608
    return [Waiting(*row) for row in fetch_rows(connection, sql)]


def count_waiting(connection: Connection) -> int:
    """Return how many records wait to be sent or for an answer."""
    return int(fetch_rows(connection, "SELECT count(*) FROM outbox")[0][0])


def last_sequence(connection: Connection) -> int:
    """Return the highest number of a package in the store, 0 when there is none."""
    return int(fetch_rows(connection, "SELECT coalesce(max(sequence), 0) FROM packages")[0][0])


def next_sequence(connection: Connection, above: int = 0) -> tuple[int, str | None]:
    """Return the number of the next package, over ``above`` at least, and the id of the one before it."""
    rows = fetch_rows(connection, "SELECT sequence, package_id FROM packages ORDER BY sequence DESC LIMIT 1")
    last, previous = rows[0] if rows else (0, None)
    return max(last, above) + 1, previous


def store_sealed(workspace: Workspace, sealed: SealedPackage, *, actor: Actor, now: str, label: str) -> Changed:
    """Note a package whose file lies in place; its records are packed. The last step of sealing.

    Raise ``UserError`` STORE-STALE when a record was changed after it was packed: then the package does not exist.
    """
    with unit_of_work(workspace, actor=actor, now=now, label=label, kind="state") as work:
        work.connection.exec_driver_sql(
            "INSERT INTO packages(package_id, sequence, path, state, sealed_at, sealed_by, journal_last, header, "
            "counts) VALUES (?, ?, ?, 'sealed', ?, ?, ?, ?, ?)",
            (
                sealed.package_id,
                sealed.sequence,
                sealed.path,
                now,
                actor.name,
                sealed.journal_last,
                json_text(dict(sealed.header)),
                json_text(dict(sealed.counts)),
            ),
        )
        for type_id in dict.fromkeys(change.type_id for change in sealed.changes):
            chosen = [change for change in sealed.changes if change.type_id == type_id]
            uids, revisions = [change.uid for change in chosen], [change.revision for change in chosen]
            work.set_state(workspace.catalogue.type(type_id), uids, State.PACKED, expected=revisions)
        receipts.put_packed(work.connection, sealed.package_id, sealed.changes)
    return work.changed


def withdraw_package(workspace: Workspace, package_id: str, *, actor: Actor, now: str, label: str) -> Changed:
    """Take apart a package that was never taken: what was not edited since stands as approved again, and waits."""
    with unit_of_work(workspace, actor=actor, now=now, label=label, kind="state") as work:
        for type_id, found in receipts.fetch_packed(work.connection, package_id).items():
            record_type = workspace.catalogue.type(type_id)
            there = receipts.fetch_status(work.connection, record_type, found)
            gone = (State.PACKED, State.SENT)
            same = [uid for uid, item in found.items() if there[uid] in ((item.revision, state) for state in gone)]
            work.set_state(record_type, same, State.APPROVED)
        for statement in (
            "UPDATE outbox SET package_id = NULL WHERE package_id = ?",
            "DELETE FROM package_changes WHERE package_id = ?",
            "DELETE FROM packages WHERE package_id = ?",
        ):
            work.connection.exec_driver_sql(statement, (package_id,))
    return work.changed


def mark_sent(workspace: Workspace, package_id: str, *, actor: Actor, now: str, label: str) -> Changed:
    """Note that the province has the whole package; records not edited since are sent."""
    with unit_of_work(workspace, actor=actor, now=now, label=label, kind="state") as work:
        work.connection.exec_driver_sql(
            "UPDATE packages SET state = 'sent' WHERE package_id = ? AND state = 'sealed'", (package_id,)
        )
        for type_id, found in receipts.fetch_packed(work.connection, package_id).items():
            record_type = workspace.catalogue.type(type_id)
            now_there = receipts.fetch_status(work.connection, record_type, found)
            sent = [uid for uid, packed in found.items() if now_there[uid] == (packed.revision, State.PACKED)]
            work.set_state(record_type, sent, State.SENT)
    return work.changed


def store_receipt(
    workspace: Workspace,
    package_id: str,
    receipt: Mapping[str, Any],
    outcomes: Sequence[Outcome],
    now: str,
    *,
    actor: Actor,
    label: str,
) -> Changed:
    """Take over the province's answer to a package; the same answer twice changes nothing.

    Taken records are accepted and their base moves; refused ones are returned and stay in the outbox with the
    reason; conflicts are parked. A record edited since keeps its newer content and its state. Raise ``UserError``
    STORE-RECEIPT when the answer is not to every change of this package.
    """
    with unit_of_work(workspace, actor=actor, now=now, label=label, kind="pull") as work:
        sql = "SELECT receipt, header FROM packages WHERE package_id = ?"
        rows = fetch_rows(work.connection, sql, (package_id,))
        if not rows:
            raise UserError("STORE-RECEIPT", package=package_id)
        if rows[0][0] is None:
            receipts.apply_outcomes(work, package_id, outcomes)
            work.note_files(_files_of(rows[0][1]))
            work.connection.exec_driver_sql(
                "UPDATE packages SET state = 'answered', receipt = ?, received_at = ? WHERE package_id = ?",
                (json_text(dict(receipt)), now, package_id),
            )
    return work.changed


def _files_of(header: str) -> list[tuple[str, int, str]]:
    """Return hash, size and an unsaid type of each file that a package carried."""
    files = json.loads(header).get("attachments", [])
    return [(item["sha256"], item["size"], "application/octet-stream") for item in files]


def fetch_packages(connection: Connection) -> list[StoredPackage]:
    """Return every package, the last one first."""
    rows = fetch_rows(
        connection,
        "SELECT package_id, sequence, path, state, sealed_at, sealed_by, journal_last, header, counts, receipt, "
        "received_at FROM packages ORDER BY sequence DESC",
    )
    return [_package_of(row) for row in rows]


def _package_of(row: tuple[Any, ...]) -> StoredPackage:
    package_id, sequence, path, state, sealed_at, sealed_by, journal_last, header, counts, receipt, received_at = row
    return StoredPackage(
        package_id=package_id,
        sequence=sequence,
        path=path,
        state=state,
        sealed_at=sealed_at,
        sealed_by=sealed_by,
        journal_last=journal_last,
        header=json.loads(header),
        counts=json.loads(counts),
        receipt=None if receipt is None else json.loads(receipt),
        received_at=received_at,
    )


def fetch_base(connection: Connection, uid: str) -> Base | None:
    """Return what the province has of a record, ``None`` when it has never had it."""
    rows = fetch_rows(connection, "SELECT revision, content FROM bases WHERE uid = ?", (uid,))
    return Base(rows[0][0], None if rows[0][1] is None else json.loads(rows[0][1])) if rows else None


def fetch_bases(connection: Connection) -> dict[str, TypedBase]:
    """Return what the province is believed to have, of every record, by uid."""
    rows = fetch_rows(connection, "SELECT uid, type_id, revision, content FROM bases ORDER BY uid")
    return {
        uid: TypedBase(revision, None if content is None else json.loads(content), type_id)
        for uid, type_id, revision, content in rows
    }


def fetch_conflicts(connection: Connection, uids: Iterable[str] | None = None) -> list[Conflict]:
    """Return the parked conflicts, or those of some records, oldest first."""
    chosen = "" if uids is None else "WHERE uid IN (SELECT value FROM json_each(?))"
    rows = fetch_rows(
        connection,
        f"SELECT uid, type_id, theirs_revision, theirs, at FROM conflicts {chosen} ORDER BY at, uid",  # noqa: S608
        () if uids is None else (json_text(list(uids)),),
    )
    return [
        Conflict(uid, type_id, revision, None if theirs is None else json.loads(theirs), at)
        for uid, type_id, revision, theirs, at in rows
    ]


def fetch_pull_state(connection: Connection) -> PullState:
    """Return how far the province's changes have been taken over."""
    found = dict(fetch_rows(connection, "SELECT key, value FROM workspace_info WHERE key LIKE 'pull!_%' ESCAPE '!'"))
    return PullState(found.get("pull_epoch"), int(found.get("pull_cursor", 0)))


def known_epoch(connection: Connection) -> str | None:
    """Return the province's epoch last heard of, with a page or, before the first page, with a receipt."""
    pulled = fetch_pull_state(connection).epoch
    if pulled is not None:
        return pulled
    answered = (
        "SELECT json_extract(receipt, '$.epoch') FROM packages WHERE receipt IS NOT NULL ORDER BY sequence DESC LIMIT 1"
    )
    rows = fetch_rows(connection, answered)
    return str(rows[0][0]) if rows else None


def last_sync(connection: Connection) -> str | None:
    """Return when the province's changes were last taken over, ``None`` for never."""
    rows = fetch_rows(connection, "SELECT value FROM workspace_info WHERE key = 'pull_at'")
    return rows[0][0] if rows else None
