"""Links to files: one stored form, strict about what a stranger may write into it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from forms.files import FileLink, clean_name, file_links, is_file_name, plain_links
from forms.loader import load_catalogue
from forms.values import format_value, parse_value

PLAIN = {"sha256": "0f" * 32, "name": "cầu Bến.jpg", "bytes": 5, "mime": "image/jpeg"}
FULL = {**PLAIN, "page": 2, "caption": "Nhịp 1", "taken_at": "2026-01-02T03:04:05.000Z", "place": [105.5, 21.0]}


def test_a_link_there_and_back_leaves_out_what_is_empty():
    assert FileLink.from_dict(PLAIN).as_dict() == PLAIN
    assert FileLink.from_dict(FULL).as_dict() == FULL
    assert plain_links([FileLink.from_dict(FULL)]) == [FULL]
    assert plain_links([{**FULL, "place": (105.5, 21)}]) == [FULL]
    assert plain_links([]) is None and plain_links(None) is None and file_links(None) == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sha256", "0F" * 32),
        ("sha256", "0f"),
        ("sha256", None),
        ("name", ""),
        ("name", " a"),
        ("name", "a/b"),
        ("name", "a\\b"),
        ("name", ".."),
        ("name", "a\0"),
        ("name", "a\u202egpj.exe"),
        ("name", "a" * 201),
        ("name", "e\u0301.jpg"),
        ("bytes", -1),
        ("bytes", 0),
        ("bytes", True),
        ("bytes", 5.0),
        ("bytes", 1 << 53),
        ("mime", "image"),
        ("mime", "text/html; charset=utf-8"),
        ("page", 0),
        ("page", 100_001),
        ("caption", "x" * 1001),
        ("caption", "x\n"),
        ("taken_at", "2026-01-02T03:04:05Z"),
        ("taken_at", "hôm qua"),
        ("place", [181.0, 0.0]),
        ("place", [0.0]),
        ("place", [float("nan"), 0.0]),
        ("place", "10"),
        ("strange", 1),
    ],
)
def test_what_is_no_link_is_refused(key, value):
    with pytest.raises(ValueError, match=r"link|" + key):
        FileLink.from_dict({**FULL, key: value})


@pytest.mark.parametrize("value", ["[]", {}, 5, [5], [PLAIN, PLAIN], [PLAIN] * 1001])
def test_what_is_no_list_of_links_is_refused(value):
    with pytest.raises(ValueError, match=r"link|sha256"):
        file_links(value)


def test_two_pages_of_one_document_are_two_links():
    assert [link.page for link in file_links([PLAIN, {**PLAIN, "page": 1}, {**PLAIN, "page": 2}])] == [None, 1, 2]


@given(st.text(max_size=300))
def test_a_cleaned_name_can_be_a_file_everywhere(text):
    cleaned = clean_name(text)
    assert is_file_name(cleaned) and clean_name(cleaned) == cleaned
    assert len(cleaned.encode()) <= 250 and not cleaned.endswith(".")


def test_cleaning_keeps_what_people_read():
    assert clean_name("C:\\Ảnh\\cống số 1.jpg") == "cống số 1.jpg"
    assert clean_name("../../etc/passwd") == "passwd"
    assert clean_name("c\udce7u.jpg") == "c\ufffdu.jpg"
    assert clean_name("ảnh\u202egpj.exe") == "ảnhgpj.exe"
    assert clean_name("x" * 300 + ".jpg").endswith("x.jpg") and len(clean_name("x" * 300 + ".jpg")) == 200


def test_the_field_reads_its_own_json_and_no_names():
    catalogue = load_catalogue()
    field = catalogue.type("road_segment").field("attachments")
    assert parse_value(
        field, '[{"bytes":5,"mime":"image/jpeg","name":"a.jpg","sha256":"' + "0f" * 32 + '"}]', catalogue
    )
    assert parse_value(field, [PLAIN], catalogue) == [PLAIN]
    assert parse_value(field, "[]", catalogue) is None
    assert format_value(field, [PLAIN, {**PLAIN, "name": "b.pdf", "page": 3}], catalogue, "vi") == "cầu Bến.jpg; b.pdf"
    with pytest.raises(UserError) as caught:
        parse_value(field, "a.jpg; b.jpg", catalogue)
    assert caught.value.code == "VALUE-FILES"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("CON.jpg", "_CON.jpg"),
        ("nul", "_nul"),
        ("lpt1.bản vẽ.pdf", "_lpt1.bản vẽ.pdf"),
        ("ảnh. .jpg. ", "ảnh. .jpg"),
        ("console.log", "console.log"),
        ("com12.txt", "com12.txt"),
    ],
)
def test_a_name_no_windows_opens_gets_another(name, cleaned):
    assert clean_name(name) == cleaned
    assert clean_name(cleaned) == cleaned


def test_a_link_named_before_this_rule_can_still_be_read():
    assert [link.name for link in file_links([{**PLAIN, "name": "CON.jpg."}])] == ["CON.jpg."]


def test_a_long_vietnamese_name_is_cut_before_its_ending():
    cleaned = clean_name(unicodedata.normalize("NFD", "Quyết định phê duyệt đồ án " * 15) + ".pdf")
    assert cleaned.startswith("Quyết định phê duyệt đồ án Quyết") and cleaned.endswith(".pdf")
    assert 240 < len(cleaned.encode()) <= 250 and is_file_name(cleaned)
