"""What one change means for what the province holds; pure, so that every case has a test without a database."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.content import Content, content_hash
from forms.model import RecordType
from wire.changes import RecordChange
from wire.merge import merge_record, same_content
from wire.receipt import CountedWaiver, Outcome, Result

UNKNOWN_BASE, DELETED, FIELD, SUPERSEDED = "MERGE-BASE-UNKNOWN", "MERGE-DELETED", "MERGE-FIELD", "SUPERSEDED"
OTHER_TYPE = "TYPE-DIFFERS"


@dataclass(frozen=True, slots=True)
class Version:
    """A record at one of the province's revisions; no content and no hash when it was deleted there."""

    revision: int
    content: Content | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A change this device sent earlier and the province took.

    ``content`` and its ``hash`` are as the device said it, before any merge; no content where the province's
    ``revision`` says the same, and none of either when the device deleted the record.
    """

    change_id: str
    device_revision: int
    revision: int
    content: Content | None
    hash: str | None


@dataclass(slots=True)  # not frozen, as with RecordChange
class Known:
    """What the province knows of one record when a device says something about it."""

    type_id: str | None
    current: Version | None
    taken: Sequence[Taken]
    find_version: Callable[[int | None, str | None], Version | None]


@dataclass(slots=True)  # not frozen, as with RecordChange
class Decision:
    """What is to happen with one change.

    ``stores`` when the record gets a new revision with ``content``; ``notes`` when the change is to be known again.
    """

    change: RecordChange
    change_id: str
    result: Result
    current: Version | None
    content: Content | None = None
    stores: bool = False
    notes: bool = False
    revision: int | None = None
    code: str | None = None
    field: str | None = None
    context: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    waived: tuple[CountedWaiver, ...] = ()

    @property
    def is_upsert(self) -> bool:
        """Whether a content is to be stored, as against a deletion or nothing."""
        return self.stores and self.content is not None

    def outcome(self) -> Outcome:
        """Return the line of the receipt."""
        shows_theirs = self.result in ("merged", "conflict")
        theirs = self.content if self.result == "merged" else self.current.content if self.current else None
        return Outcome(
            uid=self.change.uid,
            type_id=self.change.type_id,
            revision=self.change.revision,
            result=self.result,
            base_revision=self.revision,
            code=self.code,
            field=self.field,
            context=dict(self.context),
            theirs=theirs if shows_theirs else None,
            waived=self.waived,
        )


def decide(change: RecordChange, change_id: str, known: Known, record_type: RecordType) -> Decision:
    """Return what a change means: new, told before, overtaken, merged with what others did, or in conflict with it."""
    for taken in known.taken:
        if taken.change_id == change_id:
            return Decision(change, change_id, "duplicate", known.current, revision=taken.revision)
    own = max(known.taken, key=lambda taken: (taken.revision, taken.device_revision), default=None)
    if own is not None and own.device_revision > change.revision and own.revision > (change.base_revision or 0):
        return Decision(change, change_id, "duplicate", known.current, revision=own.revision, code=SUPERSEDED)
    if known.current is None:
        return Decision(change, change_id, "applied", None, content=change.content, stores=True, notes=True, revision=1)
    if known.type_id != change.type_id:
        facts = {"type": change.type_id, "held": known.type_id}
        revision = known.current.revision
        return Decision(change, change_id, "rejected", known.current, revision=revision, code=OTHER_TYPE, context=facts)
    return _combine(change, change_id, known.current, _find_base(change, own, known), record_type)


def _find_base(change: RecordChange, own: Taken | None, known: Known) -> Version | None:
    """Return the content on which the device built, or ``None`` when the province cannot know it.

    A device that sent a second change before it heard of the first built on its own first one.
    """
    if own is not None and own.revision > (change.base_revision or 0):
        is_kept_elsewhere = own.content is None and own.hash is not None
        return known.find_version(own.revision, own.hash) if is_kept_elsewhere else _said(own)
    current = known.current
    if current is not None and (current.revision, current.hash) == (change.base_revision, change.before_hash):
        return current
    return known.find_version(change.base_revision, change.before_hash)


def _said(taken: Taken) -> Version:
    """Return a change as a version of the record; what was taken long ago was noted without its hash."""
    content = taken.content
    return Version(taken.revision, content, taken.hash or (None if content is None else content_hash(content)))


def _combine(
    change: RecordChange, change_id: str, current: Version, base: Version | None, record_type: RecordType
) -> Decision:
    ours = _complete(change.content, base.content if base else None)
    follows = base is not None and (base.revision, base.hash) == (current.revision, current.hash)
    if _is_same(ours, current.content):
        return Decision(change, change_id, "duplicate", current, notes=True, revision=current.revision)
    if follows:
        return _store(change, change_id, "applied", current, ours)
    merged = merge_record(record_type, base.content if base else None, ours, current.content)
    if merged.conflicts:
        first = merged.conflicts[0].field
        code = DELETED if first is None else FIELD if base else UNKNOWN_BASE
        names = [conflict.field for conflict in merged.conflicts if conflict.field is not None]
        context = {"fields": names}
        return Decision(
            change, change_id, "conflict", current, revision=current.revision, code=code, field=first, context=context
        )
    if _is_same(merged.values, current.content):
        return Decision(change, change_id, "duplicate", current, notes=True, revision=current.revision)
    result: Result = "applied" if _is_same(merged.values, ours) else "merged"
    return _store(change, change_id, result, current, merged.values)


def _store(change: RecordChange, change_id: str, result: Result, current: Version, content: Content | None) -> Decision:
    return Decision(
        change, change_id, result, current, content=content, stores=True, notes=True, revision=current.revision + 1
    )


def _complete(content: Content | None, base: Content | None) -> Content | None:
    """Return a content with the fields its sender does not know as they were: not knowing is not emptying."""
    return None if content is None else {**(base or {}), **content}


def _is_same(first: Content | None, second: Content | None) -> bool:
    if first is None or second is None:
        return first is second
    return same_content(first, second)
