"""What is wrong with one row of a field file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.messages import Language, render


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something wrong in one source row.

    ``row`` counts as a person would: the line of a text file, the place of a record in a layer, both from 1. ``column``
    is ``None`` when the row as a whole is concerned.
    """

    row: int
    column: str | None
    value: str | None
    code: str
    context: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: Language | None = None) -> str:
        """Return the problem in words."""
        facts = {"row": self.row, "column": self.column or "", "value": self.value or "", **self.context}
        return render(self.code, facts, language)

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as plain JSON-able data."""
        return {"row": self.row, "column": self.column, "value": self.value, "code": self.code, "text": self.text()}
