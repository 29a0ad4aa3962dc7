"""CQL2 over values: right precedence, three-valued logic, no exception ever; SQLite is the judge."""

import sqlite3
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygeofilter import ast

from core.errors import UserError
from forms.expressions import compile_expression, evaluate, field_names, parse_expression

TRUTHS = st.sampled_from(["na = 1", "na = 2", "nb = 1"])
VALUES = {"na": 1, "nb": None}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("aa = 1", {"aa": 1}, True),
        ("aa = 1", {"aa": None}, None),
        ("aa = 1", {}, None),
        ("aa <> 1", {"aa": 2.5}, True),
        ("aa = 1 OR bb = 2 AND cc = 3", {"aa": 1, "bb": 0, "cc": 0}, True),
        ("(aa = 1 OR bb = 2) AND cc = 3", {"aa": 1, "bb": 0, "cc": 0}, False),
        ("NOT (aa = 1 OR bb = 2)", {"aa": 0, "bb": 0}, True),
        ("NOT NOT aa = 1", {"aa": 1}, True),
        ("aa IS NULL", {}, True),
        ("aa IS NOT NULL", {"aa": 0}, True),
        ("name = 'nhà bà Năm ''cụt'''", {"name": "nhà bà Năm 'cụt'"}, True),
        ("name LIKE 'Cầu%'", {"name": "Cầu Máng\nthôn Minh Tâm"}, True),
        ("name LIKE '_ầu'", {"name": "Cầu"}, True),
        ("name LIKE '_ầu'", {"name": ".Cầu"}, False),
        (r"name LIKE '100\%'", {"name": "100%"}, True),
        (r"name LIKE '100\%'", {"name": "100 m"}, False),
        ("name NOT LIKE 'x%'", {"name": None}, None),
        ("code IN ('LUC', 'LUK')", {"code": "LUK"}, True),
        ("code IN ('LUC', other)", {"code": "X", "other": None}, None),
        ("code NOT IN ('LUC')", {"code": "CLN"}, True),
        ("width_m BETWEEN 2 AND 5,5", {}, "EXPRESSION-SYNTAX"),
        ("width_m BETWEEN 2 AND 5.5 AND lanes = 1", {"width_m": 3, "lanes": 1}, True),
        ("width_m NOT BETWEEN 2 AND 5", {"width_m": 9}, True),
        ("(aa + 1) * 2 > bb", {"aa": 1, "bb": 3}, True),
        ("aa / bb > 1", {"aa": 1, "bb": 0}, None),
        ("aa = -1.5e2", {"aa": -150}, True),
        ("aa = -bb", {"aa": -2, "bb": 2}, True),
        ("lighting = TRUE", {"lighting": True}, True),
        ("lighting = 1", {"lighting": True}, None),
        ("name > 5", {"name": "Cầu"}, None),
        ("codes = 'LUC'", {"codes": ["LUC"]}, None),
        ("codes IS NULL", {"codes": ["LUC"]}, False),
        ("day >= DATE('2026-01-01')", {"day": "2026-01-01"}, True),
        ("at < TIMESTAMP('2026-01-01T00:00:00+07:00')", {"at": "2025-12-31T16:59:59.999Z"}, True),
        ("ACCENTI(name) = ACCENTI('cau mang')", {"name": "Cầu Máng"}, True),
        ("CASEI(name) = 'cầu'", {"name": "CẦU"}, True),
        ("CASEI(name) = 'cầu'", {"name": None}, None),
        ('"name" = 1', {"name": 1}, True),
        ("name =\n  'x'", {"name": "x"}, True),
        ("android = 1 AND island = 2", {"android": 1, "island": 2}, True),
    ],
)
def test_conditions(text: str, values: dict, expected: object):
    if expected == "EXPRESSION-SYNTAX":
        with pytest.raises(UserError):
            evaluate(text, values)
    else:
        assert evaluate(text, values) is expected


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("aa = ", 6),
        ("aa = 1 AND", 11),
        ("aa == 1", 5),
        ("aa = 'x", 6),
        ("aa", 3),
        ("", 1),
        ("S_INTERSECTS(geom, POINT(0 0))", 13),
        ("aa = DATE('2026-13-01')", 1),
        ("at = TIMESTAMP('2026-01-01T00:00:00')", 1),
        ("aa = 1; DROP TABLE bb", 7),
    ],
)
def test_what_is_no_condition_is_refused_with_its_column(text: str, column: int):
    with pytest.raises(UserError) as caught:
        parse_expression(text)
    assert caught.value.code == "EXPRESSION-SYNTAX"
    assert caught.value.context["column"] == column


