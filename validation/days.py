"""The day a stored date or moment falls on, by the calendar of Vietnam; and the day that a record speaks of."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from core.clock import local_date, parse_timestamp
from forms.model import RecordType

_DAY_LENGTH = len("2026-11-20")


def day_of(value: Any) -> date | None:
    """Return the day of ``YYYY-MM-DD`` or of a UTC timestamp ending in Z, ``None`` when ``value`` is neither."""
    return _read_day(value) if isinstance(value, str) else None


def record_day(record_type: RecordType, values: Mapping[str, Any], today: date) -> date:
    """Return the day that a record speaks of: its type's own, else that from which it is valid, else ``today``."""
    own = day_of(values.get(record_type.dated_by)) if record_type.dated_by else None
    return own or day_of(values.get("valid_from")) or today


@lru_cache(maxsize=65_536)
def _read_day(text: str) -> date | None:
    try:
        if len(text) == _DAY_LENGTH:
            return date.fromisoformat(text)
        return local_date(parse_timestamp(text)) if text.endswith("Z") else None
    except ValueError:
        return None
