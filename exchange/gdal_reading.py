"""Reads field files through GDAL, inside the child: fiona lists layers and schemas, pyogrio loads whole tables.

Text is asked for as ISO-8859-1, one character a byte, whatever the file: so a broken byte spoils its own cell alone,
and the parent decides what the bytes mean. The two libraries carry a GDAL each; one operation loads one of them.
"""

import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import Bug, UserError
from exchange.columns import pack_numbers, pack_text, pack_wkb
from exchange.drivers import unexpected_drivers
from exchange.frames import Buffer, Header
from exchange.soundness import plain_tables

BYTES = "ISO-8859-1"
CHUNK_ROWS = 25_000  # while the parent takes some in, the next are read

_OPEN_OPTIONS = {
    "GPKG": {"IMMUTABLE": "YES", "LIST_ALL_TABLES": "NO"},
    "SQLite": {"LIST_ALL_TABLES": "NO"},
    "GML": {"DOWNLOAD_SCHEMA": "NO", "SKIP_RESOLVE_ELEMS": "ALL"},
}
_CHUNKED = frozenset({"GPKG", "ESRI Shapefile"})  # drivers that jump to a row instead of reading up to it
_GPX_LAYERS = ("waypoints", "tracks", "routes")
_SPARSE = frozenset({"GPX", "LIBKML"})  # drivers that name every column there could be
# How a placemark is shown, not what it says.
_SHOWING = frozenset({"altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon"})
_NAMED_BY_FILE = frozenset({"ESRI Shapefile", "GeoJSON", "FlatGeobuf"})  # their one layer goes by the file's name

Frame = tuple[Header, list[Buffer]]


def load_fiona(driver: str) -> Any:
    """Import fiona and return it; raise ``Bug`` when it could open more than ``driver``."""
    logging.getLogger("fiona").setLevel(logging.CRITICAL)
    import fiona
    from fiona.env import Env

    with Env() as environment:
        _check_drivers(environment.drivers(), driver)
    return fiona


def load_pyogrio(driver: str) -> Any:
    """Import pyogrio and return it; raise ``Bug`` when it could open more than ``driver``."""
    sys.modules.setdefault("pyproj", None)  # type: ignore[arg-type]  # an option of pyogrio's that costs 50 ms and a third PROJ
    logging.getLogger("pyogrio").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    import pyogrio
    import pyogrio.raw

    _check_drivers(pyogrio.list_drivers(), driver)
    return pyogrio


def _check_drivers(registered: Any, driver: str) -> None:
    if strange := unexpected_drivers(registered, [driver]):
        raise Bug("READER-DRIVERS", drivers=strange)


def list_layers(fiona: Any, path: Path, driver: str, shown: str) -> Iterator[Frame]:
    """Yield one frame a layer: name, kind of geometry, count, coordinate system and columns."""
    options = _OPEN_OPTIONS.get(driver, {})
    names = fiona.listlayers(str(path), **options)
    for name in _wanted(names, path, driver, shown):
        with fiona.open(
            str(path),
            layer=name,
            enabled_drivers=[driver],
            encoding=BYTES,
            allow_unsupported_drivers=True,
            **options,
        ) as layer:
            geometry = layer.schema["geometry"]
            columns = [[_utf8(column), kind] for column, kind in layer.schema["properties"].items()]
            count = _count(layer)
            if driver == "GPX" and not count:
                continue
            shown_name = _shown_layer(name, path, driver, shown)
            facts = {"layer": shown_name, "geometry": None if geometry == "None" else geometry, "count": count}
            yield {"frame": "layer", **facts, "system": layer.crs_wkt or None, "columns": columns}, []


def _shown_layer(name: str, path: Path, driver: str, shown: str) -> str:
    """Return the layer's name as the user knows it: not that of our copy of the file."""
    return Path(shown).stem if driver in _NAMED_BY_FILE and name == path.stem else name


def _wanted(names: list[str], path: Path, driver: str, shown: str) -> list[str]:
    if driver == "GPX":
        return [name for name in _GPX_LAYERS if name in names]
    if driver in ("GPKG", "SQLite"):
        tables = plain_tables(path, shown)
        return [name for name in names if name in tables]
    return list(names)


def _count(layer: Any) -> int:
    try:
        return len(layer)
    except TypeError:  # the driver counts by reading
        return sum(1 for _ in layer)


