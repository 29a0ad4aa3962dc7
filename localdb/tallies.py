"""Counts of records for the seven figures, and the figures themselves, kept day by day, outside the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from core.clock import VIETNAM, timestamp
from forms.model import RecordType
from forms.record import State
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name

NO_IDENTIFIER = "khong_ap_dung"  # the code of official_id_status for what gets no official identifier
_STANDING = f"deleted_at IS NULL AND state <> '{State.CANCELLED.value}'"


@dataclass(frozen=True, slots=True)
class KeptFigure:
    """What one word's figure was on one day, by the calendar of Vietnam."""

    day: date
    word: str
    good: int
    total: int

    @property
    def share(self) -> float | None:
        """The figure, 0 to 1, ``None`` where there was nothing to measure."""
        return self.good / self.total if self.total else None


def count_current(
    connection: Connection, record_type: RecordType, since: date, reviews: tuple[RecordType, str] | None = None
) -> int:
    """Return how many standing records were written on or after ``since``, by the calendar of Vietnam.

    ``reviews`` is a type and its reference: a record that one of its records, dated on or after ``since``, names is
    current too.
    """
    moment = timestamp(datetime(since.year, since.month, since.day, tzinfo=VIETNAM))
    current, parameters = "updated_at >= ?", [moment]
    if reviews is not None and reviews[0].dated_by is not None:
        kind, reference = reviews
        current += (
            f" OR uid IN (SELECT {quote_name(reference)} FROM {quote_name(kind.id)} "  # noqa: S608 (quoted names)
            f"WHERE {_STANDING} AND {quote_name(str(kind.dated_by))} >= ?)"
        )
        parameters.append(since.isoformat())
    sql = f"SELECT count(*) FROM {quote_name(record_type.id)} WHERE {_STANDING} AND ({current})"  # noqa: S608
    return int(fetch_rows(connection, sql, parameters)[0][0])


def count_identified(connection: Connection, record_type: RecordType) -> tuple[int, int]:
    """Return how many standing records of a type have an official identifier, and how many get one at all."""
    filled, status = "official_id IS NOT NULL", f"official_id_status IS NOT '{NO_IDENTIFIER}'"
    sql = (
        f"SELECT coalesce(sum({filled}), 0), coalesce(sum({filled} OR {status}), 0) "  # noqa: S608 (quoted name)
        f"FROM {quote_name(record_type.id)} WHERE {_STANDING}"
    )
    [(good, total)] = fetch_rows(connection, sql)
    return int(good), int(total)


def put_figures(connection: Connection, day: date, figures: Mapping[str, tuple[int, int]]) -> None:
    """Keep the figures of a day, word to (good, total), in the place of what stood there."""
    rows = [(day.isoformat(), word, good, total) for word, (good, total) in figures.items()]
    connection.exec_driver_sql("INSERT OR REPLACE INTO figures(day, word, good, total) VALUES (?, ?, ?, ?)", rows)


def fetch_figures(connection: Connection, since: date) -> list[KeptFigure]:
    """Return the figures kept on or after ``since``, oldest first."""
    sql = "SELECT day, word, good, total FROM figures WHERE day >= ? ORDER BY day, word"
    rows = fetch_rows(connection, sql, (since.isoformat(),))
    return [KeptFigure(date.fromisoformat(day), word, good, total) for day, word, good, total in rows]
