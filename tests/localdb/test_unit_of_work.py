import threading
from dataclasses import replace

import pytest
import shapely
from sqlalchemy.exc import SQLAlchemyError

from core.canonical import canonical_json
from core.errors import Bug, UserError
from forms.content import record_content
from forms.record import State
from localdb import blobs, journal, map_arrays, outbox, records, search
from localdb.engine import fetch_rows
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, LINEAGE, PHOTO, square

FULL = {
    "name": "Trường tiểu học Đồng Tâm",
    "local_code": "01153-TH-2026-0001",
    "area_m2": 1250.5,
    "floors": 2,
    "public": True,
    "built_on": "2011-09-05",
    "seen_at": "2026-03-01T01:00:00.000Z",
    "kind": "giao_duc",
    "uses": ["hoc", "hop"],
    "parent": "01a1f8af-1312-7000-9000-9f28a4adf6a1",
    "secret": "x",
    "photos": [PHOTO],
}


def write(workspace, now, **more):
    return unit_of_work(workspace, actor=AN, now=now(), label="sửa", **more)


def test_a_record_comes_back_as_it_was_written(workspace, site, catalogue, now):
    with write(workspace, now) as work:
        written = work.insert(site, FULL, square(), LINEAGE)
    with workspace.reading() as connection:
        assert records.fetch_record(connection, catalogue, written.uid) == written
    assert written.values == FULL
    assert (written.revision, written.state, written.created_by) == (1, State.DRAFT, AN.name)
    assert work.changed.records == {("site", written.uid)}
    assert work.changed.label == "sửa"


def test_values_get_the_type_that_reading_gives(workspace, site, now):
    with write(workspace, now) as work:
        written = work.insert(site, {"area_m2": 5, "floors": 3.0, "public": 1, "uses": ("a",)}, square())
    with workspace.reading() as connection:
        (found,) = records.fetch_records(connection, site)
    for record in (written, found):
        values = [record.values[key] for key in ("area_m2", "floors", "public", "uses", "name")]
        assert [(value, type(value)) for value in values] == [
            (5.0, float),
            (3, int),
            (True, bool),
            (["a"], list),
            (None, type(None)),
        ]


def test_one_write_fills_every_table(workspace, site, catalogue, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square(), LINEAGE)
    with workspace.reading() as connection:
        (change,) = journal.fetch_changes(connection)
        (waiting,) = outbox.fetch_waiting(connection)
        (hit,) = search.search(connection, catalogue, "truong dong")
        (box,) = fetch_rows(connection, "SELECT xmin, ymax FROM idx_site_geom")
    assert (change.operation, change.uid, change.revision, change.before) == ("insert", one.uid, 1, None)
    assert change.after == record_content(one)
    assert (change.actor, change.device, change.group) == (AN, workspace.device_id, work.changed.group)
    assert (waiting.uid, waiting.revision) == (one.uid, 1)
    assert (hit.uid, hit.title) == (one.uid, FULL["name"])
    assert box == (410_000.0, 2_410_010.0)


def test_an_update_journals_only_what_differs(workspace, site, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square(), LINEAGE)
    with write(workspace, now) as work:
        two = work.update(site, one.uid, values={"name": "Trường mới", "floors": 2}, expected=1)
    with workspace.reading() as connection:
        change = journal.fetch_changes(connection, after=1)[0]
    assert change.before == {"name": FULL["name"]}
    assert change.after == {"name": "Trường mới"}
    assert two.revision == 2
    assert two.geometry == one.geometry


def test_geometry_and_lineage_are_content_too(workspace, site, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square(), LINEAGE)
    moved = square(420_000)
    with write(workspace, now) as work:
        work.update(site, one.uid, geometry=moved, lineage=replace(LINEAGE, accuracy_m=1.0), expected=1)
    with write(workspace, now) as work:
        work.update(site, one.uid, geometry=None, expected=2)
    with workspace.reading() as connection:
        changes = journal.fetch_changes(connection, uid=one.uid)
        (found,) = records.fetch_records(connection, site)
        assert fetch_rows(connection, "SELECT count(*) FROM idx_site_geom") == [(0,)]
    assert set(changes[1].after) == {"geometry", "lineage"}
    assert changes[2].after == {"geometry": None}
    assert found.geometry is None
    assert found.lineage.accuracy_m == 1.0


def test_writing_the_same_again_is_no_change(workspace, site, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square(), LINEAGE)
    with write(workspace, now) as work:
        same = work.update(site, one.uid, values=FULL, geometry=square(), lineage=LINEAGE, expected=1)
    assert same == one
    assert not work.changed.records
    with workspace.reading() as connection:
        assert journal.chain_head(connection).sequence == 1
        assert fetch_rows(connection, "SELECT count(*) FROM change_groups") == [(1,)]


