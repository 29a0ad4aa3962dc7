"""Enters the vertices of a sketch exactly: a way to compute, its fields, a preview, and the vertices so far."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.errors import UserError
from core.messages import current_language
from desktop.exact.mode_fields import Editor, ModeFields
from desktop.exact.modes import MODES, Entry, Mode, StakeOut
from desktop.exact.plane import EntryPlane, Floats
from desktop.exact.vertex_list import VertexList
from desktop.exact.vertex_model import NORTH
from desktop.icons import icon
from desktop.map.entry_marks import EntryMarks
from desktop.map.tools.sketch import SketchTool
from desktop.map.view import MapView
from desktop.theme import GAP, Tone
from desktop.words import word
from geodesy.coordinates import format_pair, format_position
from geodesy.datum import transform_xy
from geodesy.numbers import format_number
from geodesy.survey.angles import format_angle
from geodesy.survey.measures import legs_of
from geodesy.systems import CoordinateSystem

LOOK_AFTER_MS = 600  # of not typing, before the map turns to a place outside of what it shows
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class Entered:
    """One thing that was typed: in words, the system it was typed in, and the vertices of the zone that came of it."""

    text: str
    system: CoordinateSystem
    places: frozenset[tuple[float, float]]


class PointPanel(QWidget):
    """Feeds the sketch in hand; ``sketch_wanted`` asks for one when no drawing tool is taken.

    ``added`` carries an ``Entered`` for what was typed, kept as where a record's coordinates came from;
    ``path_wanted`` asks that the sketch goes on with a hole, or with another part.
    """

    sketch_wanted = Signal()
    added = Signal(object)
    path_wanted = Signal(bool)

    def __init__(
        self,
        view: MapView,
        preview: EntryMarks,
        own: CoordinateSystem,
        stake_out: StakeOut,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._preview, self._stake_out = view, preview, stake_out
        self._plane = EntryPlane(own, own)
        self._seen: tuple[tuple[float, float], ...] | None = None
        self._solutions: list[Floats] = []
        self.mode = QComboBox()
        self.mode.setToolTip(word("EXACT-MODE-HELP"))
        for each in MODES:
            self.mode.addItem(word(each.code), each)
        self.fields = ModeFields(self, self._compute)
        self.solution = QComboBox()
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.add = QPushButton(icon("add"), word("EXACT-ADD"))
        self.add.setProperty("main", True)
        self.close_ring = QPushButton(word("EXACT-CLOSE"))
        self.finish = QPushButton(word("EXACT-FINISH"))
        self.list = VertexList(own)
        self.model, self.table = self.list.model, self.list.table
        self.summary, self.remove = self.list.summary, self.list.remove
        self.part = QPushButton(icon("part"), word("EXACT-PART"))
        self.hole = QPushButton(icon("hole"), word("EXACT-HOLE"))
        self._looking = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._looking.timeout.connect(self._look)
        self._lay_out()
        self._connect()
        view.canvas.overlays.append(self._follow_sketch)
        self._change_mode()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.add, self.close_ring, self.finish):
            buttons.addWidget(button)
        paths = QHBoxLayout()
        for button in (self.part, self.hole):
            paths.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, GAP, 10, GAP)
        column.addWidget(self.mode)
        column.addWidget(self.fields)
        column.addWidget(self.solution)
        column.addWidget(self.told)
        column.addLayout(buttons)
        column.addLayout(paths)
        column.addWidget(self.list, 1)

    def _connect(self) -> None:
        self.mode.activated.connect(self._change_mode)
        self.solution.activated.connect(self._show_solution)
        self.add.clicked.connect(self.add_vertex)
        self.close_ring.clicked.connect(partial(self._finish, closes=True))
        self.finish.clicked.connect(partial(self._finish, closes=False))
        self.part.clicked.connect(lambda: self._begin_path(is_hole=False))
        self.hole.clicked.connect(lambda: self._begin_path(is_hole=True))
        self.remove.clicked.connect(self.remove_chosen)
        self.list.edited.connect(self._edit_vertex)
        self.table.installEventFilter(self)

    # The sketch

    @property
    def sketch(self) -> SketchTool | None:
        """The drawing tool in hand; measuring is no drawing."""
        tool = self._view.tool
        return tool if isinstance(tool, SketchTool) and tool.name.startswith("draw_") else None

    @property
    def vertices(self) -> list[tuple[float, float]]:
        """The vertices of the running sketch, in metres of the zone."""
        return list(self.sketch.points) if self.sketch is not None else []

    def _follow_sketch(self, painter: QPainter) -> None:
        """Take in that the sketch changed: whatever changes it has the map painted over again."""
        now = tuple(self.vertices)
        if now != self._seen and self.isVisible():
            self._seen = now
            QTimer.singleShot(0, self, self._show_vertices)

    def _show_vertices(self) -> None:
        vertices = self.vertices
        kind = self.sketch.kind if self.sketch is not None else None
        self.close_ring.setEnabled(len(vertices) > 2 and kind != "point")
        can_finish = self.sketch is not None and self.sketch.can_finish and kind != "point"
        self.finish.setEnabled(can_finish)
        self.part.setEnabled(can_finish)
        self.hole.setEnabled(can_finish and kind == "polygon")
        self.list.show_vertices(vertices, self._plane.display, closed=kind == "polygon")
        self._compute()

    def show_in(self, display: CoordinateSystem) -> None:
        """Take and show coordinates in another system from now on."""
        self._plane = EntryPlane(self._plane.own, display)
        self.fields.name(geographic=self._is_geographic)
        self._show_vertices()

    # The fields

    def _change_mode(self) -> None:
        self.fields.show_mode(self._mode, geographic=self._is_geographic)
        self._compute()
        self.focus_first()

    @property
    def _mode(self) -> Mode:
        mode: Mode = self.mode.currentData()
        return mode

    def take_mode(self, key: str) -> None:
        """Enter in another way."""
        self.mode.setCurrentIndex([mode.key for mode in MODES].index(key))
        self._change_mode()

    @property
    def _is_geographic(self) -> bool:
        return self._plane.display.kind == "geographic"

    @property
    def editors(self) -> dict[str, Editor]:
        """The fields of the way to enter, by their keys."""
        return self.fields.editors

    def focus_first(self) -> None:
        """Let the first field be typed in, as far as the strip is seen."""
        if self.isVisible():
            self.fields.focus(0)

    def _compute(self) -> None:
        """Show what the fields give as yet, or why they give nothing."""
        texts = self.fields.texts()
        self._solutions = []
        typed = [asked for asked in self._mode.fields if asked.kind != "choice" and texts[asked.key] != asked.usual]
        if not any(texts[asked.key].strip() for asked in typed):
            self._tell("", Tone.INFO)
        else:
            entry = Entry(texts, self.vertices, self._plane, self._stake_out)
            try:
                self._solutions = self._mode.compute(entry)
            except UserError as error:
                self._tell(str(error), Tone.WARNING)
        self.solution.clear()
        for number in range(len(self._solutions)):
            self.solution.addItem(word("EXACT-SOLUTION", number=number + 1, count=len(self._solutions)))
        self.solution.setVisible(len(self._solutions) > 1)
        self._show_solution()

    def _show_solution(self) -> None:
        self.add.setEnabled(bool(self._solutions))
        if not self._solutions:
            self._preview.clear()
            return
        place = max(0, self.solution.currentIndex())
        chosen = self._solutions[place]
        others = [other[-1] for number, other in enumerate(self._solutions) if number != place]
        vertices = self.vertices
        self._preview.show_points(chosen, start=vertices[-1] if vertices else None, others=others)
        self._tell(self._describe(chosen, vertices), Tone.GOOD)
        self._looking.start()

    def _look(self) -> None:
        """Bring what is previewed into view once nobody types any more."""
        if self._solutions and self.isVisible():
            self._bring_into_view(self._solutions[max(0, self.solution.currentIndex())])

    def _describe(self, chosen: Floats, vertices: list[tuple[float, float]]) -> str:
        display = self._plane.display
        shown = chosen if display == self._plane.own else transform_xy(chosen, self._plane.own, display)
        east, north = shown[-1].tolist()
        text = format_position(east, north, display)
        if len(chosen) > 1:
            text = f"{word('EXACT-ARC', count=len(chosen))}\n{text}"
        if vertices:
            leg = legs_of([vertices[-1], tuple(chosen[-1].tolist())])[0]
            if leg.azimuth_deg is not None:
                length = format_number(leg.length_m, 3, current_language())
                text += "\n" + word("EXACT-LEG", length=length, azimuth=format_angle(leg.azimuth_deg))
        return text

    def _tell(self, text: str, tone: Tone) -> None:
        self.told.setText(text)
        self.told.setStyleSheet(f"color: {tone.value};")
        self.told.setVisible(bool(text))

    # What is done

    def add_vertex(self) -> None:
        """Give the chosen solution to the sketch, and begin the next one."""
        if not self._solutions:
            return
        if self.sketch is None:
            self.sketch_wanted.emit()
        sketch = self.sketch
        if sketch is None:
            return
        chosen = self._solutions[max(0, self.solution.currentIndex())]
        places = ", ".join(f"{text.strip()}" for text in self.fields.texts().values() if text.strip())
        self._note(f"{self._mode.key} [{self._plane.display.id}] {places}", chosen)
        self.fields.empty(keeps_road=True)
        self._bring_into_view(chosen)
        sketch.take_points(chosen)
        self._seen = tuple(self.vertices)
        self._show_vertices()
        self.focus_first()

    def _note(self, text: str, xy: Floats) -> None:
        east, north = xy[-1].tolist()
        places = frozenset((float(x), float(y)) for x, y in xy)
        self.added.emit(Entered(f"{text} -> {north:.4f} {east:.4f}", self._plane.display, places))

    def _bring_into_view(self, xy: Floats) -> None:
        """Move the map when a vertex lies outside of what it shows."""
        every = np.vstack([np.array(self.vertices).reshape(-1, 2), xy])
        west, south, east, north = self._view.camera.bounds
        x, y = xy[-1].tolist()
        if not (west < x < east and south < y < north):
            low, high = every.min(axis=0), every.max(axis=0)
            margin = max(20.0, 0.15 * float((high - low).max()))
            self._view.zoom_to((*(low - margin).tolist(), *(high + margin).tolist()))

    def _begin_path(self, *, is_hole: bool) -> None:
        self.path_wanted.emit(is_hole)
        self._show_vertices()
        self.focus_first()

    def _finish(self, closes: bool) -> None:
        sketch = self.sketch
        if sketch is None:
            return
        if closes and sketch.kind == "line" and sketch.points:
            sketch.set_points([*sketch.points, sketch.points[0]])
        sketch.finish()
        self._show_vertices()

    def remove_chosen(self) -> None:
        """Take the chosen vertices out of the sketch, or the last one when none is chosen."""
        sketch = self.sketch
        if sketch is None or not sketch.points:
            return
        rows = self.list.rows_to_remove()
        sketch.set_points([point for row, point in enumerate(sketch.points) if row not in rows])
        self._show_vertices()

    def _edit_vertex(self, row: int, column: int, text: str) -> None:
        """Move a vertex to what was typed over one of its coordinates; the other stays, to the last bit."""
        sketch, display = self.sketch, self._plane.display
        if sketch is None or row >= len(sketch.points):
            return
        east, north = sketch.points[row]
        shown = transform_xy([(east, north)], self._plane.own, display)[0]
        north_text, east_text = format_pair(float(shown[0]), float(shown[1]), display)
        parts = (text, east_text) if column == NORTH else (north_text, text)
        try:
            typed = self._plane.to_own([self._plane.read_pair(*parts)])[0].tolist()
        except UserError as error:
            self._tell(str(error), Tone.ERROR)
            return
        if display == self._plane.own:
            typed = (east, typed[1]) if column == NORTH else (typed[0], north)
        moved = (float(typed[0]), float(typed[1]))
        sketch.set_points([moved if place == row else point for place, point in enumerate(sketch.points)])
        self._note(f"edit [{display.id}] {text.strip()}", np.array([moved]))
        QTimer.singleShot(0, self, self._show_vertices)

    # Keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            handler = self._handler(watched, event)
            if handler is not None and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # else the window's own key would delete the selected records
            elif handler is not None:
                handler()
            if handler is not None:
                return True
        return super().eventFilter(watched, event)

    def _handler(self, watched: QObject, event: QKeyEvent) -> Callable[[], object] | None:
        key = Qt.Key(event.key())
        if watched is self.table:
            return self.remove_chosen if self.list.is_removed_by(key) else None
        if key in _ENTER and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return partial(self._finish, closes=False)
        if key in _ENTER:
            return partial(self._go_on, watched)
        return self._give_up if key == Qt.Key.Key_Escape else None

    def _give_up(self) -> None:
        """Empty the fields; when they are empty, go back to the map."""
        if not self.fields.empty():
            self._view.setFocus()
        self._compute()

    def _go_on(self, watched: QObject) -> None:
        """Go to the next field; from the last one, or when both coordinates stood in one, add the vertex."""
        place = self.fields.place_of(watched)
        is_both = self._mode.key == "coordinates" and place == 0
        if self._solutions and (is_both or not self.fields.has_empty_after(place)):
            self.add_vertex()
        else:
            self.fields.focus(place + 1)
