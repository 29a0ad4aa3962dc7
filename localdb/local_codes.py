"""Local codes: this device's mark, and the counters from which the next code of a type and year is taken.

The rows change inside the unit of work that stores the record, so that a code is given with its record or not at all,
and never twice. They are no records: undo does not turn them back.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from forms.identity import LocalCode, device_mark, format_local_code, parse_local_code
from localdb.engine import fetch_rows

SEQUENCE_LIMIT = 999_999
"""The last number that is given for a type, year and mark."""


def current_mark(connection: Connection, device_id: str) -> str:
    """Return the mark this device writes now; a copied workspace is another device and has another."""
    rows = fetch_rows(connection, "SELECT attempt FROM code_marks WHERE device_id = ?", (device_id,))
    return device_mark(device_id, rows[0][0] if rows else 0)


def take_new_mark(connection: Connection, device_id: str) -> str:
    """Take the next mark, because another device was found to write the one we had; return it."""
    connection.exec_driver_sql(
        "INSERT INTO code_marks(device_id, attempt) VALUES (?, 1) "
        "ON CONFLICT(device_id) DO UPDATE SET attempt = attempt + 1",
        (device_id,),
    )
    return current_mark(connection, device_id)


def allocate_codes(
    connection: Connection, device_id: str, type_code: str, year: int, communes: Sequence[str]
) -> list[str]:
    """Return new codes for records of one type, one for each commune named, and move the counter past them.

    Where a mark has no number left, the next mark begins at 1.
    """
    codes: list[str] = []
    while len(codes) < len(communes):
        mark = current_mark(connection, device_id)
        rows = fetch_rows(
            connection,
            "SELECT last FROM code_counters WHERE mark = ? AND type_code = ? AND year = ?",
            (mark, type_code, year),
        )
        last = rows[0][0] if rows else 0
        if last >= SEQUENCE_LIMIT:
            take_new_mark(connection, device_id)
            continue
        served = communes[len(codes) : len(codes) + SEQUENCE_LIMIT - last]
        _raise_counter(connection, mark, type_code, year, last + len(served))
        codes += [
            format_local_code(LocalCode(commune, type_code, year, last + 1 + place, mark))
            for place, commune in enumerate(served)
        ]
    return codes


def note_codes(
    connection: Connection, device_id: str, codes: Iterable[object], *, from_others: Iterable[object] = ()
) -> None:
    """Move the counters past every code with our own mark that comes in otherwise: imported, typed, or pulled.

    ``from_others`` are codes of records that other devices made: one with our mark was never given by us, so another
    device writes the same mark, and we take a new one. A number above ``SEQUENCE_LIMIT`` is never given here, so that
    one which somebody typed moves nothing on.
    """
    mark = current_mark(connection, device_id)
    strangers = _with_mark(from_others, mark)
    highest: dict[tuple[str, int], int] = {}
    for code in (*_with_mark(codes, mark), *strangers):
        if code.sequence > SEQUENCE_LIMIT:
            continue
        key = (code.type_code, code.year)
        highest[key] = max(highest.get(key, 0), code.sequence)
    for (type_code, year), sequence in highest.items():
        _raise_counter(connection, mark, type_code, year, sequence)
    if strangers:
        take_new_mark(connection, device_id)


def _with_mark(codes: Iterable[object], mark: str) -> list[LocalCode]:
    ours = [parse_local_code(code) for code in codes if isinstance(code, str) and code.endswith(mark)]
    return [code for code in ours if code is not None]


def _raise_counter(connection: Connection, mark: str, type_code: str, year: int, last: int) -> None:
    connection.exec_driver_sql(
        "INSERT INTO code_counters(mark, type_code, year, last) VALUES (?, ?, ?, ?) "
        "ON CONFLICT(mark, type_code, year) DO UPDATE SET last = max(last, excluded.last)",
        (mark, type_code, year, last),
    )
