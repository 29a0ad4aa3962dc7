"""Land-use codes as old files write them."""

import pytest

from core.errors import UserError
from core.tables import load_table
from forms import land_use
from forms.catalogue import Catalogue
from forms.choice_files import parse_choice_list
from forms.land_use import LAND_CODES, code_parts, mixed_codes, successor_of
from forms.loader import build_catalogue
from forms.sources import Sources
from forms.values import parse_value


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ODT+CLN", ["ODT", "CLN"]),
        ("ont + cln", ["ONT", "CLN"]),
        ("LUC/HNK", ["LUC", "HNK"]),
        ("ONT; CLN, BHK", ["ONT", "CLN", "BHK"]),
        ("ODT", []),
        ("ODT+", []),
        ("ODT+XYZ", []),
        ("Đất ở tại đô thị", []),
    ],
)
def test_mixed_codes_are_recognised(catalogue: Catalogue, text: str, codes: list[str]) -> None:
    assert mixed_codes(text, catalogue.choice_list(LAND_CODES)) == codes


def test_a_mixed_code_is_answered_with_a_split_by_area(catalogue: Catalogue) -> None:
    field = catalogue.type("land_use_plan_area").field("code_plan")
    with pytest.raises(UserError) as caught:
        parse_value(field, "ODT+CLN", catalogue)
    assert caught.value.code == "VALUE-LAND-MIXED"
    assert (caught.value.context["parts"], caught.value.context["count"]) == (["ODT", "CLN"], 2)
    assert "2 dòng" in str(caught.value) and "diện tích" in str(caught.value)


def test_every_former_code_stands_in_the_table_and_none_has_an_invented_successor(catalogue: Catalogue) -> None:
    codes = catalogue.choice_list(LAND_CODES)
    former = {row["code"] for row in load_table("land_use_legacy")}
    assert {item.code for item in codes if item.status == "legacy"} <= former
    assert all(code in codes for code in former)
    assert {successor_of(code) for code in former} == {None}
    assert all(row["source"] for row in load_table("land_use_legacy"))


def test_a_successor_is_told_where_a_source_gives_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(land_use, "_successors", lambda: {"BHK": "HNK"})
    assert successor_of("BHK") == "HNK" and successor_of("LUN") is None


def test_parts_of_a_lone_code_are_the_code() -> None:
    assert code_parts("LUC") == ["LUC"] and code_parts(" ") == []


def test_an_unverified_code_becomes_usable_when_an_office_confirms_it(catalogue: Catalogue) -> None:
    name = f"{LAND_CODES}.csv"
    own = catalogue.sources.choices[name].decode("utf-8")
    line = next(line for line in own.splitlines() if line.startswith("DKV,"))
    confirmed = own.replace(line, line.replace(",unverified,", ",official,"))
    assert confirmed != own
    field = catalogue.type("land_use_plan_area").field("code_plan")
    with pytest.raises(UserError) as caught:
        parse_value(field, "DKV", catalogue)
    assert caught.value.code == "VALUE-CHOICE-UNVERIFIED"
    office = build_catalogue(catalogue.sources.overlaid(Sources(choices={name: confirmed.encode("utf-8")})))
    assert parse_value(field, "DKV", office) == "DKV"
    assert "DKV" in {item.code for item in office.choice_list(LAND_CODES).search("khu vui chơi")}
    assert office.hash != catalogue.hash


def test_the_list_reads_as_it_stands(catalogue: Catalogue) -> None:
    name = f"{LAND_CODES}.csv"
    parsed = parse_choice_list(name, catalogue.sources.choices[name])
    assert [item.code for item in parsed] == [item.code for item in catalogue.choice_list(LAND_CODES)]
