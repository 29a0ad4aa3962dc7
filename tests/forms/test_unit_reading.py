"""Columns of communes: by name or code, of today, of the draft list, of before July 2025."""

import pytest

from forms.administration import load_communes
from forms.unit_reading import read_units, unit_text

BAC_QUANG = load_communes()["01153"]


def read(*cells, own=BAC_QUANG):
    found = read_units([unit_text(cell) for cell in cells], own)
    return [
        (meaning.commune.code if meaning.commune else None, meaning.former_key(meaning.commune))
        for meaning in found.values()
    ]


@pytest.mark.parametrize(
    ("cell", "code", "former"),
    [
        ("Xã Bắc Quang", "01153", None),
        ("xa bac quang", "01153", None),
        ("01153", "01153", None),
        (1153, "01153", None),
        (1153.0, "01153", None),
        ("Xã Bắc Quang, Tuyên Quang (01153)", "01153", None),
        ("xã Tân Trịnh", "01243", None),
        ("X. Tân Trịnh", "01243", None),
        ("Thị trấn Việt Quang", "01153", "01153"),
        ("TT Việt Quang", "01153", "01153"),
        ("Việt Vinh, Huyện Bắc Quang, Tỉnh Hà Giang", "01153", "01183"),
        ("01183", "01153", "01183"),
        ("Phường Cầu Diễn, Quận Nam Từ Liêm", "00592", None),
        ("Xã Không Có", None, None),
    ],
)
def test_one_text(cell, code, former):
    [(found, unit)] = read(cell)
    assert found == code
    assert unit == (former if code != "00592" else unit)


def test_one_text_of_the_old_list_makes_the_column_old():
    assert read("01153") == [("01153", None)]
    assert read("01153", "01183") == [("01153", "01153"), ("01153", "01183")]
    assert read("Xã Tân Trịnh", "Xã Tân Nam, Huyện Quang Bình")[0] == ("01243", "01240")


def test_a_draft_column_is_read_as_such_and_where_both_lists_agree_it_does_not_matter():
    hanoi = load_communes()["00082"]
    [open_one] = read_units(["00073"], hanoi).values()
    assert open_one.commune is None
    assert {one.code for one in open_one.candidates} == {"00082", "00004", "00070", "00226"}
    agreed = read_units(["00388"], None)["00388"]
    assert len(agreed.candidates) >= 1


def test_a_divided_unit_is_never_decided_by_its_text():
    hanoi = load_communes()["00592"]
    [meaning] = read_units(["Phường Mỹ Đình 1"], hanoi).values()
    assert meaning.commune is None
    assert {one.code for one in meaning.candidates} == {"00166", "00592"}
    assert meaning.former_key(None) == meaning.former_key(hanoi) == "00625"
    [lone] = read_units(["00556"], hanoi).values()
    assert (lone.commune, len(lone.candidates)) == (None, 1)


def test_a_namesake_elsewhere_does_not_hide_the_unit_that_went_into_ours():
    """Today's Quang Minh lies elsewhere; the former one of Bắc Quang went into Xã Bắc Quang."""
    assert [meaning.commune for meaning in read_units(["Xã Tân Lập"], BAC_QUANG).values()] != [None]
    [meaning] = read_units(["Xã Quang Minh"], BAC_QUANG).values()
    assert BAC_QUANG in meaning.candidates


def test_every_name_and_code_of_today_means_its_commune():
    for commune in load_communes().values():
        own = commune
        for text in (commune.code, commune.label, commune.full_name):
            [meaning] = read_units([text], own).values()
            assert meaning.commune == commune, text


def test_nothing_is_no_text():
    assert read_units(["", ""], BAC_QUANG) == {}
    assert (unit_text(None), unit_text(True), unit_text("  x ")) == ("", "", "x")
