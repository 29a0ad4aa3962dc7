"""Our stores against the real SpatiaLite library, blob by blob and letter by letter."""

import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from core.resources import resource_path
from forms.record import Lineage
from localdb import blobs, geometry_columns, records
from localdb.damage import check_integrity
from localdb.engine import create_store, fetch_rows, open_store
from localdb.unit_of_work import unit_of_work
from tests.localdb.oracle import ask
from tests.localdb.samples import AN, many_sites, square

pytestmark = pytest.mark.oracle

SRID = 9211
SHAPES = [
    "POINT{d}({0})",
    "LINESTRING{d}({0}, {1}, {2})",
    "POLYGON{d}(({0}, {1}, {2}, {0}))",
    "POLYGON{d}(({0}, {1}, {2}, {0}), ({3}, {4}, {5}, {3}))",
    "MULTIPOINT{d}({0}, {1})",
    "MULTILINESTRING{d}(({0}, {1}), ({2}, {3}, {4}))",
    "MULTIPOLYGON{d}((({0}, {1}, {2}, {0})), (({3}, {4}, {5}, {3}), ({0}, {2}, {4}, {0})))",
    "GEOMETRYCOLLECTION{d}(POINT{d}({0}), LINESTRING{d}({1}, {2}), POLYGON{d}(({3}, {4}, {5}, {3})))",
]
PLACES = [(1, 2, 3, 4), (9.5, 2.25, 1, 1), (3, 8, 0, 2), (2, 3, 1, 0), (4, 3, 1, 0), (3, 5.125, 1, 9)]
DIMENSIONS = {"": (0, 1), "Z": (0, 1, 2), "M": (0, 1, 3), "ZM": (0, 1, 2, 3)}


def samples(*dimensions: str) -> list[str]:
    """Return every class in the given dimensions (all when none is given), as the library writes text."""
    found = []
    for name in dimensions or DIMENSIONS:
        places = [" ".join(str(place[axis]) for axis in DIMENSIONS[name]) for place in PLACES]
        found += [shape.format(*places, d=name) for shape in SHAPES]
    return found


def ours_of(text: str) -> shapely.Geometry:
    return shapely.from_wkt(re.sub(r"([A-Y])(ZM|Z|M)\(", r"\1 \2(", text))


def test_blobs_are_the_librarys_byte_for_byte():
    texts = samples()
    asked = [("SELECT GeomFromText(?, ?), AsText(GeomFromText(?, ?))", [text, SRID, text, SRID]) for text in texts]
    answers = ask(":memory:", *asked)
    for text, answer in zip(texts, answers, strict=True):
        ((blob, known),) = answer
        assert known is not None, text
        geometry = ours_of(text)
        assert blobs.encode(geometry, SRID) == blob, text
        assert shapely.equals_identical(blobs.decode(blob)[0], geometry), text


def test_the_library_reads_our_blobs_as_the_same_wkb():
    geometries = [ours_of(text) for text in samples("")]
    asked = [("SELECT AsBinary(?), ST_SRID(?1)", [blobs.encode(geometry, SRID)]) for geometry in geometries]
    for geometry, ((wkb, srid),) in zip(geometries, ask(":memory:", *asked), strict=True):
        assert (srid, wkb) == (SRID, shapely.to_wkb(geometry, byte_order=1, flavor="iso"))


@pytest.mark.parametrize("geometry_class", list(geometry_columns.CLASS_CODES))
def test_a_geometry_column_is_the_librarys_letter_for_letter(tmp_path: Path, geometry_class):
    ours, theirs = tmp_path / "ours.sqlite", tmp_path / "theirs.sqlite"
    names = [("plain", "geom"), ("Mixed_Case", "Geom")]
    store = create_store(ours)
    store.close()
    shutil.copy(ours, theirs)
    store = open_store(ours)
    with store.writing() as connection:
        for table, column in names:
            connection.exec_driver_sql(f'CREATE TABLE "{table}"(fid INTEGER PRIMARY KEY, name TEXT)')
            geometry_columns.add_geometry_column(connection, table, column, srid=SRID, geometry_class=geometry_class)
    store.close()
    for table, column in names:
        answers = ask(
            theirs,
            f'CREATE TABLE "{table}"(fid INTEGER PRIMARY KEY, name TEXT)',
            ("SELECT AddGeometryColumn(?, ?, ?, ?, 'XY')", [table, column, SRID, geometry_class]),
            ("SELECT CreateSpatialIndex(?, ?)", [table, column]),
        )
        assert answers == [[], [(1,)], [(1,)]]
    dump = (
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name",
        "SELECT * FROM geometry_columns ORDER BY 1",
        "SELECT * FROM geometry_columns_auth ORDER BY 1",
        "SELECT f_table_name, f_geometry_column, row_count FROM geometry_columns_statistics ORDER BY 1",
        "SELECT f_table_name, f_geometry_column, last_delete FROM geometry_columns_time ORDER BY 1",
    )
    for one, other in zip(ask(ours, *dump), ask(theirs, *dump), strict=True):
        assert one == other


