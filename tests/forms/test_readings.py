"""What was put right of a file's numbers: one spelling, nothing for what stood as it was, and words for everybody."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json
from core.messages import LANGUAGES
from forms.readings import build_reading, plain_reading, reading_words
from forms.record import Lineage

METRES = st.floats(-1e8, 1e8)
READINGS = st.builds(build_reading, st.booleans(), st.floats(1e-6, 1e6), st.tuples(METRES, METRES))


def test_the_plain_reading_is_nothing():
    assert build_reading(False, 1.0, (0.0, 0.0)) == {}
    assert build_reading(False, 1, (0, -0.0)) == {}
    assert "reading" not in Lineage().as_dict()


@given(READINGS.filter(bool))
def test_a_reading_has_one_spelling_and_comes_back(reading):
    sent = json.loads(canonical_json(reading))
    assert plain_reading(sent) == sent == reading
    assert Lineage.from_dict(json.loads(json.dumps(Lineage(reading=reading).as_dict()))) == Lineage(reading=reading)
    for language in LANGUAGES:
        words = reading_words(reading, language)
        parts = sum(1 for part in reading.get("shift", ()) if part)
        assert len(words) == parts + ("swapped" in reading) + ("scale" in reading)
        assert not any("{" in line or "READING" in line for line in words)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "swapped",
        {"swapped": False},
        {"swapped": 1},
        {"scale": 1.0},
        {"scale": 1000},
        {"scale": 0.0},
        {"scale": float("nan")},
        {"scale": "0.001"},
        {"scale": True},
        {"shift": [0.0, 0.0]},
        {"shift": [1.0]},
        {"shift": [1.0, 10**400]},
        {"shift": [1.0, -0.0]},
        {"shift": 5.0},
        {"swapped": True, "mirrored": True},
    ],
)
def test_what_is_no_reading_is_refused(wrong):
    with pytest.raises((ValueError, TypeError)):
        plain_reading(wrong)


@pytest.mark.parametrize(
    ("reading", "vi", "en"),
    [
        (build_reading(True, 1.0, (0, 0)), ["Đã đổi chỗ X và Y."], ["Exchanged X and Y."]),
        (
            build_reading(False, 0.001, (0, 0)),
            ["Đã nhân tọa độ với 0,001 (số trong tệp ghi bằng milimét)."],
            ["Multiplied the coordinates by 0.001 (the file's numbers are in millimetres)."],
        ),
        (
            build_reading(False, 0.3048006096012192, (0, 0)),
            ["Đã nhân tọa độ với 0,3048006096012192 (số trong tệp ghi bằng foot trắc địa Hoa Kỳ)."],
            ["Multiplied the coordinates by 0.3048006096012192 (the file's numbers are in US survey feet)."],
        ),
        (
            build_reading(False, 1.0, (400_000, 2_400_000)),
            ["Đã cộng 2 400 000 m vào X (tọa độ Bắc).", "Đã cộng 400 000 m vào Y (tọa độ Đông)."],
            ["Added 2 400 000 m to X (northing).", "Added 400 000 m to Y (easting)."],
        ),
        (
            build_reading(False, 1.0, (-18_000_000, 0)),
            ["Đã bớt 18 000 000 m ở Y (tọa độ Đông)."],
            ["Took 18 000 000 m off Y (easting)."],
        ),
    ],
)
def test_it_is_told_in_plain_words(reading, vi, en):
    assert [line.replace("\u00a0", " ") for line in reading_words(reading, "vi")] == vi
    assert [line.replace("\u00a0", " ") for line in reading_words(reading, "en")] == en
