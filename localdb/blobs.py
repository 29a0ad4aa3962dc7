"""SpatiaLite's geometry blobs, to and from shapely, one at a time or by the hundred thousand.

A blob is ``00 01 srid mbr 7C body FE``: the body is ISO WKB without its leading byte-order mark, and inside a multi
geometry the mark of every part reads 69. Written little-endian; read in both orders, points also in the short
("tiny point") form. An empty geometry has no blob: it is stored as NULL.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import Bug

Geometries = npt.NDArray[np.object_]

_HEAD = 39
_START, _LITTLE, _TINY, _BODY, _PART, _END = 0x00, 0x01, 0x81, 0x7C, 0x69, 0xFE
_HEADER = np.dtype([("start", "u1"), ("order", "u1"), ("srid", "<i4"), ("box", "<f8", (4,)), ("body", "u1")])
_TINY_TYPES = {1: (1, 2), 2: (1001, 3), 3: (2001, 3), 4: (3001, 4)}
_ORDINATES = {0: 2, 1: 3, 2: 3, 3: 4}


def encode(geometry: BaseGeometry | None, srid: int) -> bytes | None:
    """Return the blob of ``geometry``, ``None`` for a missing or empty one."""
    return encode_many([geometry], srid)[0]


def encode_many(
    geometries: Sequence[BaseGeometry | None] | Geometries,
    srid: int,
    *,
    wkb: npt.NDArray[Any] | None = None,
    boxes: npt.NDArray[np.float64] | None = None,
) -> list[bytes | None]:
    """Return the blobs of many geometries, ``None`` where one is missing or empty.

    ``wkb`` may give their little-endian ISO WKB, ``boxes`` their bounds, where the caller has them already.
    """
    geoms = _as_array(geometries)
    boxes = shapely.bounds(geoms) if boxes is None else boxes
    present = np.isfinite(boxes[:, 0])
    kinds = shapely.get_type_id(geoms)
    parts = shapely.get_num_geometries(geoms)
    bodies = shapely.to_wkb(geoms, byte_order=1, flavor="iso") if wkb is None else wkb
    heads = _heads(boxes, present, srid)
    found: list[bytes | None] = []
    columns = zip(present.tolist(), kinds.tolist(), parts.tolist(), bodies.tolist(), geoms.tolist(), strict=True)
    for place, (is_there, kind, count, body, geometry) in enumerate(columns):
        if not is_there:
            found.append(None)
            continue
        head = heads[_HEAD * place : _HEAD * (place + 1)]
        if kind < 4:
            found.append(head + body[1:] + b"\xfe")
        elif kind < 7 and count == 1:
            found.append(head + body[1:9] + b"\x69" + body[10:] + b"\xfe")
        else:
            found.append(head + _marked(_as_stored(geometry, body))[1:] + b"\xfe")
    return found


def decode(blob: bytes | None) -> tuple[BaseGeometry | None, int | None]:
    """Return the geometry and the SRID of a blob; raise ``ValueError`` when it is none."""
    if blob is None:
        return None, None
    kind_and_srid = read_head(blob)
    if kind_and_srid is None:
        raise ValueError("not a SpatiaLite geometry")
    body = _wkb_of(blob)
    try:
        return shapely.from_wkb(body), kind_and_srid[1]
    except shapely.errors.ShapelyError as error:
        raise ValueError(str(error)) from error


def decode_many(blobs: Iterable[bytes | None]) -> Geometries:
    """Return the geometries of many blobs as an object array; raise ``ValueError`` when one is no blob."""
    bodies = [None if blob is None else _simple_wkb(blob) or _wkb_of(blob) for blob in blobs]
    try:
        return _as_array(shapely.from_wkb(_as_array(bodies)))
    except shapely.errors.ShapelyError as error:
        raise ValueError(str(error)) from error


def read_head(blob: bytes) -> tuple[int, int] | None:
    """Return the geometry type (ISO code) and the SRID that a blob's head states, ``None`` when it has no head."""
    if len(blob) < 24 or blob[0] != _START or blob[-1] != _END:
        return None
    if _is_tiny(blob):
        return _TINY_TYPES[blob[6]][0], int.from_bytes(blob[2:6], "little", signed=True)
    if len(blob) < 45 or blob[38] != _BODY or blob[1] > 1:
        return None
    order = "little" if blob[1] else "big"
    return int.from_bytes(blob[39:43], order, signed=True), int.from_bytes(blob[2:6], order, signed=True)  # type: ignore[arg-type]


