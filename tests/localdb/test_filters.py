import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import UserError
from forms.expressions import evaluate
from localdb import records
from localdb.filters import DEPTH_LIMIT, VALUES_LIMIT
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, LINEAGE, PHOTO, square

ROWS = [
    {"name": "Đình làng", "area_m2": 2.5, "floors": 2, "public": True, "built_on": "2020-05-01", "uses": ["a"]},
    {"name": "đình [x]*?", "area_m2": -3.0, "floors": 0, "public": False, "seen_at": "2026-03-01T01:00:00.000Z"},
    {"name": "50%_a\\b", "area_m2": 0.0, "floors": None, "public": None, "kind": "a"},
    {"name": None, "area_m2": None, "floors": 7, "public": True, "kind": "b", "secret": "2", "photos": [PHOTO]},
    {"name": "", "area_m2": 1e9, "floors": -7, "built_on": "1999-12-31"},
]
FIELDS = ["name", "kind", "secret", "area_m2", "floors", "public", "built_on", "seen_at", "uses", "photos"]
LITERALS = ["'Đình làng'", "'a'", "''", "'O''Neil'", "2", "0", "-7", "2.5", "TRUE", "FALSE", "DATE('2020-05-01')"]
LITERALS += ["TIMESTAMP('2026-03-01T08:00:00+07:00')", "12345678901234567890"]
PATTERNS = ["'%đình%'", "'Đ%'", "'50\\%%'", "'%[x]*?'", "'_____'", "''", "'%\\_a%'"]

sums = st.recursive(
    st.sampled_from(FIELDS) | st.sampled_from(LITERALS),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
        | st.builds("{}({})".format, st.sampled_from(["CASEI", "ACCENTI"]), inner)
    ),
    max_leaves=3,
)
conditions = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, sums, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), sums),
        st.builds("{} {}BETWEEN {} AND {}".format, sums, st.sampled_from(["", "NOT "]), sums, sums),
        st.builds("{} {}IN ({}, {})".format, sums, st.sampled_from(["", "NOT "]), sums, sums),
        st.builds("{} {}LIKE {}".format, sums, st.sampled_from(["", "NOT "]), st.sampled_from(PATTERNS)),
        st.builds("{} IS {}NULL".format, sums, st.sampled_from(["", "NOT "])),
    ),
    lambda inner: (
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["AND", "OR"]), inner)
        | st.builds("NOT ({})".format, inner)
    ),
    max_leaves=4,
)


@pytest.fixture
def filled(workspace, site, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        for row in ROWS:
            work.insert(site, row, square(), LINEAGE)
    return workspace


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=conditions)
def test_sql_says_what_the_forms_say(filled, site, text):
    with filled.reading() as connection:
        found = records.fetch_page(connection, site, where=text).records
        everything = records.fetch_records(connection, site)
    wanted = [record.uid for record in everything if evaluate(text, record.values) is True]
    assert [record.uid for record in found] == wanted, text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("floors >= 2", ["Đình làng", None]),
        ("ACCENTI(name) LIKE 'dinh%'", ["Đình làng", "đình [x]*?"]),
        ("CASEI(name) = 'đình làng'", ["Đình làng"]),
        ("name LIKE '50\\%%'", ["50%_a\\b"]),
        ("built_on < DATE('2000-01-01')", [""]),
        ("seen_at = TIMESTAMP('2026-03-01T08:00:00+07:00')", ["đình [x]*?"]),
        ("floors / 2 = 3.5", [None]),
        ("state = 'draft' AND revision = 1 AND source_row = 7 AND kind IS NULL", ["Đình làng", "đình [x]*?", ""]),
        ("NOT (public = TRUE)", ["đình [x]*?"]),
    ],
)
def test_conditions_that_people_write(filled, site, text, names):
    with filled.reading() as connection:
        assert [record.values["name"] for record in records.fetch_page(connection, site, where=text).records] == names


def test_a_long_list_is_one_condition(filled, site):
    with filled.reading() as connection:
        for text, names in (
            (f"floors IN ({', '.join(['1'] * 2000 + ['2'])})", ["Đình làng"]),
            (f"floors NOT IN ({', '.join(map(str, [*range(1, 3000), 0]))})", [""]),
        ):
            page = records.fetch_page(connection, site, where=text)
            assert [record.values["name"] for record in page.records] == names


@pytest.mark.parametrize(
    "text",
    [
        f"floors IN ({', '.join(['1'] * (VALUES_LIMIT + 1))})",
        " OR ".join(["floors = 1"] * (DEPTH_LIMIT + 50)),
        " OR ".join(["floors = 1"] * 5000),
        "NOT " * 700 + "floors = 1",
        "floors = " + "9" * 400,
        "floors = " + "9" * 5000,
    ],
)
def test_what_sqlite_would_not_take_is_refused_in_words(filled, site, text):
    with filled.reading() as connection, pytest.raises(UserError) as caught:
        records.fetch_page(connection, site, where=text)
    assert caught.value.code in ("FILTER-TOO-LARGE", "FILTER-UNSUPPORTED", "EXPRESSION-SYNTAX")
