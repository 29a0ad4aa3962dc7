import json
from dataclasses import dataclass
from typing import Any

import pytest

from core.errors import UserError
from forms.content import record_content
from forms.record import State
from localdb import history, journal, outbox, records
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, square


@dataclass(frozen=True)
class Outcome:
    uid: str
    type_id: str
    revision: int
    result: str
    base_revision: int | None = None
    code: str | None = None
    field: str | None = None
    theirs: dict[str, Any] | None = None


class Desk:
    """A workspace with the steps that a day at the desk takes."""

    def __init__(self, workspace, now):
        self.workspace = workspace
        self.now = now
        self.site = workspace.catalogue.type("site")

    def work(self, kind="edit"):
        return unit_of_work(self.workspace, actor=AN, now=self.now(), label=kind, kind=kind)

    def insert(self, name):
        with self.work() as work:
            return work.insert(self.site, {"name": name, "floors": 1}, square()).uid

    def update(self, uid, **values):
        with self.work() as work:
            return work.update(self.site, uid, values=values, expected=self.record(uid).revision)

    def delete(self, uid):
        with self.work() as work:
            work.delete(self.site, uid, expected=self.record(uid).revision)

    def record(self, uid):
        with self.workspace.reading() as connection:
            return records.fetch_record(connection, self.workspace.catalogue, uid, deleted=True)

    def approve(self, *uids):
        with self.work("state") as work:
            work.set_state(self.site, uids, State.APPROVED)

    def pending(self, **more):
        with self.workspace.reading() as connection:
            return outbox.fetch_pending(connection, self.workspace.catalogue, **more)

    def waiting(self):
        with self.workspace.reading() as connection:
            return {row.uid: row for row in outbox.fetch_waiting(connection)}

    def refused(self):
        with self.workspace.reading() as connection:
            return [row.uid for row in outbox.fetch_refused(connection)]

    def seal(self, package_id, pending=None):
        changes = tuple(
            outbox.PackedChange(
                change.uid,
                change.type_id,
                change.operation,
                change.record.revision,
                None if change.operation == "delete" else record_content(change.record),
            )
            for change in (self.pending() if pending is None else pending)
        )
        with self.workspace.reading() as connection:
            sequence, _ = outbox.next_sequence(connection)
            head = journal.chain_head(connection)
        sealed = outbox.SealedPackage(
            package_id, sequence, f"packages/{package_id}.zip", head.sequence, {"a": 1}, {"site": len(changes)}, changes
        )
        return outbox.store_sealed(self.workspace, sealed, actor=AN, now=self.now(), label="gói")

    def sent(self, package_id):
        return outbox.mark_sent(self.workspace, package_id, actor=AN, now=self.now(), label="gửi")

    def answer(self, package_id, *outcomes):
        return outbox.store_receipt(
            self.workspace, package_id, {"ok": True}, outcomes, self.now(), actor=AN, label="biên nhận"
        )

    def base(self, uid):
        with self.workspace.reading() as connection:
            return outbox.fetch_base(connection, uid)

    def send(self, uid, revision, base_revision):
        """Bring one record all the way to accepted."""
        self.approve(uid)
        package_id = f"p-{uid}-{revision}"
        self.seal(package_id, [change for change in self.pending() if change.uid == uid])
        self.answer(package_id, Outcome(uid, "site", revision, "applied", base_revision))


@pytest.fixture
def desk(workspace, now):
    return Desk(workspace, now)


def test_only_what_is_approved_may_be_sent(desk):
    one, two = desk.insert("Chợ"), desk.insert("Bến")
    assert desk.pending() == []
    desk.approve(one)
    (change,) = desk.pending()
    assert (change.uid, change.operation, change.base_revision, change.base_content) == (one, "insert", None, None)
    assert change.record == desk.record(one)
    assert {change.uid for change in desk.pending(states={State.DRAFT, State.APPROVED})} == {one, two}


