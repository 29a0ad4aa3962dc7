"""A phone decides as the desk does: every condition means the same in XPath as in CQL2."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.xpath import Kind, Untranslatable, choice_name, condition_xpath, pattern_xpath, quote_text
from forms.expressions import evaluate
from forms.loader import load_catalogue

KINDS: Mapping[str, Kind] = {
    "name": "text",
    "other": "text",
    "lanes": "number",
    "width": "number",
    "kind": "code",
    "lit": "boolean",
    "since": "date",
    "seen": "moment",
    "many": "list",
    "gone": "empty",
}
CONDITIONS = (
    "name = 'Đường'",
    "NOT (name = 'Đường')",
    "name <> 'it''s \"so\"'",
    "name = other",
    "name = ''",
    "lanes > 2",
    "NOT lanes > 2",
    "lanes <> 2",
    "lanes NOT IN (1, 2)",
    "lanes IN (1, width)",
    "lanes <> width",
    "lanes BETWEEN 1 AND 3",
    "lanes NOT BETWEEN width AND 3",
    "width / lanes >= 1.5",
    "NOT width / lanes >= 1.5",
    "(width - lanes) * 2 + 1 < 4",
    "lanes = 'hai'",
    "kind IN ('a', 'b c')",
    "kind <> 'b c'",
    "kind LIKE 'b%'",
    "name LIKE 'Đ_ờng%'",
    "name NOT LIKE '%(.)%'",
    "name LIKE '%'",
    "accenti(name) = accenti('ĐƯỜNG')",
    "casei(name) = casei('ĐƯỜNG')",
    "accenti(name) LIKE 'duong%'",
    "lit = TRUE",
    "lit <> TRUE",
    "since > DATE('2020-02-29')",
    "since <= '2020-02-29'",
    "since <> '2020-02-29'",
    "since IS NULL OR since = '2020-02-29'",
    "seen < TIMESTAMP('2026-01-01T00:00:00Z')",
    "name IS NULL",
    "name IS NOT NULL AND lanes IS NULL",
    "NOT (name IS NULL OR lanes = 1)",
    "lanes + width IS NULL",
    "many = 'x'",
    "many IS NULL",
    "gone IS NULL",
    "gone = 'x' OR gone IS NOT NULL",
    "NOT (gone = 'x')",
    "name = 'Đường' AND NOT (lanes = 1 OR lit = FALSE)",
)
VALUES = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "Đường", "ĐƯỜNG", "duong (.) 1", 'it\'s "so"', "Đ.ờng\nhai"]),
        "other": st.sampled_from([None, "Đường"]),
        "lanes": st.sampled_from([None, 0, 1, 2, 3, -1]),
        "width": st.sampled_from([None, 0.0, 1.5, 3.0]),
        "kind": st.sampled_from([None, "a", "b c", "d"]),
        "lit": st.sampled_from([None, True, False]),
        "since": st.sampled_from([None, "2020-02-28", "2020-02-29", "2026-03-01"]),
        "seen": st.sampled_from([None, "2025-12-31T23:59:59.000Z", "2026-01-01T00:00:00.000Z"]),
        "many": st.sampled_from([None, ["x"], ["x", "y"]]),
        "gone": st.none(),
    }
)


def run_xpath(xpath: str, values: Mapping[str, Any]) -> bool:
    """Evaluate as a phone does, with the functions that ODK adds to XPath."""
    etree = pytest.importorskip("lxml.etree")
    page = etree.Element("answers")
    for key, value in values.items():
        text = value
        if isinstance(value, bool):
            text = str(value).lower()
        elif isinstance(value, list):
            text = " ".join(value)
        elif key == "kind" and value:
            text = choice_name(value)
        etree.SubElement(page, key).text = "" if text is None else str(text)

    def text_of(argument: Any) -> str:
        return "".join(item.text or "" for item in argument) if isinstance(argument, list) else str(argument)

    def days(_: Any, argument: Any) -> float:
        return float(text_of(argument).replace("-", "") or "nan")

    def moments(_: Any, argument: Any) -> float:
        return float(re.sub(r"\D", "", text_of(argument)) or "nan")

    def regex(_: Any, argument: Any, pattern: str) -> bool:
        return re.fullmatch(pattern, text_of(argument)) is not None

    spaces = {(None, "date"): days, (None, "decimal-date-time"): moments, (None, "regex"): regex}
    plain = re.sub(r"\$\{(\w+)\}", lambda found: f"date({found[1]})" if found[1] == "since" else found[1], xpath)
    plain = plain.replace("date(since) = ''", "since = ''").replace("date(since) != ''", "since != ''")
    return bool(page.xpath(plain, extensions=spaces))


@pytest.mark.parametrize("text", CONDITIONS)
@given(values=VALUES)
def test_a_phone_decides_as_the_desk_does(text: str, values: dict[str, Any]) -> None:
    assert run_xpath(condition_xpath(text, KINDS), values) == (evaluate(text, values) is True)


@pytest.mark.parametrize("text", ["name < 'b'", "strange = 1", "lit > FALSE", "name = '${x}'"])
def test_what_a_phone_cannot_say_is_no_silent_guess(text: str) -> None:
    with pytest.raises(Untranslatable):
        condition_xpath(text, KINDS)


@pytest.mark.parametrize("pattern", [r"(?P<a>x)", r"(?i)x", r"\Ax\Z", r"x++", r"(?<=a)b"])
def test_a_pattern_that_only_python_knows_is_refused(pattern: str) -> None:
    with pytest.raises(Untranslatable):
        pattern_xpath(pattern)
    assert pattern_xpath(r"[0-9]{5}") == "regex(., '^(?:[0-9]{5})$')"


@pytest.mark.parametrize("text", ["a", "it's", 'so "it" is', 'it\'s "so"', ""])
def test_any_text_can_be_quoted(text: str) -> None:
    etree = pytest.importorskip("lxml.etree")
    assert etree.Element("x").xpath(quote_text(text)) == text


def test_codes_keep_different_names_without_blanks() -> None:
    for codes in load_catalogue().choices.values():
        names = [choice_name(item.code) for item in codes]
        assert len(set(names)) == len(names), codes.key
        assert all(re.fullmatch(r"[\w.-]+", name) for name in names)
