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
    pairs: list[tuple[float, int, int]] = []
    for label in range(len(labels.places)):
        near = np.unique(
            np.concatenate([tree.query(one[label], predicate="dwithin", distance=within) for one in points])
        )
        for line in near.tolist():
            away = min(float(shapely.distance(lines[line], one[label])) for one in points)
            turned = _turn_between(lines[line], points[0][label], float(labels.angles[label]), within)
            pairs.append((away + turned * TURN_COST * within, label, line))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, label, line in sorted(pairs):
        if line not in found and label not in taken:
            found[line] = label
            taken.add(label)
    return found


def _points(xy: Floats) -> Shapes:
    return np.asarray(shapely.points(xy), dtype=object)


def _turn_between(line: shapely.LineString, point: shapely.Point, angle: float, reach: float) -> float:
    """Return how far a text is turned against a line where it stands: 0 along it, 1 across; 0 for a text not turned."""
    if not np.isfinite(angle) or angle % 180 == 0:
        return 0.0
    at = line.project(point)
    one, two = line.interpolate(max(0.0, at - reach / 4)), line.interpolate(min(line.length, at + reach / 4))
    direction = np.arctan2(two.y - one.y, two.x - one.x)
    return float(abs(np.sin(direction - np.radians(angle))))
