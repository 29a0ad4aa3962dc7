"""The syllable model knows Vietnamese and turns down what only looks like it."""

import pytest

from core.tables import load_table
from exchange.syllables import is_syllable, vietnamese_share

GOOD = (
    "đường nguyễn huệ quỳnh khuya ngoằn ngoèo giếng gì yêu quý Thuở uống khuỷu QUỐC ủy hòa hoà ươn rượu nghĩa Đắk Krông"
)
BAD = "ñöôøng ho¹ch sö§ ngả́ đươnng ngheẹ qốc hÒA mật́ khôpp wư fắn giươnng àp ôch ôfk"


@pytest.mark.parametrize("word", GOOD.split())
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", BAD.split())
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_a_stopped_rime_carries_one_of_two_tones() -> None:
    assert is_syllable("bát") and is_syllable("bạt") and is_syllable("sách")
    assert not is_syllable("bàt") and not is_syllable("bảt") and not is_syllable("sãch")


def test_share_of_all_commune_names_is_high() -> None:
    share = vietnamese_share(row["full_name"] for row in load_table("communes"))
    assert share is not None and share > 0.99


def test_share_counts_foreign_signs_and_ignores_ascii() -> None:
    assert vietnamese_share(["QL279", "Km0+660"]) is None
    assert vietnamese_share(["Đường ¤ §"]) == pytest.approx(1 / 3)
    assert vietnamese_share(["105°30' – “Đường”"]) == 1.0
