import contextlib
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geodesy.numbers import (
    AmbiguousNumber,
    Mark,
    decide_decimal,
    decimal_mark,
    format_number,
    is_ambiguous,
    parse_number,
)

NUMBERS = st.floats(-9e9, 9e9, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.255.172,510", 1255172.51),
        ("1,255,172.51", 1255172.51),
        ("1255172.51", 1255172.51),
        ("1255172,51", 1255172.51),
        ("2 487 289,588", 2487289.588),
        ("2\u00a0487\u202f289.588", 2487289.588),
        ("1.255.172", 1255172.0),
        ("5,5", 5.5),
        (" -3,5 ", -3.5),
        ("−3,5", -3.5),
        ("+7", 7.0),
        (",5", 0.5),
        ("5.", 5.0),
        ("0.512", 0.512),
        ("-0,500", -0.5),
        ("1234.567", 1234.567),
        ("437 050,252", 437050.252),
        ("1e-5", 1e-5),
        ("2.487e3", 2487.0),
    ],
)
def test_a_number_is_read_as_offices_write_it(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "-", ".", "1.25.3", "1,2,3", "12.34,5", "1 25", "1.255,172.5", "1,255 172.5", "--1", "5 m", "nan"]
    + ["inf", "1e999", "1.2345.678,9", "٣"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError) as caught:
        parse_number(text)
    assert not isinstance(caught.value, AmbiguousNumber)
    assert not is_ambiguous(text)


@pytest.mark.parametrize("text", ["2.487", "437,050", "-12.345", "1,000"])
def test_one_mark_with_three_digits_is_ambiguous(text):
    assert is_ambiguous(text)
    with pytest.raises(AmbiguousNumber):
        parse_number(text)


def test_a_column_or_a_preference_settles_what_is_ambiguous():
    assert parse_number("2.487", ",") == 2487.0
    assert parse_number("2.487", ".") == 2.487
    assert parse_number("2.487", prefer=",") == 2487.0
    assert parse_number("5.5", prefer=",") == 5.5


def test_a_text_that_contradicts_its_column_is_refused():
    with pytest.raises(ValueError, match="grouped"):
        parse_number("1255172.51", ",")
    with pytest.raises(ValueError, match="no number"):
        parse_number("1.255.172,51", ".")


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["2.487.289,588", "437.050,252"], ","),
        (["437.050", "2.487.289"], ","),
        (["437.050", "0.512"], "."),
        (["437.050", "12.345"], None),
        (["5,5", "5.5"], None),
        (["7", "x", ""], None),
        (["x", "5.25", "437.050"], "."),
    ],
)
def test_a_column_decides_its_decimal_mark(texts, mark):
    assert decide_decimal(texts) == mark


@given(NUMBERS, st.integers(0, 6), st.sampled_from(["vi", "en"]))
def test_what_we_write_we_read_again(value, decimals, language):
    text = format_number(value, decimals, language)
    assert parse_number(text, decimal_mark(language)) == pytest.approx(round(value, decimals), abs=10**-decimals / 1e3)
    assume(decimals != 3 or abs(value) >= 1000)
    assert parse_number(text) == parse_number(text, decimal_mark(language))


@given(NUMBERS, st.integers(0, 6), st.sampled_from([(".", ","), (",", "."), (" ", ","), ("\u00a0", ".")]))
def test_grouped_thousands_read_the_same_as_plain_digits(value, decimals, marks):
    group, decimal = marks
    text = f"{value:,.{decimals}f}".translate({ord(","): group, ord("."): decimal})
    assert parse_number(text, decimal) == float(f"{value:.{decimals}f}")
    if not is_ambiguous(text):
        assert parse_number(text) == float(f"{value:.{decimals}f}")


@given(st.text(max_size=30))
def test_any_text_is_a_finite_number_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert math.isfinite(parse_number(text))
    decide_decimal([text])


def test_numbers_are_written_without_minus_zero_and_in_the_language():
    assert format_number(2487289.5884, 3, "vi") == "2\u00a0487\u00a0289,588"
    assert format_number(2487289.5884, 1, "en") == "2\u00a0487\u00a0289.6"
    assert format_number(-0.0001, 2, "vi") == "0,00"


@given(
    st.sampled_from(["", "-", "+"]),
    st.text("0123456789", min_size=1, max_size=16),
    st.sampled_from(["", ",", "."]),
    st.text("0123456789", max_size=16),
    st.sampled_from([None, ",", "."]),
)
def test_a_plain_number_reads_as_any_other(
    sign: str, whole: str, mark: str, fraction: str, decimal: Mark | None
) -> None:
    """A blank before it takes the long way, and means the same."""

    def read(text: str) -> object:
        try:
            return repr(parse_number(text, decimal))
        except ValueError as error:
            return type(error)

    text = f"{sign}{whole}{mark}{fraction}"
    assert read(text) == read(f" {text}")
