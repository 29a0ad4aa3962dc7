"""Finds areas that lie on each other, quickly where they do not."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from validation.batch import Batch, Geometries, Mask

Places = npt.NDArray[np.int64]
_MANY_PAIRS = 2_000
_POLYGONS = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, eq=False)
class Areas:
    """``n`` valid areas, each with its uid and the group within which none may overlap another."""

    geometries: Geometries
    groups: Geometries
    uids: Geometries
    bounds: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.uids)

    def take(self, places: npt.NDArray[np.generic]) -> "Areas":
        """Return the areas at ``places``, or where the mask is true."""
        return Areas(self.geometries[places], self.groups[places], self.uids[places], self.bounds[places])

    @cached_property
    def by_group(self) -> dict[str, Places]:
        """Each group's places, in order of appearance."""
        numbers: dict[str, int] = {}
        codes = np.array([numbers.setdefault(group, len(numbers)) for group in self.groups], dtype=np.int64)
        order = np.argsort(codes, kind="stable")
        pieces = np.split(order, np.cumsum(np.bincount(codes, minlength=len(numbers)))[:-1])
        return dict(zip(numbers, pieces, strict=True)) if numbers else {}

    @cached_property
    def improper(self) -> Mask:
        """Which areas are no proper pieces of their group's coverage; of two that overlap at least one is."""
        flagged = np.zeros(len(self), dtype=bool)
        for places in self.by_group.values():
            if len(places) > 1:
                flagged[places] = ~shapely.is_empty(shapely.coverage_invalid_edges(self.geometries[places]))
        return flagged

    def union_of(self, group: str) -> shapely.Geometry:
        """Return the union of one group's areas; ``KeyError`` when it has none.

        The proper pieces among them do not overlap and meet node by node, so that the fast union serves them.
        """
        places = self.by_group[group]
        shapes, improper = self.geometries[places], self.improper[places]
        proper = shapely.coverage_union_all(shapes[~improper])
        return shapely.union(proper, shapely.union_all(shapes[improper])) if improper.any() else proper


@dataclass(frozen=True, slots=True)
class Overlaps:
    """``m`` pairs of overlapping areas: their places on either side, the common part and its area in m²."""

    left: Places
    right: Places
    shapes: Geometries
    areas: npt.NDArray[np.float64]


def areas_of(batch: Batch, group_key: str) -> Areas:
    """Return the valid polygons of ``batch`` that belong to a group, i.e. whose field ``group_key`` is filled."""
    groups, uids = np.empty(len(batch), dtype=object), np.empty(len(batch), dtype=object)
    groups[:], uids[:] = batch.column(group_key), batch.uids
    grouped = np.array([isinstance(group, str) for group in groups], dtype=bool)
    usable = batch.valid & np.isin(shapely.get_type_id(batch.geometries), _POLYGONS) & grouped
    return Areas(batch.geometries, groups, uids, batch.bounds).take(usable)


def overlaps_within(areas: Areas, least_m2: float) -> Overlaps:
    """Return the pairs of one group among ``areas`` whose common part is larger than ``least_m2``."""
    left, right = shapely.STRtree(areas.geometries).query(areas.geometries)
    once = left < right
    left, right = _may_overlap(areas, left[once], areas, right[once], least_m2)
    if len(left) > _MANY_PAIRS:
        suspect = areas.improper[left] | areas.improper[right]
        left, right = left[suspect], right[suspect]
    return _measure(areas, left, areas, right, least_m2)


def overlaps_between(areas: Areas, others: Areas, least_m2: float) -> Overlaps:
    """Return the pairs of one group, one of ``areas`` and one of ``others``, that share more than ``least_m2``."""
    near = np.flatnonzero(_meets_box(others.bounds, areas.bounds))
    close = others.take(near)
    left, right = shapely.STRtree(close.geometries).query(areas.geometries)
    left, right = _may_overlap(areas, left, close, right, least_m2)
    found = _measure(areas, left, close, right, least_m2)
    return Overlaps(found.left, near[found.right], found.shapes, found.areas)


def _meets_box(bounds: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> Mask:
    """Return which bounds meet the box around all ``others``."""
    if not len(others):
        return np.zeros(len(bounds), dtype=bool)
    low, high = others[:, :2].min(axis=0), others[:, 2:].max(axis=0)
    return np.asarray((bounds[:, 2:] >= low).all(axis=1) & (bounds[:, :2] <= high).all(axis=1))


def _may_overlap(one: Areas, left: Places, two: Areas, right: Places, least_m2: float) -> tuple[Places, Places]:
    """Keep the pairs of one group whose boxes alone share enough."""
    a, b = one.bounds[left], two.bounds[right]
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    enough = (sides > 0).all(axis=1) & (sides[:, 0] * sides[:, 1] > least_m2)
    left, right = left[enough], right[enough]
    same = np.equal(one.groups[left], two.groups[right]).astype(bool)
    return left[same], right[same]


def _measure(one: Areas, left: Places, two: Areas, right: Places, least_m2: float) -> Overlaps:
    shapes = shapely.intersection(one.geometries[left], two.geometries[right])
    measured = shapely.area(shapes)
    large = measured > least_m2
    return Overlaps(left[large], right[large], shapes[large], measured[large])
