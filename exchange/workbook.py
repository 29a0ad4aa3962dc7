"""Tables as the sheets of a workbook: numbers as numbers, days as days, no text that a spreadsheet would calculate."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from core.errors import UserError

Kind = Literal["text", "integer", "number", "date", "moment"]
MOST_ROWS = 1_048_575  # of a sheet, under its headings
MOST_SIGNS = 32_767  # of a cell
_NAME_SIGNS = 31
_NOT_IN_NAMES = str.maketrans("", "", "[]:*?/\\'")
_SHAPES: dict[Kind, str] = {
    "text": "@",
    "integer": "#,##0",
    "number": "#,##0.########",
    "date": "dd/mm/yyyy",
    "moment": "dd/mm/yyyy hh:mm",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over a column, what its cells are, how many decimals they show, and how wide it is in signs."""

    title: str
    kind: Kind = "text"
    decimals: int | None = None
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its columns, and its rows, which are read once."""

    name: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Any]]


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write a workbook; headings stay in view and can filter.

    Days are ``date``, moments ``datetime`` without a zone. Raise EXPORT-ROWS for more rows than a sheet holds,
    EXPORT-CELL for a longer text than a cell holds, ``OSError`` when the disk refuses.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxWriterException

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(str(path), options)
    try:
        taken: set[str] = set()
        for sheet in sheets:
            _write_sheet(book, sheet, taken)
    finally:
        try:
            book.close()
        except XlsxWriterException as error:
            reason = error.args[0] if error.args else None
            raise (reason if isinstance(reason, OSError) else OSError(str(error))) from error


def _write_sheet(book: Any, sheet: Sheet, taken: set[str]) -> None:
    page = book.add_worksheet(_name(sheet.name, taken))
    bold = book.add_format({"bold": True, "bottom": 1})
    shapes = [book.add_format({"num_format": _shape(heading)}) for heading in sheet.headings]
    page.freeze_panes(1, 0)
    for place, heading in enumerate(sheet.headings):
        page.set_column(place, place, heading.width)
        page.write_string(0, place, heading.title, bold)
    line = 0
    for row in sheet.rows:
        line += 1
        if line > MOST_ROWS:
            raise UserError("EXPORT-ROWS", sheet=sheet.name, most=MOST_ROWS)
        for place, (heading, value) in enumerate(zip(sheet.headings, row, strict=True)):
            if value is not None:
                _write_cell(page, (line, place), heading, value, shapes[place])
    if line and sheet.headings:
        page.autofilter(0, 0, line, len(sheet.headings) - 1)


def _name(text: str, taken: set[str]) -> str:
    """Return a name that a sheet can have and no other has, in whatever case."""
    plain = text.translate(_NOT_IN_NAMES).strip() or "1"
    name, number = plain[:_NAME_SIGNS], 2
    while name.casefold() in taken:
        tail = f" {number}"
        name, number = plain[: _NAME_SIGNS - len(tail)] + tail, number + 1
    taken.add(name.casefold())
    return name


def _shape(heading: Heading) -> str:
    if heading.kind == "number" and heading.decimals is not None:
        return "#,##0" + (f".{'0' * heading.decimals}" if heading.decimals else "")
    return _SHAPES[heading.kind]


def _write_cell(page: Any, place: tuple[int, int], heading: Heading, value: Any, shape: Any) -> None:
    if isinstance(value, date) and value.year >= 1900:
        page.write_datetime(*place, value, shape)
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        page.write_number(*place, value, shape)
    else:
        text = str(value)
        if len(text) > MOST_SIGNS:
            raise UserError("EXPORT-CELL", column=heading.title, row=place[0], most=MOST_SIGNS)
        page.write_string(*place, text, shape)
