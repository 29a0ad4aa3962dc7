"""Letting a finding stand with a reason, which the audit keeps and the package carries; and taking that back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.messages import current_language
from core.text import clean_text
from forms.secrecy import find_stamp
from localdb import records, waivers
from localdb.engine import Connection
from localdb.unit_of_work import Changed
from services.checking import check_some
from services.desk import Desk
from services.reading import fetch_record
from validation.engine import may_waive, rules_by_id
from validation.finding import Finding
from validation.waivers import LONGEST_REASON, SHORTEST_REASON, Waiver, Waivers, is_reason, why_never


@dataclass(frozen=True, slots=True)
class ListedWaiver:
    """A waiver, and whether it stands: it has lapsed once a record that it speaks of has other content."""

    waiver: Waiver
    stands: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {**self.waiver.as_dict(), "stands": self.stands}


def fetch_waivers(desk: Desk) -> Waivers:
    """Return the waivers of a workspace, those that stand and those that have lapsed."""
    with desk.reading() as connection:
        return waivers.fetch_waivers(connection, desk.catalogue)


def list_waivers(desk: Desk) -> list[ListedWaiver]:
    """Return every waiver, by record."""
    found = fetch_waivers(desk)
    listed = [ListedWaiver(item, True) for item in found.standing.values()]
    listed += [ListedWaiver(item, False) for item in found.lapsed.values()]
    return sorted(listed, key=lambda item: (item.waiver.uid, item.waiver.rule_id, item.waiver.key))


def why_not_waivable(desk: Desk, finding: Finding) -> str | None:
    """Return in the reader's language why nobody may waive a finding, ``None`` when a person may."""
    if may_waive(finding, desk.catalogue):
        return None
    reason = why_never(finding.rule_id)
    return reason[current_language()] if reason else ""


def waive_findings(desk: Desk, findings: Sequence[Finding], reason: str) -> Changed:
    """Let findings stand for this ``reason``, all of them in one step that undo takes back.

    Each is looked for again in the transaction, so that nothing is waived which is not there. Raise ``UserError``
    WAIVER-NEVER for a rule that nobody may waive, WAIVER-REASON for one that says too little or too much,
    WAIVER-SECRET, and WAIVER-NO-FINDING when a finding does not stand any more, or not in this revision.
    """
    said = _expect_reason(reason)
    for finding in findings:
        if not may_waive(finding, desk.catalogue):
            words = why_never(finding.rule_id) or {"vi": "", "en": ""}
            raise UserError("WAIVER-NEVER", rule=finding.rule_id, reason=words)
    label = "WORK-WAIVE"
    with desk.work(label, rule=", ".join(dict.fromkeys(finding.rule_id for finding in findings))) as work:
        now = _findings_now(desk, work.connection, [finding.uid for finding in findings])
        for finding in findings:
            found = now.get(finding.key)
            if found is None or found.revision != finding.revision:
                raise UserError("WAIVER-NO-FINDING", rule=finding.rule_id, uid=finding.uid)
            waiver = _waiver(desk, work.connection, found, said)
            work.set_waiver(desk.catalogue.type(found.type_id), found.uid, found.key, waiver)
    return work.changed


def waive_rule(
    desk: Desk, uid: str, rule_id: str, reason: str, *, field: str | None = None, key: str | None = None
) -> Changed:
    """Let what a rule finds in one record stand: all of it, what is in one ``field``, or the finding with a ``key``.

    Raise ``UserError`` RULE-UNKNOWN, RECORD-UNKNOWN, and what ``waive_findings`` raises.
    """
    if rule_id not in rules_by_id(desk.catalogue):
        raise UserError("RULE-UNKNOWN", rule=rule_id)
    record = fetch_record(desk, uid)
    with desk.reading() as connection:
        found = check_some(desk, connection, [record])
    chosen = [item for item in found if item.rule_id == rule_id and field in (None, item.field)]
    chosen = [item for item in chosen if key in (None, item.key)]
    if not chosen:
        raise UserError("WAIVER-NO-FINDING", rule=rule_id, uid=uid)
    return waive_findings(desk, chosen, reason)


def renew_waiver(desk: Desk, finding: Finding) -> Changed:
    """Waive a finding again for the reason that was given before the content changed; raise WAIVER-NONE without one."""
    lapsed = fetch_waivers(desk).find_lapsed(finding)
    if lapsed is None:
        raise UserError("WAIVER-NONE", rule=finding.rule_id, uid=finding.uid)
    return waive_findings(desk, [finding], lapsed.reason)


def withdraw_waiver(desk: Desk, finding: Finding) -> Changed:
    """Take the waiver of one finding back, standing or lapsed; raise ``UserError`` WAIVER-NONE without one."""
    return _withdraw(desk, finding.rule_id, finding.uid, lambda waiver: waiver.key == finding.key)


def withdraw_waivers(
    desk: Desk, uid: str, rule_id: str, *, field: str | None = None, key: str | None = None
) -> Changed:
    """Take the waivers of one rule at one record back, of one ``field`` or of the one finding with a ``key``.

    Raise ``UserError`` WAIVER-NONE when there are none.
    """

    def is_meant(waiver: Waiver) -> bool:
        is_of = waiver.uid == uid and waiver.rule_id == rule_id
        return is_of and field in (None, waiver.field) and key in (None, waiver.key)

    return _withdraw(desk, rule_id, uid, is_meant)


def _withdraw(desk: Desk, rule_id: str, uid: str, is_meant: Callable[[Waiver], bool]) -> Changed:
    chosen = [item.waiver for item in list_waivers(desk) if is_meant(item.waiver)]
    if not chosen:
        raise UserError("WAIVER-NONE", rule=rule_id, uid=uid)
    with desk.work("WORK-WAIVER-WITHDRAW", rule=rule_id) as work:
        for waiver in chosen:
            work.set_waiver(desk.catalogue.type(waiver.type_id), waiver.uid, waiver.key, None)
    return work.changed


def _expect_reason(reason: str) -> str:
    if not is_reason(reason):
        raise UserError("WAIVER-REASON", shortest=SHORTEST_REASON, longest=LONGEST_REASON)
    if stamp := find_stamp(reason):
        raise UserError("WAIVER-SECRET", stamp=stamp)
    return clean_text(reason)


def _findings_now(desk: Desk, connection: Connection, uids: Sequence[str]) -> dict[str, Finding]:
    groups = records.group_by_type(connection, desk.catalogue, uids)
    chosen = [record for kind, own in groups for record in records.fetch_records(connection, kind, own)]
    return {finding.key: finding for finding in check_some(desk, connection, chosen)}


def _waiver(desk: Desk, connection: Connection, finding: Finding, reason: str) -> Waiver:
    revisions: dict[str, int] = {}
    for kind, own in records.group_by_type(connection, desk.catalogue, [finding.uid, *finding.others]):
        revisions.update(records.fetch_revisions(connection, kind, own))
    return Waiver(
        key=finding.key,
        rule_id=finding.rule_id,
        type_id=finding.type_id,
        uid=finding.uid,
        field=finding.field,
        revisions=revisions,
        reason=reason,
        person=desk.actor.name,
        at=desk.now(),
    )
