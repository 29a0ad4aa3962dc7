"""What an import does with rows that are here already: by which sign they are known, and what the user decided."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import shapely
from shapely.geometry.base import BaseGeometry

from core.canonical import canonical_json, sha256_hex
from core.errors import UserError
from core.messages import render
from core.text import fold_text
from forms.content import GEOMETRY, geometry_to_hex
from forms.record import State

MatchKey = Literal["uid", "official-id", "local-code", "likeness"]
OnMatch = Literal["update", "skip", "add"]
OnNew = Literal["add", "skip"]
Action = Literal["insert", "update"]
Outcome = Literal["new", "changed", "same", "ambiguous", "deleted", "locked"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
MATCH_KEYS: tuple[MatchKey, ...] = get_args(MatchKey)
NEW, SKIP = "new", "skip"
"""What a user may choose for a row beside the record it is."""

REPORTED_ROWS = 5_000
_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Matching:
    """How rows are known again, and what is done with those that are.

    ``on_match`` and ``on_new`` say what happens to rows with and without a record here. ``erase_empty`` lets an empty
    cell empty the field; else it says nothing. ``choices`` are the user's answers by source row: a record's uid,
    ``new`` or ``skip``. ``left_out`` are single values that stay as they are here: source row and field, ``geometry``
    for the shape, ``None`` for the whole row. ``taken`` are values that go in although they only lose the marks of what
    stands here. ``within_m`` is how far apart two shapes of one object may lie. ``seen``
    is the ``Matches.token`` of the preview that the user has looked at: with it nothing else is written.
    """

    by: MatchKey
    on_match: OnMatch = "update"
    on_new: OnNew = "add"
    erase_empty: bool = False
    choices: Mapping[int, str] = field(default_factory=dict)
    left_out: frozenset[tuple[int, str | None]] = frozenset()
    taken: frozenset[tuple[int, str]] = frozenset()
    within_m: float = 5.0
    seen: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "by": self.by,
            "on_match": self.on_match,
            "on_new": self.on_new,
            "erase_empty": self.erase_empty,
            "choices": {str(row): choice for row, choice in sorted(self.choices.items())},
            "left_out": [f"{row}.{key}" if key else str(row) for row, key in sorted(self.left_out, key=str)],
            "taken": [f"{row}.{key}" for row, key in sorted(self.taken)],
            "within_m": self.within_m,
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that a row may be; ``likeness`` is 0 to 1, ``None`` where a sign decided."""

    uid: str
    title: str
    likeness: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        likeness = None if self.likeness is None else round(self.likeness, 3)
        return {"uid": self.uid, "title": self.title, "likeness": likeness}


@dataclass(slots=True)
class RowMatch:
    """What one row of the file is here.

    ``differences`` holds what the file says otherwise, field to (here, in the file), the shape under ``geometry``.
    ``reason`` is the message that says why a row is ambiguous, locked or gone. ``action`` is what the import, as it
    stands, does with it, and ``kept`` are the fields that stay as they are here all the same.
    """

    row: int
    outcome: Outcome
    title: str = ""
    uid: str | None = None
    state: State | None = None
    revision: int = 0
    likeness: float | None = None
    candidates: tuple[Candidate, ...] = ()
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    action: Action | None = None
    kept: frozenset[str] = frozenset()

    @property
    def applied(self) -> dict[str, Any]:
        """What an update writes, field to what the file says; empty when it writes nothing."""
        if self.action != "update":
            return {}
        return {key: new for key, (_, new) in self.differences.items() if key not in self.kept}

    @property
    def text(self) -> str:
        """Why the row is what it is, in words; empty where that speaks for itself."""
        return render(self.reason, {"row": self.row, **self.facts}) if self.reason else ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``; a shape as how far it moved, in metres."""
        return {
            "row": self.row,
            "outcome": self.outcome,
            "title": self.title,
            "uid": self.uid,
            "state": str(self.state) if self.state else None,
            "likeness": None if self.likeness is None else round(self.likeness, 3),
            "candidates": [item.as_dict() for item in self.candidates],
            "changes": {
                key: {"moved_m": moved_m(old, new)} if key == GEOMETRY else {"old": old, "new": new}
                for key, (old, new) in self.differences.items()
            },
            "reason": self.reason,
            "text": self.text,
            "action": self.action,
            "kept": sorted(self.kept),
        }


@dataclass(frozen=True, slots=True)
class Matches:
    """Every row of the file that can become or change a record, and what it is here, in the file's order."""

    rows: Sequence[RowMatch] = ()

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many rows have each outcome."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def counts_by_field(self) -> dict[str, int]:
        """How many records the import changes in each field."""
        return dict(Counter(key for row in self.rows for key in row.applied))

    @property
    def token(self) -> str:
        """What the preview showed, as one word: equal as long as the same rows say the same of the same records."""
        shown = [
            [row.row, row.outcome, row.uid, row.revision, _plain(row.differences)]
            for row in self.rows
            if row.outcome != "same"
        ]
        return sha256_hex(canonical_json(shown))[:_TOKEN]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``; rows that are the same are counted, not listed."""
        told = [row for row in self.rows if row.outcome != "same"]
        return {
            "counts": dict(self.counts),
            "counts_by_field": self.counts_by_field,
            "token": self.token,
            "rows": [row.as_dict() for row in told[:REPORTED_ROWS]],
            "rows_left_off": max(0, len(told) - REPORTED_ROWS),
        }


def moved_m(old: BaseGeometry | None, new: BaseGeometry | None) -> float | None:
    """Return how far two shapes are apart at most (Hausdorff), in metres; ``None`` where there is none to compare."""
    if old is None or new is None:
        return None
    return round(float(shapely.hausdorff_distance(old, new)), 4)


def loses_marks(old: Any, new: Any) -> bool:
    """Whether a text of the file is the one that stands here, only without its marks: no news, but a loss."""
    if not isinstance(old, str) or not isinstance(new, str) or not new.isascii() or old.isascii():
        return False
    return fold_text(old) == fold_text(new)


def check_choices(matching: Matching, rows: Iterable[int], known: frozenset[str]) -> None:
    """Raise ``UserError`` IMPORT-CHOICE for an answer to a row that is not there, or naming no record of ``known``."""
    there = set(rows)
    for row, choice in matching.choices.items():
        if row not in there or (choice not in (NEW, SKIP) and choice not in known):
            raise UserError("IMPORT-CHOICE", row=row, choice=choice)
    for row, _ in (*matching.left_out, *matching.taken):
        if row not in there:
            raise UserError("IMPORT-CHOICE", row=row, choice="–")


def _plain(differences: Mapping[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    return {
        key: [geometry_to_hex(item) if key == GEOMETRY else item for item in pair] for key, pair in differences.items()
    }
