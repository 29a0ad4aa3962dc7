"""A scanned sheet to be looked at and pointed into: fetched window by window, however large the scan is."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from desktop.theme import ACCENT, GROUND, PAPER, Tone

Window = tuple[float, float, float, float]
Fetch = Callable[[Window, int, int, Callable[[npt.NDArray[np.uint8]], None]], None]

_STEP, _CLICK_PX, _PAUSE_MS, _ARM_PX = 1.25, 4.0, 60, 11.0
_NEAREST = 24.0  # widget pixels a pixel of the scan at most


class ScanView(QWidget):
    """``pointed`` carries column and row of a click; a drag moves the sheet, the wheel comes nearer.

    ``fetch`` gets a window in pixels of the scan, the size of the picture that is wanted, and who takes it.
    """

    pointed = Signal(float, float)

    def __init__(self, width: int, height: int, fetch: Fetch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size, self._fetch = (width, height), fetch
        self._scale, self._origin = 1.0, QPointF(0, 0)  # widget pixels a pixel of the scan; what lies at the corner
        self._picture: tuple[Window, QImage] | None = None
        self._marks: list[tuple[float, float, bool]] = []
        self._pressed: QPointF | None = None
        self._moved = False
        self._is_fitted = False
        self._asked = 0
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.setMinimumSize(320, 240)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMouseTracking(True)

    def show_marks(self, marks: Sequence[tuple[float, float, bool]]) -> None:
        """Show control points, numbered from 1: column, row, and whether one is to be looked at."""
        self._marks = list(marks)
        self.update()

    def to_scan(self, at: QPointF) -> tuple[float, float]:
        """Return column and row under a place of the widget."""
        return self._origin.x() + at.x() / self._scale, self._origin.y() + at.y() / self._scale

    def to_widget(self, column: float, row: float) -> QPointF:
        """Return where a place of the scan is seen."""
        return QPointF((column - self._origin.x()) * self._scale, (row - self._origin.y()) * self._scale)

    def fit(self) -> None:
        """Show the whole sheet."""
        wide, high = self._size
        self._scale = min(self.width() / wide, self.height() / high)
        self._origin = QPointF(wide / 2 - self.width() / 2 / self._scale, high / 2 - self.height() / 2 / self._scale)
        self._changed()

    def look_at(self, column: float, row: float) -> None:
        """Bring a place of the scan to the middle, near enough to point exactly."""
        self._scale = max(self._scale, 2.0)
        self._origin = QPointF(column - self.width() / 2 / self._scale, row - self.height() / 2 / self._scale)
        self._changed()

    def _changed(self) -> None:
        self._pause.start()
        self.update()

    def _ask(self) -> None:
        left, top = self.to_scan(QPointF(0, 0))
        right, bottom = self.to_scan(QPointF(self.width(), self.height()))
        window = max(left, 0.0), max(top, 0.0), min(right, float(self._size[0])), min(bottom, float(self._size[1]))
        if window[0] >= window[2] or window[1] >= window[3]:
            return
        ratio = self.devicePixelRatioF()
        wide = max(1, round((window[2] - window[0]) * self._scale * ratio))
        high = max(1, round((window[3] - window[1]) * self._scale * ratio))
        self._asked += 1
        asked = self._asked
        self._fetch(window, wide, high, lambda pixels: self._take(asked, window, pixels))

    def _take(self, asked: int, window: Window, pixels: npt.NDArray[np.uint8]) -> None:
        if asked != self._asked:
            return
        high, wide = pixels.shape[:2]
        image = QImage(np.ascontiguousarray(pixels).data, wide, high, wide * 4, QImage.Format.Format_RGBA8888)
        self._picture = window, image.copy()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), QColor(GROUND))
            corner = self.to_widget(0, 0)
            end = self.to_widget(*map(float, self._size))
            painter.fillRect(QRectF(corner, end), QColor(PAPER))
            if self._picture is not None:
                (left, top, right, bottom), image = self._picture
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(QRectF(self.to_widget(left, top), self.to_widget(right, bottom)), image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for number, (column, row, is_doubtful) in enumerate(self._marks, start=1):
                self._draw_mark(painter, self.to_widget(column, row), number, is_doubtful)
        finally:
            painter.end()

    def _draw_mark(self, painter: QPainter, at: QPointF, number: int, is_doubtful: bool) -> None:
        for color, width in ((PAPER, 4.5), (Tone.ERROR.value if is_doubtful else ACCENT, 2.0)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawLine(at - QPointF(_ARM_PX, 0), at + QPointF(_ARM_PX, 0))
            painter.drawLine(at - QPointF(0, _ARM_PX), at + QPointF(0, _ARM_PX))
        painter.drawText(at + QPointF(_ARM_PX, -4), str(number))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._is_fitted or self._picture is None:
            self._is_fitted = True
            self.fit()
        else:
            self._changed()

    def wheelEvent(self, event: QWheelEvent) -> None:
        at = event.position()
        column, row = self.to_scan(at)
        least = min(self.width() / self._size[0], self.height() / self._size[1]) / 2
        wanted = self._scale * _STEP ** (event.angleDelta().y() / 120)
        self._scale = min(max(wanted, least), _NEAREST)
        self._origin = QPointF(column - at.x() / self._scale, row - at.y() / self._scale)
        self._changed()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed, self._moved = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        shift = event.position() - self._pressed
        if self._moved or shift.manhattanLength() > _CLICK_PX:
            self._moved = True
            self._origin -= shift / self._scale
            self._pressed = event.position()
            self._changed()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and not self._moved and event.button() == Qt.MouseButton.LeftButton:
            column, row = self.to_scan(event.position())
            if 0 <= column <= self._size[0] and 0 <= row <= self._size[1]:
                self.pointed.emit(column, row)
        self._pressed = None
