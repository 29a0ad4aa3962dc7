"""Layers as the sheets of a workbook: what is known of each record, and where a point lies."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import shapely

from core.progress import Progress
from exchange.csv_writing import coordinate_columns
from exchange.out_layer import OutLayer
from exchange.workbook import Heading, Kind, Sheet, write_workbook


def write_layer_sheets(path: Path, layers: Sequence[OutLayer], progress: Progress) -> None:
    """Write one sheet a layer; a point is told by X (north) and Y (east), the shape of anything else not at all.

    Such a shape does not fit into a spreadsheet's cell; the other formats are there for it.
    """
    write_workbook(path, _sheets(layers, progress))


def _sheets(layers: Sequence[OutLayer], progress: Progress) -> Iterator[Sheet]:
    for done, layer in enumerate(layers):
        progress.step(done, len(layers))
        columns = {name: list(cells) for name, cells in layer.columns.items()}
        shapes = layer.geometries
        if shapes is not None and set(shapely.get_type_id(shapes).tolist()) <= {-1, 0}:
            columns |= coordinate_columns(shapes, layer.system)
        headings = [
            Heading(name, _kind(cells), width=max(12, min(len(name) + 2, 40))) for name, cells in columns.items()
        ]
        yield Sheet(layer.name, headings, zip(*columns.values(), strict=True))


def _kind(cells: Sequence[Any]) -> Kind:
    is_text = any(isinstance(cell, str) for cell in cells)
    return "text" if is_text else "integer" if all(isinstance(cell, int | None) for cell in cells) else "number"
