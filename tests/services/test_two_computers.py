"""Two computers of one commune that change the same records: what is followed, merged, parked and taken back."""

import pytest

from forms.record import State
from services import editing
from services.approving import approve
from services.desk_checks import check_desk
from services.outbox import outbox_of
from services.reading import fetch_record, history_of, search
from services.syncing import sync
from tests.services.desks import records_of, refused, sample_line
from tests.services.pairs import Pair, edit, one_road, push, state_of


def test_an_edit_here_is_seen_there(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    assert fetch_record(two, road.uid).values["name"] == "Đường A"
    push(two, edit(two, road.uid, name="Đường Điện Biên Phủ"))
    assert sync(one).summary()["pulled"] == 1
    seen = fetch_record(one, road.uid)
    assert (seen.values["name"], seen.state) == ("Đường Điện Biên Phủ", State.ACCEPTED)
    assert [hit.uid for hit in search(one, "dien bien phu")] == [road.uid]
    assert history_of(one, road.uid)[-1].kind == "pull"
    refused("STORE-UNDO", lambda: editing.undo(one))
    assert fetch_record(one, road.uid) == seen, "what the others did is not taken back with one's own"


def test_a_new_shape_is_seen_there(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    longer = sample_line((0, 0), (500, 10))
    push(two, editing.update_geometry(two, road.uid, longer, expected=fetch_record(two, road.uid).revision).record)
    sync(one)
    seen = fetch_record(one, road.uid)
    assert seen.geometry.equals_exact(fetch_record(two, road.uid).geometry, 0)  # type: ignore[union-attr]
    assert seen.values["length_m"] == pytest.approx(longer.length, abs=0.01)


def test_different_fields_are_merged(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    push(two, edit(two, road.uid, lanes=4))
    report = push(one, edit(one, road.uid, name="Đường B"))
    assert report.count("merged") == 1
    assert not report.needs_attention
    for desk in (one, two):
        sync(desk)
        found = fetch_record(desk, road.uid)
        assert (found.values["name"], found.values["lanes"]) == ("Đường B", 4)
        assert found.state is State.ACCEPTED
    assert fetch_record(one, road.uid).base_revision == fetch_record(two, road.uid).base_revision


def test_one_object_entered_twice_is_shown_and_never_merged_by_itself(pair: Pair) -> None:
    one, two = pair()
    first = one_road(one, "Đường Điện Biên Phủ")
    second = one_road(two, "Đường ĐBP")
    for desk in (one, two):
        sync(desk)
        assert {record.uid for record in records_of(desk, "road_segment")} == {first.uid, second.uid}
        found = [(item.rule_id, item.severity.name) for item in check_desk(desk).findings if item.rule_id == "TOP-11"]
        assert found
        assert {severity for _, severity in found} == {"WARNING"}
        assert [fetch_record(desk, item.uid).values["name"] for item in (first, second)] == [
            "Đường Điện Biên Phủ",
            "Đường ĐBP",
        ]


def test_what_waits_here_is_merged_with_what_comes(pair: Pair) -> None:
    """Pulled before it is sent: the edit here stays, the edit there is added."""
    one, two = pair()
    road = one_road(one)
    sync(two)
    push(two, edit(two, road.uid, lanes=4))
    edit(one, road.uid, name="Đường B")
    report = sync(one)
    assert (report.pulled.merged, report.needs_attention) == (1, False)
    found = fetch_record(one, road.uid)
    assert (found.values["name"], found.values["lanes"], found.state) == ("Đường B", 4, State.DRAFT)
    assert push(one, found).count("applied") == 1
    sync(two)
    assert fetch_record(two, road.uid).values["name"] == "Đường B"


def test_the_same_field_is_parked_and_nothing_overwritten(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    push(two, edit(two, road.uid, name="Đường của máy hai"))
    report = push(one, edit(one, road.uid, name="Đường của máy một"))
    assert report.needs_attention
    assert report.summary()["conflicts"] == 1
    assert fetch_record(one, road.uid).values["name"] == "Đường của máy một"
    [conflict] = outbox_of(one).conflicts
    assert conflict.uid == road.uid
    assert conflict.theirs is not None
    assert conflict.theirs["name"] == "Đường của máy hai"
    sync(two)
    assert fetch_record(two, road.uid).values["name"] == "Đường của máy hai"
    assert sync(one).packages == (), "it waits for a person"
    assert state_of(one, road.uid) is State.RETURNED


def test_the_rest_of_a_package_goes_on(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    push(two, edit(two, road.uid, name="Đường của máy hai"))
    edit(one, road.uid, name="Đường của máy một")
    other = editing.insert_record(one, "road_segment", {"name": "Đường C"}, sample_line((0, 90), (99, 90))).record
    assert len(approve(one).approved) == 2
    report = sync(one)
    assert (report.count("applied"), report.summary()["conflicts"]) == (1, 1)
    assert state_of(one, other.uid) is State.ACCEPTED


def test_a_conflict_that_comes_before_sending_is_parked_too(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    push(two, edit(two, road.uid, name="Đường của máy hai"))
    edit(one, road.uid, name="Đường của máy một")
    report = sync(one)
    assert (report.summary()["conflicts"], report.needs_attention) == (1, True)
    assert fetch_record(one, road.uid).values["name"] == "Đường của máy một"
    assert [conflict.uid for conflict in outbox_of(one).conflicts] == [road.uid]


def test_a_deletion_is_followed(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    editing.delete_records(one, [road.uid])
    assert approve(one).approved == (road.uid,)
    report = sync(one)
    assert report.count("applied") == 1
    assert sync(two).pulled.count == 1
    assert records_of(two, "road_segment") == []
    refused("RECORD-UNKNOWN", lambda: fetch_record(two, road.uid))


def test_deleting_what_the_other_has_edited_is_a_conflict(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    push(two, edit(two, road.uid, name="Đường của máy hai"))
    editing.delete_records(one, [road.uid])
    approve(one)
    report = sync(one)
    assert report.summary()["conflicts"] == 1
    sync(two)
    assert fetch_record(two, road.uid).values["name"] == "Đường của máy hai"


def test_undoing_what_the_province_has_is_a_deletion_to_be_sent(pair: Pair) -> None:
    one, two = pair()
    road = one_road(one)
    sync(two)
    assert editing.undo(one) is not None
    assert records_of(one, "road_segment") == []
    assert sync(one).packages == (), "nobody has approved it"
    assert approve(one).approved == (road.uid,)
    assert sync(one).count("applied") == 1
    sync(two)
    assert records_of(two, "road_segment") == []
    assert editing.redo(one) is not None
    assert fetch_record(one, road.uid).values["name"] == "Đường A"
    assert push(one, fetch_record(one, road.uid)).count("applied") == 1
    sync(two)
    assert fetch_record(two, road.uid).values["name"] == "Đường A"
