"""Where the coordinates of a field file may lie: the program's proposals with their residuals, and the user's word."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QWidget

from core.messages import current_language
from desktop.models.plain_model import Row
from desktop.panels.card import Card, ShortTable
from desktop.theme import Tone
from desktop.words import word
from geodesy.numbers import format_number
from geodesy.proposals import Proposal, format_distance
from geodesy.systems import CoordinateSystem, coded_zones

TONES = {"decided": Tone.GOOD, "undecided": Tone.WARNING, "rejected": Tone.ERROR}
SHOWN = 6


class CoordinatesCard(Card):
    """Lists the proposals; a click takes one, the box below takes any other system."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-IMPORT-COORDINATES"), word("UI-IMPORT-COORDINATES-HINT"), parent)
        headings = ("UI-SYSTEM", "UI-ORDER", "UI-INSIDE", "UI-DISTANCE", "UI-VERDICT")
        self.table = ShortTable([word(code) for code in headings], stretch=4, rows=SHOWN)
        self.table.clicked.connect(lambda index: self._take(self.table.rows_model.thing(index.row())))
        self.system_box = QComboBox()
        self.system_box.setMinimumContentsLength(28)
        self.swapped_box = QCheckBox(word("UI-NORTH-FIRST"))
        self.swapped_box.setToolTip(word("UI-NORTH-FIRST-HELP"))
        for zone in coded_zones():
            self._ensure(zone)
        self._scale = 1.0
        self.system_box.activated.connect(self.changed)
        self.swapped_box.clicked.connect(self.changed)
        line = QHBoxLayout()
        line.addWidget(QLabel(word("UI-TAKEN-SYSTEM")))
        line.addWidget(self.system_box)
        line.addWidget(self.swapped_box)
        line.addStretch(1)
        self.column.addWidget(self.table)
        self.column.addLayout(line)

    @property
    def choice(self) -> tuple[CoordinateSystem, bool, float]:
        """The system taken, whether north stands first in the file, and the factor to metres."""
        return self.system_box.currentData(), self.swapped_box.isChecked(), self._scale

    def show_proposals(
        self,
        proposals: Sequence[Proposal],
        system: CoordinateSystem | None,
        *,
        swapped: bool,
        scale: float,
        axis_order: str | None = None,
    ) -> None:
        """List proposals, best first, and show which one is taken; a text file tells its ``axis_order`` itself."""
        self.table.rows_model.show_rows([_row(proposal, axis_order) for proposal in proposals[:SHOWN]])
        self.swapped_box.setVisible(axis_order is None)
        self._scale = scale
        if system is not None:
            self._ensure(system)
            self.system_box.setCurrentIndex(self.system_box.findText(system.label()))
        self.swapped_box.setChecked(swapped)

    def _ensure(self, system: CoordinateSystem) -> None:
        if self.system_box.findText(system.label()) < 0:
            self.system_box.addItem(system.label(), system)

    def _take(self, proposal: Proposal) -> None:
        self._ensure(proposal.system)
        self.system_box.setCurrentIndex(self.system_box.findText(proposal.system.label()))
        self.swapped_box.setChecked(proposal.swapped)
        self._scale = proposal.scale
        self.changed.emit()


def _row(proposal: Proposal, axis_order: str | None) -> Row:
    is_north_first = proposal.swapped if axis_order is None else axis_order == "north-east"
    order = word("UI-ORDER-NORTH-EAST" if is_north_first else "UI-ORDER-EAST-NORTH")
    if proposal.scale != 1.0:
        order = f"{order} × {proposal.scale:g}"
    language = current_language()
    cells = (
        proposal.system.label(),
        order,
        "–" if proposal.inside_share is None else f"{format_number(100 * proposal.inside_share, 1, language)} %",
        format_distance(proposal.distance_m, language),
        proposal.text(),
    )
    return Row(cells, proposal, TONES[proposal.confidence].value)
