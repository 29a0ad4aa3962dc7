"""What the map's colours mean: the layers in view, of each the classes that occur there."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from desktop.map.camera import Bounds, Camera
from desktop.map.layers import KINDS, MapLayer
from desktop.map.styles import STATE, FillSymbol, SymbolSet
from desktop.map.swatches import draw_swatch
from desktop.theme import MUTED, TEXT
from desktop.words import word
from geodesy.arrays import GeometryArrays, Kind

_LINE_PX, _SWATCH_PX, _MARGIN_PX, _INDENT_PX = 19.0, 24.0, 10.0, 6.0
_WIDEST_PX = 290.0


@dataclass(frozen=True, slots=True)
class LegendLine:
    """One class of a layer; without ``symbols``, the heading of those after it, or a remark."""

    text: str
    kind: Kind = "polygon"
    symbols: SymbolSet | None = None
    opacity: float = 1.0
    is_heading: bool = False


def build_legend(layers: Iterable[MapLayer], camera: Camera) -> list[LegendLine]:
    """Return the lines of the layers that have something in view, the uppermost first; layers come bottom first.

    A layer of one class is one line; others are a heading and the classes that occur in view, in the style's order.
    Layers drawn by state have the states in common.
    """
    found: list[LegendLine] = []
    by_state: dict[str, LegendLine] = {}
    for layer in reversed(list(layers)):
        if not layer.visible or not layer.style.is_shown_at(camera.denominator):
            continue
        used = {
            kind: _classes_within(layer.arrays[kind], camera.bounds, len(layer.style.classes))
            for kind in KINDS
            if kind in layer.arrays
        }
        lines = _lines_of(layer, {kind: numbers for kind, numbers in used.items() if numbers})
        if layer.style.by_field == STATE:
            by_state.update({line.text: _as_face(line) for line in lines if line.symbols is not None})
        else:
            found += lines
    if by_state:
        found = [LegendLine(word("MAP-LEGEND-STATES"), is_heading=True), *by_state.values(), *found]
    return found


def _as_face(line: LegendLine) -> LegendLine:
    assert line.symbols is not None
    color = line.symbols.point.fill
    return LegendLine(line.text, "polygon", SymbolSet(polygon=FillSymbol(fill=color, line=color)))


def _classes_within(arrays: GeometryArrays, bounds: Bounds, count: int) -> list[int]:
    west, south, east, north = bounds
    box = arrays.bounds
    seen = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
    numbers = np.unique(arrays.category[seen])
    return sorted({int(number) if 0 <= number < count else 0 for number in numbers})


def _lines_of(layer: MapLayer, used: dict[Kind, list[int]]) -> list[LegendLine]:
    style, titles = layer.style, layer.class_titles
    if not used:
        return []
    if style.by_field is None:
        return [LegendLine(layer.title, kind, style.classes[0], style.opacity) for kind in used]
    lines = [LegendLine(layer.title, is_heading=True)]
    for kind, numbers in used.items():
        order = [*(number for number in numbers if number), *(number for number in numbers if not number)]
        for number in order:
            text = titles[number] if number < len(titles) else layer.title
            lines.append(LegendLine(text, kind, style.classes[number], style.opacity))
    return lines


def legend_size(lines: Sequence[LegendLine], font: QFont, most_high: float = math.inf) -> tuple[float, float]:
    """Return width and height of a legend; lines that do not fit ``most_high`` are left to a last one that counts."""
    shown = _fitting(lines, most_high)
    metrics = QFontMetricsF(font)
    wide = max((metrics.horizontalAdvance(line.text) + _before(line) for line in shown), default=0.0)
    return min(wide, _WIDEST_PX) + 2 * _MARGIN_PX, len(shown) * _LINE_PX + 2 * _MARGIN_PX - 4


def draw_legend(painter: QPainter, box: QRectF, lines: Sequence[LegendLine], font: QFont) -> None:
    """Draw a legend over what lies in ``box``."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255, 228))
    painter.drawRoundedRect(box, 4, 4)
    top = box.top() + _MARGIN_PX - 2
    for line in _fitting(lines, box.height()):
        _draw_line(painter, QRectF(box.left() + _MARGIN_PX, top, box.width() - 2 * _MARGIN_PX, _LINE_PX), line, font)
        top += _LINE_PX


def _draw_line(painter: QPainter, box: QRectF, line: LegendLine, font: QFont) -> None:
    if line.symbols is not None:
        swatch = QRectF(box.left(), box.top() + 2, _SWATCH_PX, _LINE_PX - 5)
        draw_swatch(painter, swatch, line.kind, line.symbols, opacity=line.opacity)
    own = QFont(font)
    own.setBold(line.is_heading)
    painter.setFont(own)
    metrics = QFontMetricsF(own)
    text = metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, box.width() - _before(line))
    painter.setPen(QColor(TEXT if line.symbols is not None or line.is_heading else MUTED))
    base = box.center().y() + (metrics.ascent() - metrics.descent()) / 2
    painter.drawText(QPointF(box.left() + _before(line), base), text)


def _before(line: LegendLine) -> float:
    return _SWATCH_PX + _INDENT_PX if line.symbols is not None else 0.0


def _fitting(lines: Sequence[LegendLine], most_high: float) -> list[LegendLine]:
    if len(lines) * _LINE_PX <= most_high - 2 * _MARGIN_PX + 4:
        return list(lines)
    room = max(int((most_high - 2 * _MARGIN_PX + 4) / _LINE_PX), 1)
    return [*lines[: room - 1], LegendLine(word("MAP-LEGEND-MORE", count=len(lines) - room + 1))]
