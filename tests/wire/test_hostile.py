"""Packages made by an enemy: refused with a code, nothing run, nothing written, nothing hung."""

import sqlite3
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from core.errors import UserError
from tests.wire.hostile import altered, framed, listed, lying_size
from tests.wire.samples import LINE, MOMENT, TYPES, UID, sample_changes
from wire import geopackage_reader
from wire import package as package_module
from wire.geopackage import build_geopackage, sort_changes
from wire.header import PackageHeader
from wire.limits import Limits
from wire.package import read_package, verify_package, write_package
from wire.signing import PrivateKey
from wire.wkb import is_plain

Seal = Callable[[bytes], Path]
ROAD_BLOB = b"GP\x00\x01" + (9211).to_bytes(4, "little") + shapely.to_wkb(LINE, byte_order=1, flavor="iso")


@pytest.fixture
def seal(tmp_path: Path, header: PackageHeader, key: PrivateKey, monkeypatch: pytest.MonkeyPatch) -> Seal:
    """Seal any bytes as a payload, with hashes and a signature that are all in order."""

    def sealed(payload: bytes) -> Path:
        monkeypatch.setattr(package_module, "build_geopackage", lambda *_a, **_k: payload)
        path = tmp_path / "hostile.zip"
        write_package(path, header, sample_changes(), [], key, catalogue=TYPES)
        return path

    return sealed


@pytest.fixture
def payload(tmp_path: Path) -> Callable[..., bytes]:
    """A good payload with some SQL run over it, and SQLite's own traces put back."""

    def changed(*statements: str, blob: bytes | None = None) -> bytes:
        def alter(connection: sqlite3.Connection) -> None:
            for statement in statements:
                connection.execute(statement)
            if blob is not None:
                connection.execute("UPDATE road SET geom = ? WHERE geom IS NOT NULL", (blob,))

        return altered(build_geopackage(sort_changes(sample_changes(), TYPES), TYPES, epsg=9211, moment=MOMENT), alter)

    return changed


WEAPONS = {
    "trigger": "CREATE TRIGGER t AFTER INSERT ON road BEGIN SELECT 1; END",
    "view": "CREATE VIEW v AS SELECT load_extension('x')",
    "endless view": "CREATE VIEW v AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT n FROM c",
    "virtual table": "CREATE VIRTUAL TABLE v USING fts5(x)",
    "index over an expression": "CREATE INDEX i ON road (abs(lanes))",
    "another table": "CREATE TABLE other (x)",
    "a missing system table": "DROP TABLE gpkg_geometry_columns",
    "an unlisted table": "DELETE FROM gpkg_contents WHERE table_name = 'zone'",
    "a record table made otherwise": 'ALTER TABLE road ADD COLUMN "alias" TEXT CHECK (abs(1))',
    "a record twice": "UPDATE road SET uid = '" + UID.format(4) + "' WHERE uid = '" + UID.format(3) + "'",
    "another order": "UPDATE road SET fid = fid + 10 WHERE fid = 1",
    "another application": "PRAGMA application_id = 1",
    "a schema entry that points elsewhere": "UPDATE sqlite_master SET rootpage = 1 WHERE name = 'road'",
    "a schema entry with another text": "UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'BLOB')",
    "a view called a table": "UPDATE sqlite_master SET sql = 'CREATE VIEW zone AS SELECT 1' WHERE name = 'zone'",
}
CELLS = {
    "text in a whole number": ("UPDATE road SET lanes = 'x'", "lanes"),
    "bytes in a text": ("UPDATE road SET name = x'00ff'", "name"),
    "text not composed": ("UPDATE road SET name = 'E' || char(770)", "name"),
    "text with a null": ("UPDATE road SET name = 'a' || char(0) || 'b'", "name"),
    "infinity": ("UPDATE road SET width_m = 9e999", "width_m"),
    "two as a truth": ("UPDATE road SET lit = 2", "lit"),
    "an impossible day": ("UPDATE road SET opened_on = '2021-02-29'", "opened_on"),
    "a day in other words": ("UPDATE road SET opened_on = '2021-W01-1'", "opened_on"),
    "a time in another zone": ("UPDATE road SET seen_at = '2026-01-02T03:04:05.678+07:00'", "seen_at"),
    "codes that are no list": ("UPDATE road SET communes = '{}'", "communes"),
    "codes nested without end": ("UPDATE road SET communes = '" + "[" * 5000 + "'", "communes"),
    "a reference to nothing like an id": ("UPDATE road SET parent = '1; DROP TABLE road'", "parent"),
    "files that are no list": ("UPDATE road SET photos = '{}'", "photos"),
    "an empty list of files": ("UPDATE road SET photos = '[]'", "photos"),
    "files nested without end": ("UPDATE road SET photos = '" + "[" * 5000 + "'", "photos"),
    "a file with a path for a name": ("UPDATE road SET photos = replace(photos, 'ảnh 1', '../../x')", "photos"),
    "a file whose name reads backwards": (
        "UPDATE road SET photos = replace(photos, '.jpg', char(8238) || 'x')",
        "photos",
    ),
    "a file with a hash that is none": ("UPDATE road SET photos = replace(photos, 'ab', 'AB')", "photos"),
    "a file of less than nothing": ("UPDATE road SET photos = replace(photos, ':12,', ':-12,')", "photos"),
    "a file's size as text": ("UPDATE road SET photos = replace(photos, ':12,', ':\"12\",')", "photos"),
    "a file beyond the poles": ("UPDATE road SET photos = replace(photos, '22.0', '122.0')", "photos"),
    "a file's place in whole degrees": ("UPDATE road SET photos = replace(photos, '22.0', '22')", "photos"),
    "a file with a strange key": ('UPDATE road SET photos = replace(photos, \'"name"\', \'"run":1,"name"\')', "photos"),
    "a file twice": (
        "UPDATE road SET photos = substr(photos, 1, length(photos) - 1) || ',' || substr(photos, 2)",
        "photos",
    ),
    "a uid that is none": ("UPDATE road SET uid = 'x'", "uid"),
    "a revision below one": ("UPDATE road SET revision = 0", "revision"),
    "an unknown operation": ("UPDATE road SET operation = 'upsert'", "operation"),
    "an insert over a base": ("UPDATE road SET base_revision = 1 WHERE operation = 'insert'", "operation"),
    "a deletion with content": ("UPDATE bridge SET name = 'x' WHERE operation = 'delete'", "operation"),
    "a hash that is none": ("UPDATE road SET before_hash = 'z'", "before_hash"),
    "lineage with a strange key": ("UPDATE road SET lineage = '{\"x\":1}'", "lineage"),
    "lineage with a key twice": ('UPDATE road SET lineage = \'{"a":1,"a":1}\'', "lineage"),
}


