"""What must be checked again after edits, and among which records: each rule's world cut down to what it reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from forms.content import GEOMETRY, LINEAGE
from validation.batch import Batch
from validation.context import CheckContext
from validation.reads import UID, Contents, Linked, Near, Present, Read, Same, Sources, Whole
from validation.rule import Rule

Uids = frozenset[str]
Bounds = tuple[float, float, float, float]
_SLACK_M = 0.01  # boxes in an index are rounded
_LAID = frozenset({GEOMETRY, LINEAGE})


class Neighbourhood(Protocol):
    """Finds stored records by what relates them; more than asked for does no harm, fewer does."""

    def near(self, type_id: str, boxes: Iterable[Bounds], distance_m: float) -> Uids:
        """Return the records whose boxes lie within a distance of any of ``boxes``."""

    def linked(self, type_id: str, key: str, values: Iterable[Any]) -> Uids:
        """Return the records whose field ``key`` holds one of ``values``."""

    def same(self, type_id: str, sort: Same, keys: Iterable[Any]) -> Uids:
        """Return the records that have one of ``keys``."""

    def any_but(self, type_id: str, uids: Uids) -> str | None:
        """Return a standing record that is none of ``uids``, ``None`` when there is no other."""

    def greatest(self, type_id: str, key: str) -> float:
        """Return the greatest number in a field, 0 when there is none."""

    def with_files(self, type_id: str) -> Uids:
        """Return the records that name a file."""

    def has_sources(self, type_id: str, several: int) -> bool:
        """Whether a file may have brought ``several`` records of the type, and others as many."""

    def has_findings(self, rule_id: str, type_id: str, uids: Uids | None) -> bool:
        """Whether the rule has found something, in the last check, in any of these records; ``None`` for any at all."""

    def batch(self, type_id: str, uids: Uids | None) -> Batch:
        """Return standing records as they are stored, in the order they came; ``None`` for all of the type."""


@dataclass(frozen=True, slots=True)
class Edits:
    """The edited records of one type.

    ``versions`` holds each as it was and as it is, where it was and is. ``fields`` are the fields that differ in any of
    them, ``None`` when one came, went, or was cancelled.
    """

    uids: Uids
    versions: Batch
    fields: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class World:
    """The records whose findings by a rule are found anew (``told``), and those the rule is run over to find them.

    ``None`` stands for all records of a type.
    """

    told: Uids | None
    own: Uids | None
    others: Mapping[str, Uids | None]


def world_of(
    rule: Rule, type_id: str, edits: Mapping[str, Edits], context: CheckContext, stored: Neighbourhood, *, files: bool
) -> World | None:
    """Return what a rule must be run over for a type after ``edits``, ``None`` when they do not reach it.

    ``files`` tells whether the files that are held have changed.
    """
    relations = _Relations(context, stored, rule)
    told = _told(rule, type_id, edits, relations, files=files)
    if told is not None and not told:
        return None
    own = told
    if told is not None:
        batch = stored.batch(type_id, told)
        for read in _own(rule):
            own = _joined(own, relations.sources(read, type_id, batch))
    around = stored.batch(type_id, own)
    others: dict[str, Uids | None] = {}
    for read in rule.reads:
        if read.type_id is not None and read.type_id in context.catalogue.types:
            found = None if own is None else relations.sources(read, read.type_id, around)
            others[read.type_id] = _joined(others.get(read.type_id, Uids()), found)
    return World(told, own, others)


def _told(rule: Rule, type_id: str, edits: Mapping[str, Edits], relations: "_Relations", *, files: bool) -> Uids | None:
    """Return the records of a type in which the rule may find something else now."""
    mine = edits.get(type_id)
    told: Uids | None = Uids() if mine is None else mine.uids
    reached: Uids | None = Uids()
    for read in rule.reads:
        if isinstance(read, Contents):
            told = _joined(told, relations.stored.with_files(type_id)) if files else told
        elif read.type_id is not None and (edit := edits.get(read.type_id)) is not None:
            reached = _joined(reached, relations.readers(read, type_id, edit))
    for read in _own(rule):
        if mine is not None:
            told = _joined(told, relations.readers(read, type_id, mine))
        if reached:
            versions = relations.stored.batch(type_id, reached)
            told = _joined(told, relations.readers(read, type_id, Edits(reached, versions, None)))
    return _joined(told, reached)


def _own(rule: Rule) -> list[Read]:
    return [read for read in rule.reads if read.type_id is None and not isinstance(read, Contents)]


def _joined(one: Uids | None, two: Uids | None) -> Uids | None:
    return None if one is None or two is None else one | two


class _Relations:
    """Follows what rules read, either way."""

    def __init__(self, context: CheckContext, stored: Neighbourhood, rule: Rule) -> None:
        self._context = context
        self._rule = rule
        self.stored = stored

    def readers(self, read: Read, type_id: str, edit: Edits) -> Uids | None:
        """Return the records of ``type_id`` that read an edited record, as it was or as it is."""
        found: Uids | None = Uids()
        match read:
            case Whole(keys=keys):
                untouched = bool(keys) and edit.fields is not None and edit.fields.isdisjoint(keys)
                found = Uids() if untouched else None
            case Present(type_id=other):
                found = Uids() if self.stored.any_but(other, edit.uids) is not None else None
            case Near():
                found = self.stored.near(type_id, _boxes(edit.versions), self._distance(read, type_id, edit.versions))
            case Linked(key=key, other=other_key):
                found = self.stored.linked(type_id, key, _values(edit.versions, other_key))
            case Same():
                found = self.stored.same(type_id, read, _keys(read, edit.versions))
            case Sources(several=several):
                untouched = edit.fields is not None and edit.fields.isdisjoint(_LAID)
                found = Uids() if untouched or not self._compares_files(type_id, several) else None
        return found

    def sources(self, read: Read, type_id: str, batch: Batch) -> Uids | None:
        """Return the records of ``type_id`` that the records of ``batch`` read."""
        found: Uids | None = Uids()
        match read:
            case Whole():
                found = None
            case Present():
                one = self.stored.any_but(type_id, Uids())
                found = Uids() if one is None else Uids([one])
            case Near():
                found = self.stored.near(type_id, _boxes(batch), self._distance(read, type_id, None))
            case Linked(key=key, other=other_key):
                found = self.stored.linked(type_id, other_key, _values(batch, key))
            case Same():
                found = self.stored.same(type_id, read, _keys(read, batch))
            case Sources():  # what the rule says of a record that it told before may hold for the next one now
                was_told = self.stored.has_findings(self._rule.id, type_id, Uids(batch.uids))
                found = None if was_told else Uids()
        return found

    def _compares_files(self, type_id: str, several: int) -> bool:
        """Whether there are, or were when something was found, files to hold against each other."""
        return self.stored.has_sources(type_id, several) or self.stored.has_findings(self._rule.id, type_id, None)

    def _distance(self, read: Near, own: str, versions: Batch | None) -> float:
        distance = _SLACK_M + (self._context.tolerance(read.tolerance) if read.tolerance else 0.0)
        if read.field is not None:
            stated = [] if versions is None else versions.numbers(read.field)
            greatest = self.stored.greatest(read.type_id or own, read.field)
            distance += max([greatest, *(number for number in stated if number is not None)])
        return distance


def _boxes(batch: Batch) -> list[Bounds]:
    bounds = batch.bounds
    return [tuple(row) for row in bounds[~np.isnan(bounds).any(axis=1)].tolist()]


def _values(batch: Batch, key: str) -> set[Any]:
    column = batch.uids if key == UID else batch.column(key)
    return {value for value in column if isinstance(value, str)}


def _keys(sort: Same, batch: Batch) -> set[Any]:
    return {key for key in sort.keys_of(batch) if key is not None}
