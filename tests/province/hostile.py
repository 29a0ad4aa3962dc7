"""Packages as an enemy makes them, each from a good one of an enrolled device; names say what is wrong."""

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable

import pytest

from core.canonical import canonical_json
from forms.loader import load_catalogue
from tests.province.samples import Device, change, road
from tests.wire.hostile import RECORDS, altered, framed, listed, lying_size
from wire import package as package_module
from wire.geopackage import build_geopackage

Bytes = Callable[[bytes], bytes]

WEAPONS = {
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON road_segment BEGIN SELECT 1; END",
    "a view": "CREATE VIEW v AS SELECT load_extension('x')",
    "a further table": "CREATE TABLE users (name TEXT)",
    "a table named as SQL": 'CREATE TABLE "x; DROP TABLE records; --" (name TEXT)',
    "another version's file": "PRAGMA user_version = 10400",
    "a column named as SQL": 'ALTER TABLE road_segment ADD COLUMN "a\'; DROP TABLE records; --" TEXT',
    "a generated column": "ALTER TABLE road_segment ADD COLUMN sneaky TEXT AS (name) VIRTUAL",
    "another contents table": "UPDATE gpkg_contents SET table_name = 'records'",
}


def sealed_with(device: Device, patch: pytest.MonkeyPatch, alter: Bytes) -> tuple[bytes, str]:
    """Seal a package whose payload is altered and whose hashes and signature are in order."""

    def build(*args: object, **named: object) -> bytes:
        return alter(build_geopackage(*args, **named))  # type: ignore[arg-type]

    with patch.context() as other:
        other.setattr(package_module, "build_geopackage", build)
        path, package_id = device.seal([change(road()), change(road(1))])
    return path.read_bytes(), package_id


def run_sql(*statements: str) -> Bytes:
    """Alter a payload by SQL."""

    def alter(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return lambda payload: altered(payload, alter)


def _with(name: str, data: bytes = b"x", deflated: bool = False) -> Bytes:
    return lambda found: framed([*listed(found), (name, data, deflated)])


def _linked(found: bytes) -> bytes:
    """An entry that is a symbolic link to a file of the server."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data, deflated in listed(found):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
            info.create_system = 3
            linked = name == RECORDS
            info.external_attr = (0o120777 if linked else 0o100644) << 16
            archive.writestr(info, b"/etc/passwd" if linked else data)
        archive.comment = b"sha256=" + b"0" * 64
    return file.getvalue()


def _claims_64(found: bytes) -> bytes:
    """A size that says "look in the zip64 room", which there is none of."""
    data = bytearray(found)
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 24, 0xFFFFFFFF)
    return bytes(data)


def _end_64(found: bytes) -> bytes:
    """A zip64 end record and its locator before the end, which say another story."""
    at = found.rindex(b"PK\5\6")
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 46, 0)
    return found[:at] + record + struct.pack("<4sLQL", b"PK\6\7", 0, at, 1) + found[at:]


def _swelling(found: bytes) -> bytes:
    entries = [
        (name, b"\0" * (8 << 20) if name == RECORDS else data, deflated) for name, data, deflated in listed(found)
    ]
    return framed(entries)


def _reheaded(**values: object) -> Bytes:
    """Say something else in ``diaba.json``, with nothing after it put right."""

    def alter(found: bytes) -> bytes:
        entries = listed(found)
        told = [
            (name, canonical_json({**json.loads(data), **values}) if name == "diaba.json" else data, deflated)
            for name, data, deflated in entries
        ]
        return framed(told)

    return alter


CONTAINERS: dict[str, Bytes] = {
    "nothing": lambda _: b"\0",
    "a page of HTML": lambda _: b"<html>" + b"x" * 5000,
    "cut in the middle": lambda data: data[: len(data) // 2],
    "cut by one byte": lambda data: data[:-1],
    "data after the end": lambda data: data + b"#!/bin/sh\nrm -rf /\n",
    "data before the start": lambda data: b"#!/bin/sh\n" + data,
    "the package twice": lambda data: data + data,
    "a path upwards": _with("../../server.key"),
    "an absolute path": _with("/etc/cron.d/x"),
    "a drive": _with("C:\\win.txt"),
    "a device name": _with("con.txt"),
    "a name twice": _with(RECORDS, b"other", True),
    "a zip in the zip": lambda data: framed([*listed(data), ("data/attachments/" + "a" * 64, data, False)]),
    "a name as SQL": _with("data/x'; DROP TABLE records; --"),
    "a symbolic link": _linked,
    "a size in zip64": _claims_64,
    "a second end in zip64": _end_64,
    "a bomb": _swelling,
    "a lying size": lying_size,
    "no signature": lambda data: framed([one for one in listed(data) if one[0] != "signature"]),
    "an empty signature": lambda data: framed(
        [(name, b"" if name == "signature" else text, deflated) for name, text, deflated in listed(data)]
    ),
    "no records": lambda data: framed([one for one in listed(data) if one[0] != RECORDS]),
    "a newer format": _reheaded(format=2),
    "an older format": _reheaded(format=0),
    "a format of text": _reheaded(format="1"),
    "another commune said": _reheaded(commune_code="01156"),
    "a commune as SQL": _reheaded(commune_code="' OR 1=1 --"),
    "an algorithm of its own": _reheaded(alg="none"),
}


def without_field(type_id: str, field: str) -> Bytes:
    """Alter a payload to what a catalogue without ``field`` would have written."""

    def alter(data: bytes) -> bytes:
        assert field in {item.key for item in load_catalogue().type(type_id).fields}
        return run_sql(f'ALTER TABLE "{type_id}" DROP COLUMN "{field}"')(data)

    return alter
