"""The map as an overview of the country: Hoàng Sa and Trường Sa are on it, and where the commune lies.

The program ships no coast and no boundaries. What is drawn are the published extents of the two archipelagos, named
as what they are: where to look, no boundary. Source: QCVN 80:2024/BTNMT clause 1.1, ``resources/facts/island_extents``.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from core.tables import load_table
from desktop.map.camera import Bounds, Camera
from desktop.map.painting import build_pen, build_polygon, write_haloed
from desktop.words import word
from forms.administration import load_communes
from geodesy.datum import transform_xy
from geodesy.envelopes import envelope_bounds
from geodesy.systems import WGS84, CoordinateSystem

OVERVIEW_FROM = 2_000_000.0  # the n of 1:n from which a view shows the country rather than a place

_COLOR = "#b42318"
_POINTS = 17
_LIMIT = 20_000.0
_DOT_PX = 4.0
_LINES = 3  # what is written at an archipelago


@dataclass(frozen=True, slots=True)
class Island:
    """An archipelago's unit, its name and province, and the outline ``(n, 2)`` of its published extent in a zone."""

    code: str
    name: str
    province: str
    outline: npt.NDArray[np.float64]


@cache
def islands(system: CoordinateSystem) -> tuple[Island, ...]:
    """Return the archipelagos that no overview of the country leaves out."""
    communes = load_communes()
    found = []
    for row in load_table("island_extents"):
        unit = communes[row["commune_code"]]
        box = tuple(float(row[side]) for side in ("west", "south", "east", "north"))
        found.append(Island(unit.code, unit.full_name, unit.province_name, _outline(box, system)))
    return tuple(found)


@cache
def country_bounds(system: CoordinateSystem) -> Bounds:
    """Return the box in a zone around the whole country, its sea and islands."""
    outline = _outline(envelope_bounds("country"), system)
    (west, south), (east, north) = outline.min(axis=0).tolist(), outline.max(axis=0).tolist()
    return west, south, east, north


def is_overview(camera: Camera) -> bool:
    """Whether a view shows the country rather than a place in it."""
    return camera.denominator >= OVERVIEW_FROM


def draw_country(
    painter: QPainter, camera: Camera, system: CoordinateSystem, home: tuple[str, Bounds] | None = None
) -> None:
    """Draw the archipelagos and, by its name and bounds, the commune; a unit is a logical pixel of ``camera``."""
    painter.save()
    font = painter.font()
    for island in islands(system):
        screen = (camera.to_pixels(island.outline) / camera.ratio).clip(-_LIMIT, _LIMIT)
        painter.setPen(build_pen(_COLOR, 1.4, dash=(4, 3)))
        face = QColor(_COLOR)
        face.setAlpha(18)
        painter.setBrush(face)
        painter.drawPolygon(build_polygon(screen))
        middle = QPointF(*screen.mean(axis=0).tolist())
        bold = painter.font()
        bold.setPixelSize(13)
        bold.setBold(True)
        painter.setFont(bold)
        font.setPixelSize(11)
        high = QFontMetricsF(font).height()
        top, bottom = screen[:, 1].min(), screen[:, 1].max()
        if bottom - top < _LINES * high:  # the words would hide so small an extent: they stand under it
            middle.setY(bottom + QFontMetricsF(bold).ascent())
        _write_centred(painter, middle, word("MAP-ISLAND", name=island.name, code=island.code))
        painter.setFont(font)
        _write_centred(painter, middle + QPointF(0, high), island.province)
        _write_centred(painter, middle + QPointF(0, 2 * high), word("MAP-ISLAND-EXTENT"))
    if home is not None:
        _draw_home(painter, camera, *home)
    painter.restore()


def _draw_home(painter: QPainter, camera: Camera, name: str, bounds: Bounds) -> None:
    west, south, east, north = bounds
    x, y = (camera.to_pixels(np.array([((west + east) / 2, (south + north) / 2)])) / camera.ratio)[0].tolist()
    painter.setPen(build_pen("#ffffff", 1.5))
    painter.setBrush(QColor(_COLOR))
    painter.drawEllipse(QPointF(x, y), _DOT_PX, _DOT_PX)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    write_haloed(painter, QPointF(x + 8, y + 4), name, _COLOR)


def _write_centred(painter: QPainter, at: QPointF, text: str) -> None:
    wide = QFontMetricsF(painter.font()).horizontalAdvance(text)
    write_haloed(painter, at - QPointF(wide / 2, 0), text, _COLOR)


def _outline(box: tuple[float, ...], system: CoordinateSystem) -> npt.NDArray[np.float64]:
    west, south, east, north = box
    x, y = np.linspace(west, east, _POINTS), np.linspace(south, north, _POINTS)
    sides = [(x, south), (east, y), (x[::-1], north), (west, y[::-1])]
    degrees = np.concatenate([np.column_stack(np.broadcast_arrays(*side)) for side in sides])
    return transform_xy(degrees, WGS84, system)
