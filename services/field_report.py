"""What became of records that were made or changed in the field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.messages import render
from exchange.problems import RowProblem
from localdb.unit_of_work import Changed
from services.import_report import REPORTED, ImportReport, Rejected
from validation.finding import Finding


@dataclass(frozen=True, slots=True)
class FieldUpdate:
    """A record that somebody changed in the field.

    ``changes`` is field to what it is here and what it is to be; ``moved`` says that its place changes too.
    ``conflicts`` are fields that were changed here meanwhile (``geometry`` for the place), and ``stale`` says that the
    record was, wherever; neither is ever written.
    """

    type_id: str
    uid: str
    row: int
    changes: Mapping[str, tuple[Any, Any]]
    moved: bool = False
    conflicts: tuple[str, ...] = ()
    stale: bool = False
    applied: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "type": self.type_id,
            "uid": self.uid,
            "row": self.row,
            "changes": {key: {"here": here, "field": there} for key, (here, there) in self.changes.items()},
            "moved": self.moved,
            "conflicts": list(self.conflicts),
            "stale": self.stale,
            "applied": self.applied,
        }


@dataclass(frozen=True, slots=True)
class Photos:
    """The photos that came along: how many were attached, and which are missing or were refused, with their row."""

    attached: int = 0
    missing: tuple[tuple[int, str], ...] = ()
    refused: tuple[tuple[int, str, UserError], ...] = ()

    def __add__(self, other: "Photos") -> "Photos":
        return Photos(self.attached + other.attached, self.missing + other.missing, self.refused + other.refused)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "attached": self.attached,
            "missing": [{"row": row, "name": name} for row, name in self.missing],
            "refused": [
                {"row": row, "name": name, "code": error.code, "text": str(error)} for row, name, error in self.refused
            ],
        }


@dataclass(frozen=True, slots=True)
class FieldReport:
    """What was taken in, or with ``dry_run`` would be.

    ``imports`` are the new records, type by type; ``known`` counts rows that say nothing new, ``buried`` those whose
    record somebody has deleted here; ``lost`` are the records, by type and uid, that went out and did not come back.
    """

    path: Path
    dry_run: bool
    read: int = 0
    known: int = 0
    buried: int = 0
    imports: tuple[ImportReport, ...] = ()
    updates: tuple[FieldUpdate, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    warnings: tuple[RowProblem, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    photos: Photos = field(default_factory=Photos)
    changed: tuple[Changed, ...] = ()

    @property
    def written(self) -> int:
        """How many new records there are."""
        return sum(report.written for report in self.imports)

    @property
    def accepted(self) -> int:
        """How many rows make new records."""
        return sum(report.accepted for report in self.imports)

    @property
    def uids(self) -> tuple[str, ...]:
        """The new records."""
        return tuple(uid for report in self.imports for uid in report.uids)

    @property
    def findings(self) -> Sequence[Finding]:
        """What the rules say of the new records."""
        return [finding for report in self.imports for finding in report.findings]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        severities = [str(finding.severity) for finding in self.findings]
        return {
            "file": self.path.name,
            "types": list(dict.fromkeys(report.plan.type_id for report in self.imports)),
            "dry_run": self.dry_run,
            "read": self.read,
            "accepted": self.accepted,
            "written": self.written,
            "known": self.known,
            "buried": self.buried,
            "updates": [update.as_dict() for update in self.updates],
            "rejected": [item.as_dict() for item in self.rejected],
            "warnings": [item.as_dict() for item in self.warnings],
            "lost": [{"type": type_id, "uid": uid} for type_id, uid in self.lost],
            "photos": self.photos.as_dict(),
            "findings": [finding.as_dict() for finding in self.findings[:REPORTED]],
            "finding_counts": {severity: severities.count(severity) for severity in sorted(set(severities))},
            "uids": list(self.uids),
        }


def word_update(update: FieldUpdate) -> str:
    """Return one line about an update, in the user's language."""
    facts = {"row": update.row, "uid": update.uid, "fields": [*update.changes, *(["geometry"] if update.moved else [])]}
    if update.stale:
        return render("FIELD-STALE", facts)
    if update.applied:
        return render("FIELD-UPDATED", facts)
    return render("FIELD-PROPOSED", {**facts, "conflicts": list(update.conflicts) or "–"})
