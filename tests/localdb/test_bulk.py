import numpy as np
import pytest
import shapely

from core.errors import Bug, Cancelled, UserError
from core.identity import new_uids
from forms.content import content_hash, record_content
from forms.lineages import source_rows
from forms.record import Lineage, State
from localdb import bulk, journal, outbox, records, search
from localdb.damage import check_integrity
from localdb.engine import fetch_rows
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, PHOTO, many_sites, square, squares

TABLES = ("site", "changes", "outbox", "record_search", "idx_site_geom")


def bring(workspace, now):
    return unit_of_work(workspace, actor=AN, now=now(), label="nhập", kind="import")


def one_by_one(work, site, arrived):
    values, geometries = arrived["values"], arrived["geometries"]
    for place, uid in enumerate(arrived["uids"]):
        work.insert(
            site,
            {key: column[place] for key, column in values.items()},
            geometries[place],
            arrived["lineages"][place],
            uid=uid,
        )


@pytest.mark.parametrize("count", [1, 150, 450])
def test_many_at_once_are_the_same_as_one_by_one(make_workspace, site, now, count, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 200)
    arrived = many_sites(count)
    at = now()
    stores = []
    for name, write in (("một", one_by_one), ("nhiều", lambda work, kind, found: work.insert_many(kind, **found))):
        workspace = make_workspace(name)
        with unit_of_work(workspace, actor=AN, now=at, label="nhập", kind="import") as work:
            write(work, site, arrived)
        assert work.changed.records == {("site", uid) for uid in arrived["uids"]}
        with workspace.reading() as connection:
            assert check_integrity(connection) == []
            assert journal.verify_chain(connection) is None
            rows = {table: fetch_rows(connection, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}
            rows["changes"] = [row[:-2] for row in rows["changes"]]  # device and group differ, and so the hashes
            stores.append(rows)
    for table in TABLES:
        assert stores[0][table] == stores[1][table], table


def test_content_read_from_rows_is_content_in_the_journal(workspace, site, now):
    with bring(workspace, now) as work:
        work.insert_many(site, **many_sites(30))
    with workspace.reading() as connection:
        found = {record.uid: record for record in records.fetch_records(connection, site)}
        for change in journal.fetch_changes(connection):
            assert content_hash(change.after) == content_hash(record_content(found[change.uid]))


def test_an_odd_record_among_many(workspace, site, now):
    """Percent signs, quotes, missing geometry, extremes: nothing is a template's own."""
    values = {
        "name": ['100 % "đất"', "a\\b\n\t\x01", None, "%s %d"],
        "area_m2": [1e300, -0.1, None, 5],
        "floors": [-1, 2**40, None, 0],
        "uses": [["%"], [], None, ['"']],
        "public": [True, False, None, True],
        "photos": [[PHOTO], None, None, [PHOTO, {**PHOTO, "page": 2}]],
    }
    geometries = np.array([square(), None, shapely.MultiPolygon(), square(411_000)], dtype=object)
    lineages = [Lineage(raw_values={"%": "%"}), Lineage(), Lineage(source_row=3), Lineage(raw_coordinates="'\"%")]
    with bring(workspace, now) as work:
        assert work.insert_many(site, uids=new_uids(4), values=values, geometries=geometries, lineages=lineages) == 4
    with workspace.reading() as connection:
        found = records.fetch_records(connection, site)
        changes = journal.fetch_changes(connection)
        assert journal.verify_chain(connection) is None
    for key, column in values.items():
        assert [record.values[key] for record in found] == column
    assert [record.geometry for record in found] == [square(), None, None, square(411_000)]
    assert [record.lineage for record in found] == lineages
    for change, record in zip(changes, found, strict=True):
        assert content_hash(change.after) == content_hash(record_content(record))


@pytest.mark.parametrize("count", [9, 300])
def test_odd_records_are_stored_as_one_by_one(make_workspace, site, now, count, monkeypatch):
    """Signs that JSON, SQL or the search treats apart, empty cells between, columns that are alike or nearly so."""
    monkeypatch.setattr(bulk, "CHUNK", 100)
    odd = [
        None,
        "a|b",
        "a\x7fb",
        'ngoặc "kép"',
        "gạch\\chéo",
        "tab\t và\ndòng",
        "\x01",
        "100 % %s %d",
        "  hai  blanks ",
        "ĐX-0223",
    ]
    odd += ["e\u0302\u0301", "😀", "\u00a0lạ", "`'’", "", "ß İ", "\ufffd"]
    names = [odd[place % len(odd)] for place in range(count)]
    arrived = {
        "uids": new_uids(count),
        "values": {
            "name": names,
            "area_m2": [None if place % 4 == 0 else (-1) ** place * 10.0 ** (place % 20 - 5) for place in range(count)],
            "floors": [place - 5 for place in range(count)],
            "uses": [None if place % 3 else [odd[place % 5] or "x", "y"] for place in range(count)],
            "public": [None if place % 2 else bool(place % 3) for place in range(count)],
            "secret": [
                None if place < 100 else "như nhau" if place < 200 else f"riêng {place}" for place in range(count)
            ],
        },
        "geometries": np.array([None if place % 5 == 0 else square(410_000 + 20 * place) for place in range(count)]),
        "lineages": source_rows(
            count,
            {"source_file": 'tệp "lạ".gpkg', "src_axis": 105.5},
            {"source_row": list(range(count)), "raw_coordinates": names[::-1]},
            {"b": names, 'a"': list(range(count)), "c": [0.1 * place for place in range(count)], "d": [True] * count},
        ),
    }
    at = now()
    stores = []
    for name, write in (("một", one_by_one), ("nhiều", lambda work, kind, found: work.insert_many(kind, **found))):
        workspace = make_workspace(name)
        with unit_of_work(workspace, actor=AN, now=at, label="nhập", kind="import") as work:
            write(work, site, arrived)
        with workspace.reading() as connection:
            assert journal.verify_chain(connection) is None
            rows = {table: fetch_rows(connection, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}
            rows["changes"] = [row[:-2] for row in rows["changes"]]
            stores.append(rows)
    for table in TABLES:
        assert stores[0][table] == stores[1][table], table


def test_an_empty_point_is_no_geometry(workspace, catalogue, now):
    mark = catalogue.type("mark")
    geometries = np.array([shapely.Point(), shapely.Point(1, 2), shapely.LineString()], dtype=object)
    with bring(workspace, now) as work:
        work.insert_many(mark, uids=new_uids(3), values={}, geometries=geometries, lineages=[Lineage()] * 3)
    with workspace.reading() as connection:
        assert [record.geometry for record in records.fetch_records(connection, mark)] == [None, geometries[1], None]
        assert ["geometry" in change.after for change in journal.fetch_changes(connection)] == [False, True, False]
        assert check_integrity(connection) == []


class Stop:
    """Cancels at the third report."""

    def __init__(self):
        self.steps = []

    def step(self, done, total=None):
        self.steps.append((done, total))
        if len(self.steps) == 3:
            raise Cancelled


def test_a_cancelled_import_leaves_nothing_behind(workspace, site, now, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 100)
    progress = Stop()
    with pytest.raises(Cancelled), bring(workspace, now) as work:
        work.insert_many(site, **many_sites(450), progress=progress)
    assert progress.steps == [(0, 450), (100, 450), (200, 450)]
    with workspace.reading() as connection:
        for table in TABLES:
            assert fetch_rows(connection, f"SELECT count(*) FROM {table}") == [(0,)], table
        assert check_integrity(connection) == []


def test_one_wrong_geometry_refuses_all(workspace, site, now):
    arrived = many_sites(300)
    arrived["geometries"][250] = shapely.Point(1, 1)
    with pytest.raises(UserError) as caught, bring(workspace, now) as work:
        work.insert_many(site, **arrived)
    assert (caught.value.code, caught.value.context["row"]) == ("STORE-GEOMETRY-KIND", 251)
    with pytest.raises(Bug), bring(workspace, now) as work:
        work.insert_many(site, **{**many_sites(3), "lineages": []})
    with workspace.reading() as connection:
        assert records.fetch_records(connection, site) == []


def test_an_import_of_nothing(workspace, site, now):
    with bring(workspace, now) as work:
        assert work.insert_many(site, uids=[], values={}, geometries=squares(0), lineages=[]) == 0
    assert not work.changed.records


@pytest.mark.parametrize("count", [3, 450])
def test_many_are_deleted_and_restored(workspace, site, catalogue, now, count, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 100)
    arrived = many_sites(count)
    with bring(workspace, now) as work:
        work.insert_many(site, **arrived)
    with workspace.reading() as connection:
        before = records.fetch_records(connection, site)
    with bring(workspace, now) as work:
        work.delete_many(site, arrived["uids"], expected=[1] * count)
    with workspace.reading() as connection:
        assert records.count_records(connection, catalogue)["site"] == {}
        assert outbox.count_waiting(connection) == 0
        assert search.search(connection, catalogue, "khu") == []
    with bring(workspace, now) as work:
        work.restore_many(site, arrived["uids"])
    with workspace.reading() as connection:
        after = records.fetch_records(connection, site)
        assert [record_content(record) for record in after] == [record_content(record) for record in before]
        assert {record.revision for record in after} == {3}
        assert outbox.count_waiting(connection) == count
        assert len(search.search(connection, catalogue, "khu", limit=1000)) == count
        assert journal.verify_chain(connection) is None
        assert check_integrity(connection) == []
    with pytest.raises(UserError), bring(workspace, now) as work:
        work.restore_many(site, arrived["uids"][:1])
    with pytest.raises(UserError), bring(workspace, now) as work:
        work.delete_many(site, arrived["uids"][:1], expected=[1])


def test_states_of_many(workspace, site, catalogue, now):
    arrived = many_sites(300)
    with bring(workspace, now) as work:
        work.insert_many(site, **arrived)
    with unit_of_work(workspace, actor=AN, now=now(), label="duyệt", kind="state") as work:
        assert work.set_state(site, arrived["uids"], State.APPROVED) == arrived["uids"]
    with workspace.reading() as connection:
        assert records.count_records(connection, catalogue)["site"] == {State.APPROVED: 300}
        assert records.uids_in_states(connection, site, [State.APPROVED]) == arrived["uids"]
        actor, _ = journal.fetch_last_state_change(connection, "approved")
        assert actor == AN
        assert journal.fetch_last_state_change(connection, "sent") is None
        assert check_integrity(connection) == []


def test_what_the_province_sends_does_not_wait_to_be_sent(workspace, site, catalogue, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="nhận", kind="pull") as work:
        work.insert_many(site, **many_sites(250))
        one = work.insert(site, {"name": "từ tỉnh"}, square())
    with workspace.reading() as connection:
        assert outbox.count_waiting(connection) == 0
        assert records.count_records(connection, catalogue)["site"] == {State.ACCEPTED: 251}
    assert one.state is State.ACCEPTED
