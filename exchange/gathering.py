"""Builds a table from the frames of the child, which is not trusted: what does not hold together is refused."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import Bug, EnvironmentFault, UserError
from exchange.cad.drawing import settle_texts
from exchange.columns import buffers_of, unpack_bytes, unpack_cells, unpack_wkb
from exchange.frames import Header
from exchange.legacy_text import UNKNOWN
from exchange.problems import RowProblem
from exchange.staging import StagedFile
from exchange.table import Table
from geodesy.systems import WGS84, CoordinateSystem, parse_system, system_from_wkt

_UNDEFINED = re.compile(r'^\w+\["Undefined ', re.IGNORECASE)  # what GeoPackage calls a system nobody named
_UNKNOWN_BYTES = UNKNOWN.encode()


def declared_system(system: str | None, shown: str) -> CoordinateSystem | None:
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


class Gathered:
    """The frames of one table as they come in."""

    def __init__(self, staged: StagedFile) -> None:
        self._staged = staged
        self._columns: dict[str, list[Any]] = {}
        self._undecoded: set[str] = set()
        self._shapes: list[npt.NDArray[np.object_]] = []
        self._heights: list[npt.NDArray[np.float64] | None] = []
        self._rejected: list[RowProblem] = []
        self._rows: list[npt.NDArray[np.int64]] = []
        self._count = 0
        self._facts: Header = {}
        self._noted: Header = {}
        self._warnings: list[RowProblem] = []
        self._measured: tuple[int, int] | None = None
        self.progress: tuple[int, int | None] = (0, None)

    @property
    def is_begun(self) -> bool:
        """Whether any frame has said which table this is."""
        return bool(self._facts)

    def add(self, header: Header, buffers: list[bytearray]) -> None:
        """Take in one frame; raise READER-CRASHED when it does not hold together."""
        try:
            if header["frame"] == "table":
                self._facts = header
                self.progress = (0, max(0, int(header["expected"])) or None)
            elif header["frame"] == "rows":
                self._add_rows(header, buffers)
            elif header["frame"] == "progress":
                self._measured = (int(header["done"]), int(header["total"]))
                self.progress = self._measured
            elif header["frame"] == "noted":
                self._noted = header
                self._warnings += [RowProblem(*problem) for problem in header["problems"]]
            elif header["frame"] == "text":
                self._add_text(header, buffers)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise EnvironmentFault("READER-CRASHED", file=self._staged.source.name, status="") from error

    def table(self, *, trust_declared: bool) -> Table:
        """Return the finished table."""
        if not self._facts:
            raise Bug("BUG", reason="a table without a beginning")
        layer = str(self._facts["layer"]) or self._staged.source.stem
        shapes = np.concatenate(self._shapes) if self._shapes else None
        found = Table(
            name=self._staged.source.name,
            layer=layer,
            kind=self._staged.kind.key,
            columns=self._columns,
            geometries=shapes,
            rows=np.concatenate(self._rows) if self._rows else np.arange(0, dtype=np.int64),
            rejected=tuple(self._rejected),
            warnings=tuple(self._warnings),
            undecoded=frozenset(self._undecoded),
            heights=self._all_heights(),
            capture_method=self._staged.kind.capture_method,
            type_hint="survey_point" if self._staged.kind.key == "gpx" and layer == "waypoints" else None,
        )
        if "shape" in self._facts:
            found = self._with_text_facts(found)
        if self._noted:
            found = settle_texts(found, str(self._noted["code_page"]), is_unicode=bool(self._noted["unicode"]))
        system = declared_system(self._facts.get("system"), self._staged.source.name) if trust_declared else None
        return replace(found, declared=system)

    def _all_heights(self) -> npt.NDArray[np.float64] | None:
        """Return one height for each vertex, NaN for those of frames that had none, or ``None`` when nobody had any."""
        if all(part is None or np.isnan(part).all() for part in self._heights):
            return None
        return np.concatenate(
            [
                np.full(int(shapely.get_num_coordinates(shapes).sum()), np.nan) if part is None else part
                for part, shapes in zip(self._heights, self._shapes, strict=True)
            ]
        )

    def _with_text_facts(self, table: Table) -> Table:
        facts = self._facts
        return replace(
            table,
            warnings=facts["warnings"],
            axis_order=facts["axis_order"],
            placed=frozenset(map(str, facts.get("placed", ()))),
            raw_rows=facts["raw_rows"],
            capture_method=facts["capture_method"],
            type_hint=facts["type_hint"],
        )

    def _add_rows(self, header: Header, buffers: list[bytearray]) -> None:
        count = int(header["count"])
        rows = np.arange(self._count + 1, self._count + count + 1, dtype=np.int64)
        left = self._add_columns(header["columns"], buffers, self._facts["charset"], rows)
        if header["wkb"]:
            self._add_shapes(unpack_wkb(left[0], left[1]), rows, marked=bool(header["broken"]))
        self._rows.append(rows)
        self._count += count
        self.progress = self._measured or (self._count, self.progress[1])

    def _add_columns(
        self, columns: list[Header], buffers: list[bytearray], charset: str | None, rows: npt.NDArray[np.int64]
    ) -> list[bytearray]:
        """Append the columns of a frame and return the buffers that are left."""
        left = list(buffers)
        for column in columns:
            if column["count"] != len(rows):
                raise ValueError("columns and rows differ")
            self._add_column(column, [left.pop(0) for _ in range(buffers_of(column))], charset, rows.tolist())
        return left

    def _add_column(self, column: Header, parts: list[bytearray], charset: str | None, rows: list[int]) -> None:
        """Append a column's cells; text that is not what the file says it is keeps U+FFFD and is reported."""
        name = str(column["name"])
        cells = self._columns.setdefault(name, [None] * self._count)
        if column["type"] == "text" and charset is None:
            fresh = unpack_cells(column, list(parts), "latin-1")
            if any(cell is not None and not cell.isascii() for cell in fresh):
                self._undecoded.add(name)
            cells += fresh
            return
        try:
            cells += unpack_cells(column, list(parts), charset or "utf-8")
        except UnicodeDecodeError:
            raw = unpack_bytes(column, parts[0])
            if _are_other_bytes(raw, charset or "utf-8"):  # the file says UTF-8 and is not: a wrong .cpg
                cells += [cell.decode("latin-1") or None for cell in raw]
                self._undecoded.add(name)
                return
            cells += [cell.decode(charset or "utf-8", "replace") or None for cell in raw]
        else:
            if column["type"] != "text" or _UNKNOWN_BYTES not in parts[0]:
                return
        for row, cell in zip(rows, cells[self._count :], strict=True):
            if cell is not None and UNKNOWN in cell:
                self._rejected.append(RowProblem(row, name, cell, "TEXT-UNMAPPED"))

    def _add_shapes(self, wkb: npt.NDArray[np.object_], rows: npt.NDArray[np.int64], *, marked: bool) -> None:
        """Append geometries; with ``marked``, GDAL could not read some of those that are missing."""
        if len(wkb) != len(rows):
            raise ValueError("geometries and rows differ")
        with np.errstate(invalid="ignore"):  # a coordinate that is no number is the rules' business
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        missing = shapely.is_missing(shapes)
        present = np.array([cell is not None for cell in wkb.tolist()], dtype=bool)
        for row in rows[missing if marked else missing & present].tolist():
            self._rejected.append(RowProblem(row, None, None, "GEOMETRY-UNREADABLE"))
        is_deep = bool(shapely.has_z(shapes).any())
        self._heights.append(shapely.get_coordinates(shapes, include_z=True)[:, 2] if is_deep else None)
        self._shapes.append(shapely.force_2d(shapes) if is_deep or shapely.has_m(shapes).any() else shapes)

    def _add_text(self, header: Header, buffers: list[bytearray]) -> None:
        rows = np.frombuffer(buffers[-5], "<i8").copy()
        left = self._add_columns(header["columns"], buffers, "utf-8" if header["decoded"] else None, rows)
        raw = unpack_cells({"type": "text", "count": len(rows)}, [left[0]], header["charset"])
        sizes = np.frombuffer(left[2], "<i8")
        east, north, height = (np.frombuffer(part, "<f8") for part in left[3:6])
        warnings = tuple(RowProblem(*problem) for problem in header["warnings"])
        self._facts = {**header, "raw_rows": tuple(text or "" for text in raw), "warnings": warnings}
        self._rejected += [RowProblem(*problem) for problem in header["rejected"]]
        self._rows.append(rows)
        self._count = len(rows)
        if header["shape"] is not None:
            rings = np.array(header["rings"] or np.ones(len(sizes)), dtype=np.int64)
            self._shapes.append(_build_shapes(header["shape"], np.column_stack([east, north]), sizes, rings))
            self._heights.append(height.copy() if len(height) else None)


def _are_other_bytes(raw: Iterable[bytes], charset: str) -> bool:
    """Whether most cells beyond ASCII are not in the encoding that the file names: then it is another one's column."""
    sound = wrong = 0
    for cell in raw:
        if not cell.isascii():
            try:
                cell.decode(charset)
                sound += 1
            except UnicodeDecodeError:
                wrong += 1
    return wrong > 1 and wrong > sound


def _build_shapes(
    shape: str, xy: npt.NDArray[np.float64], sizes: npt.NDArray[np.int64], rings: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    """Return one geometry a row; ``rings`` counts those of each polygon, its outline first."""
    if shape == "point":
        return np.asarray(shapely.points(xy), dtype=object)
    built: npt.NDArray[np.object_] = np.empty(len(rings), dtype=object)
    if rings.sum() != len(sizes):
        raise ValueError("rings and rows differ")
    if len(sizes):
        every: Any = shapely.linearrings(xy, indices=np.repeat(np.arange(len(sizes)), sizes))
        firsts = np.cumsum(rings) - rings
        built[:] = [
            shapely.polygons(every[first], holes=every[first + 1 : first + count])
            for first, count in zip(firsts.tolist(), rings.tolist(), strict=True)
        ]
    return built
