"""A picture of the view that leaves the program: the map in its frame, with grid, scale bar, north arrow and legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QMarginsF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QPolygonF

from core.errors import EnvironmentFault
from desktop.map.camera import Bounds, Camera
from desktop.map.country import draw_country, is_overview
from desktop.map.graticule import Grid, draw_grid
from desktop.map.images import PlacedImage, paint_placed
from desktop.map.layers import MapLayer
from desktop.map.legend import LegendLine, build_legend, draw_legend, legend_size
from desktop.map.overlay import nice_length, paint_scale_bar
from desktop.map.painting import build_pen, painting
from desktop.map.tools.marks import numeral
from desktop.map.vector_drawing import count_visible, draw_vectors
from desktop.theme import LINE, MUTED, PAPER, TEXT
from desktop.words import word
from geodesy.systems import CoordinateSystem

KINDS = ("png", "svg", "pdf")
VECTORS_UP_TO = 200_000  # vertices from which the map is set into the sheet as a picture
_EDGE, _STRIP = 8.0, 46.0
_GRID_PX = 190.0  # about so far apart are the lines of the grid
_NORTH_WIDE = 44.0  # what the north arrow takes at the upper right
_BAR_HIGH = 46.0  # what the scale bar takes at the lower left
_SCREEN_DPI, _PDF_DPI = 96, 1200


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What stands on the sheet beside the map."""

    grid: bool = True
    scale_bar: bool = True
    north: bool = True
    legend: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be drawn: layers bottom first, the camera (``ratio`` 1), and the words around them.

    ``title`` is written larger, ``notes`` under it; ``images`` lie under the layers or over them; ``picture`` stands in
    for images and layers when they are too many. ``system`` is the zone of the metres.
    """

    layers: Sequence[MapLayer]
    camera: Camera
    title: str
    notes: str
    background: str = "#ffffff"
    family: str = ""
    parts: SheetParts = SheetParts()
    picture: QImage | None = None
    images: Sequence[PlacedImage] = ()
    system: CoordinateSystem | None = None
    home: tuple[str, Bounds] | None = None

    @property
    def wants_picture(self) -> bool:
        """Whether the layers are too many to be drawn one by one."""
        return count_visible(self.layers, self.camera) > VECTORS_UP_TO

    @property
    def size(self) -> QSizeF:
        """Width and height in logical pixels of 1/96 inch, so that the scale written on it is true on paper."""
        columns = _legend_columns(self)
        wide = 2 * _EDGE + self.camera.width + sum(width for width, _ in columns) + (_EDGE if columns else 0)
        return QSizeF(wide, 2 * _EDGE + self.camera.height + _STRIP)


def plain_camera(camera: Camera) -> Camera:
    """Return the same view on a screen of one device pixel a logical one."""
    return replace(
        camera,
        resolution=camera.metres_per_point,
        width=round(camera.width / camera.ratio),
        height=round(camera.height / camera.ratio),
        ratio=1.0,
    )


def draw_sheet(painter: QPainter, sheet: Sheet) -> None:
    """Draw the sheet; a unit of ``painter`` is a logical pixel."""
    size, camera = sheet.size, sheet.camera
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(QPointF(0, 0), size), QColor(PAPER))
    frame = QRectF(_EDGE, _EDGE, camera.width, camera.height)
    font = QFont(sheet.family) if sheet.family else QFont()
    font.setPixelSize(12)
    painter.save()
    painter.setClipRect(frame)
    painter.translate(frame.topLeft())
    painter.fillRect(QRectF(0, 0, frame.width(), frame.height()), QColor(sheet.background))
    if sheet.picture is not None:
        painter.drawImage(QRectF(0, 0, frame.width(), frame.height()), sheet.picture)
    else:
        paint_placed(painter, sheet.images, camera, above=False)
        draw_vectors(painter, sheet.layers, camera, font.family())
        paint_placed(painter, sheet.images, camera, above=True)
    far = sheet.system if is_overview(camera) else None
    if far is not None:
        painter.setFont(font)
        draw_country(painter, camera, far, sheet.home)
    if sheet.parts.grid and far is not None:
        draw_grid(painter, camera, far, Grid.DEGREES)  # a zone's metres mean nothing so far from its axis
    elif sheet.parts.grid:
        _draw_grid(painter, camera, font, camera.width - (_NORTH_WIDE if sheet.parts.north else 0))
    if sheet.parts.north:
        _draw_north(painter, camera, font)
    painter.setFont(font)
    if sheet.parts.scale_bar:
        paint_scale_bar(painter, camera.metres_per_point, camera.denominator, camera.height)
    painter.restore()
    _cover(painter, frame, size)
    painter.setPen(build_pen(TEXT, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(frame)
    left = frame.right() + _EDGE
    for wide, lines in _legend_columns(sheet):
        draw_legend(painter, QRectF(left, _EDGE, wide, camera.height), lines, font)
        left += wide
    _draw_words(painter, sheet, frame, font)


def _cover(painter: QPainter, frame: QRectF, size: QSizeF) -> None:
    """Cover what lies outside the frame: not every format that takes a clip also keeps it."""
    for side in (
        QRectF(0, 0, size.width(), frame.top()),
        QRectF(0, frame.bottom(), size.width(), size.height() - frame.bottom()),
        QRectF(0, 0, frame.left(), size.height()),
        QRectF(frame.right(), 0, size.width() - frame.right(), size.height()),
    ):
        painter.fillRect(side, QColor(PAPER))


def save_sheet(sheet: Sheet, path: Path, *, dpi: int = 200) -> Path:
    """Write the sheet as PNG (at ``dpi``), SVG or PDF, by the ending of ``path``; raise MAP-PICTURE-FAILED.

    The file is there whole or not at all.
    """
    data = QBuffer()
    data.open(QBuffer.OpenModeFlag.WriteOnly)
    if not _WRITERS[path.suffix.lower().lstrip(".")](sheet, data, dpi):
        raise EnvironmentFault("MAP-PICTURE-FAILED", file=path.name, reason="")
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(data.data().data())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise EnvironmentFault("MAP-PICTURE-FAILED", file=path.name, reason=error.strerror or "") from error
    return path


def render_sheet(sheet: Sheet, dpi: int = 200) -> QImage:
    """Return the sheet as a picture."""
    size, scale = sheet.size, dpi / _SCREEN_DPI
    image = QImage(round(size.width() * scale), round(size.height() * scale), QImage.Format.Format_RGB32)
    image.fill(QColor(PAPER))
    image.setDotsPerMeterX(round(dpi / 0.0254))
    image.setDotsPerMeterY(round(dpi / 0.0254))
    with painting(image) as painter:
        painter.scale(scale, scale)
        draw_sheet(painter, sheet)
    return image


def _save_png(sheet: Sheet, data: QBuffer, dpi: int) -> bool:
    return render_sheet(sheet, dpi).save(data, "PNG")


def _save_svg(sheet: Sheet, data: QBuffer, dpi: int) -> bool:
    from PySide6.QtSvg import QSvgGenerator

    size = sheet.size
    writer = QSvgGenerator()
    writer.setOutputDevice(data)
    writer.setResolution(_SCREEN_DPI)
    writer.setSize(QSize(math.ceil(size.width()), math.ceil(size.height())))
    writer.setViewBox(QRectF(QPointF(0, 0), size))
    writer.setTitle(sheet.title)
    return _paint(QPainter(writer), sheet)


def _save_pdf(sheet: Sheet, data: QBuffer, dpi: int) -> bool:
    size = sheet.size
    writer = QPdfWriter(data)
    points = QSizeF(size.width() * 72 / _SCREEN_DPI, size.height() * 72 / _SCREEN_DPI)
    page = QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    writer.setResolution(_PDF_DPI)
    writer.setTitle(sheet.title)
    painter = QPainter(writer)
    painter.scale(_PDF_DPI / _SCREEN_DPI, _PDF_DPI / _SCREEN_DPI)
    return _paint(painter, sheet)


def _paint(painter: QPainter, sheet: Sheet) -> bool:
    try:
        draw_sheet(painter, sheet)
    finally:
        done = painter.end()
    return done


_WRITERS = {"png": _save_png, "svg": _save_svg, "pdf": _save_pdf}


def _legend_columns(sheet: Sheet) -> list[tuple[float, list[LegendLine]]]:
    """Return the columns of the legend that fit beside the map, each with its width."""
    if not sheet.parts.legend:
        return []
    font = QFont(sheet.family) if sheet.family else QFont()
    font.setPixelSize(12)
    waiting, found = build_legend(sheet.layers, sheet.camera), []
    while waiting:
        count = len(waiting)
        while count > 1 and legend_size(waiting[:count], font)[1] > sheet.camera.height:
            count -= 1
        found.append((legend_size(waiting[:count], font)[0], waiting[:count]))
        waiting = waiting[count:]
    return found


def grid_step(camera: Camera) -> float:
    """Return how far apart the lines of the grid are, a round number of metres."""
    return nice_length(_GRID_PX * camera.metres_per_point)


def _draw_grid(painter: QPainter, camera: Camera, font: QFont, room: float) -> None:
    """Draw lines of whole metres of the zone; each says its X (north) or Y (east) at the frame, as far as ``room``."""
    step = grid_step(camera)
    west, south, east, north = camera.bounds
    painter.setFont(_sized(font, 10))
    metrics = QFontMetricsF(painter.font())
    for place in np.arange(math.ceil(west / step) * step, east, step).tolist():
        x = (place - west) / camera.resolution
        painter.setPen(build_pen("#5b7083", 0.5))
        painter.drawLine(QPointF(x, 0), QPointF(x, camera.height))
        text = word("MAP-GRID-EAST", value=numeral(place))
        if x + 3 + metrics.horizontalAdvance(text) < room:
            _write(painter, QPointF(x + 3, metrics.ascent() + 2), text)
    for place in np.arange(math.ceil(south / step) * step, north, step).tolist():
        y = (north - place) / camera.resolution
        painter.setPen(build_pen("#5b7083", 0.5))
        painter.drawLine(QPointF(0, y), QPointF(camera.width, y))
        if y < camera.height - _BAR_HIGH:
            _write(painter, QPointF(4, y - 3), word("MAP-GRID-NORTH", value=numeral(place)))


def _draw_north(painter: QPainter, camera: Camera, font: QFont) -> None:
    """Draw an arrow to the zone's north at the upper right."""
    tip = QPointF(camera.width - 26.0, 22.0)
    half = QPolygonF([tip, tip + QPointF(-9, 30), tip + QPointF(0, 23)])
    other = QPolygonF([tip, tip + QPointF(9, 30), tip + QPointF(0, 23)])
    painter.setPen(build_pen(TEXT, 1.0))
    painter.setBrush(QColor(TEXT))
    painter.drawPolygon(half)
    painter.setBrush(QColor(PAPER))
    painter.drawPolygon(other)
    painter.setFont(_sized(font, 13, bold=True))
    letter = word("MAP-NORTH")
    wide = QFontMetricsF(painter.font()).horizontalAdvance(letter)
    _write(painter, tip + QPointF(-wide / 2, -5), letter)


def _draw_words(painter: QPainter, sheet: Sheet, frame: QRectF, font: QFont) -> None:
    painter.setFont(_sized(font, 14, bold=True))
    painter.setPen(QColor(TEXT))
    painter.drawText(QPointF(frame.left(), frame.bottom() + 19), sheet.title)
    painter.setFont(_sized(font, 11))
    painter.setPen(QColor(MUTED))
    painter.drawText(QPointF(frame.left(), frame.bottom() + 37), sheet.notes)
    painter.setPen(QColor(LINE))


def _write(painter: QPainter, at: QPointF, text: str) -> None:
    painter.setPen(QColor(PAPER))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(at + QPointF(dx, dy), text)
    painter.setPen(QColor(TEXT))
    painter.drawText(at, text)


def _sized(font: QFont, pixels: int, *, bold: bool = False) -> QFont:
    found = QFont(font)
    found.setPixelSize(pixels)
    found.setBold(bold)
    return found
