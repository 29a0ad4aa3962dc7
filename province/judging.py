"""Holds what a package says against the rules, as they stand at the province today."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import shapely

from core.clock import local_date
from core.errors import UserError
from core.messages import LANGUAGES
from forms.administration import Commune
from forms.model import RecordType
from forms.secrecy import find_secret_fields
from geodesy.systems import epsg_system
from province.boundaries import Outlines, fetch_boundaries
from province.deciding import Decision
from province.gateway import Gateway
from province.holdings import Holdings, build_batch
from validation.batch import Batch
from validation.context import CheckContext, HeldContent
from validation.delivery import Delivery
from validation.engine import blocks, check_batch, may_waive
from validation.finding import Finding
from validation.rule import Moment
from validation.waivers import is_reason
from wire.header import WaivedFinding
from wire.receipt import CountedWaiver
from wire.spelling import Spellings

SECRET, NO_PARENT = "SEC-01", "REFERENCE-UNKNOWN"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a record is not taken: the rule, the field, and the facts for its words."""

    code: str
    field: str | None
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Judge:
    """Judges the decisions of one package; sees the commune as it would be if all of them came true.

    ``files`` are the sizes of those that travel in the package, by hash; ``waivers`` what its sender lets stand, by the
    key of the finding; ``spellings`` knows the contents. A waiver counts only for a rule that may be waived by the
    rules in use here.
    """

    gateway: Gateway
    holdings: Holdings
    commune: Commune
    files: Mapping[str, int] = field(default_factory=dict)
    waivers: Mapping[str, WaivedFinding] = field(default_factory=dict)
    spellings: Spellings = field(default_factory=Spellings)

    def judge(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Return the decisions, with those the rules do not let pass turned to rejections.

        What each side says may be in order while both together are not: a merge that fails is a conflict for a person.
        """
        counted: dict[str, list[CountedWaiver]] = {}
        verdicts = self._verdicts([decision for decision in decisions if decision.is_upsert], decisions, counted)
        judged = [_apply(decision, verdicts.get(decision.change.uid)) for decision in decisions]
        if counted:
            judged = [replace(decision, waived=_told(counted, decision)) for decision in judged]
        return self._reject_orphans(judged)

    def refuse_unfit(self, delivery: Delivery) -> None:
        """Raise ``UserError`` PACKAGE-RULE when a rule finds an error in the package as a whole."""
        for finding in check_batch(delivery.batch(), self._context(), (Moment.PACKAGE,), errors_only=True):
            if blocks(finding):
                reason: dict[str, str] = {language: finding.text(language) for language in LANGUAGES}
                raise UserError("PACKAGE-RULE", rule=finding.rule_id, reason=reason)

    def _verdicts(
        self,
        candidates: Sequence[Decision],
        decisions: Sequence[Decision],
        counted: dict[str, list[CountedWaiver]],
    ) -> dict[str, Verdict]:
        by_type: dict[str, list[Decision]] = {}
        for decision in candidates:
            by_type.setdefault(decision.change.type_id, []).append(decision)
        coming = {type_id: self._batch(type_id, rows) for type_id, rows in by_type.items()}
        context = self._context({decision.change.uid for decision in decisions if decision.stores}, coming)
        found: dict[str, Verdict] = {}
        for type_id, rows in by_type.items():
            own = self._own_verdicts(self.gateway.catalogue.type(type_id), rows)
            found |= {**self._rule_verdicts(coming[type_id], rows, context, counted), **own}
        return found

    def _batch(self, type_id: str, rows: Sequence[Decision]) -> Batch:
        told = [(row.change.uid, row.change.revision, row.content or {}) for row in rows]
        return build_batch(self.gateway.catalogue.type(type_id), told, self.spellings)

    def _own_verdicts(self, record_type: RecordType, rows: Sequence[Decision]) -> dict[str, Verdict]:
        """Return what is refused before any rule is asked: state secrets."""
        secrets = find_secret_fields(record_type, [row.content or {} for row in rows])
        return {
            rows[place].change.uid: Verdict(SECRET, key, {"stamp": stamp}) for place, (key, stamp) in secrets.items()
        }

    def _rule_verdicts(
        self,
        batch: Batch,
        rows: Sequence[Decision],
        context: CheckContext,
        counted: dict[str, list[CountedWaiver]],
    ) -> dict[str, Verdict]:
        """Return why records are not taken, and note in ``counted`` the waivers that let others pass."""
        found: dict[str, list[Finding]] = {}
        merged = {row.change.uid for row in rows if row.result == "merged"}
        for finding in check_batch(batch, context, (Moment.PROVINCE,), errors_only=True):
            if not blocks(finding):
                continue
            if finding.uid not in merged and self._is_waived(finding):
                told = CountedWaiver(key=finding.key, rule_id=finding.rule_id)
                counted.setdefault(finding.uid, []).append(told)
            else:
                found.setdefault(finding.uid, []).append(finding)
        return {uid: _verdict(findings) for uid, findings in found.items()}

    def _is_waived(self, finding: Finding) -> bool:
        """Whether the sender's waiver counts: of this finding, in the revision that it sent, where one is allowed."""
        waiver = self.waivers.get(finding.key)
        return (
            waiver is not None
            and (waiver.uid, waiver.rule_id, waiver.type_id) == (finding.uid, finding.rule_id, finding.type_id)
            and waiver.revision == finding.revision
            and is_reason(waiver.reason)
            and may_waive(finding, self.gateway.catalogue)
        )

    @cached_property
    def _outlines(self) -> tuple[shapely.Geometry | None, Outlines]:
        return fetch_boundaries(self.holdings.connection, self.commune.code, self.commune.epsg)

    def _context(
        self, storing: Collection[str] = (), coming: Mapping[str, Batch] = MappingProxyType({})
    ) -> CheckContext:
        """Return the commune as it would be: what it holds but for those ``storing``, and behind it what is coming."""
        boundary, neighbours = self._outlines

        def fetch(type_id: str) -> Batch:
            held = self.holdings.batch(self.gateway.catalogue.type(type_id), storing)
            new = coming.get(type_id)
            return held if new is None else held.followed_by(new) if len(held) else new

        return CheckContext(
            catalogue=self.gateway.catalogue,
            commune=self.commune,
            system=epsg_system(self.commune.epsg),
            boundary=boundary,
            neighbours=neighbours,
            today=local_date(self.gateway.settings.clock()),
            tolerances=self.gateway.tolerances,
            batches=fetch,
            contents=self._held,
        )

    def _held(self, hashes: Collection[str]) -> dict[str, HeldContent]:
        """Return which files the province has or would have; the bytes of each were hashed when they came."""
        known = {**self.holdings.contents(hashes), **self.files}
        return {sha256: HeldContent(known[sha256], "whole") for sha256 in hashes if sha256 in known}

    def _reject_orphans(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Return the decisions with a record rejected that refers to one the province will not have, and so on down."""
        judged = list(decisions)
        while True:
            coming = {decision.change.uid for decision in judged if decision.is_upsert}
            going = {decision.change.uid for decision in judged if decision.stores and decision.content is None}
            said = ((decision.change.uid, self.references(decision)) for decision in judged if decision.is_upsert)
            pointing = {child: references for child, references in said if references}
            wanted = {uid for references in pointing.values() for _, uid in references}
            there = (self.holdings.living(wanted - coming) | coming) - going
            orphans = {
                child: Verdict(NO_PARENT, key, {"uid": uid})
                for child, references in pointing.items()
                for key, uid in references
                if uid not in there
            }
            if not orphans:
                return judged
            judged = [_apply(decision, orphans.get(decision.change.uid)) for decision in judged]

    def references(self, decision: Decision) -> list[tuple[str, str]]:
        """Return field and uid of every record that a decision's record refers to."""
        keys = self.gateway.catalogue.type(decision.change.type_id).keys_of("reference")
        content = decision.content or (decision.current.content if decision.current else None) or {}
        return [(key, str(content[key])) for key in keys if content.get(key)]


def _apply(decision: Decision, verdict: Verdict | None) -> Decision:
    if verdict is None or not decision.is_upsert:
        return decision
    return replace(
        decision,
        result="conflict" if decision.result == "merged" else "rejected",
        content=None,
        stores=False,
        notes=False,
        revision=decision.current.revision if decision.current else None,
        code=verdict.code,
        field=verdict.field,
        context=verdict.context,
    )


def _told(counted: Mapping[str, Sequence[CountedWaiver]], decision: Decision) -> tuple[CountedWaiver, ...]:
    return tuple(sorted(counted.get(decision.change.uid, ()), key=lambda item: (item.rule_id, item.key)))


def _verdict(findings: Sequence[Finding]) -> Verdict:
    """Return the first finding as the reason, and all of them as its facts."""
    plain = [finding.as_dict() for finding in findings]
    for item in plain:
        del item["text"]
    return Verdict(findings[0].rule_id, findings[0].field, {"findings": plain})
