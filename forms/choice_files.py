"""Code lists from CSV files, each row checked, an error naming file, line and column."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

from forms.choices import Choice, ChoiceList, ChoiceStatus
from forms.csv_files import read_rows
from forms.syntax import syntax_error

COLUMNS = ("code", "label_vi", "label_en", "valid_from", "valid_to", "source", "status", "color")
SUCCESSOR = "successor"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COLOR = re.compile(r"#[0-9A-F]{6}")


def parse_choice_list(name: str, data: bytes) -> ChoiceList:
    """Return the code list of a CSV file called ``name``; raise ``UserError`` FORM-SYNTAX with file, line and column.

    Lines that begin with ``#`` say where the list comes from. A last column ``successor`` may name, for a code of older
    rules, the one of the same list that stands in its place.
    """
    items: dict[str, Choice] = {}
    places: dict[str, int] = {}
    for line, cells in read_rows(name, data, [COLUMNS, (*COLUMNS, SUCCESSOR)]):
        for column in _bad_cells(cells):
            raise syntax_error("CELL", name, line, column, value=cells[column])
        if cells["code"] in items:
            raise syntax_error("TWICE", name, line, cells["code"])
        items[cells["code"]] = _build_choice(cells)
        places[cells["code"]] = line
    for code, item in items.items():
        if item.successor and not (item.successor in items and items[item.successor].is_selectable):
            raise syntax_error("CELL", name, places[code], SUCCESSOR, value=item.successor)
    return ChoiceList(Path(name).stem, tuple(items.values()))


def _bad_cells(cells: dict[str, str]) -> Iterator[str]:
    """Yield the columns whose cell cannot be right; a semicolon parts the codes of a field that takes several."""
    for column in ("code", "label_vi", "label_en", "source"):
        if not cells[column] or (column == "code" and ";" in cells[column]):
            yield column
    for column in ("valid_from", "valid_to"):
        if cells[column] and not _is_day(cells[column]):
            yield column
    if cells["valid_from"] > cells["valid_to"] > "":
        yield "valid_to"
    if cells["status"] not in get_args(ChoiceStatus):
        yield "status"
    if cells["color"] and not _COLOR.fullmatch(cells["color"]):
        yield "color"
    if cells.get(SUCCESSOR) and cells["status"] != "legacy":
        yield SUCCESSOR


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _build_choice(cells: dict[str, str]) -> Choice:
    return Choice(
        code=cells["code"],
        label={"vi": cells["label_vi"], "en": cells["label_en"]},
        valid_from=cells["valid_from"] or None,
        valid_to=cells["valid_to"] or None,
        source=cells["source"],
        status=cells["status"],  # type: ignore[arg-type]  # _bad_cells has checked it
        color=cells["color"] or None,
        successor=cells.get(SUCCESSOR) or None,
    )
