"""Columns and geometries as raw buffers, so that a hundred thousand rows cross the pipe in a few large pieces.

A text column is one buffer, its cells joined by NUL; an empty cell is no value. A numeric column is its values and,
when some are missing, a mask of them. Geometries are their WKB end to end, and the length of each.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from exchange.frames import Buffer, Header

ColumnType = Literal["text", "integer", "number", "boolean"]
Objects = npt.NDArray[np.object_]

_SEPARATOR = "\0"
_DTYPES: dict[str, str] = {"integer": "<i8", "number": "<f8", "boolean": "|u1"}


def pack_text(name: str, cells: Sequence[str | None], charset: str) -> tuple[Header, list[Buffer]]:
    """Return a text column packed; ``charset`` turns cells into bytes, ``latin-1`` into those of the source."""
    joined = _SEPARATOR.join([cell or "" for cell in cells])
    return {"name": name, "type": "text", "count": len(cells)}, [joined.encode(charset)]


def pack_numbers(
    name: str, kind: ColumnType, values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]
) -> tuple[Header, list[Buffer]]:
    """Return a numeric column packed; where ``missing`` is true the value does not count."""
    filled = np.where(missing, 0, values) if missing.any() else values
    mask = np.packbits(missing).tobytes() if missing.any() else b""
    header = {"name": name, "type": kind, "count": len(values)}
    return header, [np.ascontiguousarray(filled, dtype=_DTYPES[kind]).tobytes(), mask]


def unpack_cells(header: Header, buffers: list[Buffer], charset: str) -> list[Any]:
    """Return a column's cells, missing ones and empty texts as ``None``.

    Raises ValueError when header and buffers do not agree, and UnicodeDecodeError when the text is not ``charset``.
    """
    count = int(header["count"])
    if header["type"] == "text":
        texts: list[Any] = str(memoryview(buffers[0]), charset).split(_SEPARATOR)
        if count == 0:
            return []
        if len(texts) != count:
            raise ValueError("cells and rows differ")
        return [text or None for text in _held_once(texts)]
    values = np.frombuffer(buffers[0], dtype=_DTYPES[header["type"]])
    if len(values) != count:
        raise ValueError("cells and rows differ")
    cells: list[Any] = (values.astype(bool) if header["type"] == "boolean" else values).tolist()
    if header["type"] == "integer":  # not numbers: 0 and minus 0 are equal, and two
        cells = _held_once(cells)
    if len(buffers[1]):
        missing = np.unpackbits(np.frombuffer(buffers[1], dtype=np.uint8), count=count)
        for place in np.flatnonzero(missing).tolist():
            cells[place] = None
    return cells


def _held_once(cells: list[Any]) -> list[Any]:
    """Return the cells; a code or a year that many rows have is one object in memory."""
    known = dict(zip(cells, cells, strict=True))
    return cells if len(known) > len(cells) // 2 else list(map(known.__getitem__, cells))


def unpack_bytes(header: Header, buffer: Buffer) -> list[bytes]:
    """Return a text column's cells as they lie in the buffer, for a text that does not decode as a whole."""
    cells = bytes(buffer).split(_SEPARATOR.encode())
    if int(header["count"]) == 0:
        return []
    if len(cells) != int(header["count"]):
        raise ValueError("cells and rows differ")
    return cells


def buffers_of(header: Header) -> int:
    """How many buffers a packed column has."""
    return 1 if header["type"] == "text" else 2


def pack_wkb(geometries: Sequence[bytes | None]) -> list[Buffer]:
    """Return WKB end to end and the length of each, 0 for no geometry."""
    present = [wkb or b"" for wkb in geometries]
    lengths = np.fromiter(map(len, present), dtype="<u4", count=len(present))
    return [b"".join(present), lengths.tobytes()]


def unpack_wkb(wkb: Buffer, lengths: Buffer) -> Objects:
    """Return an array of ``bytes``, ``None`` for no geometry; raise ValueError when the lengths do not add up."""
    sizes = np.frombuffer(lengths, dtype="<u4").astype(np.int64)
    ends = np.cumsum(sizes)
    if len(wkb) != (int(ends[-1]) if len(ends) else 0):
        raise ValueError("lengths and geometries differ")
    whole = bytes(wkb)
    found: Objects = np.empty(len(sizes), dtype=object)
    stops = ends.tolist()
    found[:] = [whole[start:stop] or None for start, stop in zip([0, *stops][: len(stops)], stops, strict=True)]
    return found
