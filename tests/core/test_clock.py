"""Time as it is stored, and the day in Vietnam."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import VIETNAM, local_date, parse_timestamp, timestamp, utc_now

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=ZONES)


@given(MOMENTS)
def test_a_timestamp_reads_back_to_the_millisecond(moment: datetime) -> None:
    text = timestamp(moment)
    back = parse_timestamp(text)
    assert back.tzinfo is UTC
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)
    assert timestamp(back) == text


@given(MOMENTS, MOMENTS)
def test_timestamps_sort_as_time(one: datetime, other: datetime) -> None:
    if abs(one - other) >= timedelta(milliseconds=1):
        assert (timestamp(one) < timestamp(other)) == (one < other)


def test_has_one_form() -> None:
    noon = datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=VIETNAM)
    assert timestamp(noon) == "2026-03-01T05:00:00.999Z"
    assert timestamp(noon.replace(microsecond=0)) == "2026-03-01T05:00:00.000Z"


def test_the_day_is_that_of_vietnam() -> None:
    assert local_date(datetime(2026, 2, 28, 16, 59, tzinfo=UTC)) == date(2026, 2, 28)
    assert local_date(datetime(2026, 2, 28, 17, 0, tzinfo=UTC)) == date(2026, 3, 1)


def test_now_is_aware() -> None:
    assert utc_now().tzinfo is UTC


def test_refuses_what_is_no_timestamp() -> None:
    with pytest.raises(ValueError, match="Invalid"):
        parse_timestamp("hôm qua")
