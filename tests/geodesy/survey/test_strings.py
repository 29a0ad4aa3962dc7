"""Lines out of codes: numbers, marks in either language, zigzag over a road."""

import pytest

from geodesy.survey.strings import PointCode, SurveyString, build_strings, parse_code, unknown_codes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TIM", PointCode("TIM", "", frozenset())),
        ("tim1 BD", PointCode("TIM", "1", frozenset({"start"}))),
        ("M-2.KT", PointCode("M", "2", frozenset({"end"}))),
        ("NHÀ 3 đóng", PointCode("NHA", "3", frozenset({"close"}))),
        ("ranh1 kết thúc", PointCode("RANH", "1", frozenset({"end"}))),
        ("TIM*ST", PointCode("TIM", "", frozenset({"start"}))),
        ("", None),
        (None, None),
        ("12", None),
    ],
)
def test_codes(text: str | None, expected: PointCode | None) -> None:
    assert parse_code(text) == expected


def test_a_road_measured_in_zigzag() -> None:
    codes = ["M1", "TIM", "M2", "M2", "TIM", "M1", "COC", "M1", "TIM", "M2"]
    assert build_strings(codes) == [
        SurveyString("M", "1", (0, 5, 7), False),
        SurveyString("TIM", "", (1, 4, 8), False),
        SurveyString("M", "2", (2, 3, 9), False),
    ]


def test_marks_begin_end_and_close() -> None:
    codes = ["TIM B", "TIM", "TIM E", "TIM B", "TIM", "TIM B", "TIM", "NHA1", "NHA1", "NHA1 C", "NHA1", "NHA1"]
    assert [(item.letters, item.places, item.is_closed) for item in build_strings(codes)] == [
        ("TIM", (0, 1, 2), False),
        ("TIM", (3, 4), False),
        ("TIM", (5, 6), False),
        ("NHA", (7, 8, 9), True),
        ("NHA", (10, 11), False),
    ]


def test_a_code_nobody_knows_draws_only_with_a_mark() -> None:
    assert build_strings(["XYZ", "XYZ", "XYZ"]) == []
    assert build_strings(["XYZ B", "XYZ E"]) == [SurveyString("XYZ", "", (0, 1), False)]
    assert unknown_codes(["XYZ", "TIM", "XYZ 2", None]) == {"XYZ": 2}
