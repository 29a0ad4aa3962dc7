"""Looks at well-known binary before a library does: nested collections can exhaust a parser's stack."""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

_POINT, _LINE, _POLYGON = 1, 2, 3
_MULTI = {4: _POINT, 5: _LINE, 6: _POLYGON}
_HEAD = struct.Struct("<BI")
_COUNT = struct.Struct("<I")
_VERTEX_BYTES = 16


def is_plain(data: bytes) -> bool:
    """Whether ``data`` is one little-endian plane point, line, polygon or multi of them, and nothing after it."""
    try:
        return _skip(data, 0, frozenset({_POINT, _LINE, _POLYGON, *_MULTI})) == len(data)
    except (struct.error, ValueError):
        return False


def _skip(data: bytes, at: int, allowed: frozenset[int]) -> int:
    """Return where the geometry that begins at ``at`` ends."""
    order, kind = _HEAD.unpack_from(data, at)
    if order != 1 or kind not in allowed:
        raise ValueError
    at += _HEAD.size
    if kind == _POINT:
        return at + _VERTEX_BYTES
    (count,) = _COUNT.unpack_from(data, at)
    at += _COUNT.size
    if kind == _LINE:
        return int(at + _VERTEX_BYTES * count)
    for _ in range(count):
        at = _skip_ring(data, at) if kind == _POLYGON else _skip(data, at, frozenset({_MULTI[kind]}))
    return at


def _skip_ring(data: bytes, at: int) -> int:
    (count,) = _COUNT.unpack_from(data, at)
    return int(at + _COUNT.size + _VERTEX_BYTES * count)


def read_shapes(wkbs: Sequence[bytes]) -> tuple[npt.NDArray[np.object_], int | None]:
    """Return the ``(n,)`` geometries, and the place of the first WKB not spelled as this program spells it, if any.

    Behind such a place, and where a collection hides in another, nothing has been read.
    """
    for index, wkb in enumerate(wkbs):
        if not is_plain(wkb):
            return np.empty(0, dtype=object), index
    shapes = shapely.from_wkb(np.array([*wkbs, None], dtype=object)[:-1], on_invalid="ignore")
    spelled = shapely.to_wkb(shapes, byte_order=1, output_dimension=2, flavor="iso")
    pairs = enumerate(zip(wkbs, spelled, strict=True))
    return shapes, next((index for index, (wkb, spelling) in pairs if wkb != spelling), None)
