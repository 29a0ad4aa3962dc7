"""Coordinate tables from the clipboard or a file, row by row; foreign text is read in a child process, never here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.corners import RingRole
from exchange.frames import Header
from exchange.gathering import declared_system
from exchange.kinds import OFFICE_KINDS, kind_of
from exchange.problems import RowProblem
from exchange.sandbox import Limits, run_child
from exchange.staging import staged_file
from geodesy.arrays import Kind
from geodesy.numbers import Mark
from geodesy.systems import CoordinateSystem

PASTED_BYTES = 8_000_000
TABLE_KINDS = (kind_of("text"), *OFFICE_KINDS)

_Places = list[tuple[float, float]]

LIMITS = Limits(memory_bytes=2 << 30, cpu_seconds=20, seconds=30.0)


@dataclass(frozen=True, slots=True)
class CornerRow:
    """One row: its line, its label, X and Y as written and as read (``None`` when they are no numbers), and its edge.

    ``stated_m`` is the length of S, ``measured_m`` that of the same edge by the coordinates.
    """

    number: int
    label: str
    north_text: str
    east_text: str
    north: float | None
    east: float | None
    stated_m: float | None
    measured_m: float | None

    @property
    def place(self) -> tuple[float, float]:
        """East and north as read."""
        if self.east is None or self.north is None:
            raise ValueError("a row without numbers is in no ring")
        return self.east, self.north


@dataclass(frozen=True, slots=True)
class CornerRing:
    """One run of rows, by their places among the table's; ``closing`` repeats the first, where there is one."""

    role: RingRole | None
    rows: tuple[int, ...]
    closing: int | None


@dataclass(frozen=True, slots=True)
class CornerTable:
    """A coordinate table as it was read, before anything of it is believed.

    ``columns`` say what each was taken for: point, north, east, edge, unused. ``rejected`` keeps the table from being
    taken, ``warnings`` are to be looked at. ``certain`` is false where the numbers allow X and Y to be exchanged.
    """

    name: str
    rows: tuple[CornerRow, ...]
    rings: tuple[CornerRing, ...]
    columns: tuple[str, ...]
    rejected: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]
    declared: CoordinateSystem | None
    geographic: bool
    north_first: bool
    certain: bool
    decimal: Mark | None
    area_ha: float | None

    def xy(self) -> npt.NDArray[np.float64]:
        """Return the corners as written ``(n, 2)``, east and north; those without numbers are left out."""
        found = [(row.east, row.north) for row in self.rows if row.east is not None and row.north is not None]
        return np.array(found, dtype=np.float64).reshape(-1, 2)

    def build(self, kind: Kind) -> BaseGeometry:
        """Return what the rows draw, in the table's own system: one geometry, multi where it has several parts.

        Raise ``UserError`` CORNERS-KIND when they do not make a ``kind``: too few corners, or an inner boundary of no
        polygon.
        """
        paths = [[self.rows[place].place for place in ring.rows] for ring in self.rings]
        least = {"point": 1, "line": 2, "polygon": 3}[kind]
        if not paths or any(len(path) < least for path in paths):
            raise UserError("CORNERS-KIND", count=min(map(len, paths), default=0), least=least)
        if kind == "point":
            places = [place for path in paths for place in path]
            return shapely.Point(places[0]) if len(places) == 1 else shapely.MultiPoint(places)
        if kind == "line":
            lines = [self._line(path, ring) for path, ring in zip(paths, self.rings, strict=True)]
            return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
        return self._polygon(paths)

    def _line(self, path: _Places, ring: CornerRing) -> shapely.LineString:
        return shapely.LineString([*path, *([path[0]] if ring.closing is not None else [])])

    def _polygon(self, paths: Sequence[_Places]) -> BaseGeometry:
        parts: list[tuple[_Places, list[_Places]]] = []
        for path, ring in zip(paths, self.rings, strict=True):
            if ring.role != "inner":
                parts.append((path, []))
            elif parts:
                parts[-1][1].append(path)
            else:
                raise UserError("CORNERS-INNER-FIRST")
        polygons = [shapely.Polygon(outline, holes) for outline, holes in parts]
        return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def read_corner_table(
    source: Path | tuple[str, str],
    *,
    shown: str = "",
    decimal: Mark | None = None,
    north_first: bool | None = None,
    progress: Progress = SILENT,
) -> CornerTable:
    """Return the rows of a text file, a Word document or an Excel workbook, or of the clipboard's text and HTML.

    ``decimal`` and ``north_first`` are what somebody has decided. Raise ``UserError`` TEXT-NO-COORDINATES,
    CORNERS-MANY, PASTE-LARGE, the FILE-… errors of ``inspect_file``, and READER-… when the child cannot.
    """
    choices = {"decimal": decimal, "north_first": north_first}

    def poll() -> None:
        progress.step(0, None)

    if isinstance(source, tuple):
        texts = [part.encode("utf-8", "replace") for part in source]
        if sum(map(len, texts)) > PASTED_BYTES:
            raise UserError("PASTE-LARGE", megabytes=PASTED_BYTES // 1_000_000)
        request = {"operation": "read_corners", "parts": [], "choices": choices}
        payload: list[tuple[Header, list[Any]]] = [({"frame": "pasted"}, list(texts))]
        return gather_table(run_child(request, shown=shown, limits=LIMITS, payload=payload, poll=poll), shown)
    with staged_file(source, TABLE_KINDS) as staged:
        request = {
            "operation": "read_corners",
            "kind": staged.kind.key,
            "path": str(staged.path),
            "parts": [str(part) for part in staged.parts],
            "choices": choices,
        }
        return gather_table(run_child(request, shown=source.name, limits=LIMITS, poll=poll), source.name)


def gather_table(frames: Iterable[tuple[Header, Any]], shown: str) -> CornerTable:
    """Return what the child answers; it read foreign text, so nothing of its form is taken for granted."""
    headers = [header for header, _ in frames]
    try:
        (header,) = headers
        return CornerTable(
            name=shown,
            rows=tuple(CornerRow(*row) for row in header["rows"]),
            rings=tuple(CornerRing(role, tuple(rows), closing) for role, rows, closing in header["rings"]),
            columns=tuple(map(str, header["columns"])),
            rejected=tuple(RowProblem(*problem) for problem in header["rejected"]),
            warnings=tuple(RowProblem(*problem) for problem in header["warnings"]),
            declared=declared_system(header["system"], shown),
            geographic=bool(header["geographic"]),
            north_first=bool(header["north_first"]),
            certain=bool(header["certain"]),
            decimal=header["decimal"],
            area_ha=header["area_ha"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EnvironmentFault("READER-CRASHED", file=shown, status="") from error