def test_a_stale_write_is_refused_and_leaves_nothing(workspace, site, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square())
    with write(workspace, now) as work:
        work.update(site, one.uid, values={"floors": 3}, expected=1)
    with pytest.raises(UserError) as caught, write(workspace, now) as work:
        work.insert(site, {"name": "nữa"}, square())
        work.update(site, one.uid, values={"floors": 4}, expected=1)
    assert (caught.value.code, caught.value.context["found"]) == ("STORE-STALE", 2)
    with workspace.reading() as connection:
        assert [record.values["floors"] for record in records.fetch_records(connection, site)] == [3]
        assert journal.chain_head(connection).sequence == 2
        assert journal.verify_chain(connection) is None


def test_an_edit_puts_a_record_back_to_draft(workspace, site, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square())
    with write(workspace, now, kind="state") as work:
        assert work.set_state(site, [one.uid], State.APPROVED, expected=[1]) == [one.uid]
        assert work.set_state(site, [one.uid], State.APPROVED) == []
    with write(workspace, now) as work:
        assert work.update(site, one.uid, values={"floors": 9}, expected=1).state is State.DRAFT
    with workspace.reading() as connection:
        operations = [(change.operation, change.after) for change in journal.fetch_changes(connection)]
    assert operations[1] == ("state", {"state": "approved"})
    with pytest.raises(UserError) as caught, write(workspace, now, kind="state") as work:
        work.set_state(site, [one.uid], State.APPROVED, expected=[1])
    assert caught.value.code == "STORE-STALE"
    with pytest.raises(UserError) as caught, write(workspace, now, kind="state") as work:
        work.set_state(site, ["nobody"], State.APPROVED)
    assert caught.value.code == "STORE-NO-RECORD"


def test_a_deleted_record_is_out_of_sight_but_not_lost(workspace, site, catalogue, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square(), LINEAGE)
    with write(workspace, now) as work:
        work.delete(site, one.uid, expected=1)
    with workspace.reading() as connection:
        assert records.fetch_record(connection, catalogue, one.uid) is None
        assert records.fetch_within(connection, site, (0, 0, 1e7, 1e7)) == []
        assert search.search(connection, catalogue, "truong") == []
        assert outbox.fetch_waiting(connection) == []
        assert len(records.fetch_batch(connection, site)) == 0
        assert map_arrays.fetch_arrays(connection, site) == {}
        buried = records.fetch_record(connection, catalogue, one.uid, deleted=True)
        change = journal.fetch_changes(connection)[-1]
    assert (buried.values, buried.revision, buried.deleted_at is None) == (one.values, 2, False)
    assert (change.operation, change.before, change.after) == ("delete", record_content(one), None)
    with pytest.raises(UserError) as caught, write(workspace, now) as work:
        work.update(site, one.uid, values={"floors": 1}, expected=2)
    assert caught.value.code == "STORE-NO-RECORD"


def test_a_uid_that_was_deleted_may_come_again(workspace, site, catalogue, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square(), LINEAGE)
        work.delete(site, one.uid, expected=1)
    with write(workspace, now) as work:
        again = work.insert(site, {"name": "Lại có"}, square(), uid=one.uid)
    assert (again.revision, again.deleted_at, again.values["floors"]) == (3, None, None)
    with workspace.reading() as connection:
        assert records.fetch_record(connection, catalogue, one.uid) == again
        assert [hit.uid for hit in search.search(connection, catalogue, "lai co")] == [one.uid]
    with pytest.raises(Bug), write(workspace, now) as work:
        work.insert(site, {}, square(), uid=one.uid)


@pytest.mark.parametrize(
    "geometry",
    [shapely.Point(1, 1), shapely.box(0, 0, 1, 1), shapely.from_wkt("MULTIPOLYGON Z (((0 0 1, 1 0 1, 1 1 1, 0 0 1)))")],
)
def test_a_geometry_of_another_kind_is_refused_before_the_trigger(workspace, site, now, geometry):
    with write(workspace, now) as work:
        first = work.insert(site, {"name": "trước"}, square())
        with pytest.raises(UserError) as caught:
            work.insert(site, {}, geometry)
    assert caught.value.code == "STORE-GEOMETRY-KIND"
    with workspace.reading() as connection:
        assert [record.uid for record in records.fetch_records(connection, site)] == [first.uid]


