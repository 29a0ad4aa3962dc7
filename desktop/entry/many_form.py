"""Several records of one type changed together: one form, in which fields that differ say so."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.entry.field_note import Note
from desktop.entry.field_row import CHANGE, MIXED
from desktop.entry.record_form import Lookup, RecordForm
from desktop.theme import GAP, Tone
from desktop.values import show_count
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import RecordType


class ManyForm(QWidget):
    """The form of several records; ``apply_wanted`` carries the values that were typed, to be given to all of them."""

    apply_wanted = Signal(object)

    def __init__(
        self, kind: RecordType, catalogue: Catalogue, lookup: Lookup | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self.count = 0
        self.touched: dict[str, Any] = {}
        self._stored: dict[str, Any] = {}
        self.form = RecordForm(kind, catalogue, lookup, for_many=True)
        self.form.committed.connect(self._touch)
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.title.setWordWrap(True)
        self.hint = QLabel(word("UI-MANY-HINT"))
        self.hint.setProperty("role", "hint")
        self.hint.setWordWrap(True)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.apply = QPushButton()
        self.apply.setProperty("main", True)
        self.apply.clicked.connect(self.ask)
        self.reset = QPushButton(word("UI-MANY-RESET"))
        self.reset.clicked.connect(self.restore)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(12, GAP, 12, 0)
        head.setSpacing(4)
        head.addWidget(self.title)
        head.addWidget(self.hint)
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 4, 12, GAP)
        foot.setSpacing(4)
        foot.addWidget(self.summary)
        line = QHBoxLayout()
        line.addWidget(self.apply, 1)
        line.addWidget(self.reset)
        foot.addLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.form, 1)
        column.addLayout(foot)

    def show_values(self, count: int, values: Mapping[str, Any], differing: Sequence[str]) -> None:
        """Show what ``count`` records have in common; the fields in ``differing`` say that they differ.

        What was typed and not applied stays.
        """
        self.count = count
        self._stored = {**values, **dict.fromkeys(differing, MIXED)}
        self.title.setText(word("UI-MANY-TITLE", count=show_count(count), type=pick(self.kind.title)))
        self.form.show_values({**self._stored, **self.touched}, force=False)
        self._follow()

    def restore(self) -> None:
        """Give up everything typed."""
        for key in list(self.touched):
            self.form.rows[key].show_note(CHANGE, None)
        self.touched = {}
        self.form.show_values(self._stored)
        self._follow()

    def _touch(self, key: str, value: Any) -> None:
        if value == self._stored.get(key):
            self._leave_alone(key)
            return
        self.touched[key] = value
        actions = ((word("UI-REMOVE"), lambda: self._leave_alone(key)),)
        text = word("UI-MANY-TOUCHED" if value is not None else "UI-MANY-EMPTIED", count=self.count)
        self.form.rows[key].show_note(CHANGE, Note(text, actions, Tone.GOOD))
        self._follow()

    def _leave_alone(self, key: str) -> None:
        """Give up what was typed into one field."""
        self.touched.pop(key, None)
        self.form.show_stored(key, self._stored.get(key))
        self._follow()

    def _follow(self) -> None:
        labels = [pick(self.kind.field(key).label) for key in self.touched]
        self.summary.setText(word("UI-MANY-FIELDS", fields=", ".join(labels)) if labels else "")
        self.summary.setVisible(bool(labels))
        self.summary.setProperty("role", "hint")
        self.apply.setText(word("UI-MANY-APPLY", count=show_count(self.count)))
        self.apply.setEnabled(bool(labels))
        self.reset.setEnabled(bool(labels))

    def ask(self) -> None:
        """Tell what is to be given to all, unless a text in the form is no value."""
        self.form.commit_all()
        fault = self.form.first_fault()
        if fault is not None:
            self.form.focus_field(fault.field.key)
            self.summary.setText(word("UI-FIELD-PREVENTS", field=pick(fault.field.label), reason=fault.complaint or ""))
            self.summary.setStyleSheet(f"color: {Tone.ERROR.value};")
            self.summary.show()
            return
        self.summary.setStyleSheet("")
        if self.touched:
            self.apply_wanted.emit(dict(self.touched))
