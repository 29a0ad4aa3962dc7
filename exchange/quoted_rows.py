"""Reads, inside the child, a CSV as programs export it: headings first, quoted cells, which may hold line ends."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from core.errors import UserError
from exchange.delimited import decode_bytes
from exchange.frames import Buffer, Header
from exchange.problems import RowProblem
from exchange.text_reading import pack_table
from exchange.text_table import TextTable

_DELIMITERS = ",;\t|"
_CELL_LIMIT = 1 << 24
_COLUMNS_LIMIT = 5_000


def read_quoted(path: Path, shown: str) -> Iterator[tuple[Header, list[Buffer]]]:
    """Yield the file as one frame without geometry; raise TEXT-NO-ROWS when it has no headings."""
    header, buffers = pack_table(parse_quoted(path.read_bytes(), shown))
    yield {**header, "layer": Path(shown).stem}, buffers


def parse_quoted(data: bytes, shown: str) -> TextTable:
    """Return the rows; each counts as a spreadsheet would show it, the headings being row 1.

    A row of another length than the headings is rejected (ROW-SHORT), for its cells cannot be told apart.
    """
    text, decoded = decode_bytes(data, shown)
    csv.field_size_limit(_CELL_LIMIT)
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    table = TextTable(None, decoded)
    try:
        headings = _unique(next(reader, []))
        if not headings or len(headings) > _COLUMNS_LIMIT:
            raise UserError("TEXT-NO-ROWS", file=shown)
        columns: list[list[str | None]] = [[] for _ in headings]
        for number, cells in enumerate(reader, start=2):
            _add(table, columns, cells, number)
    except csv.Error as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)) from error
    table.columns.update(zip(headings, columns, strict=True))
    return table


def _add(table: TextTable, columns: list[list[str | None]], cells: list[str], number: int) -> None:
    if not any(cell.strip() for cell in cells):
        return
    if len(cells) != len(columns):
        table.rejected.append(RowProblem(number, None, " ".join(cells)[:80], "ROW-SHORT", {"cells": len(cells)}))
        return
    table.rows.append(number)
    table.raw_rows.append("")
    for column, cell in zip(columns, cells, strict=True):
        column.append(cell or None)


def _unique(headings: list[str]) -> list[str]:
    names: list[str] = []
    for place, heading in enumerate(headings, start=1):
        name = heading.strip() or f"column{place}"
        while name in names:
            name += "_"
        names.append(name)
    return names