def test_the_road_of_one_record(desk):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    assert desk.seal("p1").records == {("site", uid)}
    assert desk.record(uid).state is State.PACKED
    assert desk.pending() == []
    assert desk.waiting()[uid].package_id == "p1"
    desk.sent("p1")
    assert desk.record(uid).state is State.SENT
    content = record_content(desk.record(uid))
    assert desk.answer("p1", Outcome(uid, "site", 1, "applied", 41)).records == {("site", uid)}
    record = desk.record(uid)
    assert (record.state, record.base_revision, record.revision) == (State.ACCEPTED, 41, 1)
    assert desk.base(uid) == outbox.Base(41, content)
    assert desk.waiting() == {}
    with desk.workspace.reading() as connection:
        (package,) = outbox.fetch_packages(connection)
        assert outbox.next_sequence(connection) == (2, "p1")
        states = [change.after for change in journal.fetch_changes(connection, uid=uid) if change.operation == "state"]
        assert journal.verify_chain(connection) is None
    assert (package.state, package.receipt, package.counts, package.path) == (
        "answered",
        {"ok": True},
        {"site": 1},
        "packages/p1.zip",
    )
    assert [state["state"] for state in states] == ["approved", "packed", "sent", "accepted"]


def test_the_same_receipt_twice_changes_nothing(desk):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    desk.seal("p1")
    desk.answer("p1", Outcome(uid, "site", 1, "applied", 41))
    desk.update(uid, floors=2)
    with desk.workspace.reading() as connection:
        head = journal.chain_head(connection)
    assert desk.answer("p1", Outcome(uid, "site", 1, "applied", 41)).records == frozenset()
    with desk.workspace.reading() as connection:
        assert journal.chain_head(connection) == head
    assert set(desk.waiting()) == {uid}


def test_an_edit_after_packing_is_the_next_change(desk):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    desk.seal("p1")
    packed = record_content(desk.record(uid))
    desk.update(uid, name="Chợ mới")
    assert (desk.record(uid).state, desk.record(uid).revision) == (State.DRAFT, 2)
    desk.approve(uid)
    assert desk.pending() == [], "the first package is not answered yet"
    desk.sent("p1")
    assert desk.record(uid).state is State.APPROVED
    desk.answer("p1", Outcome(uid, "site", 1, "applied", 41))
    record = desk.record(uid)
    assert (record.state, record.base_revision, record.values["name"]) == (State.APPROVED, 41, "Chợ mới")
    (change,) = desk.pending()
    assert (change.operation, change.base_revision, change.base_content) == ("update", 41, packed)
    desk.seal("p2")
    desk.answer("p2", Outcome(uid, "site", 2, "applied", 42))
    assert desk.base(uid).revision == 42
    assert desk.record(uid).state is State.ACCEPTED


def test_a_refused_change_stays_with_its_reason(desk):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    desk.seal("p1")
    desk.answer("p1", Outcome(uid, "site", 1, "rejected", code="ADM-02", field="name"))
    assert desk.record(uid).state is State.RETURNED
    row = desk.waiting()[uid]
    assert (row.package_id, row.result, row.code, row.field) == (None, "rejected", "ADM-02", "name")
    assert desk.base(uid) is None
    desk.insert("Trường")
    assert desk.refused() == [uid]
    desk.update(uid, name="Chợ huyện")
    assert desk.waiting()[uid].result is None
    desk.approve(uid)
    assert [change.operation for change in desk.pending()] == ["insert"]


def test_what_the_province_merged_is_taken_over(desk):
    uid = desk.insert("Chợ")
    desk.send(uid, 1, 41)
    desk.update(uid, name="Chợ A")
    desk.approve(uid)
    desk.seal("p2")
    theirs = {**record_content(desk.record(uid)), "floors": 9, "unknown_here": 1}
    desk.answer("p2", Outcome(uid, "site", 2, "merged", 43, theirs=theirs))
    record = desk.record(uid)
    assert (record.values["name"], record.values["floors"]) == ("Chợ A", 9)
    assert (record.state, record.base_revision) == (State.ACCEPTED, 43)
    assert desk.base(uid) == outbox.Base(43, theirs)
    assert desk.waiting() == {}


def test_a_merge_beside_a_newer_edit_is_left_to_the_next_pull(desk):
    uid = desk.insert("Chợ")
    desk.send(uid, 1, 41)
    before = desk.base(uid)
    desk.update(uid, name="Chợ A")
    desk.approve(uid)
    desk.seal("p2")
    theirs = {**record_content(desk.record(uid)), "floors": 9}
    desk.update(uid, name="Chợ B")
    desk.answer("p2", Outcome(uid, "site", 2, "merged", 43, theirs=theirs))
    record = desk.record(uid)
    assert (record.values["name"], record.values["floors"], record.state) == ("Chợ B", 1, State.DRAFT)
    assert desk.base(uid) == before
    assert set(desk.waiting()) == {uid}


