"""What the rules found last, kept beside the records with the moment of the journal for which it holds.

Derived, and therefore not journalled: it can be thrown away and found again. What is alike in many findings is stored
once. Nobody takes a row for current without a look at the mark.
"""

import itertools
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from core.canonical import sha256_hex
from forms.content import Content
from forms.record import State
from localdb.engine import fetch_rows
from localdb.journal import GENESIS, json_text
from localdb.record_tables import GEOMETRY_COLUMN
from validation.finding import Finding, Severity

PIECE = 50_000  # findings written at a time
_DAY = "$day"
_CANCELLED = json_text({"state": str(State.CANCELLED)})


@dataclass(frozen=True, slots=True)
class Mark:
    """For what the stored findings hold.

    ``run`` is new with every write. ``sequence`` and ``hash`` are the journal's head, ``surroundings`` everything
    beside the records that decides what rules find, ``contents`` the files that are held. ``facts`` are what the report
    says beside its findings, as plain data.
    """

    run: str
    sequence: int
    hash: str
    surroundings: str
    contents: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of the journal: ``before`` and ``after`` as they stand there, empty where they are missing."""

    type_id: str
    uid: str
    operation: str
    before: Content
    after: Content


def fetch_mark(connection: Connection) -> Mark | None:
    """Return for what the stored findings hold, ``None`` when the rules have never run over everything."""
    rows = fetch_rows(connection, "SELECT run, sequence, hash, surroundings, contents, facts FROM finding_marks")
    if not rows:
        return None
    run, sequence, head, surroundings, contents, facts = rows[0]
    return Mark(run, sequence, head, surroundings, contents, json.loads(facts))


def fetch_findings(connection: Connection) -> list[Finding]:
    """Return the stored findings in the order in which they were found."""
    shared = {
        number: (rule_id, Severity(severity), type_id, field, json.loads(context, object_hook=_dated), text_code)
        for number, rule_id, severity, type_id, field, context, text_code in fetch_rows(
            connection, "SELECT number, rule_id, severity, type_id, field, context, text_code FROM finding_facts"
        )
    }
    rows = fetch_rows(connection, "SELECT uid, revision, fact, east, north, others FROM findings ORDER BY number")
    places = _points(rows)
    found = []
    for row, place in zip(rows, places, strict=True):
        uid, revision, fact, _, _, others = row
        rule_id, severity, type_id, field, context, text_code = shared[fact]
        told = () if others is None else tuple(json.loads(others))
        found.append(Finding(rule_id, severity, type_id, uid, revision, field, place, context, told, text_code))
    return found


def has_findings(connection: Connection, rule_id: str, type_id: str, uids: Collection[str] | None) -> bool:
    """Whether a rule found something in any of some records of a type; ``None`` for any record at all."""
    sql = (
        "SELECT 1 FROM findings JOIN finding_facts ON fact = finding_facts.number WHERE rule_id = ? AND type_id = ? "
        "AND (? IS NULL OR uid IN (SELECT value FROM json_each(?))) LIMIT 1"
    )
    wanted = None if uids is None else json_text(sorted(uids))
    shared = fetch_rows(
        connection, "SELECT 1 FROM finding_facts WHERE rule_id = ? AND type_id = ? LIMIT 1", (rule_id, type_id)
    )
    return bool(shared and fetch_rows(connection, sql, (rule_id, type_id, wanted, wanted)))


def store_findings(connection: Connection, findings: Iterable[Finding], mark: Mark) -> None:
    """Store findings in the place of all that were there."""
    connection.exec_driver_sql("DELETE FROM findings")
    connection.exec_driver_sql("DELETE FROM finding_facts")
    _insert(connection, findings)
    _set_mark(connection, mark)


def replace_findings(
    connection: Connection,
    gone: Mapping[str, Collection[str]],
    retold: Mapping[tuple[str, str], Collection[str] | None],
    findings: Iterable[Finding],
    mark: Mark,
) -> None:
    """Store ``findings`` in the place of those that are no longer true.

    ``gone``: records by type of which nothing stays. ``retold``: by rule and type, the records of which what this rule
    found goes, ``None`` for all.
    """
    for uids in gone.values():
        connection.exec_driver_sql(
            "DELETE FROM findings WHERE uid IN (SELECT value FROM json_each(?))", (json_text(sorted(uids)),)
        )
    for (rule_id, type_id), told in retold.items():
        sql = "DELETE FROM findings WHERE fact IN (SELECT number FROM finding_facts WHERE rule_id = ? AND type_id = ?)"
        if told is None:
            connection.exec_driver_sql(sql, (rule_id, type_id))
        elif told:
            connection.exec_driver_sql(
                f"{sql} AND uid IN (SELECT value FROM json_each(?))",  # noqa: S608 (constants)
                (rule_id, type_id, json_text(sorted(told))),
            )
    _insert(connection, findings)
    _set_mark(connection, mark)


def forget_findings(connection: Connection) -> None:
    """Throw everything away; the next check runs over all records."""
    for table in ("findings", "finding_facts", "finding_marks"):
        connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 (constants)


def fetch_edits(connection: Connection, after: int, limit: int) -> list[Edit]:
    """Return the journal's entries above ``after`` that can change what rules find, in order, up to ``limit``.

    A record's state says nothing to a rule, but whether it is cancelled.
    """
    rows = fetch_rows(
        connection,
        "SELECT type_id, uid, operation, before, after FROM changes WHERE sequence > ? "
        "AND operation <> 'waive' AND (operation <> 'state' OR before = ? OR after = ?) ORDER BY sequence LIMIT ?",
        (after, _CANCELLED, _CANCELLED, limit),
    )
    return [
        Edit(type_id, uid, kind, json.loads(before or "{}"), json.loads(after or "{}"))
        for type_id, uid, kind, before, after in rows
    ]


def fetch_cancelled(connection: Connection, uids: Iterable[str], at: int) -> set[str]:
    """Return those of these records that were cancelled after the journal's entry ``at``.

    The last entry about a record tells: whatever else was done to a cancelled one has made it another.
    """
    found = set()
    for uid in uids:
        rows = fetch_rows(
            connection,
            "SELECT operation, after FROM changes WHERE uid = ? AND sequence <= ? AND operation <> 'waive' "
            "ORDER BY sequence DESC LIMIT 1",
            (uid, at),
        )
        if rows and rows[0] == ("state", _CANCELLED):
            found.add(uid)
    return found


def hash_at(connection: Connection, sequence: int) -> str | None:
    """Return the hash of the journal's entry ``sequence``, ``None`` when there is none; 0 is the beginning."""
    if sequence == 0:
        return GENESIS
    rows = fetch_rows(connection, "SELECT hash FROM changes WHERE sequence = ?", (sequence,))
    return rows[0][0] if rows else None


