"""The selected record: its form, geometry, history and findings; every finished edit is stored at once."""

from typing import Any

import shapely
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedLayout, QTabWidget, QVBoxLayout, QWidget

from core.errors import UserError
from desktop.entry.record_form import Lookup, RecordForm
from desktop.entry.saving import RecordSaver
from desktop.panels.empty_state import EmptyState
from desktop.panels.findings_list import FindingsList
from desktop.panels.geometry_view import GeometryView
from desktop.panels.history_view import HistoryView
from desktop.panels.record_head import RecordHead
from desktop.session import Session
from desktop.theme import GAP
from desktop.words import word
from forms.record import Record, State
from geodesy.systems import CoordinateSystem
from services.checking import check_values
from services.editing import Saved, insert_record, new_values
from services.reading import fetch_record, history_of
from validation.finding import Finding

CHECK_AFTER_MS = 300
LOCKED = (State.CANCELLED,)


class RecordPanel(QWidget):
    """Shows one record, or one that is being begun and cannot be stored yet."""

    zoom_wanted = Signal(str)
    shown = Signal(object)

    def __init__(self, session: Session, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lookup = lookup
        self._forms: dict[str, RecordForm] = {}
        self._pinned: dict[str, dict[str, Any]] = {}
        self._beginning: tuple[str, shapely.Geometry | None, str | None] | None = None
        self._asked = 0
        self.record: Record | None = None
        self.form: RecordForm | None = None
        self.saver = RecordSaver(session, self)
        self.saver.stored.connect(self._note_stored)
        self.saver.refused.connect(self._note_refused)
        self.saver.waiting.connect(self._note_waiting)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(CHECK_AFTER_MS)
        self._pause.timeout.connect(self._check)
        self.head = RecordHead()
        self.head.again_wanted.connect(self._save_again)
        self._build_tabs()
        self._lay_out()

    def _build_tabs(self) -> None:
        desk = self._session.desk
        self.tabs = QTabWidget()
        self._forms_place = QWidget()
        self._forms_stack = QStackedLayout(self._forms_place)
        self.geometry_view = GeometryView(desk.system)
        self.geometry_view.zoom_wanted.connect(self._ask_zoom)
        self.history = HistoryView()
        self.findings = FindingsList()
        self.findings.chosen.connect(self._go_to_finding)
        self.tabs.addTab(self._forms_place, word("UI-TAB-VALUES"))
        self.tabs.addTab(self.geometry_view, word("UI-TAB-GEOMETRY"))
        self.tabs.addTab(self.history, word("UI-TAB-HISTORY"))
        self.tabs.addTab(self.findings, word("UI-TAB-FINDINGS"))
        self.tabs.setUsesScrollButtons(False)
        self.tabs.currentChanged.connect(self._show_history)

    def _lay_out(self) -> None:
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.head)
        column.addWidget(self.tabs, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(EmptyState(word("UI-NO-RECORD-CHOSEN")))
        self._pages.addWidget(full)

    def show_record(self, uid: str | None) -> None:
        """Show a stored record, or none; what was being typed in the one before is stored first."""
        if self.form is not None and self.record is not None and self.record.uid != uid:
            self.form.commit_all()
        if uid is None:
            self.record, self._beginning = None, None
            self._pages.setCurrentIndex(0)
            self.shown.emit(None)
            return
        try:
            record = fetch_record(self._session.desk, uid)
        except UserError:
            self.show_record(None)
            return
        self._beginning = None
        self._show(record, force=self.record is None or self.record.uid != uid)
        self._check()
        self.shown.emit(record)

    def begin_record(
        self, type_id: str, geometry: shapely.Geometry | None = None, capture_method: str | None = None
    ) -> None:
        """Begin a new record; it is stored as soon as it has what makes a row a row."""
        if self.form is not None and self.record is not None:
            self.form.commit_all()
        values = {**new_values(self._session.desk, type_id), **self._pinned.get(type_id, {})}
        self._beginning = (type_id, geometry, capture_method)
        self._show(Record(uid="", type_id=type_id, values=values, geometry=geometry), force=True)
        self._store_new()

    def reload(self) -> None:
        """Show the record as it now stands in the store."""
        if self.record is not None and self.record.uid and self.saver.is_settled(self.record.uid):
            self.show_record(self.record.uid)

    @property
    def is_checking(self) -> bool:
        """Whether the rules are still to look at what was typed."""
        return self._pause.isActive()

    def settle(self) -> bool:
        """Store what is still being typed and wait for it; false when it could not be stored."""
        if self.form is None or self.record is None:
            return True
        self.form.commit_all()
        return self.saver.settle(self.record.uid)

    def show_in(self, display: CoordinateSystem) -> None:
        """Show coordinates in another system from now on."""
        self.geometry_view.show_in(display)

    def focus_field(self, key: str | None) -> None:
        """Open the form at a field."""
        if self.form is not None and key:
            self.tabs.setCurrentIndex(0)
            self.form.focus_field(key)

    def _show(self, record: Record, *, force: bool) -> None:
        self.record = record
        kind = self._session.desk.catalogue.type(record.type_id)
        self.form = self._form_of(record.type_id)
        self._forms_stack.setCurrentWidget(self.form)
        self.form.set_read_only(record.state in LOCKED)
        self.form.show_values(record.values, force=force)
        self.form.show_pinned(self._pinned.get(record.type_id, {}))
        if force:
            self.form.show_findings(())
            self.form.verticalScrollBar().setValue(0)
        self.head.show_record(kind, record)
        self.geometry_view.show_geometry(record.geometry)
        self.tabs.setTabVisible(1, bool(kind.geometry))
        self._pages.setCurrentIndex(1)
        if record.uid and self.saver.is_settled(record.uid):
            self.saver.know(record)
            self.head.say(None)
        self._show_history()

    def _form_of(self, type_id: str) -> RecordForm:
        if type_id not in self._forms:
            catalogue = self._session.desk.catalogue
            form = RecordForm(catalogue.type(type_id), catalogue, self._lookup)
            form.edited.connect(self._pause.start)
            form.committed.connect(self._commit)
            form.pinned.connect(self._pin)
            self._forms[type_id] = form
            self._forms_stack.addWidget(form)
        return self._forms[type_id]

    def _commit(self, key: str, value: Any) -> None:
        if self.record is None:
            return
        kept = self._pinned.get(self.record.type_id, {})
        if key in kept:
            kept[key] = value
        if self._beginning is not None:
            self.record = self.record.with_content({key: value})
            self._store_new()
        else:
            self.saver.save(self.record.uid, key, value)

    def _pin(self, key: str, on: bool) -> None:
        if self.record is None or self.form is None:
            return
        kept = self._pinned.setdefault(self.record.type_id, {})
        if on:
            kept[key] = self.form.values().get(key)
        else:
            kept.pop(key, None)

    def _store_new(self) -> None:
        if self._beginning is None or self.record is None:
            return
        type_id, geometry, method = self._beginning
        desk, values = self._session.desk, dict(self.record.values)
        self._session.write(
            lambda progress: insert_record(desk, type_id, values, geometry, capture_method=method),
            self._note_inserted,
            owner=self,
            otherwise=lambda failure: self._note_unsavable(failure.error),
        )

    def _note_inserted(self, saved: Saved) -> None:
        self._beginning = None
        self._show(saved.record, force=False)
        self._show_findings(saved.findings)
        self.shown.emit(saved.record)

    def _note_unsavable(self, error: Exception) -> bool:
        if not isinstance(error, UserError) or error.code != "RECORD-UNSAVABLE":
            return False
        self.head.say(str(error))
        self._check()
        return True

    def _note_stored(self, saved: Saved) -> None:
        if self.record is not None and saved.record.uid == self.record.uid:
            self._show(saved.record, force=False)
            self._show_findings(saved.findings)

    def _note_refused(self, uid: str) -> None:
        if self.record is not None and self.record.uid == uid:
            self._show(fetch_record(self._session.desk, uid), force=True)

    def _note_waiting(self, uid: str) -> None:
        if self.record is not None and self.record.uid == uid:
            self.head.say(word("UI-NOT-SAVED-YET"), button=True)

    def _save_again(self) -> None:
        if self.record is not None:
            self.saver.flush(self.record.uid)

    def _check(self) -> None:
        """Let the rules look at what is typed, off the GUI thread; only the latest answer counts."""
        if self.record is None or self.form is None:
            return
        self._asked += 1
        asked, record, values = self._asked, self.record, self.form.values()
        desk = self._session.desk

        def show(findings: list[Finding]) -> None:
            if asked == self._asked:
                self._show_findings(tuple(findings))

        self._session.read(
            lambda progress: check_values(desk, record.type_id, values, record.geometry, uid=record.uid),
            show,
            owner=self,
        )

    def _show_findings(self, findings: tuple[Finding, ...]) -> None:
        if self.form is not None:
            self.form.show_findings(findings)
        self.findings.show_findings(findings)
        title = word("UI-TAB-FINDINGS")
        self.tabs.setTabText(3, f"{title} ({len(findings)})" if findings else title)

    def _go_to_finding(self, finding: Finding) -> None:
        self.focus_field(finding.field)

    def _show_history(self) -> None:
        if self.record is None or self.tabs.currentWidget() is not self.history:
            return
        changes = history_of(self._session.desk, self.record.uid) if self.record.uid else []
        self.history.show_changes(changes, self._session.desk.catalogue.type(self.record.type_id))

    def _ask_zoom(self) -> None:
        if self.record is not None and self.record.uid:
            self.zoom_wanted.emit(self.record.uid)
