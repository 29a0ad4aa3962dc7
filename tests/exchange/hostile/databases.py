"""GeoPackages as weapons: schemas that compute, headers and counts that lie, blobs that are no geometry."""

import random
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.exchange.hostile.making import EAST, NORTH, Place, content_of, mechanism, patch

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS fid, NULL AS geom FROM n"
CONTENTS = "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES "
COLUMNS = "INSERT INTO gpkg_geometry_columns VALUES "


def _edited(at: Place, name: str, *statements: str, schema: bool = False) -> Path:
    """Return a copy of the good GeoPackage after some statements, its own triggers taken out before."""
    path = at.put(name, content_of(at.sound / "a.gpkg"))
    with closing(_opened(path)) as connection:
        if schema:
            connection.execute("PRAGMA writable_schema=ON")
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection that does not wait for the disk."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=MEMORY")
    connection.execute("PRAGMA synchronous=OFF")
    return connection


@mechanism("sqlite: triggers")
def triggers(at: Place) -> Iterator[Path]:
    yield _edited(at, "a.gpkg", "CREATE TRIGGER t AFTER INSERT ON duong BEGIN DELETE FROM duong; END")
    load = f"SELECT load_extension('{at.canary}')"
    yield _edited(at, "b.gpkg", f"CREATE TRIGGER t AFTER UPDATE ON duong BEGIN {load}; END")
    yield _edited(
        at, "c.gpkg", "CREATE TRIGGER t AFTER UPDATE ON gpkg_contents BEGIN SELECT writefile('/tmp/x', 'x'); END"
    )


@mechanism("sqlite: views that never end")
def views(at: Place) -> Iterator[Path]:
    yield _edited(
        at,
        "a.gpkg",
        f"CREATE VIEW v AS {ENDLESS}",
        f"{CONTENTS}('v', 'features', 'v', 0)",
        f"{COLUMNS}('v', 'geom', 'POINT', 0, 0, 0)",
    )
    count = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n)"
    yield _edited(
        at,
        "b.gpkg",
        "ALTER TABLE gpkg_contents RENAME TO x",
        f"CREATE VIEW gpkg_contents AS SELECT x.*, {count} AS z FROM x",
    )
    yield _edited(
        at,
        "c.gpkg",
        "ALTER TABLE gpkg_geometry_columns RENAME TO y",
        f"CREATE VIEW gpkg_geometry_columns AS SELECT y.* FROM y, ({ENDLESS})",
    )


@mechanism("sqlite: virtual tables")
def virtual_tables(at: Place) -> Iterator[Path]:
    yield _edited(at, "a.gpkg", "CREATE VIRTUAL TABLE t USING fts5(x)", f"{CONTENTS}('t', 'attributes', 't', 0)")
    yield _edited(
        at, "b.gpkg", "CREATE VIRTUAL TABLE r USING rtree(id, a, b)", f"{CONTENTS}('r', 'attributes', 'r', 0)"
    )
    path = _edited(at, "c.gpkg", f"{CONTENTS}('w', 'attributes', 'w', 0)")
    _write_schema(path, "w", f"CREATE VIRTUAL TABLE w USING csv(filename='{at.canary}')")
    yield path
    path = _edited(at, "d.gpkg", f"{CONTENTS}('s', 'features', 's', 0)")
    _write_schema(path, "s", f"CREATE VIRTUAL TABLE s USING VirtualOGR('{at.url}')")
    yield path


