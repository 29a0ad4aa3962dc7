"""Which text belongs to which shape: a label inside an area, or beside a line; each label to one shape."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

TURN_COST = 0.5
"""How much of the distance allowed a label costs that stands across its line."""
WIDTH_OF_LETTER = 0.7


@dataclass(frozen=True, slots=True)
class Labels:
    """Texts as they stand: ``places`` ``(n, 2)``, ``angles`` in degrees, ``sizes`` (NaN where not known), ``aligns``.

    ``aligns`` say which corner of the text its place is: ``L``, ``C``, ``R`` and ``B``, ``M``, ``T``.
    """

    places: Floats
    angles: Floats
    sizes: Floats
    aligns: tuple[str, ...]
    lengths: npt.NDArray[np.int64]

    def middles(self) -> Floats:
        """Return the middle of each text, as its letters and their size tell it."""
        across = {"L": 0.5, "C": 0.0, "R": -0.5}
        upwards = {"B": 0.5, "M": 0.0, "T": -0.5}
        sizes = np.nan_to_num(self.sizes)
        turn = np.radians(np.nan_to_num(self.angles))
        width = sizes * WIDTH_OF_LETTER * self.lengths
        right = np.array([across.get(align[:1], 0.5) for align in self.aligns]) * width
        up = np.array([upwards.get(align[1:2], 0.5) for align in self.aligns]) * sizes
        return self.places + np.column_stack(
            [right * np.cos(turn) - up * np.sin(turn), right * np.sin(turn) + up * np.cos(turn)]
        )


def labels_inside(faces: Shapes, labels: Labels) -> dict[int, list[int]]:
    """Return for each face the labels whose middle lies in it, else whose place does; the smallest face has it."""
    area = shapely.area(faces)
    tree = shapely.STRtree(faces)
    found: dict[int, list[int]] = {}
    middles, places = _points(labels.middles()), _points(labels.places)
    for label in range(len(labels.places)):
        for point in (middles[label], places[label]):
            hits = tree.query(point, predicate="intersects")
            if len(hits):
                found.setdefault(int(hits[int(np.argmin(area[hits]))]), []).append(label)
                break
    return found


def labels_near(lines: Shapes, labels: Labels, within: float) -> dict[int, int]:
    """Return for each line its label: the nearest free one at most ``within`` away, one label to one line.

    A text that stands along a line is preferred to one across it; the nearest pair of all is matched first.
    """
    tree = shapely.STRtree(lines)
    points = _points(labels.places), _points(labels.middles())
    hits = [tree.query(one, predicate="dwithin", distance=within) for one in points]
    label, line = np.unique(np.concatenate(hits, axis=1), axis=1)
    away = np.minimum(*(shapely.distance(lines[line], one[label]) for one in points))
    costs = away + _turns(lines[line], points[0][label], labels.angles[label], within) * TURN_COST * within
    found: dict[int, int] = {}
    taken: set[int] = set()
    for place in np.lexsort([line, label, costs]).tolist():
        one, other = int(line[place]), int(label[place])
        if one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    return found


def _points(xy: Floats) -> Shapes:
    return np.asarray(shapely.points(xy), dtype=object)


def _turns(lines: Shapes, points: Shapes, angles: Floats, reach: float) -> Floats:
    """Return how far texts are turned against lines where they stand: 0 along, 1 across; 0 for one not turned."""
    at, length = shapely.line_locate_point(lines, points), shapely.length(lines)
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines, place))
        for place in (np.maximum(0.0, at - reach / 4), np.minimum(length, at + reach / 4))
    ]
    direction = np.arctan2(*(ends[1] - ends[0]).T[::-1])
    turned = np.isfinite(angles) & (np.nan_to_num(angles) % 180 != 0)
    return np.where(turned, np.abs(np.sin(direction - np.radians(np.nan_to_num(angles)))), 0.0)
