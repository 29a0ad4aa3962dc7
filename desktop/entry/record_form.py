"""The form of one record type, made from its definition."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import shapely
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.entry.advice import DATES_OF, GRADE, cleaned, read_number, suggest
from desktop.entry.choices import ChoiceEditor, ChoicesEditor
from desktop.entry.dates import DateEditor
from desktop.entry.editors import FieldEditor, LineEditor, LongTextEditor, YesNoEditor
from desktop.entry.field_message import Told, told_by_field
from desktop.entry.field_note import Note
from desktop.entry.field_row import ADVICE, CHANGE, CONFLICT, MIXED, FieldRow
from desktop.entry.form_page import PageView
from desktop.entry.form_pages import FormPage, build_pages, own_fields, wanting_fields
from desktop.entry.form_tabs import FormTabs
from desktop.entry.references import Lookup, ReferenceEditor
from desktop.theme import Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.computed import compute_values
from forms.days import format_day
from forms.model import AnyField, RecordType
from validation.finding import Finding
from validation.waivers import NO_WAIVERS, Waivers

__all__ = ["Lookup", "RecordForm", "build_editor"]


def build_editor(field: AnyField, catalogue: Catalogue, lookup: Lookup) -> FieldEditor:
    """Return the editor for a field's type."""
    if field.type == "reference":
        return ReferenceEditor(field, catalogue, lookup)
    if field.type == "text" and field.multiline:
        return LongTextEditor(field, catalogue)
    plain: dict[str, Callable[[AnyField, Catalogue], FieldEditor]] = {
        "boolean": YesNoEditor,
        "date": DateEditor,
        "choice": ChoiceEditor,
        "choices": ChoicesEditor,
    }
    return plain.get(field.type, LineEditor)(field, catalogue)


