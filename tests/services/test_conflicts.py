"""What commune and province changed differently: shown in sentences, decided by a person, nothing lost on the way."""

from collections import Counter
from typing import Any

import pytest
import shapely

from core.errors import EnvironmentFault
from forms.content import GEOMETRY, Content, content_hash, geometry_to_hex, record_content
from forms.record import Record, State
from localdb import outbox
from services import editing
from services.approving import approve
from services.conflict_words import _origin, conflict_title, describe_conflict
from services.conflicts import (
    WHOLE,
    Choice,
    OpenConflict,
    Other,
    Side,
    decide,
    list_conflicts,
    open_conflict,
    settle_undisputed,
)
from services.desk import Desk
from services.pulling import Pulled, apply_page
from services.reading import fetch_record, history_of
from services.syncing import sync
from tests.services.desks import records_of, refused, sample_line, snapshot
from tests.services.pairs import Pair, edit, one_road, push, state_of
from wire.protocol import ChangeItem, ChangesPage

LINE = sample_line((0, 0), (120, 40), (260, 30))
MOVED = sample_line((0, 0), (120, 45), (260, 30))
AWAY = sample_line((0, 0), (120, 20), (260, 30))


def from_province(desk: Desk, uid: str, content: Content | None, revision: int) -> Pulled:
    """Let the province say what it has of a road."""
    item = ChangeItem(
        sequence=revision,
        type_id="road_segment",
        uid=uid,
        revision=revision,
        content=content,
        content_hash=None if content is None else content_hash(content),
        device_id="00000000-0000-0000-0000-000000000001",
        package_id="0" * 64,
        at="2026-03-01T00:00:00.000Z",
    )
    page = ChangesPage(epoch="e", reset=False, changes=(item,), next=revision, horizon=revision, more=False)
    pulled = Pulled()
    apply_page(desk, page, pulled)
    return pulled


@pytest.fixture
def road(desk: Desk) -> Record:
    """A road of five metres that the province has."""
    made = editing.insert_record(desk, "road_segment", {"name": "Đường A", "formation_w": 5.0, "lanes": 1}, LINE).record
    content = record_content(made)
    editing.delete_records(desk, [made.uid])
    from_province(desk, made.uid, content, 1)
    return fetch_record(desk, made.uid)


def disputed(desk: Desk, road: Record, ours: dict[str, Any], theirs: dict[str, Any]) -> OpenConflict:
    """Let the commune change ``ours`` and the province ``theirs`` of a road."""
    edit(desk, road.uid, **ours)
    pulled = from_province(desk, road.uid, {**record_content(road), **theirs}, 2)
    assert pulled.parked == {road.uid}
    return open_conflict(desk, road.uid)


def waits_for_sending(desk: Desk, uid: str) -> bool:
    """Whether a change of ours is still to be sent, and would be once it is approved."""
    with desk.reading() as connection:
        return bool(outbox.fetch_waiting(connection, [uid]))


def contents_seen(desk: Desk, uid: str, key: str) -> list[Any]:
    """Every value that the record's history shows for one field."""
    return [change.after[key] for change in history_of(desk, uid) if change.after and key in change.after]


def test_a_conflict_is_told_in_one_sentence_a_field(desk: Desk, road: Record) -> None:
    theirs = {"formation_w": 7.0, "lanes": 2, GEOMETRY: geometry_to_hex(AWAY)}
    edit(desk, road.uid, formation_w=6.0, name="Đường Lê Lợi")
    editing.update_geometry(desk, road.uid, MOVED, expected=fetch_record(desk, road.uid).revision)
    from_province(desk, road.uid, {**record_content(road), **theirs}, 2)
    found = open_conflict(desk, road.uid)
    assert [item.key for item in found.disputed] == ["formation_w", GEOMETRY], "what is computed is not asked"
    assert found.settled == ("lanes", "name")
    told = {item.key: item for item in describe_conflict(desk, found, "vi")}
    assert told["formation_w"].sentence == "Tỉnh đổi 5,00 m → 7,00 m, xã đổi 5,00 m → 6,00 m."
    assert (told["formation_w"].ours, told["formation_w"].theirs) == ("6,00 m", "7,00 m")
    assert told[GEOMETRY].sentence.endswith("Hai hình lệch nhau nhiều nhất 24,94 m.")
    assert conflict_title(desk, found, "vi") == "Đường Lê Lợi"
    for item in describe_conflict(desk, found, "en"):
        assert "{" not in item.sentence


