"""Looking into a field file before anything of it is believed: layers, columns, text, and where it may lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.progress import SILENT, Progress
from exchange.cad.drawing import DrawingSummary
from exchange.decoding import propose_column_encodings
from exchange.glancing import LayerPart, glance_staged
from exchange.legacy_text import UNREPAIRED, decode_text, detect_encoding
from exchange.reading import inspect_staged, read_staged
from exchange.staging import staged_file
from exchange.table import Table
from forms.administration import Commune
from forms.unit_names import name_key
from geodesy.guessing import SCALES, Proposal, propose_systems
from geodesy.known_layers import KnownShapes
from geodesy.systems import CoordinateSystem
from services.desk import Desk
from services.import_plan import Reading, stamp_of
from services.inspection import PREVIEW_ROWS, ColumnInspection, Inspection, LayerInspection
from services.known_layers import fetch_known_shapes
from services.reading import fetch_boundary
from services.unit_columns import UNIT_COLUMNS, undecided_units
from services.workspaces import home_system


def inspect_for(
    desk: Desk,
    path: Path,
    *,
    quick: bool = False,
    progress: Progress = SILENT,
    partly: Callable[[DrawingSummary], None] = lambda _: None,
    glanced: Callable[[Inspection], None] | None = None,
) -> Inspection:
    """Inspect a file against the desk's commune, its boundary and the records that are there.

    ``partly`` hears of a large drawing what is known so far, ``glanced`` of any other large file what some of its rows
    say; ``quick`` returns that and reads no further.
    """
    known = fetch_known_shapes(desk, beside=path.name)
    judge = _Judge(desk.commune, fetch_boundary(desk), known)
    return _inspect(path, judge, quick, progress, partly, glanced)


def inspect(
    path: Path,
    commune: Commune | None = None,
    *,
    boundary: BaseGeometry | None = None,
    quick: bool = False,
    progress: Progress = SILENT,
) -> Inspection:
    """Inspect a file without a workspace; a commune gives the axes to try, its boundary (home zone) the judge.

    ``quick`` looks at some rows of a large file and reads no further.
    """
    return _inspect(path, _Judge(commune, boundary), quick, progress, lambda _: None, None)


@dataclass(frozen=True, slots=True)
class _Judge:
    """What a layer is judged by."""

    commune: Commune | None
    boundary: BaseGeometry | None
    known: KnownShapes | None = None

    def layer(self, table: Table, geometry: str | None, count: int | None = None) -> LayerInspection:
        proposals = propose_for(table, self.commune, self.boundary, known=self.known)
        return _inspect_layer(table, geometry or _kind_of(table), self.commune, proposals, count)


def _inspect(
    path: Path,
    judge: _Judge,
    quick: bool,
    progress: Progress,
    partly: Callable[[DrawingSummary], None],
    glanced: Callable[[Inspection], None] | None,
) -> Inspection:
    with staged_file(path) as staged:
        if quick or glanced is not None:
            parts = glance_staged(staged, progress)
            if parts:
                seen = _inspect_parts(path, staged.kind.title, parts, judge)
                if quick:
                    return seen
                if glanced is not None:
                    glanced(seen)
        stamp = stamp_of(path)
        if staged.kind.is_text:  # to list its one layer is to read it
            table = read_staged(staged, progress=progress)
            layers: tuple[LayerInspection, ...] = (judge.layer(table, None),)
            return Inspection(path, staged.kind.title, layers, reading=Reading(table, stamp))
        found = inspect_staged(staged, progress, partly=partly)
        if found.drawing is not None:
            return Inspection(path, found.driver, (), found.drawing)
        first, reading, layers = _first([(layer.geometry, layer.count) for layer in found.layers]), None, ()
        for place, layer in enumerate(found.layers):
            table = read_staged(staged, layer.name, progress=progress)
            layers += (judge.layer(table, layer.geometry),)
            if place == first:
                reading = Reading(table, stamp)
    return Inspection(path, found.driver, layers, reading=reading)


def _inspect_parts(path: Path, driver: str, parts: Sequence[LayerPart], judge: _Judge) -> Inspection:
    first = parts[_first([(part.geometry or _kind_of(part.table), len(part.table)) for part in parts])]
    layers = tuple(
        replace(judge.layer(part.table, part.geometry, part.count), counted=part.count is not None) for part in parts
    )
    return Inspection(path, driver, layers, is_whole=False, reading=Reading(first.table, stamp=()))


def _first(layers: Sequence[tuple[str | None, int]]) -> int:
    """Return the place of the layer to begin with: the first that has shapes and rows, else shapes, else the first."""
    return max(range(len(layers)), key=lambda at: (layers[at][0] is not None, layers[at][1] > 0, -at), default=0)


def inspect_table(table: Table, commune: Commune | None, proposals: tuple[Proposal, ...]) -> LayerInspection:
    """Return what is in a table that was made of a file's parts, as of a layer."""
    return _inspect_layer(table, _kind_of(table), commune, proposals)


def _kind_of(table: Table) -> str | None:
    """Return the kind of a table's shapes, which a table of text may hold in a column."""
    kinds = sorted(table.kinds())
    return kinds[0].capitalize() if kinds else None


def _inspect_layer(
    table: Table,
    geometry: str | None,
    commune: Commune | None,
    proposals: tuple[Proposal, ...],
    count: int | None = None,
) -> LayerInspection:
    chosen = propose_column_encodings(table)
    return LayerInspection(
        name=table.layer,
        geometry=geometry,
        count=len(table.rows) if count is None else count,
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
