"""An R*Tree filled at once is the one that SQLite would have filled box by box, and goes on as one."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sqlalchemy import create_engine
from sqlcipher3 import dbapi2

from localdb.engine import fetch_rows
from localdb.packed_index import fill_index, is_empty

BOX = "(pkid, xmin, ymin, xmax, ymax) VALUES (?, ?, ?, ?, ?)"


@contextmanager
def indexes():
    """Two empty indexes of one store: ``packed`` and ``single``."""
    engine = create_engine("sqlite://", module=dbapi2)
    with engine.connect() as connection, connection.begin():
        for name in ("packed", "single"):
            connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {name} USING rtree(pkid, xmin, xmax, ymin, ymax)")
        yield connection
    engine.dispose()


def fill_both(connection, numbers, boxes):
    fill_index(connection, "packed", numbers, boxes)
    rows = [(number, *box) for number, box in zip(numbers.tolist(), boxes.tolist(), strict=True)]
    connection.exec_driver_sql(f"INSERT INTO single{BOX}", rows)


def rows_of(connection, name, where=""):
    return fetch_rows(connection, f"SELECT * FROM {name} {where} ORDER BY pkid")


def random_boxes(count, seed=3):
    random = np.random.default_rng(seed)
    corner = random.uniform((-5e5, -5e5), (6e5, 2.4e6), (count, 2))
    return np.concatenate([corner, corner + random.uniform(0, 400, (count, 2))], axis=1)


finite = st.floats(-1e38, 1e38, allow_nan=False)
corners = arrays.arrays(np.float64, st.tuples(st.integers(1, 120), st.just(4)), elements=finite)


@given(corners)
def test_boxes_are_rounded_as_sqlite_rounds_them(given_boxes):
    boxes = np.concatenate(
        [np.minimum(given_boxes[:, :2], given_boxes[:, 2:]), np.maximum(given_boxes[:, :2], given_boxes[:, 2:])], axis=1
    )
    with indexes() as connection:
        fill_both(connection, 7 * np.arange(1, len(boxes) + 1), boxes)
        assert rows_of(connection, "packed") == rows_of(connection, "single")
        assert fetch_rows(connection, "SELECT rtreecheck('packed')") == [("ok",)]


@pytest.mark.parametrize("count", [1, 51, 52, 2_600, 2_700])
def test_a_search_finds_what_it_would_have_found(count):
    boxes = random_boxes(count)
    with indexes() as connection:
        fill_both(connection, np.arange(1, count + 1), boxes)
        assert fetch_rows(connection, "SELECT rtreecheck('packed')") == [("ok",)]
        for west, south, east, north in random_boxes(20, seed=9) + (-5e4, -5e4, 5e4, 5e4):
            where = f"WHERE xmax >= {west} AND xmin <= {east} AND ymax >= {south} AND ymin <= {north}"
            assert rows_of(connection, "packed", where) == rows_of(connection, "single", where)


def test_boxes_come_and_go_afterwards():
    boxes = random_boxes(3_000)
    with indexes() as connection:
        fill_both(connection, np.arange(1, 3_001), boxes)
        for name in ("packed", "single"):
            connection.exec_driver_sql(f"DELETE FROM {name} WHERE pkid % 3 = 0")
            added = [(number, *box) for number, box in enumerate(random_boxes(500, seed=5).tolist(), 5_000)]
            connection.exec_driver_sql(f"INSERT INTO {name}{BOX}", added)
        assert fetch_rows(connection, "SELECT rtreecheck('packed')") == [("ok",)]
        assert rows_of(connection, "packed") == rows_of(connection, "single")
        connection.exec_driver_sql("DELETE FROM packed")
        assert is_empty(connection, "packed")
        fill_index(connection, "packed", np.arange(1, 3_001), boxes)
        assert fetch_rows(connection, "SELECT rtreecheck('packed')") == [("ok",)]
        assert len(rows_of(connection, "packed")) == 3_000


def test_nothing_is_put_in_for_no_boxes():
    with indexes() as connection:
        fill_index(connection, "packed", np.arange(0), np.empty((0, 4)))
        assert is_empty(connection, "packed")
