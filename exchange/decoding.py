"""Repairs the text columns of a table that was read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exchange.legacy_text import UNICODE, UNKNOWN, decided_encoding, decode_text, detect_encoding, encoding_name
from exchange.problems import RowProblem
from exchange.table import Table

AUTO = "auto"

_LIKELY_SCORE = 0.5  # below it more words would be wrong than right: the letters are left as they came


def decode_columns(table: Table, encoding: str | Mapping[str, str]) -> Table:
    """Return the table with its text repaired; a cell that keeps a byte without a letter is reported as
    TEXT-UNMAPPED.

    A name repairs the columns of unknown encoding, ``auto`` every column as the text doctor decides, a mapping the
    columns it names. Raises ENCODING-UNKNOWN.
    """
    chosen = propose_column_encodings(table) if encoding == AUTO else _named(table, encoding)
    columns = dict(table.columns)
    rejected = list(table.rejected)
    for name, wanted in chosen.items():
        columns[name] = _decode_cells(columns[name], wanted)
        rejected += [
            RowProblem(row, name, cell, "TEXT-UNMAPPED")
            for row, cell, old in zip(table.rows.tolist(), columns[name], table.columns[name], strict=True)
            if isinstance(cell, str) and UNKNOWN in cell and UNKNOWN not in old
        ]
    return replace(table, columns=columns, rejected=tuple(rejected), undecoded=table.undecoded - set(chosen))


def propose_column_encodings(table: Table) -> dict[str, str]:
    """Return the encoding of each text column that holds more than ASCII.

    A column that cannot decide alone (a few short codes) follows the decision of all columns together.
    """
    found: dict[str, str] = {}
    open_columns = []
    for name, cells in table.columns.items():
        proposals = detect_encoding(cells)
        if proposals:
            decided = decided_encoding(proposals)
            found[name] = decided or (proposals[0].name if proposals[0].score >= _LIKELY_SCORE else UNICODE)
            if decided is None:
                open_columns.append(name)
    if open_columns:
        votes = [name for column, name in found.items() if column not in open_columns]
        together = detect_encoding(cell for name in open_columns for cell in table.columns[name])
        common = max(sorted(set(votes)), key=votes.count) if votes else decided_encoding(together)
        found |= dict.fromkeys(open_columns, common) if common else {}
    return found


def _named(table: Table, encoding: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(encoding, str):
        name = encoding_name(encoding)
        return dict.fromkeys(sorted(table.undecoded), name)
    return {column: encoding_name(name) for column, name in encoding.items() if column in table.columns}


def _decode_cells(cells: list[Any], encoding: str) -> list[Any]:
    known: dict[str, str] = {}
    fresh: list[Any] = []
    for cell in cells:
        if not isinstance(cell, str):
            fresh.append(cell)
            continue
        if cell not in known:
            known[cell] = decode_text(cell, encoding)
        fresh.append(known[cell])
    return fresh
