"""Angles as field books write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.survey.angles import azimuth, format_angle, parse_angle, turn

SAME = 123 + 27 / 60 + 41 / 3600


@pytest.mark.parametrize(
    "text",
    ["123°27′41″", "123°27'41\"", "123-27-41", "123 27 41", "123°27'41''", "123º27’41”", " 123° 27' 41\" ", "123°27'41",
     "123 độ 27 phút 41 giây", "123d27'41\""],
)  # fmt: skip
def test_degrees_minutes_seconds(text: str) -> None:
    assert parse_angle(text) == pytest.approx(SAME, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("123,4614", 123.4614),
        ("123.4614", 123.4614),
        ("0", 0.0),
        ("360", 360.0),
        ("123°", 123.0),
        ("123-27,5", 123 + 27.5 / 60),
        ("123°27'41,5\"", 123 + 27 / 60 + 41.5 / 3600),
        ("-45-30-00", -45.5),
        ("−45°30′", -45.5),
        ("+12", 12.0),
    ],
)
def test_other_ways_to_write(text: str, degrees: float) -> None:
    assert parse_angle(text) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["", "abc", "123-60-00", "123-27-60", "361", "12,5-30-00", "1-2-3-4", "12--5", "1.255.172", "∞", "123'27"]
)
def test_what_is_no_angle_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_angle(text)
    assert caught.value.code == "ANGLE-UNREADABLE"
    assert caught.value.context["text"] == text.strip()


def test_seconds_never_round_up_to_sixty() -> None:
    assert format_angle(59.999999999, "vi") == "60°00'00,0\""
    assert format_angle(SAME, "vi") == "123°27'41,0\""
    assert format_angle(-SAME, "en") == "-123°27'41.0\""
    assert format_angle(-1e-9, "vi") == "0°00'00,0\""
    assert format_angle(SAME, "vi", 0) == "123°27'41\""


@given(st.floats(-360, 360))
def test_what_is_written_reads_back(degrees: float) -> None:
    for language in ("vi", "en"):
        assert parse_angle(format_angle(degrees, language, 4)) == pytest.approx(degrees, abs=0.5e-4 / 3600 + 1e-12)


@given(st.floats(-1e6, 1e6))
def test_directions_and_turns_stay_in_their_circle(degrees: float) -> None:
    assert 0 <= azimuth(degrees) < 360
    assert -180 < turn(degrees) <= 180


def test_a_tiny_turn_to_the_left_is_no_full_circle() -> None:
    assert azimuth(-1e-20) == 0.0
