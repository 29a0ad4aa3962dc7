import os
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from core.errors import EnvironmentFault, UserError
from forms.loader import load_catalogue
from forms.record import Actor
from geodesy.systems import tm_system
from localdb import boundary, records
from localdb import workspace as workspaces
from localdb.catalogue_sync import is_current
from localdb.engine import create_store, fetch_rows, open_store
from localdb.unit_of_work import unit_of_work
from localdb.workspace import create_workspace, open_workspace
from tests.localdb.samples import AN, COMMUNE, build_catalogue, build_types, create, square


def code_of(function, *args, **more):
    with pytest.raises((UserError, EnvironmentFault)) as caught:
        function(*args, **more)
    assert str(caught.value) != caught.value.code, "the message has no words"
    assert "{" not in str(caught.value), "the message lacks a fact"
    return caught.value.code


def test_a_new_workspace_and_the_same_opened_again(make_workspace, catalogue):
    made = make_workspace()
    info, folder = made.info, made.folder
    assert (info.commune_code, info.province_code, info.epsg, info.axis) == ("01153", "08", 9211, 106.0)
    assert (info.display_axis, info.boundary_source) == (106.0, "ranh_gioi.gpkg")
    assert {item.name for item in folder.iterdir() if item.is_dir()} == {"packages", "backups", "basemaps", "logs"}
    made.close()
    again = make_workspace(again=catalogue)
    assert again.info == info
    assert again.device_id == made.device_id
    with again.reading() as connection:
        found = boundary.fetch_boundary(connection, "01153")
        assert found.equals(shapely.box(400_000, 2_400_000, 450_000, 2_450_000))
        assert boundary.fetch_boundary(connection, "00001") is None
        assert is_current(connection, catalogue.types)


def test_a_boundary_may_be_replaced_and_neighbours_added(workspace):
    with workspace.store.writing() as connection:
        for code, size in (("01153", 5), ("01154", 7)):
            boundary.store_boundary(connection, code, shapely.box(0, 0, size, size), srid=9211, source="b", now="t")
    with workspace.reading() as connection:
        found = boundary.fetch_boundaries(connection)
    assert {code: geometry.area for code, geometry in found.items()} == {"01153": 25.0, "01154": 49.0}


def test_the_real_catalogue_is_stored(tmp_path):
    catalogue = load_catalogue()
    workspace = create(tmp_path / "w", catalogue, boundary=None, display_axis=105.5)
    with workspace.reading() as connection:
        tables = {name for (name,) in fetch_rows(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert set(catalogue.types) <= tables
    assert workspace.info.display_axis == 105.5
    workspace.close()
    open_workspace(tmp_path / "w", catalogue).close()


def test_a_zone_without_a_code_is_refused(tmp_path, catalogue):
    assert code_of(create, tmp_path / "w", catalogue, system=tm_system(105.25)) == "STORE-ZONE"
    assert not (tmp_path / "w").exists()


def test_where_a_workspace_is_already(make_workspace, catalogue):
    made = make_workspace()
    assert code_of(create, made.folder, catalogue) == "STORE-EXISTS"
    assert code_of(create, made.folder / "store.sqlite", catalogue) == "STORE-EXISTS"


def test_a_folder_without_a_workspace(tmp_path, catalogue):
    assert code_of(open_workspace, tmp_path, catalogue) == "STORE-MISSING"
    assert code_of(open_workspace, tmp_path / "nowhere", catalogue) == "STORE-MISSING"
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_no_workspace(tmp_path, catalogue):
    create_store(tmp_path / "store.sqlite").close()
    assert code_of(open_workspace, tmp_path, catalogue) == "STORE-DAMAGED"


def test_opened_twice(make_workspace, catalogue):
    made = make_workspace()
    assert code_of(open_workspace, made.folder, catalogue) == "STORE-LOCKED"
    beside = make_workspace(again=catalogue, read_only=True)
    with beside.reading() as connection:
        assert fetch_rows(connection, "SELECT count(*) FROM site") == [(0,)]
    with pytest.raises(EnvironmentFault), unit_of_work(beside, actor=AN, now="t", label="x"):
        pass
    made.close()
    open_workspace(made.folder, catalogue).close()


def test_a_failed_open_lets_go_of_the_lock(make_workspace, catalogue):
    made = make_workspace()
    made.close()
    store = open_store(made.store.path)
    with store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER gii_site_geom")
    store.close()
    for _ in range(2):
        assert code_of(open_workspace, made.folder, catalogue) == "STORE-DAMAGED"


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE changes",
        "DROP TABLE outbox",
        "ALTER TABLE site DROP COLUMN name",
        "DELETE FROM geometry_columns WHERE f_table_name = 'site'",
        "DELETE FROM spatial_ref_sys WHERE srid = 9211",
        "UPDATE workspace_info SET value = '99999' WHERE key = 'commune_code'",
    ],
)
def test_what_the_store_lacks_is_told_before_anything_is_read(make_workspace, catalogue, sql):
    made = make_workspace()
    made.close()
    with closing(sqlite3.connect(made.store.path)) as another_program:
        another_program.execute(sql)
        another_program.commit()
    assert code_of(open_workspace, made.folder, catalogue) == "STORE-DAMAGED"


