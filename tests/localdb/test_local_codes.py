"""Codes made offline: never twice on one device, never the same on two, whatever comes in between."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from core.identity import new_uid
from forms.identity import device_mark, parse_local_code
from localdb import likeness, local_codes
from localdb.engine import fetch_rows
from localdb.search import SEARCH_TABLE
from localdb.tables import code_counters, code_marks
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, many_sites, square

COMMUNE = "21583"


def allocate(workspace, site, now: Callable[[], str], count: int = 1, year: int = 2026) -> list[str]:
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        return work.allocate_codes(site, year, [COMMUNE] * count)


def test_codes_count_by_type_and_year(workspace, catalogue, site, now):
    mark = device_mark(workspace.device_id)
    assert allocate(workspace, site, now, 2) == [f"21583-THI-2026-0001-{mark}", f"21583-THI-2026-0002-{mark}"]
    assert allocate(workspace, site, now) == [f"21583-THI-2026-0003-{mark}"]
    assert allocate(workspace, site, now, year=2027) == [f"21583-THI-2027-0001-{mark}"]
    assert allocate(workspace, site, now, 0) == []


def test_a_unit_of_work_that_fails_gives_nothing_away(workspace, site, now):
    first = allocate(workspace, site, now)
    with pytest.raises(RuntimeError), unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert(site, {"local_code": work.allocate_codes(site, 2026, [COMMUNE])[0]}, square())
        raise RuntimeError
    assert set(first).isdisjoint(allocate(workspace, site, now))


def test_counters_outlive_the_program(workspace, make_workspace, catalogue, site, now):
    given_before = allocate(workspace, site, now, 5)
    workspace.close()
    again = make_workspace(again=catalogue)
    assert parse_local_code(allocate(again, site, now)[0]).sequence == 6
    assert len(given_before) == 5


def test_a_code_with_our_mark_that_is_typed_or_imported_moves_the_counter_on(workspace, site, now):
    mark = device_mark(workspace.device_id)
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        record = work.insert(site, {"local_code": f"21583-THI-2026-0040-{mark}"}, square())
    assert parse_local_code(allocate(workspace, site, now)[0]).sequence == 41
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.update(site, record.uid, values={"local_code": f"21583-THI-2026-0050-{mark}"}, expected=1)
    assert parse_local_code(allocate(workspace, site, now)[0]).sequence == 51
    sites = many_sites(3)
    sites["values"]["local_code"] = [f"21583-THI-2026-{number:04}-{mark}" for number in (7, 90, 8)]
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert_many(site, **sites)
    assert parse_local_code(allocate(workspace, site, now)[0]).sequence == 91
    assert allocate(workspace, site, now)[0].endswith(mark)


def test_a_pulled_record_with_our_mark_that_we_never_gave_makes_us_take_another(workspace, site, now):
    mark = device_mark(workspace.device_id)
    [ours] = allocate(workspace, site, now)
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        mine = work.insert(site, {"local_code": ours}, square())
    with unit_of_work(workspace, actor=AN, now=now(), label="x", kind="pull") as work:
        work.update(site, mine.uid, values={"local_code": ours, "name": "Chợ"}, expected=1)
        work.insert(site, {"local_code": "21583-THI-2026-0009-AAAA"}, square(), uid=new_uid())
    assert allocate(workspace, site, now)[0].endswith(mark)
    with unit_of_work(workspace, actor=AN, now=now(), label="x", kind="pull") as work:
        work.insert(site, {"local_code": ours}, square(), uid=new_uid())
    fresh = allocate(workspace, site, now)[0]
    assert not fresh.endswith(mark)
    assert fresh.endswith(device_mark(workspace.device_id, 1))


def test_a_copied_workspace_is_another_device(workspace, site, now):
    with workspace.store.writing() as connection:
        ours = local_codes.allocate_codes(connection, workspace.device_id, "THI", 2026, [COMMUNE])
        theirs = local_codes.allocate_codes(connection, new_uid(), "THI", 2026, [COMMUNE])
    assert set(ours).isdisjoint(theirs)


def test_holders_are_found_by_the_search_index(workspace, site, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        uids = [work.insert(site, {"local_code": code}, square()).uid for code in ("ĐX-01", "ĐX-01", "ĐX-011", "ĐX 01")]
    number = workspace.type_numbers["site"]
    with workspace.reading() as connection:
        assert likeness.fetch_holders(connection, site, number, "ĐX-01") == uids[:2]
        assert likeness.fetch_holders(connection, site, number, "--") == []
        assert set(likeness.uids_alike(connection, site, number, {"local_code": "đx-01"})) >= set(uids[:2])
        plan = fetch_rows(
            connection, f"EXPLAIN QUERY PLAN SELECT rowid FROM {SEARCH_TABLE} WHERE {SEARCH_TABLE} MATCH 'x'"
        )
        assert "VIRTUAL TABLE INDEX" in plan[0][3]


class Device:
    """One computer's counters, in a store of their own."""

    def __init__(self) -> None:
        self.device_id = new_uid()
        self.connection: Connection = create_engine("sqlite://").connect()
        for table in (code_marks, code_counters):
            table.create(self.connection)
        self.given: list[str] = []

    def give(self, count: int, *, commits: bool) -> None:
        """Give codes in a transaction that commits, or is taken back as a crash takes it back."""
        with self.connection.begin_nested() as transaction:
            codes = local_codes.allocate_codes(self.connection, self.device_id, "CAU", 2026, [COMMUNE] * count)
            if commits:
                self.given += codes
            else:
                transaction.rollback()

    def hear(self, codes: list[str]) -> None:
        local_codes.note_codes(self.connection, self.device_id, codes, from_others=codes)

    def type(self, code: str) -> None:
        local_codes.note_codes(self.connection, self.device_id, [code])


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["give", "crash", "pull", "type"]), st.integers(1, 4)), max_size=40
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.booleans())
def test_three_devices_never_make_one_code_twice(steps, collide):
    """Whatever the order of giving, crashing, pulling from one another and typing codes by hand."""
    devices = [Device() for _ in range(3)]
    heard: dict[int, set[str]] = {0: set(), 1: set(), 2: set()}
    if collide:
        devices[1].device_id = devices[0].device_id  # two devices with one mark, as bad luck may have it
    for place, action, number in steps:
        device = devices[place]
        if action == "give":
            device.give(number, commits=True)
        elif action == "crash":
            device.give(number, commits=False)
        elif action == "type" and device.given:
            device.type(device.given[0].replace("-0001-", f"-{number + len(device.given) + 50:04}-"))
        elif action == "pull":
            news = [code for other in devices if other is not device for code in other.given]
            news = [code for code in news if code not in heard[place] and code not in device.given]
            heard[place].update(news)
            device.hear(news)
    for device in devices:
        assert len(set(device.given)) == len(device.given)
    apart = devices if not collide else [devices[0], devices[2]]
    given_by = [set(device.given) for device in apart]
    assert not any(one & other for place, one in enumerate(given_by) for other in given_by[place + 1 :])