@pytest.mark.parametrize("name", WEAPONS)
def test_a_database_used_as_a_weapon(name: str, seal: Seal, payload: Callable[..., bytes]) -> None:
    with pytest.raises(UserError) as caught:
        read_package(seal(payload(WEAPONS[name])), catalogue=TYPES)
    assert caught.value.code in {"PACKAGE-HOSTILE", "PACKAGE-NEWER-SCHEMA"}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_cannot_be(name: str, seal: Seal, payload: Callable[..., bytes]) -> None:
    statement, column = CELLS[name]
    with pytest.raises(UserError) as caught:
        read_package(seal(payload(statement)), catalogue=TYPES)
    assert (caught.value.code, caught.value.context["field"]) == ("PACKAGE-CONTENT", column)


def _nested_collections(depth: int) -> bytes:
    return struct.pack("<BII", 1, 7, 1) * depth + struct.pack("<BIdd", 1, 1, 0.0, 0.0)


BLOBS = {
    "no header": shapely.to_wkb(LINE),
    "another zone": b"GP\x00\x01" + (4326).to_bytes(4, "little") + ROAD_BLOB[8:],
    "an envelope": b"GP\x00\x03" + ROAD_BLOB[4:8] + b"\0" * 32 + ROAD_BLOB[8:],
    "cut short": ROAD_BLOB[:-1],
    "a tail": ROAD_BLOB + b"\0",
    "big endian": ROAD_BLOB[:8] + shapely.to_wkb(LINE, byte_order=0),
    "a count without points": ROAD_BLOB[:8] + struct.pack("<BII", 1, 2, 0xFFFFFFFF),
    "heights": ROAD_BLOB[:8] + shapely.to_wkb(shapely.LineString([(0, 0, 1), (1, 1, 1)]), byte_order=1, flavor="iso"),
    "collections in collections": ROAD_BLOB[:8] + _nested_collections(20_000),
    "text": b"POINT(1 2)",
}


@pytest.mark.parametrize("name", BLOBS)
def test_a_geometry_that_is_none(name: str, seal: Seal, payload: Callable[..., bytes]) -> None:
    with pytest.raises(UserError) as caught:
        read_package(seal(payload(blob=BLOBS[name])), catalogue=TYPES)
    assert caught.value.code == "PACKAGE-CONTENT"


def test_collections_inside_a_multi_geometry_never_reach_the_parser() -> None:
    inside = struct.pack("<BII", 1, 5, 1) + _nested_collections(100_000)
    assert not is_plain(inside)
    assert is_plain(shapely.to_wkb(shapely.MultiLineString([LINE, LINE]), byte_order=1, flavor="iso"))
    ring = shapely.Point(0, 0).buffer(5).difference(shapely.Point(0, 0).buffer(2))
    assert is_plain(shapely.to_wkb(ring, byte_order=1))


