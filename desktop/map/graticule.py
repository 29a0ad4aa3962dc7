"""Grids over the map: lines of whole metres of the zone, lines of whole degrees; each line says what it is."""

import enum
import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QPainter

from desktop.map.camera import Camera
from desktop.map.overlay import nice_length
from desktop.map.painting import build_pen, build_polygon, write_haloed
from desktop.map.tools.marks import numeral
from desktop.words import word
from geodesy.graticules import GraticuleLine, build_graticule
from geodesy.systems import CoordinateSystem

PLANE_COLOR, DEGREES_COLOR = "#34495e", "#7a3b0c"

_APART_PX = 150.0
_BAR_WIDE, _BAR_HIGH = 170.0, 52.0  # what the scale bar takes at the lower left
_LIMIT = 20_000.0
_RIGHT_ROOM = 14.0


class Grid(enum.Enum):
    """Which lines: of the zone's metres, or of VN-2000 degrees."""

    PLANE = "plane"
    DEGREES = "degrees"


def draw_grid(painter: QPainter, camera: Camera, system: CoordinateSystem, grid: Grid) -> None:
    """Draw a grid and its labels; a unit of ``painter`` is a logical pixel of ``camera``."""
    painter.save()
    font = painter.font()
    font.setPixelSize(11)
    painter.setFont(font)
    (_draw_plane if grid is Grid.PLANE else _draw_degrees)(painter, camera, system)
    painter.restore()


def _draw_plane(painter: QPainter, camera: Camera, system: CoordinateSystem) -> None:
    """Draw lines of equal X (north), labelled at the left, and of equal Y (east), labelled at the top."""
    step = nice_length(_APART_PX * camera.metres_per_point)
    west, south, east, north = camera.bounds
    wide, high = camera.width / camera.ratio, camera.height / camera.ratio
    ascent = QFontMetricsF(painter.font()).ascent()
    easts = [(place, (place - west) / camera.metres_per_point) for place in _between(west, east, step)]
    norths = [(place, (north - place) / camera.metres_per_point) for place in _between(south, north, step)]
    painter.setPen(build_pen(PLANE_COLOR, 0.7))
    for _, x in easts:
        painter.drawLine(QPointF(x, 0), QPointF(x, high))
    for _, y in norths:
        painter.drawLine(QPointF(0, y), QPointF(wide, y))
    for place, x in easts:
        text = word("MAP-GRID-EAST", value=numeral(place))
        if x + 3 + QFontMetricsF(painter.font()).horizontalAdvance(text) < wide:
            write_haloed(painter, QPointF(x + 3, ascent + 2), text, PLANE_COLOR)
    for place, y in norths:
        if ascent * 2.5 < y < high - _BAR_HIGH:
            write_haloed(painter, QPointF(4, y - 3), word("MAP-GRID-NORTH", value=numeral(place)), PLANE_COLOR)


def _draw_degrees(painter: QPainter, camera: Camera, system: CoordinateSystem) -> None:
    """Draw meridians, labelled at the bottom, and parallels, labelled at the right."""
    wide, high = camera.width / camera.ratio, camera.height / camera.ratio
    metrics = QFontMetricsF(painter.font())
    for line in _lines(camera, system):
        screen = camera.to_pixels(line.xy) / camera.ratio
        screen = screen[np.isfinite(screen).all(axis=1)].clip(-_LIMIT, _LIMIT)
        if len(screen) < 2:
            continue
        painter.setPen(build_pen(DEGREES_COLOR, 0.9, dash=(6, 4)))
        painter.drawPolyline(build_polygon(screen))
        if line.kind == "lon":
            text = word("MAP-LONGITUDE", value=line.label)
            order = np.argsort(screen[:, 1])
            x = float(np.interp(high, screen[order, 1], screen[order, 0]))
            if _BAR_WIDE < x < wide - metrics.horizontalAdvance(text):
                write_haloed(painter, QPointF(x + 3, high - 5), text, DEGREES_COLOR)
        else:
            text = word("MAP-LATITUDE", value=line.label)
            y = float(np.interp(wide, screen[:, 0], screen[:, 1]))
            if metrics.ascent() * 2.5 < y < high - 2 * metrics.height():
                left = wide - metrics.horizontalAdvance(text) - _RIGHT_ROOM
                write_haloed(painter, QPointF(left, y - 3), text, DEGREES_COLOR)


@lru_cache(maxsize=2)
def _lines(camera: Camera, system: CoordinateSystem) -> tuple[GraticuleLine, ...]:
    return tuple(build_graticule(camera.bounds, system, _APART_PX * camera.metres_per_point))


def _between(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
