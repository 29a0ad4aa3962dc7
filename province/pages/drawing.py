"""Maps as SVG out of the gateway's own outlines and records: no foreign tiles, bounded in size whatever is held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, func, select

from core.messages import Language
from forms.administration import Commune
from forms.catalogue import Catalogue
from forms.titles import record_title
from province.columns import POSTGRESQL, touching
from province.holdings import load_content
from province.tables import commune_boundaries, records

WIDTH = 1_000
MOST_RECORDS = 1_500
WIDEST_GAP_M = 40_000.0
_MARGIN = 0.04

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing drawn: its path, in the map's own units, and what is known of it."""

    path: str
    kind: str
    """``area``, ``line`` or ``point``."""
    subject: Any
    title: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map: shapes in a frame of ``WIDTH`` by ``height`` units, which shows ``box`` (metres in the zone ``epsg``)."""

    shapes: list[Shape]
    box: Box
    height: int
    epsg: int
    outside: int = 0
    total: int = 0

    @property
    def view(self) -> str:
        """The frame as SVG's ``viewBox``."""
        return f"0 0 {WIDTH} {self.height}"

    def moved(self, east: float, north: float, scale: float) -> str:
        """Return another frame's corners for an address: shifted by parts of this one's size, and scaled."""
        min_x, min_y, max_x, max_y = self.box
        width, height = max_x - min_x, max_y - min_y
        x, y = (min_x + max_x) / 2 + east * width, (min_y + max_y) / 2 + north * height
        corners = (x - width * scale / 2, y - height * scale / 2, x + width * scale / 2, y + height * scale / 2)
        return ",".join(f"{value:.1f}" for value in corners)


def parse_box(text: str) -> Box | None:
    """Return ``min_x,min_y,max_x,max_y`` in metres, ``None`` for what is none."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        return None
    if len(found) != 4 or not np.isfinite(found).all() or max(map(abs, found)) > 1e8:
        return None
    min_x, min_y, max_x, max_y = found
    return (min_x, min_y, max_x, max_y) if max_x - min_x >= 1 and max_y - min_y >= 1 else None


def draw_communes(connection: Connection, communes: Sequence[Commune], *, whole: bool) -> Drawing | None:
    """Return the outlines of communes of one zone, ``None`` when no outline is loaded.

    Islands far from the rest would make all else small: unless ``whole``, the frame leaves them out and ``outside``
    counts them.
    """
    if not communes:
        return None
    by_code, epsg = {commune.code: commune for commune in communes}, communes[0].epsg
    table = commune_boundaries
    codes = [code for code, commune in by_code.items() if commune.epsg == epsg]
    rows = connection.execute(
        select(table).where(table.c.epsg == epsg, table.c.commune_code.in_(codes)).order_by(table.c.commune_code)
    ).all()
    if not rows:
        return None
    boxes = np.array([(row.min_x, row.min_y, row.max_x, row.max_y) for row in rows])
    inside = np.ones(len(rows), dtype=bool) if whole else _near_the_rest(boxes)
    frame = _Frame(_bounds(boxes[inside]))
    shapes = []
    for row in rows:
        shape = frame.simplify(shapely.from_wkb(row.geometry))
        commune = by_code[row.commune_code]
        shapes.append(Shape(frame.path(shape), "area", commune, commune.full_name))
    return Drawing(shapes, frame.box, frame.height, epsg, outside=int((~inside).sum()), total=len(rows))


def draw_records(
    connection: Connection, commune: Commune, box: Box | None, catalogue: Catalogue, language: Language
) -> Drawing | None:
    """Return a commune's outline and those of its records that meet ``box``, at most ``MOST_RECORDS`` of ``total``."""
    held = (records.c.commune_code == commune.code, records.c.content.is_not(None), records.c.min_x.is_not(None))
    zone = (*held, records.c.epsg == commune.epsg)
    own = connection.execute(
        select(commune_boundaries).where(
            commune_boundaries.c.commune_code == commune.code, commune_boundaries.c.epsg == commune.epsg
        )
    ).one_or_none()
    if box is None:
        if own is not None:
            box = _bounds(np.array([(own.min_x, own.min_y, own.max_x, own.max_y)]))
        else:
            sides = (
                func.min(records.c.min_x),
                func.min(records.c.min_y),
                func.max(records.c.max_x),
                func.max(records.c.max_y),
            )
            found = connection.execute(select(*sides).where(*zone)).one()
            if found[0] is None:
                return None
            box = _bounds(np.array([tuple(found)]))
    frame = _Frame(box)
    near = _meeting(connection, frame.box, commune.epsg)
    total = int(connection.execute(select(func.count()).select_from(records).where(*zone, *near)).scalar_one())
    rows = connection.execute(
        select(records.c.uid, records.c.type_id, records.c.content, records.c.geometry)
        .where(*zone, *near)
        .order_by(records.c.uid)
        .limit(MOST_RECORDS)
    ).all()
    shapes = []
    if own is not None:
        outline = frame.simplify(shapely.from_wkb(own.geometry))
        shapes.append(Shape(frame.path(outline), "outline", None, commune.full_name))
    for row in rows:
        record_type = catalogue.types.get(row.type_id)
        title = record_title(record_type, load_content(row.content) or {}, language) if record_type else row.type_id
        geometry = shapely.from_wkb(row.geometry)
        kind = ("point", "line", "area")[int(shapely.get_dimensions(geometry))]
        shapes.append(Shape(frame.path(frame.simplify(geometry)), kind, (row.uid, row.type_id), title))
    shapes.sort(key=lambda shape: ("outline", "area", "line", "point").index(shape.kind))
    return Drawing(shapes, frame.box, frame.height, commune.epsg, total=total)


