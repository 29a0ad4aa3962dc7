"""Why a rule has no fix: what its findings take instead of one."""

from collections.abc import Mapping
from typing import Literal

Need = Literal["source", "drawing", "import", "file", "decision"]

NEEDS: Mapping[str, Need] = {
    **dict.fromkeys(("ADM-04", "ATT-03", "ATT-04", "ATT-11", "ATT-12", "DOS-01", "DOS-03", "DOS-12"), "source"),
    **dict.fromkeys(("NET-06", "NET-07", "TOP-03", "SRC-01", "ATT-01"), "source"),
    **dict.fromkeys(("GEO-01", "GEO-08", "ADM-03", "CRS-03", "DRW-01", "DRW-02", "TOP-12", "TOP-14"), "drawing"),
    **dict.fromkeys(("CRS-01", "CRS-02", "CRS-04", "CRS-08", "CRS-09", "GEO-10", "CRS-06", "CRS-07"), "import"),
    **dict.fromkeys(("DOS-04", "DOS-05", "DOS-06", "DRW-03"), "file"),
    **dict.fromkeys(("TOP-02", "TOP-07", "DOS-11", "SEC-01", "SEC-03"), "decision"),
    **dict.fromkeys((*(f"PKG-0{number}" for number in range(1, 8)), "SEC-02", "SEC-04", "SEC-05"), "decision"),
}
"""For each rule that no fix helps with wholly; one that is not named here needs its source."""


def need_of(rule_id: str) -> Need:
    """Return what a finding takes that no fix helps with."""
    return NEEDS.get(rule_id, "source")


def need_code(rule_id: str) -> str:
    """Return the message that says so."""
    return f"FIX-NEEDS-{need_of(rule_id).upper()}"
