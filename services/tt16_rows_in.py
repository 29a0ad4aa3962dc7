"""Rows of a dossier's workbook as values of records."""

from collections.abc import Mapping
from typing import Any

from core.errors import UserError
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.tt16 import load_sheets
from forms.tt16_cells import decode_cell, read_note
from services.tt16_breaches import Breach

NOTE = "Ghi chú"


def read_row(
    catalogue: Catalogue, kind: RecordType, sheet: str, row: int, cells: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Breach]]:
    """Return the values that a row tells, and a breach for each cell that means nothing."""
    note, more = read_note(cells.get(NOTE), kind)
    texts: dict[str, tuple[str, Any]] = {
        one.field: (one.title, cells.get(one.title)) for one in load_sheets()[sheet] if not one.field.startswith("@")
    }
    texts |= {key: (NOTE, text) for key, text in more.items()}
    values, problems = decode_texts(catalogue, kind, texts, sheet, row)
    if note:
        values["note"] = note
    return values, problems


def decode_texts(
    catalogue: Catalogue, kind: RecordType, texts: Mapping[str, tuple[str, Any]], place: str, row: int
) -> tuple[dict[str, Any], list[Breach]]:
    """Return values by field of ``texts`` (field: column and cell), and a breach for each cell that means nothing."""
    values: dict[str, Any] = {}
    problems: list[Breach] = []
    for key, (column, cell) in texts.items():
        if cell is None or cell == "":
            continue
        try:
            value = decode_cell(kind.field(key), cell, catalogue)
        except UserError as error:
            facts = {"row": row, "column": column, "value": str(cell)[:80], "reason": str(error)}
            problems.append(Breach("TT16-CELL-UNREAD", place, facts))
            continue
        if value is not None:
            values[key] = value
    return values, problems
