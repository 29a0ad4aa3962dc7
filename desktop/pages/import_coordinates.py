"""Where the coordinates of a field file may lie: the program's proposals with their residuals, and the user's word."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.models.plain_model import Row
from desktop.pages.ghost_map import GhostMap, GhostPaths
from desktop.panels.card import Card, ShortTable
from desktop.theme import Tone
from desktop.words import word
from geodesy.numbers import decimal_mark, format_number
from geodesy.proposals import Proposal, format_distance
from geodesy.systems import CoordinateSystem, coded_zones
from services.ghosts import GhostScene, Reading, paths_of

TONES = {"decided": Tone.GOOD, "undecided": Tone.WARNING, "rejected": Tone.ERROR}
SHOWN = 6
_KNOWN = 4  # the column of distances to records of known place: there is often none, and the verdict needs its room


class CoordinatesCard(Card):
    """Lists the proposals and draws them as ghosts; a click takes one, the box below takes any other system.

    ``map_wanted`` carries the file's shapes as they would lie, to be shown on the large map.
    """

    changed = Signal()
    map_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-IMPORT-COORDINATES"), word("UI-IMPORT-COORDINATES-HINT"), parent)
        headings = ("UI-SYSTEM", "UI-ORDER", "UI-INSIDE", "UI-DISTANCE", "UI-KNOWN-DISTANCE", "UI-VERDICT")
        self.table = ShortTable([word(code) for code in headings], stretch=5, rows=SHOWN)
        self.table.clicked.connect(lambda index: self._take(self.table.rows_model.thing(index.row())))
        self.ghosts = GhostMap()
        self.ghosts.picked.connect(lambda place: self._take(self._drawn[place]))
        self._proposals: list[Proposal] = []
        self._drawn: list[Proposal] = []
        self._scene: GhostScene | None = None
        self.system_box = QComboBox()
        self.system_box.setMinimumContentsLength(28)
        self.swapped_box = QCheckBox(word("UI-NORTH-FIRST"))
        self.swapped_box.setToolTip(word("UI-NORTH-FIRST-HELP"))
        for zone in coded_zones():
            self._ensure(zone)
        self._scale = 1.0
        self._shift = (0.0, 0.0)
        self.system_box.activated.connect(self._choose)
        self.swapped_box.clicked.connect(self._choose)
        self.extra = QLabel()
        self.map_button = QPushButton(icon("map"), word("UI-SHOW-ON-MAP"))
        self.map_button.clicked.connect(self._ask_for_map)
        line = QHBoxLayout()
        line.addWidget(QLabel(word("UI-TAKEN-SYSTEM")))
        line.addWidget(self.system_box)
        line.addWidget(self.swapped_box)
        line.addWidget(self.extra)
        line.addStretch(1)
        line.addWidget(self.map_button)
        self.column.addWidget(self.table)
        self.column.addWidget(self.ghosts)
        self.column.addLayout(line)

    @property
    def choice(self) -> Reading:
        """The reading taken: the system, whether north stands first in the file, the factor, and what is added."""
        return Reading(self.system_box.currentData(), self.swapped_box.isChecked(), self._scale, self._shift)

    def show_proposals(
        self,
        proposals: Sequence[Proposal],
        taken: Reading | None,
        *,
        axis_order: str | None = None,
        scene: GhostScene | None = None,
    ) -> None:
        """List proposals, best first, and show which one is taken; a text file tells its ``axis_order`` itself."""
        unread = [item for item in proposals if not item.system.is_supported]
        self._proposals = [item for item in proposals if item.system.is_supported][: SHOWN - len(unread)] + unread
        self._scene = scene
        self.table.rows_model.show_rows([_row(proposal, axis_order) for proposal in self._proposals])
        self.table.setColumnHidden(_KNOWN, all(item.known_m is None for item in self._proposals))
        self.swapped_box.setVisible(axis_order is None)
        if taken is not None:
            self._ensure(taken.system)
            self.system_box.setCurrentIndex(self.system_box.findText(taken.system.label()))
            self.swapped_box.setChecked(taken.swapped)
            self._scale, self._shift = taken.scale, taken.shift
        self.ghosts.setVisible(scene is not None)
        self.map_button.setVisible(scene is not None)
        if scene is not None:
            self.ghosts.show_scene(scene.boundary, scene.known)
        self._show_taken()

    def _ensure(self, system: CoordinateSystem) -> None:
        if self.system_box.findText(system.label()) < 0:
            self.system_box.addItem(system.label(), system)

    def _take(self, proposal: Proposal) -> None:
        if not proposal.system.is_supported:
            return
        self._ensure(proposal.system)
        self.system_box.setCurrentIndex(self.system_box.findText(proposal.system.label()))
        self.swapped_box.setChecked(proposal.swapped)
        self._scale, self._shift = proposal.scale, proposal.shift
        self._show_taken()
        self.changed.emit()

    def _choose(self) -> None:
        """Take what the boxes say, with the factor and the digits of the proposal that says the same, if one does."""
        system, swapped = self.system_box.currentData(), self.swapped_box.isChecked()
        same = next((item for item in self._proposals if (item.system, item.swapped) == (system, swapped)), None)
        if same is not None:
            self._scale, self._shift = same.scale, same.shift
        elif self._shift != (0.0, 0.0):
            self._shift = (0.0, 0.0)
        self._show_taken()
        self.changed.emit()

    def _show_taken(self) -> None:
        taken = self.choice
        places = [Reading.of(item) for item in self._proposals]
        place = places.index(taken) if taken in places else None
        if place is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(place)
        words = []
        if taken.scale != 1.0:
            words.append(word("UI-TIMES", factor=f"{taken.scale:g}"))
        if taken.shift != (0.0, 0.0):
            language = current_language()
            east, north = (format_number(part, 0, language) for part in taken.shift)
            words.append(word("UI-PLUS", north=north, east=east))
        self.extra.setText("  ".join(words))
        self._show_ghosts(taken)

    def _show_ghosts(self, taken: Reading) -> None:
        if self._scene is None:
            return
        self.ghosts.show_marks(self._scene.place_doubts(taken))
        self._drawn, drawn, chosen = [], [], None
        for proposal in self._proposals:
            reading = Reading.of(proposal)
            shapes = self._scene.place(reading) if proposal.system.is_supported else None
            if shapes is None:
                continue
            if reading == taken:
                chosen = len(drawn)
            self._drawn.append(proposal)
            drawn.append(GhostPaths(_short(proposal), QColor(TONES[proposal.confidence].value), paths_of(shapes)))
        if chosen is None and (shapes := self._scene.place(taken)) is not None:
            chosen = len(drawn)
            drawn.append(GhostPaths(taken.system.label(), QColor(Tone.WARNING.value), paths_of(shapes)))
            self._drawn.append(
                Proposal(taken.system, taken.swapped, taken.scale, None, None, "undecided", "CRS-OUTSIDE")
            )
        self.ghosts.show_ghosts(drawn, chosen)

    def point_at(self, place: int) -> bool:
        """Show where the points of the file's note ``place`` lie; return whether there are any."""
        return self.ghosts.point_at(place)

    def _ask_for_map(self) -> None:
        shapes = self._scene.place(self.choice) if self._scene is not None else None
        if shapes is not None:
            self.map_wanted.emit(shapes)


