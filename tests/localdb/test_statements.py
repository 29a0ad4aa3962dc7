"""Rows in large statements are the rows one by one."""

import pytest

from localdb.engine import fetch_rows
from localdb.statements import Rows, insert_rows


@pytest.fixture
def table(workspace):
    with workspace.store.writing() as connection:
        connection.exec_driver_sql('CREATE TABLE "t ""x"(a INTEGER PRIMARY KEY, b TEXT, "c %" TEXT, d REAL)')
        yield connection


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 40])
@pytest.mark.parametrize("most", [1, 3, 1_000])
def test_rows_come_in_order_whatever_a_statement_takes(table, count, most):
    own = {"a": range(5, 5 + count), "c %": [None if place % 3 else f"%s '{place}'" for place in range(count)]}
    insert_rows(table, Rows('t "x', count, own, {"b": "chung ?1", "d": 0.5}, most=most))
    expected = [(5 + place, "chung ?1", own["c %"][place], 0.5) for place in range(count)]
    assert fetch_rows(table, 'SELECT * FROM "t ""x" ORDER BY rowid') == expected


def test_bytes_become_text_where_they_are_text(table):
    insert_rows(table, Rows('t "x', 2, {"b": ["đ".encode(), None], "c %": [b"x", b"y"]}, texts=frozenset({"b"})))
    assert fetch_rows(table, 'SELECT b, "c %", typeof(b) FROM "t ""x" ORDER BY a') == [
        ("đ", b"x", "text"),
        (None, b"y", "null"),
    ]


def test_an_ending_says_what_happens_to_a_row_that_is_there(table):
    ending = ' ON CONFLICT(a) DO UPDATE SET "c %" = excluded."c %"'
    for text in ("cũ", "mới"):
        insert_rows(table, Rows('t "x', 2, {"a": [1, 2], "c %": [text, text + "!"]}, ending=ending))
    assert fetch_rows(table, 'SELECT a, "c %" FROM "t ""x"') == [(1, "mới"), (2, "mới!")]


def test_rows_that_are_all_alike(table):
    insert_rows(table, Rows('t "x', 3, {}, {"b": "x"}))
    assert fetch_rows(table, 'SELECT b FROM "t ""x"') == [("x",)] * 3
