"""Shapes that a table of text holds as well-known text in a column, as this program and others write them."""

from dataclasses import replace

import numpy as np
import shapely

from exchange.problems import RowProblem
from exchange.table import Table

NAMES = ("wkt", "geometry", "geom", "the_geom")
_LONGEST = 50_000_000  # letters of one cell


def with_wkt_shapes(table: Table) -> Table:
    """Return a table of text with the shapes of its WKT column, where it has one and no shapes yet.

    A cell that is no well-known text is rejected with its row; heights are left out.
    """
    if table.kind != "text" or table.geometries is not None:
        return table
    name = next((one for one in table.columns if one.strip().casefold() in NAMES), None)
    if name is None:
        return table
    cells = [cell if isinstance(cell, str) and len(cell) <= _LONGEST else None for cell in table.columns[name]]
    if not any(cells):
        return table
    shapes = shapely.force_2d(shapely.from_wkt(np.array(cells, dtype=object), on_invalid="ignore"))
    unread = [place for place, cell in enumerate(cells) if cell is not None and shapes[place] is None]
    if len(unread) == sum(cell is not None for cell in cells):
        return table  # a column that only has the name
    problems = tuple(
        RowProblem(int(table.rows[place]), name, str(cells[place])[:80], "GEOMETRY-UNREADABLE") for place in unread
    )
    columns = {key: column for key, column in table.columns.items() if key != name}
    return replace(table, columns=columns, geometries=shapes, rejected=(*table.rejected, *problems))
