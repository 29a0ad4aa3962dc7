"""What can be done to whole shapes in figures: move, turn, scale, offset, simplify, smooth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import shapely
from shapely.geometry.base import BaseGeometry

from geodesy.shaping.curves import offset_shape
from geodesy.shaping.moving import Place, middle_of, move_shape, scale_shape, turn_shape
from geodesy.shaping.together import simplify_shapes, smooth_shapes


class Change(StrEnum):
    """What can be done in figures."""

    MOVE = "move"
    TURN = "turn"
    SCALE = "scale"
    OFFSET = "offset"
    SIMPLIFY = "simplify"
    SMOOTH = "smooth"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The new shapes in the order of the old ones, and how far any strays from its old one where that is a matter."""

    shapes: tuple[BaseGeometry, ...]
    strays_m: float = 0.0


def apply_change(
    change: Change, shapes: Sequence[BaseGeometry], figures: Sequence[float], around: Place | None = None
) -> Outcome:
    """Return what a change makes of shapes, in metres of a zone.

    ``figures`` are metres north and east of a move, degrees clockwise, a factor, or metres. Shapes are turned and
    scaled together, ``around`` a place or the middle of them all, so that neighbours stay neighbours. Raise
    ``UserError`` with what is wrong with a figure: SCALE-FACTOR, OFFSET-NONE, TOLERANCE, SHAPE-UNSOUND.
    """
    first = figures[0]
    if change in (Change.SIMPLIFY, Change.SMOOTH):
        found = (simplify_shapes if change is Change.SIMPLIFY else smooth_shapes)(shapes, first)
        return Outcome(tuple(item.shape for item in found), max(item.strays_m for item in found))
    middle = around or middle_of(shapely.geometrycollections(list(shapes)))
    calls: Mapping[Change, Callable[[BaseGeometry], BaseGeometry]] = {
        Change.MOVE: lambda shape: move_shape(shape, figures[1], first),
        Change.TURN: lambda shape: turn_shape(shape, first, middle),
        Change.SCALE: lambda shape: scale_shape(shape, first, middle),
        Change.OFFSET: lambda shape: offset_shape(shape, first),
    }
    return Outcome(tuple(calls[change](shape) for shape in shapes))
