"""Records that point at one: found by an index, in new stores and in those of older programs."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from forms.catalogue import Catalogue
from forms.model import RecordType
from localdb.engine import fetch_rows
from localdb.pointing import count_pointing, fetch_pointing
from localdb.unit_of_work import unit_of_work
from localdb.workspace import Workspace
from tests.localdb.samples import AN, square

PARENTS = ("parent-1", "parent-2")


@pytest.fixture
def filled(make_workspace: Callable[..., Workspace], site: RecordType, now: Callable[[], str]) -> Workspace:
    """Seven sites: three of one parent, three of another, one of none."""
    workspace: Workspace = make_workspace()
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        for number in range(6):
            work.insert(site, {"name": f"Khu {number}", "parent": PARENTS[number % 2]}, square())
        work.insert(site, {"name": "Khu lẻ"}, square())
    return workspace


def plan_of(connection: Connection) -> str:
    sql = "SELECT uid FROM site WHERE deleted_at IS NULL AND parent IN (SELECT value FROM json_each(?)) ORDER BY fid"
    return " ".join(row[-1] for row in fetch_rows(connection, f"EXPLAIN QUERY PLAN {sql}", (json.dumps(PARENTS[:1]),)))


def test_those_that_point_at_a_record_are_found_in_order(filled: Workspace, site: RecordType) -> None:
    with filled.reading() as connection:
        one = fetch_pointing(connection, site, "parent", PARENTS[:1])
        both = fetch_pointing(connection, site, "parent", PARENTS, with_geometry=False)
        assert "ix_site_parent" in plan_of(connection)
    assert [record.values["name"] for record in one] == ["Khu 0", "Khu 2", "Khu 4"]
    assert all(record.geometry is not None for record in one)
    assert len(both) == 6
    assert all(record.geometry is None for record in both)


def test_those_that_point_are_counted_by_a_column(filled: Workspace, site: RecordType) -> None:
    with filled.reading() as connection:
        assert count_pointing(connection, site, "parent", "state") == {uid: {"draft": 3} for uid in PARENTS}
        assert count_pointing(connection, site, "parent", "kind") == {uid: {"": 3} for uid in PARENTS}


def test_a_deleted_record_points_at_nothing(filled: Workspace, site: RecordType, now: Callable[[], str]) -> None:
    with filled.reading() as connection:
        first, *_ = fetch_pointing(connection, site, "parent", PARENTS[:1])
    with unit_of_work(filled, actor=AN, now=now(), label="x") as work:
        work.delete(site, first.uid, expected=1)
    with filled.reading() as connection:
        left = fetch_pointing(connection, site, "parent", PARENTS[:1])
    assert [record.values["name"] for record in left] == ["Khu 2", "Khu 4"]


def test_a_store_of_an_older_program_gets_the_index(
    filled: Workspace, make_workspace: Callable[..., Workspace], catalogue: Catalogue
) -> None:
    with filled.store.writing() as connection:
        connection.exec_driver_sql("DROP INDEX ix_site_parent")
        for type_id, definition in fetch_rows(connection, "SELECT type_id, definition FROM record_types"):
            older = {key: fact for key, fact in json.loads(definition).items() if key != "indexed"}
            connection.exec_driver_sql(
                "UPDATE record_types SET definition = ? WHERE type_id = ?",
                (json.dumps(older, sort_keys=True), type_id),
            )
    filled.close()
    with make_workspace(again=catalogue).reading() as connection:
        assert "ix_site_parent" in plan_of(connection)
        site = catalogue.type("site")
        assert len(fetch_pointing(connection, site, "parent", PARENTS)) == 6
