"""The two forms of text: as stored, and as searched."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean_text, fold_text, fold_texts, is_plain, without_surrogates, without_unseen

VIETNAMESE = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯ àáảãạằẮếỆịỘợừỸ-'’\t", max_size=60)
ANY = st.text(max_size=60)


@given(ANY)
def test_clean_text_is_idempotent_and_nfc(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(VIETNAMESE)
def test_clean_text_takes_composed_and_decomposed_for_one(text: str) -> None:
    assert clean_text(unicodedata.normalize("NFD", text)) == clean_text(text)


@given(VIETNAMESE)
def test_fold_text_is_idempotent_and_plain(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once
    assert once.isascii()
    assert once == once.casefold()
    assert "  " not in once
    assert once == once.strip()


@given(st.lists(ANY | VIETNAMESE | st.text(st.characters(), max_size=8)))
def test_many_texts_fold_as_one_by_one(texts: list[str]) -> None:
    assert fold_texts(texts) == [fold_text(text) for text in texts]


@given(VIETNAMESE)
def test_fold_text_knows_no_marks_case_or_form(text: str) -> None:
    expected = fold_text(text)
    assert fold_text(unicodedata.normalize("NFD", text)) == expected
    assert fold_text(text.upper()) == expected
    assert fold_text(text.lower()) == expected


@given(VIETNAMESE)
def test_fold_text_keeps_every_letter(text: str) -> None:
    """Only marks and blanks go: the number of letters stays."""
    letters = [char for char in clean_text(text) if char.isalpha()]
    assert len([char for char in fold_text(text) if char.isalpha()]) == len(letters)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường Đồng Đăng", "duong dong dang"),
        ("ÐƯỜNG (eth)", "duong (eth)"),
        ("Xã  Ea H’leo", "xa ea h'leo"),
        ("Quảng\u00a0Ngãi", "quang ngai"),
        ("Hoà Bình", fold_text("Hòa Bình")),
    ],
)
def test_fold_text_of_known_words(text: str, folded: str) -> None:
    assert fold_text(text) == folded


def test_clean_text_leaves_inner_blanks() -> None:
    assert clean_text(" QM-VĐ (UBND xã)  đến Cầu Máng ") == "QM-VĐ (UBND xã)  đến Cầu Máng"


@pytest.mark.parametrize(
    "sign", ["\x00", "\u200b", "\u200d", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\ufeff"]
)
def test_what_nobody_sees_is_neither_stored_nor_searched(sign: str) -> None:
    assert clean_text(f"{sign}Đường{sign} A{sign}") == "Đường A"
    assert clean_text(f" {sign} ") == ""
    assert fold_text(f"Đườ{sign}ng") == "duong"


def test_a_soft_hyphen_stays_for_it_may_be_a_letter() -> None:
    assert clean_text("tr\u00adêng") == "tr\u00adêng"


def test_half_a_surrogate_pair_is_seen_and_can_be_stored() -> None:
    assert clean_text("a\udcffb\ud800") == "a\ufffdb\ufffd"
    assert fold_text("Ả\udcff").encode()
    assert clean_text("😀") == "😀"


@given(ANY)
def test_what_is_plain_is_clean_already(text: str) -> None:
    long_way = unicodedata.normalize("NFC", without_surrogates(without_unseen(text))).strip()
    assert clean_text(text) == long_way
    if is_plain(text):
        assert text == long_way
