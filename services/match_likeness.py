"""Which of two sets of objects may be the same ones, by where they lie and what they are called; pure, on arrays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from core.text import fold_text

Shapes = npt.NDArray[np.object_]
Places = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Names = Sequence[tuple[str | None, ...]]

SURE, WHOLE, EQUAL, PART = 0.8, 0.9, 0.98, 0.5
"""Shares of a shape that the other covers: enough without a name, against another name, against other numbers in it,
and with the name.
"""

_WORD = re.compile(r"[^\W_]+")
_EXACT_M = 2e-4
_SHAPE_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows and records that may be one object, side by side.

    ``ours`` are places among the records here, ``theirs`` among the file's rows. ``likeness`` is 0 to 1; ``is_whole``
    tells whether each shape covers nearly all of the other, so that neither is only a piece.
    """

    theirs: Places
    ours: Places
    likeness: Shares
    is_whole: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.theirs)


def find_alike(
    their_shapes: Shapes, their_names: Names, our_shapes: Shapes, our_names: Names, *, within_m: float
) -> Pairs:
    """Return the pairs that may be one object, best first for each row.

    Shapes are ``(n,)`` in one plane, in metres, ``None`` where there is none; names are texts of the fields that tell
    objects apart, marks and case aside. Two shapes agree as far as each lies within ``within_m`` of the other (points,
    lines) or covers it (areas). A pair counts when the name agrees and the shapes overlap by half, when nothing is said
    against it and they overlap by ``SURE``, or when they are all but equal whatever the name. Where a shape is missing,
    the whole name decides.
    """
    theirs, ours = _near(their_shapes, our_shapes, within_m)
    same_shape = shapely.equals_exact(their_shapes[theirs], our_shapes[ours], tolerance=_EXACT_M, normalize=True)
    settled = np.zeros(len(their_shapes), dtype=bool)
    settled[theirs[same_shape]] = True
    kept = same_shape | ~settled[theirs]
    theirs, ours, same_shape = theirs[kept], ours[kept], same_shape[kept]
    lesser = np.ones(len(theirs))
    greater = np.ones(len(theirs))
    open_ones = ~same_shape
    lesser[open_ones], greater[open_ones] = _shares(
        their_shapes[theirs[open_ones]], our_shapes[ours[open_ones]], within_m
    )
    overlapping = greater >= PART
    theirs, ours = theirs[overlapping], ours[overlapping]
    lesser, greater = lesser[overlapping], greater[overlapping]
    names = np.array(
        [_name_likeness(their_names[row], our_names[here]) for row, here in zip(theirs, ours, strict=True)], dtype=float
    )
    unnamed = np.isnan(names)
    against = np.where(names == 0.0, EQUAL, WHOLE)
    counts = (names >= SURE) | (unnamed & (greater >= SURE)) | (lesser >= against)
    likeness = np.where(unnamed, lesser, _SHAPE_WEIGHT * lesser + (1 - _SHAPE_WEIGHT) * np.nan_to_num(names))
    by_name = _alike_by_name(their_shapes, their_names, our_shapes, our_names)
    found = Pairs(
        np.concatenate([theirs[counts], by_name.theirs]),
        np.concatenate([ours[counts], by_name.ours]),
        np.concatenate([likeness[counts], by_name.likeness]),
        np.concatenate([lesser[counts] >= SURE, by_name.is_whole]),
    )
    order = np.lexsort((found.ours, -found.likeness, found.theirs))
    return Pairs(found.theirs[order], found.ours[order], found.likeness[order], found.is_whole[order])


def _near(theirs: Shapes, ours: Shapes, within_m: float) -> tuple[Places, Places]:
    """Return the pairs of shapes that are no farther apart than ``within_m``, areas only where their boxes overlap."""
    if not len(theirs) or not len(ours):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    tree = shapely.STRtree(ours)
    rows, here = tree.query(theirs, predicate="dwithin", distance=within_m)
    flat = shapely.get_dimensions(theirs[rows]) == 2
    boxes, others = shapely.bounds(theirs[rows]), shapely.bounds(ours[here])
    wide = np.minimum(boxes[:, 2], others[:, 2]) - np.maximum(boxes[:, 0], others[:, 0])
    high = np.minimum(boxes[:, 3], others[:, 3]) - np.maximum(boxes[:, 1], others[:, 1])
    least = np.minimum(_box_area(boxes), _box_area(others))
    kept = ~flat | ((wide > 0) & (high > 0) & (wide * high >= PART * least * 0.5))
    return np.asarray(rows[kept], dtype=np.int64), np.asarray(here[kept], dtype=np.int64)


