"""The base maps: which are shown, how strongly, in which order; added and taken away."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.icons import icon
from desktop.panels.empty_state import EmptyState
from desktop.theme import GAP, Tone
from desktop.words import word
from services.basemaps import Basemap

_REMEMBER_MS = 400
StateOf = Callable[[Basemap], str | None]


class BasemapRow(QFrame):
    """One base map.

    ``previewed`` carries the opacity while the slider moves, ``changed`` what is to be remembered; the other signals
    are wishes.
    """

    previewed = Signal(float)
    changed = Signal(dict)
    zoom_wanted = Signal()
    swipe_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, basemap: Basemap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.basemap = basemap
        self.shown = QCheckBox(basemap.title)
        self.shown.setChecked(basemap.is_shown)
        self.shown.setToolTip("\n".join(filter(None, (str(basemap.path), basemap.facts.attribution))))
        self.shown.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.shown.setMinimumWidth(160)
        self.note = QLabel()
        self.note.setStyleSheet(f"color: {Tone.WARNING};")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setValue(round(basemap.opacity * 100))
        self.slider.setFixedWidth(130)
        self.slider.setToolTip(word("UI-BASEMAP-OPACITY"))
        self.slider.setAccessibleName(word("UI-BASEMAP-OPACITY"))
        self.percent = QLabel()
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %"))
        self.above = QCheckBox(word("UI-BASEMAP-ABOVE"))
        self.above.setChecked(basemap.is_above)
        self._remembering = QTimer(self, singleShot=True, interval=_REMEMBER_MS)
        self._remembering.timeout.connect(self._tell)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 2, GAP, 2)
        row.addWidget(self.shown, 1)
        row.addWidget(self.note)
        row.addWidget(self.slider)
        row.addWidget(self.percent)
        row.addWidget(self.above)
        for name, code, wish in (
            ("up", "UI-BASEMAP-UP", lambda: self._tell(steps=1)),
            ("down", "UI-BASEMAP-DOWN", lambda: self._tell(steps=-1)),
            ("zoom-full", "UI-BASEMAP-ZOOM", self.zoom_wanted.emit),
            ("swipe", "UI-BASEMAP-SWIPE", self.swipe_wanted.emit),
            ("delete", "UI-BASEMAP-REMOVE", self.remove_wanted.emit),
        ):
            row.addWidget(self._button(name, code, wish))
        self.shown.toggled.connect(lambda on: self._tell(is_shown=on))
        self.above.toggled.connect(lambda on: self._tell(is_above=on))
        self.slider.valueChanged.connect(self._take_opacity)
        self._show_percent()

    def settle(self) -> None:
        """Have what the hand has just set remembered at once."""
        if self._remembering.isActive():
            self._tell()

    def _tell(self, **changes: object) -> None:
        """Tell what is to be remembered, the slider's place always with it: another change may end this row."""
        self._remembering.stop()
        self.changed.emit({"opacity": self.slider.value() / 100, **changes})

    def show_state(self, text: str) -> None:
        """Say what keeps the base map from being seen."""
        self.note.setText(text)

    def _button(self, name: str, code: str, wish: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setAutoRaise(True)
        button.setToolTip(word(code))
        button.setAccessibleName(word(code))
        button.setObjectName(name)
        button.clicked.connect(lambda _=False: wish())
        return button

    def _take_opacity(self) -> None:
        self._show_percent()
        self.previewed.emit(self.slider.value() / 100)
        self._remembering.start()

    def _show_percent(self) -> None:
        self.percent.setText(f"{self.slider.value()} %")


class BasemapPanel(QWidget):
    """The base maps of a workspace, the topmost first.

    ``changed`` carries an id and what is to be remembered, ``previewed`` an id and an opacity.
    """

    add_wanted = Signal()
    changed = Signal(str, dict)
    previewed = Signal(str, float)
    zoom_wanted = Signal(str)
    swipe_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, BasemapRow] = {}
        self._state_of: StateOf = lambda basemap: None
        self.add_button = QPushButton(icon("add"), word("UI-DO-ADD-BASEMAP"))
        self.add_button.clicked.connect(self.add_wanted)
        self._empty = EmptyState(word("UI-BASEMAP-NONE"))
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self._list)
        self._scroll = scroll
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._empty, 1)
        column.addWidget(scroll, 1)
        self.show_basemaps([], self._state_of)

    def show_basemaps(self, basemaps: Sequence[Basemap], state_of: StateOf) -> None:
        """List base maps, given bottom first; what is listed already keeps its row, and a hand on it."""
        self._state_of = state_of
        wanted = [(item, self.rows.get(item.id)) for item in reversed(basemaps)]
        order = [item.id for item, _ in wanted]
        if order == list(self.rows) and all(row and _is_same(row.basemap, item) for item, row in wanted):
            for item, row in wanted:
                assert row is not None
                row.basemap = item
        else:
            self._build([item for item, _ in wanted])
        self._empty.setVisible(not basemaps)
        self._scroll.setVisible(bool(basemaps))
        self.renew_states()

    def renew_states(self) -> None:
        """Say again what keeps any of them from being seen."""
        for row in self.rows.values():
            code = self._state_of(row.basemap)
            row.show_state("" if code is None else word(_SHORT.get(code, "UI-BASEMAP-FAILED")))

    def _build(self, basemaps: Sequence[Basemap]) -> None:
        for row in self.rows.values():
            row.settle()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for place, item in enumerate(basemaps):
            row = BasemapRow(item)
            row.changed.connect(lambda changes, key=item.id: self.changed.emit(key, changes))
            row.previewed.connect(lambda opacity, key=item.id: self.previewed.emit(key, opacity))
            row.zoom_wanted.connect(lambda key=item.id: self.zoom_wanted.emit(key))
            row.swipe_wanted.connect(lambda key=item.id: self.swipe_wanted.emit(key))
            row.remove_wanted.connect(lambda key=item.id: self.remove_wanted.emit(key))
            self._column.insertWidget(place, row)
            self.rows[item.id] = row


_SHORT = {
    "BASEMAP-MISSING": "UI-BASEMAP-MISSING",
    "BASEMAP-CHANGED": "UI-BASEMAP-OTHER",
    "UI-BASEMAP-TOO-FAR": "UI-BASEMAP-TOO-FAR",
    "UI-BASEMAP-DAMAGED": "UI-BASEMAP-DAMAGED",
}


def _is_same(shown: Basemap, found: Basemap) -> bool:
    """Whether a row needs no other look; its slider stands where the hand has put it."""
    return (shown.id, shown.title, shown.is_shown, shown.is_above, shown.path) == (
        found.id,
        found.title,
        found.is_shown,
        found.is_above,
        found.path,
    )
