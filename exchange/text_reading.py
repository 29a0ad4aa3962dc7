"""Reads text files inside the child: decides what kind of table they are, parses them, packs the result."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from exchange.columns import pack_numbers, pack_text
from exchange.coordinate_table import is_coordinate_table, parse_coordinate_table
from exchange.delimited import decode_bytes
from exchange.frames import Buffer, Header
from exchange.problems import RowProblem
from exchange.survey_points import parse_survey
from exchange.text_table import TextTable

_GEOMETRY_NAMES = {"point": "Point", "polygon": "Polygon", None: None}


def list_text(path: Path, shown: str) -> Iterator[tuple[Header, list[Buffer]]]:
    """Yield the one layer of a text file as ``gdal_reading.list_layers`` does."""
    table = parse_text(path, shown)
    columns = [[name, "str"] for name in table.columns] + [[name, "float"] for name in table.numbers]
    facts = {"layer": Path(shown).stem, "geometry": _GEOMETRY_NAMES[table.shape], "count": len(table.rows)}
    yield {"frame": "layer", **facts, "system": table.declared, "columns": columns}, []


def read_text(path: Path, shown: str) -> Iterator[tuple[Header, list[Buffer]]]:
    """Yield a text file as one frame."""
    header, buffers = pack_table(parse_text(path, shown))
    yield {**header, "layer": Path(shown).stem}, buffers


def parse_text(path: Path, shown: str) -> TextTable:
    """Return the table of a text file, a coordinate table as polygons, anything else as points or plain rows."""
    text, decoded = decode_bytes(path.read_bytes(), shown)
    if is_coordinate_table(text):
        return parse_coordinate_table(text, decoded=decoded)
    return parse_survey(text, decoded=decoded, shown=shown)


def pack_table(table: TextTable) -> tuple[Header, list[Buffer]]:
    """Return a text table as one frame."""
    charset = "utf-8" if table.decoded else "latin-1"
    packed = [pack_text(name, cells, charset) for name, cells in table.columns.items()]
    packed += [_pack_number(name, cells) for name, cells in table.numbers.items()]
    raw = pack_text("raw", table.raw_rows, charset)
    buffers: list[Buffer] = [part for _, parts in packed for part in parts]
    buffers += [*raw[1], np.asarray(table.rows, "<i8").tobytes(), np.asarray(table.sizes, "<i8").tobytes()]
    buffers += [np.asarray(axis, "<f8").tobytes() for axis in (table.east, table.north, table.height)]
    return {
        "frame": "text",
        "columns": [header for header, _ in packed],
        "count": len(table.rows),
        "charset": charset,
        "decoded": table.decoded,
        "shape": table.shape,
        "rings": table.rings,
        "system": table.declared,
        "axis_order": table.axis_order,
        "type_hint": table.type_hint,
        "capture_method": table.capture_method,
        "rejected": [_plain(problem) for problem in table.rejected],
        "warnings": [_plain(problem) for problem in table.warnings],
    }, buffers


def _pack_number(name: str, cells: list[float | None]) -> tuple[Header, list[Buffer]]:
    missing = np.array([cell is None for cell in cells], dtype=bool)
    values = np.array([0.0 if cell is None else cell for cell in cells], dtype=np.float64)
    if bool((values == np.floor(values)).all()) and not missing.any():
        return pack_numbers(name, "integer", values, missing)
    return pack_numbers(name, "number", values, missing)


def _plain(problem: RowProblem) -> list[object]:
    return [problem.row, problem.column, problem.value, problem.code, dict(problem.context)]
