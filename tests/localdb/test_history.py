import pytest
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.errors import UserError
from forms.content import content_hash, record_content
from forms.record import Lineage, State
from localdb import bulk, history, journal, outbox, records, search
from localdb.damage import check_integrity
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, build_catalogue, build_types, create, many_sites, square


def content_of(workspace):
    """Everything that can be seen of the records, whatever their revisions."""
    with workspace.reading() as connection:
        return {
            record.uid: content_hash(record_content(record))
            for record_type in workspace.catalogue.types.values()
            for record in records.fetch_records(connection, record_type)
        }


def labels(workspace):
    with workspace.reading() as connection:
        return history.undo_label(connection), history.redo_label(connection)


def edit(workspace, now, label="sửa", **more):
    return unit_of_work(workspace, actor=AN, now=now(), label=label, **more)


def test_undo_and_redo_of_each_kind_of_change(workspace, site, now):
    seen = [content_of(workspace)]
    with edit(workspace, now, "thêm") as work:
        one = work.insert(site, {"name": "Chợ", "uses": ["a"]}, square(), Lineage(source_row=1, raw_values={"x": None}))
        two = work.insert(site, {"name": "Bến xe"}, square())
    seen.append(content_of(workspace))
    with edit(workspace, now, "sửa") as work:
        work.update(site, one.uid, values={"name": None, "area_m2": 3.5}, geometry=square(1), expected=1)
        work.update(site, one.uid, values={"area_m2": 4.5}, lineage=Lineage(source_row=2), expected=2)
        work.update(site, two.uid, geometry=None, expected=1)
    seen.append(content_of(workspace))
    with edit(workspace, now, "xóa") as work:
        work.delete_many(site, [one.uid, two.uid])
    seen.append(content_of(workspace))
    names = ["thêm", "sửa", "xóa"]
    for step in (3, 2, 1):
        changed = history.undo(workspace, AN, now())
        assert changed.label == names[step - 1]
        assert changed.records == {("site", one.uid), ("site", two.uid)}
        assert content_of(workspace) == seen[step - 1]
    assert history.undo(workspace, AN, now()) is None
    assert labels(workspace) == (None, "thêm")
    for step in (1, 2, 3):
        assert history.redo(workspace, AN, now()).label == names[step - 1]
        assert content_of(workspace) == seen[step]
    assert history.redo(workspace, AN, now()) is None
    with workspace.reading() as connection:
        assert journal.verify_chain(connection) is None
        kinds = [change.kind for change in journal.fetch_changes(connection, uid=one.uid)]
    assert kinds.count("undo") == kinds.count("redo") == 4


def test_undo_survives_a_restart(make_workspace, catalogue, site, now):
    first = make_workspace()
    with edit(first, now, "thêm") as work:
        one = work.insert(site, {"name": "Chợ"}, square())
    with edit(first, now, "đổi tên") as work:
        work.update(site, one.uid, values={"name": "Chợ mới"}, expected=1)
    first.close()
    second = make_workspace(again=catalogue)
    assert labels(second) == ("đổi tên", None)
    history.undo(second, AN, now())
    second.close()
    third = make_workspace(again=catalogue)
    assert labels(third) == ("thêm", "đổi tên")
    with third.reading() as connection:
        assert records.fetch_record(connection, catalogue, one.uid).values["name"] == "Chợ"
        assert [hit.uid for hit in search.search(connection, catalogue, "cho")] == [one.uid]
        assert search.search(connection, catalogue, "moi") == []
    history.redo(third, AN, now())
    with third.reading() as connection:
        assert records.fetch_record(connection, catalogue, one.uid).values["name"] == "Chợ mới"


def test_undo_of_an_unsent_insert_leaves_nothing_to_send(workspace, site, now):
    with edit(workspace, now) as work:
        work.insert(site, {"name": "Chợ"}, square())
    history.undo(workspace, AN, now())
    with workspace.reading() as connection:
        assert outbox.count_waiting(connection) == 0
    history.redo(workspace, AN, now())
    with workspace.reading() as connection:
        assert outbox.count_waiting(connection) == 1


@pytest.mark.parametrize("count", [2, 350])
def test_undo_of_an_import(workspace, site, now, count, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 100)
    with edit(workspace, now, "nhập", kind="import") as work:
        work.insert_many(site, **many_sites(count))
    seen = content_of(workspace)
    assert history.undo(workspace, AN, now()).label == "nhập"
    assert content_of(workspace) == {}
    assert len(history.redo(workspace, AN, now()).records) == count
    assert content_of(workspace) == seen
    with workspace.reading() as connection:
        assert check_integrity(connection) == []


def test_something_new_forgets_what_could_be_redone(workspace, site, now):
    with edit(workspace, now, "một") as work:
        one = work.insert(site, {"name": "a"}, square())
    with edit(workspace, now, "hai") as work:
        work.update(site, one.uid, values={"name": "b"}, expected=1)
    history.undo(workspace, AN, now())
    with edit(workspace, now, "ba") as work:
        work.update(site, one.uid, values={"name": "c"}, expected=3)
    assert labels(workspace) == ("ba", None)
    history.undo(workspace, AN, now())
    assert labels(workspace) == ("một", "ba")


def test_states_and_what_the_province_sent_are_not_undone(workspace, site, now):
    with edit(workspace, now, "một") as work:
        one = work.insert(site, {"name": "a"}, square())
    with edit(workspace, now, "duyệt", kind="state") as work:
        work.set_state(site, [one.uid], State.APPROVED)
    with edit(workspace, now, "nhận", kind="pull") as work:
        work.insert(site, {"name": "của tỉnh"}, square())
    assert labels(workspace) == ("một", None)
    assert history.undo(workspace, AN, now()).records == {("site", one.uid)}