class RecordForm(FormTabs):
    """The fields of one record type under their sections, on pages when there are many.

    ``edited`` tells every keystroke, ``committed`` (key, value) what is to be stored at once. ``shape`` is the record's
    geometry, from which values are computed. ``for_many`` makes the form of several records: without the fields that
    each has for itself, none of the others hidden.
    """

    edited = Signal()
    committed = Signal(str, object)
    pinned = Signal(str, bool)

    def __init__(
        self,
        record_type: RecordType,
        catalogue: Catalogue,
        lookup: Lookup | None = None,
        parent: QWidget | None = None,
        *,
        for_many: bool = False,
    ) -> None:
        super().__init__(parent)
        self._for_many = for_many
        self.record_type = record_type
        self.shape: shapely.Geometry | None = None
        self._catalogue = catalogue
        self._lookup = lookup or Lookup()
        self._values: dict[str, Any] = {}
        self._findings: dict[str, list[Told]] = {}
        self._pinned: set[str] = set()
        self._read_only = False
        self._computed = [field.key for field in record_type.fields if field.computed]
        pages = build_pages(record_type, omit=own_fields(record_type) if for_many else ())
        self.lay_out([PageView(page, self._build_row, shows_all=for_many) for page in pages])
        self.opened.connect(self._follow_values)
        self._follow_values()

    def _build_row(self, field: AnyField) -> FieldRow:
        row = FieldRow(field, build_editor(field, self._catalogue, self._lookup))
        row.set_read_only(self._read_only)
        row.tidy = self._tidy
        row.show_value(self._values.get(field.key))
        row.show_findings(self._findings.get(field.key, []))
        row.set_pinned(field.key in self._pinned)
        row.edited.connect(self._note_edit)
        row.committed.connect(self._commit)
        row.pinned.connect(self.pinned)
        if self._for_many:
            row.offer_clearing()
        row.editor.passed.connect(lambda step, key=field.key: self.step(key, step))
        return row

    def show_values(
        self, values: Mapping[str, Any], *, force: bool = True, geometry: shapely.Geometry | None = None
    ) -> None:
        """Show a record's stored values; without ``force``, a field that is being typed in keeps its text."""
        self._values = dict(values)
        self.shape = geometry
        for row in self.built_rows():
            row.show_value(values.get(row.field.key), force=force)
        self._follow_values()

    def values(self) -> dict[str, Any]:
        """The values as typed so far; a text that is none counts as the stored value."""
        stored = {key: None if value is MIXED else value for key, value in self._values.items()}
        return {**stored, **{row.field.key: row.value() for row in self.built_rows()}}

    def texts(self) -> dict[str, str]:
        """What is typed and not stored, by key."""
        return {row.field.key: row.editor.text() for row in self.built_rows() if row.dirty}

    def show_texts(self, texts: Mapping[str, str]) -> None:
        """Put back what was typed before and not stored; a key the form lacks is passed over."""
        for key, text in texts.items():
            if key in self.rows:
                self.rows[key].show_text(text)
        self._note_edit()

    def show_stored(self, key: str, value: Any) -> None:
        """Show one field's stored value in place of what is typed in it."""
        self._values[key] = value
        self.rows[key].show_value(value, force=True)
        self.rows[key].show_note(CHANGE, None)
        self._follow_values()

    def first_fault(self) -> FieldRow | None:
        """Return the first row that cannot be stored as it stands: its text is no value, or somebody must decide."""
        rows = self.built_rows()
        return next((row for row in rows if row.dirty and (row.complaint or row.is_in_conflict)), None)

    def show_findings(self, findings: Iterable[Finding], waivers: Waivers = NO_WAIVERS) -> None:
        """Say beside each field what the rules found there, errors first, what stands with a reason last."""
        self._findings = told_by_field(findings, waivers)
        for row in self.built_rows():
            row.show_findings(self._findings.get(row.field.key, []))
        self._show_titles()

    def show_conflict(self, key: str, note: Note | None) -> None:
        """Say that the record changed under a field that is being typed in."""
        self.rows[key].show_note(CONFLICT, note)

    def show_pinned(self, keys: Iterable[str]) -> None:
        """Show which fields keep their value for the next new record."""
        self._pinned = set(keys)
        for row in self.built_rows():
            row.set_pinned(row.field.key in self._pinned)

    def set_read_only(self, read_only: bool) -> None:
        """Lock or open every field."""
        if read_only != self._read_only:
            self._read_only = read_only
            for row in self.built_rows():
                row.set_read_only(read_only)

    def commit_all(self) -> None:
        """Store what is still being typed."""
        for row in self.built_rows():
            row.commit()

    def _note_edit(self) -> None:
        self._compute()
        self._follow_values()
        self.edited.emit()

    def _compute(self) -> None:
        """Let what is computed follow what is typed."""
        if not self._computed:
            return
        found = compute_values(self.record_type, self.values(), self.shape)
        self._values.update(found)
        for row in self.built_rows():
            if row.field.key in found:
                row.show_value(found[row.field.key])

    def _commit(self, key: str, value: Any) -> None:
        self._values[key] = value
        self.rows[key].show_value(value)
        self._compute()
        self._follow_values()
        self.committed.emit(key, value)

    def _tidy(self, row: FieldRow, value: Any) -> Any:
        """Bring a document's number into its one spelling, offer the day beside it; say what left a text."""
        found = read_number(row.field, value)
        if found is None:
            text = cleaned(row.editor.text()) if row.field.type == "text" else None
            row.show_note(CHANGE, Note(text, tone=Tone.GOOD) if text else None)
            return value
        actions = ()
        day_key = DATES_OF[row.field.key]
        if found.day and day_key in self.rows:
            day = self.rows[day_key]
            actions = ((word("UI-TAKE-DAY", day=format_day(found.day)), lambda: day.take(found.day)),)
        row.show_note(CHANGE, Note(word("UI-NORMALISED", typed=value, value=found.number), actions, Tone.GOOD))
        return found.number

    def _follow_values(self) -> None:
        """Show and mark the fields as the values now stand: some are wanted, or there at all, only then."""
        values = self.values()
        for place, page in enumerate(self.pages):
            page.follow(values)
            if self.tabs is not None and place:
                self.tabs.setTabVisible(place, page.has_something(values))
        self._show_titles(values)
        self._advise(values)

    def _show_titles(self, values: Mapping[str, Any] | None = None) -> None:
        """Count in each tab's title what is still demanded or wrong there."""
        if self.tabs is None:
            return
        values = self.values() if values is None else values
        wrong = {key for key, lines in self._findings.items() if lines[0].tone is Tone.ERROR}
        wrong |= {row.field.key for row in self.built_rows() if row.complaint}
        for place, page in enumerate(self.pages):
            title = pick(page.page.title) if self._for_many else title_of(page.page, values, wrong)
            self.tabs.setTabText(place, title)

    def _advise(self, values: Mapping[str, Any]) -> None:
        row = next((page.rows[GRADE] for page in self.pages if GRADE in page.rows), None)
        if row is None or row.is_locked:
            return
        found = suggest(self.record_type, values, self.shape, self._catalogue)
        note = None
        if found is not None:
            grade, text = found
            note = Note(text, ((word("UI-TAKE-SUGGESTION"), lambda: row.take(grade)),) if grade else ())
        row.show_note(ADVICE, note)


def title_of(page: FormPage, values: Mapping[str, Any], wrong: Iterable[str]) -> str:
    """Return a tab's title with the number of its fields that still want something."""
    count = len(wanting_fields(page, values, wrong))
    return f"{pick(page.title)} ({count})" if count else pick(page.title)
