"""Reads some rows of a large field file, inside the child, so that a first look at it does not wait for all of it.

Each layer is told by a frame of its own (name, kind of geometry, how many rows there are where that is known at once)
before the frames of its rows, which are those of a whole reading.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import UserError
from exchange.coordinate_table import is_coordinate_table
from exchange.delimited import decode_bytes
from exchange.excerpts import HEAD_ROWS, SPREAD_ROWS, NotInParts, excerpt_geojson, excerpt_lines, excerpt_xml
from exchange.frames import Header
from exchange.gdal_reading import layer_sources
from exchange.gdal_rows import Frame, LayerSource, pack_rows, read_rows
from exchange.sheets import is_no_table, sheet_rows, text_of_rows
from exchange.soundness import check_sound
from exchange.survey_points import parse_survey
from exchange.text_reading import GEOMETRY_NAMES, pack_table
from exchange.text_table import TextTable

_XML = frozenset({"kml", "gpx", "gml"})
_SINGLE_ROWS = 40  # asked for one by one where some numbers are of rows that are gone


def glance_text(path: Path, shown: str) -> Iterator[Frame]:
    """Yield some rows of a text file; nothing where no part of it can be read alone, as of a list of corners."""
    try:
        lines, first = excerpt_lines(path)
        text, decoded = decode_bytes(b"\n".join(lines), shown)
        table = _parse_part(text.split("\n"), first, decoded, shown)
    except NotInParts:
        return
    yield from _text_frames(table, Path(shown).stem)


def glance_sheets(calamine: Any, path: Path, shown: str) -> Iterator[Frame]:
    """Yield some rows of each sheet of a workbook; nothing where one of them can only be read whole."""
    found: list[tuple[TextTable, str]] = []
    try:
        for name, rows, is_only in sheet_rows(calamine, path, shown):
            lines = text_of_rows([*rows[:HEAD_ROWS], *rows[HEAD_ROWS :: max(1, len(rows) // SPREAD_ROWS)]])
            if not any(line.strip() for line in lines):
                continue
            try:
                found.append((_parse_part(lines, min(len(lines), HEAD_ROWS), True, shown), name))
            except UserError as error:
                if is_only or not is_no_table(error):
                    raise
    except NotInParts:
        return
    for table, name in found:
        yield from _text_frames(table, name)


def _parse_part(lines: list[str], first: int, decoded: bool, shown: str) -> TextTable:
    if is_coordinate_table("\n".join(lines[:first])):
        raise NotInParts
    return parse_survey("\n".join(lines), decoded=decoded, shown=shown)


def _text_frames(table: TextTable, layer: str) -> Iterator[Frame]:
    yield _layer(layer, GEOMETRY_NAMES[table.shape], None), []
    header, buffers = pack_table(table)
    yield {**header, "layer": layer}, buffers


def glance_layers(pyogrio: Any, kind: str, path: Path, driver: str, shown: str) -> Iterator[Frame]:
    """Yield some rows of each layer that GDAL reads: the first, and where it can jump to a row, some all over it."""
    try:
        excerpt = _excerpt(kind, path, shown)
    except NotInParts:
        return
    if excerpt is None:
        check_sound(kind, path, shown)
    for source in layer_sources(pyogrio, path, driver, shown, excerpt):
        features = int(source.facts["features"])
        count = None if excerpt is not None or features < 0 else features
        yield _layer(source.shown, _geometry(source.facts["geometry_type"]), count), []
        yield {**source.header, "expected": max(0, features)}, []
        yield pack_rows(read_rows(source, 0, HEAD_ROWS if excerpt is None else None), driver)
        if count is not None and count > HEAD_ROWS:
            yield from _spread_rows(source, count, driver)


def _excerpt(kind: str, path: Path, shown: str) -> bytes | None:
    if kind == "geojson":
        return excerpt_geojson(path, Path(shown).stem)
    return excerpt_xml(path, kind) if kind in _XML else None


def _spread_rows(source: LayerSource, count: int, driver: str) -> Iterator[Frame]:
    numbers = np.linspace(HEAD_ROWS, count - 1, SPREAD_ROWS).astype(np.int64)
    try:
        yield pack_rows(source.numbered(numbers), driver)
    except (source.failure, ValueError):
        for number in numbers[:: SPREAD_ROWS // _SINGLE_ROWS]:
            try:
                rows = source.numbered(np.array([number]))
            except (source.failure, ValueError):
                continue
            yield pack_rows(rows, driver)


def _geometry(kind: str | None) -> str | None:
    """Return a kind of geometry as it is called where a file is listed."""
    return f"3D {kind.removesuffix(' Z')}" if kind and kind.endswith(" Z") else kind


def _layer(name: str, geometry: str | None, count: int | None) -> Header:
    return {"frame": "layer", "layer": name, "geometry": geometry, "count": count}
