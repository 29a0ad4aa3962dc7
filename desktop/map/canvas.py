"""The map's surface: one opaque item that shows the renderer's last picture, and the hand's moves over it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pyqtgraph import GraphicsView, ViewBox
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from desktop.map.camera import Bounds, Camera
from desktop.map.frames import Frame
from desktop.map.hand import Hand, Pointer
from desktop.map.render_link import BACKGROUND, RenderLink

WHEEL_STEP = 1.5  # times nearer a notch of the wheel
KEY_STEP = 0.25  # share of the picture that an arrow key moves

_EVERYWHERE = QRectF(-1e9, -1e9, 2e9, 2e9)
_ARROWS = {
    Qt.Key.Key_Left: (KEY_STEP, 0.0),
    Qt.Key.Key_Right: (-KEY_STEP, 0.0),
    Qt.Key.Key_Up: (0.0, KEY_STEP),
    Qt.Key.Key_Down: (0.0, -KEY_STEP),
}
_NEARER = (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_PageUp)
_FARTHER = (Qt.Key.Key_Minus, Qt.Key.Key_PageDown)


class _Picture(QGraphicsItem):
    """The item: everything on the map is painted by it, in the widget's pixels."""

    def __init__(self, paint_map: Callable[[QPainter], None]) -> None:
        super().__init__()
        self._paint_map = paint_map

    def boundingRect(self) -> QRectF:
        return _EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.save()
        try:
            painter.resetTransform()
            self._paint_map(painter)
        finally:
            painter.restore()


