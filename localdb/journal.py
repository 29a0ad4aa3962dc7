"""The change journal: what was, what is, who, when, each entry holding the hash of the one before it."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert

from core.clock import VIETNAM, local_date, parse_timestamp, timestamp
from forms.content import Content
from forms.record import Actor
from localdb.engine import fetch_rows
from localdb.journal_chain import Entry, Group, Kind, Operation, hash_of, hashes_of_new, shared_parts
from localdb.json_columns import json_text as json_text  # noqa: PLC0414 (known here to all who journal)
from localdb.statements import Rows
from localdb.tables import FORGOTTEN, UNDONE, change_groups

GENESIS = "0" * 64
HEAD = "journal_head"
_BATCH = 5_000

_COLUMNS = (
    "c.sequence, g.group_id, g.kind, g.label, c.type_id, c.uid, c.operation, c.before, c.after, c.revision, "
    "g.actor, g.authenticated, g.device, g.at, c.hash, c.previous_hash"
)
_FROM = "FROM changes c LEFT JOIN change_groups g ON g.number = c.group_number"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the journal.

    ``before`` and ``after`` are flat contents (``forms.content``): whole, without the empty fields, for insert, delete
    and restore; only the changed keys for update; ``{"state": …}`` for state; for waive the waiver
    that was and the one that is (``validation.waivers``), ``None`` for none. ``revision`` is the record's after
    the change.
    """

    sequence: int
    group: str
    kind: Kind
    label: str
    type_id: str
    uid: str
    operation: Operation
    before: Content | None
    after: Content | None
    revision: int
    actor: Actor
    device: str
    at: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last entry's number and hash; number 0 for an empty journal."""

    sequence: int
    hash: str


class JournalWriter:
    """Appends the entries of one unit of work; the group gets a row with its first entry."""

    def __init__(self, connection: Connection, group: Group) -> None:
        self._connection = connection
        self._group = group
        self._number: int | None = None
        head = chain_head(connection)
        self._sequence, self._hash = head.sequence, head.hash
        self._shared = shared_parts(group)

    @property
    def number(self) -> int | None:
        """The group's number, ``None`` as long as nothing was written."""
        return self._number

    def begin(self) -> int:
        """Give the group its row, unless it has one, and return its number."""
        if self._number is None:
            self._number = self._insert_group()
        return self._number

    def write(self, entries: Sequence[Entry]) -> None:
        """Append ``entries`` in order."""
        if not entries:
            return
        number = self.begin()
        rows = []
        for entry in entries:
            self._sequence += 1
            previous, self._hash = self._hash, hash_of(self._hash, self._shared, self._sequence, entry)
            rows.append((self._sequence, number, *entry, previous, self._hash))
        self._connection.exec_driver_sql(
            "INSERT INTO changes(sequence, group_number, type_id, uid, operation, before, after, revision, "
            "previous_hash, hash) VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)",
            rows,
        )

    def link_new(self, type_id: str, uids: Sequence[str], contents: Sequence[bytes]) -> Rows:
        """Return the entries for new records at revision 1, linked to the chain; they are to be inserted as they come.

        ``begin`` goes before. It touches no connection: another thread may link what this one then inserts.
        """
        first, start = self._sequence + 1, self._hash
        hashes = hashes_of_new(start, self._shared, first, type_id, uids, contents)
        self._sequence, self._hash = self._sequence + len(uids), hashes[-1] if hashes else start
        own = {
            "sequence": range(first, first + len(uids)),
            "uid": uids,
            "after": contents,
            "previous_hash": [start, *hashes[:-1]],
            "hash": hashes,
        }
        shared = {"group_number": self.begin(), "type_id": type_id, "operation": "insert", "revision": 1}
        return Rows("changes", len(uids), own, shared, texts=frozenset({"after"}))

    def finish(self) -> None:
        """Note the head, so that a journal whose tail was cut off is recognised."""
        if self._number is not None:
            self._connection.exec_driver_sql(
                "INSERT OR REPLACE INTO workspace_info(key, value) VALUES (?, ?)",
                (HEAD, f"{self._sequence}:{self._hash}"),
            )

    def _insert_group(self) -> int:
        group = self._group
        if group.kind in ("edit", "import"):
            self._connection.exec_driver_sql(
                "UPDATE change_groups SET undo_state = ? WHERE undo_state = ? AND kind IN ('edit', 'import')",
                (FORGOTTEN, UNDONE),
            )
        found = self._connection.execute(
            insert(change_groups).values(
                group_id=group.group_id,
                first_sequence=self._sequence + 1,
                kind=group.kind,
                label=group.label,
                actor=group.actor.name,
                authenticated=int(group.actor.authenticated),
                device=group.device,
                at=group.at,
            )
        )
        (number,) = found.inserted_primary_key or (0,)
        return int(number)


def fetch_changes(
    connection: Connection, *, uid: str | None = None, after: int = 0, limit: int | None = None
) -> list[Change]:
    """Return the entries with a number above ``after`` in order, of one record when ``uid`` is given."""
    where, parameters = ("c.sequence > ?", [after]) if uid is None else ("c.sequence > ? AND c.uid = ?", [after, uid])
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY c.sequence LIMIT ?"  # noqa: S608 (constants)
    return [_change_of(row) for row in fetch_rows(connection, sql, (*parameters, -1 if limit is None else limit))]


