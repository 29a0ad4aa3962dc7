"""Days and moments as Vietnamese documents write them: day before month, always."""

import re
from datetime import UTC, date, datetime, time

from core.clock import VIETNAM, parse_timestamp, timestamp
from core.errors import UserError
from core.text import fold_text

_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{2}|[0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})")
_IN_WORDS = re.compile(r"(?:ngay )?([0-9]{1,2}) thang ([0-9]{1,2}) nam ([0-9]{2}|[0-9]{4})")
_BLANK_WORDS = re.compile(r"(?:ngay)?[ .…_]*[0-9]{0,2}[ .…_]*thang[ .…_]*[0-9]{0,2}[ .…_]*nam[ .…_]*[0-9]{0,4}")
_CLOCK = re.compile(r"([0-9]{1,2})[:hH]([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?")
_ISO_MOMENT = re.compile(
    r"([0-9]{4}[/-][0-9]{2}[/-][0-9]{2})[T ]+"
    r"([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)\s*"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
EARLIEST, LATEST = date(1800, 1, 1), date(2199, 12, 31)


def parse_day(text: str) -> date:
    """Return the day that ``text`` names: ``19/11/2025``, ``19-11-2025``, ``ngày 19 tháng 11 năm 2025`` or ISO.

    Raise ``UserError``: VALUE-DATE (no date, month before day included), VALUE-DATE-NO-DAY (the month is shorter),
    VALUE-DATE-SHORT-YEAR (two digits do not name a century), VALUE-DATE-BLANK (a day or month was left open).
    """
    folded = fold_text(text)
    if found := _YEAR_FIRST.fullmatch(folded):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(folded) or _IN_WORDS.fullmatch(folded):
        day, month, year = found.groups()
    else:
        raise UserError("VALUE-DATE-BLANK" if _BLANK_WORDS.fullmatch(folded) else "VALUE-DATE", value=text)
    if len(year) == 2:
        raise UserError("VALUE-DATE-SHORT-YEAR", value=text)
    try:
        parsed = date(int(year), int(month), int(day))
    except ValueError as error:
        is_month = 1 <= int(month) <= 12 and 1 <= int(day) <= 31
        raise UserError(
            "VALUE-DATE-NO-DAY" if is_month else "VALUE-DATE", value=text, day=int(day), month=int(month), year=year
        ) from error
    if not EARLIEST <= parsed <= LATEST:
        raise UserError("VALUE-DATE", value=text)
    return parsed


def parse_moment(text: str) -> str:
    """Return the UTC timestamp of a day with a time; without a zone it is Vietnam's time, without a time midnight.

    Raise ``UserError`` VALUE-MOMENT, or what ``parse_day`` raises.
    """
    if found := _ISO_MOMENT.fullmatch(text):
        return _parse_iso(found, text)
    day, clock = text, time()
    head, _, tail = text.rpartition(" ")
    if head and (found := _CLOCK.fullmatch(tail)):
        day, clock = head, _build_clock(found, text)
    return timestamp(datetime.combine(parse_day(day), clock, VIETNAM))


def _parse_iso(found: re.Match[str], text: str) -> str:
    day, clock, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day.replace('/', '-')}T{clock}{zone or ''}")
    except ValueError as error:
        raise UserError("VALUE-MOMENT", value=text) from error
    return _within(moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM), text)


def _within(moment: datetime, text: str) -> str:
    if not EARLIEST <= moment.date() <= LATEST:
        raise UserError("VALUE-MOMENT", value=text)
    return timestamp(moment)


def _build_clock(found: re.Match[str], text: str) -> time:
    hour, minute, second, fraction = found.groups()
    try:
        return time(int(hour), int(minute), int(second or 0), int((fraction or "").ljust(3, "0")) * 1000)
    except ValueError as error:
        raise UserError("VALUE-MOMENT", value=text) from error


def format_day(stored: str) -> str:
    """Return a stored day (``YYYY-MM-DD``) as dd/mm/yyyy; text that is no day comes back as it is."""
    try:
        return date.fromisoformat(stored).strftime("%d/%m/%Y")
    except ValueError:
        return stored


def format_moment(stored: str) -> str:
    """Return a stored timestamp as dd/mm/yyyy and Vietnam's time, seconds only when there are some."""
    try:
        moment = parse_timestamp(stored).astimezone(VIETNAM)
    except ValueError:
        return stored
    clock = moment.strftime("%H:%M")
    if moment.second or moment.microsecond:
        clock += moment.strftime(":%S")
    if moment.microsecond:
        clock += f".{moment.microsecond // 1000:03d}"
    return f"{moment.strftime('%d/%m/%Y')} {clock}"


def day_of(value: date) -> str:
    """Return a day, or the Vietnamese day of a moment, as stored."""
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=VIETNAM)).astimezone(VIETNAM).date()
    return value.isoformat()


def moment_of(value: date) -> str:
    """Return a moment, or the midnight of a day, as stored."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), VIETNAM)
    return timestamp((value if value.tzinfo else value.replace(tzinfo=VIETNAM)).astimezone(UTC))