def _meeting(connection: Connection, box: Box, epsg: int) -> Iterable[Any]:
    min_x, min_y, max_x, max_y = box
    if connection.dialect.name == POSTGRESQL:
        return (touching(min_x, min_y, max_x, max_y, epsg),)
    return (
        records.c.max_x >= min_x,
        records.c.min_x <= max_x,
        records.c.max_y >= min_y,
        records.c.min_y <= max_y,
    )


def _bounds(boxes: np.ndarray[Any, Any]) -> Box:
    return (
        float(boxes[:, 0].min()),
        float(boxes[:, 1].min()),
        float(boxes[:, 2].max()),
        float(boxes[:, 3].max()),
    )


def _near_the_rest(boxes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return which boxes belong to the largest group in which no gap is wider than ``WIDEST_GAP_M``."""
    grown = shapely.box(*(boxes + np.array([-1, -1, 1, 1]) * WIDEST_GAP_M / 2).T)
    groups = shapely.get_parts(shapely.union_all(grown))
    holds = [shapely.intersects(group, grown) for group in groups]
    return max(holds, key=np.count_nonzero)


class _Frame:
    """Carries metres into the map's units, with some room around."""

    def __init__(self, box: Box) -> None:
        min_x, min_y, max_x, max_y = box
        room = _MARGIN * max(max_x - min_x, max_y - min_y, 10.0)
        self.box: Box = (min_x - room, min_y - room, max_x + room, max_y + room)
        width, height = max_x - min_x + 2 * room, max_y - min_y + 2 * room
        width, height = max(width, height * 0.8), max(height, width * 0.45)
        x, y = (min_x + max_x) / 2, (min_y + max_y) / 2
        self.box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        self.scale = WIDTH / width
        self.height = round(height * self.scale)

    def simplify(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """Return a shape without what is smaller than half a unit; one too small for that stays as it is."""
        found = shapely.simplify(geometry, 0.5 / self.scale)
        return geometry if shapely.is_empty(found) else found

    def path(self, geometry: shapely.Geometry) -> str:
        """Return SVG's path of a shape; a point is a line of no length, which a round cap makes a dot."""
        pieces = []
        for part in shapely.get_parts(shapely.get_parts(geometry)):
            if isinstance(part, shapely.Polygon):
                pieces += [f"{self._steps(ring)}Z" for ring in (part.exterior, *part.interiors)]
            elif isinstance(part, shapely.Point):
                pieces.append(f"{self._steps(part)}h0")
            else:
                pieces.append(self._steps(part))
        return "".join(pieces)

    def _steps(self, geometry: shapely.Geometry) -> str:
        xy = shapely.get_coordinates(geometry)
        placed = np.round((xy - (self.box[0], self.box[3])) * (self.scale, -self.scale), 1)
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in placed.tolist())
