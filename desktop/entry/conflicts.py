"""A record that changed under what is being typed: nothing is overwritten unseen, in either direction."""

from collections.abc import Callable, Mapping
from typing import Any

from desktop.entry.drafts import clock_of
from desktop.entry.field_note import Note
from desktop.entry.field_row import FieldRow
from desktop.entry.record_form import RecordForm
from desktop.theme import Tone
from desktop.values import show_value
from desktop.words import word
from forms.catalogue import Catalogue
from forms.record import Record

NameRecord = Callable[[str], str]


class ConflictMarker:
    """Marks the fields of a form in which what is typed and what is now stored disagree."""

    def __init__(self, catalogue: Catalogue, name: NameRecord) -> None:
        self._catalogue = catalogue
        self._name = name

    def mark_overtaken(self, form: RecordForm, record: Record) -> None:
        """Mark what is being typed where ``record``, as now stored, is no longer what the form showed."""
        for row in form.built_rows():
            if row.dirty and row.stored != record.values.get(row.field.key):
                self._mark(form, row, record)

    def mark_refused(self, form: RecordForm, record: Record, typed: Mapping[str, Any]) -> None:
        """Put the ``typed`` values back into their fields, and ask which is to stand."""
        for key, value in typed.items():
            row = form.rows[key]
            row.show_value(record.values.get(key), force=True)
            row.hold(value)
            self._mark(form, row, record)

    def mark_since(self, form: RecordForm, record: Record, before: Mapping[str, Any]) -> None:
        """Mark texts that were kept and whose stored value is no longer the one ``before``."""
        for key, value in before.items():
            if key in form.rows and record.values.get(key) != value and form.rows[key].dirty:
                self._mark(form, form.rows[key], record)

    def _mark(self, form: RecordForm, row: FieldRow, record: Record) -> None:
        theirs = record.values.get(row.field.key)
        row.show_value(theirs)
        if row.complaint is None and row.value() == theirs:
            row.show_value(theirs, force=True)
            return
        text = word(
            "UI-CHANGED-UNDER",
            value=_say(row, theirs, self._catalogue, self._name),
            time=clock_of(record.updated_at) if record.updated_at else "",
            typed=row.editor.text() or word("UI-NOTHING"),
        )
        actions = (
            (word("UI-KEEP-MINE"), lambda: _keep(form, row)),
            (word("UI-TAKE-THEIRS"), row.restore),
        )
        form.show_conflict(row.field.key, Note(text, actions, Tone.WARNING))


def _keep(form: RecordForm, row: FieldRow) -> None:
    form.show_conflict(row.field.key, None)
    row.commit()


def _say(row: FieldRow, value: Any, catalogue: Catalogue, name: NameRecord) -> str:
    """Return a value as people read it, records by their names and nothing as a word."""
    if value is None:
        return word("UI-NOTHING")
    if row.field.type == "reference":
        return name(value)
    return show_value(row.field, value, catalogue)
