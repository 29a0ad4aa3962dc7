"""What a field file holds, as it was found before anything of it is believed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange.cad.drawing import DrawingSummary
from exchange.legacy_text import UNREPAIRED, EncodingProposal, preview_pairs
from exchange.problems import RowProblem
from geodesy.guessing import Proposal
from geodesy.systems import CoordinateSystem
from services.import_plan import Reading
from services.unit_columns import UndecidedUnit

PREVIEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class ColumnInspection:
    """One column: how often it is empty, some of its cells, and the encodings its text may be in, best first.

    ``encoding`` is the one the program would repair from, ``utf-8`` where the text needs none. ``texts`` are up to 20
    of its cells as they came, those beyond ASCII first.
    """

    name: str
    kind: str
    empty: int
    samples: tuple[str, ...]
    encodings: tuple[EncodingProposal, ...]
    encoding: str = UNREPAIRED
    texts: tuple[str, ...] = ()
    undecided_units: tuple[UndecidedUnit, ...] = ()

    def preview(self, encoding: str) -> tuple[tuple[str, str], ...]:
        """Return up to 20 texts before and after a repair from any known encoding."""
        return preview_pairs(self.texts, encoding)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "name": self.name,
            "type": self.kind,
            "empty": self.empty,
            "samples": list(self.samples),
            "encoding": self.encoding,
            "encodings": [
                {"name": item.name, "score": round(item.score, 4), "preview": [list(pair) for pair in item.preview]}
                for item in self.encodings
            ],
            "undecided_units": [item.as_dict() for item in self.undecided_units],
        }


@dataclass(frozen=True, slots=True)
class LayerInspection:
    """One layer: what is in it, and the coordinate systems it may be in, best first.

    ``count`` is how many rows it has; how many it has at least, where it was not ``counted`` yet.
    """

    name: str
    geometry: str | None
    count: int
    columns: tuple[ColumnInspection, ...]
    declared: CoordinateSystem | None
    proposals: tuple[Proposal, ...]
    problems: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]
    counted: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "name": self.name,
            "geometry": self.geometry,
            "count": self.count,
            "counted": self.counted,
            "columns": [column.as_dict() for column in self.columns],
            "declared": self.declared.id if self.declared else None,
            "proposals": [proposal.as_dict() for proposal in self.proposals],
            "problems": [problem.as_dict() for problem in self.problems],
            "warnings": [problem.as_dict() for problem in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file holds.

    Where it is not ``is_whole``, all was found out from some rows of each layer: its first, and others all over it.
    ``reading`` is the table of the layer to begin with, so that nobody has to read it again.
    """

    path: Path
    driver: str
    layers: tuple[LayerInspection, ...]
    drawing: DrawingSummary | None = None
    is_whole: bool = True
    reading: Reading | None = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "file": self.path.name,
            "driver": self.driver,
            "whole": self.is_whole,
            "layers": [layer.as_dict() for layer in self.layers],
            "drawing": self.drawing.as_dict() if self.drawing else None,
        }