def test_a_conflict_is_parked_until_a_person_decides(desk):
    uid, other = desk.insert("Chợ"), desk.insert("Bến")
    desk.send(uid, 1, 41)
    desk.update(uid, name="Chợ A")
    desk.approve(uid, other)
    desk.seal("p2")
    theirs = {**desk.base(uid).content, "name": "Chợ tỉnh"}
    desk.answer(
        "p2",
        Outcome(uid, "site", 2, "conflict", 44, code="SYNC-CONFLICT", field="name", theirs=theirs),
        Outcome(other, "site", 1, "applied", 45),
    )
    assert desk.record(other).state is State.ACCEPTED
    assert (desk.record(uid).state, desk.record(uid).values["name"]) == (State.RETURNED, "Chợ A")
    with desk.workspace.reading() as connection:
        (conflict,) = outbox.fetch_conflicts(connection)
    assert (conflict.uid, conflict.revision, conflict.theirs) == (uid, 44, theirs)
    desk.approve(uid)
    assert desk.pending() == []
    with desk.work() as work:
        work.set_base(desk.site, uid, revision=44, content=theirs)
        work.settle_conflict(desk.site, uid)
    desk.approve(uid)
    (change,) = desk.pending()
    assert (change.base_revision, change.base_content) == (44, theirs)


def test_a_deletion_travels_too(desk):
    uid, unsent = desk.insert("Chợ"), desk.insert("Bến")
    desk.send(uid, 1, 41)
    desk.delete(uid)
    desk.delete(unsent)
    assert set(desk.waiting()) == {uid}
    assert [change.operation for change in desk.pending(states={State.DRAFT})] == ["delete"]
    desk.approve(uid)
    (change,) = desk.pending()
    assert (change.operation, change.base_revision, change.record.values["name"]) == ("delete", 41, "Chợ")
    desk.seal("p2")
    assert desk.record(uid).state is State.PACKED
    desk.answer("p2", Outcome(uid, "site", 2, "applied", 46))
    assert desk.base(uid) == outbox.Base(46, None)
    assert desk.waiting() == {}
    assert desk.record(uid).state is State.ACCEPTED


def test_deleting_what_is_on_its_way_waits_for_the_answer(desk):
    taken, refused = desk.insert("Chợ"), desk.insert("Bến")
    desk.approve(taken, refused)
    desk.seal("p1")
    desk.delete(taken)
    desk.delete(refused)
    assert set(desk.waiting()) == {taken, refused}
    desk.answer("p1", Outcome(taken, "site", 1, "applied", 41), Outcome(refused, "site", 1, "rejected", code="X"))
    assert set(desk.waiting()) == {taken}, "what the province refused need not be deleted there"
    desk.approve(taken)
    assert [(change.operation, change.base_revision) for change in desk.pending()] == [("delete", 41)]


def test_undo_after_sending_is_a_change_to_send(desk):
    uid = desk.insert("Chợ")
    desk.send(uid, 1, 41)
    history.undo(desk.workspace, AN, desk.now())
    assert set(desk.waiting()) == {uid}
    desk.approve(uid)
    assert [change.operation for change in desk.pending()] == ["delete"]


def test_a_record_changed_while_it_was_packed_is_not_sealed(desk):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    pending = desk.pending()
    desk.update(uid, name="Chợ khác")
    with pytest.raises(UserError) as caught:
        desk.seal("p1", pending)
    assert caught.value.code == "STORE-STALE"
    with desk.workspace.reading() as connection:
        assert outbox.fetch_packages(connection) == []


@pytest.mark.parametrize(
    "outcomes",
    [
        lambda uid: [],
        lambda uid: [Outcome("another", "site", 1, "applied", 1)],
        lambda uid: [Outcome(uid, "site", 2, "applied", 1)],
        lambda uid: [Outcome(uid, "site", 1, "applied", 1), Outcome("another", "site", 1, "applied", 1)],
    ],
)
def test_an_answer_to_something_else_is_refused(desk, outcomes):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    desk.seal("p1")
    with pytest.raises(UserError) as caught:
        desk.answer("p1", *outcomes(uid))
    assert caught.value.code == "STORE-RECEIPT"
    assert desk.record(uid).state is State.PACKED
    with pytest.raises(UserError):
        desk.answer("unknown")


