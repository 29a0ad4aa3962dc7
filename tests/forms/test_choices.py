"""Code lists answer by code, by words, and by a search that needs no marks."""

import pytest

from core.errors import UserError
from forms.catalogue import Catalogue
from forms.choices import Choice, ChoiceList


def make(code: str, vi: str, en: str = "", **more) -> Choice:
    return Choice(code=code, label={"vi": vi, "en": en or vi}, **more)


@pytest.fixture
def crops() -> ChoiceList:
    return ChoiceList(
        "crops",
        [
            make("LUC", "Đất chuyên trồng lúa", "Paddy land"),
            make("CLN", "Đất trồng cây lâu năm", "Perennial crops"),
            make("LUN", "Đất trồng lúa nương", "Upland paddy", status="legacy"),
            make("SKK", "Đất khu công nghiệp", "Industrial park", status="unverified"),
            make("LU", "Lúa", "Rice"),
        ],
    )


def codes(found: list[Choice]) -> list[str]:
    return [item.code for item in found]


def test_search_finds_by_code_words_and_either_language(crops: ChoiceList):
    assert codes(crops.search("lu")) == ["LU", "LUC"]
    assert codes(crops.search("lua")) == ["LU", "LUC"]
    assert codes(crops.search("dat trong")) == ["CLN", "LUC"]
    assert codes(crops.search("PERENNIAL")) == ["CLN"]
    assert codes(crops.search("năm cây")) == ["CLN"]
    assert crops.search("không có gì") == []


def test_search_never_offers_legacy_or_unverified_codes(crops: ChoiceList):
    assert crops.search("nương") == [] and crops.search("SKK") == []
    assert codes(crops.search("", 2)) == ["LUC", "CLN"]
    assert "LUN" in crops and crops.get("LUN") is not None


def test_match_takes_a_code_before_words(crops: ChoiceList):
    assert codes(list(crops.match("luc"))) == ["LUC"]
    assert codes(list(crops.match("đất trồng lúa nương"))) == ["LUN"]
    assert codes(list(crops.match("DAT CHUYEN TRONG LUA"))) == ["LUC"]
    assert crops.match("đất") == ()


def test_marks_part_two_names_and_their_absence_leaves_both():
    twins = ChoiceList("twins", [make("02143", "Xã Văn Lang"), make("05665", "Xã Văn Lăng")])
    assert codes(list(twins.match("Xã Văn Lăng"))) == ["05665"]
    assert codes(list(twins.match("xa van lang"))) == ["02143", "05665"]


def test_match_tells_every_choice_that_shares_its_words():
    twice = ChoiceList("twice", [make("A", "Khác"), make("B", "Khác")])
    assert codes(list(twice.match("khac"))) == ["A", "B"]


def test_a_code_of_nowhere_stands_for_itself(crops: ChoiceList):
    assert crops.label("ZZZ", "vi") == "ZZZ"
    assert crops.label("LUC", "en") == "Paddy land"
    assert crops.get("ZZZ") is None


def test_validity_includes_both_days():
    choice = make("A", "A", valid_from="2024-08-01", valid_to="2026-06-30")
    assert choice.is_valid_on("2024-08-01") and choice.is_valid_on("2026-06-30")
    assert not choice.is_valid_on("2024-07-31") and not choice.is_valid_on("2026-07-01")
    assert make("B", "B").is_valid_on("1999-01-01")


def test_ten_thousand_entries_are_searched_and_ranked():
    many = ChoiceList("many", [make(f"{number:05d}", f"Xã Bắc Quang {number}") for number in range(10_000)])
    assert codes(many.search("bac quang 9999")) == ["09999"]
    assert codes(many.search("00042")) == ["00042"]
    assert len(many.search("quang", 50)) == 50
    assert len(many) == 10_000


def test_the_communes_are_a_list_built_when_asked_for(catalogue: Catalogue):
    communes = catalogue.choice_list("communes")
    assert len(communes) == 3321
    assert communes.search("bac quang tuyen quang")[0].code == "01153"
    commune = communes.get("01153")
    assert commune is not None and "Bắc Quang" in commune.label["vi"]
    assert "communes" in list(catalogue.choices)
    assert len(catalogue.choices) == len(list(catalogue.choices))


def test_no_list_says_one_thing_twice(catalogue: Catalogue):
    """Words must lead back to their code, or what a table shows could not be typed in again."""
    for key, codes_of_list in catalogue.choices.items():
        for item in codes_of_list:
            for language in ("vi", "en"):
                assert codes_of_list.match(item.label[language]) == (item,), (key, item)


def test_an_unknown_list_is_said(catalogue: Catalogue):
    with pytest.raises(UserError) as caught:
        catalogue.choice_list("colours")
    assert caught.value.code == "CHOICES-UNKNOWN"


HEADER = "code,label_vi,label_en,valid_from,valid_to,source,status,color\n"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("A,,English,,,Nguồn,official,\n", "label_vi"),
        ("A,Việt,English,,,,official,\n", "source"),
        ("A,Việt,English,01/08/2024,,Nguồn,official,\n", "valid_from"),
        ("A,Việt,English,,,Nguồn,maybe,\n", "status"),
        ("A,Việt,English,,,Nguồn,official,red\n", "color"),
        ("A;B,Việt,English,,,Nguồn,official,\n", "code"),
        ("A,Việt,English,,,Nguồn,official\n", "A"),
        ("B,Việt,English,,,Nguồn,official,\nB,Việt,English,,,Nguồn,official,\n", "B"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_and_column(copy, row: str, column: str):
    (copy.choices / "odd.csv").write_text("# source: nowhere\n" + HEADER + row, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        copy.load()
    assert caught.value.code == "FORM-SYNTAX"
    assert caught.value.context["file"] == "odd.csv"
    assert caught.value.context["line"] == 2 + row.count("\n")
    assert caught.value.context["key"] == column


def test_a_wrong_header_is_refused(copy):
    (copy.choices / "odd.csv").write_text("code,label\nA,Á\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        copy.load()
    assert caught.value.context["line"] == 1