def test_a_condition_nested_beyond_reason_is_refused_not_fatal():
    with pytest.raises(UserError):
        compile_expression("NOT " * 20_000 + "aa = 1")


def test_the_tree_is_pygeofilters():
    assert isinstance(parse_expression("aa = 1 AND bb = 2"), ast.And)


def test_field_names():
    text = "aa IN (1, bb) AND CASEI(cc) LIKE 'x%' OR dd BETWEEN ee AND 2 AND NOT ff IS NULL"
    assert field_names(text) == {"aa", "bb", "cc", "dd", "ee", "ff"}


NUMBERS = st.none() | st.integers(-3, 3)
TEXTS = st.none() | st.sampled_from(["", "a", "ab", "đ", "Đường", "%", "a_b"])
ROWS = st.fixed_dictionaries({"na": NUMBERS, "nb": NUMBERS, "sa": TEXTS, "sb": TEXTS})

number_terms = st.sampled_from(["na", "nb", "0", "1", "(na + nb)", "(na - 1)", "na * nb", "-nb"])
text_terms = st.sampled_from(["sa", "sb", "'a'", "'đ'", "''"])
operators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
patterns = st.sampled_from(["'a%'", "'_'", "'%b'", "'%'", "'đ'"])
comparisons = st.one_of(
    st.builds("{} {} {}".format, number_terms, operators, number_terms),
    st.builds("{} {} {}".format, text_terms, operators, text_terms),
    st.builds("{} IS NULL".format, number_terms),
    st.builds("{} IS NOT NULL".format, text_terms),
    st.builds("{} BETWEEN {} AND {}".format, number_terms, number_terms, number_terms),
    st.builds("{} NOT BETWEEN {} AND {}".format, number_terms, number_terms, number_terms),
    st.builds("{} IN ({}, {})".format, number_terms, number_terms, number_terms),
    st.builds("{} NOT IN ({}, {})".format, text_terms, text_terms, text_terms),
    st.builds("{} LIKE {}".format, st.sampled_from(["sa", "sb"]), patterns),
    st.builds("{} NOT LIKE {}".format, st.sampled_from(["sa", "sb"]), patterns),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def judge():
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA case_sensitive_like = ON")
    yield connection
    connection.close()


@given(text=conditions, row=ROWS)
def test_sqlite_says_the_same(judge: sqlite3.Connection, text: str, row: dict):
    columns = ", ".join(f"CAST(:{key} AS {'INT' if key[0] == 'n' else 'TEXT'}) AS {key}" for key in row)
    (expected,) = judge.execute(f"SELECT ({text}) FROM (SELECT {columns})", row).fetchone()
    assert evaluate(text, row) is (None if expected is None else bool(expected))


@given(one=conditions, other=conditions, row=ROWS)
def test_de_morgan(one: str, other: str, row: dict):
    assert evaluate(f"NOT (({one}) AND ({other}))", row) is evaluate(f"NOT ({one}) OR NOT ({other})", row)
    assert evaluate(f"NOT (({one}) OR ({other}))", row) is evaluate(f"NOT ({one}) AND NOT ({other})", row)


@given(text=conditions, row=ROWS)
def test_double_negation_and_unknown(text: str, row: dict):
    truth = evaluate(text, row)
    assert evaluate(f"NOT NOT ({text})", row) is truth
    assert evaluate(f"({text}) AND nothing = 1", row) is (False if truth is False else None)
    assert evaluate(f"({text}) OR nothing = 1", row) is (True if truth is True else None)


@given(
    text=conditions,
    row=st.dictionaries(
        st.sampled_from(["na", "nb", "sa", "sb"]),
        st.none() | st.booleans() | st.floats() | st.text() | st.lists(st.text()) | st.dates().map(date.isoformat),
    ),
)
def test_no_value_of_any_type_raises(text: str, row: dict):
    assert evaluate(text, row) in (True, False, None)