def test_pulling_rows_and_cursor_in_one_transaction(desk):
    uid = desk.insert("Của xã")
    theirs = {**record_content(desk.record(uid)), "name": "Của tỉnh"}
    with desk.work("pull") as work:
        pulled = work.insert(desk.site, {"name": "Từ tỉnh"}, square(), uid="01a1f8af-1312-7000-9000-9f28a4adf6a1")
        work.set_base(desk.site, pulled.uid, revision=7, content=record_content(pulled))
        merged = work.update(desk.site, uid, values={"floors": 5}, expected=1)
        work.set_base(desk.site, uid, revision=8, content=theirs)
        work.set_pull_state("epoch-1", 90)
    assert desk.record(pulled.uid).state is State.ACCEPTED
    assert desk.record(pulled.uid).base_revision == 7
    assert merged.state is State.DRAFT, "a change of ours is still waiting"
    assert set(desk.waiting()) == {uid}
    with pytest.raises(ZeroDivisionError), desk.work("pull") as work:
        work.delete(desk.site, pulled.uid, expected=1)
        work.set_pull_state("epoch-1", 91)
        raise ZeroDivisionError
    with desk.workspace.reading() as connection:
        assert outbox.fetch_pull_state(connection) == outbox.PullState("epoch-1", 90)
        assert outbox.last_sync(connection) is not None
    assert desk.record(pulled.uid).deleted_at is None


def test_before_any_sync(desk):
    with desk.workspace.reading() as connection:
        assert outbox.fetch_pull_state(connection) == outbox.PullState(None, 0)
        assert outbox.last_sync(connection) is None
        assert outbox.next_sequence(connection) == (1, None)
        assert outbox.fetch_base(connection, "x") is None


def test_frozen_content_is_forgotten_once_answered(desk):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    desk.seal("p1")
    with desk.workspace.reading() as connection:
        ((content,),) = connection.exec_driver_sql("SELECT content FROM package_changes").all()
    assert json.loads(content)["name"] == "Chợ"
    desk.answer("p1", Outcome(uid, "site", 1, "applied", 41))
    with desk.workspace.reading() as connection:
        assert connection.exec_driver_sql("SELECT content FROM package_changes").all() == [(None,)]


def test_a_late_receipt_does_not_move_the_base_back(desk):
    uid = desk.insert("Chợ")
    desk.send(uid, 1, 41)
    desk.update(uid, name="Chợ A")
    desk.approve(uid)
    desk.seal("p2")
    pulled = {**record_content(desk.record(uid)), "floors": 7}
    with desk.work("pull") as work:
        work.update(desk.site, uid, values={"floors": 7}, expected=2)
        work.set_base(desk.site, uid, revision=43, content=pulled)
    assert desk.record(uid).state is State.DRAFT, "our package is not answered"
    desk.answer("p2", Outcome(uid, "site", 2, "applied", 42))
    assert desk.base(uid) == outbox.Base(43, pulled)
    assert desk.waiting() == {}
    assert desk.record(uid).state is State.ACCEPTED


def test_a_refusal_is_seen_although_a_pull_came_between(desk):
    uid = desk.insert("Chợ")
    desk.send(uid, 1, 41)
    desk.update(uid, name="Chợ A")
    desk.approve(uid)
    desk.seal("p2")
    with desk.work("pull") as work:
        work.update(desk.site, uid, values={"floors": 7}, expected=2)
    desk.answer("p2", Outcome(uid, "site", 2, "rejected", code="ADM-02", field="name"))
    assert desk.record(uid).state is State.RETURNED
    assert desk.waiting()[uid].code == "ADM-02"


def test_an_edit_after_packing_is_not_blamed_for_the_package(desk):
    uid = desk.insert("Chợ")
    desk.approve(uid)
    desk.seal("p1")
    desk.update(uid, name="Chợ A")
    desk.answer("p1", Outcome(uid, "site", 1, "rejected", code="ADM-02", field="name"))
    assert desk.record(uid).state is State.DRAFT
    assert desk.waiting()[uid].code is None


def test_pulling_what_is_already_here_accepts_it(desk):
    uid = desk.insert("Chợ")
    desk.send(uid, 1, 41)
    with desk.work("state") as work:
        work.set_state(desk.site, [uid], State.DRAFT)
    with desk.work("pull") as work:
        work.update(desk.site, uid, values={"name": "Chợ", "of_a_newer_catalogue": 1}, expected=1)
    record = desk.record(uid)
    assert (record.state, record.revision) == (State.ACCEPTED, 1)
    with pytest.raises(KeyError), desk.work() as work:
        work.update(desk.site, uid, values={"no_such_field": 1}, expected=1)
