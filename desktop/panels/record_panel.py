"""The selected record: its form, geometry, files, children, history and findings; or the form of several records."""

from collections.abc import Sequence
from collections.abc import Set as Collection
from dataclasses import replace
from functools import partial
from typing import Any

import shapely
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QStackedLayout, QTabWidget, QVBoxLayout, QWidget

from core.errors import UserError
from core.messages import current_language
from desktop.entry.record_entry import RecordEntry
from desktop.entry.record_form import Lookup, RecordForm
from desktop.map_control import shapes_of
from desktop.panels.child_tables import ChildTables
from desktop.panels.draft_list import DraftList
from desktop.panels.files_view import FilesView
from desktop.panels.findings_list import FindingsList
from desktop.panels.geometry_view import GeometryView
from desktop.panels.history_view import HistoryView
from desktop.panels.many_panel import ManyPanel
from desktop.panels.record_head import RecordHead
from desktop.panels.trail import Trail
from desktop.session import Session
from desktop.theme import GAP, Tone
from desktop.words import word
from forms.record import Lineage, Record
from geodesy.systems import CoordinateSystem
from services.drafting import Draft
from services.editing import delete_records, revert_change
from services.origins import origin_lines
from services.reading import fetch_record, history_of
from services.waiving import why_not_waivable
from validation.finding import Finding

EMPTY, ONE, MANY = range(3)


