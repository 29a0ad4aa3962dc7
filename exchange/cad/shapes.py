"""One entity of a DXF as plain shapes: points, lines, outlines and texts; curves are drawn within 5 mm."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from math import degrees
from typing import Any

import numpy as np

from exchange.cad.annotations import ANNOTATIONS, Shown
from exchange.cad.entity import Decode, Entity, Floats, Insert, Item, Lettered, Shape
from exchange.cad.tokens import Raw, columns_of

FLATTENED = 0.005  # drawing units between a curve and its chords
FLATTENED_SHARE = 1e-6  # or, of a curve wider than 5 km or drawn in millimetres, this share of its width
MOST_POINTS = 200_000  # of one curve: more of them are a trick
CIRCLE_CHORDS = 64


def read_entity(record: Raw, children: Sequence[Raw], decode: Decode) -> list[Item | Shown] | None:
    """Return what an entity draws, nothing for one that draws nothing, ``None`` for a kind that is not read.

    Raise ``ValueError`` for one that does not hold together.
    """
    name, body = record
    reader = _READERS.get(name)
    if reader is None:
        return None
    return list(reader(Entity(record, children, decode)))


def _line(entity: Entity) -> list[Item]:
    return entity.shape("line", [np.array([entity.place(10), entity.place(11)])])


def _point(entity: Entity) -> list[Item]:
    return entity.shape("point", [entity.place(10)[np.newaxis]])


def _lwpolyline(entity: Entity) -> list[Item]:
    east, north = entity.all_of(10), entity.all_of(20)
    if len(east) != len(north):
        raise ValueError("x and y differ")
    if entity.has(42) and any(entity.all_of(42)):
        return _curve(entity)
    points = np.column_stack([east, north, np.full(len(east), entity.number(38))])
    return _run(entity, entity.to_world(points), is_closed=bool(entity.whole(70) & 1))


def _run(entity: Entity, points: Floats, *, is_closed: bool) -> list[Item]:
    if is_closed and len(points) > 2 and not np.array_equal(points[0], points[-1]):
        points = np.vstack([points, points[:1]])
    return entity.shape("line", [points]) if len(points) > 1 else []


def _polyline(entity: Entity) -> list[Item]:
    flags = entity.whole(70)
    if flags & (16 | 64):
        return []  # surfaces, no lines
    vertices = [Entity(child, (), entity.decode) for child in entity.children if child[0] == "VERTEX"]
    vertices = [vertex for vertex in vertices if not vertex.whole(70) & 16]  # a spline's own control points
    if any(vertex.number(42) for vertex in vertices):
        return _bulged(entity, vertices, is_closed=bool(flags & 1))
    points = np.array([vertex.place(10) for vertex in vertices]).reshape(-1, 3)
    if not flags & 8:
        points[:, 2] = entity.number(30)
        points = entity.to_world(points)
    return _run(entity, points, is_closed=bool(flags & 1))


def _bulged(entity: Entity, vertices: Sequence[Entity], *, is_closed: bool) -> list[Item]:
    from ezdxf.entities.lwpolyline import LWPolyline

    rows = [[vertex.number(code) for code in (10, 20, 42)] for vertex in vertices]
    flat = LWPolyline.new(dxfattribs={"elevation": entity.number(30)})
    flat.append_points(rows, format="xyb")
    flat.closed = is_closed
    if entity.is_tilted:
        flat.dxf.extrusion = (entity.number(210), entity.number(220), entity.number(230))
    return _flattened(entity, flat)


def _load(entity: Entity) -> Any:
    from ezdxf.entities import factory
    from ezdxf.lldxf.extendedtags import ExtendedTags

    return factory.load(ExtendedTags.from_text(f"0\n{entity.name}\n" + entity.body.decode("latin-1")))


def _curve(entity: Entity) -> list[Item]:
    return _flattened(entity, _load(entity))


def _flattened(entity: Entity, loaded: Any) -> list[Item]:
    from ezdxf.path import make_path

    points = _points_of(make_path(loaded))
    return entity.shape("line", [points]) if len(points) > 1 else []


def _points_of(path: Any) -> Floats:
    corners = np.array([tuple(point) for point in path.control_vertices()])
    width = float(np.ptp(corners[:, :2], axis=0).max()) if len(corners) else 0.0
    within = max(FLATTENED, width * FLATTENED_SHARE)
    points = np.array([tuple(point) for point in islice(path.flattening(within, segments=4), MOST_POINTS + 1)])
    if len(points) > MOST_POINTS or not np.isfinite(points).all():
        raise ValueError("no curve that can be drawn")
    return points


def _circle(entity: Entity) -> list[Item]:
    """Draw a circle with at least 64 chords: a small one in a block may be set in large."""
    radius = abs(entity.number(40))
    chords = max(CIRCLE_CHORDS, int(np.ceil(np.pi / np.arccos(max(0.0, 1 - FLATTENED / max(radius, FLATTENED))))))
    angles = np.linspace(0.0, 2 * np.pi, min(chords, 4096) + 1)
    centre = entity.place(10)
    points = centre + radius * np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
    points[-1] = points[0]
    return entity.shape("line", [entity.to_world(points)])


def _hatch(entity: Entity) -> list[Item]:
    from ezdxf.path import from_hatch

    rings = []
    for path in from_hatch(_load(entity)):
        points = _points_of(path)
        if len(points) > 2:
            rings.append(points if np.array_equal(points[0], points[-1]) else np.vstack([points, points[:1]]))
    return [item for outline in _nested(rings) for item in entity.shape("polygon", outline)]


def _nested(rings: Sequence[Floats]) -> list[list[Floats]]:
    """Return outlines with their holes: every second ring inside another is a hole, as a hatch is filled."""
    import shapely

    rings = [ring for ring in rings if len(ring) > 3]
    faces = np.array([shapely.Polygon(ring[:, :2]) for ring in rings], dtype=object)
    areas = shapely.area(faces)
    order = np.argsort(-areas, kind="stable").tolist()
    inner, outer = shapely.STRtree(faces).query(shapely.point_on_surface(faces), predicate="within")
    depth = dict.fromkeys(order, 0)
    owner: dict[int, int] = {}
    for place, big in zip(inner.tolist(), outer.tolist(), strict=True):
        if areas[big] > areas[place]:
            depth[place] += 1
            if place not in owner or areas[big] < areas[owner[place]]:
                owner[place] = big
    outlines = {place: [rings[place]] for place in order if depth[place] % 2 == 0}
    for place in order:
        if depth[place] % 2:
            outlines[owner[place]].append(rings[place])
    return list(outlines.values())


def _face(entity: Entity) -> list[Item]:
    corners = [entity.place(code) for code in (10, 11, 12, 13) if entity.has(code)]
    if entity.name != "3DFACE" and len(corners) == 4:
        corners = [corners[0], corners[1], corners[3], corners[2]]
    points = np.array(list({tuple(corner.tolist()): corner for corner in corners}.values()))
    if len(points) < 3:
        return []
    world = entity.to_world(points) if entity.name != "3DFACE" else points
    return entity.shape("polygon", [np.vstack([world, world[:1]])])


def _text(entity: Entity) -> list[Item]:
    across, up = entity.whole(72), entity.whole(74 if entity.name in ("ATTRIB", "ATTDEF") else 73)
    is_aligned = bool(across or up) and across not in (3, 5) and entity.has(11)
    place = entity.place(11 if is_aligned else 10)
    align = ("LCRLCL"[across] if 0 <= across < 6 else "L") + ("BBMT"[up] if 0 <= up < 4 else "B")
    if across == 4:
        align = "CM"
    raw = entity.decode(entity.value(1))
    text = Lettered(raw, _style(entity), entity.number(40), entity.number(50), align if is_aligned else "LB")
    world = entity.to_world(place[np.newaxis])
    return entity.shape("point", [world], text) if raw.strip() else []


def _mtext(entity: Entity) -> list[Item]:
    codes, values = columns_of(entity.body)
    raw = entity.decode(b"".join(text for code, text in zip(codes, values, strict=False) if code in (b"3", b"1")))
    angle = entity.number(50)
    if entity.has(11):
        angle = degrees(np.arctan2(entity.number(21), entity.number(11)))
    attachment = entity.whole(71, 1)
    align = "LCR"[(attachment - 1) % 3] + "TMB"[(attachment - 1) // 3 % 3]
    text = Lettered(raw, _style(entity), entity.number(40), angle, align, is_paragraph=True)
    return entity.shape("point", [entity.place(10)[np.newaxis]], text) if raw.strip() else []


def _style(entity: Entity) -> str:
    return entity.decode(entity.value(7, b"Standard"))


def _insert(entity: Entity) -> list[Item]:
    from ezdxf.math import OCS, Matrix44

    ocs = OCS((entity.number(210), entity.number(220), entity.number(230, 1.0)))
    scale = [entity.number(code, 1.0) for code in (41, 42, 43)]
    place = ocs.to_wcs(tuple(entity.place(10).tolist()))
    matrix = Matrix44.scale(*scale) @ Matrix44.z_rotate(np.radians(entity.number(50)))
    if entity.is_tilted:
        matrix @= Matrix44.ucs(ocs.ux, ocs.uy, ocs.uz)
    matrix @= Matrix44.translate(*place)
    attributes: list[Shape] = []
    for record in entity.children:
        if record[0] == "ATTRIB":
            child = Entity(record, (), entity.decode)
            tag = entity.decode(child.value(2))
            attributes += [replace(item, tag=tag) for item in _text(child) if isinstance(item, Shape)]
    return [
        Insert(
            name=entity.decode(entity.value(2)),
            layer=entity.layer,
            colour=entity.colour,
            handle=entity.handle,
            matrix=np.array(list(matrix.rows())),
            columns=max(1, entity.whole(70, 1)),
            rows=max(1, entity.whole(71, 1)),
            spacing=(entity.number(44) / (scale[0] or 1.0), entity.number(45) / (scale[1] or 1.0)),
            attributes=attributes,
        )
    ]


_READERS: dict[str, Callable[[Entity], Sequence[Item | Shown]]] = {
    "LINE": _line,
    "POINT": _point,
    "LWPOLYLINE": _lwpolyline,
    "POLYLINE": _polyline,
    "ARC": _curve,
    "CIRCLE": _circle,
    "ELLIPSE": _curve,
    "SPLINE": _curve,
    "HELIX": _curve,
    "HATCH": _hatch,
    "SOLID": _face,
    "TRACE": _face,
    "3DFACE": _face,
    "TEXT": _text,
    "ATTDEF": lambda _: [],
    "ATTRIB": _text,
    "MTEXT": _mtext,
    "INSERT": _insert,
    **ANNOTATIONS,
}
READ = frozenset(_READERS)
