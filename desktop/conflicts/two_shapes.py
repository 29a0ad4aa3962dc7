"""Two versions of one shape over each other, with a divider: ours at its left, the province's at its right."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSlider, QVBoxLayout, QWidget

from desktop.map.camera import Bounds
from desktop.pages.ghost_map import GhostMap, GhostPaths
from desktop.theme import ACCENT, Tone
from desktop.words import word
from services.ghosts import Paths

OURS, THEIRS = QColor(ACCENT), QColor(Tone.INFO.value)
STEPS = 1000
WIDE_PX, THIN_PX = 2.4, 1.2


class DividedMap(GhostMap):
    """A ghost map whose strong ghost changes at a divider: the first one left of it, the second right of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(word("UI-CONFLICT-MAP-HELP"))
        self.setAccessibleName(word("UI-CONFLICT-MAP"))
        self.share = 0.5

    def set_share(self, share: float) -> None:
        """Put the divider at a share of the width, 0 to 1."""
        self.share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw_ground(painter)
        at = round(self.share * self.width())
        sides = (QRect(0, 0, at, self.height()), QRect(at, 0, self.width() - at, self.height()))
        for place, side in enumerate(sides):
            painter.setClipRect(side)
            for other, ghost in enumerate(self.ghosts):
                is_strong = other == place
                style = Qt.PenStyle.SolidLine if is_strong else Qt.PenStyle.DotLine
                self.draw_paths(painter, ghost.paths, QPen(ghost.colour, WIDE_PX if is_strong else THIN_PX, style))
        painter.setClipping(False)
        painter.setPen(QPen(QColor(Tone.WARNING.value), 1.0))
        painter.drawLine(at, 0, at, self.height())
        self.draw_edge(painter)


class TwoShapes(QWidget):
    """The divided map, a slider that moves the divider, and which colour is whose; ``bounds`` is what it looks at."""

    def __init__(self, ours: Paths, theirs: Paths, bounds: Bounds | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = (word("UI-CONFLICT-OURS"), word("UI-CONFLICT-THEIRS"))
        self.map = DividedMap()
        ghosts = [
            GhostPaths(name, colour, paths)
            for name, colour, paths in zip(names, (OURS, THEIRS), (ours, theirs), strict=True)
            if paths
        ]
        self.map.show_ghosts(ghosts, None)
        if bounds is not None:
            self.map.show_box(bounds)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setValue(STEPS // 2)
        self.slider.setAccessibleName(word("UI-CONFLICT-DIVIDER"))
        self.slider.valueChanged.connect(lambda value: self.map.set_share(value / STEPS))
        key = QLabel(
            f'<span style="color:{OURS.name()}">▬ {names[0]}</span> &nbsp; '
            f'<span style="color:{THEIRS.name()}">▬ {names[1]}</span>'
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.map, self.slider, key):
            column.addWidget(widget)