class RecordPanel(QWidget):
    """Shows one record, one that is being begun, or several of one type.

    ``draw_wanted`` carries the shape to be drawn for the record shown, ``told`` a passing line and its tone.
    """

    zoom_wanted = Signal(str)
    draw_wanted = Signal(str)
    table_wanted = Signal()
    shown = Signal(object)
    told = Signal(str, object)

    def __init__(self, session: Session, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lookup = Lookup(lookup.find, lookup.name, self.follow_reference, lookup.pick)
        self._trail = Trail()
        self.entry = RecordEntry(session, self._lookup)
        self.many = ManyPanel(session, self._lookup)
        self.head = RecordHead()
        self._build_tabs()
        self.empty = DraftList(session.desk.catalogue, self.entry.drafts.shelf, self._lookup.name)
        self._lay_out()
        self._connect()

    def _build_tabs(self) -> None:
        desk = self._session.desk
        self.tabs = QTabWidget()
        self.tabs.tabBar().setProperty("narrow", True)
        self.geometry_view = GeometryView(desk.system)
        self.files = FilesView(self._session)
        self.children_view = ChildTables(self._session)
        self.history = HistoryView(desk.catalogue, self._lookup.name)
        self.findings = FindingsList(partial(why_not_waivable, desk))
        for page, code in (
            (self.entry, "UI-TAB-VALUES"),
            (self.geometry_view, "UI-TAB-GEOMETRY"),
            (self.files, "UI-TAB-FILES"),
            (self.children_view, "UI-TAB-CHILDREN"),
            (self.history, "UI-TAB-HISTORY"),
            (self.findings, "UI-TAB-FINDINGS"),
        ):
            self.tabs.addTab(page, word(code))
        self.tabs.setUsesScrollButtons(True)

    def _lay_out(self) -> None:
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.head)
        column.addWidget(self.tabs, 1)
        self._pages = QStackedLayout(self)
        for page in (self.empty, full, self.many):
            self._pages.addWidget(page)

    def _connect(self) -> None:
        self.head.again_wanted.connect(self.entry.save_again)
        self.head.back_wanted.connect(self.go_back)
        self.entry.shown.connect(self._show_around)
        self.entry.noted.connect(lambda text, button: self.head.say(text, button=button))
        self.entry.findings_changed.connect(self._show_findings)
        self.entry.told.connect(self.told)
        self.many.told.connect(self.told)
        self.entry.inserted.connect(self.shown)
        self.entry.completed.connect(self._note_completed)
        self.geometry_view.zoom_wanted.connect(self._ask_zoom)
        self.geometry_view.draw_wanted.connect(self.draw_wanted)
        self.geometry_view.table_wanted.connect(self.table_wanted)
        self.geometry_view.copied.connect(lambda: self.told.emit(word("UI-SHEET-COPIED"), Tone.GOOD))
        self.children_view.counted.connect(lambda count: self._count(self.children_view, "UI-TAB-CHILDREN", count))
        self.children_view.add_wanted.connect(self.begin_child)
        self.children_view.opened.connect(self.follow_reference)
        self.children_view.delete_wanted.connect(self._delete_child)
        self.files.told.connect(self.told)
        self.files.counted.connect(lambda count: self._count(self.files, "UI-TAB-FILES", count))
        self.history.revert_wanted.connect(self._revert)
        self.findings.chosen.connect(self._go_to_finding)
        self.tabs.currentChanged.connect(self._fill_tab)
        self.empty.resume_wanted.connect(self.resume)

    def event(self, event: QEvent) -> bool:
        """Keep the delete key of somebody who types from meaning the whole record."""
        is_key = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_key and event.matches(QKeySequence.StandardKey.Delete):
            event.accept()
            return True
        return super().event(event)

    @property
    def record(self) -> Record | None:
        """The record shown."""
        return self.entry.record

    @property
    def form(self) -> RecordForm | None:
        """Its form."""
        return self.entry.form

    @property
    def saver(self) -> Any:
        """What stores its changes."""
        return self.entry.saver

    @property
    def is_checking(self) -> bool:
        """Whether the rules are still to look at what was typed."""
        return self.entry.is_checking

    # One record

    def show_record(self, uid: str | None) -> None:
        """Show a stored record, or none; what was being typed in the one before is stored or kept first."""
        if uid is None or self.record is None or uid != self.record.uid:
            self._forget_trail()
        self._open(uid)

    def _open(self, uid: str | None) -> None:
        record = self._find(uid)
        if record is None:
            self.entry.show_nothing()
            self._pages.setCurrentIndex(EMPTY)
            self.shown.emit(None)
            return
        self._pages.setCurrentIndex(ONE)
        self.entry.show_record(record)
        self.shown.emit(record)

    def _find(self, uid: str | None) -> Record | None:
        try:
            return fetch_record(self._session.desk, uid) if uid else None
        except UserError:
            return None

    def begin_record(
        self,
        type_id: str,
        geometry: shapely.Geometry | None = None,
        capture_method: str | None = None,
        values: dict[str, Any] | None = None,
        *,
        lineage: Lineage | None = None,
    ) -> None:
        """Begin a new record; it is stored as soon as it has what makes a row a row.

        ``lineage`` says more of where the geometry came from than ``capture_method`` does.
        """
        self._forget_trail()
        self._begin(type_id, geometry, capture_method, values, lineage)
        self.shown.emit(self.record)  # what was chosen before is no longer what "delete" may mean

    def _begin(
        self,
        type_id: str,
        geometry: Any,
        capture_method: str | None,
        values: dict[str, Any] | None,
        lineage: Lineage | None = None,
    ) -> None:
        self._pages.setCurrentIndex(ONE)
        self.tabs.setCurrentWidget(self.entry)
        self.entry.begin(type_id, geometry, capture_method, values, lineage=lineage)

    def resume(self, draft: Draft) -> None:
        """Go on with a record that was being typed in before."""
        self._forget_trail()
        self._pages.setCurrentIndex(ONE)
        self.tabs.setCurrentWidget(self.entry)
        self.entry.resume(draft)
        self.shown.emit(self.record)

    def reload(self) -> None:
        """Show the record as it now stands in the store; what is being typed stays."""
        if self._pages.currentIndex() == MANY:
            self.many.compare()
        elif self.record is not None and self.record.uid and self.saver.is_settled(self.record.uid):
            self._open(self.record.uid)

    def note_change(self, uids: Collection[str] | None) -> None:
        """Take in that records changed; ``None`` means that it may be any."""
        shown = self.many_uids or ([self.record.uid] if self.record is not None else [])
        if shown and (uids is None or not uids.isdisjoint(shown)):
            self.reload()
        elif self.record is not None and self.record.uid and self.children_view.tables:
            self.children_view.show_record(self.record)

    def save(self) -> None:
        """Store what is typed, and say so or what prevents it."""
        if self._pages.currentIndex() == MANY:
            self.many.ask()
        else:
            self.entry.save()

    def settle(self) -> bool:
        """Store what is still being typed and wait for it; false when it could not be stored."""
        return self.entry.settle()

    def take_geometry(self, geometry: shapely.Geometry, capture_method: str) -> None:
        """Give the record that is being begun the geometry that was drawn."""
        self.entry.take_geometry(geometry, capture_method)

    def show_in(self, display: CoordinateSystem) -> None:
        """Show coordinates in another system from now on."""
        self.geometry_view.show_in(display)

    def focus_field(self, key: str | None) -> None:
        """Open the form at a field."""
        if self.form is not None and key:
            self.tabs.setCurrentWidget(self.entry)
            self.form.focus_field(key)

    def _show_around(self, record: Record) -> None:
        """Let everything beside the form follow the record."""
        desk = self._session.desk
        kind = desk.catalogue.type(record.type_id)
        self.head.show_record(kind, record, desk.catalogue)
        self.geometry_view.offer_drawing(shapes_of(kind))
        self.geometry_view.show_geometry(record.geometry)
        self.geometry_view.show_origin(origin_lines(record.lineage, current_language()))
        visible = {
            self.geometry_view: bool(kind.geometry),
            self.files: bool(record.uid),
            self.children_view: bool(record.uid) and bool(self.children_view.kinds_of(kind.id)),
            self.history: bool(record.uid),
        }
        for page, is_visible in visible.items():
            self.tabs.setTabVisible(self.tabs.indexOf(page), is_visible)
        if visible[self.children_view]:
            self.children_view.show_record(record)
        self._fill_tab()

    def _fill_tab(self) -> None:
        """Fill the tab in view, if it is one that is read only then."""
        record, page = self.record, self.tabs.currentWidget()
        if record is None or not record.uid:
            return
        if page is self.history:
            kind = self._session.desk.catalogue.type(record.type_id)
            changes = history_of(self._session.desk, record.uid)
            self.history.show_changes(changes, kind, locked=kind.append_only)
        elif page is self.files:
            self.files.show_record(record)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        revision = self.record.revision if self.record is not None else 0
        known = [replace(one, revision=revision) for one in findings]  # what is being typed has none of its own
        self.findings.show_findings(known)
        self._count(self.findings, "UI-TAB-FINDINGS", len(findings))

    def _count(self, page: QWidget, code: str, count: int) -> None:
        title = word(code)
        self.tabs.setTabText(self.tabs.indexOf(page), f"{title} ({count})" if count else title)

    def _go_to_finding(self, finding: Finding) -> None:
        self.focus_field(finding.field)

    def _ask_zoom(self) -> None:
        if self.record is not None and self.record.uid:
            self.zoom_wanted.emit(self.record.uid)

    def _revert(self, sequence: int) -> None:
        desk = self._session.desk
        self.entry.settle()
        self._session.write(
            lambda progress: revert_change(desk, sequence),
            lambda changed: self.told.emit(word("UI-REVERTED"), Tone.GOOD),
            owner=self,
        )

    # The way there and back

    def follow_reference(self, uid: str) -> None:
        """Show a record that the one shown refers to, or one of its children, and offer the way back."""
        if self.record is not None and self.record.uid and self._find(uid) is not None:
            self._trail.leave(self.record.uid)
        self._open(uid)
        self._show_trail()

    def begin_child(self, type_id: str, field: str) -> None:
        """Begin a record that belongs to the one shown."""
        if self.record is not None and self.record.uid:
            self._trail.leave(self.record.uid, for_child=True)
            self._begin(type_id, None, None, {field: self._trail.last})
            self._show_trail()

    def go_back(self) -> None:
        """Return to the record from which one came here."""
        if self._trail.last is None:
            return
        was_child = self._trail.is_at_child
        self._open(self._trail.step_back())
        if was_child:
            self.tabs.setCurrentWidget(self.children_view)
        self._show_trail()

    def _note_completed(self, record: Record) -> None:
        """Return to the parent once its child is stored."""
        if self._trail.is_at_child:
            self.go_back()

    def _forget_trail(self) -> None:
        self._trail.forget()
        self._show_trail()

    def _show_trail(self) -> None:
        last = self._trail.last
        self.head.show_back(self._lookup.name(last) if last else None)

    def _delete_child(self, uid: str) -> None:
        desk = self._session.desk
        self._session.write(
            lambda progress: delete_records(desk, [uid]),
            lambda changed: self.told.emit(word("UI-DELETED", count=1), Tone.INFO),
            owner=self,
        )

    # Several records

    @property
    def many_uids(self) -> list[str]:
        """The records that are changed together, none while one record is shown."""
        return list(self.many.uids) if self._pages.currentIndex() == MANY else []

    def show_many(self, type_id: str, uids: Sequence[str]) -> None:
        """Show the form of several records of one type, unless records of that type are never changed."""
        self.entry.show_nothing()
        self._forget_trail()
        if self._session.desk.catalogue.type(type_id).append_only:
            self._pages.setCurrentIndex(EMPTY)
            self.told.emit(word("UI-APPEND-ONLY"), Tone.INFO)
            return
        self._pages.setCurrentIndex(MANY)
        self.many.show_records(type_id, uids)