def test_a_network_share(tmp_path, catalogue, monkeypatch):
    made = create(tmp_path / "w", catalogue)
    made.close()
    monkeypatch.setattr("localdb.folders._mounted_system", lambda _: "nfs4")
    assert code_of(create, tmp_path / "v", catalogue) == "STORE-NETWORK-SHARE"
    assert code_of(open_workspace, tmp_path / "w", catalogue) == "STORE-NETWORK-SHARE"
    assert not (tmp_path / "v").exists()


def test_a_folder_that_cannot_be_written(tmp_path, catalogue, monkeypatch):
    made = create(tmp_path / "w", catalogue)
    made.close()
    monkeypatch.setattr(workspaces, "is_writable", lambda _: False)
    assert code_of(create, tmp_path / "v", catalogue) == "STORE-READONLY"
    assert code_of(open_workspace, tmp_path / "w", catalogue) == "STORE-READONLY"
    workspace = open_workspace(tmp_path / "w", catalogue, read_only=True)
    workspace.close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting read-only needs root")
def test_a_disk_that_is_mounted_read_only(tmp_path, catalogue):
    folder = tmp_path / "usb"
    made = create(folder, catalogue)
    with unit_of_work(made, actor=AN, now="2026-01-01T00:00:00.000Z", label="x") as work:
        one = work.insert(catalogue.type("site"), {"name": "a"}, square())
    made.close()
    bound = subprocess.run(["mount", "--bind", str(folder), str(folder)], capture_output=True, check=False)
    if bound.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        assert code_of(open_workspace, folder, catalogue) == "STORE-READONLY"
        assert code_of(create, folder / "inner", catalogue) == "STORE-READONLY"
        workspace = open_workspace(folder, catalogue, read_only=True)
        with workspace.reading() as connection:
            assert fetch_rows(connection, "SELECT uid FROM site") == [(one.uid,)]
        workspace.close()
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_failure_half_way_leaves_no_store(tmp_path, catalogue, monkeypatch):
    def fail(*_args, **_more):
        raise EnvironmentFault("STORE-FULL", folder="x", free_mb=0)

    monkeypatch.setattr(workspaces, "store_boundary", fail)
    assert code_of(create, tmp_path / "w", catalogue) == "STORE-FULL"
    assert not list((tmp_path / "w").glob("store*"))
    monkeypatch.undo()
    create(tmp_path / "w", catalogue).close()


def test_an_encrypted_workspace(tmp_path, catalogue):
    key = bytes(range(32))
    create(tmp_path / "w", catalogue, key=key).close()
    assert code_of(open_workspace, tmp_path / "w", catalogue, key=bytes(32)) == "STORE-KEY"
    open_workspace(tmp_path / "w", catalogue, key=key).close()


def test_a_store_of_a_newer_program(make_workspace, catalogue):
    made = make_workspace()
    with made.store.writing() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    made.close()
    assert code_of(open_workspace, made.folder, catalogue) == "STORE-NEWER"
    assert code_of(open_workspace, made.folder, catalogue, read_only=True) == "STORE-NEWER"


def test_reading_only_needs_tables_that_are_up_to_date(make_workspace, catalogue):
    made = make_workspace()
    made.close()
    types = build_types()
    types.append(types[0].model_copy(update={"id": "extra"}))
    assert code_of(open_workspace, made.folder, build_catalogue(types), read_only=True) == "STORE-UPGRADE"


def test_another_device_after_the_key_is_gone(make_workspace, catalogue, monkeypatch, tmp_path):
    made = make_workspace()
    made.close()
    monkeypatch.setenv("DIABA_CONFIG", str(tmp_path / "another user"))
    assert make_workspace(again=catalogue).device_id != made.device_id


def test_a_relative_folder(tmp_path, catalogue, monkeypatch):
    monkeypatch.chdir(tmp_path)
    workspace = create_workspace(
        Path("ở đây"),
        commune=replace(COMMUNE),
        system=tm_system(106.0),
        boundary=None,
        boundary_source=None,
        catalogue=catalogue,
        now="2026-01-01T00:00:00.000Z",
    )
    monkeypatch.chdir("/")
    with unit_of_work(workspace, actor=Actor("b", authenticated=True), now="t", label="x") as work:
        work.insert(catalogue.type("sheet"), {"name": "a"})
    workspace.close()
    assert workspace.folder == tmp_path / "ở đây"
    assert workspace.info.boundary_source is None


NEW_TABLES = ("contents", "content_chunks", "drafts", "bookmarks", "basemaps")


def make_older(folder):
    """Take away from a store what its first version did not have."""
    with sqlite3.connect(folder / "store.sqlite") as connection:
        for table in NEW_TABLES:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_a_store_made_before_files_and_drafts_gets_their_tables(make_workspace, catalogue, site, now):
    made = make_workspace()
    with unit_of_work(made, actor=AN, now=now(), label="x") as work:
        one = work.insert(site, {"name": "Khu"}, square())
    made.close()
    make_older(made.folder)
    with pytest.raises(UserError) as caught:
        make_workspace(again=catalogue, read_only=True)
    assert caught.value.code == "STORE-UPGRADE"
    again = make_workspace(again=catalogue)
    with again.reading() as connection:
        present = {
            name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        assert set(NEW_TABLES) <= present
        assert records.fetch_records(connection, site)[0] == one
    again.close()
    make_workspace(again=catalogue, read_only=True)
