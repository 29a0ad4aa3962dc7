"""Quarters: which one a package counts for, and by which day it was due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, delete, insert, select

from core.clock import VIETNAM, local_date, timestamp
from core.errors import UserError
from core.tables import load_table
from core.text import clean_text
from province.gateway import Gateway
from province.pages.audit import note_action
from province.pages.people import Person
from province.tables import quarter_deadlines

FIRST = 2025
MOST_DAYS_AFTER = 45


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year."""

    year: int
    number: int

    @property
    def key(self) -> str:
        """The quarter as it is stored and written in addresses: ``2026Q4``."""
        return f"{self.year}Q{self.number}"

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        """The quarter before it."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)


@dataclass(frozen=True, slots=True)
class Period:
    """A quarter as it is counted: from the moment ``begin`` (with it) to ``end`` (without it), due on ``deadline``.

    ``document`` names what orders the day; without one the day is this program's proposal. Periods follow one another
    without gap, so that no package counts twice: one begins where the one before it ended, a quarter's last day, or its
    deadline where that comes later.
    """

    quarter: Quarter
    begin: str
    end: str
    deadline: date
    document: str

    @property
    def due(self) -> str:
        """The moment from which a package is late."""
        return day_after(self.deadline)


def parse_quarter(text: str) -> Quarter:
    """Return the quarter of ``2026Q4``; raise QUARTER-UNKNOWN."""
    if len(text) == 6 and text.isascii() and text[:4].isdigit() and text[4] == "Q" and text[5] in "1234":
        found = Quarter(int(text[:4]), int(text[5]))
        if FIRST <= found.year < 2100:
            return found
    raise UserError("QUARTER-UNKNOWN", text=text[:20])


def quarter_of(moment: datetime) -> Quarter:
    """Return the quarter of a moment, by Vietnam's calendar."""
    day = local_date(moment)
    return Quarter(day.year, (day.month + 2) // 3)


def recent_quarters(now: datetime, count: int = 8) -> list[Quarter]:
    """Return this quarter and those before it, the newest first, none from before this program."""
    found = [quarter_of(now)]
    while len(found) < count and found[-1].previous.year >= FIRST:
        found.append(found[-1].previous)
    return found


def day_after(day: date) -> str:
    """Return the moment, as stored, at which a day is over in Vietnam."""
    return timestamp(datetime.combine(day + timedelta(days=1), time(), VIETNAM))


def fetch_period(connection: Connection, quarter: Quarter, province_code: str | None) -> Period:
    """Return how a quarter is counted in a province; ``None``, the whole country, has proposed deadlines alone."""
    query = select(quarter_deadlines).where(
        quarter_deadlines.c.province_code == (province_code or ""),
        quarter_deadlines.c.quarter.in_([quarter.key, quarter.previous.key]),
    )
    rows = {row.quarter: row for row in connection.execute(query)}
    days = {key: date.fromisoformat(row.day) for key, row in rows.items()}
    own = rows.get(quarter.key)
    return Period(
        quarter,
        begin=_end(quarter.previous, days),
        end=_end(quarter, days),
        deadline=_deadline(quarter, days),
        document=own.document if own is not None else "",
    )


def _deadline(quarter: Quarter, days: Mapping[str, date]) -> date:
    proposed = next(int(row["days_after"]) for row in load_table("report_deadlines") if row["period"] == "quarter")
    return days.get(quarter.key) or quarter.last_day + timedelta(days=proposed)


def _end(quarter: Quarter, days: Mapping[str, date]) -> str:
    return day_after(max(quarter.last_day, _deadline(quarter, days)))


def set_deadline(gateway: Gateway, person: Person, quarter: Quarter, day: date | None, document: str) -> None:
    """Set the day by which a quarter is due in a person's province, or go back to the proposal.

    Raises DEADLINE-DAY for a day not in the quarter or the 45 days after it, DEADLINE-DOCUMENT without the document
    that orders it, PAGE-ONE-PROVINCE for a person of the whole country.
    """
    document = clean_text(document)
    if person.province_code is None:
        raise UserError("PAGE-ONE-PROVINCE")
    if day is not None and not quarter.first_day <= day <= quarter.last_day + timedelta(days=MOST_DAYS_AFTER):
        raise UserError("DEADLINE-DAY", most=MOST_DAYS_AFTER)
    if day is not None and not 0 < len(document) <= 200:
        raise UserError("DEADLINE-DOCUMENT", most=200)
    table = quarter_deadlines
    with gateway.database.writing() as connection:
        connection.execute(
            delete(table).where(table.c.quarter == quarter.key, table.c.province_code == person.province_code)
        )
        if day is not None:
            connection.execute(
                insert(table).values(
                    quarter=quarter.key,
                    province_code=person.province_code,
                    day=day.isoformat(),
                    document=document,
                    login=person.login,
                    at=gateway.now(),
                )
            )
        note_action(
            gateway,
            connection,
            person.login,
            "deadline-set",
            province=person.province_code,
            quarter=quarter.key,
            day=day.isoformat() if day else "",
            document=document,
        )
