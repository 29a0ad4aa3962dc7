"""Looks at well-known binary before a library does: nested collections can exhaust a parser's stack."""

import struct
from collections.abc import Sequence

import numpy as np
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


def find_foreign(texts: Sequence[str]) -> int | None:
    """Return the index of the first hexadecimal WKB that is not spelled as this program spells it, or ``None``."""
    for index, text in enumerate(texts):
        if not is_plain(bytes.fromhex(text)):
            return index
    if not texts:
        return None
    shapes = shapely.from_wkb(np.array(texts, dtype=object), on_invalid="ignore")
    spelled = shapely.to_wkb(shapes, hex=True, byte_order=1, output_dimension=2, flavor="iso")
    pairs = enumerate(zip(texts, spelled, strict=True))
    return next((index for index, (text, spelling) in pairs if text != spelling), None)