def fetch_group(connection: Connection, number: int) -> list[Change]:
    """Return the entries of one group, the last one first: the order in which they are taken back."""
    sql = (
        f"SELECT {_COLUMNS} {_FROM} WHERE c.group_number = ?1 "  # noqa: S608 (constants)
        "AND c.sequence >= (SELECT first_sequence FROM change_groups WHERE number = ?1) "
        "AND c.sequence < coalesce((SELECT first_sequence FROM change_groups WHERE number > ?1 "
        "ORDER BY number LIMIT 1), 9e18) ORDER BY c.sequence DESC"
    )
    return [_change_of(row) for row in fetch_rows(connection, sql, (number,))]


def chain_head(connection: Connection) -> ChainHead:
    """Return the last entry's number and hash."""
    rows = fetch_rows(connection, "SELECT sequence, hash FROM changes ORDER BY sequence DESC LIMIT 1")
    return ChainHead(*rows[0]) if rows else ChainHead(0, GENESIS)


def verify_chain(connection: Connection, last: int | None = None) -> int | None:
    """Return the number of the first entry that was altered, removed or put in, ``None`` when the chain holds.

    ``last`` looks at that many entries from the end only. A cut-off tail is reported as the entry after the last.
    """
    head = chain_head(connection)
    start = 1 if last is None else max(1, head.sequence - last + 1)
    previous = GENESIS
    if start > 1:
        rows = fetch_rows(connection, "SELECT hash FROM changes WHERE sequence = ?", (start - 1,))
        if not rows:
            return start - 1
        previous = rows[0][0]
    expected = start
    for row in _iterate(connection, start):
        if row[0] != expected or not _holds(row, previous):
            return expected
        previous, expected = row[14], expected + 1
    noted = fetch_rows(connection, "SELECT value FROM workspace_info WHERE key = ?", (HEAD,))
    wanted = noted[0][0] if noted else f"0:{GENESIS}"
    return None if wanted == f"{head.sequence}:{head.hash}" else head.sequence + 1


def find_import(connection: Connection, text: str) -> str | None:
    """Return when an import whose label holds ``text`` was last made, ``None`` for never or for one taken back."""
    rows = fetch_rows(
        connection,
        "SELECT at FROM change_groups WHERE kind = 'import' AND undo_state = 0 AND instr(label, ?) > 0 "
        "ORDER BY number DESC LIMIT 1",
        (text,),
    )
    return rows[0][0] if rows else None


def fetch_last_state_change(connection: Connection, state: str) -> tuple[Actor, str] | None:
    """Return who last brought a record into ``state``, and when: the approver and the time that a package names."""
    rows = fetch_rows(
        connection,
        f"SELECT g.actor, g.authenticated, g.at {_FROM} WHERE g.kind = 'state' AND c.operation = 'state' "  # noqa: S608
        "AND c.after = ? ORDER BY c.sequence DESC LIMIT 1",
        (json_text({"state": state}),),
    )
    return (Actor(rows[0][0], bool(rows[0][1])), rows[0][2]) if rows else None


def count_by_day(connection: Connection, since: date) -> dict[date, int]:
    """Return how many changes were made on each day from ``since`` on, by the calendar of Vietnam."""
    first = timestamp(datetime(since.year, since.month, since.day, tzinfo=VIETNAM))
    rows = fetch_rows(
        connection,
        "SELECT at, lead(first_sequence, 1, (SELECT max(sequence) + 1 FROM changes)) OVER (ORDER BY number) "
        "- first_sequence FROM change_groups ORDER BY number",
    )
    found: Counter[date] = Counter()
    for at, count in rows:
        if at >= first:
            found[local_date(parse_timestamp(at))] += count
    return dict(found)


def _iterate(connection: Connection, start: int) -> Iterator[tuple[Any, ...]]:
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE c.sequence >= ? ORDER BY c.sequence LIMIT {_BATCH}"  # noqa: S608 (constants)
    while rows := fetch_rows(connection, sql, (start,)):
        yield from rows
        start = rows[-1][0] + 1


def _holds(row: tuple[Any, ...], previous: str) -> bool:
    sequence, group, kind, label, type_id, uid, operation, before, after, revision = row[:10]
    actor, authenticated, device, at, found, linked = row[10:]
    if group is None or linked != previous:
        return False
    shared = shared_parts(Group(group, kind, label, Actor(actor, bool(authenticated)), device, at))
    old, new = (None if text is None else text.encode() for text in (before, after))
    return bool(hash_of(previous, shared, sequence, Entry(type_id, uid, operation, old, new, revision)) == found)


def _change_of(row: tuple[Any, ...]) -> Change:
    sequence, group, kind, label, type_id, uid, operation, before, after, revision = row[:10]
    actor, authenticated, device, at, found, _ = row[10:]
    return Change(
        sequence=sequence,
        group=group,
        kind=kind,
        label=label,
        type_id=type_id,
        uid=uid,
        operation=operation,
        before=None if before is None else json.loads(before),
        after=None if after is None else json.loads(after),
        revision=revision,
        actor=Actor(actor, bool(authenticated)),
        device=device,
        at=at,
        hash=found,
    )
