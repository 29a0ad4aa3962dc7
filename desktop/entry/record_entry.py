"""One record being entered: its form, begun or stored, checked while it is typed, and nothing typed is lost."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import shapely
from PySide6.QtCore import QDeadlineTimer, QEventLoop, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from core.clock import VIETNAM
from core.errors import UserError
from desktop.around import describe_around
from desktop.entry.beginning import Beginning
from desktop.entry.carrying import CarryOver
from desktop.entry.conflicts import ConflictMarker
from desktop.entry.entry_drafts import Entered, EntryDrafts
from desktop.entry.form_pages import own_fields
from desktop.entry.record_form import Lookup, RecordForm
from desktop.entry.saving import RecordSaver
from desktop.entry.typed_check import Typed, TypedCheck
from desktop.session import Session
from desktop.theme import Tone
from desktop.words import pick, word
from forms.model import RecordType
from forms.record import Lineage, Record, State
from services.drafting import Draft
from services.editing import Saved, new_values
from services.reading import fetch_record
from validation.finding import Finding
from validation.waivers import NO_WAIVERS, Waivers

LOCKED = (State.CANCELLED,)


class RecordEntry(QWidget, Entered):
    """The form of one record.

    ``shown`` carries the record as it now stands, ``findings_changed`` what the rules say of it, ``noted`` a text for
    the record's head and whether "save again" helps, ``told`` a text and its tone for a passing line, ``inserted`` a
    new record that has got its row, ``completed`` one that was stored because the user asked for it.
    """

    shown = Signal(object)
    findings_changed = Signal(object)
    noted = Signal(object, bool)
    told = Signal(str, object)
    inserted = Signal(object)
    completed = Signal(object)

    def __init__(self, session: Session, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lookup = lookup
        self._forms: dict[str, RecordForm] = {}
        self._is_telling = False
        self._findings: tuple[Finding, ...] = ()
        self._waivers = NO_WAIVERS
        self.keeps_borders: Callable[[], bool] = lambda: False  # whether areas around get the corners of a new one
        self.carry = CarryOver(session.desk)
        self.rules = TypedCheck(session, self._typed, self)
        self.rules.found.connect(self._show_findings)
        self.saver = RecordSaver(session, self)
        self.saver.stored.connect(self._note_stored)
        self.saver.refused.connect(self._note_refused)
        self.saver.overtaken.connect(self._note_overtaken)
        self.saver.waiting.connect(self._note_waiting)
        self._marker = ConflictMarker(session.desk.catalogue, lookup.name)
        self.drafts = EntryDrafts(session, self, self._marker, self)
        self.bar = self.drafts.bar
        self.bar.correction_wanted.connect(self.begin_correction)
        self.bar.store_wanted.connect(self.save)
        place = QWidget()
        self._stack = QStackedLayout(place)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bar)
        column.addWidget(place, 1)

    @property
    def kind(self) -> RecordType:
        """The type of the record shown."""
        assert self.record is not None
        return self._session.desk.catalogue.type(self.record.type_id)

    @property
    def is_checking(self) -> bool:
        """Whether the rules are still to look at what was typed."""
        return self.rules.is_waiting

    # Showing and beginning

    def leave(self) -> None:
        """Store what can be stored, and keep what cannot."""
        if self.form is not None and self.record is not None:
            self.form.commit_all()
            self.drafts.leave()

    def show_nothing(self) -> None:
        """Show no record."""
        self.leave()
        self.record, self.beginning, self.bar.pending = None, None, None

    def show_record(self, record: Record) -> None:
        """Show a stored record; of the one that is shown already, what is being typed stays."""
        same = self.record is not None and self.record.uid == record.uid
        if not same:
            self.leave()
        self.beginning = None
        self._show(record, force=not same)
        if not same:
            self.drafts.show_bar(with_kept=True)
        self.rules.now()

    def begin(
        self,
        type_id: str,
        geometry: shapely.Geometry | None = None,
        capture_method: str | None = None,
        values: Mapping[str, Any] | None = None,
        *,
        lineage: Lineage | None = None,
    ) -> None:
        """Begin a new record; it is stored as soon as something is there and nothing that makes a row a row lacks."""
        if self.record is not None and self.form is not None:
            self.carry.note(self.record.type_id, self.form.values())
        self.leave()
        kind = self._session.desk.catalogue.type(type_id)
        first = {**new_values(self._session.desk, type_id), **self.carry.carried(kind), **(values or {})}
        self._begin(kind, self.drafts.shelf.free_key(type_id), first, geometry, capture_method, lineage)
        self._store_new()

    def resume(self, draft: Draft) -> None:
        """Go on with what was kept: a record begun before, or a stored one with texts that could not be stored."""
        if draft.uid is not None:
            self.show_record(fetch_record(self._session.desk, draft.uid))
            self.bar.take()
            return
        self.leave()
        kind = self._session.desk.catalogue.type(draft.type_id)
        first = {**new_values(self._session.desk, draft.type_id), **draft.values}
        form = self._begin(kind, draft.key, first, draft.geometry, draft.capture_method)
        if self.beginning is not None:
            self.beginning.is_touched = True
        form.show_texts(draft.texts)

    def begin_correction(self) -> None:
        """Begin a record that puts right the one shown, which itself is never changed."""
        assert self.record is not None
        kind, wrong = self.kind, self.record
        own = own_fields(kind) | {field.key for field in kind.fields if field.type == "files"}
        values = {key: value for key, value in wrong.values.items() if key not in own}
        values |= {
            field.key: wrong.uid for field in kind.fields if field.type == "reference" and field.target == (kind.id,)
        }
        self.begin(kind.id, wrong.geometry, wrong.lineage.capture_method, values)

    def _begin(
        self,
        kind: RecordType,
        key: str,
        values: Mapping[str, Any],
        geometry: shapely.Geometry | None,
        capture_method: str | None,
        lineage: Lineage | None = None,
    ) -> RecordForm:
        begun = Beginning(
            self._session,
            kind.id,
            key,
            geometry=geometry,
            capture_method=capture_method,
            lineage=lineage,
            waits=kind.append_only,
            keeps_borders=self.keeps_borders(),
            parent=self,
        )
        begun.stored.connect(partial(self._note_inserted, begun))
        begun.unsavable.connect(partial(self._note_unsavable, begun))
        self.beginning = begun
        form = self._show(Record(uid="", type_id=kind.id, values=values, geometry=geometry), force=True)
        self.drafts.show_bar()
        self.rules.now()
        form.focus_first(skip=own_fields(kind))  # the codes come by themselves
        return form

    def take_geometry(self, geometry: shapely.Geometry, capture_method: str) -> None:
        """Give the record that is being begun its geometry."""
        if self.beginning is not None and self.record is not None:
            self.beginning.geometry, self.beginning.capture_method = geometry, capture_method
            self.beginning.is_touched = True
            self._show(self.record.with_content(geometry=geometry), force=False)
            self._store_new()

    def _show(self, record: Record, *, force: bool) -> RecordForm:
        self.record = record
        form = self.form = self._form_of(record.type_id)
        self._stack.setCurrentWidget(form)
        form.set_read_only(record.state in LOCKED or (bool(record.uid) and self.kind.append_only))
        if not force:
            self._marker.mark_overtaken(form, record)
        form.show_values(record.values, force=force, geometry=record.geometry)
        form.show_pinned(self.carry.pins(self.kind))
        if force:
            self._findings = ()
            form.show_findings(())
        if not record.uid:
            self.noted.emit(None, False)
        elif self.saver.is_settled(record.uid):
            self.saver.know(record)
            self.noted.emit(None, False)
        self.shown.emit(record)
        return form

    def _form_of(self, type_id: str) -> RecordForm:
        if type_id not in self._forms:
            catalogue = self._session.desk.catalogue
            form = RecordForm(catalogue.type(type_id), catalogue, self._lookup)
            form.edited.connect(self.rules.soon)
            form.edited.connect(self.drafts.soon)
            form.committed.connect(self.commit)
            form.pinned.connect(self._pin)
            self._forms[type_id] = form
            self._stack.addWidget(form)
        return self._forms[type_id]

    # Storing

    def commit(self, key: str, value: Any) -> None:
        """Store one value, or let it wait with the record that is being begun."""
        if self.record is None:
            return
        if self.beginning is not None:
            self.record = self.record.with_content({key: value})
            self.beginning.is_touched = True
            self._store_new()
        else:
            self.saver.save(self.record.uid, key, value)
        self.drafts.soon()

    def _pin(self, key: str, on: bool) -> None:
        if self.record is not None:
            self.carry.pin(self.kind, key, on)

    def save(self) -> None:
        """Store everything typed now, and say that it is stored or which field prevents it."""
        if self.form is None or self.record is None:
            return
        self.form.commit_all()
        fault = self.form.first_fault()
        if fault is not None:
            self.form.focus_field(fault.field.key)
            reason = fault.complaint or word("UI-DECIDE-FIRST")
            self.told.emit(word("UI-FIELD-PREVENTS", field=pick(fault.field.label), reason=reason), Tone.ERROR)
            return
        self._is_telling = True
        if self.beginning is not None:
            self.beginning.is_touched = True
            self._store_new(asked=True)
        elif self.saver.is_settled(self.record.uid):
            self._tell_saved()
        else:
            self.saver.flush(self.record.uid)

    def save_again(self) -> None:
        """Try once more to write what could not be written."""
        if self.record is not None:
            self.saver.flush(self.record.uid)

    def settle(self, most_ms: int = 5_000) -> bool:
        """Store what is typed, keep what cannot be stored, and wait; false when something could not be written."""
        if self.form is None or self.record is None:
            return True
        self.form.commit_all()
        loop, limit = QEventLoop(), QDeadlineTimer(most_ms)
        while self.beginning is not None and self.beginning.is_busy and not limit.hasExpired():
            loop.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 50)
        settled = not self.record.uid or self.saver.settle(self.record.uid)
        self.drafts.now()
        return settled

    def _store_new(self, *, asked: bool = False) -> None:
        begun = self.beginning
        if begun is not None and self.record is not None and begun.is_touched and (asked or not begun.waits):
            begun.store(self.record.values)

    def _tell_saved(self) -> None:
        """Say that everything is stored, if somebody asked."""
        if self._is_telling and self.record is not None:
            self._is_telling = False
            self.told.emit(word("UI-SAVED", time=datetime.now(VIETNAM).strftime("%H:%M")), Tone.GOOD)
            self.completed.emit(self.record)

    # What the store answers

    def _note_inserted(self, begun: Beginning, saved: Saved, written: Mapping[str, Any]) -> None:
        """Take the stored record for the one that was begun, and store what was typed meanwhile."""
        later = {key: value for key, value in begun.values.items() if written.get(key) != value}
        is_shown = begun is self.beginning and self.record is not None
        begun.deleteLater()
        self.saver.know(saved.record)
        self.drafts.note_inserted(begun, saved.record)
        if is_shown:
            self.beginning = None
            self._show(saved.record.with_content(later), force=False)
            self._show_findings(saved.findings)
            self.drafts.show_bar()
            self.drafts.soon()
            self.inserted.emit(saved.record)
            around = describe_around(saved.changed, [saved.record.uid])
            if around:
                self.told.emit(around, Tone.INFO)
        for key, value in later.items():
            self.saver.save(saved.record.uid, key, value)
        if is_shown and not later:
            self._tell_saved()

    def _note_unsavable(self, begun: Beginning, error: UserError) -> None:
        self.drafts.note_unsavable(begun)
        if begun is not self.beginning:
            return
        self.noted.emit(str(error), False)
        self.rules.now()
        if not self._is_telling or self.form is None:
            return
        self._is_telling = False
        self.told.emit(str(error), Tone.ERROR)
        label = error.context.get("field")
        self.form.focus_field(next((field.key for field in self.kind.fields if field.label == label), ""))

    def _note_stored(self, saved: Saved) -> None:
        if self.record is None or self.form is None or saved.record.uid != self.record.uid:
            return
        self._show(saved.record.with_content(self.saver.waiting_values(saved.record.uid)), force=False)
        self._show_findings(saved.findings)
        self.drafts.note_stored()
        if self.saver.is_settled(saved.record.uid):
            self._tell_saved()

    def _note_refused(self, uid: str, values: Mapping[str, Any], error: UserError) -> None:
        """Put what the store forbids back into its fields, with the reason."""
        self._is_telling = False
        if self.record is None or self.record.uid != uid or self.form is None:
            return
        try:
            record = fetch_record(self._session.desk, uid)
        except UserError:
            return
        self._show(record, force=False)
        for key, value in values.items():
            self.form.rows[key].hold(value, str(error))

    def _note_overtaken(self, record: Record, typed: Mapping[str, Any]) -> None:
        if self.record is None or self.record.uid != record.uid or self.form is None:
            return
        self._is_telling = self._is_telling and not typed
        self._show(record.with_content(self.saver.waiting_values(record.uid)), force=False)
        self._marker.mark_refused(self.form, record, typed)
        self.drafts.soon()

    def _note_waiting(self, uid: str) -> None:
        self._is_telling = False
        if self.record is not None and self.record.uid == uid:
            self.noted.emit(word("UI-NOT-SAVED-YET"), True)

    # Rules

    def _typed(self) -> Typed | None:
        """Return what the rules are to look at; a record that nobody has typed anything into is nothing yet."""
        if self.record is None or self.form is None:
            return None
        if self.beginning is not None and not self.beginning.is_touched and not self.form.texts():
            return None
        return self.record, self.form.values()

    def show_waivers(self, waivers: Waivers) -> None:
        """Take in which findings stand with a reason."""
        self._waivers = waivers
        self._show_in_form()

    def _show_findings(self, findings: tuple[Finding, ...]) -> None:
        self._findings = findings
        self._show_in_form()
        self.findings_changed.emit(findings)

    def _show_in_form(self) -> None:
        """Tell the fields; a waiver speaks of the content that is stored, and of nothing that is still being typed."""
        if self.form is not None and self.record is not None:
            known = [replace(one, revision=self.record.revision) for one in self._findings]
            self.form.show_findings(known, NO_WAIVERS if self.form.texts() else self._waivers)
