"""What the tests of the map share: a small world at a metre a pixel, and a hand that moves over it."""

from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.map.layers import MapLayer
from desktop.map.styles import FillSymbol, LayerStyle, LineSymbol, PointSymbol, SymbolSet
from desktop.map.view import MapView
from geodesy.arrays import build_arrays

E0, N0 = 437_000.0, 2_487_000.0
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
STYLE = LayerStyle(
    classes=(
        SymbolSet(
            polygon=FillSymbol(fill="#ff0000", line=None),
            line=LineSymbol(color="#0000ff", width=3),
            point=PointSymbol(size=8, fill="#00ff00", width=0),
        ),
    )
)


def layer(layer_id: str, *geometries: shapely.Geometry, **changes: Any) -> MapLayer:
    """A layer whose records have the fids 1, 2, 3 …"""
    arrays = build_arrays(range(1, len(geometries) + 1), np.array(geometries, dtype=object))
    return MapLayer(layer_id, layer_id, arrays, STYLE, **changes)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(E0 + west, N0 + south, E0 + east, N0 + north)


def at(view: MapView, east: float, north: float) -> QPoint:
    """The place on the widget of a point of the world."""
    x, y = view.canvas.to_screen(np.array([(E0 + east, N0 + north)]))[0]
    return QPoint(round(x), round(y))


def click(view: MapView, east: float, north: float, button: Qt.MouseButton = LEFT, keys: Any = None) -> None:
    place = at(view, east, north)
    move(view, east, north)
    QTest.mouseClick(view.canvas.viewport(), button, keys or Qt.KeyboardModifier.NoModifier, place)


def move(view: MapView, east: float, north: float) -> None:
    QTest.mouseMove(view.canvas.viewport(), at(view, east, north))
    QApplication.processEvents()


def drag(view: MapView, start: tuple[float, float], end: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    viewport = view.canvas.viewport()
    QTest.mousePress(viewport, button, pos=at(view, *start))
    for share in (0.5, 1.0):
        move(view, *(a + (b - a) * share for a, b in zip(start, end, strict=True)))
    QTest.mouseRelease(viewport, button, pos=at(view, *end))


def key(view: MapView, which: Qt.Key) -> None:
    QTest.keyClick(view.canvas, which)


def color(image: QImage, view: MapView, east: float, north: float) -> str:
    place = at(view, east, north)
    return QColor(image.pixel(place)).name()


def collected(signal: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    signal.connect(lambda *arguments: found.append(arguments))
    return found
