"""Looking into a field file before anything of it is believed: layers, columns, text, and where it may lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.progress import SILENT, Progress
from exchange.cad.drawing import DrawingSummary
from exchange.decoding import propose_column_encodings
from exchange.kinds import kind_of
from exchange.legacy_text import UNREPAIRED, EncodingProposal, decode_text, detect_encoding, preview_pairs
from exchange.problems import RowProblem
from exchange.reading import inspect_file, read_table
from exchange.table import Table
from forms.administration import Commune
from forms.unit_names import name_key
from geodesy.guessing import SCALES, Proposal, propose_systems
from geodesy.known_layers import KnownShapes
from geodesy.systems import CoordinateSystem
from services.desk import Desk
from services.known_layers import fetch_known_shapes
from services.reading import fetch_boundary
from services.unit_columns import UNIT_COLUMNS, UndecidedUnit, undecided_units
from services.workspaces import home_system

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
    """One layer: what is in it, and the coordinate systems it may be in, best first."""

    name: str
    geometry: str | None
    count: int
    columns: tuple[ColumnInspection, ...]
    declared: CoordinateSystem | None
    proposals: tuple[Proposal, ...]
    problems: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "name": self.name,
            "geometry": self.geometry,
            "count": self.count,
            "columns": [column.as_dict() for column in self.columns],
            "declared": self.declared.id if self.declared else None,
            "proposals": [proposal.as_dict() for proposal in self.proposals],
            "problems": [problem.as_dict() for problem in self.problems],
            "warnings": [problem.as_dict() for problem in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file holds."""

    path: Path
    driver: str
    layers: tuple[LayerInspection, ...]
    drawing: DrawingSummary | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "file": self.path.name,
            "driver": self.driver,
            "layers": [layer.as_dict() for layer in self.layers],
            "drawing": self.drawing.as_dict() if self.drawing else None,
        }


def inspect_for(
    desk: Desk,
    path: Path,
    *,
    progress: Progress = SILENT,
    partly: Callable[[DrawingSummary], None] = lambda _: None,
) -> Inspection:
    """Inspect a file against the desk's commune, its boundary and the records that are there.

    ``partly`` hears of a large drawing what is known so far.
    """
    known = fetch_known_shapes(desk, beside=path.name)
    return _inspect(path, desk.commune, fetch_boundary(desk), progress, partly, known)


def inspect(
    path: Path,
    commune: Commune | None = None,
    *,
    boundary: BaseGeometry | None = None,
    progress: Progress = SILENT,
) -> Inspection:
    """Inspect a file without a workspace; a commune gives the axes to try, its boundary (home zone) the judge."""
    return _inspect(path, commune, boundary, progress, lambda _: None)


def _inspect(
    path: Path,
    commune: Commune | None,
    boundary: BaseGeometry | None,
    progress: Progress,
    partly: Callable[[DrawingSummary], None],
    known: KnownShapes | None = None,
) -> Inspection:
    text = kind_of("text")
    if path.suffix.lower() in text.suffixes:  # to list its one layer is to read it
        table = read_table(path, progress=progress)
        proposals = propose_for(table, commune, boundary, known=known)
        return Inspection(path, text.title, (_inspect_layer(table, _kind_of(table), commune, proposals),))
    found = inspect_file(path, progress, partly=partly)
    if found.drawing is not None:
        return Inspection(path, found.driver, (), found.drawing)
    layers = []
    for layer in found.layers:
        table = read_table(path, layer.name, progress=progress)
        proposals = propose_for(table, commune, boundary, known=known)
        layers.append(_inspect_layer(table, layer.geometry or _kind_of(table), commune, proposals))
    return Inspection(path, found.driver, tuple(layers))


def inspect_table(table: Table, commune: Commune | None, proposals: tuple[Proposal, ...]) -> LayerInspection:
    """Return what is in a table that was made of a file's parts, as of a layer."""
    return _inspect_layer(table, _kind_of(table), commune, proposals)


def _kind_of(table: Table) -> str | None:
    """Return the kind of a table's shapes, which a table of text may hold in a column."""
    kinds = sorted(table.kinds())
    return kinds[0].capitalize() if kinds else None


def _inspect_layer(
    table: Table, geometry: str | None, commune: Commune | None, proposals: tuple[Proposal, ...]
) -> LayerInspection:
    chosen = propose_column_encodings(table)
    return LayerInspection(
        name=table.layer,
        geometry=geometry,
        count=len(table.rows),
        columns=tuple(
            _inspect_column(name, cells, commune, chosen.get(name, UNREPAIRED)) for name, cells in table.columns.items()
        ),
        declared=table.declared,
        proposals=proposals,
        problems=table.rejected,
        warnings=table.warnings,
    )


def propose_at(
    desk: Desk, table: Table, asked: CoordinateSystem | None = None, scales: Sequence[float] = SCALES
) -> tuple[Proposal, ...]:
    """Return what ``propose_for`` returns by all that the desk knows: boundary and records."""
    known = fetch_known_shapes(desk, beside=table.name)
    return propose_for(table, desk.commune, fetch_boundary(desk), asked, known, scales)


def propose_for(
    table: Table,
    commune: Commune | None,
    boundary: BaseGeometry | None,
    asked: CoordinateSystem | None = None,
    known: KnownShapes | None = None,
    scales: Sequence[float] = SCALES,
) -> tuple[Proposal, ...]:
    """Return the coordinate systems a table may be in, best first, with one more to judge where the user names it."""
    if table.geometries is None or commune is None:
        return ()
    xy = shapely.get_coordinates(table.geometries[~shapely.is_missing(table.geometries)])
    if not len(xy):
        return ()
    return propose_systems(
        xy,
        declared=table.declared,
        boundary=boundary,
        home=home_system(commune),
        legacy_axes=commune.legacy_axes,
        asked=asked,
        known=known,
        scales=scales,
    )


def _inspect_column(name: str, cells: Sequence[Any], commune: Commune | None, encoding: str) -> ColumnInspection:
    filled = [cell for cell in cells if cell not in (None, "")]
    texts = [cell for cell in filled if isinstance(cell, str)]
    encodings = tuple(detect_encoding(texts)) if texts else ()
    strange = dict.fromkeys(text for text in texts if not text.isascii())
    named = commune is not None and name_key(name) in UNIT_COLUMNS
    units = [decode_text(cell, encoding) if isinstance(cell, str) else cell for cell in cells] if named else []
    return ColumnInspection(
        name=name,
        kind=_kind(filled),
        empty=len(cells) - len(filled),
        samples=tuple(
            decode_text(cell, encoding) if isinstance(cell, str) else str(cell) for cell in filled[:PREVIEW_ROWS]
        ),
        encodings=encodings,
        encoding=encoding,
        texts=tuple(dict.fromkeys([*strange, *texts]))[:PREVIEW_ROWS],
        undecided_units=undecided_units(units, commune),
    )


def _kind(filled: Sequence[Any]) -> str:
    for kind, types in (("text", (str,)), ("boolean", (bool,)), ("integer", (int,)), ("number", (int, float))):
        if filled and all(isinstance(cell, types) for cell in filled):
            return kind
    return "text" if filled else "empty"
