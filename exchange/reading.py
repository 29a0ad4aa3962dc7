"""Field files in: what they hold, and their rows; every file is opened in a child process, never in this one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import Bug, EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.columns import buffers_of, unpack_bytes, unpack_cells, unpack_wkb
from exchange.decoding import decode_columns
from exchange.frames import Header
from exchange.legacy_text import UNKNOWN
from exchange.problems import RowProblem
from exchange.sandbox import DEFAULT_LIMITS, Limits, run_child
from exchange.staging import StagedFile, staged_file
from exchange.table import Table
from geodesy.systems import WGS84, CoordinateSystem, parse_system, system_from_wkt

__all__ = ["FileInspection", "LayerSummary", "RowProblem", "Table", "inspect_file", "read_table"]

_UNDEFINED = re.compile(r'^\w+\["Undefined ', re.IGNORECASE)  # what GeoPackage calls a system nobody named
_UNKNOWN_BYTES = UNKNOWN.encode()


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer of a file: its name, kind of geometry (``None`` for none), number of rows, columns and declared
    system.

    ``columns`` are pairs of name and type as the file has them. ``declared`` is ``None`` when the file names no
    system, or one this program refuses; ``refused`` is then the code of the reason.
    """

    name: str
    geometry: str | None
    count: int
    columns: tuple[tuple[str, str], ...]
    declared: CoordinateSystem | None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class FileInspection:
    """What a file holds; ``driver`` names its format."""

    path: Path
    kind: str
    driver: str
    layers: tuple[LayerSummary, ...]


def inspect_file(path: Path, progress: Progress = SILENT, *, limits: Limits = DEFAULT_LIMITS) -> FileInspection:
    """Return the layers of a field file.

    Raises the FILE-…, ARCHIVE-…, TEXT-… and READER-… errors of a file that is missing, damaged, unsafe or not what its
    name says.
    """
    with staged_file(path) as staged:
        layers = [
            _summary(header, staged) for header, _ in _run("inspect", staged, limits, lambda: progress.step(0, None))
        ]
    return FileInspection(path, staged.kind.key, staged.kind.title, tuple(layers))


