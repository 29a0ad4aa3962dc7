import pytest

from core.errors import UserError
from localdb import paging, records
from localdb.columns import sort_key
from localdb.engine import fetch_rows
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, many_sites, square

NAMES = ["Đình", "đê 10", "Đê 9", "ao", "Ấp Bắc", "bến", "", None, None, "Zu", "Dinh 2", "ĐÊ 100"]


@pytest.fixture
def filled(workspace, site, now):
    arrived = many_sites(237)
    arrived["values"]["name"] = [NAMES[place % len(NAMES)] for place in range(237)]
    arrived["values"]["floors"] = [None if place % 5 == 0 else (place * 7) % 23 - 11 for place in range(237)]
    arrived["values"]["built_on"] = [None if place % 4 else f"20{place % 10:02d}-01-01" for place in range(237)]
    with unit_of_work(workspace, actor=AN, now=now(), label="nhập", kind="import") as work:
        work.insert_many(site, **arrived)
        gone = work.insert(site, {"name": "đã xóa"}, square())
        work.delete(site, gone.uid, expected=1)
    return workspace


def walk(connection, site, **more):
    found, after, pages = [], None, 0
    while True:
        page = records.fetch_page(connection, site, after=after, limit=31, **more)
        found += page.records
        pages += 1
        after = page.next
        if after is None:
            return found, pages


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "sort",
    ["uid", "title", "name", "floors", "area_m2", "public", "built_on", "uses", "state", "updated_at", "revision"],
)
def test_every_record_comes_once_and_in_order(filled, site, sort, descending):
    with filled.reading() as connection:
        everything = {record.uid: record for record in records.fetch_records(connection, site)}
        found, pages = walk(connection, site, sort=sort, descending=descending)
    assert pages == 8
    assert sorted(record.uid for record in found) == sorted(everything)
    assert all(record.geometry is None for record in found)
    assert found[0].lineage == everything[found[0].uid].lineage
    keys = [order_of(record, sort) for record in found]
    assert keys == sorted(keys, reverse=descending)


def order_of(record, sort):
    if sort in ("uid", "state", "updated_at", "revision"):
        return getattr(record, sort)
    value = record.values["name" if sort == "title" else sort]
    if sort in ("title", "name"):
        return sort_key(value) if value else ""
    if sort == "uses":
        return str(value or "")
    return (value is not None, value or 0) if sort != "built_on" else value or ""


def test_vietnamese_text_sorts_without_marks_and_numbers_by_size(filled, site):
    with filled.reading() as connection:
        found, _ = walk(connection, site, sort="title")
    names = list(dict.fromkeys(record.values["name"] for record in found if record.values["name"]))
    assert names == ["ao", "Ấp Bắc", "bến", "Đê 9", "đê 10", "ĐÊ 100", "Đình", "Dinh 2", "Zu"]


def test_a_page_is_found_by_the_index(filled, site):
    asked = []
    with filled.reading() as connection:
        first = records.fetch_page(connection, site, sort="title", limit=10)
        connection.connection.driver_connection.set_trace_callback(asked.append)
        records.fetch_page(connection, site, sort="title", limit=10, after=first.next)
        connection.connection.driver_connection.set_trace_callback(None)
        (plan,) = [row[3] for row in fetch_rows(connection, "EXPLAIN QUERY PLAN " + asked[-1])]
    assert "SEARCH site USING INDEX ix_site_title" in plan


def test_a_record_put_in_meanwhile_hides_none(filled, site, now):
    with filled.reading() as connection:
        first = records.fetch_page(connection, site, sort="title", limit=50)
    with unit_of_work(filled, actor=AN, now=now(), label="x") as work:
        work.insert(site, {"name": "aaa"}, square())
    seen = list(first.records)
    with filled.reading() as connection:
        after = first.next
        while after is not None:
            page = records.fetch_page(connection, site, sort="title", limit=50, after=after)
            seen += page.records
            after = page.next
    assert len(seen) == len({record.uid for record in seen}) == 238


def test_words_and_conditions_together(filled, site):
    with filled.reading() as connection:
        found, _ = walk(connection, site, text="de 10", sort="floors")
        assert {record.values["name"] for record in found} == {"đê 10", "ĐÊ 100"}
        assert records.count_page(connection, site, text="de 10") == len(found)
        where = "floors > 3 AND public = TRUE"
        both, _ = walk(connection, site, text="de", where=where, descending=True)
        assert all(record.values["floors"] > 3 and record.values["public"] for record in both)
        assert records.count_page(connection, site, where, "de") == len(both) > 0
        assert records.count_page(connection, site) == 237
        assert records.count_page(connection, site, "  ", " ,. ") == 237


def test_unknown_names_are_told(filled, site):
    with filled.reading() as connection:
        for more in ({"sort": "nope"}, {"where": "nope = 1"}, {"sort": "name; DROP TABLE site"}):
            with pytest.raises(UserError) as caught:
                records.fetch_page(connection, site, **more)
            assert caught.value.code == "FILTER-FIELD"
            assert "name" in caught.value.context["known"]
        with pytest.raises(UserError) as caught:
            records.fetch_page(connection, site, where="floors >")
        assert caught.value.code == "EXPRESSION-SYNTAX"
        with pytest.raises(UserError) as caught:
            records.fetch_page(connection, site, where='"name" = 1; DROP TABLE site')
        assert caught.value.code == "EXPRESSION-SYNTAX"


def test_columns_hold_what_the_records_hold_in_their_order(filled, site):
    keys = ["uid", "name", "floors", "public", "uses", "state", "revision"]
    with filled.reading() as connection:
        fids = paging.fetch_order(connection, site, sort="name", descending=True).tolist()
        found = paging.fetch_numbered(connection, site, fids)
        columns = paging.fetch_columns(connection, site, [*fids[:5], 999_999, *fids[5:]], keys)
        assert paging.fetch_columns(connection, site, [], keys) == [[] for _ in keys]
    for key, cells in zip(keys, columns, strict=True):
        assert cells == [getattr(record, key) if hasattr(record, key) else record.values[key] for record in found]