def read_box(blob: bytes) -> tuple[float, float, float, float] | None:
    """Return xmin, ymin, xmax, ymax as a blob's head states them, ``None`` when it has no head."""
    if read_head(blob) is None:
        return None
    if _is_tiny(blob):
        east, north = struct.unpack_from("<2d", blob, 7)
        return east, north, east, north
    xmin, ymin, xmax, ymax = struct.unpack_from("<4d" if blob[1] else ">4d", blob, 6)
    return xmin, ymin, xmax, ymax


def _as_array(items: Any) -> Geometries:
    if isinstance(items, np.ndarray) and items.dtype == object:
        return items
    found = np.empty(len(items), dtype=object)
    found[:] = items
    return found


def _heads(boxes: npt.NDArray[np.float64], present: npt.NDArray[np.bool_], srid: int) -> bytes:
    heads = np.zeros(len(boxes), _HEADER)
    heads["order"], heads["srid"], heads["body"] = _LITTLE, srid, _BODY
    heads["box"] = np.where(present[:, None], boxes, 0)
    return heads.tobytes()


def _as_stored(geometry: BaseGeometry, wkb: bytes) -> bytes:
    """Return the WKB of what SpatiaLite can hold: a flat collection, points first, then lines, then polygons."""
    if geometry.geom_type != "GeometryCollection":
        return wkb
    flat = _leaves(geometry)
    flat.sort(key=lambda leaf: ("Point", "LineString", "LinearRing", "Polygon").index(leaf.geom_type))
    return bytes(shapely.to_wkb(shapely.geometrycollections(flat), byte_order=1, flavor="iso"))


def _leaves(geometry: BaseGeometry) -> list[BaseGeometry]:
    if not hasattr(geometry, "geoms"):
        return [geometry]
    return [leaf for part in geometry.geoms for leaf in _leaves(part)]


def _marked(wkb: bytes, mark: int = _PART) -> bytearray:
    """Return ``wkb`` with ``mark`` for the byte-order mark of every part; raise ``ValueError`` on a bad length."""
    found = bytearray(wkb)
    try:
        end = _mark_parts(found, 1, mark, "<" if found[0] else ">")
    except (struct.error, KeyError, IndexError) as error:
        raise ValueError("not a SpatiaLite geometry") from error
    if end != len(found):
        raise ValueError("the geometry is longer or shorter than it says")
    return found


def _mark_parts(wkb: bytearray, at: int, mark: int, order: str) -> int:
    """Walk the geometry whose type code stands at ``at``; return where it ends."""
    (code,) = struct.unpack_from(order + "I", wkb, at)
    size, kind = 8 * _ORDINATES[code // 1000], code % 1000
    at += 4
    if kind == 1:
        return at + size
    (count,) = struct.unpack_from(order + "I", wkb, at)
    at += 4
    if kind == 2:
        return int(at + size * count)
    for _ in range(count):
        if kind == 3:
            (points,) = struct.unpack_from(order + "I", wkb, at)
            at += 4 + size * points
        else:
            wkb[at] = mark
            at = _mark_parts(wkb, at + 1, mark, order)
    return at


def _is_tiny(blob: bytes) -> bool:
    return blob[1] == _TINY and len(blob) in (24, 32, 40) and blob[6] in _TINY_TYPES


def _wkb_of(blob: bytes) -> bytes:
    """Return the WKB inside a blob, having walked through it to its end."""
    if read_head(blob) is None:
        raise ValueError("not a SpatiaLite geometry")
    if _is_tiny(blob):
        code, ordinates = _TINY_TYPES[blob[6]]
        if len(blob) != 8 + 8 * ordinates:
            raise ValueError("the geometry is longer or shorter than it says")
        return b"\x01" + code.to_bytes(4, "little") + blob[7:-1]
    return bytes(_marked(blob[1:2] + blob[39:-1], blob[1]))


def _simple_wkb(blob: bytes) -> bytes | None:
    """Return the WKB of a little-endian XY blob of one part, which nearly all are, without walking through it."""
    if len(blob) < 45 or blob[:2] != b"\x00\x01" or blob[38] != _BODY or blob[40:43] != b"\0\0\0" or blob[-1] != _END:
        return None
    kind = blob[39]
    if 1 <= kind <= 3:
        return b"\x01" + blob[39:-1]
    if kind in (4, 5, 6) and blob[43:47] == b"\x01\0\0\0":
        return b"\x01" + blob[39:47] + b"\x01" + blob[48:-1]
    return None


if _HEADER.itemsize != _HEAD:
    raise Bug("BUG", reason="the blob header has holes")
