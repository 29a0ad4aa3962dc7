"""The workbench of drawings: what a recipe takes of one becomes a table like that of any field file, and a report."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.progress import SILENT, Progress
from exchange.cad import columns as names
from exchange.cad.drawing import MEASURED, TEXTS, DrawingSummary
from exchange.kinds import KINDS
from exchange.problems import RowProblem
from exchange.reading import read_table
from exchange.table import Table
from geodesy.grid import GRID_M
from geodesy.labelling import Labels, labels_inside, labels_near
from geodesy.linework import build_faces, close_outlines, find_far, join_runs, joined
from services.drawing_recipe import DrawingRecipe

LABEL = "Label"
LEAST_SPAN_M = 200.0
LISTED = 500

Shapes = npt.NDArray[np.object_]
_TEXTS = TEXTS | MEASURED | {"TEXTNODE"}


def is_drawing(path: Path) -> bool:
    """Whether a file's name is that of a drawing."""
    return any(kind.is_drawing and path.suffix.lower() in kind.suffixes for kind in KINDS)


def read_drawing(path: Path, summary: DrawingSummary, recipe: DrawingRecipe, *, progress: Progress = SILENT) -> Table:
    """Return the parts of a drawing that a recipe needs, one row an entity."""
    return read_table(path, drawing_layers=recipe.layers_of(summary), progress=progress)


@dataclass(slots=True)
class _Taken:
    """What was taken so far: a shape for each record, the row it is from, its labels by column."""

    shapes: Shapes
    places: list[int]
    rejected: list[RowProblem]
    warnings: list[RowProblem]


def near_shapes(raw: Table, recipe: DrawingRecipe) -> Shapes:
    """Return the shapes that a recipe takes, those far from all others left out, for guessing where they lie."""
    chosen = _chosen_places(raw, recipe)
    assert raw.geometries is not None
    shapes = raw.geometries[chosen]
    return np.asarray(shapes[~find_far(shapes, 0.0)], dtype=object)


def build_table(raw: Table, recipe: DrawingRecipe, scale: float) -> Table:
    """Return a table of records made of a drawing's parts.

    ``raw`` is what ``read_drawing`` gave, ``scale`` turns its units into metres. Columns: layer, colour, block, its
    attributes, and the labels. Everything left out, closed or led together is among the warnings or the rejected.
    """
    taken = _take(raw, recipe, scale)
    labels = _place_labels(raw, recipe, taken, scale)
    columns = {
        key: [raw.columns[key][place] for place in taken.places]
        for key in (names.LAYER, names.COLOUR, names.BLOCK, names.HANDLE, names.TEXT, names.RAW)
    }
    columns |= labels | _attribute_columns(raw, taken.places)
    return replace(
        raw,
        columns={key: cells for key, cells in columns.items() if any(cell is not None for cell in cells)},
        geometries=shapely.force_2d(taken.shapes),
        heights=_heights(taken.shapes) if recipe.shape == "point" and raw.heights is not None else None,
        rows=np.asarray([raw.rows[place] for place in taken.places], dtype=np.int64),
        rejected=(*raw.rejected, *taken.rejected),
        warnings=(*raw.warnings, *taken.warnings),
        undecoded=frozenset(),
    )


def _heights(shapes: Shapes) -> npt.NDArray[np.float64] | None:
    found = shapely.get_coordinates(shapes, include_z=True)[:, 2]
    return None if np.isnan(found).all() else found


def _chosen_places(raw: Table, recipe: DrawingRecipe) -> npt.NDArray[np.int64]:
    """Return the rows whose shapes the recipe takes."""
    layers, entities = raw.columns[names.LAYER], raw.columns[names.ENTITY]
    blocks, colours = raw.columns[names.BLOCK], raw.columns[names.COLOUR]
    wanted_blocks = {name.casefold() for name in recipe.blocks}
    assert raw.geometries is not None
    dimensions = shapely.get_dimensions(raw.geometries).tolist()
    takes = {name: recipe.takes_layer(name) for name in set(layers)}
    found, texts = [], []
    for place, (layer, entity, block, colour) in enumerate(zip(layers, entities, blocks, colours, strict=True)):
        if not takes[layer] or (recipe.colours and colour not in recipe.colours):
            continue
        if wanted_blocks and (block or "").casefold() not in wanted_blocks:
            continue
        if entity in _TEXTS:
            texts.append(place)
        elif _fits(recipe, dimensions[place], entity, block):
            found.append(place)
    if recipe.shape == "point" and not found:
        found = texts
    return np.array(found, dtype=np.int64)


