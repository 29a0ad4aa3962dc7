"""CSV that a spreadsheet opens as text and numbers, never as formulas."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from geodesy.systems import CoordinateSystem

_FORMULA = re.compile(r"""^[=+\-@\t\r]|(?<=[;,"\t\r\n])[=+\-@]""")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def write_csv(
    path: Path,
    columns: Mapping[str, Sequence[Any]],
    geometries: npt.NDArray[np.object_] | None,
    system: CoordinateSystem | None,
    *,
    decimal: Literal[".", ","] = ".",
) -> None:
    """Write one table in UTF-8 with a byte order mark, comma between cells, point as the decimal mark.

    With the decimal comma of a Vietnamese Excel a semicolon stands between cells. Points become the columns X (north)
    and Y (east), or lon and lat; other shapes one column of WKT.
    """
    table = {name: list(cells) for name, cells in columns.items()}
    if geometries is not None:
        table |= coordinate_columns(geometries, system)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if decimal == "," else ",", quoting=csv.QUOTE_MINIMAL)
        writer.writerow([harmless(name) for name in table])
        for row in zip(*table.values(), strict=True):
            writer.writerow([_cell(value, decimal) for value in row])


def harmless(text: str) -> str:
    """Return ``text`` with an apostrophe before every sign a spreadsheet would take for the start of a formula.

    That is the first sign of the cell, and one behind a mark that another program might split the cell at. A plain
    number stays as it is.
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"'\g<0>", text)


def _cell(value: Any, decimal: str) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value).replace(".", decimal)
    return harmless(value if isinstance(value, str) else str(value))


def coordinate_columns(geometries: npt.NDArray[np.object_], system: CoordinateSystem | None) -> dict[str, list[Any]]:
    """Return where geometries lie: columns X (north) and Y (east) of points, lon and lat, or WKT of anything else."""
    present = geometries[~shapely.is_missing(geometries)]
    if not len(present) or not (shapely.get_type_id(present) == 0).all():
        texts = shapely.to_wkt(geometries, rounding_precision=-1)
        return {"wkt": [None if text is None else str(text) for text in texts]}
    east, north = (
        [None if np.isnan(value) else float(value) for value in axis(geometries)]
        for axis in (shapely.get_x, shapely.get_y)
    )
    if system is not None and system.kind == "geographic":
        return {"lon": east, "lat": north}
    return {"X": north, "Y": east}