def test_the_library_finds_our_store_sound(workspace, catalogue, now):
    site, mark = catalogue.type("site"), catalogue.type("mark")
    with unit_of_work(workspace, actor=AN, now=now(), label="nhập", kind="import") as work:
        work.insert_many(site, **many_sites(500))
    with unit_of_work(workspace, actor=AN, now=now(), label="vẽ") as work:
        one = work.insert(site, {"name": "Sân"}, square())
        work.insert(mark, {"name": "Mốc"}, shapely.Point(410_000, 2_410_000))
        work.insert(mark, {"name": "Hàng rào"}, shapely.LineString([(410_000, 2_410_000), (410_100, 2_410_000)]))
    with unit_of_work(workspace, actor=AN, now=now(), label="sửa") as work:
        work.update(site, one.uid, geometry=square(420_000), expected=1)
    workspace.close()
    path = workspace.store.path
    sound, index, layers, box, kinds = ask(
        path,
        "SELECT CheckSpatialMetaData()",
        "SELECT f_table_name, CheckSpatialIndex(f_table_name, f_geometry_column) FROM geometry_columns ORDER BY 1",
        "SELECT table_name, srid FROM vector_layers ORDER BY 1",
        "SELECT count(*) FROM site WHERE rowid IN (SELECT rowid FROM SpatialIndex WHERE f_table_name = 'site' "
        "AND search_frame = BuildMbr(419990, 2409990, 420020, 2410020, 9211))",
        "SELECT 'p', count(*), min(GeometryType(geom)) FROM mark_point UNION ALL "
        "SELECT 'l', count(*), min(GeometryType(geom)) FROM mark_line",
    )
    assert sound == [(3,)]
    assert index == [("boundaries", 1), ("mark", 1), ("route", None), ("site", 1)] or all(
        answer in (1, None) for _, answer in index
    )
    assert dict(index)["site"] == 1
    assert {name for name, _ in layers} == {"boundaries", "mark", "mark_line", "mark_point", "route", "site"}
    assert {srid for _, srid in layers} == {SRID}
    assert box == [(1,)]
    assert kinds == [("p", 1, "POINT"), ("l", 1, "LINESTRING")]


def test_the_template_is_what_the_script_makes(tmp_path: Path):
    ask(":memory:", "SELECT 1")  # skips where the library is not
    script = Path(__file__).resolve().parents[2] / "scripts" / "make_template.py"
    subprocess.run(
        [sys.executable, str(script), "--out", str(tmp_path / "new.sqlite")], check=True, capture_output=True
    )
    committed = resource_path("spatialite_template.sqlite")
    assert committed.stat().st_size <= 300 * 1024
    dump = (
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
        "SELECT * FROM spatial_ref_sys ORDER BY srid",
        "SELECT * FROM spatial_ref_sys_aux ORDER BY srid",
        "SELECT count(*) FROM geometry_columns",
    )
    assert ask(tmp_path / "new.sqlite", *dump) == ask(shutil.copy(committed, tmp_path), *dump)