def test_a_type_without_geometry_and_one_with_two_kinds(workspace, catalogue, now):
    sheet, mark = catalogue.type("sheet"), catalogue.type("mark")
    point, line = shapely.Point(410_000, 2_410_000), shapely.LineString([(410_000, 2_410_000), (411_000, 2_410_000)])
    with write(workspace, now) as work:
        page = work.insert(sheet, {"name": "Tờ 1"})
        dot, dash = work.insert(mark, {}, point), work.insert(mark, {}, line)
        with pytest.raises(UserError):
            work.insert(sheet, {}, point)
        with pytest.raises(UserError):
            work.insert(mark, {}, square())
    with workspace.reading() as connection:
        assert records.fetch_record(connection, catalogue, page.uid) == page
        assert [record.geometry for record in records.fetch_records(connection, mark)] == [point, line]
        assert set(map_arrays.fetch_arrays(connection, mark)) == {"point", "line"}
        assert map_arrays.fetch_arrays(connection, sheet) == {}
        assert fetch_rows(connection, "SELECT uid FROM mark_point") == [(dot.uid,)]
        assert fetch_rows(connection, "SELECT uid FROM mark_line") == [(dash.uid,)]


def test_an_empty_geometry_is_none(workspace, site, now):
    with write(workspace, now) as work:
        assert work.insert(site, {}, shapely.MultiPolygon()).geometry is None


def test_whatever_fails_takes_everything_back(workspace, site, now):
    with pytest.raises(ZeroDivisionError), write(workspace, now) as work:
        work.insert(site, FULL, square())
        raise ZeroDivisionError
    with workspace.reading() as connection:
        for table in ("site", "changes", "change_groups", "outbox", "record_search", "idx_site_geom"):
            assert fetch_rows(connection, f"SELECT count(*) FROM {table}") == [(0,)], table


def test_a_number_that_is_not_one_cannot_be_stored(workspace, site, now):
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError), write(workspace, now) as work:
            work.insert(site, {"area_m2": value}, square())


def test_a_unit_of_work_inside_another_is_our_own_fault(workspace, now):
    with pytest.raises(Bug), write(workspace, now), write(workspace, now):
        pass
    with write(workspace, now):
        pass


def test_writers_of_many_threads_take_turns(workspace, site, now):
    with write(workspace, now) as work:
        uids = [work.insert(site, {"floors": 0}, square()).uid for _ in range(8)]
    failed = []

    def bump(uid):
        try:
            for revision in range(1, 6):
                with write(workspace, now) as work:
                    work.update(site, uid, values={"floors": revision}, expected=revision)
                with workspace.reading() as connection:
                    records.fetch_records(connection, site, [uid])
        except Exception as error:  # noqa: BLE001 (shown by the assertion)
            failed.append(error)

    threads = [threading.Thread(target=bump, args=(uid,)) for uid in uids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with workspace.reading() as connection:
        assert {record.values["floors"] for record in records.fetch_records(connection, site)} == {5}
        assert journal.verify_chain(connection) is None
        assert journal.chain_head(connection).sequence == 8 + 40


def test_a_reader_sees_one_moment(workspace, site, now):
    with workspace.reading() as connection:
        assert records.fetch_records(connection, site) == []
        with write(workspace, now) as work:
            work.insert(site, FULL, square())
        assert records.fetch_records(connection, site) == []
    with workspace.reading() as connection:
        assert len(records.fetch_records(connection, site)) == 1


def test_the_journal_is_canonical(workspace, site, now):
    with write(workspace, now) as work:
        one = work.insert(site, FULL, square(), LINEAGE)
    content = {key: value for key, value in record_content(one).items() if value is not None}
    with workspace.reading() as connection:
        ((stored,),) = fetch_rows(connection, "SELECT after FROM changes")
    assert stored.encode() == canonical_json(content)


def test_nothing_is_written_after_sqlite_ended_the_transaction(workspace, site, now):
    """A trigger's ROLLBACK, or a full disk, ends the transaction; what follows must not commit piece by piece."""
    other = blobs.encode(square(), 4326)
    with pytest.raises(SQLAlchemyError), write(workspace, now) as work:
        one = work.insert(site, {"name": "a"}, square())
        with pytest.raises(SQLAlchemyError, match="violates Geometry constraint"):
            work.connection.exec_driver_sql("UPDATE site SET geom = ? WHERE uid = ?", (other, one.uid))
        work.insert(site, {"name": "b"}, square())
    with workspace.reading() as connection:
        assert records.fetch_records(connection, site) == []
        assert journal.verify_chain(connection) is None
    with write(workspace, now) as work:
        work.insert(site, {"name": "c"}, square())