@pytest.mark.parametrize("junk", [b"", b"SQLite format 3\0" + b"\0" * 84, b"not a database" * 400, b"\0" * 8192])
def test_a_payload_that_is_no_database(junk: bytes, seal: Seal) -> None:
    with pytest.raises(UserError) as caught:
        read_package(seal(junk), catalogue=TYPES)
    assert caught.value.code == "PACKAGE-HOSTILE"


def test_a_database_longer_than_it_says(seal: Seal, payload: Callable[..., bytes]) -> None:
    with pytest.raises(UserError) as caught:
        read_package(seal(payload() + b"\0" * 4096), catalogue=TYPES)
    assert caught.value.code == "PACKAGE-HOSTILE"


def test_too_much_work_is_stopped(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geopackage_reader, "_STEPS", 10)
    read_package(package, catalogue=TYPES)
    with pytest.raises(UserError) as caught:
        read_package(package, catalogue=TYPES, limits=Limits(sqlite_steps=200))
    assert caught.value.code == "PACKAGE-HOSTILE"


def test_too_many_records_are_refused(package: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_package(package, catalogue=TYPES, limits=Limits(records=3))
    assert caught.value.code == "PACKAGE-HOSTILE"


@pytest.mark.parametrize("limit", ["archive_bytes", "entry_bytes", "total_bytes", "text_bytes", "entries"])
def test_limits_of_size(package: Path, limit: str) -> None:
    with pytest.raises(UserError) as caught:
        verify_package(package, limits=replace(Limits(), **{limit: 3}))
    assert caught.value.code == "PACKAGE-TOO-LARGE"


def test_a_bomb_is_refused_before_it_is_unpacked(seal: Seal) -> None:
    path = seal(b"\0" * (300 << 20))
    assert path.stat().st_size < 400_000
    with pytest.raises(UserError) as caught:
        read_package(path, catalogue=TYPES)
    assert caught.value.code == "PACKAGE-TOO-LARGE"


def test_a_lying_size_is_noticed(package: Path) -> None:
    package.write_bytes(lying_size(package.read_bytes()))
    with pytest.raises(UserError) as caught:
        read_package(package, catalogue=TYPES)
    assert caught.value.code == "PACKAGE-DAMAGED"


NAMES = [
    "../outside.txt",
    "/etc/cron.d/x",
    "C:\\win.txt",
    "con.txt",
    "data/../../x",
    "data\\records.gpkg",
    "data/records.gpkg:stream",
    "data/attachments/" + "A" * 64,
    "data/attachments/" + "a" * 63,
    "data/Records.gpkg",
    "bagit.txt/",
    "",
    "data/records.gpkg",
    "diaba.json",
    "data/khác.gpkg",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_that_no_manifest_may_list(
    name: str, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    package.write_bytes(framed([*listed(package.read_bytes()), (name, b"x", False)]))
    with pytest.raises(UserError) as caught:
        read_package(package, catalogue=TYPES)
    assert caught.value.code in {"PACKAGE-HOSTILE", "PACKAGE-DAMAGED"}
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("external_attr", 0o120777 << 16),
        ("external_attr", 0x10),
        ("flag_bits", 1),
        ("create_system", 0),
        ("date_time", (1996, 1, 1, 0, 0, 0)),
        ("extra", b"\x01\x00\x00\x00"),
        ("comment", b"hidden"),
    ],
)
def test_links_dates_and_hidden_rooms(package: Path, tmp_path: Path, field: str, value: object) -> None:
    with zipfile.ZipFile(package) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist()]
    target = tmp_path / "other.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for info, data in entries:
            if info.filename == "diaba.json" and field != "flag_bits":
                setattr(info, field, value)
            archive.writestr(info, data)
        archive.comment = b"sha256=" + b"0" * 64
    if field == "flag_bits":
        data = bytearray(target.read_bytes())
        data[data.index(b"PK\1\2") + 8] |= 1
        target.write_bytes(bytes(data))
    with pytest.raises(UserError) as caught:
        verify_package(target)
    assert caught.value.code in {"PACKAGE-HOSTILE", "PACKAGE-DAMAGED"}


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_bytes_that_belong_to_no_entry(package: Path, place: str) -> None:
    data = package.read_bytes()
    second = data.index(b"PK\3\4", 4)
    parts = {"before": b"#!/bin/sh\n" + data, "between": data[:second] + b"xxxx" + data[second:], "after": data + b"x"}
    package.write_bytes(parts[place])
    with pytest.raises(UserError) as caught:
        verify_package(package)
    assert caught.value.code in {"PACKAGE-DAMAGED", "PACKAGE-HOSTILE"}
