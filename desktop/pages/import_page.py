"""From a field file to records, step by step: look into it, correct the program's reading, try, import."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.pages.import_cards import ImportCards
from desktop.pages.import_choosing import ask_file, ask_folder, dropped_files
from desktop.pages.import_drawing_steps import DrawingSteps
from desktop.pages.import_foot import ImportFoot
from desktop.pages.import_head import ImportHead
from desktop.pages.import_planned import Planned
from desktop.pages.import_purpose import PurposeBar
from desktop.pages.import_steps import ImportSteps, is_edited
from desktop.panels.empty_state import EmptyState
from desktop.session import Session
from desktop.words import word
from exchange.cad.drawing import DrawingSummary
from services.field_folder import field_files, is_one_source
from services.import_plan import ImportPlan
from services.import_proposing import read_plan_values
from services.import_report import ImportReport
from services.inspection import Inspection


class ImportPage(QWidget):
    """The page "Nhập tệp".

    ``imported`` carries the record type and the report; ``purpose_dropped`` tells that the next file is for nobody;
    ``previewed`` carries shapes in the desk's zone, none when there is nothing to show any more, ``map_wanted`` the
    file's shapes as they would lie.
    """

    imported = Signal(str, object)
    map_wanted = Signal(object)
    purpose_dropped = Signal()
    previewed = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.steps = steps = ImportSteps(session, self)
        steps.counted.connect(self._show_counted)
        steps.glanced.connect(self._show_glance)
        steps.inspected.connect(self._show_inspection)
        steps.planned.connect(self.show_plan)
        steps.reported.connect(self._show_report)
        steps.stopped.connect(self._show_stopped)
        steps.changed.connect(self._show_state)
        self._done = False
        self.purpose = PurposeBar()
        self.purpose.dropped.connect(self.drop_purpose)
        self.setAcceptDrops(True)
        self._build_head()
        self._build_body()
        self._build_foot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.purpose)
        column.addWidget(self._empty, 1)
        column.addWidget(self._cards, 1)
        column.addWidget(self._foot)
        self._show_parts()

    @property
    def inspection(self) -> Inspection | None:
        """What the file holds."""
        return self.steps.inspection

    @property
    def plan(self) -> ImportPlan | None:
        """How the file is understood."""
        return self.steps.plan

    @property
    def is_busy(self) -> bool:
        """Whether something of the page's is still running."""
        return self.steps.is_busy

    def _build_head(self) -> None:
        self._head = head = ImportHead(self._session.desk.catalogue.types.values())
        self.file_label, self.folder_box = head.file_label, head.folder_box
        self.layer_box, self.type_box = head.layer_box, head.type_box
        head.file_wanted.connect(self.choose_file)
        head.folder_wanted.connect(self.choose_folder)
        head.folder_box.chosen.connect(self._inspect)
        head.layer_chosen.connect(self._propose_anew)
        head.type_chosen.connect(self._propose_for_type)

    def begin_for(self, type_id: str, constants: Mapping[str, str], text: str) -> None:
        """Take the next file for records of one type that all get these values; ``text`` says whom they are for."""
        self.steps.clear()
        self.purpose.begin(type_id, constants, text)
        self.result.clear()
        self._show_parts()

    def drop_purpose(self) -> None:
        """Take the next file for nobody in particular."""
        if self.purpose.is_set:
            self.purpose.end()
            self.purpose_dropped.emit()
            self._take_changes()

    def _purpose_values(self, type_id: str) -> dict[str, str]:
        return self.purpose.values_for(self._session.desk.catalogue.type(type_id))

    def _build_body(self) -> None:
        self._empty = EmptyState(word("UI-IMPORT-EMPTY"), (word("UI-CHOOSE-FILE"), self.choose_file))
        self.drawing_steps = DrawingSteps(self._session, self.steps, self)
        self.drawing_steps.previewed.connect(self.previewed)
        self._cards = cards = ImportCards(self._session.desk.catalogue, self.drawing_steps.card)
        self.drawing, self.survey, self.traverse, self.coordinates = (
            cards.drawing,
            cards.survey,
            cards.traverse,
            cards.coordinates,
        )
        self.text, self.mapping, self.matching, self.result = cards.text, cards.mapping, cards.matching, cards.result
        cards.changed.connect(self._take_changes)
        cards.other_wanted.connect(self._propose_anew)
        cards.afresh.connect(lambda: self._propose_anew(afresh=True))
        cards.answered.connect(self._try_again)
        cards.map_wanted.connect(self.map_wanted)

    def _build_foot(self) -> None:
        self._foot = foot = ImportFoot()
        self.skip_box, self.stop_button = foot.skip_box, foot.stop_button
        self.try_button, self.import_button = foot.try_button, foot.import_button
        foot.try_wanted.connect(self.try_import)
        foot.import_wanted.connect(self.run)
        foot.stop_wanted.connect(self._stop)

    def _show_parts(self) -> None:
        ready, busy = self.plan is not None, self.is_busy
        is_drawing = self._summary is not None
        self._empty.setVisible(not ready and not is_drawing)
        self._cards.setVisible(ready or is_drawing)
        self._foot.setVisible(ready or is_drawing)
        is_part = self.inspection is not None and not self.inspection.is_whole
        self._cards.show_state(is_ready=ready, is_drawing=is_drawing, is_busy=busy, is_part=is_part)
        self._head.show_state(is_ready=ready, is_part=is_part)
        if self._foot.isAncestorOf(self.focusWidget()) and (busy or self.stop_button.hasFocus()):
            self._cards.setFocus()
        unseen = self.matching.is_on and not self.matching.is_seen
        self._foot.show_state(is_ready=ready, is_busy=busy, is_done=self._done, is_unseen=unseen)

    def choose_file(self) -> None:
        """Ask for a field file."""
        if path := ask_file(self):
            self.inspect(path)

    def choose_folder(self) -> None:
        """Ask for a file geodatabase, or for a folder of field files."""
        if path := ask_folder(self):
            self.inspect(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = dropped_files(event.mimeData())
        if len(files) > 1:
            self._list(files)
        elif files:
            self.inspect(files[0])

    def inspect(self, path: Path) -> None:
        """Look into ``path`` and propose how to read it; of a folder of files, list them and take the first."""
        if path.is_dir() and not is_one_source(path):
            self._session.read(lambda _: field_files(path), self._list, owner=self)
            return
        self.folder_box.leave(path)
        self._inspect(path)

    def _list(self, files: Sequence[Path]) -> None:
        self.folder_box.show_files(files)
        self._inspect(files[0])

    def _inspect(self, path: Path) -> None:
        if self.steps.is_busy:
            self.steps.turn_to(lambda: self._inspect(path))
            return
        self.previewed.emit(())
        self.skip_box.setChecked(False)  # what was said of one file's bad rows is not said of the next
        self.matching.start_over()
        self.file_label.setText(path.name)
        self._empty.label.setText(word("UI-INSPECTING", file=path.name))
        self.steps.inspect(path, self.purpose.type_id)

    def _show_stopped(self) -> None:
        if self.plan is not None:
            self._cards.show_stopped()

    def _show_state(self) -> None:
        """Show that something begins or has ended."""
        if not self.is_busy and self.plan is None and self._summary is None:
            self.file_label.setText(word("UI-NO-FILE"))
            self._empty.label.setText(word("UI-IMPORT-EMPTY"))
            self._head.show_part(None)
        self._show_parts()
        if self.is_busy:
            return
        if self.purpose.is_set and self.plan is not None and not self.result.is_told:
            self.import_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _stop(self) -> None:
        if self.is_busy:
            self.steps.stop()
            self._cards.setFocus()
            self.stop_button.setEnabled(False)

    def _show_counted(self, summary: DrawingSummary) -> None:
        """Show what was counted of a large drawing while the rest is."""
        if self.is_busy and self.inspection is None:
            self.drawing_steps.begin(summary)
            self._empty.hide()
            self._cards.show()
            self.drawing.show()

    def _show_inspection(self, planned: Planned | None) -> None:
        assert self.inspection is not None
        self._head.show_part(None)
        self._head.show_layers(self.inspection.layers)
        if planned is None:
            assert self._summary is not None
            self.drawing_steps.begin(self._summary)
            self._show_parts()
            type_id = self.purpose.type_id
            self.steps.after(lambda: self.drawing_steps.read(type_id, None))
            return
        self.show_plan(planned)
        self._cards.verticalScrollBar().setValue(0)

    def _show_glance(self, planned: Planned) -> None:
        """Show what some rows of a large file say while the rest is read."""
        assert self.inspection is not None
        self._head.show_part(self.inspection)
        self._head.show_layers(self.inspection.layers)
        self.show_plan(planned)

    @property
    def _summary(self) -> DrawingSummary | None:
        return self.inspection.drawing if self.inspection is not None else None

    def show_plan(self, planned: Planned) -> None:
        """Show how the file is understood."""
        plan = planned.plan
        self.drawing_steps.show_plan(plan)
        plan = replace(plan, constants={**plan.constants, **self._purpose_values(plan.type_id)})
        self.steps.keep(plan)
        self._done = False
        self.layer_box.setCurrentIndex(max(0, self.layer_box.findData(plan.layer)))
        self.type_box.setCurrentIndex(self.type_box.findData(plan.type_id))
        planned = planned._replace(plan=plan)
        self._cards.show_plan(planned, self.steps.layer, read_plan_values(self._session.desk, plan))
        self._show_parts()

    def _propose_for_type(self) -> None:
        self._propose_anew(type_id=self.type_box.currentData())

    def _propose_anew(self, *, type_id: str | None = None, afresh: bool = False) -> None:
        if self._summary is not None:
            self.drawing_steps.read(type_id, None)
            return
        if self.plan is None:
            return
        layer, kind = self.layer_box.currentData() or self.plan.layer, self.plan.type_id if afresh else type_id
        linework, codes = self.survey.choice
        side = self.traverse.choice
        self.steps.propose(layer, kind, linework=linework, only_codes=codes, traverse=side, afresh=afresh)

    def _take_changes(self) -> None:
        if self.plan is None:
            return
        before = (self.plan.mapping, self.plan.encodings)
        plan = self._cards.take(self.plan, self.steps.layer, self._purpose_values(self.plan.type_id))
        if before != (plan.mapping, plan.encodings):
            plan = self._cards.show_values(plan, read_plan_values(self._session.desk, plan))
        self.steps.plan, self._done = plan, False
        self.matching.forget()
        self.result.clear()
        self._show_parts()

    def _try_again(self) -> None:
        """Show what the user's answer changes."""
        self.matching.expire()
        self._show_parts()
        if not self.is_busy:
            self._run(dry_run=True)

    def try_import(self) -> None:
        """Tell what an import would do, writing nothing."""
        self._run(dry_run=True)

    def run(self) -> None:
        """Import the file as the page says."""
        self._run(dry_run=False)

    def _run(self, *, dry_run: bool) -> None:
        if self.plan is None or self.is_busy:
            return
        remember = self.mapping.remember_box.isChecked() and is_edited(self.plan)
        matching = self.matching.trial if dry_run else self.matching.matching
        self.result.clear()
        plan = replace(self.plan, matching=matching, remember=remember)
        self.steps.run(plan, dry_run=dry_run, skip_bad=self.skip_box.isChecked())

    def _show_report(self, report: ImportReport) -> None:
        self._cards.show_report(report)
        self._done = report.changed is not None
        self._show_parts()
        if report.changed is not None:
            self.folder_box.tick(report.plan.path)
            self.previewed.emit(())
            self.purpose.end()
            self.imported.emit(report.plan.type_id, report)