def _box_area(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), dtype=np.float64)


def _shares(theirs: Shapes, ours: Shapes, within_m: float) -> tuple[Shares, Shares]:
    """Return the lesser and the greater of the two shares that paired shapes have of each other."""
    dimensions = shapely.get_dimensions(theirs)
    alike = dimensions == shapely.get_dimensions(ours)
    first, second = np.zeros(len(theirs)), np.zeros(len(theirs))
    points = alike & (dimensions == 0)
    apart = shapely.distance(theirs[points], ours[points])
    first[points] = second[points] = np.clip(1.0 - (1.0 - SURE) * apart / within_m, 0.0, 1.0)
    lines = alike & (dimensions == 1)
    first[lines] = _covered_length(theirs[lines], ours[lines], within_m)
    second[lines] = _covered_length(ours[lines], theirs[lines], within_m)
    areas = alike & (dimensions == 2)
    common = _common_area(theirs[areas], ours[areas])
    with np.errstate(divide="ignore", invalid="ignore"):
        first[areas] = np.nan_to_num(common / shapely.area(theirs[areas]), posinf=0.0)
        second[areas] = np.nan_to_num(common / shapely.area(ours[areas]), posinf=0.0)
    return np.minimum(first, second), np.maximum(first, second)


def _covered_length(lines: Shapes, others: Shapes, within_m: float) -> Shares:
    """Return which share of each line lies within ``within_m`` of its partner."""
    if not len(lines):
        return np.zeros(0)
    near = shapely.intersection(lines, shapely.buffer(others, within_m, quad_segs=4))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(shapely.length(near) / shapely.length(lines)), dtype=np.float64)


def _common_area(theirs: Shapes, ours: Shapes) -> Shares:
    """Return the area that paired shapes have in common; one that is no sound area is mended for the comparison."""
    first, second = _sound(theirs), _sound(ours)
    return np.asarray(shapely.area(shapely.intersection(first, second)), dtype=np.float64)


def _sound(areas: Shapes) -> Shapes:
    broken = ~shapely.is_valid(areas)
    mended = areas.copy()
    mended[broken] = shapely.make_valid(areas[broken])
    return mended


def _alike_by_name(their_shapes: Shapes, their_names: Names, our_shapes: Shapes, our_names: Names) -> Pairs:
    """Return the pairs of one whole name in which the row or the record has no shape."""
    known: dict[tuple[str, ...], list[int]] = {}
    for place, names in enumerate(our_names):
        if any(key := _folded(names)):
            known.setdefault(key, []).append(place)
    absent = shapely.is_missing(our_shapes)
    rows: list[int] = []
    here: list[int] = []
    for place, (names, is_absent) in enumerate(zip(their_names, shapely.is_missing(their_shapes), strict=True)):
        same = known.get(_folded(names), ())
        for other in same:
            if is_absent or absent[other]:
                rows.append(place)
                here.append(other)
    count = len(rows)
    return Pairs(
        np.array(rows, dtype=np.int64), np.array(here, dtype=np.int64), np.full(count, SURE), np.ones(count, dtype=bool)
    )


def _folded(names: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(_fold(name) if name else "" for name in names)


def _name_likeness(theirs: tuple[str | None, ...], ours: tuple[str | None, ...]) -> float:
    """Return how alike the names are, 0 to 1, by the field that speaks most for it; NaN where one side has none."""
    found = [word_likeness(one, other) for one, other in zip(theirs, ours, strict=True) if one and other]
    return max(found) if found else float("nan")


@lru_cache(maxsize=1 << 16)
def word_likeness(one: str, other: str) -> float:
    """Return which share of the words of two names is common; names whose numbers differ are not alike.

    ``Đường Lê Lợi`` and ``DUONG LE LOI`` are one name, ``Ngõ 3`` and ``Ngõ 5`` are two.
    """
    first, second = _words(one), _words(other)
    if first == second:
        return 1.0
    if _numbers(first) != _numbers(second):
        return 0.0
    return 2 * len(first & second) / max(1, len(first) + len(second))


@lru_cache(maxsize=1 << 16)
def _fold(name: str) -> str:
    return " ".join(_WORD.findall(fold_text(name)))


@lru_cache(maxsize=1 << 16)
def _words(name: str) -> frozenset[str]:
    return frozenset(_fold(name).split())


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if any(char.isdigit() for char in word))
