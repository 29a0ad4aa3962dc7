"""The divider that wipes a base map off the map: on one side of it the base map, on the other what lies under it."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from desktop.map.camera import Camera
from desktop.map.images import PlacedImage, paint_image, ready_image
from desktop.theme import ACCENT

KNOB_PX = 11.0  # radius of the handle
_LINE_PX = 2.0


class Swipe:
    """A divider and the pictures shown on its left, or above it when it lies across.

    Invariant: ``share`` of the map's width (height when across) is on the pictures' side, 0 to 1.
    """

    def __init__(self) -> None:
        self.is_on, self.is_across, self.share = False, False, 0.5
        self._images: list[tuple[PlacedImage, QImage]] = []

    @property
    def images(self) -> list[PlacedImage]:
        """The pictures on the divider's side, bottom first."""
        return [placed for placed, _ in self._images]

    def set_images(self, images: Sequence[PlacedImage]) -> None:
        """Show these pictures on the divider's side, bottom first, and no others."""
        known = {id(placed.rgba): ready for placed, ready in self._images}
        self._images = [(placed, known.get(id(placed.rgba)) or ready_image(placed)) for placed in images]

    def begin(self) -> None:
        """Put the divider into the middle."""
        self.is_on, self.is_across, self.share = True, False, 0.5

    def end(self) -> None:
        """Take the divider away, and let go of the pictures."""
        self.is_on, self._images = False, []

    def move_to(self, share: float) -> None:
        """Put the divider elsewhere."""
        self.share = min(max(share, 0.0), 1.0)

    def place(self, camera: Camera) -> float:
        """Return where the divider is, in logical pixels from the left, or from the top when it lies across."""
        return self.share * (camera.height if self.is_across else camera.width) / camera.ratio

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """Paint the pictures on their side of the divider, in logical pixels."""
        if not self.is_on:
            return
        wide, high, at = camera.width / camera.ratio, camera.height / camera.ratio, self.place(camera)
        painter.save()
        painter.setClipRect(QRectF(0, 0, wide, at) if self.is_across else QRectF(0, 0, at, high))
        painter.scale(1 / camera.ratio, 1 / camera.ratio)
        for placed, image in self._images:
            painter.setOpacity(placed.opacity)
            paint_image(painter, image, placed.bounds, camera)
        painter.restore()

    def paint_handle(self, painter: QPainter, camera: Camera) -> None:
        """Paint the divider and its handle."""
        if not self.is_on:
            return
        wide, high, at = camera.width / camera.ratio, camera.height / camera.ratio, self.place(camera)
        painter.save()
        painter.translate(*((0.0, at) if self.is_across else (at, 0.0)))
        if self.is_across:
            painter.rotate(90)
            painter.scale(1, -1)
        length = wide if self.is_across else high
        for color, width in (("#ffffff", _LINE_PX + 2), (ACCENT, _LINE_PX)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawLine(QPointF(0, 0), QPointF(0, length))
        middle = QPointF(0, length / 2)
        painter.setPen(QPen(QColor("#ffffff"), 2))
        painter.setBrush(QColor(ACCENT))
        painter.drawEllipse(middle, KNOB_PX, KNOB_PX)
        painter.setPen(QPen(QColor("#ffffff"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for side in (-1, 1):
            tip = QPointF(side * 7.0, length / 2)
            for rise in (-3.5, 3.5):
                painter.drawLine(tip, tip + QPointF(-side * 3.5, rise))
        painter.restore()
