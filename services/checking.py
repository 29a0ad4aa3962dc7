"""Running the rules: over a record as it is typed, over a workspace before anything is approved."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.progress import Progress
from forms.model import RecordType
from forms.record import Record
from localdb import boundary, contents, records, waivers
from localdb.engine import Connection
from localdb.likeness import uids_alike
from services.desk import Desk
from services.reading import fetch_adjoining
from validation.batch import Batch
from validation.context import CheckContext, HeldContent
from validation.engine import check_all, check_batch
from validation.engine import check_record as apply_rules
from validation.measures import Completeness, completeness
from validation.own_tolerances import own_tolerances
from validation.rule import Finding, Severity, rule_pack_hash
from validation.waivers import NO_WAIVERS, Waivers

NEAR_M = 50.0
MANY = 2_000
LEAN = 200_000  # records of a type of which not everything is held in memory


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What one run found, which of it a person has waived, and how full the records are ("đủ").

    ``run`` names what the store holds when this is it, empty when it is not kept there.
    """

    checked: int
    findings: tuple[Finding, ...]
    completeness: Mapping[str, Completeness]
    rule_pack: str
    waivers: Waivers = NO_WAIVERS
    run: str = ""

    @property
    def blocks_package(self) -> bool:
        """Whether some record may not be sent as it stands."""
        return any(self.waivers.blocks(finding) for finding in self.findings)

    def count(self, severity: Severity) -> int:
        """How many findings there are of one severity that nobody has waived."""
        found = [finding for finding in self.findings if finding.severity is severity]
        return len(found) - len(self.waivers.of(found))

    @property
    def waived(self) -> int:
        """How many findings stand with a reason."""
        return len(self.waivers.of(self.findings))

    def summary(self) -> dict[str, int]:
        """Return how many records were checked, and the findings by severity."""
        return {
            "checked": self.checked,
            **{str(severity): self.count(severity) for severity in Severity},
            "waived": self.waived,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            **self.summary(),
            "blocks": self.blocks_package,
            "rule_pack": self.rule_pack,
            "completeness": {type_id: share.as_dict() for type_id, share in self.completeness.items()},
            "findings": [self._plain(finding) for finding in self.findings],
        }

    def _plain(self, finding: Finding) -> dict[str, Any]:
        waiver = self.waivers.find(finding)
        return {**finding.as_dict(), "waived": None if waiver is None else waiver.reason}


def build_context(
    desk: Desk, connection: Connection, near: BaseGeometry | None = None, *, around: Record | None = None
) -> CheckContext:
    """Return what the rules may know, read through ``connection``; each type's records are read at most once.

    With ``near``, only the records whose boxes lie within ``NEAR_M`` of that geometry's are read. ``around`` is the one
    record that is checked: of its own type those near it and those that may be the same object are enough, unless the
    type has few records and no geometry.
    """

    def fetch(type_id: str) -> Batch:
        record_type = desk.catalogue.type(type_id)
        if around is not None and type_id == around.type_id and _is_long(connection, record_type):
            alike = uids_alike(connection, record_type, desk.workspace.type_numbers[type_id], around.values)
            return records.fetch_batch(connection, record_type, [*alike, *_uids_near(connection, record_type, near)])
        if near is None or not record_type.geometry:
            return records.fetch_batch(connection, record_type, lean=records.count_all(connection, record_type) > LEAN)
        return records.fetch_batch(connection, record_type, _uids_near(connection, record_type, near))

    return CheckContext(
        catalogue=desk.catalogue,
        commune=desk.commune,
        system=desk.system,
        boundary=boundary.fetch_boundary(connection, desk.commune.code),
        neighbours=fetch_adjoining(connection, desk.commune.code),
        today=date.fromisoformat(desk.today()),
        tolerances=own_tolerances(desk.catalogue),
        batches=remembered(fetch),
        contents=lambda hashes: _held(connection, hashes),
    )


def _is_long(connection: Connection, record_type: RecordType) -> bool:
    """Whether a type's records are too many to be read for one record that is being typed."""
    return bool(record_type.geometry) or records.count_all(connection, record_type) > MANY


def _uids_near(connection: Connection, record_type: RecordType, near: BaseGeometry | None) -> list[str]:
    if near is None or not record_type.geometry:
        return []
    west, south, east, north = near.bounds
    box = (west - NEAR_M, south - NEAR_M, east + NEAR_M, north + NEAR_M)
    return records.fetch_within(connection, record_type, box)


def _held(connection: Connection, hashes: Collection[str]) -> dict[str, HeldContent]:
    """Return the files that the store holds, whole or damaged, and those that only the province has."""
    found = contents.content_states(connection, hashes) if hashes else {}
    pictures = contents.picture_states(connection, found) if found else {}
    told: dict[str, HeldContent] = {}
    for sha256, state in found.items():
        if state.is_here:
            seen = pictures.get(sha256, (None, False))
            told[sha256] = HeldContent(state.bytes, "damaged" if state.is_damaged else "whole", *seen)
        elif state.province_at is not None:
            told[sha256] = HeldContent(state.bytes, "elsewhere")
    return told


def remembered(fetch: Callable[[str], Batch]) -> Callable[[str], Batch]:
    """Return a source of batches that asks ``fetch`` once for each type."""
    known: dict[str, Batch] = {}

    def batch_of(type_id: str) -> Batch:
        if type_id not in known:
            known[type_id] = fetch(type_id)
        return known[type_id]

    return batch_of


def check_record(desk: Desk, record: Record) -> list[Finding]:
    """Return what every rule finds in one record among its neighbours; the record need not be stored yet."""
    with desk.reading() as connection:
        return apply_rules(record, build_context(desk, connection, near=record.geometry, around=record))


def check_values(
    desk: Desk, type_id: str, values: Mapping[str, Any], geometry: BaseGeometry | None, *, uid: str = ""
) -> list[Finding]:
    """Return what the rules find in a record as it is being typed."""
    return check_record(desk, Record(uid=uid, type_id=type_id, values=values, geometry=geometry))


def run_checks(
    desk: Desk, connection: Connection, type_ids: Sequence[str], progress: Progress
) -> tuple[CheckReport, list[Batch]]:
    """Run every rule over some record types as ``connection`` sees them; nothing is written."""
    context = build_context(desk, connection)
    findings = check_all(type_ids, context, progress)
    batches = [context.batches(type_id) for type_id in type_ids]
    report = CheckReport(
        checked=sum(len(batch) for batch in batches),
        findings=tuple(findings),
        completeness={batch.type.id: completeness(batch) for batch in batches if len(batch)},
        rule_pack=rule_pack_hash(own_tolerances(desk.catalogue), desk.catalogue.rules),
        waivers=waivers.fetch_waivers(connection, desk.catalogue),
    )
    return report, batches


def check_some(desk: Desk, connection: Connection, chosen: Sequence[Record]) -> list[Finding]:
    """Return what every rule finds in some stored records among their neighbours, without looking at all the others."""
    shapes = [record.geometry for record in chosen if record.geometry is not None]
    near = shapely.box(*shapely.total_bounds(shapes)) if shapes else None
    context = build_context(desk, connection, near=near)
    findings: list[Finding] = []
    for type_id in dict.fromkeys(record.type_id for record in chosen):
        own = [record for record in chosen if record.type_id == type_id]
        findings += check_batch(Batch.of(desk.catalogue.type(type_id), own), context)
    return findings


def count_records(desk: Desk, connection: Connection) -> int:
    """Return how many records there are to check."""
    return sum(records.count_all(connection, record_type) for record_type in desk.catalogue.types.values())
