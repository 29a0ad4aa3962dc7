import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import shapely

from core.errors import EnvironmentFault, UserError
from localdb import blobs, engine, folders
from localdb.damage import check_integrity, find_damage, repair_triggers
from localdb.engine import create_store, fetch_rows, open_store
from localdb.geometry_columns import add_geometry_column, create_class_view

ROOT = Path(__file__).resolve().parents[2]
KEY, OTHER_KEY = bytes(range(32)), bytes(32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "thư mục có dấu"
    folder.mkdir()
    return folder / "kho dữ liệu.sqlite"


def create_points(path: Path, key: bytes | None = None) -> engine.Store:
    """A store with a table of the caller's own, as the gateway makes them."""
    store = create_store(path, key=key)
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE wells(fid INTEGER PRIMARY KEY, name TEXT)")
        add_geometry_column(connection, "wells", "geom", srid=9211, geometry_class="POINT")
        connection.exec_driver_sql(
            "INSERT INTO wells(name, geom) VALUES ('Giếng', ?)", (blobs.encode(shapely.Point(5, 7), 9211),)
        )
    return store


def raised(code: str) -> pytest.RaisesExc:
    return pytest.RaisesExc((UserError, EnvironmentFault), check=lambda error: error.code == code)


def test_a_store_of_ones_own_tables(path):
    store = create_points(path)
    with store.reading() as connection:
        assert fetch_rows(connection, "SELECT * FROM idx_wells_geom") == [(1, 5.0, 5.0, 7.0, 7.0)]
        assert fetch_rows(connection, "PRAGMA journal_mode") == [("wal",)]
        assert fetch_rows(connection, "PRAGMA synchronous") == [(2,)]
        assert fetch_rows(connection, "PRAGMA foreign_keys") == [(1,)]
        assert fetch_rows(connection, "PRAGMA page_size") == [(engine.PAGE_BYTES,)]
        assert fetch_rows(connection, "PRAGMA application_id") == [(engine.APPLICATION_ID,)]
        assert find_damage(connection) == check_integrity(connection) == []
    store.close()
    assert [item.name for item in path.parent.iterdir()] == [path.name], "the log was not folded in"
    with open_store(path).reading() as connection:
        assert fetch_rows(connection, "SELECT name FROM wells") == [("Giếng",)]


def test_a_table_of_two_kinds_shows_each_in_a_view(path):
    store = create_store(path)
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE signs(fid INTEGER PRIMARY KEY)")
        add_geometry_column(connection, "signs", "geom", srid=9211, geometry_class="GEOMETRY")
        create_class_view(connection, "signs_line", "signs", "geom", "LINESTRING")
        for geometry in (shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)])):
            connection.exec_driver_sql("INSERT INTO signs(geom) VALUES (?)", (blobs.encode(geometry, 9211),))
    with store.reading() as connection:
        assert fetch_rows(connection, "SELECT fid FROM signs_line") == [(2,)]
    store.close()


def test_missing_existing_and_not_a_store(path):
    with raised("STORE-MISSING"):
        open_store(path)
    create_store(path).close()
    with raised("STORE-EXISTS"):
        create_store(path)
    with raised("STORE-MISSING"):
        open_store(path.parent)
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    with raised("STORE-DAMAGED"):
        open_store(path)
    path.write_bytes(b"")
    with raised("STORE-DAMAGED"):
        open_store(path)


def test_an_old_sqlite_is_refused(path, monkeypatch):
    monkeypatch.setattr(engine.dbapi2, "sqlite_version_info", (3, 51, 2))
    with raised("STORE-SQLITE-OLD"):
        create_store(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("DROP TRIGGER gii_wells_geom", "trigger gii_wells_geom"),
        ("DROP TRIGGER ggu_wells_geom", "trigger ggu_wells_geom"),
        ("DROP TABLE idx_wells_geom", "index idx_wells_geom"),
        ("DROP TABLE geometry_columns_time", "table geometry_columns_time"),
        ("DROP TABLE spatial_ref_sys_aux", "table spatial_ref_sys_aux"),
        (
            "CREATE TRIGGER tmd_wells_geom AFTER DELETE ON wells BEGIN SELECT 1; END",
            "trigger tmd_wells_geom",
        ),
    ],
)
def test_damage_is_named(path, sql, what):
    store = create_points(path)
    with store.writing() as connection:
        if sql.startswith("CREATE"):
            connection.exec_driver_sql("DROP TRIGGER tmd_wells_geom")
        connection.exec_driver_sql(sql)
    store.close()
    with pytest.raises(EnvironmentFault) as caught:
        open_store(path)
    assert caught.value.code == "STORE-DAMAGED"
    assert what in caught.value.context["what"]


def test_triggers_and_index_are_mended(path):
    store = create_points(path)
    with store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER gii_wells_geom")
        connection.exec_driver_sql("DROP TRIGGER ggi_wells_geom")
        connection.exec_driver_sql("INSERT INTO wells(geom) VALUES (?)", (blobs.encode(shapely.Point(70, 80), 9211),))
    store.close()
    store = open_store(path, check=False)
    with store.writing() as connection:
        assert sorted(repair_triggers(connection)) == ["trigger ggi_wells_geom", "trigger gii_wells_geom"]
    store.close()
    store = open_store(path)
    with store.reading() as connection:
        assert fetch_rows(connection, "SELECT pkid, xmin FROM idx_wells_geom") == [(1, 5.0), (2, 70.0)]
        assert check_integrity(connection) == []
    store.close()


