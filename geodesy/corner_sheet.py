"""A geometry as the official "Bảng kê tọa độ góc ranh": corner, X, Y, edge S; the last row repeats the first corner.

Columns and order as TT 26/2024/TT-BTNMT and TT 23/2025/TT-BNNMT have them. What is written here is read back by the
reader of coordinate tables to the same place of the stored grid.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.messages import Language, current_language, render
from geodesy.datum import transform_xy
from geodesy.numbers import decimal_mark
from geodesy.systems import CoordinateSystem, format_axis

PathRole = Literal["outer", "inner", "line", "point"]

_DEGREE_DECIMALS = 9  # a tenth of a millimetre
_EDGE_DECIMALS = 3
_TEXT_CELL = "mso-number-format:'\\@'"  # else a spreadsheet of another language takes the decimal comma for a mark

_PATHS: dict[PathRole, str] = {"outer": "SHEET-OUTER", "inner": "SHEET-INNER", "line": "SHEET-LINE"}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One corner: its number, metres (or degrees) north and east, and the length of the edge to the next row."""

    label: str
    north: float
    east: float
    edge_m: float | None


@dataclass(frozen=True, slots=True)
class SheetPath:
    """The rows of one outline, inner boundary, line or point; ``part`` and ``ring`` count from 1."""

    role: PathRole
    part: int
    ring: int
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class CornerSheet:
    """A whole table in one coordinate system, and the measures of the geometry in the zone that it is stored in."""

    system: CoordinateSystem
    paths: tuple[SheetPath, ...]
    decimals: int
    length_m: float
    area_m2: float

    def headings(self, language: Language | None = None) -> tuple[str, str, str, str]:
        """Return the names of the columns."""
        names = ("SHEET-LATITUDE", "SHEET-LONGITUDE") if self.system.kind == "geographic" else ("SHEET-X", "SHEET-Y")
        point, north, east, edge = (render(code, {}, language) for code in ("SHEET-POINT", *names, "SHEET-EDGE"))
        return point, north, east, edge

    def path_title(self, path: SheetPath, language: Language | None = None) -> str | None:
        """Return the line over a path's rows; ``None`` for a polygon of one outline, or a point."""
        if path.role == "point" or (path.role == "outer" and len(self.paths) == 1):
            return None
        return render(_PATHS[path.role], {"part": path.part, "ring": path.ring}, language)

    def cells(self, row: SheetRow, language: Language | None = None) -> tuple[str, str, str, str]:
        """Return a row as it is copied: decimal mark of the language, no mark between thousands."""
        edge = "" if row.edge_m is None else _plain(row.edge_m, _EDGE_DECIMALS, language)
        north, east = (_plain(value, self.decimals, language) for value in (row.north, row.east))
        return row.label, north, east, edge

    def titles(self, language: Language | None = None) -> list[str]:
        """Return the lines over the table: what it is, and its coordinate system, in words a reader finds."""
        if self.system.axis is None:
            code, facts = "SHEET-GEOGRAPHIC", {"datum": {"VN2000": "VN-2000", "WGS84": "WGS 84"}[self.system.datum]}
        else:
            code, facts = "SHEET-ZONE", {"axis": format_axis(self.system.axis), "width": str(self.system.width)}
        return [render("SHEET-TITLE", {}, language), render(code, facts, language)]

    def footers(self, language: Language | None = None) -> list[str]:
        """Return the lines under the table: length or perimeter, and area."""
        facts = {
            "length": _plain(self.length_m, 2, language),
            "area": _plain(self.area_m2, 1, language),
        }
        if self.area_m2:
            return [render("SHEET-PERIMETER", facts, language), render("SHEET-AREA", facts, language)]
        return [render("SHEET-LENGTH", facts, language)] if self.length_m else []

    def text(self, language: Language | None = None) -> str:
        """Return the table as lines of cells parted by tabs."""
        lines = [*self.titles(language), "\t".join(self.headings(language))]
        for path in self.paths:
            title = self.path_title(path, language)
            lines += [title] if title else []
            lines += ["\t".join(self.cells(row, language)) for row in path.rows]
        return "\n".join([*lines, *self.footers(language)]) + "\n"

    def html(self, language: Language | None = None) -> str:
        """Return the table as HTML that a word processor and a spreadsheet paste as a table."""
        body = "".join(_html_rows(self, language))
        head = "".join(f"<th>{escape(name)}</th>" for name in self.headings(language))
        titles = [f"<p>{escape(line)}</p>" for line in self.titles(language)]
        footers = [f"<p>{escape(line)}</p>" for line in self.footers(language)]
        table = (
            '<table border="1" cellspacing="0" cellpadding="3" style="border-collapse:collapse">'
            f"<tr>{head}</tr>{body}</table>"
        )
        return f'<html><head><meta charset="utf-8"></head><body>{"".join([*titles, table, *footers])}</body></html>'


