"""A table as it was read from a field file, before anything of it is believed."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from exchange.problems import RowProblem
from geodesy.systems import CoordinateSystem

GeometryFamily = Literal["point", "line", "polygon"]

_FAMILIES: dict[int, GeometryFamily] = {
    0: "point",
    1: "line",
    2: "line",
    3: "polygon",
    4: "point",
    5: "line",
    6: "polygon",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One layer's rows.

    ``columns``: name to cells in row order: text exactly as it came (an empty text is ``None``), int, float, bool;
    dates as ``YYYY-MM-DD``. The columns named in ``undecoded`` hold bytes of unknown encoding, read as Latin-1.
    ``geometries``: ``(n,)`` shapely, XY in the order east, north, ``None`` where a row has none; ``None`` altogether
    when the layer has none. ``heights``: float64, one for each vertex in the order of ``shapely.get_coordinates``, or
    ``None``. ``rows``: int64 ``(n,)``, the source row of each. ``declared``: the system the file names, if it names
    one. ``rejected``: what cannot be taken as it stands. A row that could not be read at all is not among ``rows``;
    else the cell in question is in the table as it came. ``warnings`` are worth a look and stop nothing.
    ``axis_order`` tells how a text file had its coordinates, the geometries are always east, north; ``placed`` names
    the columns of a list of points that hold them. ``raw_rows`` are
    a text file's own lines, one text for each row. ``type_hint`` is the record type such a file usually becomes,
    ``capture_method`` the code of how its data came about, ``accuracies`` the accuracy of each row's place in metres.
    ``raw_columns`` are the cells as they came, where ``columns`` holds what they were read as.
    """

    name: str
    layer: str
    kind: str
    columns: dict[str, list[Any]]
    geometries: npt.NDArray[np.object_] | None
    rows: npt.NDArray[np.int64]
    declared: CoordinateSystem | None = None
    rejected: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()
    undecoded: frozenset[str] = frozenset()
    heights: npt.NDArray[np.float64] | None = None
    axis_order: Literal["north-east", "east-north"] | None = None
    raw_rows: tuple[str, ...] | None = None
    capture_method: str | None = None
    type_hint: str | None = None
    accuracies: tuple[float | None, ...] | None = None
    raw_columns: dict[str, list[Any]] | None = None
    placed: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.rows)

    def kinds(self) -> frozenset[GeometryFamily]:
        """Return which of point, line and polygon occur."""
        if self.geometries is None:
            return frozenset()
        found = np.unique(shapely.get_type_id(self.geometries)).tolist()
        return frozenset(_FAMILIES[code] for code in found if code in _FAMILIES)

    def point_heights(self) -> list[float | None]:
        """Return one height for each row, ``None`` where it has none or is no single point."""
        found: list[float | None] = [None] * len(self.rows)
        if self.geometries is None or self.heights is None:
            return found
        counts = shapely.get_num_coordinates(self.geometries)
        firsts = np.cumsum(counts) - counts
        for place in np.flatnonzero(counts == 1).tolist():
            height = float(self.heights[firsts[place]])
            found[place] = None if np.isnan(height) else height
        return found