@pytest.mark.parametrize(
    ("choice", "width", "waits"), [("ours", 6.0, True), ("theirs", 7.0, False), (Other(6.5), 6.5, True)]
)
def test_what_is_decided_stands_and_what_lost_is_in_the_history(
    desk: Desk, road: Record, choice: Choice, width: float, waits: bool
) -> None:
    found = disputed(desk, road, {"formation_w": 6.0}, {"formation_w": 7.0})
    done = decide(desk, found, {"formation_w": choice})
    assert done.waits is waits
    now = fetch_record(desk, road.uid)
    assert (now.values["formation_w"], now.base_revision) == (width, 2)
    assert now.state is (State.DRAFT if waits else State.ACCEPTED)
    assert waits_for_sending(desk, road.uid) is waits
    assert {6.0, 7.0, width} <= set(contents_seen(desk, road.uid, "formation_w"))
    assert list_conflicts(desk) == []
    refused("CONFLICT-NONE", lambda: open_conflict(desk, road.uid))
    refused("CONFLICT-NONE", lambda: decide(desk, found, {"formation_w": choice}))


def test_what_only_one_side_changed_stays_as_changed(desk: Desk, road: Record) -> None:
    found = disputed(desk, road, {"formation_w": 6.0, "name": "Đường B"}, {"formation_w": 7.0, "lanes": 2})
    assert decide(desk, found, {"formation_w": "theirs"}).waits, "our name is still to be sent"
    now = fetch_record(desk, road.uid)
    assert (now.values["formation_w"], now.values["name"], now.values["lanes"]) == (7.0, "Đường B", 2)


def test_a_shape_brings_what_is_computed_from_it(desk: Desk, road: Record) -> None:
    editing.update_geometry(desk, road.uid, MOVED, expected=road.revision)
    from_province(desk, road.uid, {**record_content(road), GEOMETRY: geometry_to_hex(AWAY), "length_m": 1.0}, 2)
    decide(desk, open_conflict(desk, road.uid), {GEOMETRY: "ours"})
    now = fetch_record(desk, road.uid)
    assert now.geometry is not None
    assert shapely.hausdorff_distance(now.geometry, MOVED) < 1e-4
    assert now.values["length_m"] == pytest.approx(MOVED.length, abs=0.01)


def test_what_is_computed_is_merged_from_what_both_changed(desk: Desk, road: Record) -> None:
    edit(desk, road.uid, from_km=1.0)
    from_province(desk, road.uid, {**record_content(road), "to_km": 3.5, "chainage_length_km": 9.0}, 2)
    now = fetch_record(desk, road.uid)
    assert (now.values["from_km"], now.values["to_km"], now.values["chainage_length_km"]) == (1.0, 3.5, 2.5)
    assert list_conflicts(desk) == []


def test_a_conflict_in_which_nothing_is_disputed_settles_itself(desk: Desk, road: Record) -> None:
    """As an older gateway answers that takes a computed field for a conflict."""
    edit(desk, road.uid, from_km=1.0)
    theirs = {**record_content(road), "to_km": 3.5, "chainage_length_km": 3.5}
    kind = desk.catalogue.type("road_segment")
    with desk.work("WORK-PULL", kind="pull") as work:
        work.park_conflict(kind, road.uid, revision=2, theirs=theirs)
    assert open_conflict(desk, road.uid).disputed == ()
    assert settle_undisputed(desk) == {road.uid}
    now = fetch_record(desk, road.uid)
    assert (now.values["from_km"], now.values["to_km"], now.values["chainage_length_km"]) == (1.0, 3.5, 2.5)
    assert settle_undisputed(desk) == frozenset()


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_deleted_here_and_changed_there(desk: Desk, road: Record, choice: Side) -> None:
    editing.delete_records(desk, [road.uid])
    assert from_province(desk, road.uid, {**record_content(road), "lanes": 4}, 2).parked == {road.uid}
    found = open_conflict(desk, road.uid)
    [told] = describe_conflict(desk, found, "vi")
    assert told.sentence == "Xã đã xóa bản ghi này, còn tỉnh đã sửa: Số làn xe."
    assert (told.ours, told.theirs) == ("xóa bản ghi", "giữ bản ghi")
    done = decide(desk, found, {WHOLE: choice})
    if choice == "theirs":
        assert (done.waits, fetch_record(desk, road.uid).values["lanes"]) == (False, 4)
        assert state_of(desk, road.uid) is State.ACCEPTED
        assert not waits_for_sending(desk, road.uid)
    else:
        assert (done.waits, done.record) == (True, None)
        assert records_of(desk, "road_segment") == []
        assert approve(desk).approved == (road.uid,)
        with desk.reading() as connection:
            [pending] = outbox.fetch_pending(connection, desk.catalogue)
        assert (pending.operation, pending.base_revision) == ("delete", 2)
    assert 4 in contents_seen(desk, road.uid, "lanes"), "the province's version stands in the history"


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_changed_here_and_deleted_there(desk: Desk, road: Record, choice: Side) -> None:
    edit(desk, road.uid, lanes=4)
    assert from_province(desk, road.uid, None, 2).parked == {road.uid}
    found = open_conflict(desk, road.uid)
    [told] = describe_conflict(desk, found, "vi")
    assert (told.ours, told.theirs) == ("giữ bản ghi", "xóa bản ghi")
    done = decide(desk, found, {WHOLE: choice})
    if choice == "theirs":
        assert (done.waits, done.record, records_of(desk, "road_segment")) == (False, None, [])
        assert not waits_for_sending(desk, road.uid)
    else:
        now = fetch_record(desk, road.uid)
        assert (done.waits, now.values["lanes"], now.state, now.base_revision) == (True, 4, State.DRAFT, 2)
        approve(desk)
        with desk.reading() as connection:
            [pending] = outbox.fetch_pending(connection, desk.catalogue)
        assert (pending.operation, pending.base_content) == ("update", None)


