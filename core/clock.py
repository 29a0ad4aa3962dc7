"""Time, handed in as an argument so that tests and rules need no wall clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

Clock = Callable[[], datetime]

VIETNAM = timezone(timedelta(hours=7), "ICT")


def utc_now() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Return ``moment`` as stored everywhere: ISO 8601 in UTC to the millisecond, ending in Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime:
    """Return the aware UTC time of a stored timestamp; raise ``ValueError`` when it is none."""
    return datetime.fromisoformat(text).astimezone(UTC)


def local_date(moment: datetime) -> date:
    """Return the calendar day in Vietnam, by which the law counts."""
    return moment.astimezone(VIETNAM).date()