def _fits(recipe: DrawingRecipe, dimension: int, entity: str, block: str | None) -> bool:
    if recipe.shape == "point":
        return dimension == 0 and (entity == "INSERT" or block is None)
    return dimension == 1 if recipe.shape == "line" else dimension in (1, 2)


def _take(raw: Table, recipe: DrawingRecipe, scale: float) -> _Taken:
    chosen = _chosen_places(raw, recipe)
    assert raw.geometries is not None
    shapes = _with_heights(raw)[chosen] if recipe.shape == "point" else raw.geometries[chosen]
    warnings: list[RowProblem] = []
    if not recipe.keep_far:
        far = find_far(shapes, LEAST_SPAN_M / scale)
        warnings += [_far(raw, int(place)) for place in chosen[far][:LISTED].tolist()]
        chosen, shapes = chosen[~far], shapes[~far]
    taken = _Taken(shapes, chosen.tolist(), [], warnings)
    if recipe.shape == "line":
        _join(raw, taken)
    elif recipe.shape == "polygon":
        (_enclose if recipe.faces else _close)(raw, recipe, taken, scale)
    return taken


def _with_heights(raw: Table) -> Shapes:
    """Return the geometries with the heights that the table keeps beside them."""
    assert raw.geometries is not None
    if raw.heights is None:
        return raw.geometries
    xyz = np.column_stack([shapely.get_coordinates(raw.geometries), raw.heights])
    deep = shapely.force_3d(raw.geometries)
    return np.asarray(shapely.set_coordinates(deep.copy(), xyz), dtype=object)


def _far(raw: Table, place: int) -> RowProblem:
    assert raw.geometries is not None
    box = shapely.bounds(raw.geometries[place])
    where = f"{box[0]:.0f} {box[1]:.0f}"
    entity = raw.columns[names.ENTITY][place]
    return RowProblem(int(raw.rows[place]), raw.columns[names.LAYER][place], where, "DRAWING-FAR", {"entity": entity})


def _join(raw: Table, taken: _Taken) -> None:
    """Join the lines that MicroStation had to split; AutoCAD splits none."""
    if raw.kind != "dgn":
        return
    keys = [(raw.columns[names.LAYER][place], raw.columns[names.COLOUR][place]) for place in taken.places]
    groups = join_runs(taken.shapes.tolist(), keys)
    made: Shapes = np.empty(len(groups), dtype=object)
    made[:] = [
        joined([taken.shapes[k] for k in group]) if len(group) > 1 else taken.shapes[group[0]] for group in groups
    ]
    for group in groups:
        if len(group) > 1:
            row = int(raw.rows[taken.places[group[0]]])
            taken.warnings.append(RowProblem(row, None, None, "DRAWING-JOINED", {"count": len(group)}))
    taken.shapes, taken.places = made, [taken.places[group[0]] for group in groups]


def _close(raw: Table, recipe: DrawingRecipe, taken: _Taken, scale: float) -> None:
    found = close_outlines(taken.shapes, recipe.close_m / scale)
    kept = []
    for number, (place, face) in enumerate(zip(taken.places, found.faces.tolist(), strict=True)):
        gap = float(found.gaps[number]) * scale
        row, layer = int(raw.rows[place]), raw.columns[names.LAYER][place]
        if face is None:
            facts = {"gap": round(gap, 3), "within": recipe.close_m}
            taken.rejected.append(RowProblem(row, layer, None, "OUTLINE-OPEN", facts))
            continue
        kept.append(number)
        if gap > 0:
            taken.warnings.append(RowProblem(row, layer, None, "OUTLINE-CLOSED", {"gap": round(gap, 4)}))
    taken.shapes, taken.places = found.faces[kept], [taken.places[number] for number in kept]


def _enclose(raw: Table, recipe: DrawingRecipe, taken: _Taken, scale: float) -> None:
    found = build_faces(taken.shapes, GRID_M / scale, recipe.close_m / scale)
    for piece in found.closings[:LISTED].tolist():
        where = f"{piece.coords[0][0]:.2f} {piece.coords[0][1]:.2f}"
        gap = round(float(piece.length) * scale, 4)
        taken.warnings.append(RowProblem(0, None, where, "OUTLINE-JOINED", {"gap": gap}))
    if len(found.dangles):
        length = round(float(shapely.length(found.dangles).sum()) * scale, 2)
        where = ", ".join(f"{x:.1f} {y:.1f}" for x, y in _starts(found.dangles[:5]))
        facts = {"count": len(found.dangles), "length": length}
        taken.warnings.append(RowProblem(0, None, where, "DRAWING-DANGLES", facts))
    owners = _owners(found.faces, taken)
    taken.shapes, taken.places = found.faces, owners


