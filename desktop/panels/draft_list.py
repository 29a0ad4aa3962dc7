"""What the record's place says while no record is chosen: what to do next, and what was left half typed."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.entry.drafts import DraftShelf, clock_of
from desktop.entry.field_note import FieldNote, Note
from desktop.theme import GAP, WIDE_GAP, Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.titles import record_title
from services.drafting import Draft

SHOWN = 8


class DraftList(QWidget):
    """A hint, and a line for each draft; ``resume_wanted`` carries the one to go on with."""

    resume_wanted = Signal(object)

    def __init__(
        self, catalogue: Catalogue, shelf: DraftShelf, name: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue, self._shelf, self._name = catalogue, shelf, name
        hint = QLabel(word("UI-NO-RECORD-CHOSEN"))
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setProperty("role", "hint")
        self._heading = QLabel(word("UI-DRAFTS"))
        self._heading.setProperty("role", "heading")
        self._list = QVBoxLayout()
        self._list.setSpacing(GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.addStretch(1)
        column.addWidget(hint)
        column.addSpacing(WIDE_GAP)
        column.addWidget(self._heading)
        column.addLayout(self._list)
        column.addStretch(2)
        shelf.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List the drafts as they now stand."""
        while (item := self._list.takeAt(0)) is not None:
            item.widget().deleteLater()
        drafts = self._shelf.drafts[:SHOWN]
        self._heading.setVisible(bool(drafts))
        for draft in drafts:
            line = FieldNote()
            line.show_note(
                Note(
                    self.describe(draft),
                    (
                        (word("UI-OPEN"), partial(self.resume_wanted.emit, draft)),
                        (word("UI-REMOVE"), partial(self._shelf.forget, draft.key)),
                    ),
                    Tone.WARNING,
                )
            )
            self._list.addWidget(line)

    def describe(self, draft: Draft) -> str:
        """Return one line about a draft: what it is, and since when it waits."""
        kind = self._catalogue.types.get(draft.type_id)
        if kind is None:
            return draft.type_id
        time = clock_of(draft.saved_at)
        if draft.uid is None:
            typed = {field.key: draft.texts[field.key] for field in kind.fields if field.key in draft.texts}
            words = {key: text for key, text in typed.items() if kind.field(key).type == "text"}
            title = record_title(kind, {**draft.values, **words}, current_language(), self._catalogue)
            return word("UI-DRAFT-NEW", type=pick(kind.title), title=title, time=time)
        title = self._name(draft.uid)
        return word("UI-DRAFT-TEXTS", type=pick(kind.title), title=title, count=len(draft.texts), time=time)
