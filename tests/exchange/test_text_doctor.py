"""The text doctor over thousands of real names, put into each old encoding by glibc; a benchmark runs far more."""

import unicodedata

import pytest

from core.tables import load_table
from exchange.legacy_text import decode_text, detect_encoding, known_encodings, preview_pairs
from tests.exchange.old_offices import (
    OLD_ENCODINGS,
    UNTOUCHED,
    OldEncoding,
    choose_encoding,
    english_and_vietnamese,
    examine,
    has_iconv,
    iconv_all,
    numbers_and_codes,
    real_names,
    vni_bytes,
)

COLUMNS = 40

needs_iconv = pytest.mark.skipif(
    not has_iconv("TCVN5712-1", "VISCII", "CP1258"), reason="this system's iconv lacks the tables"
)


def bare_names() -> list[str]:
    return list(dict.fromkeys(row["name"] for row in load_table("communes")))


def test_the_names_are_many() -> None:
    assert len(real_names()) >= 15_000
    assert len(bare_names()) >= 2_500


@needs_iconv
@pytest.mark.parametrize("kind", ["full", "bare"])
@pytest.mark.parametrize("old", OLD_ENCODINGS, ids=lambda old: old.title)
def test_columns_of_real_names_are_recognised_and_read(old: OldEncoding, kind: str) -> None:
    outcome = examine(old, real_names() if kind == "full" else bare_names(), COLUMNS)
    assert outcome.share >= 0.995, outcome.missed
    assert outcome.wrong_letters == 0, outcome.missed
    assert outcome.letters > 1_000


@needs_iconv
@pytest.mark.parametrize("title", ["TCVN 5712-1", "VNI-Windows", "VISCII", "Windows-1258"])
def test_columns_in_capitals_are_recognised_and_read(title: str) -> None:
    old = next(old for old in OLD_ENCODINGS if old.title == title)
    outcome = examine(old, [name.upper() for name in real_names()], COLUMNS)
    assert (outcome.share, outcome.wrong_letters) == (1.0, 0), outcome.missed


@needs_iconv
@pytest.mark.parametrize("charset", ["VISCII", "TCVN5712-1"])
def test_every_name_comes_back_from_glibc(charset: str) -> None:
    names = [name.replace("’", "'") for name in real_names()]
    name = {"VISCII": "viscii", "TCVN5712-1": "tcvn5712"}[charset]
    raw = [item.decode("latin-1") for item in iconv_all(names, charset)]
    assert [decode_text(item, name) for item in raw] == names


def test_every_name_comes_back_from_vni() -> None:
    names = real_names()
    assert [decode_text(vni_bytes(name).decode("latin-1"), "vni") for name in names] == list(names)


@pytest.mark.parametrize("which", ["english", "vietnamese", "numbers"])
def test_no_alarm_where_nothing_is_wrong(which: str) -> None:
    english, vietnamese = english_and_vietnamese()
    texts = {"english": english, "vietnamese": vietnamese, "numbers": numbers_and_codes()}[which]
    outcome = examine(UNTOUCHED, texts, 150)
    assert (outcome.share, outcome.wrong_letters) == (1.0, 0), outcome.missed


@pytest.mark.parametrize(
    "texts",
    [
        ["100 m²", "5,5 m²", "12 m³"],
        ["Ø300", "Ø 600", "ø400"],
        ["–", "—", "-"],
        ["café", "São Paulo", "Réunion", "Hôtel de Ville"],
        ["Straße", "Müller", "Größe"],
        ["北京", "Улица", "ถนน"],
        ["Xã Ea H’Leo", "Xã Đắk R’Măng"],
        ["Hoà", "Hòa Hoà"],
        ["Cống Ø600", "Rãnh ½", "Mương →"],
        ["Đ1", "Đ2"],
        ["Ê", "à"],
    ],
    ids=lambda texts: texts[0],
)
def test_foreign_words_and_signs_stay(texts: list[str]) -> None:
    assert choose_encoding(texts) == "unicode"
    assert [decode_text(text, "unicode") for text in texts] == texts


def test_utf8_of_any_language_is_known_by_its_bytes() -> None:
    for texts in (["Straße", "Größe"], ["100 m²"], ["北京", "东京"]):
        raw = [text.encode().decode("latin-1") for text in texts]
        assert choose_encoding(raw) == "utf-8"
        assert [decode_text(text, "utf-8") for text in raw] == texts


def test_a_column_that_was_mended_in_part_keeps_the_mended_part() -> None:
    cells = ["X· NghÜa Hoµ", "Đường Nguyễn Huệ", "§\xadêng tØnh 183", "thÞ trÊn", "Huế"]
    assert choose_encoding(cells) == "tcvn3"
    read = [decode_text(cell, "tcvn3") for cell in cells]
    assert read == ["Xã Nghĩa Hoà", "Đường Nguyễn Huệ", "Đường tỉnh 183", "thị trấn", "Huế"]


def test_a_font_of_capitals_speaks_for_its_whole_column() -> None:
    cells = ["X· NGHÜA HOµ", "TæNG §éI", "X· Cß"]
    assert detect_encoding(cells)[0].name == "tcvn3-capitals"
    assert [decode_text(cell, "tcvn3-capitals") for cell in cells] == ["XÃ NGHĨA HOÀ", "TỔNG ĐỘI", "XÃ CÒ"]
    assert detect_encoding([*cells, "X· Cß nhá"])[0].name == "tcvn3"


def test_damage_is_not_hidden_behind_a_table_that_knows_every_byte() -> None:
    proposals = detect_encoding(["§\xad\x81êng tØnh", "X· Ngh\x83Üa", "thÞ trÊn"])
    assert proposals[0].name == "tcvn3"
    assert proposals[0].unmapped == 2


def test_the_preview_shows_twenty_rows_that_change_first() -> None:
    texts = [f"Xa {k}" for k in range(15)] + [f"X· {k}" for k in range(15)]
    pairs = preview_pairs(texts, "tcvn3")
    assert len(pairs) == 20
    assert [pair[1] for pair in pairs[:15]] == [f"Xã {k}" for k in range(15)]


def test_a_decomposed_text_changes_nothing_but_its_form() -> None:
    for name in ("nfd", "unicode"):
        assert decode_text(unicodedata.normalize("NFD", "Đường Nguyễn Huệ"), name) == "Đường Nguyễn Huệ"
    assert {"nfd", "tcvn3-capitals"} <= set(known_encodings())


@pytest.mark.parametrize("text", ["This receipt is not for package {package}…", "An area “{area}” (m²)", "Draft (1)…"])
def test_signs_around_bracketed_words_tell_nothing(text: str) -> None:
    """The first of them made VISCII out of an English column: a lone … is the letter Ầ there."""
    assert choose_encoding([text, "Load catalogue pack", "Nothing is left"]) in (None, "unicode")
