"""Layers as the window knows them: what to draw, in which style, and the exact coordinates for hand and eye."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from desktop.map.camera import Bounds
from desktop.map.shapes import concatenate_ranges
from desktop.map.styles import LayerStyle
from geodesy.arrays import GeometryArrays, Kind

KINDS: tuple[Kind, ...] = ("point", "line", "polygon")


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One record type on the map.

    ``labels`` are the records' titles in the order of ``arrays``, kind after kind, ``class_titles`` say what each class
    of the style stands for. Records of a layer that is not
    ``is_editable`` can be selected and snapped to, but not changed with the vertex tool.
    """

    id: str
    title: str
    arrays: Mapping[Kind, GeometryArrays] = field(default_factory=dict)
    style: LayerStyle = field(default_factory=LayerStyle)
    visible: bool = True
    labels: Sequence[str] | None = None
    is_editable: bool = True
    class_titles: Sequence[str] = ()

    def __len__(self) -> int:
        return sum(len(item) for item in self.arrays.values())

    @property
    def bounds(self) -> Bounds | None:
        """West, south, east, north of everything in the layer."""
        return join_bounds(item.total_bounds for item in self.arrays.values())

    def titles(self) -> dict[Kind, Sequence[str]]:
        """Return the titles by kind; none when the layer has none."""
        if self.labels is None:
            return {}
        found, begin = {}, 0
        for kind, item in self.arrays.items():
            found[kind] = self.labels[begin : begin + len(item)]
            begin += len(item)
        return found

    def find(self, fid: int) -> tuple[Kind, int] | None:
        """Return the kind of a record and its place in that kind's arrays."""
        for kind, item in self.arrays.items():
            places = np.flatnonzero(item.ids == fid)
            if len(places):
                return kind, int(places[0])
        return None

    def places_of(self, fids: Iterable[int]) -> dict[Kind, npt.NDArray[np.int32]]:
        """Return the places of records by kind."""
        wanted = np.fromiter(fids, dtype=np.int64)
        found = {}
        for kind, item in self.arrays.items():
            places = np.flatnonzero(np.isin(item.ids, wanted)).astype(np.int32)
            if len(places):
                found[kind] = places
        return found

    def bounds_of(self, fids: Iterable[int]) -> Bounds | None:
        """Return the bounds of some records."""
        boxes = [self.arrays[kind].bounds[places] for kind, places in self.places_of(fids).items()]
        if not boxes:
            return None
        box = np.concatenate(boxes)
        low, high = box[:, :2].min(axis=0), box[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def spliced(
        self, changed: Mapping[Kind, GeometryArrays], removed: Iterable[int], titles: Mapping[int, str]
    ) -> "MapLayer":
        """Return the layer with ``changed`` records instead of or beside what it has, and without ``removed`` ones."""
        gone = {int(fid) for item in changed.values() for fid in item.ids} | set(removed)
        leaving = np.fromiter(gone, dtype=np.int64)
        known = {} if self.labels is None else self.titles()
        arrays, labels = {}, []
        for kind in KINDS:
            old, new = self.arrays.get(kind), changed.get(kind)
            if old is not None:
                stays = np.flatnonzero(~np.isin(old.ids, leaving))
                labels += [known[kind][place] for place in stays.tolist()] if known else []
                old = old if len(stays) == len(old) else take_records(old, stays)
            if new is not None:
                labels += [titles.get(fid, "") for fid in new.ids.tolist()]
            if old is not None or new is not None:
                arrays[kind] = new if old is None else old if new is None else join_arrays(old, new)
        return replace(self, arrays=arrays, labels=labels if self.labels is not None or titles else None)


def take_records(arrays: GeometryArrays, places: npt.NDArray[np.integer[Any]]) -> GeometryArrays:
    """Return the records at ``places`` alone."""
    firsts, lasts = arrays.feature_offsets[places], arrays.feature_offsets[places + 1]
    paths = concatenate_ranges(firsts, lasts)
    starts, ends = arrays.path_offsets[paths], arrays.path_offsets[paths + 1]
    return GeometryArrays(
        kind=arrays.kind,
        ids=arrays.ids[places],
        xy=arrays.xy[concatenate_ranges(starts, ends)],
        path_offsets=np.concatenate([[0], np.cumsum(ends - starts)]),
        feature_offsets=np.concatenate([[0], np.cumsum(lasts - firsts)]),
        bounds=arrays.bounds[places],
        category=arrays.category[places],
    )


def join_arrays(first: GeometryArrays, second: GeometryArrays) -> GeometryArrays:
    """Return the records of both, in this order."""
    return GeometryArrays(
        kind=first.kind,
        ids=np.concatenate([first.ids, second.ids]),
        xy=np.concatenate([first.xy, second.xy]),
        path_offsets=np.concatenate([first.path_offsets, second.path_offsets[1:] + first.path_offsets[-1]]),
        feature_offsets=np.concatenate([first.feature_offsets, second.feature_offsets[1:] + first.feature_offsets[-1]]),
        bounds=np.concatenate([first.bounds, second.bounds]),
        category=np.concatenate([first.category, second.category]),
    )


def build_geometry(kind: Kind, paths: Sequence[npt.NDArray[np.float64]]) -> shapely.Geometry:
    """Return the shapely geometry of a record's paths, a single one when it has one part.

    A polygon's counter-clockwise rings are its parts, the clockwise rings after each are its holes.
    """
    if kind == "point":
        points = np.concatenate(paths)
        return shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)
    if kind == "line":
        lines = [shapely.LineString(path) for path in paths]
        return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    shells: list[tuple[npt.NDArray[np.float64], list[npt.NDArray[np.float64]]]] = []
    for ring in paths:
        if shells and signed_area(ring) < 0:
            shells[-1][1].append(ring)
        else:
            shells.append((ring, []))
    parts = [shapely.Polygon(shell, holes) for shell, holes in shells]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def paths_of(arrays: GeometryArrays, place: int) -> list[npt.NDArray[np.float64]]:
    """Return copies of a record's paths, each ``(n, 2)``; a ring's last point repeats its first."""
    first, last = arrays.feature_offsets[place], arrays.feature_offsets[place + 1]
    offsets = arrays.path_offsets[first : last + 1].tolist()
    return [arrays.xy[begin:end].copy() for begin, end in zip(offsets[:-1], offsets[1:], strict=True)]


def signed_area(ring: npt.NDArray[np.float64]) -> float:
    """Return a closed ring's area, positive when it runs counter-clockwise."""
    x, y = (ring - ring[0]).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def join_bounds(boxes: Iterable[Bounds | None]) -> Bounds | None:
    """Return the bounds of all ``boxes`` that are there."""
    found = [box for box in boxes if box is not None]
    if not found:
        return None
    west, south, east, north = zip(*found, strict=True)
    return min(west), min(south), max(east), max(north)
