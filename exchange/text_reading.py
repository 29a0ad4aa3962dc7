"""Reads text files inside the child: decides what kind of table they are, parses them, packs the result."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import UserError
from exchange.columns import pack_numbers, pack_text
from exchange.coordinate_table import is_coordinate_table, parse_coordinate_table
from exchange.delimited import decode_bytes
from exchange.frames import Buffer, Header
from exchange.problems import RowProblem
from exchange.survey_points import parse_survey
from exchange.text_table import TextTable

GEOMETRY_NAMES = {"point": "Point", "polygon": "Polygon", None: None}


def list_text(path: Path, shown: str) -> Iterator[tuple[Header, list[Buffer]]]:
    """Yield the one layer of a text file as ``gdal_reading.list_layers`` does."""
    table = parse_text(path, shown)
    columns = [[name, "str"] for name in table.columns] + [[name, "float"] for name in table.numbers]
    facts = {"layer": Path(shown).stem, "geometry": GEOMETRY_NAMES[table.shape], "count": len(table.rows)}
    yield {"frame": "layer", **facts, "system": table.declared, "columns": columns}, []


def read_text(path: Path, shown: str) -> Iterator[tuple[Header, list[Buffer]]]:
    """Yield a text file as one frame."""
    header, buffers = pack_table(parse_text(path, shown))
    yield {**header, "layer": Path(shown).stem}, buffers


def list_photo(path: Path, shown: str) -> Iterator[tuple[Header, list[Buffer]]]:
    """Yield the one point of a photo as a layer."""
    table = photo_table(path, shown)
    facts = {"layer": Path(shown).stem, "geometry": "Point", "count": 1, "system": table.declared}
    yield {"frame": "layer", **facts, "columns": [[name, "str"] for name in table.columns]}, []


def read_photo(path: Path, shown: str) -> Iterator[tuple[Header, list[Buffer]]]:
    """Yield the one point of a photo as a frame."""
    header, buffers = pack_table(photo_table(path, shown))
    yield {**header, "layer": Path(shown).stem}, buffers


def photo_table(path: Path, shown: str) -> TextTable:
    """Return where and when a photo was taken as a table of one point; raise ``UserError`` FILE-NO-PLACE."""
    from exchange.exif import read_shot
    from exchange.image_segments import exif_of

    tags = exif_of(path, "image/jpeg")
    shot = read_shot(tags) if tags is not None else None
    if shot is None or shot.place is None:
        raise UserError("FILE-NO-PLACE", file=shown)
    table = TextTable("point", True, declared="WGS84", capture_method="gnss_cam_tay", axis_order="east-north")
    table.columns = {"name": [Path(shown).stem], "taken_at": [shot.taken_at]}
    table.rows, table.sizes = [1], [1]
    table.raw_rows = [f"{shot.place[0]:.9f} {shot.place[1]:.9f}"]
    table.east, table.north = [shot.place[0]], [shot.place[1]]
    table.height = [shot.altitude_m if shot.altitude_m is not None else float("nan")]
    return table


def parse_text(path: Path, shown: str) -> TextTable:
    """Return the table of a text file, a coordinate table as polygons, anything else as points or plain rows."""
    return parse_decoded(*decode_bytes(path.read_bytes(), shown), shown)


def parse_decoded(text: str, decoded: bool, shown: str) -> TextTable:
    """Return the table of a text, as ``parse_text`` does."""
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
        "placed": list(table.placed),
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
