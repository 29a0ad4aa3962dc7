"""The rows of a layer that GDAL reads, inside the child, and how they are packed for the parent.

Text is asked for as ISO-8859-1, one character a byte, whatever the file: so a broken byte spoils its own cell alone,
and the parent decides what the bytes mean.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from exchange.columns import pack_numbers, pack_text, pack_wkb
from exchange.frames import Buffer, Header

BYTES = "ISO-8859-1"

_SPARSE = frozenset({"GPX", "LIBKML"})  # drivers that name every column there could be
# How a placemark is shown, not what it says.
_SHOWING = frozenset({"altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon"})

Frame = tuple[Header, list[Buffer]]


@dataclass(frozen=True, slots=True)
class LayerSource:
    """One layer to be read: pyogrio's call for its file, its name there, GDAL's facts; ``failure`` is a bad row's.

    ``shown`` is its name as the user knows it, ``charset`` what its text is in, ``None`` where nobody said.
    """

    read: Callable[..., Any]
    name: str
    facts: Any
    driver: str
    failure: type[Exception]
    shown: str
    charset: str | None

    @property
    def header(self) -> Header:
        """What is told before the first rows."""
        expected = int(self.facts["features"])
        facts = {"layer": self.shown, "system": self.facts["crs"], "charset": self.charset, "expected": expected}
        return {"frame": "table", **facts}

    def numbered(self, numbers: npt.NDArray[np.int64]) -> "LayerRows":
        """Return the rows of these numbers; raise ``failure`` when one is gone."""
        meta, _, geometries, fields = self.read(layer=self.name, fids=numbers)
        return LayerRows(meta, geometries, fields)


@dataclass(frozen=True, slots=True)
class LayerRows:
    """What one call of pyogrio gave; ``broken`` when some of the geometries could not be read."""

    meta: Any
    geometries: Any
    fields: Any
    broken: bool = False

    @property
    def count(self) -> int:
        if len(self.fields):
            return len(self.fields[0])
        return 0 if self.geometries is None else len(self.geometries)


def read_rows(source: LayerSource, start: int, limit: int | None) -> LayerRows:
    """Return up to ``limit`` rows from ``start`` on."""
    try:
        return _read_rows(source, start, limit)
    except ValueError:
        return _read_rows_with_days_apart(source, start, limit)


def _read_rows(source: LayerSource, start: int, limit: int | None, **options: Any) -> LayerRows:
    """Return the rows from ``start`` on.

    A broken geometry comes back as none; but when more rows are asked for than there are, GDAL's complaint about it is
    taken for a failure of the whole. Then exactly the rows that exist are asked for.
    """
    read = partial(source.read, layer=source.name, skip_features=start, **options)
    try:
        meta, _, geometries, fields = read(max_features=limit)
    except source.failure:
        expected = int(source.facts["features"])
        if expected <= start:
            raise
        meta, _, geometries, fields = read(max_features=expected - start)
        return LayerRows(meta, geometries, fields, broken=True)
    return LayerRows(meta, geometries, fields)


def _read_rows_with_days_apart(source: LayerSource, start: int, limit: int | None) -> LayerRows:
    """Return the rows from ``start`` on where some cell is a day in no calendar (31 February).

    pyogrio makes dates of the cells and gives the whole file up at such a one; so the days are read as the text they
    are, apart from the rest. Raise ``ValueError`` when it was no day that it failed at.
    """
    names, kinds, subkinds = (list(source.facts[key]) for key in ("fields", "ogr_types", "ogr_subtypes"))
    days = [name for name, kind in zip(names, kinds, strict=True) if kind == "OFTDate"]
    if not days:
        raise ValueError("no day among the columns")
    others = [name for name in names if name not in days]
    rows = _read_rows(source, start, limit, columns=others)
    columns = dict(zip(others, rows.fields, strict=True))
    inner = [name if source.driver == "ESRI Shapefile" else plain_name(name) for name in days]  # GDAL reads it by BYTES
    chosen = ", ".join(f"CAST({_quoted(name)} AS character(10)) AS {_quoted(name)}" for name in inner)
    sql = f"SELECT {chosen} FROM {_quoted(source.name)}"  # noqa: S608 (names out of the file, quoted)
    texts = source.read(sql=sql, sql_dialect="OGRSQL", read_geometry=False, skip_features=start, max_features=limit)[3]
    columns |= {name: _plain_days(cells) for name, cells in zip(days, texts, strict=True)}
    meta = {**rows.meta, "fields": names, "ogr_types": kinds, "ogr_subtypes": subkinds}
    return LayerRows(meta, rows.geometries, [columns[name] for name in names], rows.broken)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain_days(texts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return days with hyphens, as pyogrio writes them, where GDAL writes ``2026/02/31``."""
    return np.array([text and str(text).replace("/", "-") for text in texts.tolist()], dtype=object)


def pack_rows(rows: LayerRows, driver: str) -> Frame:
    """Return rows as one frame."""
    meta = rows.meta
    buffers: list[Buffer] = []
    columns = []
    names = [plain_name(name) for name in meta["fields"]]
    for name, values, kind, subkind in zip(names, rows.fields, meta["ogr_types"], meta["ogr_subtypes"], strict=True):
        packed = _pack_column(name, values, kind, subkind)
        if packed is None or (driver in _SPARSE and (name in _SHOWING or not _has_values(values))):
            continue
        columns.append(packed[0])
        buffers += packed[1]
    has_shapes = rows.geometries is not None
    if has_shapes:
        buffers += pack_wkb(rows.geometries)
    facts = {"count": rows.count, "columns": columns, "wkb": has_shapes, "broken": rows.broken}
    return {"frame": "rows", **facts}, buffers


def _pack_column(name: str, values: npt.NDArray[Any], kind: str, subkind: str) -> tuple[Header, list[Buffer]] | None:
    if kind == "OFTBinary":
        return None
    if values.dtype == object or values.dtype.kind not in "biuf":
        cells = values.tolist()
        if kind == "OFTDate" or set(map(type, cells)) - {str, type(None)}:
            cells = [_as_text(value, kind) for value in cells]
        return pack_text(name, cells, BYTES)
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    if subkind == "OFSTBoolean":
        return pack_numbers(name, "boolean", values, missing)
    if kind in {"OFTInteger", "OFTInteger64"}:
        return pack_numbers(name, "integer", values, missing)
    if values.dtype == np.float32:
        values = values.astype(str).astype(np.float64)  # the shortest text that is the same float32, as it was written
    return pack_numbers(name, "number", values, missing)


def _as_text(value: Any, kind: str) -> str | None:
    if value is None or isinstance(value, str):
        return value[:10] if value and kind == "OFTDate" else value
    if isinstance(value, float) and np.isnan(value):
        return None
    if isinstance(value, np.ndarray | list | tuple):
        return json.dumps([item if isinstance(item, str | int | float) else str(item) for item in value])
    return str(value)


def _has_values(values: npt.NDArray[Any]) -> bool:
    if values.dtype.kind == "f":
        return not bool(np.isnan(values).all())
    return values.dtype != object or any(value not in (None, "") for value in values.tolist())


def plain_name(name: str) -> str:
    """Return a name that was read byte by byte as what it says in UTF-8, or as it is when it is not that."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name
