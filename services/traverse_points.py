"""The points of a traverse as a table of survey points: the book's rows, each where the adjustment puts it."""

from pathlib import Path

import numpy as np
import shapely

from core.progress import SILENT, Progress
from exchange.table import Table
from services.traverse_books import read_book
from services.traverses import adjust_traverse, traverse_of

POINT = "point"
_SURVEYED = "do_dac_toan_dac"
_TYPE = "survey_point"


def read_traverse_points(
    path: Path, *, layer: str | None = None, right_angles: bool = False, progress: Progress = SILENT
) -> Table:
    """Return one row for each point of a traverse, the marks that were sighted among them; raise as ``read_traverse``.

    Columns stand as in the book, that of the stations is named ``point``; the places are the adjusted ones. A mark that
    the book gives twice at one place is one row.
    """
    book = read_book(path, layer=layer, progress=progress)
    found = adjust_traverse(traverse_of(book, right_angles=right_angles))
    traverse = found.traverse
    inner = [(east, north) for east, north in found.closure.points[1:-1].tolist()]
    places = [traverse.back, traverse.start, *inner, traverse.end, *([traverse.ahead] if traverse.ahead else [])]
    names = [str(name or "").strip() for name in book.cells["station"]]
    named = list(zip(names, places, strict=True))
    kept = [at for at, one in enumerate(named) if one not in named[:at]]
    shapes = np.empty(len(kept), dtype=object)
    shapes[:] = [shapely.Point(places[at]) for at in kept]
    station = book.fields["station"]
    columns = {head: [cells[at] for at in kept] for head, cells in book.columns.items() if head != station}
    lines = [";".join("" if cells[at] is None else str(cells[at]) for cells in book.columns.values()) for at in kept]
    return Table(
        name=path.name,
        layer=book.layer,
        kind="sheets" if path.suffix.lower() == ".xlsx" else "text",
        columns={POINT: [names[at] for at in kept], **columns},
        geometries=shapes,
        rows=np.array([book.rows[at] for at in kept], dtype=np.int64),
        axis_order="north-east",
        raw_rows=tuple(lines),
        capture_method=_SURVEYED,
        type_hint=_TYPE,
    )
