"""One box that understands where somebody wants to go: coordinates, a Km of a road, a bookmark, a commune, a record."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import current_language
from core.text import fold_text
from forms.administration import load_communes
from forms.measures import parse_chainage
from forms.record import Record
from forms.titles import record_title
from geodesy.coordinates import Order, parse_position
from geodesy.datum import transform_xy
from geodesy.envelopes import inside_envelope
from geodesy.numbers import parse_number
from geodesy.survey.chainage import axis_length, point_at
from geodesy.systems import WGS84, CoordinateSystem
from services.bookmarks import fetch_bookmarks
from services.desk import Desk
from services.reading import fetch_boundary, fetch_neighbours, fetch_record, search

PlaceKind = Literal["position", "chainage", "bookmark", "commune", "record"]

ROAD = "road_segment"
MOST_PLACES = 8
_KM = re.compile(
    r"\s*(k(?:m)?\s*\d[\d.,]*(?:\s*\+\s*\d+(?:[.,]\d+)?)?)\s*m?(?=[\s,;]|$)"
    r"(?:[\s,;]*(trái|phải|trai|phai|left|right)\s*(\d+(?:[.,]\d+)?)\s*m?)?[\s,;]*(.*)",
    re.IGNORECASE,
)
_LEFT = ("trái", "trai", "left")
_ROAD_WORD = re.compile(r"^(?:(?:của|cua|of|trên|tren|on)\s+)?(?:tuyến\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go, in metres of the desk's zone: what it is, its name, and its shape.

    ``order`` tells for typed numbers why they were read as north and east; ``swapped`` that they stood east first.
    """

    kind: PlaceKind
    name: str
    geometry: BaseGeometry
    uid: str | None = None
    order: Order | None = None
    swapped: bool = False

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of it."""
        west, south, east, north = shapely.bounds(self.geometry).tolist()
        return west, south, east, north


def find_places(desk: Desk, text: str, display: CoordinateSystem | None = None) -> list[Place]:
    """Return where ``text`` may mean, the likeliest first; coordinates are those of ``display``, or WGS 84 in degrees.

    ``Km1+200 đường X`` is a chainage, with ``phải 5`` or ``trái 5`` beside it; anything else with letters is looked for
    among bookmarks, communes and records. Raise ``UserError`` LOCATE-NOTHING, LOCATE-OUTSIDE, LOCATE-CHAINAGE,
    LOCATE-ROAD, the COORD-… errors of numbers that are no position, or SURVEY-BEYOND-AXIS.
    """
    plain = text.strip()
    if found := _KM.fullmatch(plain):
        return _find_chainage(desk, *found.groups())
    named = list(_find_named(desk, plain)) if len(plain) > 1 else []
    if named:
        return named[:MOST_PLACES]
    if any(sign.isdigit() for sign in plain):
        return [_find_position(desk, plain, display or desk.system)]
    raise UserError("LOCATE-NOTHING", text=plain[:80])


def _find_position(desk: Desk, text: str, display: CoordinateSystem) -> Place:
    typed = parse_position(text)
    source = WGS84 if typed.geographic and display.kind != "geographic" else display
    place = np.array([[typed.east, typed.north]])
    if not inside_envelope(place, source)[0]:
        labels: dict[str, str] = {language: source.label(language) for language in ("vi", "en")}
        raise UserError("LOCATE-OUTSIDE", text=text[:80], system=labels)
    point = shapely.Point(transform_xy(place, source, desk.system)[0])
    return Place("position", text, point, order=typed.order, swapped=typed.swapped)


def _find_chainage(desk: Desk, km: str, side: str | None, offset: str | None, road: str) -> list[Place]:
    try:
        kilometres = parse_chainage(km)
    except UserError as error:
        raise UserError("LOCATE-CHAINAGE", text=km) from error
    if kilometres is None:
        raise UserError("LOCATE-CHAINAGE", text=km)
    words = _ROAD_WORD.sub("", road.strip())
    roads = [hit for hit in search(desk, words) if hit.type_id == ROAD] if words else []
    if not roads:
        raise UserError("LOCATE-ROAD", text=road.strip()[:80], km=km)
    offset_m = parse_number(offset, prefer=",") if offset else 0.0
    signed = -offset_m if side and side.casefold() in _LEFT else offset_m
    places: list[Place] = []
    refusal: UserError | None = None
    for hit in roads:
        try:
            places.append(place_on_road(desk, fetch_record(desk, hit.uid), kilometres, signed))
        except UserError as error:
            refusal = refusal or error
    if not places and refusal is not None:
        raise refusal
    return places[:MOST_PLACES]


def place_on_road(desk: Desk, road: Record, kilometres: float, offset_m: float = 0.0) -> Place:
    """Return the place at a chainage of a road, ``offset_m`` right of it; its own chainage begins where it says.

    A road whose end chainage is below its first runs against its drawing. Raise ``UserError`` SURVEY-NO-AXIS or
    SURVEY-BEYOND-AXIS.
    """
    axis, start_km, backwards = road_axis(road)
    along = (start_km - kilometres if backwards else kilometres - start_km) * 1000
    point = shapely.Point(point_at(axis, round(along, 4), -offset_m if backwards else offset_m))
    title = record_title(desk.catalogue.type(road.type_id), road.values, current_language(), desk.catalogue)
    whole, metres = divmod(round(kilometres * 1000, 3), 1000)
    return Place("chainage", f"Km{whole:.0f}+{metres:03.0f} {title}", point, uid=road.uid)


def road_axis(road: Record) -> tuple[np.ndarray, float, bool]:
    """Return a road's axis ``(n, 2)``, the chainage of its start in kilometres, and whether it counts down.

    Raise ``UserError`` SURVEY-NO-AXIS for a road without a geometry, or of parts that do not meet.
    """
    shape: Any = road.geometry
    if shape is not None and shape.geom_type == "MultiLineString":
        shape = shapely.line_merge(shape)
    if shape is None or shape.geom_type != "LineString":
        raise UserError("SURVEY-NO-AXIS")
    axis = shapely.get_coordinates(shape)
    axis_length(axis)
    start, end = road.values.get("from_km"), road.values.get("to_km")
    backwards = isinstance(start, int | float) and isinstance(end, int | float) and end < start
    return axis, float(start) if isinstance(start, int | float) else 0.0, backwards


def _find_named(desk: Desk, text: str) -> Iterator[Place]:
    wanted = fold_text(text)
    if not any(sign.isalpha() for sign in wanted):
        yield from (place for place in _bookmarks(desk) if fold_text(place.name) == wanted)
        return
    if not wanted:
        return
    every = [*_bookmarks(desk), *_communes(desk)]
    exact = [place for place in every if wanted in (fold_text(place.name), _bare(place.name))]
    yield from exact
    yield from (place for place in every if place not in exact and wanted in fold_text(place.name))
    catalogue = desk.catalogue
    for hit in search(desk, text, limit=MOST_PLACES) if not _is_position(text) else []:
        record = fetch_record(desk, hit.uid)
        if record.geometry is not None:
            title = record_title(catalogue.type(record.type_id), record.values, current_language(), catalogue)
            yield Place("record", title, record.geometry, uid=record.uid)


def _is_position(text: str) -> bool:
    try:
        parse_position(text)
    except UserError:
        return False
    return True


def _bare(name: str) -> str:
    """Return a commune's name without what kind of unit it is."""
    return re.sub(r"^(?:xa|phuong|dac khu|thi tran)\s+", "", fold_text(name))


def _bookmarks(desk: Desk) -> Iterator[Place]:
    for bookmark in fetch_bookmarks(desk):
        yield Place("bookmark", bookmark.name, shapely.box(*bookmark.bounds))


def _communes(desk: Desk) -> Iterator[Place]:
    names = load_communes()
    own = fetch_boundary(desk)
    outlines = {**({desk.commune.code: own} if own is not None else {}), **fetch_neighbours(desk)}
    for code, outline in outlines.items():
        yield Place("commune", names[code].full_name if code in names else code, outline)
