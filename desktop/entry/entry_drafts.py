"""The drafts of the record being entered: what is kept of it, offered again, and dropped once it is stored."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject

from desktop.entry.beginning import Beginning
from desktop.entry.conflicts import ConflictMarker
from desktop.entry.draft_bar import DraftBar, texts_and_stored
from desktop.entry.drafts import DraftKeeper
from desktop.entry.record_form import RecordForm
from desktop.entry.recovery import draft_of_new, draft_of_stored, draft_since_stored
from desktop.session import Session
from forms.model import RecordType
from forms.record import Record
from services.drafting import Draft


class Entered:
    """What is being entered: the record as it stands, its form, and what it is begun with while it has no row."""

    record: Record | None = None
    form: RecordForm | None = None
    beginning: Beginning | None = None


class EntryDrafts(QObject):
    """Keeps what is typed into ``entered`` and not stored, and says by its bar what was kept before."""

    def __init__(self, session: Session, entered: Entered, marker: ConflictMarker, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._entered, self._marker = session, entered, marker
        self._keeper = DraftKeeper(session, self._build, self)
        self.shelf = self._keeper.shelf
        self.bar = DraftBar()
        self.bar.resumed.connect(self._take_texts)
        self.bar.dropped.connect(self._drop_texts)

    @property
    def _kind(self) -> RecordType:
        assert self._entered.record is not None
        return self._session.desk.catalogue.type(self._entered.record.type_id)

    def show_bar(self, *, with_kept: bool = False) -> None:
        """Say what is to be decided about the record shown, with the texts kept of it if asked."""
        record = self._entered.record
        if record is not None:
            kept = self.shelf.draft(record.uid) if with_kept and record.uid else None
            self.bar.show_for(record, self._kind, kept)

    def soon(self) -> None:
        """Keep what is typed once the typist pauses."""
        self._keeper.keep_soon()

    def now(self) -> None:
        """Keep what is typed before returning."""
        self._keeper.keep(at_once=True)

    def leave(self) -> None:
        """Keep what is typed, for the user turns to another record."""
        begun = self._entered.beginning
        if begun is not None and self._entered.record is not None and self._entered.form is not None:
            begun.left = draft_of_new(begun, self._entered.record, self._entered.form, self._session.desk.now())
        self._keeper.keep()

    def _build(self) -> Draft | None:
        """Return what is typed and not stored; nothing while a new record is on its way into the store."""
        record, form, begun = self._entered.record, self._entered.form, self._entered.beginning
        if record is None or form is None:
            return None
        now = self._session.desk.now()
        if begun is not None:
            return None if begun.is_busy else draft_of_new(begun, record, form, now)
        typed = form.texts()
        stored: Mapping[str, Any] = {key: form.rows[key].stored for key in typed}
        return draft_of_stored(record, *texts_and_stored(typed, stored, self.bar.pending), now)

    def note_inserted(self, begun: Beginning, record: Record) -> None:
        """Drop what was kept of a new record that now has its row, but for texts that were left in its form."""
        self.shelf.forget(begun.key)
        if begun is self._entered.beginning:
            return
        kept = draft_since_stored(begun.left, record, self._session.desk.now())
        if kept is not None:
            self.shelf.put(kept)

    def note_unsavable(self, begun: Beginning) -> None:
        """Keep a new record that could not get its row."""
        if begun is self._entered.beginning:
            self.soon()
        elif begun.left is not None:
            self.shelf.put(begun.left)

    def note_stored(self) -> None:
        """Drop what was kept of the record shown once everything typed into it is stored."""
        record, form = self._entered.record, self._entered.form
        if record is not None and form is not None and self.bar.pending is None and not form.texts():
            self.shelf.forget(record.uid)

    def _take_texts(self, draft: Draft) -> None:
        """Put the texts that were kept back into their fields."""
        record, form = self._entered.record, self._entered.form
        if form is None or record is None:
            return
        self.show_bar()
        form.show_texts(draft.texts)
        self._marker.mark_since(form, record, {key: draft.values.get(key) for key in draft.texts})
        if draft.texts:
            form.focus_field(next(iter(draft.texts)))

    def _drop_texts(self) -> None:
        """Forget the texts that were kept."""
        if self._entered.record is not None:
            self.shelf.forget(self._entered.record.uid)
            self.show_bar()