def test_a_damaged_page_is_told(path):
    store = create_points(path)
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE filler(a TEXT)")
        connection.exec_driver_sql("INSERT INTO filler VALUES (?)", [("x" * 3000,)] * 50)
    store.close()
    data = bytearray(path.read_bytes())
    for place in range(20 * 4096, len(data), 4096):
        data[place : place + 64] = b"\xff" * 64
    path.write_bytes(data)
    with raised("STORE-DAMAGED"):
        store = open_store(path)
        try:
            with store.reading() as connection:
                fetch_rows(connection, "SELECT * FROM filler")
        finally:
            store.close()


def test_an_encrypted_store(path):
    create_points(path, KEY).close()
    assert b"SQLite format" not in path.read_bytes()[:100]
    assert b"Gi\xe1\xba\xbfng" not in path.read_bytes()
    for wrong in (None, OTHER_KEY):
        with raised("STORE-DAMAGED" if wrong is None else "STORE-KEY"):
            open_store(path, key=wrong)
    store = open_store(path, key=KEY)
    with store.reading() as connection:
        assert fetch_rows(connection, "SELECT name FROM wells") == [("Giếng",)]
        assert check_integrity(connection) == []
    store.close()


def test_reading_only(path):
    create_points(path).close()
    store = open_store(path, read_only=True)
    with store.reading() as connection:
        assert fetch_rows(connection, "SELECT count(*) FROM wells") == [(1,)]
    with raised("STORE-READONLY"), store.writing():
        pass
    with raised("STORE-READONLY"), store.engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM wells")
    store.close()


def test_a_folder_nobody_can_write_to(path, monkeypatch):
    create_points(path).close()
    monkeypatch.setattr(engine, "is_writable", lambda folder: False)
    with raised("STORE-READONLY"):
        open_store(path)
    before = sorted(path.parent.iterdir())
    store = open_store(path, read_only=True)
    with store.reading() as connection:
        assert fetch_rows(connection, "SELECT count(*) FROM wells") == [(1,)]
        assert sorted(path.parent.iterdir()) == before, "reading made files"
    store.close()


def test_what_was_committed_before_a_crash_is_seen_in_a_folder_nobody_can_write_to(path, monkeypatch):
    store = create_points(path)
    try:
        copied = path.with_name("copy.sqlite")
        for suffix in ("", "-wal", "-shm"):
            copied.with_name(copied.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
        monkeypatch.setattr(engine, "is_writable", lambda folder: False)
        crashed = open_store(copied, read_only=True)
        with crashed.reading() as connection:
            assert fetch_rows(connection, "SELECT name FROM wells") == [("Giếng",)]
        crashed.close()
    finally:
        store.close()


def test_a_network_share_is_refused(path, monkeypatch):
    monkeypatch.setattr(folders, "_mounted_system", lambda _: "cifs")
    with raised("STORE-NETWORK-SHARE"):
        create_store(path)
    with raised("STORE-NETWORK-SHARE"):
        open_store(path)


def test_another_programs_write_lock_is_waited_for_then_told(path, monkeypatch):
    store, other = create_points(path), open_store(path)
    with other.writing() as connection:
        connection.exec_driver_sql("DELETE FROM wells")
        with store.engine.connect() as mine:
            mine.exec_driver_sql("PRAGMA busy_timeout = 50")
            mine.rollback()
        with store.reading() as mine:
            assert fetch_rows(mine, "SELECT count(*) FROM wells") == [(1,)], "a reader does not wait"
        with raised("STORE-LOCKED"), store.engine.connect() as mine:
            mine.exec_driver_sql("PRAGMA busy_timeout = 50")
            mine.rollback()
            mine.execution_options(writes=True).begin()
    store.close()
    other.close()


FILL = """
import resource, sys
from pathlib import Path
from core.errors import AppError
from localdb.engine import open_store
store = open_store(Path(sys.argv[1]))
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
saved = 0
try:
    while True:
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO wells(name) VALUES (?)", (f"{saved:06d}" + "x" * 2000,))
        saved += 1
except AppError as error:
    print(saved, error.code)
"""


def test_a_full_disk_stops_cleanly_and_keeps_what_was_saved(path):
    create_points(path).close()
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(path), str(1 << 20)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    saved, code = done.stdout.split()
    assert int(saved) > 50
    assert code in ("STORE-FULL", "STORE-IO")
    store = open_store(path)
    with store.reading() as connection:
        assert fetch_rows(connection, "SELECT count(*) FROM wells WHERE name LIKE '0%'") == [(int(saved),)]
        assert check_integrity(connection) == []
    store.close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_small_disk_that_is_full(tmp_path):
    disk = tmp_path / "đĩa nhỏ"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        store = create_points(disk / "a.sqlite")
        saved = 0
        with pytest.raises(EnvironmentFault) as caught:
            while True:
                with store.writing() as connection:
                    connection.exec_driver_sql("INSERT INTO wells(name) VALUES (?)", ("x" * 2000,))
                saved += 1
        assert caught.value.code == "STORE-FULL"
        assert caught.value.context["free_mb"] == 0
        with store.reading() as connection:
            assert fetch_rows(connection, "SELECT count(*) FROM wells") == [(1 + saved,)]
        with raised("STORE-FULL"):
            create_store(disk / "b.sqlite").close()
        store.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_connections_of_many_threads_are_closed(path):
    store = create_points(path)
    threads = [threading.Thread(target=lambda: read(store)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert not path.with_name(path.name + "-wal").exists()


def read(store):
    with store.reading() as connection:
        fetch_rows(connection, "SELECT count(*) FROM wells")
