"""The province's remarks: fetched, listed by deadline, dealt with, closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services import editing
from services.desk import Desk
from services.overview import build_overview
from services.remarks import ToDo, list_remarks, mark_remark, take_remarks
from services.syncing import sync
from tests.cli.running import run
from tests.services.desks import FakeClock, open_again, refused, sample_line, snapshot
from tests.services.gateways import Gateway
from tests.services.pairs import Pair, one_road
from wire.protocol import RemarkItem

ONE, TWO, THREE = (f"00000000-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))


def remark(remark_id: str, **facts: Any) -> RemarkItem:
    usual = {
        "uid": None,
        "type_id": None,
        "field": None,
        "place": None,
        "text": "Bổ sung bề rộng nền đường",
        "deadline": None,
        "created_at": "2026-03-01T00:00:00.000Z",
        "closed_at": None,
    }
    return RemarkItem(remark_id=remark_id, **{**usual, **facts})


def ids(todos: list[ToDo]) -> list[str]:
    return [todo.remark.remark_id for todo in todos]


def test_the_nearest_deadline_comes_first_and_what_is_done_last(desk: Desk) -> None:
    """The desk's day is 1 April 2026."""
    take_remarks(desk, [remark(ONE), remark(TWO, deadline="2026-04-11"), remark(THREE, deadline="2026-03-29")])
    found = list_remarks(desk)
    assert ids(found) == [THREE, TWO, ONE]
    assert [(todo.days_left, todo.is_late) for todo in found] == [(-3, True), (10, False), (None, False)]
    tasks = {task.code: task.count for task in build_overview(desk).tasks}
    assert (tasks["TODAY-REMARKS-LATE"], tasks["TODAY-REMARKS"]) == (1, 2)
    mark_remark(desk, THREE, done=True)
    found = list_remarks(desk)
    assert ids(found) == [TWO, ONE, THREE]
    assert (found[-1].is_done, found[-1].is_late, found[-1].remark.done_by) == (True, False, "Nguyễn Văn An")
    mark_remark(desk, THREE, done=False)
    assert ids(list_remarks(desk)) == [THREE, TWO, ONE]
    refused("REMARK-UNKNOWN", lambda: mark_remark(desk, "khác", done=True))


def test_what_was_done_stays_done_when_the_remarks_come_again(desk: Desk) -> None:
    take_remarks(desk, [remark(ONE), remark(TWO)])
    mark_remark(desk, ONE, done=True)
    before = snapshot(desk)
    take_remarks(desk, [remark(TWO), remark(ONE)])
    assert snapshot(desk) == before, "nothing new is nothing written"
    take_remarks(desk, [remark(ONE, text="Đã rõ hơn"), remark(THREE)])
    found = {todo.remark.remark_id: todo for todo in list_remarks(desk)}
    assert set(found) == {ONE, THREE}
    assert (found[ONE].is_done, found[ONE].remark.text) == (True, "Đã rõ hơn")


def test_closed_remarks_are_no_task(desk: Desk) -> None:
    take_remarks(desk, [remark(ONE, closed_at="2026-03-02T00:00:00.000Z"), remark(TWO)])
    assert ids(list_remarks(desk)) == [TWO]


@pytest.mark.parametrize("deadline", ["hôm qua", "2026-13-01", ""])
def test_a_deadline_that_is_no_day_is_none(desk: Desk, deadline: str) -> None:
    take_remarks(desk, [remark(ONE, deadline=deadline)])
    [todo] = list_remarks(desk)
    assert (todo.days_left, todo.remark.deadline) == (None, None)


def test_the_record_is_named_as_long_as_it_is_here(desk: Desk) -> None:
    road = editing.insert_record(desk, "road_segment", {"name": "Đường A"}, sample_line((0, 0), (120, 40))).record
    take_remarks(desk, [remark(ONE, uid=road.uid, type_id="road_segment", field="lanes")])
    [todo] = list_remarks(desk)
    assert (todo.title, todo.exists) == ("Đường A", True)
    editing.delete_records(desk, [road.uid])
    [todo] = list_remarks(desk)
    assert (todo.title, todo.exists) == ("", False)


def test_remarks_outlive_a_restart_and_the_day_moves_on(desk: Desk) -> None:
    take_remarks(desk, [remark(ONE, deadline="2026-04-11")])
    folder = desk.workspace.folder
    desk.close()
    later = FakeClock(datetime(2026, 4, 1, tzinfo=UTC) + timedelta(days=20))
    with open_again(folder, clock=later) as again:
        [todo] = list_remarks(again)
        assert todo.is_late


def test_from_the_provinces_keyboard_to_the_communes_list(pair: Pair, gateway: Gateway) -> None:
    one, two = pair()
    road = one_road(one)
    database = ("--database", str(gateway.database))
    commune = ("--commune", one.commune.code)
    said = run(
        "remark", "Bề rộng sai", *commune, "--uid", road.uid, "--field", "lanes", "--deadline", "15/04/2026", *database
    )
    assert said.code == 0, said.err
    sync(one)
    [todo] = list_remarks(one)
    assert (todo.remark.remark_id, todo.remark.text, todo.title) == (said.out.strip(), "Bề rộng sai", "Đường A")
    assert (todo.remark.uid, todo.remark.field, todo.remark.deadline) == (road.uid, "lanes", "2026-04-15")
    sync(two)
    assert ids(list_remarks(two)) == ids(list_remarks(one))
    assert run("close-remark", todo.remark.remark_id, *commune, *database).code == 0
    sync(one)
    assert list_remarks(one) == []
    assert run("close-remark", "khong-co", *commune, *database).code == 2
    assert run("remark", " ", *commune, *database).code == 2
    assert run("remark", "x", *commune, "--uid", ONE, *database).code == 2
    assert run("remark", "x", *commune, "--uid", road.uid, "--field", "nowhere", *database).code == 2