def _html_rows(sheet: CornerSheet, language: Language | None) -> Iterator[str]:
    for path in sheet.paths:
        title = sheet.path_title(path, language)
        if title:
            yield f'<tr><td colspan="4"><b>{escape(title)}</b></td></tr>'
        for row in path.rows:
            cells = "".join(
                f'<td style="text-align:{"center" if place == 0 else "right"};{_TEXT_CELL}">{escape(cell)}</td>'
                for place, cell in enumerate(sheet.cells(row, language))
            )
            yield f"<tr>{cells}</tr>"


def build_sheet(
    geometry: BaseGeometry, system: CoordinateSystem, display: CoordinateSystem | None = None
) -> CornerSheet:
    """Return the table of a geometry of ``system``, its coordinates in ``display`` or as they are.

    Corners are numbered through all parts. Edges are those of the coordinates shown, or, where these are degrees, of
    the zone.
    """
    shown = display or system
    paths: list[SheetPath] = []
    count = 0
    for role, part, ring, xy in _paths(geometry):
        own = xy if shown == system else transform_xy(xy, system, shown)
        lengths = np.hypot(*np.diff(own if shown.kind == "tm" else xy, axis=0).T).tolist()
        closes = role in ("outer", "inner")
        size = len(own) - closes
        labels = [str(count + 1 + place % size) for place in range(len(own))]
        count += size
        rows = zip(labels, own.tolist(), [*lengths, None], strict=True)
        paths.append(
            SheetPath(role, part, ring, tuple(SheetRow(name, north, east, edge) for name, (east, north), edge in rows))
        )
    return CornerSheet(
        shown,
        tuple(paths),
        _decimals(shapely.get_coordinates(geometry), system, shown),
        float(shapely.length(geometry)),
        float(shapely.area(geometry)),
    )


def _paths(geometry: BaseGeometry) -> Iterator[tuple[PathRole, int, int, npt.NDArray[np.float64]]]:
    for part, shape in enumerate(shapely.get_parts(geometry).tolist(), start=1):
        if shape.geom_type == "Polygon":
            yield "outer", part, 1, shapely.get_coordinates(shape.exterior)
            for ring, hole in enumerate(shape.interiors, start=1):
                yield "inner", part, ring, shapely.get_coordinates(hole)
        else:
            yield "point" if shape.geom_type == "Point" else "line", part, 1, shapely.get_coordinates(shape)


def _decimals(xy: npt.NDArray[np.float64], system: CoordinateSystem, shown: CoordinateSystem) -> int:
    """Return how many decimals tell every place of the grid: three where the stored ones are whole millimetres."""
    if shown.kind == "geographic":
        return _DEGREE_DECIMALS
    return 3 if shown == system and bool((np.round(xy, 3) == xy).all()) else 4


def _plain(value: float, decimals: int, language: Language | None) -> str:
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace(".", decimal_mark(language or current_language()))
