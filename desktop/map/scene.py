"""What the map shows, and what lies where: layers, boundary, findings, selection; the renderer is kept told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from desktop.map.camera import Bounds
from desktop.map.hit_grid import HitGrid
from desktop.map.images import PlacedImage
from desktop.map.layers import KINDS, MapLayer, build_geometry, join_bounds, paths_of
from desktop.map.render_link import RenderLink
from desktop.map.snapping import NOTHING_SKETCHED, USUAL_KINDS, Sketched, Snap, SnapKind, Target, find_snap
from desktop.map.styles import load_style
from desktop.words import word
from geodesy.arrays import GeometryArrays, Kind, build_arrays
from geodesy.shaping.vertices import HAIR_M

BOUNDARY = "_boundary"
FINDINGS = "_findings"
NEIGHBOURS = "_neighbours"
_TITLES = {BOUNDARY: "MAP-BOUNDARY", FINDINGS: "UI-FINDINGS", NEIGHBOURS: "MAP-NEIGHBOURS"}
_NOT_SNAPPED = (FINDINGS, NEIGHBOURS)  # a neighbour's copy of the boundary lies beside ours by millimetres

_FOLLOWED = 60_000  # edges in one box beyond which none is traced

Record = tuple[str, int]  # layer id and the record's fid


@dataclass(frozen=True, slots=True)
class Hit:
    """A record under the cursor, and how far from it, in metres."""

    layer_id: str
    fid: int
    kind: Kind
    distance: float


class MapScene:
    """The neighbours, layers from bottom to top, the boundary, the findings; images under or over them all."""

    def __init__(self, link: RenderLink) -> None:
        self._link = link
        self._layers: dict[str, MapLayer] = {}
        self._own: dict[str, MapLayer] = {}
        self._grids: dict[tuple[str, Kind], HitGrid] = {}
        self._handed: set[str] = set()  # layers that the renderer holds: hidden ones cost it no memory
        self.images: tuple[PlacedImage, ...] = ()
        self.selection: dict[str, frozenset[int]] = {}
        self.version = 0  # counts what was put in or taken out
        self._bounds: tuple[int, Bounds | None] | None = None  # of which version

    @property
    def layers(self) -> tuple[MapLayer, ...]:
        """The record types' layers, bottom first."""
        return tuple(self._layers.values())

    @property
    def drawn(self) -> tuple[MapLayer, ...]:
        """The neighbours, the record types' layers and the boundary, bottom first."""
        return tuple(layer for layer in self._everything() if layer.id != FINDINGS)

    @property
    def bounds(self) -> Bounds | None:
        """Bounds of the boundary, or of everything when there is none; asked at every painting."""
        if self._bounds is None or self._bounds[0] != self.version:
            self._bounds = self.version, self._find_bounds()
        return self._bounds[1]

    def _find_bounds(self) -> Bounds | None:
        boundary = self._own.get(BOUNDARY)
        if boundary is not None and boundary.bounds is not None:
            return boundary.bounds
        return join_bounds(layer.bounds for layer in self._layers.values())

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all to draw."""
        return not self.images and not any(len(layer) for layer in self._everything())

    def layer(self, layer_id: str) -> MapLayer:
        """Return a layer; raise ``KeyError`` when there is none of that id."""
        return self._layers[layer_id]

    def set_layers(self, layers: Sequence[MapLayer]) -> None:
        """Show these layers, bottom first, and no others."""
        old = self._layers
        self._layers = {layer.id: layer for layer in layers}
        for gone in old.keys() - self._layers.keys():
            self._forget(gone)
        for layer in layers:
            self._hand_over(old.get(layer.id), layer)
        self._arrange()
        self._highlight()

    def update_layer(self, layer: MapLayer, spoiled: Bounds | None = None) -> None:
        """Show a layer anew, in its place in the order; ``spoiled`` bounds what has changed."""
        old = self._layers.get(layer.id)
        self._layers[layer.id] = layer
        self._hand_over(old, layer, spoiled)
        self._arrange()
        self._highlight()

    def set_images(self, images: Sequence[PlacedImage]) -> None:
        """Show these pictures under (or over) the layers, bottom first, and no others."""
        self.images = tuple(images)
        self._link.set_images(self.images)

    def set_boundary(self, arrays: Mapping[Kind, GeometryArrays]) -> None:
        """Show the commune's boundary over the layers; nothing in ``arrays``, no boundary."""
        self._set_own(BOUNDARY, arrays)

    def set_neighbours(self, arrays: Mapping[Kind, GeometryArrays], names: Sequence[str]) -> None:
        """Show the adjoining communes under everything; ``names`` are theirs, in the order of ``arrays``."""
        self._set_own(NEIGHBOURS, arrays, names)

    def set_findings(self, places: Sequence[tuple[float, float]], severities: Sequence[str]) -> None:
        """Show places where something was found, each in the look of its severity."""
        points = shapely.points(np.array(places, dtype=np.float64).reshape(-1, 2))
        categories = load_style(FINDINGS).categories_of(severities)
        self._set_own(FINDINGS, build_arrays(np.arange(len(points)), points, categories))

    def set_selection(self, selection: Mapping[str, Iterable[int]]) -> None:
        """Highlight these records, by layer."""
        self.selection = {layer_id: frozenset(fids) for layer_id, fids in selection.items() if fids}
        self._highlight()

    def bounds_of_selection(self) -> Bounds | None:
        """Return the bounds of what is highlighted."""
        chosen = ((self._layers.get(layer_id), fids) for layer_id, fids in self.selection.items())
        return join_bounds(layer.bounds_of(fids) for layer, fids in chosen if layer is not None)

    def hits(self, x: float, y: float, reach: float, denominator: float, *, editable: bool = False) -> list[Hit]:
        """Return the records within ``reach`` metres: points before lines before polygons, upper layers first."""
        found = []
        for kind in KINDS:
            for layer in reversed(self._layers.values()):
                if kind in layer.arrays and _can_be_hit(layer, denominator) and (layer.is_editable or not editable):
                    ids = layer.arrays[kind].ids
                    near = self._grid(layer, kind).hits(x, y, reach)
                    found += [Hit(layer.id, int(ids[place]), kind, distance) for place, distance in near]
        return found

    def inside(self, bounds: Bounds, denominator: float) -> list[Record]:
        """Return the records that have something in common with a box."""
        found = []
        for layer in self._layers.values():
            if _can_be_hit(layer, denominator):
                for kind, arrays in layer.arrays.items():
                    places = self._grid(layer, kind).inside(bounds)
                    found += [(layer.id, fid) for fid in arrays.ids[places].tolist()]
        return found

    def within(self, area: shapely.Geometry, denominator: float) -> list[Record]:
        """Return the records that have something in common with an area."""
        shapely.prepare(area)
        found = []
        for layer in self._layers.values():
            if not _can_be_hit(layer, denominator):
                continue
            for kind, arrays in layer.arrays.items():
                for place in self._grid(layer, kind).inside(area.bounds).tolist():
                    if area.intersects(build_geometry(kind, paths_of(arrays, place))):
                        found.append((layer.id, int(arrays.ids[place])))
        return found

    def snap(
        self,
        x: float,
        y: float,
        reach: float,
        denominator: float,
        *,
        kinds: frozenset[SnapKind] = USUAL_KINDS,
        sketched: Sketched = NOTHING_SKETCHED,
        left_out: Mapping[str, frozenset[int]] | None = None,
        moving: npt.NDArray[np.float64] | None = None,
    ) -> Snap | None:
        """Return what a point sticks to within ``reach`` metres, but not the records ``left_out``, by layer.

        Nor what moves with the places ``moving`` ``(n, 2)``.
        """
        targets = []
        for layer in self._everything():
            if not _can_be_hit(layer, denominator) or layer.id in _NOT_SNAPPED:
                continue
            passed = layer.places_of((left_out or {}).get(layer.id, ()))
            for kind in layer.arrays:
                places = frozenset(passed[kind].tolist()) if kind in passed else frozenset[int]()
                targets.append(Target(self._grid(layer, kind), places))
        return find_snap(x, y, reach, targets, kinds=kinds, sketched=sketched, moving=moving)

    @property
    def bounds_of_edges(self) -> Bounds | None:
        """Bounds of everything that can be traced."""
        return join_bounds(layer.bounds for layer in self._everything() if layer.id not in _NOT_SNAPPED)

    def segments_in(self, bounds: Bounds, denominator: float) -> npt.NDArray[np.float64] | None:
        """Return the edges ``(n, 4)`` of all records near a box, or ``None`` when they are too many to be followed."""
        near = [
            (grid, grid.find(bounds))
            for layer in self._everything()
            if _can_be_hit(layer, denominator) and layer.id not in _NOT_SNAPPED
            for kind in layer.arrays
            if kind != "point"
            for grid in (self._grid(layer, kind),)
        ]
        if sum(len(places) for _, places in near) > _FOLLOWED:  # each has an edge at least: no need to gather them
            return None
        found = [np.empty((0, 4)), *(grid.edges(places).segments for grid, places in near)]
        return np.concatenate(found) if sum(map(len, found)) <= _FOLLOWED else None

    def shapes_near(
        self, bounds: Bounds, kind: Kind, denominator: float, layer_id: str | None = None
    ) -> dict[Record, shapely.Geometry]:
        """Return the editable records of a kind whose boxes come within a hair of others, of one layer or all."""
        west, south, east, north = bounds
        found: dict[Record, shapely.Geometry] = {}
        for layer in self._layers.values():
            is_meant = layer_id is None or layer.id == layer_id
            if is_meant and kind in layer.arrays and layer.is_editable and _can_be_hit(layer, denominator):
                arrays = layer.arrays[kind]
                near = self._grid(layer, kind).find((west - HAIR_M, south - HAIR_M, east + HAIR_M, north + HAIR_M))
                for at in near.tolist():
                    found[layer.id, int(arrays.ids[at])] = build_geometry(kind, paths_of(arrays, at))
        return found

    def _everything(self) -> list[MapLayer]:
        below = [self._own[NEIGHBOURS]] if NEIGHBOURS in self._own else []
        above = [self._own[layer_id] for layer_id in (BOUNDARY, FINDINGS) if layer_id in self._own]
        return [*below, *self._layers.values(), *above]

    def _set_own(
        self, layer_id: str, arrays: Mapping[Kind, GeometryArrays], labels: Sequence[str] | None = None
    ) -> None:
        if not arrays:
            if self._own.pop(layer_id, None) is not None:
                self._forget(layer_id)
        else:
            style, title = load_style(layer_id), word(_TITLES[layer_id])
            layer = MapLayer(layer_id, title, arrays, style, labels=labels, is_editable=False)
            self._own[layer_id] = layer
            self._put(layer)
        self._arrange()

    def _hand_over(self, old: MapLayer | None, layer: MapLayer, spoiled: Bounds | None = None) -> None:
        """Give the renderer a layer that is shown and that it has not got; let go of one that is hidden."""
        is_new = old is None or not _same_content(old, layer)
        if layer.visible and (is_new or layer.id not in self._handed):
            self._put(layer, spoiled if layer.id in self._handed else None)
        elif not layer.visible and (is_new or layer.id in self._handed):
            self._forget(layer.id)

    def _put(self, layer: MapLayer, spoiled: Bounds | None = None) -> None:
        self._drop_grids(layer.id)
        self.version += 1
        titles = layer.titles() if layer.style.label is not None else {}
        self._link.put_layer(layer.id, layer.arrays, titles, spoiled)
        self._handed.add(layer.id)

    def _forget(self, layer_id: str) -> None:
        self._drop_grids(layer_id)
        self.version += 1
        if layer_id in self._handed:
            self._handed.discard(layer_id)
            self._link.drop_layer(layer_id)

    def _drop_grids(self, layer_id: str) -> None:
        for key in [key for key in self._grids if key[0] == layer_id]:
            del self._grids[key]

    def _arrange(self) -> None:
        self._link.arrange(
            [(layer.id, layer.style, layer.visible) for layer in self._everything() if layer.id in self._handed]
        )

    def _highlight(self) -> None:
        places = {
            layer_id: self._layers[layer_id].places_of(fids)
            for layer_id, fids in self.selection.items()
            if layer_id in self._layers
        }
        self._link.select(
            {layer_id: dict(kinds) for layer_id, kinds in places.items() if kinds}, load_style("_selection")
        )

    def _grid(self, layer: MapLayer, kind: Kind) -> HitGrid:
        """Return the grid of one kind, built when it is first asked for."""
        if (layer.id, kind) not in self._grids:
            self._grids[layer.id, kind] = HitGrid(layer.arrays[kind])
        return self._grids[layer.id, kind]


def _same_content(old: MapLayer, new: MapLayer) -> bool:
    """Whether the renderer already has the layer's arrays and titles."""
    same_titles = old.labels is new.labels and (old.style.label is None) == (new.style.label is None)
    return old.arrays is new.arrays and same_titles


def _can_be_hit(layer: MapLayer, denominator: float) -> bool:
    return layer.visible and layer.style.is_shown_at(denominator)
