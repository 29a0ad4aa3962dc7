"""Inspections and maintenance are added, never changed: a wrong one is corrected by a new one."""

import pytest

from core.identity import new_uid
from forms.record import Record, State
from localdb.unit_of_work import unit_of_work
from services import editing
from services.desk import Desk
from services.reading import fetch_record
from services.reshaping import merge_records
from tests.services.desks import refused, sample_line, snapshot

LINE = sample_line((0, 0), (120, 40), (260, 30))


@pytest.fixture
def bridge(desk: Desk) -> Record:
    return editing.insert_record(desk, "bridge", {"name": "Cầu A"}, LINE, capture_method="so_hoa_ban_do").record


@pytest.fixture
def inspection(desk: Desk, bridge: Record) -> Record:
    values = {"asset_uid": bridge.uid, "inspected_on": "2026-11-02", "inspector": "Tổ quản lý", "condition": "kha"}
    return editing.insert_record(desk, "asset_inspection", values, None).record


def test_a_stored_inspection_is_not_changed(desk: Desk, inspection: Record) -> None:
    before = snapshot(desk)
    error = refused(
        "RECORD-APPEND-ONLY",
        lambda: editing.update_values(desk, inspection.uid, {"condition": "tot"}, expected=inspection.revision),
    )
    assert "Đính chính cho lần kiểm tra" in str(error) and "thêm một bản ghi mới" in str(error)
    assert snapshot(desk) == before


def test_nor_deleted(desk: Desk, inspection: Record) -> None:
    before = snapshot(desk)
    refused("RECORD-APPEND-ONLY", lambda: editing.delete_records(desk, [inspection.uid]))
    assert snapshot(desk) == before


def test_saving_it_as_it_is_is_no_change(desk: Desk, inspection: Record) -> None:
    saved = editing.update_values(desk, inspection.uid, {"condition": "kha"}, expected=inspection.revision)
    assert saved.record.revision == inspection.revision


def test_its_insertion_can_be_undone_and_done_again(desk: Desk, inspection: Record) -> None:
    assert editing.undo(desk) is not None
    refused("RECORD-UNKNOWN", lambda: fetch_record(desk, inspection.uid))
    assert editing.redo(desk) is not None
    assert fetch_record(desk, inspection.uid).values["condition"] == "kha"


def test_a_correction_names_what_it_corrects(desk: Desk, inspection: Record) -> None:
    values = {**inspection.values, "condition": "xau", "corrects_uid": inspection.uid, "local_code": None}
    corrected = editing.insert_record(desk, "asset_inspection", values, None).record
    assert corrected.values["corrects_uid"] == inspection.uid
    assert fetch_record(desk, inspection.uid).values["condition"] == "kha"


def test_files_can_be_added_and_not_removed(desk: Desk, inspection: Record) -> None:
    photo = {"sha256": "a" * 64, "name": "anh.jpg", "bytes": 10, "mime": "image/jpeg"}
    record_type = desk.catalogue.type("asset_inspection")
    with desk.work("WORK-UPDATE", type=record_type.title) as work:
        added = work.update(record_type, inspection.uid, values={"attachments": [photo]}, expected=inspection.revision)
    assert added.values["attachments"] == [photo]
    refused(
        "RECORD-APPEND-ONLY",
        lambda: editing.update_values(desk, inspection.uid, {"attachments": None}, expected=added.revision),
    )


def test_what_is_not_append_only_is_changed_as_before(desk: Desk, bridge: Record) -> None:
    saved = editing.update_values(desk, bridge.uid, {"name": "Cầu B"}, expected=bridge.revision)
    assert saved.record.values["name"] == "Cầu B"
    assert editing.delete_records(desk, [bridge.uid]).records


def test_the_province_may_still_settle_one(desk: Desk, inspection: Record) -> None:
    record_type = desk.catalogue.type("asset_inspection")
    with unit_of_work(desk.workspace, actor=desk.actor, now=desk.now(), label=new_uid(), kind="pull") as work:
        work.update(record_type, inspection.uid, values={"condition": "xau"}, expected=inspection.revision)
    assert fetch_record(desk, inspection.uid).values["condition"] == "xau"


@pytest.mark.parametrize("state", [State.APPROVED, State.SENT, State.ACCEPTED])
def test_what_is_approved_is_no_longer_undone(desk: Desk, inspection: Record, state: State) -> None:
    record_type = desk.catalogue.type("asset_inspection")
    with desk.work("WORK-CHECK", kind="state") as work:
        work.set_state(record_type, [inspection.uid], state)
    before = snapshot(desk)
    error = refused("RECORD-SETTLED", lambda: editing.undo(desk))
    assert "Đính chính cho lần kiểm tra" in str(error)
    assert snapshot(desk) == before


def test_nor_are_the_files_that_were_added_to_it(desk: Desk, inspection: Record) -> None:
    photo = {"sha256": "a" * 64, "name": "anh.jpg", "bytes": 10, "mime": "image/jpeg"}
    record_type = desk.catalogue.type("asset_inspection")
    with desk.work("WORK-UPDATE", type=record_type.title) as work:
        work.update(record_type, inspection.uid, values={"attachments": [photo]}, expected=inspection.revision)
    with desk.work("WORK-CHECK", kind="state") as work:
        work.set_state(record_type, [inspection.uid], State.APPROVED)
    refused("RECORD-SETTLED", lambda: editing.undo(desk))
    assert fetch_record(desk, inspection.uid).values["attachments"] == [photo]


def test_undoing_a_merge_still_lets_it_speak_of_its_own_asset(desk: Desk, bridge: Record, inspection: Record) -> None:
    other = editing.insert_record(desk, "bridge", {"name": "Cầu B"}, LINE, capture_method="so_hoa_ban_do").record
    merge_records(desk, [bridge.uid, other.uid], keep=other.uid)
    record_type = desk.catalogue.type("asset_inspection")
    with desk.work("WORK-CHECK", kind="state") as work:
        work.set_state(record_type, [inspection.uid], State.APPROVED)
    assert fetch_record(desk, inspection.uid).values["asset_uid"] == other.uid
    editing.undo(desk)
    assert fetch_record(desk, inspection.uid).values["asset_uid"] == bridge.uid
