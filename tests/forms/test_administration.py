import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from forms.administration import (
    canonical_name,
    choose_commune,
    draft_code,
    find_communes,
    find_former_units,
    find_province,
    load_communes,
    load_provinces,
    search_communes,
)


def codes(text, province=None):
    return [commune.code for commune in find_communes(text, province)]


def code_of(call, *arguments):
    with pytest.raises(UserError) as caught:
        call(*arguments)
    return caught.value.code


def test_all_units_of_2026_are_there():
    communes = load_communes()
    assert (len(load_provinces()), len(communes)) == (34, 3321)
    kinds = [commune.kind for commune in communes.values()]
    assert [kinds.count(kind) for kind in ("Xã", "Phường", "Đặc khu")] == [2611, 697, 13]
    assert all(len(code) == 5 and code.isdecimal() for code in communes)
    assert {"20333", "22736"} <= {code for code, commune in communes.items() if commune.kind == "Đặc khu"}


def test_a_commune_knows_its_province_zone_and_old_axis():
    bac_quang = load_communes()["01153"]
    assert (bac_quang.full_name, bac_quang.province_name) == ("Xã Bắc Quang", "Tuyên Quang")
    assert (bac_quang.axis, bac_quang.epsg, bac_quang.legacy_axes) == (106.0, 9211, (105.5,))
    assert sum(bool(commune.legacy_axes) for commune in load_communes().values()) == 908


def test_the_ten_wards_of_dong_nai_are_younger():
    later = [commune for commune in load_communes().values() if commune.valid_from == "2026-04-30"]
    assert len(later) == 10
    assert {(commune.kind, commune.province_code) for commune in later} == {("Phường", "75")}


@pytest.mark.parametrize(
    "text",
    ["01153", "1153", "Bắc Quang", "bac quang", "BẮC QUANG", "xã bắc quang", " Xã  Bắc Quang ", "x. bac quang"]
    + [unicodedata.normalize("NFD", "Bắc Quang")],
)
def test_bac_quang_is_found_however_it_is_written(text):
    assert codes(text) == ["01153"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Phường Ba Đình", ["00004"]),
        ("p. ba dinh", ["00004"]),
        ("xa dung", ["03208"]),
        ("Xã Xa Dung", ["03208"]),
        ("m'drak", ["24412"]),
        ("M’Drắk", ["24412"]),
        ("mdrak", ["24412"]),
        ("đặc khu Phú Quốc", ["31078"]),
        ("văn miếu quốc tử giám", ["00226"]),
        ("xã Nhơn Trạch", ["26485"]),
        ("không có", []),
        ("99999", []),
        ("", []),
    ],
)
def test_a_name_is_found_with_and_without_its_unit_word(text, found):
    assert codes(text) == found


def test_every_commune_is_found_by_its_code_and_by_its_names():
    for commune in load_communes().values():
        assert codes(commune.code) == [commune.code]
        assert commune.code in codes(commune.full_name, commune.province_code)
        assert commune.code in codes(unicodedata.normalize("NFD", commune.name), commune.province_code)


def test_namesakes_are_all_returned_and_the_province_decides():
    assert len(codes("Tân Phú")) == 6
    assert codes("tan phu", "75") == codes("Tân Phú", "đồng nai") == ["26116"]
    assert codes("01153", "Hà Nội") == []
    assert code_of(find_communes, "tan phu", "nowhere") == "PROVINCE-UNKNOWN"


def test_242_names_belong_to_564_communes_but_none_twice_in_a_province():
    names = Counter(commune.full_name for commune in load_communes().values())
    assert sum(count > 1 for count in names.values()) == 242
    assert sum(count for count in names.values() if count > 1) == 564
    for commune in load_communes().values():
        assert choose_commune(commune.full_name, commune.province_code) == commune


def test_both_spellings_of_a_tone_mark_find_the_same():
    assert codes("Hoà An") == codes("Hòa An") == ["01654", "02353", "31393"]


def test_provinces_show_in_the_official_spelling():
    """The agency's own conversion table writes Hóa and Hòa; a list made from it elsewhere moved the marks."""
    assert find_province("thanh hoá").name == "Thanh Hóa"
    assert find_province("56").full_name == "Tỉnh Khánh Hòa"
    assert choose_commune("Xã Hoằng Hóa", "38").label == "Xã Hoằng Hóa, Thanh Hóa (15865)"


@pytest.mark.parametrize(
    ("text", "code"),
    [("08", "08"), ("8", "08"), ("tuyên quang", "08"), ("Hà Giang", "08"), ("TP.HCM", "79"), ("thanh hoa", "38")]
    + [("Thành phố Hồ Chí Minh", "79"), ("Tỉnh Bà Rịa - Vũng Tàu", "79"), ("hue", "46"), ("Bình Định", "52")],
)
def test_a_province_is_found_by_code_and_by_present_or_former_name(text, code):
    assert find_province(text).code == code


def test_former_units_name_what_became_of_them():
    assert codes("Việt Quang") == []
    town = find_former_units("thị trấn việt quang")[0]
    assert town.label == "Thị trấn Việt Quang, Huyện Bắc Quang, Tỉnh Hà Giang"
    assert [(new.commune.code, new.whole) for new in town.successors] == [("01153", True)]
    parts = find_former_units("Kim Mã", "Hà Nội")[0].successors
    assert len(parts) == 3 and not any(new.whole for new in parts)
    assert find_former_units("Kim Mã", "79") == []
    assert [new.commune.code for new in find_former_units("06970")[0].successors] == ["06978"]


def test_choosing_one_commune_says_why_it_cannot():
    assert choose_commune("bac quang").code == "01153"
    assert choose_commune("tan phu", "75").code == "26116"
    assert code_of(choose_commune, "tan phu") == "COMMUNE-AMBIGUOUS"
    assert code_of(choose_commune, "00073") == "COMMUNE-DRAFT-CODE"
    assert code_of(choose_commune, "Việt Quang") == "COMMUNE-FORMER"
    assert code_of(choose_commune, "zzz") == "COMMUNE-UNKNOWN"


def test_draft_codes_lead_to_the_official_ones():
    assert draft_code("00073") == "00082"
    assert draft_code("00226") is None
    assert draft_code("00226", "Kim Liên") == "00229"
    assert draft_code("01153") is None


def test_the_search_box_finds_present_and_former_names():
    assert search_communes("bac q")[0][0].code == "01153"
    assert search_communes("011")[0][0].code.startswith("011")
    commune, former = search_communes("viet quang")[0]
    assert commune.code == "01153" and former is not None and former.full_name == "Thị trấn Việt Quang"
    assert len(search_communes("xa", limit=7)) == 7
    assert search_communes("  ") == []


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Hoà Bình", "Hòa Bình"),
        ("Hòa  Bình ", "Hòa Bình"),
        ("Thuỷ Nguyên", "Thủy Nguyên"),
        ("Khoẻ", "Khỏe"),
        ("HOÀ AN", "HÒA AN"),
        ("Quý", "Quý"),
        ("Qúy", "Quý"),
        ("hoàn", "hoàn"),
        ("Huế", "Huế"),
        ("M’Drắk", "M'Drắk"),
        (unicodedata.normalize("NFD", "Hoà"), "Hòa"),
    ],
)
def test_one_spelling_for_every_name(text, canonical):
    assert canonical_name(text) == canonical


@given(st.text(alphabet=st.sampled_from("aoueyqhTÀàáòóọùúỳýHOAY '’\u0300\u0301 "), max_size=20))
def test_the_one_spelling_is_reached_once_and_for_all(text):
    once = canonical_name(text)
    assert canonical_name(once) == once