def _write_schema(path: Path, name: str, sql: str) -> None:
    with closing(_opened(path)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("INSERT INTO sqlite_master VALUES ('table', ?, ?, 0, ?)", (name, name, sql))
        connection.commit()


@mechanism("sqlite: a schema that is none")
def broken_schemas(at: Place) -> Iterator[Path]:
    for number, sql in enumerate(("CREATE TABLE x(", "DROP TABLE duong", "SELECT 1", "CREATE TABLE x AS SELECT 1")):
        path = _edited(at, f"a{number}.gpkg")
        _write_schema(path, "x", sql)
        yield path
    moved = "UPDATE sqlite_master SET rootpage = {} WHERE name = 'duong'"
    yield _edited(at, "goc.gpkg", moved.format(999_999), schema=True)
    yield _edited(at, "vong.gpkg", moved.format(1), schema=True)


@mechanism("sqlite: headers that lie")
def headers(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.gpkg")
    pieces = {
        "trang0": (16, b"\x00\x00"), "trang1": (16, b"\x00\x01"), "trang3": (16, b"\x00\x03"), "du": (20, b"\xff"),
        "ma": (56, struct.pack(">I", 9)), "so_trang": (28, struct.pack(">I", 2**31)), "phien_ban": (18, b"\x09\x09"),
        "trong": (32, struct.pack(">I", 2)), "ung_dung": (68, b"XXXX"), "ti_le": (21, b"\x00\x00\x00"),
    }  # fmt: skip
    for name, (place, piece) in pieces.items():
        yield at.put(f"{name}.gpkg", patch(whole, place, piece))
    yield at.put("ngan.gpkg", whole[:100])
    yield at.put("cut.gpkg", whole[: len(whole) // 2])
    yield at.put("rong.gpkg", b"SQLite format 3\x00" + b"\x00" * 4096)


@mechanism("sqlite: flipped bits")
def flips(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.gpkg")
    noise = random.Random(4711)
    for number in range(10):
        broken = bytearray(whole)
        for _ in range(40):
            broken[noise.randrange(100, len(broken))] ^= 1 << noise.randrange(8)
        yield at.put(f"lat{number}.gpkg", bytes(broken))


@mechanism("sqlite: journals beside the file")
def journals(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.gpkg")
    path = at.put("wal.gpkg", whole)
    with at.put("wal.gpkg-wal", b"\x37\x7f\x06\x82").open("r+b") as file:
        file.truncate(2_000_000_000)  # sparse
    yield path
    path = at.put("hot.gpkg", whole)
    head = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + struct.pack(">IIIII", 1, 7, 1, 512, 4096)
    name = str(at.canary).encode()
    tail = struct.pack(">I", 1) + name + struct.pack(">II", len(name), sum(name)) + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    at.put("hot.gpkg-journal", head.ljust(512, b"\x00") + b"\x00" * 4100 + tail)
    yield path
    path = at.put("che_do.gpkg", patch(whole, 18, b"\x02\x02"))
    at.put("che_do.gpkg-shm", b"\xff" * 32768)
    yield path


@mechanism("geopackage: counts, contents and extents that lie")
def lying_contents(at: Place) -> Iterator[Path]:
    for number, count in enumerate((10**12, -5, 2**63 - 1)):
        yield _edited(at, f"dem{number}.gpkg", f"UPDATE gpkg_ogr_contents SET feature_count = {count}")
    yield _edited(at, "goc.gpkg", f"{CONTENTS}('sqlite_master', 'attributes', 'x', 0)")
    yield _edited(
        at, "khong.gpkg", f"{CONTENTS}('khong_co', 'features', 'x', 0)", f"{COLUMNS}('khong_co', 'g', 'POINT', 0, 0, 0)"
    )
    yield _edited(
        at, "pham_vi.gpkg", "UPDATE gpkg_contents SET min_x = 1e308, max_x = -1e308, min_y = 'abc', max_y = NULL"
    )
    columns = "table_name, column_name, extension_name, definition, scope"
    yield _edited(
        at,
        "mo_rong.gpkg",
        f"CREATE TABLE IF NOT EXISTS gpkg_extensions ({columns})",
        f"INSERT INTO gpkg_extensions VALUES ('duong', NULL, 'gpkg_x', '{at.url}', 'read-write')",
    )
    yield _edited(at, "cot.gpkg", "UPDATE gpkg_geometry_columns SET column_name = 'khong', z = 99, m = -1")


@mechanism("geopackage: systems built to harm")
def lying_systems(at: Place) -> Iterator[Path]:
    deep = 'GEOGCS["x",' * 5_000 + "]" * 5_000
    for number, text in enumerate(
        (deep, "PROJCS[" + '"' * 100_000, f'PARAM_MT["{at.url}"]', "", "\x00" * 10, f"/vsicurl/{at.url}")
    ):
        path = _edited(at, f"he{number}.gpkg")
        with closing(_opened(path)) as connection:
            sql = "UPDATE gpkg_spatial_ref_sys SET definition = ?, organization_coordsys_id = 999999"
            connection.execute(sql, (text,))
            connection.commit()
        yield path


def _with_blobs(at: Place, name: str, *blobs: bytes) -> Path:
    path = _edited(at, name)
    with closing(_opened(path)) as connection:
        connection.executemany("INSERT INTO duong (geom, ten) VALUES (?, 'x')", [(blob,) for blob in blobs])
        connection.commit()
    return path


@mechanism("geopackage: blobs that are no geometry")
def blobs(at: Place) -> Iterator[Path]:
    head = b"GP\x00\x01" + struct.pack("<i", 0)
    point = struct.pack("<BIdd", 1, 1, EAST, NORTH)
    yield _with_blobs(at, "trong.gpkg", b"", b"GP", head, head[:3], b"XX" + head[2:] + point)
    yield _with_blobs(at, "khung.gpkg", b"GP\x00\x0f" + head[4:] + point, b"GP\x09\x01" + head[4:] + point)
    yield _with_blobs(
        at, "dem.gpkg", head + struct.pack("<BII", 1, 2, 2**32 - 1), head + struct.pack("<BII", 1, 3, 2**31)
    )
    nested = b"".join(struct.pack("<BII", 1, 7, 1) for _ in range(20_000)) + point
    yield _with_blobs(at, "long.gpkg", head + nested)
    yield _with_blobs(at, "loai.gpkg", head + struct.pack("<BI", 1, 4_000_000_000), head + struct.pack("<BI", 7, 1))
    yield _with_blobs(
        at,
        "so.gpkg",
        *(head + struct.pack("<BIdd", 1, 1, x, y) for x, y in ((float("nan"), 0.0), (float("inf"), 1e308))),
    )
    yield _with_blobs(at, "lon.gpkg", head + b"\x00" * 30_000_000)


@mechanism("geopackage: names and columns by the thousand")
def many_names(at: Place) -> Iterator[Path]:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10050) "
    rows = "SELECT 'table', 't' || x, 't' || x, 2, 'CREATE TABLE t' || x || ' (a)' FROM n"
    yield _edited(at, "bang.gpkg", f"INSERT INTO sqlite_master {numbers} {rows}", schema=True)
    columns = ", ".join(f"c{k} TEXT" for k in range(1_900))
    yield _edited(
        at,
        "cot.gpkg",
        f"CREATE TABLE rong (fid INTEGER PRIMARY KEY, {columns})",
        f"{CONTENTS}('rong', 'attributes', 'rong', 0)",
        "INSERT INTO rong (c0) VALUES ('x')",
    )
    for number, name in enumerate(
        ("'; DROP TABLE duong; --", "a\u202eb", "x" * 5000, "/vsicurl/http:", "sqlite_x", "..")
    ):
        quoted, text = name.replace('"', '""'), name.replace("'", "''")
        try:
            yield _edited(
                at,
                f"ten{number}.gpkg",
                f'CREATE TABLE "{quoted}" (fid INTEGER PRIMARY KEY, "{quoted}" TEXT)',
                f"{CONTENTS}('{text}', 'attributes', 'x{number}', 0)",
                f'INSERT INTO "{quoted}" VALUES (1, 1)',
            )
        except sqlite3.OperationalError:
            yield at.folder / f"ten{number}.gpkg"


@mechanism("geopackage: columns that compute")
def computing_columns(at: Place) -> Iterator[Path]:
    bomb = "hex(zeroblob(200000000))"
    yield _edited(at, "a.gpkg", f"ALTER TABLE duong ADD COLUMN bom TEXT GENERATED ALWAYS AS ({bomb}) VIRTUAL")
    yield _edited(
        at,
        "b.gpkg",
        "CREATE INDEX i ON duong (ten) WHERE ten > 'a'",
        "ALTER TABLE duong ADD COLUMN k INTEGER CHECK (k IS NULL OR k > 0)",
    )
    yield _edited(at, "c.gpkg", "CREATE TABLE k (fid INTEGER PRIMARY KEY, r BLOB DEFAULT (randomblob(99)))")
    yield _edited(at, "d.gpkg", "UPDATE duong SET ten = zeroblob(100), rong = 'chữ', lan = x'00ff'")