def read_layer(pyogrio: Any, path: Path, driver: str, layer: str | None, shown: str) -> Iterator[Frame]:
    """Yield the rows of one layer in frames of at most ``CHUNK_ROWS``, and before them one that says what is coming.

    Without ``layer`` the only layer (with geometry) is meant, of a GPX the first that has any rows. Raises
    FILE-NO-LAYERS, LAYER-MISSING and LAYER-SEVERAL.
    """
    options = _OPEN_OPTIONS.get(driver, {})
    name, facts = _choose_layer(pyogrio, path, driver, layer, shown)
    charset: str | None = "utf-8"
    if driver == "ESRI Shapefile":
        charset = declared_charset(path / f"{name}.shp" if path.is_dir() else path)
    elif driver == "MapInfo File":
        charset = mapinfo_charset(path)
    shown_name = _shown_layer(name, path, driver, shown)
    expected = int(facts["features"])
    yield {"frame": "table", "layer": shown_name, "system": facts["crs"], "charset": charset, "expected": expected}, []
    read = partial(pyogrio.raw.read, str(path), encoding=BYTES, datetime_as_string=True, **options)
    source = _Source(read, name, facts, driver, pyogrio.errors.FeatureError)
    start, limit = 0, CHUNK_ROWS if driver in _CHUNKED else None
    while True:
        try:
            rows = _read_rows(source, start, limit)
        except ValueError:
            rows = _read_rows_with_days_apart(source, start, limit)
        yield _pack_rows(rows, driver)
        start += rows.count
        if driver not in _CHUNKED or rows.count < CHUNK_ROWS:
            return


@dataclass(frozen=True, slots=True)
class _Source:
    """One layer to be read: pyogrio's call for its file, its name there, GDAL's facts; ``failure`` is a bad row's."""

    read: Callable[..., Any]
    name: str
    facts: Any
    driver: str
    failure: type[Exception]


@dataclass(frozen=True, slots=True)
class _Rows:
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


def _read_rows(source: _Source, start: int, limit: int | None, **options: Any) -> _Rows:
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
        return _Rows(meta, geometries, fields, broken=True)
    return _Rows(meta, geometries, fields)


def _read_rows_with_days_apart(source: _Source, start: int, limit: int | None) -> _Rows:
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
    inner = [name if source.driver == "ESRI Shapefile" else _utf8(name) for name in days]  # GDAL reads it by BYTES
    chosen = ", ".join(f"CAST({_quoted(name)} AS character(10)) AS {_quoted(name)}" for name in inner)
    sql = f"SELECT {chosen} FROM {_quoted(source.name)}"  # noqa: S608 (names out of the file, quoted)
    texts = source.read(sql=sql, sql_dialect="OGRSQL", read_geometry=False, skip_features=start, max_features=limit)[3]
    columns |= {name: _plain_days(cells) for name, cells in zip(days, texts, strict=True)}
    meta = {**rows.meta, "fields": names, "ogr_types": kinds, "ogr_subtypes": subkinds}
    return _Rows(meta, rows.geometries, [columns[name] for name in names], rows.broken)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain_days(texts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return days with hyphens, as pyogrio writes them, where GDAL writes ``2026/02/31``."""
    return np.array([text and str(text).replace("/", "-") for text in texts.tolist()], dtype=object)


def _choose_layer(pyogrio: Any, path: Path, driver: str, layer: str | None, shown: str) -> tuple[str, Any]:
    """Return the wanted layer's name inside the file and GDAL's facts about it."""
    options = _OPEN_OPTIONS.get(driver, {})
    kinds = dict(pyogrio.list_layers(str(path)).tolist())
    names = _wanted(list(kinds), path, driver, shown)
    known = {_shown_layer(name, path, driver, shown): name for name in names}
    if layer is not None:
        if layer not in known:
            raise UserError("LAYER-MISSING", file=shown, layer=layer, layers=list(known))
        names = [known[layer]]
    placed = [name for name in names if kinds[name] is not None] or names
    if not placed:
        raise UserError("FILE-NO-LAYERS", file=shown)
    if len(placed) > 1 and driver != "GPX":
        raise UserError("LAYER-SEVERAL", file=shown, layers=list(known))
    for name in placed:
        facts = pyogrio.read_info(str(path), layer=name, encoding=BYTES, force_feature_count=driver == "GPX", **options)
        if facts["features"] or name == placed[-1]:
            return name, facts
    return placed[0], facts


def _pack_rows(rows: _Rows, driver: str) -> Frame:
    meta = rows.meta
    buffers: list[Buffer] = []
    columns = []
    names = [_utf8(name) for name in meta["fields"]]
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


def _utf8(name: str) -> str:
    """Return a name that was read byte by byte as what it says in UTF-8, or as it is when it is not that."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def declared_charset(path: Path) -> str | None:
    """Return ``utf-8`` when a shapefile declares it, else ``None``: the bytes are for the text doctor.

    A Western or Vietnamese Windows code page is what programs write when nobody chose, and says nothing of legacy
    fonts.
    """
    page = path.with_suffix(".cpg")
    text = page.read_text("ascii", errors="replace").strip().upper() if page.is_file() else ""
    return "utf-8" if text in {"UTF-8", "UTF8", "65001"} else None


def mapinfo_charset(path: Path) -> str | None:
    """Return ``utf-8`` when a MapInfo table says so, else ``None``: its bytes are for the text doctor."""
    head = path.read_bytes()[:2000].lower()
    return "utf-8" if b"utf-8" in head else None
