"""The cells of a record table, each way; what comes in may have been written by anybody, and is read by columns."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from core.canonical import canonical_json
from core.clock import parse_timestamp, timestamp
from core.identity import is_uid
from core.text import clean_text
from forms.files import plain_links
from wire.changes import plain_lineage

Cells = Sequence[Any]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HASH = re.compile(r"[0-9a-f]{64}")
_REVISION_LIMIT = 1 << 53
_DECODER = json.JSONDecoder()


class BadCell(Exception):
    """A cell holds what its column may not; ``args`` is the column's name."""


def encode_cell(value: Any) -> Any:
    """Return a field's value as SQLite stores it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (list, tuple)):
        return canonical_json(list(value)).decode("utf-8")
    return value


def is_revision(cell: Any) -> bool:
    """Whether ``cell`` can be a revision: a whole number from 1."""
    return type(cell) is int and 0 < cell < _REVISION_LIMIT


def is_hash(cell: Any) -> bool:
    """Whether ``cell`` is a SHA-256 in hexadecimal."""
    return isinstance(cell, str) and bool(_HASH.fullmatch(cell))


def demand(holds: bool, column: str) -> None:
    """Raise ``BadCell`` naming ``column`` unless ``holds``."""
    if not holds:
        raise BadCell(column)


def read_column(column: str, reader: Callable[[Cells], Cells], cells: Cells) -> Cells:
    """Return what ``reader`` makes of the cells that are not empty, and ``None`` for each empty one.

    Raise ``BadCell`` naming ``column`` when it makes nothing of one.
    """
    empty = cells.count(None)
    if empty == len(cells):
        return cells
    try:
        if not empty:
            return reader(cells)
        found = iter(reader([cell for cell in cells if cell is not None]))
        return [None if cell is None else next(found) for cell in cells]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadCell(column) from error


def _refuse_unless(holds: bool) -> None:
    if not holds:
        raise ValueError


def _refuse_others(cells: Cells, kind: type) -> None:
    _refuse_unless(set(map(type, cells)) == {kind})


def _read_texts(cells: Cells) -> Cells:
    _refuse_others(cells, str)
    _refuse_unless(all(clean_text(cell) == cell and "\0" not in cell for cell in set(cells)))
    return cells


def _read_integers(cells: Cells) -> Cells:
    _refuse_others(cells, int)
    return cells


def _read_numbers(cells: Cells) -> Cells:
    _refuse_others(cells, float)
    _refuse_unless(all(map(math.isfinite, cells)))
    return cells


def _read_booleans(cells: Cells) -> Cells:
    _refuse_others(cells, int)
    _refuse_unless({0, 1}.issuperset(cells))
    return [cell == 1 for cell in cells]


def _read_days(cells: Cells) -> Cells:
    for cell in set(cells):
        _refuse_unless(bool(_DAY.fullmatch(cell)))
        date.fromisoformat(cell)
    return cells


def _read_moments(cells: Cells) -> Cells:
    _refuse_unless(all(timestamp(parse_timestamp(cell)) == cell for cell in set(cells)))
    return cells


def _read_codes(cells: Cells) -> Cells:
    found = [json.loads(cell) for cell in cells]
    for codes in found:
        _refuse_unless(isinstance(codes, list) and all(isinstance(code, str) for code in codes))
    _refuse_other_spellings(found, cells)
    return found


def _read_files(cells: Cells) -> Cells:
    found = [plain_links(json.loads(cell)) for cell in cells]
    _refuse_unless(None not in found)
    _refuse_other_spellings(found, cells)
    return found


def _read_references(cells: Cells) -> Cells:
    _refuse_unless(all(map(is_uid, cells)))
    return cells


def read_lineages(cells: Cells) -> list[dict[str, Any]]:
    """Return lineages of their canonical JSON with every key; raise ``ValueError`` or ``TypeError`` otherwise."""
    found = [_decode(cell) for cell in cells]
    _refuse_others(found, dict)
    plain = [plain_lineage(lineage) for lineage in found]
    _refuse_other_spellings(plain, cells)  # what is spelled as the plain one is the plain one
    return plain


def _decode(cell: str) -> Any:
    value, end = _DECODER.raw_decode(cell)
    _refuse_unless(end == len(cell))
    return value


def _refuse_other_spellings(found: Cells, cells: Cells) -> None:
    """Refuse arrays or objects unless each is spelled as canonical JSON in its cell.

    All are spelled in one go. Of two different texts of an array or object neither begins with the other, so that
    where the whole is the same each part is.
    """
    _refuse_unless(canonical_json(found) == f"[{','.join(cells)}]".encode())


READERS: Mapping[str, Callable[[Cells], Cells]] = {
    "text": _read_texts,
    "integer": _read_integers,
    "number": _read_numbers,
    "boolean": _read_booleans,
    "date": _read_days,
    "moment": _read_moments,
    "choice": _read_texts,
    "choices": _read_codes,
    "reference": _read_references,
    "files": _read_files,
}
