"""The form of one record type, made from its definition."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.entry.choices import ChoiceEditor, ChoicesEditor, FindRecords, NameRecord, ReferenceEditor
from desktop.entry.dates import DateEditor
from desktop.entry.editors import FieldEditor, LineEditor, LongTextEditor, YesNoEditor
from desktop.entry.field_row import FieldRow
from desktop.theme import GAP, WIDE_GAP, Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import AnyField, RecordType
from forms.requirements import is_visible, required_strength
from validation.finding import Finding, Severity

TONES: dict[Severity, Tone] = {
    Severity.ERROR: Tone.ERROR,
    Severity.WARNING: Tone.WARNING,
    Severity.INFO: Tone.INFO,
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a reference field finds other records, and what it calls one."""

    find: FindRecords = lambda text, types: ()
    name: NameRecord = str


def build_editor(field: AnyField, catalogue: Catalogue, lookup: Lookup) -> FieldEditor:
    """Return the editor for a field's type."""
    if field.type == "reference":
        return ReferenceEditor(field, catalogue, lookup.find, lookup.name)
    if field.type == "text" and field.multiline:
        return LongTextEditor(field, catalogue)
    plain: dict[str, Callable[[AnyField, Catalogue], FieldEditor]] = {
        "boolean": YesNoEditor,
        "date": DateEditor,
        "choice": ChoiceEditor,
        "choices": ChoicesEditor,
    }
    return plain.get(field.type, LineEditor)(field, catalogue)


class RecordForm(QScrollArea):
    """The fields of one record type under their sections.

    ``edited`` tells every keystroke, ``committed`` (key, value) what is to be stored at once.
    """

    edited = Signal()
    committed = Signal(str, object)
    pinned = Signal(str, bool)

    def __init__(
        self, record_type: RecordType, catalogue: Catalogue, lookup: Lookup | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.record_type = record_type
        self._values: dict[str, Any] = {}
        self._sections: dict[str, QLabel] = {}
        self.rows: dict[str, FieldRow] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(12, GAP, 12, WIDE_GAP)
        self._column.setSpacing(2)
        for section in record_type.sections:
            self._add_section(section.key, pick(section.label), catalogue, lookup or Lookup())
        legend = QLabel(word("UI-REQUIRED-LEGEND"))
        legend.setProperty("role", "hint")
        legend.setWordWrap(True)
        self._column.addWidget(legend)
        self._column.addStretch(1)
        self.setWidget(body)
        self._follow_values()

    def _add_section(self, key: str, title: str, catalogue: Catalogue, lookup: Lookup) -> None:
        fields = list(self.record_type.fields_of(key))
        if not fields:
            return
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        heading.setContentsMargins(0, GAP, 0, 4)
        self._sections[key] = heading
        self._column.addWidget(heading)
        for field in fields:
            row = FieldRow(field, build_editor(field, catalogue, lookup))
            row.set_read_only(False)
            row.edited.connect(self._note_edit)
            row.committed.connect(self._commit)
            row.pinned.connect(self.pinned)
            self.rows[field.key] = row
            self._column.addWidget(row)

    def show_values(self, values: Mapping[str, Any], *, force: bool = True) -> None:
        """Show a record's stored values; without ``force``, a field that is being typed in keeps its text."""
        self._values = dict(values)
        for key, row in self.rows.items():
            row.show_value(values.get(key), force=force)
        self._follow_values()

    def values(self) -> dict[str, Any]:
        """The values as typed so far; a text that is none counts as the stored value."""
        return {**self._values, **{key: row.value() for key, row in self.rows.items()}}

    def show_findings(self, findings: Iterable[Finding]) -> None:
        """Say beside each field what the rules found there, errors first."""
        by_field: dict[str, list[tuple[Tone, str]]] = {}
        order = list(TONES)
        for finding in sorted(findings, key=lambda item: order.index(item.severity)):
            if finding.field:
                by_field.setdefault(finding.field, []).append((TONES[finding.severity], finding.text()))
        for key, row in self.rows.items():
            row.show_findings(by_field.get(key, []))

    def show_pinned(self, keys: Iterable[str]) -> None:
        """Show which fields keep their value for the next new record."""
        kept = set(keys)
        for key, row in self.rows.items():
            row.set_pinned(key in kept)

    def set_read_only(self, read_only: bool) -> None:
        """Lock or open every field."""
        for row in self.rows.values():
            row.set_read_only(read_only)

    def focus_field(self, key: str) -> None:
        """Bring a field into view and put the cursor there; a key the form lacks is passed over."""
        row = self.rows.get(key)
        if row is not None:
            row.setVisible(True)
            self.ensureWidgetVisible(row, 0, 60)
            row.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def commit_all(self) -> None:
        """Store what is still being typed."""
        for row in self.rows.values():
            row.commit()

    def _note_edit(self) -> None:
        self._follow_values()
        self.edited.emit()

    def _commit(self, key: str, value: Any) -> None:
        self._values[key] = value
        self.rows[key].show_value(value)
        self._follow_values()
        self.committed.emit(key, value)

    def _follow_values(self) -> None:
        """Show and mark the fields as the values now stand: some are wanted, or there at all, only then."""
        values = self.values()
        shown: dict[str, bool] = dict.fromkeys(self._sections, False)
        for row in self.rows.values():
            visible = is_visible(row.field, values)
            row.setVisible(visible)
            row.set_strength(required_strength(row.field, values))
            shown[row.field.section] = shown[row.field.section] or visible
        for key, heading in self._sections.items():
            heading.setVisible(shown[key])
