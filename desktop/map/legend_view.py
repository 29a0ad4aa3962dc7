"""The legend over the map: a box at the lower right that scrolls when it is long."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.map.legend import LegendLine, draw_legend, legend_size
from desktop.words import word

_GAP_PX = 10
_ROOM_PX = 60  # of what a tool writes beside the cursor
_SHARE = 0.62  # of the map's height that a legend may take


class _Sheet(QWidget):
    lines: Sequence[LegendLine] = ()

    def sizeHint(self) -> QSize:
        wide, high = legend_size(self.lines, self.font())
        return QSize(int(wide) + 1, int(high) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_legend(painter, QRectF(self.rect()), self.lines, self.font())
        finally:
            painter.end()


class LegendView(QScrollArea):
    """Stays at the lower right of the widget it lies on."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._sheet = _Sheet()
        self._is_aside = False
        self.setWidget(self._sheet)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(word("UI-DO-LEGEND"))
        self.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        over.installEventFilter(self)
        self.hide()

    def show_lines(self, lines: Sequence[LegendLine]) -> None:
        """Show these lines; without any, nothing."""
        self._sheet.lines = tuple(lines)
        self.setVisible(bool(lines) and not self._is_aside)
        self._place()
        self._sheet.update()

    def stand_aside(self, at: QPoint | None) -> None:
        """Be away while the hand draws at ``at``, a place of the widget under it; without one, be back."""
        room = self.geometry().adjusted(-_ROOM_PX, -_ROOM_PX, _ROOM_PX, _ROOM_PX)
        self._is_aside = at is not None and room.contains(at)
        self.setVisible(bool(self.lines) and not self._is_aside)

    @property
    def lines(self) -> Sequence[LegendLine]:
        """What the legend says."""
        return self._sheet.lines

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        over, wanted = self.parentWidget(), self._sheet.sizeHint()
        self._sheet.resize(wanted)
        high = min(wanted.height(), int(over.height() * _SHARE))
        wide = wanted.width() + (self.verticalScrollBar().sizeHint().width() if high < wanted.height() else 0)
        self.setGeometry(over.width() - wide - _GAP_PX, over.height() - high - _GAP_PX, wide, high)