class MapCanvas(GraphicsView):
    """Shows a camera's view. The ViewBox follows the camera, so that items placed in it lie in metres.

    ``camera_changed`` carries the new camera; ``cursor_moved`` the world point under the cursor.
    """

    camera_changed = Signal(object)
    cursor_moved = Signal(float, float)

    def __init__(self, link: RenderLink, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewbox = ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.setCentralItem(self.viewbox)
        self._picture = _Picture(self._paint)
        self.viewbox.addItem(self._picture, ignoreBounds=True)
        self.camera = Camera(0.0, 0.0, 1.0, max(self.width(), 1), max(self.height(), 1))
        self.tool: Hand | None = None
        self.overlays: list[Callable[[QPainter], None]] = []
        self._link = link
        self.frame: Frame | None = None
        self._fitted: Bounds | None = None
        self._dragged_from: QPointF | None = None
        self._is_space_held = False
        self._last_cursor = QPointF(0, 0)
        self._asking = QTimer(self, singleShot=True, interval=0)
        self._asking.timeout.connect(self.ask)
        link.frame_shown.connect(self._take_frame)

    # The camera

    def look(self, camera: Camera) -> None:
        """Show another part of the world."""
        self._fitted = None
        if camera == self.camera:
            return
        self.camera = camera
        west, south, east, north = camera.bounds
        self.viewbox.setRange(xRange=(west, east), yRange=(south, north), padding=0, disableAutoRange=True)
        self.viewport().update()
        self._asking.start()
        self.camera_changed.emit(camera)

    def fit(self, bounds: Bounds) -> None:
        """Show a box whole, and go on showing it whole when the widget changes its size before the next move."""
        self.look(self.camera.fitted(bounds))
        self._fitted = bounds

    def refresh(self) -> None:
        """Have the picture drawn again, for the scene has changed."""
        self._asking.start()

    def ask(self) -> None:
        """Ask the renderer for the camera's picture now."""
        self._asking.stop()
        self._link.request(self.camera)

    @property
    def is_up_to_date(self) -> bool:
        """Whether the full picture of what the camera sees is on the screen."""
        frame = self.frame
        return (
            not self._asking.isActive()
            and self._link.is_idle
            and frame is not None
            and frame.is_full
            and self.camera.shift_from(frame.camera) == (0, 0)
        )

    def to_screen(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return logical pixels ``(n, 2)`` of world points ``(n, 2)``."""
        return self.camera.to_pixels(xy) / self.camera.ratio

    def to_world(self, place: QPointF) -> tuple[float, float]:
        """Return the world point under a place of the widget."""
        return self.camera.to_world(place.x() * self.camera.ratio, place.y() * self.camera.ratio)

    # Painting

    def _take_frame(self, frame: Frame) -> None:
        frame.image.setDevicePixelRatio(frame.camera.ratio)
        self.frame = frame
        self.viewport().update()

    def forget_frame(self) -> None:
        """Let go of the picture and its memory."""
        self.frame = None

    def _paint(self, painter: QPainter) -> None:
        painter.fillRect(self.viewport().rect(), QColor(BACKGROUND))
        frame, camera = self.frame, self.camera
        if frame is not None:
            shift = camera.shift_from(frame.camera)
            if shift is not None:
                painter.drawImage(QPointF(shift[0] / camera.ratio, shift[1] / camera.ratio), frame.image)
            else:
                west, south, east, north = frame.camera.bounds
                left, top, right, bottom = self.to_screen(np.array([(west, north), (east, south)])).ravel().tolist()
                painter.drawImage(QRectF(left, top, right - left, bottom - top), frame.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for paint in self.overlays:
            paint(painter)

    # Size

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "camera"):  # pyqtgraph calls this while it builds the widget
            self._fit_size()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._fit_size()
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and self.tool is not None
            and self.tool.uses(Qt.Key(event.key()))
        ):
            event.accept()
            return True
        return super().event(event)

    def _fit_size(self) -> None:
        ratio = self.devicePixelRatioF()
        size = self.viewport().size()
        fitted = self._fitted
        self.look(self.camera.resized(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)), ratio))
        if fitted is not None:
            self.fit(fitted)

    # The hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self.begin_drag(event.position())
        elif self.tool is not None and self._dragged_from is None:
            self.tool.pressed(self._pointer(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._last_cursor = event.position()
        if self._dragged_from is not None:
            self.drag_to(event.position())
        elif self.tool is not None:
            self.tool.moved(self._pointer(event))
        self.cursor_moved.emit(*self.to_world(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self.end_drag()
        elif self.tool is not None:
            self.tool.released(self._pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self.begin_drag(event.position())
        elif self.tool is not None:
            self.tool.double_clicked(self._pointer(event))

    def contextMenuEvent(self, event: QEvent) -> None:
        event.accept()  # the right button belongs to the tools

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom(WHEEL_STEP**notches, event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._is_space_held = True
                self.begin_drag(self._last_cursor)
        elif self.tool is not None and self.tool.key_pressed(key):
            pass
        elif key in _ARROWS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            across, down = _ARROWS[key]
            self.look(self.camera.moved(across * self.camera.width, down * self.camera.height))
        elif key in _NEARER or key in _FARTHER:
            self.zoom(WHEEL_STEP if key in _NEARER else 1 / WHEEL_STEP)
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat() and self._is_space_held:
            self._is_space_held = False
            self.end_drag()
        else:
            event.ignore()

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self._is_space_held = False
        self.end_drag()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Come ``factor`` times nearer, to a place of the widget or to its middle."""
        at = at or QPointF(self.viewport().width() / 2, self.viewport().height() / 2)
        self.look(self.camera.zoomed(factor, at.x() * self.camera.ratio, at.y() * self.camera.ratio))

    def begin_drag(self, at: QPointF) -> None:
        """Take hold of the map."""
        self._dragged_from = at
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def drag_to(self, at: QPointF) -> None:
        """Move the map with the hand, by whole device pixels so that what is drawn stays good."""
        if self._dragged_from is None:
            return
        ratio = self.camera.ratio
        right, down = round((at.x() - self._dragged_from.x()) * ratio), round((at.y() - self._dragged_from.y()) * ratio)
        self._dragged_from += QPointF(right / ratio, down / ratio)
        self.look(self.camera.moved(right, down))

    def end_drag(self) -> None:
        """Let go of the map."""
        self._dragged_from = None
        self.show_cursor()

    def show_cursor(self) -> None:
        """Show the tool's cursor."""
        self.viewport().setCursor(self.tool.cursor if self.tool is not None else Qt.CursorShape.ArrowCursor)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        at = event.position()
        return Pointer(*self.to_world(at), at.x(), at.y(), event.button(), event.buttons(), event.modifiers())
