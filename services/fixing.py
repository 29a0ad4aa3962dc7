"""Putting findings right: what can be done about one, what that changes, and doing it, to one or to all of a kind."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

import services.fix_texts  # noqa: F401 (it adds its fix to the others)
from core.errors import UserError
from core.messages import LANGUAGES, Language, current_language, load_messages, render, render_label
from core.progress import SILENT, Progress
from forms.record import Record
from localdb import records
from localdb.engine import Connection
from localdb.likeness import uids_alike
from localdb.unit_of_work import Changed
from services.borders import LOCKED
from services.checking import NEAR_M, build_context, remembered
from services.desk import Desk
from services.fix_writing import write_offer
from validation.batch import Batch
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.fix import FIXES, fixes_of, may_be_fixed
from validation.fixes.proving import Offer, find_offers, is_there
from validation.wording import worded

__all__ = [
    "FIXES",
    "FixAccount",
    "OfferedFix",
    "SkipReason",
    "Skipped",
    "apply_all",
    "apply_fix",
    "fix_name",
    "fixes_for",
    "fixes_of",
    "may_be_fixed",
]

SkipReason = Literal["stale", "settled", "nothing", "choice", "locked"]


@dataclass(frozen=True, slots=True)
class OfferedFix:
    """One way to put a finding right that has been tried out: it removes the finding and brings no new error."""

    finding: Finding
    offer: Offer

    @property
    def kind(self) -> str:
        """The kind of fix, as ``apply_all`` takes it."""
        return self.offer.fix.kind

    @property
    def option(self) -> str:
        """Which of several ways of this kind it is."""
        return self.offer.proposed.option

    @property
    def is_certain(self) -> bool:
        """Whether it is beyond doubt, so that it may be done to many findings without a look at each."""
        return self.offer.proposed.is_certain

    @property
    def general_option(self) -> str | None:
        """The option as it also stands for other findings, ``None`` where it names a record of this one."""
        named = {self.finding.uid, *self.finding.others, *(record.uid for record in self.offer.before)}
        return None if self.option in named or len(self.option) > 30 else self.option

    @property
    def old_shapes(self) -> Mapping[str, BaseGeometry]:
        """The shapes by uid that change or go, as they are."""
        return {
            record.uid: record.geometry
            for record in self.offer.before
            if record.geometry is not None and not _keeps_shape(record, self.offer.after[record.uid])
        }

    @property
    def new_shapes(self) -> Mapping[str, tuple[BaseGeometry, ...]]:
        """The shapes by uid as they would be; several of a record that is split."""
        return {
            record.uid: tuple(each.geometry for each in self.offer.after[record.uid] if each.geometry is not None)
            for record in self.offer.before
            if not _keeps_shape(record, self.offer.after[record.uid])
        }

    def title(self, language: Language | None = None) -> str:
        """Return what is done, in words."""
        return _title(self.offer, language)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A finding that was passed over, and why."""

    finding: Finding
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class FixAccount:
    """What a fix of many findings did: ``changed`` is ``None`` when nothing was."""

    changed: Changed | None
    done: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]

    def counts(self) -> dict[str, int]:
        """Return how many were done, and how many passed over for each reason."""
        found = {"done": len(self.done)}
        for item in self.skipped:
            found[item.reason] = found.get(item.reason, 0) + 1
        return found


def fix_name(kind: str) -> dict[Language, str]:
    """Return what a kind of fix is called, in every language."""
    return {language: render(FIXES[kind].code, {}, language) for language in LANGUAGES}


def fixes_for(desk: Desk, finding: Finding, *, kinds: Collection[str] | None = None) -> list[OfferedFix]:
    """Return every fix that works on a finding, the best first; empty when only a person can help. Nothing is written.

    Raise ``UserError`` FIX-STALE when the record has been changed since the finding was found, FIX-SETTLED when it is
    there no more, RECORD-UNKNOWN, RECORD-CANCELLED.
    """
    with desk.reading() as connection:
        surroundings = _Surroundings(desk, connection)
        record = _fetch_own(desk, connection, finding)
        if record is None:
            raise UserError("RECORD-UNKNOWN", uid=finding.uid)
        record_type = desk.catalogue.type(record.type_id)
        if record.state in LOCKED:
            raise UserError("RECORD-CANCELLED", type=record_type.title)
        if record.revision != finding.revision:
            raise UserError("FIX-STALE", rule=finding.rule_id)
        context = surroundings.around(finding, record)
        offers = [OfferedFix(finding, offer) for offer in find_offers(finding, context, kinds) if _may(desk, offer)]
        if not offers and not is_there(finding, context):
            raise UserError("FIX-SETTLED", rule=finding.rule_id)
        return offers


def apply_fix(desk: Desk, offered: OfferedFix) -> Changed:
    """Do what was offered, in one step that one undo takes back; its label names the fix.

    Raise ``UserError`` STORE-STALE when one of the records has been changed since, and what the store refuses.
    """
    name = {language: offered.title(language) for language in LANGUAGES}
    with desk.work("WORK-FIX", rule=offered.finding.rule_id, fix=name) as work:
        write_offer(desk, work, offered.offer)
    return replace(work.changed, label=render_label(work.changed.label))


