"""What is to be decided about a record before going on: texts kept from before, or that it is never changed."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.entry.drafts import clock_of
from desktop.entry.field_note import FieldNote, Note
from desktop.words import word
from forms.model import RecordType
from forms.record import Record
from services.drafting import Draft


class DraftBar(FieldNote):
    """A line over the form; hidden while there is nothing to decide."""

    resumed = Signal(object)
    dropped = Signal()
    correction_wanted = Signal()
    store_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pending: Draft | None = None
        self.hide()

    def show_for(self, record: Record, kind: RecordType, pending: Draft | None) -> None:
        """Say what is to be decided about ``record``, with the texts that were kept of it."""
        self.pending = pending
        note = self._note(record, kind)
        self.setVisible(note is not None)
        if note is not None:
            self.show_note(note)

    def _note(self, record: Record, kind: RecordType) -> Note | None:
        if self.pending is not None:
            text = word("UI-DRAFT-KEPT", count=len(self.pending.texts), time=clock_of(self.pending.saved_at))
            actions = ((word("UI-GO-ON-TYPING"), self.take), (word("UI-REMOVE"), self._drop))
            return Note(text, actions)
        if not kind.append_only:
            return None
        if record.uid:
            return Note(word("UI-APPEND-ONLY"), ((word("UI-CORRECT"), self.correction_wanted.emit),))
        return Note(word("UI-APPEND-ONLY-NEW"), ((word("UI-STORE-NOW"), self.store_wanted.emit),))

    def take(self) -> None:
        """Go on with the texts that were kept."""
        draft, self.pending = self.pending, None
        if draft is not None:
            self.resumed.emit(draft)

    def _drop(self) -> None:
        self.pending = None
        self.dropped.emit()


def texts_and_stored(
    typed: Mapping[str, str], stored: Mapping[str, Any], kept: Draft | None
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what is typed and the values it would replace, with what was kept and nobody has decided on."""
    if kept is None:
        return dict(typed), dict(stored)
    return {**kept.texts, **typed}, {**kept.values, **stored}
