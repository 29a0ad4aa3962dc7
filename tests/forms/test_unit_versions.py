"""Units through time: the same five digits meant another commune before July 2025."""

import pytest

from forms.administration import load_communes
from forms.catalogue import build_former_commune_list
from forms.former_units import former_units_called, load_former_units
from forms.unit_versions import kind_of, successors_of, unit_at, versions_of


def test_a_code_is_read_by_the_day():
    before, today = versions_of("01153")
    assert (before.full_name, before.kind, before.district, before.province) == (
        "Thị trấn Việt Quang",
        "Thị trấn",
        "Huyện Bắc Quang",
        "Tỉnh Hà Giang",
    )
    assert (today.full_name, today.valid_from, today.valid_to, today.decree) == (
        "Xã Bắc Quang",
        "2025-07-01",
        "",
        "19/2025/QĐ-TTg",
    )
    assert unit_at("01153", "2025-06-30") is before
    assert unit_at("01153", "2025-07-01") is today
    assert unit_at("01183", "2026-01-01") is None
    assert unit_at("99999", "2024-01-01") is None


def test_what_no_source_says_is_empty_and_not_made_up():
    former = [versions_of(code)[0] for code in ("01153", "01183", "00073")]
    assert {(version.valid_from, version.decree) for version in former} == {("", "")}
    assert versions_of("01153")[0].as_dict()["decree"] is None


def test_the_ten_wards_of_dong_nai_were_communes_first():
    later = [commune.code for commune in load_communes().values() if commune.valid_from == "2026-04-30"]
    assert len(later) == 10
    for code in later:
        *_, first, now = versions_of(code)
        assert (first.kind, first.valid_from, first.valid_to) == ("Xã", "2025-07-01", "2026-04-29")
        assert (now.kind, now.decree) == ("Phường", "237/NQ-UBTVQH16")
        assert unit_at(code, "2026-04-29") is first
        assert unit_at(code, "2026-04-30") is now
        assert [new.commune.code for new in first.successors] == [code]


def test_every_day_and_code_has_one_meaning_or_says_that_it_has_not():
    shared = 0
    for code in {unit.code for unit in load_former_units().values() if unit.code}:
        found = [version for version in versions_of(code) if version.is_valid_on("2025-06-30")]
        assert found
        shared += len(found) > 1
        assert (unit_at(code, "2025-06-30") is None) == (len(found) > 1)
    assert shared == 3
    for code in load_communes():
        assert unit_at(code, "2026-11-20") is not None


def test_a_whole_merge_has_one_successor_and_a_part_asks():
    [only] = successors_of("01183")
    assert (only.commune.code, only.whole) == ("01153", True)
    parts = successors_of("00073")
    assert len(parts) == 4
    assert not any(new.whole for new in parts)
    assert successors_of("99999") == successors_of("") == ()
    lone = successors_of("00556")  # the table names one commune for a part of it, and none for the rest
    assert [new.whole for new in lone] == [False]


def test_a_code_of_two_units_decides_nothing():
    assert {unit.full_name for unit in load_former_units().values() if unit.code == "00553"} == {
        "Xã Đặng Xá",
        "Xã Cổ Bi",
    }
    assert not any(new.whole for new in successors_of("00553"))
    assert successors_of("00553~xa-co-bi")


def test_every_former_unit_went_somewhere_and_has_a_key_of_its_own():
    units = load_former_units()
    assert len(units) == 10_042
    assert all(unit.key == key and unit.successors for key, unit in units.items())
    for unit in units.values():
        assert (unit.heir is not None) == (len(unit.successors) == 1 and unit.successors[0].whole), unit
    assert sum(unit.heir is None for unit in units.values()) == 441


def test_district_and_province_tell_namesakes_apart():
    many = former_units_called("Xã Tân Lập")
    assert len(many) > 5
    [one] = former_units_called("xa tan lap, huyện bắc quang")
    assert one.label == "Xã Tân Lập, Huyện Bắc Quang, Tỉnh Hà Giang"
    assert former_units_called("Xã Tân Lập, Hà Giang") == [one]
    assert former_units_called(one.label) == [one]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Thị trấn Việt Quang", "Thị trấn"), ("đặc khu Lý Sơn", "Đặc khu"), ("Xuân Phước", ""), ("Xã Hòa An", "Xã")],
)
def test_a_kind_is_read_from_the_name(name, kind):
    assert kind_of(name) == kind


def test_the_list_of_former_communes_has_words_of_its_own_for_each():
    codes = build_former_commune_list()
    assert len(codes) == 10_042
    assert codes.label("01240", "vi") == "Xã Tân Trịnh, Huyện Quang Bình, Tỉnh Hà Giang (cũ)"
    assert len({item.label["vi"] for item in codes}) == len(codes)
    assert codes.search("tan trinh quang binh")[0].code == "01240"


def test_no_name_of_today_says_its_kind_twice():
    assert not [one for one in load_communes().values() if one.name.casefold().startswith(("xã ", "phường "))]