def test_what_the_library_writes_is_read_here(make_workspace, catalogue, now):
    workspace, site = make_workspace(), catalogue.type("site")
    with unit_of_work(workspace, actor=AN, now=now(), label="vẽ") as work:
        one = work.insert(site, {"name": "Sân"}, square(), Lineage(source_file="a"))
        two = work.insert(site, {"name": "Vườn"}, square(411_000))
    workspace.close()
    moved = "MULTIPOLYGON(((1 1, 5 1, 5 6, 1 1)), ((8 8, 9 8, 9 9, 8 8)))"
    answers = ask(
        workspace.store.path,
        ("UPDATE site SET geom = GeomFromText(?, 9211), name = 'Đình' WHERE uid = ?", [moved, one.uid]),
        ("DELETE FROM site WHERE uid = ?", [two.uid]),
        "INSERT INTO site(uid, state, revision, geom) "
        "VALUES ('x', 'draft', 1, CastToMulti(BuildMbr(70, 70, 80, 80, 9211)))",
        ("UPDATE site SET geom = GeomFromText(?, 4326) WHERE uid = 'x'", [moved]),
        "UPDATE site SET geom = MakePoint(1, 1, 9211) WHERE uid = 'x'",
    )
    assert answers[:3] == [[], [], []]
    assert all("violates Geometry constraint" in answer["error"] for answer in answers[3:])
    again = make_workspace(again=catalogue)
    with again.reading() as connection:
        found = {record.uid: record for record in records.fetch_records(connection, site)}
        assert set(found) == {one.uid, "x"}
        assert found[one.uid].values["name"] == "Đình"
        assert found[one.uid].geometry.wkt == shapely.from_wkt(moved).wkt
        assert records.fetch_within(connection, site, (75, 75, 76, 76)) == ["x"]
        assert records.fetch_within(connection, site, (411_000, 2_410_000, 411_005, 2_410_005)) == []
        assert check_integrity(connection) == []


def test_the_shim_does_what_the_library_does(tmp_path: Path):
    """The same statements on two copies of one store, broken blobs and refused classes among them."""
    ours, theirs = tmp_path / "ours.sqlite", tmp_path / "theirs.sqlite"
    store = create_store(ours)
    classes = ("GEOMETRY", "POINT", "MULTIPOLYGON")
    with store.writing() as connection:
        for name in classes:
            connection.exec_driver_sql(f"CREATE TABLE t_{name.lower()}(fid INTEGER PRIMARY KEY, name TEXT)")
            geometry_columns.add_geometry_column(
                connection, f"t_{name.lower()}", "geom", srid=SRID, geometry_class=name
            )
    store.close()
    shutil.copy(ours, theirs)
    statements = random_statements([f"t_{name.lower()}" for name in classes])
    answers = ask(theirs, *statements)
    store = open_store(ours)
    for (sql, parameters), answer in zip(statements, answers, strict=True):
        error = None
        try:
            with store.writing() as connection:
                connection.exec_driver_sql(sql, tuple(parameters))
        except Exception as found:  # noqa: BLE001 (whatever it says is compared)
            error = str(getattr(found, "orig", found))
        assert error == (answer["error"] if isinstance(answer, dict) else None), (sql, parameters)
    dump = [f"SELECT fid, name, geom FROM t_{name.lower()} ORDER BY fid" for name in classes]
    dump += [f"SELECT * FROM idx_t_{name.lower()}_geom ORDER BY 1" for name in classes]
    with store.reading() as connection:
        here = [fetch_rows(connection, sql) for sql in dump]
        assert check_integrity(connection) == []
    store.close()
    assert here == ask(theirs, *dump)


def random_statements(tables: list[str], count: int = 400) -> list[tuple[str, list]]:
    choose = random.Random(7)
    good = [blobs.encode(ours_of(text), SRID) for text in samples()]
    broken = []
    for blob in good[:16]:
        place = choose.choice([0, 1, 2, 38, *range(47, len(blob))])  # elsewhere the library itself may crash
        broken += [blob[:place], blob[:place] + bytes([choose.randrange(256)]) + blob[place + 1 :], blob + b"\xfe"]
    odd = [None, b"", "text", 5, blobs.encode(ours_of(samples()[0]), 4326), *broken]
    found = []
    for _ in range(count):
        table, fid = choose.choice(tables), choose.randrange(1, 25)
        blob = choose.choice(good if choose.random() < 0.6 else odd)
        found.append(
            choose.choice(
                [
                    (f"INSERT INTO {table}(fid, name, geom) VALUES (?, 'a', ?)", [fid, blob]),
                    (f"INSERT OR REPLACE INTO {table}(fid, name, geom) VALUES (?, 'b', ?)", [fid, blob]),
                    (f"UPDATE {table} SET geom = ? WHERE fid = ?", [blob, fid]),
                    (f"UPDATE {table} SET name = 'c' WHERE fid = ?", [fid]),
                    (f"UPDATE {table} SET fid = fid + 100 WHERE fid = ?", [fid]),
                    (f"DELETE FROM {table} WHERE fid = ?", [fid]),
                    (
                        f"INSERT INTO {table}(fid, geom) VALUES (?, ?) "
                        "ON CONFLICT(fid) DO UPDATE SET geom = excluded.geom",
                        [fid, blob],
                    ),
                ]
            )
        )
    return found