def read_table(
    path: Path,
    layer: str | None = None,
    *,
    encoding: str | Mapping[str, str] | None = None,
    progress: Progress = SILENT,
    trust_declared: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Return one layer's rows; without ``layer`` the only one, or the first of a GPX.

    ``encoding`` repairs text: a name for every column of unknown encoding, ``auto`` for what the text doctor decides
    column by column, or a mapping of columns to names; ``None`` leaves the text as it came. A declared system this
    program refuses raises CRS-DEPRECATED, CRS-UNSUPPORTED or CRS-UNKNOWN, unless ``trust_declared`` is off because
    somebody named another. Raises besides what ``inspect_file`` raises LAYER-MISSING and LAYER-SEVERAL.
    """
    with staged_file(path) as staged:
        gathered = _Gathered(staged)
        for header, buffers in _run("read", staged, limits, lambda: progress.step(*gathered.progress), layer=layer):
            gathered.add(header, buffers)
        table = gathered.table(trust_declared=trust_declared)
    return decode_columns(table, encoding) if encoding else table


def _run(operation: str, staged: StagedFile, limits: Limits, poll: Callable[[], None], **facts: Any) -> Any:
    request = {
        "operation": operation,
        "kind": staged.kind.key,
        "driver": staged.kind.driver,
        "path": str(staged.path),
        "parts": [str(part) for part in staged.parts],
        **facts,
    }
    return run_child(
        request,
        shown=staged.source.name,
        drivers=[staged.kind.driver] if staged.kind.driver else [],
        scratch=str(staged.folder),
        limits=limits,
        poll=poll,
    )


def _summary(header: Header, staged: StagedFile) -> LayerSummary:
    declared, refused = None, None
    try:
        declared = _declared(header.get("system"), staged.source.name)
    except UserError as error:
        refused = error.code
    return LayerSummary(
        name=str(header["layer"]),
        geometry=header["geometry"],
        count=int(header["count"]),
        columns=tuple((str(name), str(kind)) for name, kind in header["columns"]),
        declared=declared,
        refused=refused,
    )


def _declared(system: str | None, shown: str) -> CoordinateSystem | None:
    """Return the system a file names; raise CRS-… when it names one this program refuses."""
    if not system or _UNDEFINED.search(system):
        return None
    if system == "HN-72":
        raise UserError("CRS-UNSUPPORTED", system=system, file=shown)
    if system.upper().endswith("CRS84"):
        return WGS84
    try:
        return system_from_wkt(system) if "[" in system else parse_system(system)
    except UserError as error:
        raise UserError(error.code, **{**error.context, "file": shown}) from error


class _Gathered:
    """The frames of one table as they come in."""

    def __init__(self, staged: StagedFile) -> None:
        self._staged = staged
        self._columns: dict[str, list[Any]] = {}
        self._undecoded: set[str] = set()
        self._shapes: list[npt.NDArray[np.object_]] = []
        self._heights: list[npt.NDArray[np.float64]] = []
        self._rejected: list[RowProblem] = []
        self._rows: list[npt.NDArray[np.int64]] = []
        self._count = 0
        self._facts: Header = {}
        self.progress: tuple[int, int | None] = (0, None)

    def add(self, header: Header, buffers: list[bytearray]) -> None:
        """Take in one frame; raise READER-CRASHED when it does not hold together."""
        try:
            if header["frame"] == "table":
                self._facts = header
                self.progress = (0, max(0, int(header["expected"])) or None)
            elif header["frame"] == "rows":
                self._add_rows(header, buffers)
            elif header["frame"] == "text":
                self._add_text(header, buffers)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise EnvironmentFault("READER-CRASHED", file=self._staged.source.name, status="") from error

    def table(self, *, trust_declared: bool) -> Table:
        """Return the finished table."""
        if not self._facts:
            raise Bug("BUG", reason="a table without a beginning")
        layer = str(self._facts["layer"])
        shapes = np.concatenate(self._shapes) if self._shapes else None
        heights = np.concatenate(self._heights) if self._heights else None
        if heights is not None and np.isnan(heights).all():
            heights = None
        found = Table(
            name=self._staged.source.name,
            layer=layer,
            kind=self._staged.kind.key,
            columns=self._columns,
            geometries=shapes,
            rows=np.concatenate(self._rows) if self._rows else np.arange(0, dtype=np.int64),
            rejected=tuple(self._rejected),
            undecoded=frozenset(self._undecoded),
            heights=heights,
            capture_method=self._staged.kind.capture_method,
            type_hint="survey_point" if self._staged.kind.key == "gpx" and layer == "waypoints" else None,
        )
        if "shape" in self._facts:
            found = self._with_text_facts(found)
        system = _declared(self._facts.get("system"), self._staged.source.name) if trust_declared else None
        return replace(found, declared=system)

    def _with_text_facts(self, table: Table) -> Table:
        facts = self._facts
        return replace(
            table,
            warnings=facts["warnings"],
            axis_order=facts["axis_order"],
            raw_rows=facts["raw_rows"],
            capture_method=facts["capture_method"],
            type_hint=facts["type_hint"],
        )

    def _add_rows(self, header: Header, buffers: list[bytearray]) -> None:
        count = int(header["count"])
        first = self._count + 1
        charset = self._facts["charset"]
        left = list(buffers)
        for column in header["columns"]:
            parts = [left.pop(0) for _ in range(buffers_of(column))]
            self._add_column(column, parts, charset, first)
        if header["wkb"]:
            self._add_shapes(unpack_wkb(left[0], left[1]), first)
        if header["broken"]:
            missing = np.flatnonzero(shapely.is_missing(self._shapes[-1])).tolist()
            self._rejected += [RowProblem(first + place, None, None, "GEOMETRY-UNREADABLE") for place in missing]
        self._rows.append(np.arange(first, first + count, dtype=np.int64))
        self._count += count
        self.progress = (self._count, self.progress[1])

    def _add_column(self, column: Header, parts: list[bytearray], charset: str | None, first: int) -> None:
        """Append a column's cells; text that is not what the file says it is keeps U+FFFD and is reported."""
        name = str(column["name"])
        cells = self._columns.setdefault(name, [None] * (first - 1))
        if column["type"] == "text" and charset is None:
            fresh = unpack_cells(column, list(parts), "latin-1")
            if any(cell is not None and not cell.isascii() for cell in fresh):
                self._undecoded.add(name)
            cells += fresh
            return
        try:
            cells += unpack_cells(column, list(parts), charset or "utf-8")
        except UnicodeDecodeError:
            for row, raw in enumerate(unpack_bytes(column, parts[0]), start=first):
                text = raw.decode(charset or "utf-8", "replace")
                cells.append(text or None)
                if UNKNOWN in text:
                    self._rejected.append(RowProblem(row, name, text, "TEXT-UNMAPPED"))
            return
        if column["type"] == "text" and _UNKNOWN_BYTES in parts[0]:
            for row, cell in enumerate(cells[first - 1 :], start=first):
                if cell is not None and UNKNOWN in cell:
                    self._rejected.append(RowProblem(row, name, cell, "TEXT-UNMAPPED"))

    def _add_shapes(self, wkb: npt.NDArray[np.object_], first: int) -> None:
        with np.errstate(invalid="ignore"):  # a coordinate that is no number is the rules' business
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        broken = shapely.is_missing(shapes) & np.array([cell is not None for cell in wkb.tolist()], dtype=bool)
        for place in np.flatnonzero(broken).tolist():
            self._rejected.append(RowProblem(first + place, None, None, "GEOMETRY-UNREADABLE"))
        deep = shapely.has_z(shapes)
        if deep.any():
            self._heights.append(shapely.get_coordinates(shapes, include_z=True)[:, 2])
        elif self._heights:
            self._heights.append(np.full(int(shapely.get_num_coordinates(shapes).sum()), np.nan))
        self._shapes.append(shapely.force_2d(shapes) if deep.any() or _has_m(shapes) else shapes)

    def _add_text(self, header: Header, buffers: list[bytearray]) -> None:
        left = list(buffers)
        for column in header["columns"]:
            parts = [left.pop(0) for _ in range(buffers_of(column))]
            self._add_column(column, parts, "utf-8" if header["decoded"] else None, 1)
        raw = unpack_cells({"type": "text", "count": header["count"]}, [left[0]], header["charset"])
        rows, sizes = np.frombuffer(left[1], "<i8").copy(), np.frombuffer(left[2], "<i8")
        east, north, height = (np.frombuffer(part, "<f8") for part in left[3:6])
        warnings = tuple(RowProblem(*problem) for problem in header["warnings"])
        self._facts = {**header, "raw_rows": tuple(text or "" for text in raw), "warnings": warnings}
        self._rejected += [RowProblem(*problem) for problem in header["rejected"]]
        self._rows.append(rows)
        self._count = len(rows)
        if header["shape"] is not None:
            self._shapes.append(_build_shapes(header["shape"], np.column_stack([east, north]), sizes))
        if len(height):
            self._heights.append(height.copy())


def _has_m(shapes: npt.NDArray[np.object_]) -> bool:
    return bool(shapely.has_m(shapes).any())


def _build_shapes(shape: str, xy: npt.NDArray[np.float64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    built: npt.NDArray[np.object_] = np.empty(len(sizes), dtype=object)
    if shape == "point":
        built[:] = shapely.points(xy)
    elif len(sizes):
        owner = np.repeat(np.arange(len(sizes)), sizes)
        built[:] = shapely.polygons(shapely.linearrings(xy, indices=owner))
    return built
