"""The cards of the import page, one under the other: how a file was understood, and the user's word on it."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.pages.import_coordinates import CoordinatesCard
from desktop.pages.import_drawing import DrawingCard
from desktop.pages.import_mapping import MappingCard
from desktop.pages.import_matching import MatchingCard
from desktop.pages.import_planned import Planned
from desktop.pages.import_result import ResultCard
from desktop.pages.import_survey import SurveyCard
from desktop.pages.import_text import TextCard
from desktop.pages.import_traverse import TraverseCard
from desktop.theme import GAP, WIDE_GAP
from forms.catalogue import Catalogue
from services.column_values import ValueReading
from services.ghosts import Reading
from services.import_plan import ImportPlan
from services.import_report import ImportReport
from services.inspection import LayerInspection


class ImportCards(QScrollArea):
    """Shows a plan card by card, and tells what the cards say.

    ``changed`` tells that the plan as it stands is to be taken otherwise, ``other_wanted`` that the file is to be read
    anew, ``afresh`` that what is remembered of such files is to be left aside, ``answered`` that rows which are here
    already were judged; ``map_wanted`` carries the file's shapes as they would lie.
    """

    changed = Signal()
    other_wanted = Signal()
    afresh = Signal()
    answered = Signal()
    map_wanted = Signal(object)

    def __init__(self, catalogue: Catalogue, drawing: DrawingCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.drawing = drawing
        self.survey = SurveyCard()
        self.traverse = TraverseCard()
        self.coordinates = CoordinatesCard()
        self.text = TextCard()
        self.mapping = MappingCard(catalogue)
        self.matching = MatchingCard(catalogue)
        self.result = ResultCard()
        self._understood = (self.coordinates, self.text, self.mapping)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(WIDE_GAP, GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(12)
        for card in (self.drawing, self.survey, self.traverse, *self._understood, self.matching, self.result):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)
        for card in (*self._understood, self.matching):
            card.changed.connect(self.changed)
        for card in (self.survey, self.traverse):
            card.changed.connect(self.other_wanted)
        self.survey.pointed.connect(self._point_at)
        self.mapping.afresh.connect(self.afresh)
        self.matching.answered.connect(self.answered)
        self.coordinates.map_wanted.connect(self.map_wanted)

    def show_state(self, *, is_ready: bool, is_drawing: bool, is_busy: bool, is_part: bool) -> None:
        """Show the cards that have something to say; what is known of some rows only is not to be changed."""
        self.drawing.setVisible(is_drawing)
        self.drawing.setEnabled(not is_busy)
        for card in (self.survey, self.traverse, self.coordinates, self.text):
            if not is_ready:
                card.hide()
        for card in (self.mapping, self.result):
            card.setVisible(is_ready)
        for card in self._understood:
            card.setEnabled(not is_part)

    def show_plan(
        self, planned: Planned, layer: LayerInspection, values: Mapping[str, tuple[ValueReading, ...]]
    ) -> None:
        """Show how ``layer`` is understood; ``values`` are the readings of the texts in its columns of codes."""
        plan = planned.plan
        self.survey.show_plan(plan)
        self.traverse.show_plan(plan, planned.traverse)
        self.coordinates.setVisible(layer.geometry is not None)
        order = plan.reading.table.axis_order if plan.reading else None
        taken = Reading(plan.system, plan.swapped, plan.scale, plan.shift) if plan.system else None
        self.coordinates.show_proposals(plan.proposals, taken, axis_order=order, scene=planned.scene)
        self.text.show_layer(layer, plan.encodings)
        self.mapping.show_mapping(self._catalogue.type(plan.type_id), layer, plan, values)
        self.matching.reset()
        self.result.clear()

    def take(self, plan: ImportPlan, layer: LayerInspection, constants: Mapping[str, str]) -> ImportPlan:
        """Return ``plan`` with what the cards say; ``constants`` are the values that all rows get beside theirs."""
        taken = self.coordinates.choice
        return replace(
            plan,
            mapping=self.mapping.mapping,
            values=self.mapping.values.values,
            remember=self.mapping.remember_box.isChecked(),
            matching=self.matching.matching,
            constants={**constants, **self.mapping.constant_values},
            encodings={**plan.encodings, **self.text.encodings},
            system=taken.system if layer.geometry else plan.system,
            swapped=taken.swapped,
            scale=taken.scale,
            shift=taken.shift,
        )

    def show_values(self, plan: ImportPlan, values: Mapping[str, tuple[ValueReading, ...]]) -> ImportPlan:
        """Show what the texts of the columns now mapped mean; return the plan with what was said of them."""
        self.mapping.values.show_values(self._catalogue.type(plan.type_id), values)
        return replace(plan, values=self.mapping.values.values)

    def show_report(self, report: ImportReport) -> None:
        """Show what a trial or an import came to, and what is to be looked at first."""
        kind = self._catalogue.type(report.plan.type_id)
        self.result.show_report(report, kind)
        target: QWidget = self.result
        if report.matches is not None and report.dry_run:
            self.matching.show_matches(report.matches, kind)
            target = self.matching
        self._reach(target)

    def show_stopped(self) -> None:
        """Show that what was begun is not done, unless more than that is told already."""
        if not self.result.is_told:
            self.result.show_stopped()
            self._reach(self.result)

    def _point_at(self, place: int) -> None:
        """Show on the small map where the points of a note lie."""
        if self.coordinates.point_at(place):
            self._reach(self.coordinates.ghosts)

    def _reach(self, card: QWidget) -> None:
        QTimer.singleShot(0, lambda: self.ensureWidgetVisible(card))
