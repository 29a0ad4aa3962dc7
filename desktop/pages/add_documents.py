"""Asks what files are before they go into a dossier; what their names say is proposed, and marked as such."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.entry.field_note import Note
from desktop.entry.field_row import CHANGE, FieldRow
from desktop.entry.record_form import build_editor
from desktop.entry.references import Lookup
from desktop.theme import GAP, WIDE_GAP, Tone
from desktop.words import word
from forms.catalogue import Catalogue
from forms.dossiers import DOCUMENT, DRAWING
from forms.model import RecordType

ASKED: Mapping[str, tuple[str, ...]] = {
    DOCUMENT: ("doc_kind", "doc_no", "sign_date", "issuing_org", "name"),
    DRAWING: ("drawing_no", "name", "scale_denom"),
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file to be added: its path and the values proposed for it."""

    path: Path
    values: Mapping[str, Any]


class FileQuestions(QWidget):
    """The few fields of one file."""

    def __init__(self, kind: RecordType, catalogue: Catalogue, file: Incoming, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = file.path
        heading = QLabel(file.path.name)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setProperty("role", "heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, WIDE_GAP)
        column.setSpacing(2)
        column.addWidget(heading)
        known = {field.key: field for field in kind.fields}
        self.rows: dict[str, FieldRow] = {}
        for key in ASKED[kind.id]:
            if key in known:
                self._add(known[key], catalogue, column)
        for key, value in file.values.items():
            if key in self.rows:
                self.rows[key].show_value(value)
                self.rows[key].show_note(CHANGE, Note(word("UI-READ-FROM-NAME"), (), Tone.INFO))
        keys = list(self.rows)
        for place, row in enumerate(self.rows.values()):
            row.editor.passed.connect(lambda step, place=place: self._step(keys, place + step))

    def _add(self, field: Any, catalogue: Catalogue, column: QVBoxLayout) -> None:
        row = FieldRow(field, build_editor(field, catalogue, Lookup()))
        row.set_read_only(False)
        row.hide_pin()
        row.committed.connect(lambda key, value: self.rows[key].show_value(value))
        self.rows[field.key] = row
        column.addWidget(row)

    def _step(self, keys: Sequence[str], place: int) -> None:
        if 0 <= place < len(keys):
            self.rows[keys[place]].editor.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.window().focusNextChild()

    def first_fault(self) -> FieldRow | None:
        """Return the first row whose text is no value."""
        for row in self.rows.values():
            row.commit()
        return next((row for row in self.rows.values() if row.complaint), None)

    def values(self) -> dict[str, Any]:
        """Return what was said of the file."""
        found = {key: row.value() for key, row in self.rows.items()}
        return {key: value for key, value in found.items() if value is not None}


class AddDocuments(QDialog):
    """One block of questions a file; ``answers`` are its path and values."""

    def __init__(
        self, kind: RecordType, catalogue: Catalogue, files: Sequence[Incoming], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-ADD-FILES-TITLE", count=len(files)))
        self.resize(520, min(640, 200 + 300 * len(files)))
        self.blocks = [FileQuestions(kind, catalogue, file) for file in files]
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(12, GAP, 12, GAP)
        for block in self.blocks:
            inner.addWidget(block)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        buttons = QDialogButtonBox()
        self.add_button = buttons.addButton(word("UI-ADD-NOW"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.add_button.setProperty("main", True)
        self.add_button.setDefault(False)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(area, 1)
        column.addWidget(buttons)
        first = next(iter(self.blocks[0].rows.values()), None)
        if first is not None:
            first.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def answers(self) -> list[tuple[Path, dict[str, Any]]]:
        """Return each file with what was said of it."""
        return [(block.path, block.values()) for block in self.blocks]

    def _take(self) -> None:
        for block in self.blocks:
            fault = block.first_fault()
            if fault is not None:
                fault.editor.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self.accept()
