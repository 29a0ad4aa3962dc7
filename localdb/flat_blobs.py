"""SpatiaLite blobs by the thousand to flat coordinates at once, without a geometry object for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geodesy.arrays import GeometryArrays, Kind, arrays_of_paths

Places = npt.NDArray[np.int64]

_KINDS: tuple[Kind, ...] = ("point", "line", "polygon")
_CODE_AT, _LEAST = 39, 48  # bytes before the type's number; bytes of the shortest blob that is read here
_FEWEST = {"point": 1, "line": 2, "polygon": 4}  # positions of a path
_MARK = 0x69  # stands before each part
_WAVES = 64  # paths of one geometry beyond which shapely is quicker
_XY = np.dtype("V16")


class _Odd(Exception):
    """A blob that this reader leaves to the thorough one: rare, foreign or damaged."""


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Many blobs end to end, as numbers that may begin at any byte."""

    byte: npt.NDArray[np.uint8]
    number: npt.NDArray[Any]
    xy: npt.NDArray[Any]

    def count(self, at: Places) -> Places:
        """Return the unsigned numbers of four bytes at some places."""
        if len(at) and at.max() >= len(self.number):
            raise _Odd
        return self.number[at].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Paths:
    """Where each path's coordinates begin, how many there are, whose they are, and whether it is a part's first."""

    at: Places
    count: Places
    owner: Places
    is_first: npt.NDArray[np.bool_]


def flatten(
    data: bytes, lengths: Places, ids: Places, category: npt.NDArray[np.int32]
) -> dict[Kind, GeometryArrays] | None:
    """Return the arrays of the blobs that lie end to end in ``data``, by kind, as ``build_arrays`` would.

    ``None`` when one of them is not a little-endian plane point, line, polygon or a multiple of these, is of very many
    parts or is not whole: ``blobs.decode_many`` then reads them, or says what is wrong.
    """
    if not len(lengths) or lengths.min() < _LEAST or lengths.sum() != len(data):
        return None
    view = _Bytes(
        np.frombuffer(data, np.uint8),
        np.ndarray((len(data) - 3,), "<u4", data, strides=(1,)),
        np.ndarray((len(data) - 15,), _XY, data, strides=(1,)),
    )
    ends = np.cumsum(lengths)
    starts = ends - lengths
    head = (view.byte[starts] == 0) & (view.byte[starts + 1] == 1)
    head &= (view.byte[starts + _CODE_AT - 1] == 0x7C) & (view.byte[ends - 1] == 0xFE)
    codes = view.count(starts + _CODE_AT)
    if not head.all() or codes.min() < 1 or codes.max() > 2 * len(_KINDS):
        return None
    found: dict[Kind, GeometryArrays] = {}
    try:
        for number, kind in enumerate(_KINDS, start=1):
            own = np.flatnonzero((codes == number) | (codes == number + 3))
            if len(own):
                is_multi = codes[own] != number
                paths = _find_paths(view, number, starts[own] + _CODE_AT, ends[own] - 1, is_multi)
                found[kind] = _gather(view, kind, paths, ids[own], category[own])
    except _Odd:
        return None
    return found


def _find_paths(view: _Bytes, code: int, at: Places, end: Places, is_multi: npt.NDArray[np.bool_]) -> _Paths:
    """Walk all geometries together, one path of each at a time; ``at`` is where their types stand."""
    owner = np.arange(len(at))
    parts = np.ones(len(at), np.int64)
    parts[is_multi] = view.count(at[is_multi] + 4)
    if (view.byte[at[is_multi] + 8] != _MARK).any():
        raise _Odd
    at = np.where(is_multi, at + 9, at)  # behind the count and the mark of the first part
    rings = np.zeros(len(at), np.int64)
    waves: list[_Paths] = []
    if parts.min() < 1:
        raise _Odd
    while len(at):
        if len(waves) == _WAVES:
            raise _Odd
        is_first = rings == 0
        opening = at[is_first]
        if (view.count(opening) != code).any():
            raise _Odd
        parts = parts - is_first
        rings[is_first] = view.count(opening + 4) if code == 3 else 1
        at = at + np.where(is_first, 8 if code == 3 else 4, 0)
        count = np.ones(len(at), np.int64) if code == 1 else view.count(at)
        at = at if code == 1 else at + 4
        waves.append(_Paths(at, count, owner, is_first))
        at, rings = at + 16 * count, rings - 1
        if (at > end).any() or (rings < 0).any():
            raise _Odd
        goes_on = (rings > 0) | (parts > 0)
        if (at[~goes_on] != end[~goes_on]).any():
            raise _Odd
        between = goes_on & (rings == 0)  # the next part's mark
        if (view.byte[at[between]] != _MARK).any():
            raise _Odd
        at = (at + between)[goes_on]
        parts, rings, owner, end = parts[goes_on], rings[goes_on], owner[goes_on], end[goes_on]
    if len(waves) == 1:
        return waves[0]
    columns = [np.concatenate([getattr(wave, name) for wave in waves]) for name in ("at", "count", "owner", "is_first")]
    order = np.argsort(columns[0])  # as they lie in the blobs: record by record, part by part
    return _Paths(*(column[order] for column in columns))


def _gather(view: _Bytes, kind: Kind, paths: _Paths, ids: Places, category: npt.NDArray[np.int32]) -> GeometryArrays:
    if paths.count.min() < _FEWEST[kind]:
        raise _Odd
    offsets = np.concatenate([[0], np.cumsum(paths.count)])
    places = np.repeat(paths.at - 16 * offsets[:-1], paths.count)
    places += 16 * np.arange(len(places))
    xy = view.xy[places].view("<f8").reshape(-1, 2)
    if not np.isfinite(xy).all():
        raise _Odd
    if kind == "polygon" and (xy[offsets[:-1]] != xy[offsets[1:] - 1]).any():
        raise _Odd
    features = np.concatenate([[0], np.cumsum(np.bincount(paths.owner, minlength=len(ids)))])
    is_outer = paths.is_first if kind == "polygon" else None
    return arrays_of_paths(kind, ids, xy, offsets, features, category, is_outer=is_outer)
