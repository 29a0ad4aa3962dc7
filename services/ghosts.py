"""A field file as it would lie in each reading of its coordinates, beside the boundary and what is there: ghosts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import AppError
from exchange.table import Table
from geodesy.datum import transform_xy
from geodesy.proposals import Proposal, arrange
from geodesy.systems import CoordinateSystem
from services.desk import Desk
from services.known_layers import fetch_known_geometries
from services.reading import fetch_boundary
from services.survey_tables import places_of

Geometries = npt.NDArray[np.object_]
Paths = list[npt.NDArray[np.float64]]

SHAPES = 300
VERTICES = 6_000
KNOWN_SHAPES = 1_500


@dataclass(frozen=True, slots=True)
class Reading:
    """How coordinates are read: a system, the order, a factor and what is added (east, north), as in a proposal."""

    system: CoordinateSystem
    swapped: bool = False
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, proposal: Proposal) -> "Reading":
        """Return how ``proposal`` reads them."""
        return cls(proposal.system, proposal.swapped, proposal.scale, proposal.shift)


@dataclass(frozen=True)
class GhostScene:
    """The commune's outline, some of what is stored, and some of a file's shapes, as paths ``(n, 2)`` in ``home``.

    A point is a path of one vertex. The file's shapes are placed when they are asked for, and so are ``doubts``: for
    each of the table's warnings the points that it is about, as one shape, empty for none.
    """

    home: CoordinateSystem
    boundary: Paths
    known: Paths
    shapes: Geometries
    doubts: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
    _placed: dict[Reading, Geometries | None] = field(default_factory=dict, repr=False)

    def place(self, reading: Reading) -> Geometries | None:
        """Return the file's shapes as ``reading`` puts them, ``None`` where they have no place."""
        if reading not in self._placed:
            self._placed[reading] = self._place(self.shapes, reading)
        return self._placed[reading]

    def place_doubts(self, reading: Reading) -> list[Paths]:
        """Return, for each of the table's warnings, the points that it is about as ``reading`` puts them."""
        placed = [None if one.is_empty else self._place(np.array([one]), reading) for one in self.doubts]
        return [[] if one is None else paths_of(one) for one in placed]

    def _place(self, shapes: Geometries, reading: Reading) -> Geometries | None:
        def read(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            numbers = arrange(xy, reading.swapped, reading.scale, reading.shift)
            return transform_xy(numbers, reading.system, self.home)

        try:
            placed: Geometries = shapely.transform(shapes, read)
        except AppError:
            return None
        sound = np.array([bool(np.isfinite(shapely.get_coordinates(shape)).all()) for shape in placed], dtype=bool)
        return placed[sound] if sound.any() else None


def build_scene(desk: Desk, table: Table) -> GhostScene | None:
    """Return what a window needs to draw the ghosts of a table, ``None`` for one without coordinates."""
    if table.geometries is None:
        return None
    outline = fetch_boundary(desk)
    known = fetch_known_geometries(desk, beside=table.name, most=KNOWN_SHAPES)
    return GhostScene(
        home=desk.system,
        boundary=[] if outline is None else paths_of(np.array([shapely.simplify(outline, 5.0)], dtype=object)),
        known=paths_of(known),
        shapes=_sample(table.geometries),
        doubts=_doubts(table),
    )


def _doubts(table: Table) -> Geometries:
    found = np.empty(len(table.warnings), dtype=object)
    found[:] = [shapely.MultiPoint(places_of(warning)) for warning in table.warnings]
    return found


def paths_of(shapes: Geometries | Sequence[shapely.Geometry]) -> Paths:
    """Return the points, lines and rings of shapes."""
    found: Paths = []
    for part in shapely.get_parts(np.asarray(shapes, dtype=object)):
        if part.geom_type == "Polygon":
            found += [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
        elif not part.is_empty:
            found.append(shapely.get_coordinates(part))
    return found


def differing_bounds(
    first: shapely.Geometry, second: shapely.Geometry, *, apart_m: float = 0.001
) -> tuple[float, float, float, float] | None:
    """Return the box (xmin, ymin, xmax, ymax) of the vertices of either shape that lie off the other, or ``None``."""
    found = []
    for one, other in ((first, second), (second, first)):
        places = shapely.get_coordinates(one)
        outline = shapely.boundary(other) if shapely.get_dimensions(other) == 2 else other
        found.append(places[shapely.distance(shapely.points(places), outline) > apart_m])
    away = np.vstack(found)
    return (*away.min(axis=0).tolist(), *away.max(axis=0).tolist()) if len(away) else None


def _sample(geometries: Geometries) -> Geometries:
    """Return some of the shapes, spread over the file, few vertices altogether."""
    shapes = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    if len(shapes) > SHAPES:
        shapes = shapes[np.linspace(0, len(shapes) - 1, SHAPES).astype(int)]
    counts = np.cumsum(shapely.get_num_coordinates(shapes))
    return shapes[: max(1, int(np.searchsorted(counts, VERTICES, side="right")))]