def contents_sign(connection: Connection) -> str:
    """Return a text that is another one when other files are held, in another state, or something was found out."""
    rows = fetch_rows(
        connection,
        "SELECT sha256, bytes, stored_bytes, is_damaged, province_at IS NULL, facts FROM contents ORDER BY sha256",
    )
    return sha256_hex(repr(rows).encode()) if rows else ""


def boundaries_sign(connection: Connection) -> str:
    """Return a text that is another one when the stored outlines are others."""
    sql = f"SELECT commune_code, source, stored_at, length({GEOMETRY_COLUMN}) FROM boundaries ORDER BY commune_code"  # noqa: S608
    return sha256_hex(repr(fetch_rows(connection, sql)).encode())


def _insert(connection: Connection, findings: Iterable[Finding]) -> None:
    [(last,)] = fetch_rows(connection, "SELECT coalesce(max(number), 0) FROM finding_facts")
    shared = _Shared(last)
    left = iter(findings)
    while piece := list(itertools.islice(left, PIECE)):
        rows = [_row(finding, shared.number(finding)) for finding in piece]
        connection.exec_driver_sql(
            "INSERT INTO findings(uid, revision, fact, east, north, others) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
    if shared.numbers:
        connection.exec_driver_sql(
            "INSERT INTO finding_facts(number, rule_id, severity, type_id, field, context, text_code) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(number, *facts) for facts, number in shared.numbers.items()],
        )


class _Shared:
    """What findings have in common, numbered from ``last`` on."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.numbers: dict[tuple[Any, ...], int] = {}
        self._texts: dict[int, tuple[Any, str]] = {}

    def number(self, finding: Finding) -> int:
        known = self._texts.get(id(finding.context))
        if known is None:  # kept with its text, so that no other takes its id
            known = self._texts[id(finding.context)] = (finding.context, _encode(finding.context))
        key = (finding.rule_id, finding.severity.value, finding.type_id, finding.field, known[1], finding.text_code)
        return self.numbers.setdefault(key, self._last + len(self.numbers) + 1)


def _row(finding: Finding, number: int) -> tuple[Any, ...]:
    place = finding.place
    east, north = (None, None) if place is None else (place.x, place.y)
    others = json_text(list(finding.others)) if finding.others else None
    return finding.uid, finding.revision, number, east, north, others


def _set_mark(connection: Connection, mark: Mark) -> None:
    connection.exec_driver_sql("DELETE FROM finding_marks")
    connection.exec_driver_sql(
        "INSERT INTO finding_marks(run, sequence, hash, surroundings, contents, facts) VALUES (?, ?, ?, ?, ?, ?)",
        (mark.run, mark.sequence, mark.hash, mark.surroundings, mark.contents, _encode(mark.facts)),
    )


def _points(rows: list[tuple[Any, ...]]) -> list[shapely.Point | None]:
    placed = [place for place, row in enumerate(rows) if row[3] is not None]
    found: list[shapely.Point | None] = [None] * len(rows)
    if placed:
        points: Any = shapely.points(np.array([rows[place][3:5] for place in placed], dtype=np.float64))
        for place, point in zip(placed, points, strict=True):
            found[place] = point
    return found


def _plain(value: Any) -> Any:
    """Return a fact that JSON does not know in its own types."""
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, np.generic):
        return value.item()
    return str(value)


def _dated(value: dict[str, Any]) -> Any:
    return date.fromisoformat(value[_DAY]) if value.keys() == {_DAY} else value


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
