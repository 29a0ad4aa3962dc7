"""Land-use codes as old files write them."""

import pytest

from core.errors import UserError
from forms.catalogue import Catalogue
from forms.choice_files import parse_choice_list
from forms.land_use import LAND_CODES, code_parts, mixed_codes
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


FORMER = {*("LUN", "BHK", "NHK", "COC", "LNC", "LNQ", "LNK", "SKX", "DSH", "DDL", "DBV", "DCH", "DXH", "DHT")}


def test_former_codes_stand_in_the_list_and_none_has_an_invented_successor(catalogue: Catalogue) -> None:
    codes = catalogue.choice_list(LAND_CODES)
    assert all(code in codes for code in FORMER)
    assert {item.code for item in codes if item.status == "legacy"} == FORMER - {"DBV", "DCH", "DXH"}
    assert {item.successor for item in codes} == {None}


def _with_successors(catalogue: Catalogue, **successors: str) -> bytes:
    """Return the land-use list as an office hands it out that knows what became of former codes."""
    lines = catalogue.sources.choices[f"{LAND_CODES}.csv"].decode("utf-8").splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("code,"))
    lines[place] += ",successor"
    for row in range(place + 1, len(lines)):
        lines[row] += f",{successors.get(lines[row].split(',')[0], '')}"
    return "\n".join(lines).encode("utf-8")


def test_an_office_says_which_code_replaces_a_former_one(catalogue: Catalogue) -> None:
    files = {f"{LAND_CODES}.csv": _with_successors(catalogue, BHK="HNK")}
    office = build_catalogue(catalogue.sources.overlaid(Sources(choices=files)))
    codes = office.choice_list(LAND_CODES)
    assert (codes.get("BHK").successor, codes.get("LUN").successor) == ("HNK", None)
    assert office.hash != catalogue.hash


@pytest.mark.parametrize("successors", [{"BHK": "XYZ"}, {"BHK": "LUN"}, {"BHK": "DKV"}, {"LUC": "HNK"}])
def test_a_successor_must_be_a_code_in_force_of_a_former_one(catalogue: Catalogue, successors: dict) -> None:
    """Nothing follows what is in force, and no unknown, former or unverified code follows anything."""
    name, data = f"{LAND_CODES}.csv", _with_successors(catalogue, **successors)
    with pytest.raises(UserError) as caught:
        parse_choice_list(name, data)
    code, successor = next(iter(successors.items()))
    wanted = [line.split(",")[0] for line in data.decode("utf-8").splitlines()].index(code) + 1
    assert caught.value.code == "FORM-SYNTAX"
    assert (caught.value.context["line"], caught.value.context["key"]) == (wanted, "successor")
    assert successor in str(caught.value)


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
