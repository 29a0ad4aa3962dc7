"""Reads field files through GDAL, inside the child: fiona lists layers and schemas, pyogrio loads whole tables.

The two libraries carry a GDAL each; one operation loads one of them.
"""

import logging
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import Bug, UserError
from exchange.drivers import unexpected_drivers
from exchange.gdal_rows import BYTES, Frame, LayerSource, pack_rows, plain_name, read_rows
from exchange.soundness import plain_tables

CHUNK_ROWS = 25_000  # while the parent takes some in, the next are read

_OPEN_OPTIONS = {
    "GPKG": {"IMMUTABLE": "YES", "LIST_ALL_TABLES": "NO"},
    "SQLite": {"LIST_ALL_TABLES": "NO"},
    "GML": {"DOWNLOAD_SCHEMA": "NO", "SKIP_RESOLVE_ELEMS": "ALL"},
}
_CHUNKED = frozenset({"GPKG", "ESRI Shapefile"})  # drivers that jump to a row instead of reading up to it
_GPX_LAYERS = ("waypoints", "tracks", "routes")
# A layer of theirs goes by the file's name, where it has none of its own.
_NAMED_BY_FILE = frozenset({"ESRI Shapefile", "GeoJSON", "FlatGeobuf", "MapInfo File", "LIBKML"})
_IN_MEMORY = "pyogrio_"  # how pyogrio calls a file that it is handed as bytes


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
            columns = [[plain_name(column), kind] for column, kind in layer.schema["properties"].items()]
            count = _count(layer)
            if driver == "GPX" and not count:
                continue
            shown_name = shown_layer(name, path, driver, shown)
            facts = {"layer": shown_name, "geometry": None if geometry == "None" else geometry, "count": count}
            yield {"frame": "layer", **facts, "system": layer.crs_wkt or None, "columns": columns}, []


def shown_layer(name: str, path: Path, driver: str, shown: str) -> str:
    """Return the layer's name as the user knows it: not that of our copy of the file."""
    is_copy = name == path.stem or name.startswith(_IN_MEMORY)
    return Path(shown).stem if driver in _NAMED_BY_FILE and is_copy else name


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
    name, facts = _choose_layer(pyogrio, path, driver, layer, shown)
    source = _source(pyogrio, path, driver, shown, name, facts)
    yield source.header, []
    start, limit = 0, CHUNK_ROWS if driver in _CHUNKED else None
    while True:
        rows = read_rows(source, start, limit)
        yield pack_rows(rows, driver)
        start += rows.count
        if driver not in _CHUNKED or rows.count < CHUNK_ROWS:
            return


def layer_sources(
    pyogrio: Any, path: Path, driver: str, shown: str, excerpt: bytes | None = None
) -> Iterator[LayerSource]:
    """Yield every layer of a file, or of an ``excerpt`` that was cut out of it, ready to be read."""
    opened = str(path) if excerpt is None else excerpt
    for name in _wanted([str(name) for name, _ in pyogrio.list_layers(opened).tolist()], path, driver, shown):
        facts = _facts(pyogrio, opened, driver, name)
        if facts["features"] or driver != "GPX":
            yield _source(pyogrio, path, driver, shown, name, facts, excerpt)


def _source(
    pyogrio: Any, path: Path, driver: str, shown: str, name: str, facts: Any, excerpt: bytes | None = None
) -> LayerSource:
    opened = str(path) if excerpt is None else excerpt
    charset: str | None = "utf-8"
    if driver == "ESRI Shapefile":
        charset = declared_charset(path / f"{name}.shp" if path.is_dir() else path)
    elif driver == "MapInfo File":
        charset = mapinfo_charset(path)
    options = _OPEN_OPTIONS.get(driver, {})
    read = partial(pyogrio.raw.read, opened, encoding=BYTES, datetime_as_string=True, **options)
    known_as = shown_layer(name, path, driver, shown)
    return LayerSource(read, name, facts, driver, pyogrio.errors.FeatureError, known_as, charset)


def _facts(pyogrio: Any, opened: str | bytes, driver: str, name: str) -> Any:
    options = _OPEN_OPTIONS.get(driver, {})
    return pyogrio.read_info(opened, layer=name, encoding=BYTES, force_feature_count=driver == "GPX", **options)


def _choose_layer(pyogrio: Any, path: Path, driver: str, layer: str | None, shown: str) -> tuple[str, Any]:
    """Return the wanted layer's name inside the file and GDAL's facts about it."""
    kinds = dict(pyogrio.list_layers(str(path)).tolist())
    names = _wanted(list(kinds), path, driver, shown)
    known = {shown_layer(name, path, driver, shown): name for name in names}
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
        facts = _facts(pyogrio, str(path), driver, name)
        if facts["features"] or name == placed[-1]:
            return name, facts
    return placed[0], facts


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