def test_nothing_that_came_later_is_overwritten(workspace, site, now):
    with edit(workspace, now, "một") as work:
        one = work.insert(site, {"name": "a", "floors": 1}, square())
    with edit(workspace, now, "hai") as work:
        work.update(site, one.uid, values={"name": "b"}, expected=1)
    with edit(workspace, now, "nhận", kind="pull") as work:
        work.update(site, one.uid, values={"name": "của tỉnh"}, expected=2)
    seen = content_of(workspace)
    with pytest.raises(UserError) as caught:
        history.undo(workspace, AN, now())
    assert caught.value.code == "STORE-UNDO"
    assert content_of(workspace) == seen
    assert labels(workspace) == ("hai", None)


def test_another_field_that_came_later_stays(workspace, site, now):
    with edit(workspace, now, "một") as work:
        one = work.insert(site, {"name": "a", "floors": 1}, square())
    with edit(workspace, now, "hai") as work:
        work.update(site, one.uid, values={"name": "b"}, expected=1)
    with edit(workspace, now, "nhận", kind="pull") as work:
        work.update(site, one.uid, values={"floors": 9}, expected=2)
    history.undo(workspace, AN, now())
    with workspace.reading() as connection:
        (found,) = records.fetch_records(connection, site)
    assert (found.values["name"], found.values["floors"]) == ("a", 9)
    with pytest.raises(UserError):
        history.undo(workspace, AN, now())


def test_undo_of_a_deletion_brings_back_what_was(workspace, site, now):
    with edit(workspace, now, "một") as work:
        one = work.insert(site, {"name": "a"}, square())
    with edit(workspace, now, "xóa") as work:
        work.delete(site, one.uid, expected=1)
    history.undo(workspace, AN, now())
    with workspace.reading() as connection:
        (found,) = records.fetch_records(connection, site)
        assert records.fetch_within(connection, site, square().bounds) == [one.uid]
    assert (found.uid, found.revision, found.geometry) == (one.uid, 3, one.geometry)


class HistoryMachine(RuleBasedStateMachine):
    """Whatever is done, undo walks back through the same states and redo forward again."""

    @initialize()
    def open(self):
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.workspace = create(Path(self.folder.name) / "w", build_catalogue(build_types()), boundary=None)
        self.site = self.workspace.catalogue.type("site")
        self.tick = 0
        self.past = [content_of(self.workspace)]
        self.future = []

    def now(self):
        self.tick += 1
        return f"2026-03-01T08:00:{self.tick % 60:02d}.000Z"

    def done(self):
        self.past.append(content_of(self.workspace))
        self.future = []

    def pick(self, data):
        with self.workspace.reading() as connection:
            found = records.fetch_records(connection, self.site)
        return data.draw(st.sampled_from(found)) if found else None

    @rule(name=st.text("aăđ ", max_size=3), count=st.integers(1, 3))
    def insert(self, name, count):
        with edit(self.workspace, self.now) as work:
            for place in range(count):
                work.insert(self.site, {"name": name}, square(place * 20.0))
        self.done()

    @rule(data=st.data(), floors=st.integers(0, 3), east=st.sampled_from([0.0, 5.0]))
    def update(self, data, floors, east):
        record = self.pick(data)
        if record is not None:
            before = content_of(self.workspace)
            with edit(self.workspace, self.now) as work:
                work.update(
                    self.site, record.uid, values={"floors": floors}, geometry=square(east), expected=record.revision
                )
            if content_of(self.workspace) != before:
                self.done()

    @rule(data=st.data())
    def delete(self, data):
        record = self.pick(data)
        if record is not None:
            with edit(self.workspace, self.now) as work:
                work.delete(self.site, record.uid, expected=record.revision)
            self.done()

    @rule(data=st.data())
    def approve(self, data):
        record = self.pick(data)
        if record is not None:
            with edit(self.workspace, self.now, kind="state") as work:
                work.set_state(self.site, [record.uid], State.APPROVED)

    @rule()
    def undo(self):
        changed = history.undo(self.workspace, AN, self.now())
        assert (changed is None) == (len(self.past) == 1)
        if changed:
            self.future.append(self.past.pop())

    @rule()
    def redo(self):
        changed = history.redo(self.workspace, AN, self.now())
        assert (changed is None) == (not self.future)
        if changed:
            self.past.append(self.future.pop())

    @precondition(lambda self: self.tick % 5 == 4)
    @rule()
    def restart(self):
        from localdb.workspace import open_workspace

        self.workspace.close()
        self.workspace = open_workspace(self.workspace.folder, self.workspace.catalogue)

    @invariant()
    def what_is_seen_is_what_should_be(self):
        if hasattr(self, "workspace"):
            assert content_of(self.workspace) == self.past[-1]
            with self.workspace.reading() as connection:
                assert journal.verify_chain(connection) is None
                found = {uid for uid in content_of(self.workspace)}
                assert {row.uid for row in outbox.fetch_waiting(connection)} == found
                assert set(records.fetch_within(connection, self.site, (-1, -1, 1e7, 1e7))) == found

    def teardown(self):
        if hasattr(self, "workspace"):
            self.workspace.close()
            self.folder.cleanup()


TestHistory = HistoryMachine.TestCase
TestHistory.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_geometry_undone_to_none(workspace, catalogue, now):
    mark = catalogue.type("mark")
    with edit(workspace, now) as work:
        one = work.insert(mark, {"name": "a"}, None)
    with edit(workspace, now) as work:
        work.update(mark, one.uid, geometry=shapely.Point(5, 5), expected=1)
    history.undo(workspace, AN, now())
    with workspace.reading() as connection:
        assert records.fetch_records(connection, mark)[0].geometry is None