def _starts(lines: Shapes) -> list[tuple[float, float]]:
    return [tuple(line.coords[0][:2]) for line in lines.tolist()]


def _owners(faces: Shapes, taken: _Taken) -> list[int]:
    """Return for each face the row of a line of its outline: where it is from."""
    tree = shapely.STRtree(taken.shapes)
    owners = []
    for face in faces.tolist():
        near = tree.query_nearest(shapely.Point(face.exterior.coords[0]), all_matches=False)
        owners.append(taken.places[int(near[0])] if len(near) else taken.places[0])
    return owners


def _place_labels(raw: Table, recipe: DrawingRecipe, taken: _Taken, scale: float) -> dict[str, list[Any]]:
    """Return the label columns, one a layer of labels; drop the faces without label when only labelled are wanted."""
    if recipe.label_way == "none" or not len(taken.shapes):
        return {}
    cells: dict[str, list[Any]] = {}
    layers = [name for name in dict.fromkeys(raw.columns[names.LAYER]) if recipe.takes_label(name)]
    for layer in layers:
        places = _text_places(raw, layer)
        if not places:
            continue
        column = LABEL if not cells else f"{LABEL}_{len(cells) + 1}"
        cells[column] = [None] * len(taken.shapes)
        labels = _labels_of(raw, places)
        used: set[int] = set()
        for shape, own in _matched(taken.shapes, labels, recipe, scale).items():
            cells[column][shape] = " ".join(str(raw.columns[names.TEXT][places[label]]) for label in own)
            used |= {places[label] for label in own}
        for place in [place for place in places if place not in used][:LISTED]:
            text = raw.columns[names.TEXT][place]
            taken.warnings.append(RowProblem(int(raw.rows[place]), layer, text, "DRAWING-LABEL-LEFT"))
    if recipe.labelled_only and cells:
        kept = [place for place in range(len(taken.shapes)) if any(column[place] for column in cells.values())]
        if len(kept) < len(taken.shapes):
            facts = {"count": len(taken.shapes) - len(kept)}
            taken.warnings.append(RowProblem(0, None, None, "DRAWING-FACES-LEFT", facts))
        taken.shapes, taken.places = taken.shapes[kept], [taken.places[place] for place in kept]
        cells = {key: [column[place] for place in kept] for key, column in cells.items()}
    return cells


def _text_places(raw: Table, layer: str) -> list[int]:
    """Return the texts of a layer; what measures is among them only where nothing on it names."""
    rows = zip(raw.columns[names.LAYER], raw.columns[names.TEXT], strict=True)
    found = [place for place, (own, text) in enumerate(rows) if own == layer and text]
    naming = [place for place in found if raw.columns[names.ENTITY][place] not in MEASURED]
    return naming or found


def _matched(shapes: Shapes, labels: Labels, recipe: DrawingRecipe, scale: float) -> dict[int, list[int]]:
    if recipe.label_way == "inside":
        return labels_inside(shapes, labels)
    return {shape: [label] for shape, label in labels_near(shapes, labels, recipe.within_m / scale).items()}


def _labels_of(raw: Table, places: Sequence[int]) -> Labels:
    def numbers(name: str) -> npt.NDArray[np.float64]:
        return np.array([np.nan if (cell := raw.columns[name][place]) is None else cell for place in places])

    assert raw.geometries is not None
    return Labels(
        places=shapely.get_coordinates(raw.geometries[list(places)]),
        angles=numbers(names.ANGLE),
        sizes=np.nan_to_num(numbers(names.SIZE)),
        aligns=tuple(raw.columns[names.ALIGN][place] or "LB" for place in places),
        lengths=np.array([len(raw.columns[names.TEXT][place]) for place in places], dtype=np.int64),
    )


def _attribute_columns(raw: Table, places: Sequence[int]) -> dict[str, list[Any]]:
    """Return the attributes of blocks, a column each, named as their tag."""
    cells: dict[str, list[Any]] = {}
    taken = {names.LAYER, names.COLOUR, names.BLOCK, names.HANDLE, names.TEXT, names.RAW}
    for number, place in enumerate(places):
        inside = raw.columns[names.ATTRIBUTES][place]
        for tag, text in (json.loads(inside) if inside else {}).items():
            name = f"{tag}_" if tag in taken or tag.startswith(LABEL) else tag
            cells.setdefault(name, [None] * len(places))[number] = text or None
    return cells