def _asked(taken: Reading) -> Proposal:
    """Return a reading that the user named and nobody has judged."""
    system, swapped, scale = taken.system, taken.swapped, taken.scale
    return Proposal(system, swapped, scale, None, None, "undecided", "CRS-OUTSIDE", shift=taken.shift)


def _row(proposal: Proposal, axis_order: str | None) -> Row:
    is_north_first = proposal.swapped != (axis_order == "north-east")
    order = word("UI-ORDER-NORTH-EAST" if is_north_first else "UI-ORDER-EAST-NORTH")
    language = current_language()
    if proposal.scale != 1.0:
        factor = f"{proposal.scale:g}".replace(".", decimal_mark(language))
        order = f"{order} × {factor}"
    if proposal.shift != (0.0, 0.0):
        east, north = (format_number(part, 0, language) for part in proposal.shift)
        order = f"{order} {word('UI-PLUS', north=north, east=east)}"
    cells = (
        proposal.system.label(),
        order,
        "–" if proposal.inside_share is None else f"{format_number(100 * proposal.inside_share, 1, language)} %",
        format_distance(proposal.distance_m, language),
        format_distance(proposal.known_m, language),
        proposal.text(),
    )
    return Row(cells, proposal, TONES[proposal.confidence].value)


def _short(proposal: Proposal) -> str:
    """Return a name that fits beside a ghost: what is added stands in the list."""
    return replace(proposal, shift=(0.0, 0.0)).label()
