"""What an import did, row by row and column by column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.messages import render
from exchange.problems import RowProblem
from localdb.unit_of_work import Changed
from services.import_plan import ImportPlan
from services.matching import Matches
from validation.finding import Finding
from validation.measures import Completeness

REPORTED = 500


@dataclass(frozen=True, slots=True)
class Rejected:
    """A source row that cannot become a record, and why; ``row`` counts as the file does."""

    row: int
    column: str | None
    value: str | None
    code: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The reason, worded for the user."""
        return render(self.code, {"row": self.row, "column": self.column, "value": self.value, **self.context})

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {"row": self.row, "column": self.column, "value": self.value, "code": self.code, "text": self.text}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with ``dry_run`` would do.

    ``uids`` are the records added, ``updated_uids`` those changed; ``written`` counts both. ``matches`` tells what each
    row is here, when the plan asks for that.
    """

    plan: ImportPlan
    read: int
    accepted: int
    written: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[RowProblem, ...]
    repaired: Mapping[str, int]
    empty: Mapping[str, int]
    findings: tuple[Finding, ...]
    completeness: Completeness | None
    operation: str | None
    uids: tuple[str, ...]
    changed: Changed | None
    dry_run: bool
    matches: Matches | None = None
    updated_uids: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        severities = [str(finding.severity) for finding in self.findings]
        return {
            "plan": self.plan.as_dict(),
            "dry_run": self.dry_run,
            "read": self.read,
            "accepted": self.accepted,
            "written": self.written,
            "rejected": [item.as_dict() for item in self.rejected],
            "warnings": [item.as_dict() for item in self.warnings],
            "repaired": dict(self.repaired),
            "empty": dict(self.empty),
            "findings": [finding.as_dict() for finding in self.findings[:REPORTED]],
            "finding_counts": {severity: severities.count(severity) for severity in sorted(set(severities))},
            "completeness": self.completeness.as_dict() if self.completeness else None,
            "datum_operation": self.operation,
            "uids": list(self.uids),
            "updated_uids": list(self.updated_uids),
            "matches": self.matches.as_dict() if self.matches else None,
        }
