from datetime import date

import pytest

from core.canonical import canonical_json, sha256_hex
from forms.record import Actor, Lineage, State
from localdb import journal
from localdb.engine import fetch_rows
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, many_sites, square


@pytest.fixture
def written(workspace, site, now):
    """Nine entries in four groups."""
    with unit_of_work(workspace, actor=AN, now=now(), label='nhập "đất"', kind="import") as work:
        work.insert_many(site, **many_sites(5))
    with unit_of_work(workspace, actor=Actor("Bình", authenticated=True), now=now(), label="thêm") as work:
        one = work.insert(site, {"name": "Đình"}, square(), Lineage(raw_values={"ô": 1}))
    with unit_of_work(workspace, actor=AN, now=now(), label="sửa") as work:
        work.update(site, one.uid, values={"name": None, "floors": 2}, expected=1)
    with unit_of_work(workspace, actor=AN, now=now(), label="duyệt", kind="state") as work:
        work.set_state(site, [one.uid], State.APPROVED)
    with unit_of_work(workspace, actor=AN, now=now(), label="xóa") as work:
        work.delete(site, one.uid, expected=2)
    return workspace


def break_with(workspace, sql):
    with workspace.store.writing() as connection:
        connection.exec_driver_sql(sql)
    with workspace.reading() as connection:
        return journal.verify_chain(connection)


def test_every_hash_is_of_the_one_before_and_the_event(written):
    with written.reading() as connection:
        changes = journal.fetch_changes(connection)
        assert journal.verify_chain(connection) is None
        for last in (1, 4, 9, 100):
            assert journal.verify_chain(connection, last=last) is None
    previous = "0" * 64
    for change in changes:
        event = {
            "sequence": change.sequence,
            "group": change.group,
            "kind": change.kind,
            "label": change.label,
            "type_id": change.type_id,
            "uid": change.uid,
            "operation": change.operation,
            "before": change.before,
            "after": change.after,
            "revision": change.revision,
            "actor": change.actor.name,
            "authenticated": change.actor.authenticated,
            "device": change.device,
            "at": change.at,
        }
        assert change.hash == sha256_hex(previous.encode() + canonical_json(event))
        previous = change.hash
    assert [change.sequence for change in changes] == list(range(1, 10))
    assert {change.authenticated for change in (one.actor for one in changes)} == {True, False}


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("UPDATE changes SET after = replace(after, 'Đình', 'Chùa') WHERE sequence = 6", 6),
        ("UPDATE changes SET before = NULL WHERE sequence = 7", 7),
        ("UPDATE changes SET revision = 5 WHERE sequence = 3", 3),
        ("UPDATE changes SET uid = 'x' WHERE sequence = 1", 1),
        ("UPDATE changes SET operation = 'insert' WHERE sequence = 9", 9),
        ("UPDATE changes SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE sequence = 4", 4),
        ("DELETE FROM changes WHERE sequence = 1", 1),
        ("DELETE FROM changes WHERE sequence = 5", 5),
        ("DELETE FROM changes WHERE sequence = 9", 9),
        ("DELETE FROM changes WHERE sequence >= 8", 8),
        ("DELETE FROM changes", 1),
        ("UPDATE change_groups SET actor = 'Kẻ lạ' WHERE number = 2", 6),
        ("UPDATE change_groups SET at = '2020-01-01T00:00:00.000Z' WHERE number = 1", 1),
        ("UPDATE change_groups SET authenticated = 1 WHERE number = 3", 7),
        ("DELETE FROM change_groups WHERE number = 4", 8),
        (
            "INSERT INTO changes SELECT 10, group_number, type_id, uid, operation, before, after, revision, hash, hash "
            "FROM changes WHERE sequence = 9",
            10,
        ),
    ],
)
def test_tampering_is_found_where_it_is(written, sql, index):
    assert break_with(written, sql) == index


def test_exchanged_entries_are_found(written):
    swap = "UPDATE changes SET sequence = CASE sequence WHEN 2 THEN -3 ELSE -2 END WHERE sequence IN (2, 3)"
    assert break_with(written, swap) == 2
    assert break_with(written, "UPDATE changes SET sequence = -sequence WHERE sequence < 0") == 2


def test_a_look_at_the_end_does_not_see_the_beginning(written):
    break_with(written, "UPDATE changes SET revision = 7 WHERE sequence = 2")
    with written.reading() as connection:
        assert journal.verify_chain(connection, last=5) is None
        assert journal.verify_chain(connection) == 2


def test_an_entry_of_another_device_does_not_fit(written, make_workspace, site, now):
    other = make_workspace("khác")
    with unit_of_work(other, actor=AN, now=now(), label="x") as work:
        work.insert(site, {}, square())
    with other.reading() as connection:
        ((*row,),) = fetch_rows(connection, "SELECT * FROM changes")
    with written.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM changes WHERE sequence = 1")
        connection.exec_driver_sql(f"INSERT INTO changes VALUES ({', '.join('?' * len(row))})", tuple(row))
    with written.reading() as connection:
        assert journal.verify_chain(connection) == 1


def test_reading_a_part(written):
    with written.reading() as connection:
        everything = journal.fetch_changes(connection)
        assert journal.fetch_changes(connection, after=3, limit=2) == everything[3:5]
        uid = everything[-1].uid
        assert [change.operation for change in journal.fetch_changes(connection, uid=uid)] == [
            "insert",
            "update",
            "state",
            "delete",
        ]
        assert journal.chain_head(connection) == journal.ChainHead(9, everything[-1].hash)
        assert [change.sequence for change in journal.fetch_group(connection, 1)] == [5, 4, 3, 2, 1]


def test_an_empty_journal(workspace):
    with workspace.reading() as connection:
        assert journal.chain_head(connection) == journal.ChainHead(0, journal.GENESIS)
        assert journal.verify_chain(connection) is None
        assert journal.fetch_changes(connection) == []
        assert journal.count_by_day(connection, date(2026, 1, 1)) == {}


def test_days_are_vietnams(workspace, site):
    for at, count in (
        ("2026-03-01T16:59:00.000Z", 2),
        ("2026-03-01T17:01:00.000Z", 3),
        ("2025-12-31T10:00:00.000Z", 1),
    ):
        with unit_of_work(workspace, actor=AN, now=at, label="x") as work:
            for _ in range(count):
                work.insert(site, {}, square())
    with workspace.reading() as connection:
        assert journal.count_by_day(connection, date(2026, 1, 1)) == {date(2026, 3, 1): 2, date(2026, 3, 2): 3}