def test_two_devices_with_one_mark_part_as_soon_as_they_hear_of_each_other():
    one, other = Device(), Device()
    other.device_id = one.device_id
    one.give(2, commits=True)
    other.give(3, commits=True)
    one.hear(other.given[2:])
    one.give(2, commits=True)
    other.give(2, commits=True)
    assert set(one.given[2:]).isdisjoint(other.given)


def test_a_typed_number_out_of_reason_moves_nothing_and_codes_stay_codes(workspace, site, now):
    mark = device_mark(workspace.device_id)
    for typed in ("999999999", "1000000"):
        with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
            work.insert(site, {"local_code": f"21583-THI-2026-{typed}-{mark}"}, square())
    assert allocate(workspace, site, now) == [f"21583-THI-2026-0001-{mark}"]
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert(site, {"local_code": f"21583-THI-2026-999998-{mark}"}, square())
    after = device_mark(workspace.device_id, 1)
    codes = allocate(workspace, site, now, 3)
    assert codes == [f"21583-THI-2026-{number}" for number in (f"999999-{mark}", f"0001-{after}", f"0002-{after}")]
    assert all(parse_local_code(code) for code in codes)


def test_a_counter_that_ran_away_before_gives_codes_again(workspace, site, now):
    with workspace.store.writing() as connection:
        mark = device_mark(workspace.device_id)
        connection.exec_driver_sql("INSERT INTO code_counters VALUES (?, 'THI', 2026, 999999999)", (mark,))
    [code] = allocate(workspace, site, now)
    assert parse_local_code(code) == ("21583", "THI", 2026, 1, device_mark(workspace.device_id, 1))
