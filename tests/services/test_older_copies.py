"""A workspace put back to an older copy of itself, as from a backup: nothing is lost, overwritten or stuck."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localdb import outbox
from services import editing
from services.approving import approve
from services.conflicts import decide, list_conflicts
from services.desk import Desk
from services.outbox import outbox_of
from services.packaging import seal_package
from services.reading import fetch_record
from services.syncing import enrol, sync
from services.workspaces import create_desk, open_desk
from tests.services.desks import AN, BINH, FakeClock, refused, sample_line
from tests.services.pairs import edit, one_road, push
from tests.services.test_recovering import COMMUNE, Province, names

Back = Callable[[Desk], Desk]


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path)


@pytest.fixture
def url(province: Province) -> Iterator[str]:
    with province.open() as address:
        yield address


@pytest.fixture
def desk(tmp_path: Path, province: Province, url: str) -> Iterator[Desk]:
    made = create_desk(tmp_path / "máy", COMMUNE, actor=AN, clock=FakeClock())
    enrol(made, url, province.code())
    yield made
    made.close()


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[Desk], Back]:
    """Keep a copy of a desk's folder; what is given puts it back."""

    def copy(desk: Desk) -> Back:
        shutil.copytree(desk.workspace.folder, tmp_path / "bản sao")

        def put_back(later: Desk) -> Desk:
            later.close()
            shutil.rmtree(later.workspace.folder)
            shutil.copytree(tmp_path / "bản sao", later.workspace.folder)
            return open_desk(later.workspace.folder, actor=AN, clock=FakeClock())

        return put_back

    return copy


@pytest.fixture
def colleague(tmp_path: Path, province: Province, url: str) -> Iterator[Desk]:
    with create_desk(tmp_path / "máy hai", COMMUNE, actor=BINH, clock=FakeClock()) as made:
        enrol(made, url, province.code())
        yield made


def test_what_was_sent_after_the_copy_comes_back_and_new_work_goes_on(
    desk: Desk, keep: Callable[[Desk], Back], colleague: Desk
) -> None:
    road = one_road(desk)
    put_back = keep(desk)
    for name in ("Đường B", "Đường C", "Đường D"):
        push(desk, edit(desk, road.uid, name=name))
    later = editing.insert_record(desk, "road_segment", {"name": "Đường mới"}, sample_line((0, 60), (120, 99))).record
    push(desk, later)
    with put_back(desk) as old:
        assert names(old) == ["Đường A"]
        edited = edit(old, road.uid, lanes=4)
        assert approve(old, uids=[edited.uid]).approved
        report = sync(old)
        assert report.forgotten == 4
        assert names(old) == ["Đường D", "Đường mới"]
        if fetch_record(old, road.uid).state.value != "accepted":
            push(old, fetch_record(old, road.uid))
        assert sync(old).forgotten == 0
        again = push(old, edit(old, road.uid, name="Đường E"))
        assert [outcome.code for outcome in again.outcomes] == [None]
    sync(colleague)
    held = fetch_record(colleague, road.uid)
    assert (held.values["name"], held.values["lanes"]) == ("Đường E", 4)
    assert names(colleague) == ["Đường E", "Đường mới"]


def test_the_same_field_edited_in_both_lives_is_for_a_person(
    desk: Desk, keep: Callable[[Desk], Back], colleague: Desk
) -> None:
    road = one_road(desk)
    put_back = keep(desk)
    push(desk, edit(desk, road.uid, name="Đường của lần trước"))
    with put_back(desk) as old:
        edited = edit(old, road.uid, name="Đường của lần này")
        approve(old, uids=[edited.uid])
        assert sync(old).conflicts == {road.uid}
        [conflict] = list_conflicts(old)
        assert conflict.uid == road.uid
        decide(old, conflict, {item.key: "ours" for item in conflict.disputed})
        push(old, fetch_record(old, road.uid))
    sync(colleague)
    assert names(colleague) == ["Đường của lần này"]


def test_a_package_sealed_by_the_copy_with_a_used_number_is_taken_apart_and_sealed_anew(
    desk: Desk, keep: Callable[[Desk], Back], colleague: Desk
) -> None:
    one_road(desk)
    put_back = keep(desk)
    push(
        desk, editing.insert_record(desk, "road_segment", {"name": "Đường mất"}, sample_line((0, 60), (99, 99))).record
    )
    with put_back(desk) as old:
        new = editing.insert_record(old, "road_segment", {"name": "Đường sau"}, sample_line((0, 90), (120, 140))).record
        approve(old, uids=[new.uid])
        sealed = seal_package(old)
        assert sealed is not None
        refused("PACKAGE-BLOCKED", lambda: sync(old))  # both lives gave the same local code to different roads
        assert names(old) == ["Đường A", "Đường mất", "Đường sau"]
        report = push(old, edit(old, new.uid, local_code="01153-DUO-2026-0003-GX6C"))
        assert sealed.package_id not in report.packages
        assert [outcome.result for outcome in report.outcomes] == ["applied"]
        assert [item.sequence for item in outbox_of(old).packages] == [1, 3]
        assert names(old) == ["Đường A", "Đường mất", "Đường sau"]
        assert outbox_of(old).waiting == 0
    sync(colleague)
    assert names(colleague) == ["Đường A", "Đường mất", "Đường sau"]


def test_a_package_that_only_the_answer_was_lost_of_is_asked_for_and_not_taken_apart(
    desk: Desk, keep: Callable[[Desk], Back]
) -> None:
    sync(desk)
    record = editing.insert_record(desk, "road_segment", {"name": "Đường A"}, sample_line((0, 0), (120, 40))).record
    approve(desk, uids=[record.uid])
    sealed = seal_package(desk)
    assert sealed is not None
    put_back = keep(desk)
    sync(desk)
    push(desk, edit(desk, record.uid, lanes=3))
    with put_back(desk) as old:
        report = sync(old)
        assert (report.forgotten, report.packages) == (1, (sealed.package_id,))
        assert fetch_record(old, record.uid).values["lanes"] == 3
        with old.reading() as connection:
            assert outbox.next_sequence(connection)[0] == 2, "the store alone knows no better"
        later = push(old, edit(old, record.uid, note="x"))
        assert [outcome.result for outcome in later.outcomes] == ["applied"]


def test_a_copy_from_before_the_first_round_catches_up_as_often_as_it_is_put_back(
    desk: Desk, keep: Callable[[Desk], Back]
) -> None:
    values = {"name": "Đường A", "lanes": 1}
    road = editing.insert_record(desk, "road_segment", values, sample_line((0, 0), (120, 40))).record
    put_back = keep(desk)
    push(desk, edit(desk, road.uid, name="Đường B"))
    push(desk, edit(desk, road.uid, note="đã đo"))
    old = put_back(desk)
    push(old, fetch_record(old, road.uid))  # its number is a used one: the province says so, and the rest comes
    old = put_back(old)
    report = push(old, fetch_record(old, road.uid))  # its number would not be: it goes on above what was caught up with
    with old:
        assert report.forgotten
        assert [outcome.code for outcome in report.outcomes if outcome.code == "SUPERSEDED"] == []
        if conflicts := list_conflicts(old):
            decide(old, conflicts[0], {item.key: "theirs" for item in conflicts[0].disputed})
        held = fetch_record(old, road.uid)
        assert (held.values["name"], held.values["note"]) == ("Đường B", "đã đo")
