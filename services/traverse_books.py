"""A field book of a traverse as a table: which of its columns is what, row by row as it was written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.messages import LANGUAGES, render
from core.progress import SILENT, Progress
from core.tables import load_table
from exchange.reading import read_quoted
from exchange.workbook_rows import read_workbook
from forms.unit_names import name_key

_WORDS = {
    "station": "TRAVERSE-STATION",
    "angle": "TRAVERSE-ANGLE",
    "distance": "TRAVERSE-DISTANCE",
    "north": "TRAVERSE-NORTH",
    "east": "TRAVERSE-EAST",
}
_NEEDED = tuple(_WORDS)
_UNIT = re.compile(r"\(.*?\)|\[.*?\]")
_TITLE_ROWS = 30  # what an office writes over the headings of a sheet is not longer
_MARKS_A_BOOK = frozenset({"station", "angle", "distance"})


@dataclass(frozen=True, slots=True)
class FieldBook:
    """The rows of a book that say anything.

    ``columns`` are all of its columns by their headings, ``fields`` the headings of ``station``, ``angle``,
    ``distance``, ``north`` and ``east``; ``rows`` count as a spreadsheet shows them.
    """

    file: str
    layer: str
    columns: dict[str, list[Any]]
    fields: dict[str, str]
    rows: tuple[int, ...]

    @property
    def cells(self) -> dict[str, list[Any]]:
        """The columns of a traverse by their fields."""
        return {field: self.columns[head] for field, head in self.fields.items()}


def is_field_book(headings: Iterable[str]) -> bool:
    """Whether a table with these headings is a traverse's field book: it has stations, angles and distances."""
    return _fields_of(headings).keys() >= _MARKS_A_BOOK


def read_book(path: Path, *, layer: str | None = None, progress: Progress = SILENT) -> FieldBook:
    """Return the field book in a CSV or an Excel file, of that the sheet ``layer`` or else the first with rows.

    In a sheet titles may stand over the headings.

    Raise ``UserError`` TRAVERSE-COLUMNS and what reading a file raises.
    """
    if path.suffix.lower() == ".xlsx":
        layer, columns, rows = _sheet(path, layer, progress)
    else:
        table = read_quoted(path, progress=progress)
        layer, columns, rows = table.layer, dict(table.columns), table.rows.tolist()
    fields = _fields_of(columns)
    if missing := [field for field in _NEEDED if field not in fields]:
        named = {language: ", ".join(render(_WORDS[one], None, language) for one in missing) for language in LANGUAGES}
        raise UserError("TRAVERSE-COLUMNS", file=path.name, missing=missing, named=named, found=list(columns))
    fields = {field: fields[field] for field in _NEEDED}
    kept = [at for at, cells in enumerate(zip(*(columns[head] for head in fields.values()), strict=True)) if any(cells)]
    return FieldBook(
        path.name,
        layer,
        {head: [cells[at] for at in kept] for head, cells in columns.items()},
        fields,
        tuple(rows[at] for at in kept),
    )


def _sheet(path: Path, layer: str | None, progress: Progress) -> tuple[str, dict[str, list[Any]], list[int]]:
    sheets = {name: rows for name, rows in read_workbook(path, progress=progress).items() if rows}
    name = layer if layer in sheets else next(iter(sheets), "")
    rows = sheets.get(name, ((),))
    top = next((at for at, row in enumerate(rows[:_TITLE_ROWS]) if is_field_book(_headings(row))), 0)
    head, body = _headings(rows[top]), rows[top + 1 :]
    columns: dict[str, list[Any]] = {}
    for at, heading in enumerate(head):
        columns.setdefault(heading, [row[at] if at < len(row) else None for row in body])
    return name, columns, list(range(top + 2, top + len(body) + 2))


def _headings(row: Iterable[Any]) -> list[str]:
    return [str(cell or "") for cell in row]


def _fields_of(headings: Iterable[str]) -> dict[str, str]:
    """Return, by what a column holds, the first heading that says so."""
    known = {row["name"]: row["field"] for row in load_table("traverse_columns")}
    found: dict[str, str] = {}
    for head in headings:
        field = known.get(name_key(head)) or known.get(name_key(_UNIT.sub(" ", head)))
        if field is not None:
            found.setdefault(field, head)
    return found
