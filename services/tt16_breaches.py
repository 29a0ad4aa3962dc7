"""What keeps a dossier from the form of TT 16/2025/TT-BXD: a code, a place, facts, and the clause it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from core.messages import Language, render
from core.tables import load_table


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach; ``place`` is a path inside the folder, with sheet and row or class where it has any."""

    code: str
    place: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """``error`` where the circular is clear, ``warning`` where it is not or nothing of it is at stake."""
        return _rows()[self.code]["severity"]

    @property
    def legal(self) -> str:
        """The clause."""
        return _rows()[self.code]["legal"]

    def text(self, language: Language | None = None) -> str:
        """Return the breach in words."""
        return render(self.code, {**self.context, "place": self.place}, language)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "code": self.code,
            "severity": self.severity,
            "place": self.place,
            "text": self.text(),
            "legal": self.legal,
            "context": dict(self.context),
        }


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in load_table("tt16_checks")}


def known_codes() -> tuple[str, ...]:
    """Return the code of every breach there is."""
    return tuple(_rows())
