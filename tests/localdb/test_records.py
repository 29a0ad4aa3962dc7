import numpy as np
import shapely

from forms.record import Lineage, State
from localdb import map_arrays, records
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, many_sites, square


def fill(workspace, site, now, count=300):
    arrived = many_sites(count)
    with unit_of_work(workspace, actor=AN, now=now(), label="nhập", kind="import") as work:
        work.insert_many(site, **arrived)
    return arrived


def test_a_batch_holds_the_same_as_the_records(workspace, site, now):
    fill(workspace, site, now)
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert(site, {"name": "không hình"}, None, Lineage(raw_values={"a": [1]}))
    with workspace.reading() as connection:
        batch = records.fetch_batch(connection, site)
        found = records.fetch_records(connection, site)
        some = records.fetch_batch(connection, site, [found[5].uid, found[2].uid, "nobody"])
    assert len(batch) == len(found) == 301
    assert batch.uids == [record.uid for record in found]
    assert batch.revisions == [record.revision for record in found]
    assert batch.states == [record.state for record in found]
    assert list(batch.lineages) == [record.lineage for record in found]
    for field in site.fields:
        assert batch.values[field.key] == [record.values[field.key] for record in found], field.key
    assert [None if one is None else one.wkb for one in batch.geometries] == [
        None if record.geometry is None else record.geometry.wkb for record in found
    ]
    assert some.uids == [found[2].uid, found[5].uid]


def test_a_batch_of_nothing(workspace, catalogue):
    with workspace.reading() as connection:
        for record_type in catalogue.types.values():
            batch = records.fetch_batch(connection, record_type)
            assert len(batch) == 0
            assert set(batch.values) == {field.key for field in record_type.fields}


def test_a_batch_of_a_type_without_geometry(workspace, catalogue, now):
    sheet = catalogue.type("sheet")
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert(sheet, {"name": "a", "pages": 3})
    with workspace.reading() as connection:
        batch = records.fetch_batch(connection, sheet)
    assert (batch.values["pages"], list(batch.geometries)) == ([3], [None])


def test_arrays_for_the_map(workspace, site, now):
    fill(workspace, site, now)
    with workspace.reading() as connection:
        arrays = map_arrays.fetch_arrays(connection, site)["polygon"]
        uids = records.uid_of(connection, site, arrays.ids[[7, 3]])
        found = records.fetch_records(connection, site, uids)
        assert records.fid_of(connection, site, uids[0]) == arrays.ids[7]
        assert records.fid_of(connection, site, "nobody") is None
        assert records.uid_of(connection, site, [10_000, int(arrays.ids[3])]) == [uids[1]]
        styled = map_arrays.fetch_arrays(connection, site, category=("public", {1: 5, 0: 6}))["polygon"]
    assert len(arrays) == 300
    by_uid = {record.uid: record for record in found}
    for place, uid in zip((7, 3), uids, strict=True):
        assert tuple(arrays.bounds[place]) == by_uid[uid].geometry.bounds
    assert set(np.unique(styled.category)) == {0, 5, 6}


def test_what_lies_within_a_box(workspace, site, now):
    arrived = fill(workspace, site, now)
    box = (400_050, 2_399_999, 400_200, 2_400_015)
    wanted = [
        uid
        for uid, geometry in zip(arrived["uids"], arrived["geometries"], strict=True)
        if shapely.box(*box).intersects(geometry)
    ]
    with workspace.reading() as connection:
        assert records.fetch_within(connection, site, box) == wanted
        assert records.fetch_within(connection, site, (0, 0, 1, 1)) == []
    assert len(wanted) > 3


def test_counts_by_state(workspace, site, catalogue, now):
    arrived = fill(workspace, site, now, 10)
    with unit_of_work(workspace, actor=AN, now=now(), label="x", kind="state") as work:
        work.set_state(site, arrived["uids"][:3], State.CHECKED)
    with workspace.reading() as connection:
        found = records.count_records(connection, catalogue)
        some = records.fetch_records(connection, site, states=[State.CHECKED])
        revisions = records.fetch_revisions(connection, site, arrived["uids"][:2])
    assert found == {"sheet": {}, "mark": {}, "route": {}, "site": {State.CHECKED: 3, State.DRAFT: 7}}
    assert [record.uid for record in some] == arrived["uids"][:3]
    assert revisions == dict.fromkeys(arrived["uids"][:2], 1)


def test_a_record_is_found_whatever_its_type(workspace, catalogue, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        sheet = work.insert(catalogue.type("sheet"), {"name": "a"})
        site = work.insert(catalogue.type("site"), {"name": "b"}, square())
    with workspace.reading() as connection:
        assert records.fetch_record(connection, catalogue, sheet.uid) == sheet
        assert records.fetch_record(connection, catalogue, site.uid) == site
        assert records.fetch_record(connection, catalogue, "nobody") is None
