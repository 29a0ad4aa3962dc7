"""What is said of a package as a whole before it is sealed: the rules about packages, and the certificate in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version as installed_version

from core.errors import UserError
from forms.record import Actor
from localdb import waivers
from localdb.engine import Connection
from localdb.outbox import PendingChange
from localdb.tallies import fetch_figures
from services.checking import build_context, check_some
from services.desk import Desk
from validation.delivery import Delivery
from validation.engine import blocks, check_batch
from validation.own_tolerances import own_tolerances
from validation.rule import Finding, Moment, rule_pack_hash
from validation.waivers import Waiver
from wire.certificate import Certificate, SeverityName, ToldFigure
from wire.header import MOST_WAIVERS, WaivedFinding

FIGURES_DAYS = 92


@dataclass(frozen=True, slots=True)
class Certified:
    """The certificate of a package, the remarks on it as a whole, and the findings that a person has waived."""

    certificate: Certificate
    remarks: tuple[Finding, ...]
    waived: tuple[WaivedFinding, ...]


def certify(
    desk: Desk, connection: Connection, pending: Sequence[PendingChange], approver: Actor, now: str
) -> Certified:
    """Return what is said of a package that is about to be sealed.

    Raise ``UserError`` PACKAGE-BLOCKED when a finding that nobody has waived stands against an approved record,
    PACKAGE-WAIVERS when too many are waived, PACKAGE-UNFIT when a finding stands against the package.
    """
    standing = [change.record for change in pending if change.operation != "delete"]
    found = check_some(desk, connection, standing)
    given = waivers.fetch_waivers(connection, desk.catalogue)
    held = [finding for finding in found if given.blocks(finding)]
    if held:
        raise UserError("PACKAGE-BLOCKED", count=len({finding.uid for finding in held}), reason=held[0].text())
    waived = given.of(found)
    if len(waived) > MOST_WAIVERS:
        raise UserError("PACKAGE-WAIVERS", count=len(waived), most=MOST_WAIVERS)
    delivery = Delivery(
        open_errors=0,
        authors=tuple(dict.fromkeys(change.record.updated_by for change in pending if change.record.updated_by)),
        approver=approver.name,
    )
    remarks = check_batch(delivery.batch(), build_context(desk, connection), (Moment.PACKAGE,))
    for finding in remarks:
        if blocks(finding):
            raise UserError("PACKAGE-UNFIT", rule=finding.rule_id, reason=finding.text())
    own = own_tolerances(desk.catalogue)
    certificate = Certificate(
        program=installed_version("diaba"),
        catalogue_hash=desk.catalogue.hash,
        rule_pack_hash=rule_pack_hash(own, desk.catalogue.rules),
        tolerances=own,
        checked_at=now,
        checked=len(standing),
        findings=count_findings([finding for finding in found if finding.key not in waived]),
        waivers=len(waived),
        figures=_last_figures(connection, date.fromisoformat(desk.today())) or None,
    )
    told = tuple(_waived(item) for item in sorted(waived.values(), key=lambda item: (item.uid, item.key)))
    return Certified(certificate, tuple(remarks), told)


def _waived(waiver: Waiver) -> WaivedFinding:
    return WaivedFinding(
        key=waiver.key,
        rule_id=waiver.rule_id,
        type_id=waiver.type_id,
        uid=waiver.uid,
        revision=waiver.revisions[waiver.uid],
        field=waiver.field,
        reason=waiver.reason,
        person=waiver.person,
        at=waiver.at,
    )


def _last_figures(connection: Connection, today: date) -> dict[str, ToldFigure]:
    """Return the seven figures as they were last measured, by word; those of earlier quarters tell nothing."""
    kept = fetch_figures(connection, today - timedelta(days=FIGURES_DAYS))
    return {item.word: ToldFigure(day=item.day.isoformat(), good=item.good, total=item.total) for item in kept}


def count_findings(findings: Sequence[Finding]) -> dict[str, dict[SeverityName, int]]:
    """Return how many findings there are by rule and severity."""
    counted: dict[str, Counter[SeverityName]] = {}
    for finding in findings:
        counted.setdefault(finding.rule_id, Counter())[finding.severity.value] += 1
    return {rule_id: dict(counted[rule_id]) for rule_id in sorted(counted)}
