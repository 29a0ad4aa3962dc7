"""Local codes of this program, and the two forms of official identifiers."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity import new_uid
from core.messages import LANGUAGES, load_messages
from forms.identity import (
    MARK_ALPHABET,
    LocalCode,
    device_mark,
    format_local_code,
    is_dossier_code,
    is_made_code,
    official_id_kind,
    parse_local_code,
    without_made_code,
)
from forms.loader import load_catalogue
from forms.requirements import required_strength

MARKS = st.text(MARK_ALPHABET, min_size=4, max_size=4)
CODES = st.builds(
    LocalCode,
    st.integers(0, 99_999).map("{:05d}".format),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3),
    st.integers(1000, 9999),
    st.integers(1, 999_999_999),
    MARKS,
)


@given(CODES)
def test_a_code_comes_back(code: LocalCode):
    assert parse_local_code(format_local_code(code)) == code
    assert is_made_code(format_local_code(code))


@pytest.mark.parametrize(
    "text",
    ["", "DX-01", "21583-CAU-2026-0001", "21583-CAU-2026-0001-K0QD", "21583-cau-2026-0001-K7QD", None, 5]
    + ["21583-CAU-2026-0001-K7QD ", "٢1583-CAU-2026-0001-K7QD"],
)
def test_other_texts_are_the_communes_own(text):
    assert not is_made_code(text)
    assert without_made_code({"local_code": text})["local_code"] == text


@given(st.text(max_size=80))
def test_a_mark_is_four_signs_that_nobody_mistakes(device: str):
    mark = device_mark(device)
    assert len(mark) == 4
    assert set(mark) <= set(MARK_ALPHABET)
    assert not set(MARK_ALPHABET) & set("0O1IL2Z5S8B")
    assert device_mark(device) == mark


def test_marks_differ_by_device_and_by_attempt():
    devices = [new_uid() for _ in range(300)]
    assert len({device_mark(one) for one in devices}) > 290
    assert len({device_mark(devices[0], attempt) for attempt in range(20)}) == 20


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("192511012345", "legacy", None),
        (" 192511012345 ", "legacy", None),
        ("192551012345", "new", None),
        ("19251101234", "new", None),
        ("VN-XD.2026/000123", "new", None),
        ("x" * 64, "new", None),
        ("x" * 65, None, "long"),
        ("", None, "empty"),
        ("  ", None, "empty"),
        ("AB 12", None, "blank"),
        ("AB\u00a012", None, "blank"),
        ("AB\x0712", None, "control"),
        ("AB\u202e12", None, "control"),
    ],
)
def test_official_identifiers_are_looked_at_and_never_changed(text, kind, reason):
    assert official_id_kind(text) == (kind, reason)
    if reason not in (None, "empty"):  # what is empty is nothing to find
        assert set(load_messages()[f"ATT-17.{reason}"]) == set(LANGUAGES)


@given(st.text(max_size=80))
def test_any_text_has_a_kind_or_a_reason(text: str):
    found = official_id_kind(text)
    assert (found.kind is None) != (found.reason is None)
    assert official_id_kind(unicodedata.normalize("NFC", text)).kind == found.kind


@pytest.mark.parametrize(("text", "good"), [("04QHC0010001", True), ("04QHC001000", False), ("QHC-1", False)])
def test_dossier_codes(text, good):
    assert is_dossier_code(text) is good


@pytest.mark.parametrize(
    ("code", "official", "strength"),
    [
        (None, None, "approve"),
        ("21583-CAU-2026-0001-K7QD", None, "approve"),
        ("21583-CAU-2026-0001", None, None),
        ("CAU-7", None, None),
        ("21583-CAU-2026-0001-K7QD", "VN-1", None),
    ],
)
def test_a_code_that_the_program_made_does_not_replace_the_name(code, official, strength):
    name = load_catalogue().type("bridge").field("name")
    values = {"local_code": code, "official_id": official, "official_id_status": "da_cap"}
    assert required_strength(name, values) == strength


def test_every_type_that_asks_for_a_name_asks_for_it_beside_a_made_code():
    for record_type in load_catalogue().types.values():
        for field in record_type.fields:
            if field.required_when and "local_code IS NULL" in field.required_when:
                bare = required_strength(field, {"local_code": None})
                assert required_strength(field, {"local_code": "21583-CAU-2026-0001-K7QD"}) == bare, record_type.id
