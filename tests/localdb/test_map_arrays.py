"""Coordinates for the map in pieces of any size are those of the records, whatever was deleted or is odd."""

import numpy as np
import pytest
import shapely
from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from core.errors import EnvironmentFault
from geodesy.arrays import build_arrays
from localdb import map_arrays, records
from localdb.geometry_columns import quote_name
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, many_sites

COUNT = 300


@pytest.fixture
def filled(workspace, site, now):
    arrived = many_sites(COUNT)
    arrived["geometries"] = np.array(arrived["geometries"], dtype=object)
    arrived["geometries"][7] = shapely.MultiPolygon(
        [shapely.box(n * 10, 0, n * 10 + 5, 5) for n in range(100)]  # more parts than are taken apart together
    )
    with unit_of_work(workspace, actor=AN, now=now(), label="nhập", kind="import") as work:
        work.insert_many(site, **arrived)
    with unit_of_work(workspace, actor=AN, now=now(), label="xoá") as work:
        work.delete_many(site, arrived["uids"][60:70])
    return workspace


@pytest.mark.parametrize(
    ("first", "most", "size"), [(1, 1, 1 << 20), (7, 13, 1 << 20), (64, 4096, 1), (64, 4096, 1 << 20)]
)
def test_pieces_of_any_size_give_the_same(filled, site, monkeypatch, first, most, size) -> None:
    monkeypatch.setattr(map_arrays, "_FIRST_RECORDS", first)
    monkeypatch.setattr(map_arrays, "_MOST_RECORDS", most)
    monkeypatch.setattr(map_arrays, "_PIECE_BYTES", size)
    with filled.reading() as connection:
        found = map_arrays.fetch_arrays(connection, site, category=("public", {True: 5, False: 6}))["polygon"]
        kept = records.fetch_records(connection, site)
        fids = [records.fid_of(connection, site, record.uid) for record in kept]
    category = [{True: 5, False: 6}.get(record.values["public"], 0) for record in kept]
    wanted = build_arrays(fids, [record.geometry for record in kept], category)["polygon"]
    assert len(found) == COUNT - 10
    for name in ("ids", "xy", "path_offsets", "feature_offsets", "bounds", "category"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name


def test_a_value_that_holds_the_separator_takes_no_other_records_place(filled, site) -> None:
    with filled.store.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {quote_name(site.id)} SET kind = 'a' || char(31) || 'b' WHERE fid = 5")
        connection.exec_driver_sql(f"UPDATE {quote_name(site.id)} SET kind = 'marked' WHERE fid = 9")
    with filled.reading() as connection:
        found = map_arrays.fetch_arrays(connection, site, category=("kind", {"marked": 3}))["polygon"]
    assert found.ids[found.category == 3].tolist() == [9]


def test_records_too_large_to_be_read_together_are_read_one_by_one(filled, site, monkeypatch) -> None:
    kept, refused = map_arrays.fetch_rows, []

    def limited(connection, sql, parameters):
        if parameters[1] > 1 and not refused:
            refused.append(parameters)
            too_big = dbapi2.DataError("string or blob too big")
            too_big.sqlite_errorcode = 18
            raise DBAPIError(sql, parameters, too_big)
        return kept(connection, sql, parameters)

    with filled.reading() as connection:
        wanted = map_arrays.fetch_arrays(connection, site)["polygon"]
        monkeypatch.setattr(map_arrays, "fetch_rows", limited)
        found = map_arrays.fetch_arrays(connection, site)["polygon"]
    assert refused
    assert np.array_equal(found.xy, wanted.xy)


def test_a_geometry_that_is_none_is_told_of(filled, site, monkeypatch) -> None:
    kept = map_arrays.fetch_rows

    def spoiled(*arguments):
        return [
            (last, ids, lengths, b"\xff" + data[1:], values) for last, ids, lengths, data, values in kept(*arguments)
        ]

    monkeypatch.setattr(map_arrays, "fetch_rows", spoiled)
    with filled.reading() as connection, pytest.raises(EnvironmentFault) as failure:
        map_arrays.fetch_arrays(connection, site)
    assert failure.value.code == "STORE-DAMAGED"
