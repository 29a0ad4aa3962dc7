"""Long lists answer while someone types, and answer what a plain look through them would."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import fold_text
from forms.catalogue import Catalogue
from forms.choice_search import SearchText, fold_texts
from forms.choices import Choice, ChoiceList

WORDS = ["Đường", "Lê", "Lợi", "Nguyễn", "Huệ", "Bắc", "Quang", "số", "5", "K-12", "thôn", "an"]
TYPED = [*WORDS, "le", "ng", "00003", "d00001", "quan"]


def build(labels: Sequence[str], **more) -> ChoiceList:
    items = [Choice(f"D{number:05d}", {"vi": label, "en": label}, **more) for number, label in enumerate(labels)]
    return ChoiceList("streets", items)


def rank_of(code: str, label: str, text: str) -> int | None:
    """The order of ``ChoiceList.search``, said the slow way."""
    words = SearchText.words_of(text)
    code, label = (" ".join(["", *SearchText.words_of(part)]) for part in (code, label))
    together = " ".join(["", *words])
    if code == together:
        return 0
    if code.startswith(together):
        return 1
    if together in label:
        return 2 if label.startswith(together) else 3
    if all(f" {word}" in label or f" {word}" in code for word in words):
        return 4
    return 5 if all(word in label for word in words) else None


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=12),
    text=st.lists(st.sampled_from(TYPED), min_size=1, max_size=3).map(" ".join),
)
def test_the_search_finds_what_a_plain_look_finds_in_the_same_order(labels: list[str], text: str) -> None:
    codes = build(labels)
    ranked = [(rank_of(item.code, item.label["vi"], text), place) for place, item in enumerate(codes)]
    expected = [place for rank, place in sorted((rank, place) for rank, place in ranked if rank is not None)]
    assert [codes.items.index(item) for item in codes.search(text, 100)] == expected


def test_what_is_not_in_force_on_the_day_is_not_offered() -> None:
    codes = ChoiceList(
        "bodies",
        [
            Choice("old", {"vi": "UBND cấp huyện", "en": "District"}, valid_to="2025-06-30"),
            Choice("new", {"vi": "UBND cấp xã", "en": "Commune"}, valid_from="2025-07-01"),
        ],
    )
    assert [item.code for item in codes.search("ubnd")] == ["old", "new"]
    assert [item.code for item in codes.search("ubnd", day="2025-06-30")] == ["old"]
    assert [item.code for item in codes.search("", day="2025-07-01")] == ["new"]
    assert [item.code for item in codes.offered("2025-07-01")] == ["new"]
    assert codes.retired == {"old": "2025-06-30"} and not codes.is_past


def test_a_list_about_the_past_is_offered_whole() -> None:
    codes = build(["Xã A (cũ)", "Xã B (cũ)"], valid_to="2025-06-30")
    assert codes.is_past and codes.retired == {}
    assert len(codes.search("xa", day="2026-11-20")) == 2


def test_a_limit_counts_what_is_offered() -> None:
    past = [Choice(f"O{n}", {"vi": f"Cũ {n}", "en": f"Old {n}"}, valid_to="2020-01-01") for n in range(300)]
    codes = ChoiceList("mixed", [*past, Choice("N", {"vi": "Cũ mà còn", "en": "Still"})])
    assert [item.code for item in codes.search("cu", 5, day="2026-11-20")] == ["N"]


def test_folding_many_texts_is_folding_each(catalogue: Catalogue) -> None:
    labels = [item.label for key in ("land_use_code", "tt16_zoning") for item in catalogue.choices[key]]
    texts = [text for label in labels for text in label.values()]
    texts += ["a`b  Ð", "  ’x", "İI", "Straße", "", "a\nb"]
    assert fold_texts(texts) == [fold_text(text) for text in texts]


@pytest.mark.parametrize("count", [10_000, 78_000])
def test_long_lists_find_every_kind_of_text(count: int) -> None:
    """As many streets as the form that took another program 20 s to open."""
    chance = random.Random(1)
    codes = build([f"Đường {' '.join(chance.sample(WORDS, 3))} {number}" for number in range(count)])
    assert len(codes.search("", 50)) == 50
    assert [item.code for item in codes.search(f"{count - 1}")][0].endswith(str(count - 1))
    assert codes.search("d00042")[0].code == "D00042"
    assert len(codes.search("duong", 200)) == 200
    assert all("hue" in fold_text(item.label["vi"]) for item in codes.search("hue nguyen", 50))
    assert codes.search("không có gì như vậy") == []


@pytest.mark.parametrize("foreign", ["", " 道路", " Ωmega", " ²", " 5'", " ’"])
def test_letters_of_other_scripts_are_found_too(foreign: str) -> None:
    codes = build([f"Đường–Lê  Lợi (A-1){foreign}", "M’Drắk\tThượng", "Ð Ðông"])
    for text, place in (("le loi", 0), ("a 1", 0), ("drak thuong", 1), ("m drak", 1), ("d dong", 2), (foreign, 0)):
        if text.strip(" ’'"):
            assert codes.items[place] in codes.search(text), text
    assert codes.search("duongle") == []
