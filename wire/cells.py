"""One cell of a record table, each way; what comes in may have been written by anybody."""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from core.canonical import canonical_json
from core.clock import parse_timestamp, timestamp
from core.identity import is_uid
from core.text import clean_text
from forms.files import plain_links
from wire.changes import plain_lineage

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HASH = re.compile(r"[0-9a-f]{64}")
_REVISION_LIMIT = 1 << 53


class BadCell(Exception):
    """A cell holds what its column may not; ``args`` is the column's name."""


def encode_cell(value: Any) -> Any:
    """Return a field's value as SQLite stores it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (list, tuple)):
        return canonical_json(list(value)).decode("utf-8")
    return value


def _is_revision(cell: Any) -> bool:
    return type(cell) is int and 0 < cell < _REVISION_LIMIT


def _is_hash(cell: Any) -> bool:
    return isinstance(cell, str) and bool(_HASH.fullmatch(cell))


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


def read_cell(column: str, reader: Callable[[Any], Any], cell: Any) -> Any:
    """Return what ``reader`` makes of a cell; raise ``BadCell`` naming ``column`` when it makes nothing of it."""
    try:
        return reader(cell)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadCell(column) from error


def _read_text(cell: Any) -> str:
    if not isinstance(cell, str) or clean_text(cell) != cell or "\0" in cell:
        raise ValueError
    return cell


def _read_integer(cell: Any) -> int:
    if type(cell) is not int:
        raise ValueError
    return cell


def _read_number(cell: Any) -> float:
    if type(cell) is not float or not math.isfinite(cell):
        raise ValueError
    return cell


def _read_boolean(cell: Any) -> bool:
    if type(cell) is not int or cell not in (0, 1):
        raise ValueError
    return cell == 1


def _read_day(cell: Any) -> str:
    if not _DAY.fullmatch(cell):
        raise ValueError
    date.fromisoformat(cell)
    return str(cell)


def _read_moment(cell: Any) -> str:
    if timestamp(parse_timestamp(cell)) != cell:
        raise ValueError
    return str(cell)


def _read_codes(cell: Any) -> list[str]:
    codes = json.loads(cell)
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise ValueError
    if canonical_json(codes).decode("utf-8") != cell:
        raise ValueError
    return codes


def _read_files(cell: Any) -> list[dict[str, Any]]:
    links = plain_links(json.loads(cell))
    if links is None or canonical_json(links).decode("utf-8") != cell:
        raise ValueError
    return links


def _read_reference(cell: Any) -> str:
    if not is_uid(cell):
        raise ValueError
    return str(cell)


def read_lineage(cell: Any) -> dict[str, Any]:
    """Return the lineage of its canonical JSON with every key; raise ``ValueError`` or ``TypeError`` otherwise."""
    found = json.loads(cell)
    if not isinstance(found, dict) or canonical_json(found).decode("utf-8") != cell or plain_lineage(found) != found:
        raise ValueError
    return found


READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _read_text,
    "integer": _read_integer,
    "number": _read_number,
    "boolean": _read_boolean,
    "date": _read_day,
    "moment": _read_moment,
    "choice": _read_text,
    "choices": _read_codes,
    "reference": _read_reference,
    "files": _read_files,
}