def apply_all(
    desk: Desk,
    kind: str | None,
    findings: Sequence[Finding],
    *,
    option: str | None = None,
    progress: Progress = SILENT,
) -> FixAccount:
    """Do one kind of fix, or with ``None`` any, to many findings, in one step that one undo takes back.

    Each is tried out on what those before it have left. Without an ``option`` only what is beyond doubt is done; with
    one, that way of the fix everywhere. What does not fit any more is passed over and told with its reason.
    """
    name = fix_name(kind) if kind else {language: render("FIX-ANY", {}, language) for language in LANGUAGES}
    done: list[Finding] = []
    skipped: list[Skipped] = []
    with desk.work("WORK-FIX-MANY", fix=name) as work:
        surroundings = _Surroundings(desk, work.connection)
        touched: set[str] = set()
        for number, finding in enumerate(findings):
            progress.step(number, len(findings))
            found = _choose(surroundings, finding, kind, option, touched)
            if not isinstance(found, Offer):
                skipped.append(Skipped(finding, found))
                continue
            before = set(work.changed.records)
            write_offer(desk, work, found)
            done.append(finding)
            touched.update(record.uid for record in found.before)
            touched.update(uid for _, uid in work.changed.records - before)
        progress.step(len(findings), len(findings))
    changed = replace(work.changed, label=render_label(work.changed.label)) if done else None
    return FixAccount(changed, tuple(done), tuple(skipped))


def _choose(
    surroundings: "_Surroundings", finding: Finding, kind: str | None, option: str | None, touched: Collection[str]
) -> Offer | SkipReason:
    """Return what to do about one finding among many, or why nothing is done."""
    desk = surroundings.desk
    record = _fetch_own(desk, surroundings.connection, finding)
    if record is None:
        return "settled" if finding.uid in touched else "stale"
    if record.state in LOCKED or desk.catalogue.type(record.type_id).append_only:
        return "locked"
    if record.revision != finding.revision and record.uid not in touched:
        return "stale"
    context = surroundings.around(finding, record)
    seen: SkipReason = "nothing"
    for offer in find_offers(finding, context, None if kind is None else (kind,)):
        if not _may(desk, offer):
            seen = "locked"
        elif offer.proposed.is_certain if option is None else offer.proposed.option == option:
            return offer
        else:
            seen = "choice"
    return seen if seen != "nothing" or is_there(finding, context) else "settled"


def _may(desk: Desk, offer: Offer) -> bool:
    """Whether every record of an offer may be changed by hand."""
    return not any(record.state in LOCKED or desk.catalogue.type(record.type_id).append_only for record in offer.before)


def _fetch_own(desk: Desk, connection: Connection, finding: Finding) -> Record | None:
    found = records.fetch_records(connection, desk.catalogue.type(finding.type_id), [finding.uid])
    return found[0] if found else None


class _Surroundings:
    """What rules and fixes may know about a finding's record: all that lies near it, and all that it is compared to."""

    def __init__(self, desk: Desk, connection: Connection) -> None:
        self.desk = desk
        self.connection = connection
        self._context = build_context(desk, connection)

    def around(self, finding: Finding, record: Record) -> CheckContext:
        """Return the surroundings of one finding, read anew: the store may have changed since the last one."""
        others = list(_fetch_others(self.desk, self.connection, finding.others))
        boxes = [
            _box(shape) for each in (record, *others) if (shape := each.geometry) is not None and not shape.is_empty
        ]

        def fetch(type_id: str) -> Batch:
            record_type = self.desk.catalogue.type(type_id)
            if not record_type.geometry or not boxes:
                return records.fetch_batch(self.connection, record_type)
            uids = {uid for box in boxes for uid in records.fetch_within(self.connection, record_type, box)}
            uids |= {each.uid for each in (record, *others) if each.type_id == type_id}
            if type_id == record.type_id:
                number = self.desk.workspace.type_numbers[type_id]
                uids.update(uids_alike(self.connection, record_type, number, record.values))
            return records.fetch_batch(self.connection, record_type, sorted(uids))

        return replace(self._context, batches=remembered(fetch), kept={})


def _box(shape: BaseGeometry) -> records.Bounds:
    west, south, east, north = shape.bounds
    return west - NEAR_M, south - NEAR_M, east + NEAR_M, north + NEAR_M


def _fetch_others(desk: Desk, connection: Connection, uids: Iterable[str]) -> Iterator[Record]:
    left = set(uids)
    for record_type in desk.catalogue.types.values():
        if not left:
            return
        for record in records.fetch_records(connection, record_type, left):
            left.discard(record.uid)
            yield record


def _keeps_shape(record: Record, after: Sequence[Record]) -> bool:
    return len(after) == 1 and after[0].geometry is record.geometry


def _title(offer: Offer, language: Language | None) -> str:
    facts: dict[str, Any] = dict(offer.proposed.facts)
    code = f"{offer.fix.code}.how"
    if offer.proposed.option and f"{code}.{offer.proposed.option}" in load_messages():
        code = f"{code}.{offer.proposed.option}"
    if code not in load_messages():
        return render(offer.fix.code, {}, language)
    chosen = language or current_language()
    return render(code, worded(facts, chosen), chosen)
