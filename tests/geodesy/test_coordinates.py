import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.coordinates import format_dms, format_position, parse_position
from geodesy.systems import WGS84, tm_system

ZONE = tm_system(105.5)
NORTH, EAST = 2487289.588, 437050.252


@pytest.mark.parametrize(
    ("text", "order", "swapped"),
    [
        ("X 2487289,588 Y 437050,252", "labelled", False),
        ("X=2487289.588; Y=437050.252", "labelled", False),
        ("Y: 437050.252 X: 2487289.588", "labelled", True),
        ("X (Bắc) 2 487 289,588  Y (Đông) 437 050,252", "labelled", False),
        ("Đông 437050.252, Bắc 2487289.588", "labelled", True),
        ("2487289.588 437050.252", "proven", False),
        ("437050.252\t2487289.588", "proven", True),
        ("2.487.289,588; 437.050,252", "proven", False),
        ("2487289,588, 437050,252", "proven", False),
        ("2 487 289,588 437 050,252", "proven", False),
        ("2487289.588m 437050.252m", "proven", False),
    ],
)
def test_a_plane_position_is_read_north_first_unless_it_says_otherwise(text, order, swapped):
    found = parse_position(text)
    assert (found.north, found.east, found.geographic) == (NORTH, EAST, False)
    assert (found.order, found.swapped) == (order, swapped)


@pytest.mark.parametrize(
    "text",
    ["21.0287, 105.8523", "21.0287,105.8523", "105,8523 21,0287", "Vĩ độ 21.0287 Kinh độ 105.8523"]
    + ["21.0287°N 105.8523°E", "105.8523 E 21.0287 N", "21°01'43.32\"N 105°51'08.28\"E"],
)
def test_a_geographic_position_is_recognised(text):
    found = parse_position(text)
    assert found.geographic
    assert (found.north, found.east) == (pytest.approx(21.0287, abs=1e-9), pytest.approx(105.8523, abs=1e-9))


def test_where_nothing_proves_the_order_north_stands_first():
    found = parse_position("900000.5 900001.5")
    assert (found.north, found.order, found.swapped) == (900000.5, "customary", False)


@pytest.mark.parametrize("text", ["", "abc", "1 2 3", "X 5 X 6", "21°75' 105°00'", "12", "X Y", "5,5,5,5,5"])
def test_what_is_no_position_is_refused(text):
    with pytest.raises(UserError) as caught:
        parse_position(text)
    assert caught.value.code == "COORD-UNREADABLE"


def test_an_open_decimal_mark_is_asked_for():
    with pytest.raises(UserError) as caught:
        parse_position("2.487 437.050")
    assert caught.value.code == "COORD-AMBIGUOUS"
    assert parse_position("2.487 437.050", decimal=",").north == 2487.0


def test_positions_are_written_labelled():
    assert format_position(EAST, NORTH, ZONE, "vi") == "X (Bắc) 2\u00a0487\u00a0289,588  Y (Đông) 437\u00a0050,252"
    assert format_position(105.8523, 21.0287, WGS84, "en") == "Latitude 21°01'43.3200\"N  Longitude 105°51'08.2800\"E"
    assert format_dms(-0.5, "lat", "vi") == "-0°30'00,0000\"B"


@given(
    st.floats(200_000, 799_999),
    st.floats(900_000, 2_600_000),
    st.sampled_from(["vi", "en"]),
)
def test_a_written_plane_position_reads_back(east, north, language):
    found = parse_position(format_position(east, north, ZONE, language))
    assert (found.east, found.north) == (pytest.approx(east, abs=6e-4), pytest.approx(north, abs=6e-4))
    assert not found.swapped


@given(st.floats(102, 118), st.floats(4.5, 23.5), st.sampled_from(["vi", "en"]))
def test_a_written_geographic_position_reads_back(east, north, language):
    found = parse_position(format_position(east, north, WGS84, language))
    assert found.geographic and found.order == "labelled"
    assert (found.east, found.north) == (pytest.approx(east, abs=2e-8), pytest.approx(north, abs=2e-8))


@given(st.text(max_size=60))
def test_any_text_is_a_position_or_a_user_error(text):
    try:
        parse_position(text)
    except UserError as error:
        assert error.code in {"COORD-UNREADABLE", "COORD-AMBIGUOUS"}