def test_a_choice_for_each_and_for_nothing_else(desk: Desk, road: Record) -> None:
    found = disputed(desk, road, {"formation_w": 6.0, "lanes": 2}, {"formation_w": 7.0, "lanes": 3})
    before = snapshot(desk)
    refused("CONFLICT-OPEN", lambda: decide(desk, found, {"lanes": "ours"}))
    refused("CONFLICT-CHOICE", lambda: decide(desk, found, {"lanes": "ours", "formation_w": "ours", "name": "ours"}))
    assert snapshot(desk) == before
    editing.delete_records(desk, [road.uid])
    gone = open_conflict(desk, road.uid)
    refused("CONFLICT-CHOICE", lambda: decide(desk, gone, {WHOLE: Other("x")}))
    assert records_of(desk, "road_segment") == []


def test_what_moved_since_it_was_seen_is_not_written_over(desk: Desk, road: Record) -> None:
    found = disputed(desk, road, {"formation_w": 6.0}, {"formation_w": 7.0})
    edit(desk, road.uid, formation_w=6.2)
    refused("CONFLICT-MOVED", lambda: decide(desk, found, {"formation_w": "theirs"}))
    again = open_conflict(desk, road.uid)
    from_province(desk, road.uid, {**record_content(road), "formation_w": 8.0}, 3)
    refused("CONFLICT-MOVED", lambda: decide(desk, again, {"formation_w": "theirs"}))
    assert fetch_record(desk, road.uid).values["formation_w"] == 6.2
    decide(desk, open_conflict(desk, road.uid), {"formation_w": "theirs"})
    assert fetch_record(desk, road.uid).values["formation_w"] == 8.0


@pytest.mark.parametrize("point", ["row", "journal", "outbox"])
def test_a_fault_in_the_middle_of_a_decision_leaves_the_conflict(
    desk: Desk, road: Record, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The second of the two writes of a decision fails: the first is taken back with it."""
    found = disputed(desk, road, {"formation_w": 6.0}, {"formation_w": 7.0})
    before, passed = snapshot(desk), Counter[str]()

    def fail(name: str) -> None:
        passed[name] += 1
        if name == point and passed[name] == 2:
            raise EnvironmentFault("STORE-IO", file="store.sqlite", reason="mất điện")

    with monkeypatch.context() as patched:
        patched.setattr("localdb.writing.crash_point", fail)
        refused("STORE-IO", lambda: decide(desk, found, {"formation_w": Other(6.5)}))
    assert snapshot(desk) == before
    decide(desk, found, {"formation_w": Other(6.5)})


def test_undo_does_not_take_a_decision_apart(desk: Desk, road: Record) -> None:
    found = disputed(desk, road, {"formation_w": 6.0}, {"formation_w": 7.0})
    decide(desk, found, {"formation_w": "theirs"})
    before = fetch_record(desk, road.uid)
    refused("STORE-UNDO", lambda: editing.undo(desk))
    assert fetch_record(desk, road.uid) == before


def test_a_decision_reaches_the_other_computer(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    push(two, edit(two, road.uid, name="Đường của máy hai"))
    assert push(one, edit(one, road.uid, name="Đường của máy một")).summary()["conflicts"] == 1
    done = decide(one, open_conflict(one, road.uid), {"name": "ours"})
    assert done.record is not None
    report = push(one, fetch_record(one, road.uid))
    assert (report.count("applied"), report.needs_attention) == (1, False)
    sync(two)
    assert fetch_record(two, road.uid).values["name"] == "Đường của máy một"
    assert state_of(one, road.uid) is state_of(two, road.uid) is State.ACCEPTED


def test_a_record_that_was_deleted_there_can_be_kept(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    editing.delete_records(two, [road.uid])
    approve(two)
    sync(two)
    assert push(one, edit(one, road.uid, name="Đường B")).summary()["conflicts"] == 1
    decide(one, open_conflict(one, road.uid), {WHOLE: "ours"})
    assert push(one, fetch_record(one, road.uid)).count("applied") == 1
    sync(two)
    assert fetch_record(two, road.uid).values["name"] == "Đường B"


def test_a_reading_that_differs_is_told_with_the_origin() -> None:
    plain = {"source_file": "d.csv", "source_row": 3}
    assert _origin(plain, "vi") == "d.csv, 3"
    assert _origin({**plain, "reading": {"swapped": True}}, "vi") == "d.csv, 3. Đã đổi chỗ X và Y."
