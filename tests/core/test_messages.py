"""Words by code, in the language in use, and never an error while wording an error."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import messages
from core.messages import current_language, load_messages, pack_label, render, render_label, use_language


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    before = current_language()
    yield
    use_language(before)


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder of messages of the test's own."""
    load_messages.cache_clear()
    monkeypatch.setattr(messages, "resource_path", lambda *_: tmp_path)
    yield tmp_path
    load_messages.cache_clear()


def test_speaks_vietnamese_until_told_otherwise() -> None:
    use_language("vi")
    assert render("CANCELLED") == "Đã dừng theo yêu cầu."
    use_language("en")
    assert render("CANCELLED") == "Stopped at your request."
    assert render("CANCELLED", language="vi") == "Đã dừng theo yêu cầu."


def test_fills_in_facts() -> None:
    assert "roads.gpkg" in render("FILE-MISSING", {"file": "roads.gpkg"})


def test_a_fact_in_several_languages_follows_the_text() -> None:
    facts = {"type": {"vi": "Đoạn đường", "en": "Road segment"}}
    assert render("WORK-INSERT", facts, "vi") == "Thêm Đoạn đường"
    assert render("WORK-INSERT", facts, "en") == "Add Road segment"


def test_an_unknown_code_is_its_own_text() -> None:
    assert render("NO-SUCH-CODE", {"a": 1}) == "NO-SUCH-CODE"


def test_is_lenient_with_facts(words: Path) -> None:
    (words / "a.yaml").write_text(
        'MISSING-FACT: {vi: "{nobody} ở đây", en: "{nobody} here"}\n'
        'ODD-FORMAT: {vi: "{number:.2f} m", en: "{number:.2f} m"}\n'
        'SOME-LIST: {vi: "có {items}", en: "has {items}"}\n',
        encoding="utf-8",
    )
    assert render("MISSING-FACT", {}, "vi") == "{nobody} ở đây"
    assert render("ODD-FORMAT", {"number": "không rõ"}, "vi") == "không rõ m"
    assert render("ODD-FORMAT", {"number": 2.5}, "vi") == "2.50 m"
    assert render("SOME-LIST", {"items": ["a", 1]}, "en") == "has a, 1"


def test_a_code_in_two_files_is_refused(words: Path) -> None:
    (words / "a.yaml").write_text('SAME-CODE: {vi: "a", en: "a"}\n', encoding="utf-8")
    (words / "b.yaml").write_text('SAME-CODE: {vi: "b", en: "b"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="SAME-CODE"):
        load_messages()


def test_a_code_twice_in_one_file_is_refused(words: Path) -> None:
    (words / "a.yaml").write_text('SAME-CODE: {vi: "a", en: "a"}\nSAME-CODE:\n  vi: "b"\n  en: "b"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="SAME-CODE"):
        load_messages()


def test_braces_in_facts_are_left_alone() -> None:
    assert "{x}.gpkg" in render("FILE-MISSING", {"file": "{x}.gpkg"})


def test_a_label_is_stored_without_words() -> None:
    packed = pack_label("WORK-IMPORT", count=45, type={"vi": "Đoạn đường", "en": "Road segment"}, file="cũ.shp")
    assert render_label(packed, "vi") == "Nhập 45 Đoạn đường từ cũ.shp"
    assert render_label(packed, "en") == "Import 45 Road segment from cũ.shp"


@pytest.mark.parametrize("text", ["Sửa tay", "", "[1, 2]", "12", "{}", '"x"'])
def test_any_other_label_stays_as_it_is(text: str) -> None:
    assert render_label(text) == text
