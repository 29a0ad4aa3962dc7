"""Raster files that lie: each ends in a UserError with words or in a hole in the picture, none in anything else."""

import gzip
import os
import sqlite3
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from pmtiles.tile import Entry, serialize_directory

from core.errors import UserError
from core.messages import load_messages
from exchange.rasters import RasterReader, inspect_raster
from exchange.tile_pyramids import TileDamaged, decode_tile
from tests.exchange.raster_samples import blob, damage, encoded, marked_tiles, write_mbtiles, write_pmtiles, write_tiff

MARK = (105.35, 21.43)
AROUND = (105.3, 21.4, 105.4, 21.5)
WORLD = np.dstack(np.meshgrid([0.0, 1.0], [0.0, 1.0]))


def refused(path: Path) -> str:
    """The code with which a file is refused when it is opened; its words must name the file."""
    with pytest.raises(UserError) as failure:
        inspect_raster(path)
    assert failure.value.code in load_messages()
    assert path.name in str(failure.value)
    return failure.value.code


def look(path: Path) -> tuple[np.ndarray, int]:
    """A picture of the whole of a pyramid, and how many of its tiles were damaged."""
    reader = RasterReader(path, inspect_raster(path))
    try:
        found = reader.read(WORLD, 256, 256)
    finally:
        reader.close()
    return found.pixels, found.damaged


def test_what_is_no_raster_is_refused_by_its_first_bytes(tmp_path: Path) -> None:
    for name, data in {"a.mbtiles": b"MZ" + bytes(200), "a.tif": b"%PDF-1.7", "a.pmtiles": b"PMTil\0\0\0"}.items():
        path = tmp_path / name
        path.write_bytes(data)
        assert refused(path) == "RASTER-KIND"
    (tmp_path / "e.tif").write_bytes(b"")
    assert refused(tmp_path / "e.tif") == "FILE-EMPTY"


def tiles() -> dict[tuple[int, int, int], bytes]:
    return {(0, 0, 0): encoded(blob(256, 256, (100, 100)))}


@pytest.mark.parametrize("keep", [16, 60, 100, 4096, 5000, 9000])
def test_a_truncated_mbtiles_is_refused_or_has_holes(tmp_path: Path, keep: int) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", marked_tiles(MARK, range(10, 14)))
    os.truncate(path, keep)
    assert refused(path) in {"FILE-DAMAGED", "RASTER-NO-TILES"}


def test_garbage_in_the_middle_of_an_mbtiles_ends_in_words_or_in_holes(tmp_path: Path) -> None:
    whole = write_mbtiles(tmp_path / "a.mbtiles", marked_tiles(MARK, range(8, 12))).read_bytes()
    noise = np.random.default_rng(7)
    for attempt in range(6):
        path = tmp_path / f"{attempt}.mbtiles"
        data = bytearray(whole)
        for place in noise.integers(100, len(data), 400):
            data[place] = int(noise.integers(0, 256))
        path.write_bytes(data)
        try:
            look(path)
        except UserError as error:
            assert error.code in load_messages()


def altered(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def test_views_that_do_more_than_read_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    columns = "0 AS zoom_level, 0 AS tile_column, 0 AS tile_row"
    for number, data in enumerate(
        (
            f"readfile('{secret}')",
            "load_extension('x')",
            "randomblob(1000000000)",
            "zeroblob(2000000000)",
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n)",
            "hex(zeroblob(100000000))",
        )
    ):
        path = write_mbtiles(tmp_path / f"{number}.mbtiles", tiles())
        altered(path, "DROP TABLE tiles", f"CREATE VIEW tiles AS SELECT {columns}, {data} AS tile_data")
        assert refused(path) in {"FILE-DAMAGED", "RASTER-NO-TILES"}


def test_a_view_without_end_is_stopped(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles())
    rows = ", ".join("(1)" for _ in range(500))
    altered(
        path,
        "DROP TABLE tiles",
        "CREATE TABLE n (i)",
        f"INSERT INTO n VALUES {rows}",
        "CREATE VIEW tiles AS SELECT a.i AS zoom_level, b.i AS tile_column, c.i AS tile_row, d.i AS tile_data "
        "FROM n a, n b, n c, n d, n e, n f WHERE a.i + b.i + c.i + d.i + e.i + f.i = 7",
    )
    assert refused(path) in {"FILE-DAMAGED", "RASTER-NO-TILES"}


def test_triggers_never_run(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles())
    altered(path, "CREATE TRIGGER t AFTER INSERT ON tiles BEGIN DELETE FROM metadata; END")
    before = path.read_bytes()
    assert look(path)[0].any()
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.mbtiles"]


def test_an_mbtiles_that_is_still_being_written_is_not_read_half(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("INSERT INTO metadata VALUES ('x', 'y')")
    connection.commit()
    try:
        assert refused(path) == "FILE-IN-USE"
    finally:
        connection.close()


def test_tables_without_tiles_and_vector_tiles_are_named(tmp_path: Path) -> None:
    assert refused(write_mbtiles(tmp_path / "e.mbtiles", {})) == "RASTER-NO-TILES"
    assert refused(altered(write_mbtiles(tmp_path / "t.mbtiles", {}), "DROP TABLE tiles")) in {
        "RASTER-NO-TILES",
        "FILE-DAMAGED",
    }
    vector = write_mbtiles(tmp_path / "v.mbtiles", {(0, 0, 0): gzip.compress(b"x" * 99)})
    assert refused(vector) == "RASTER-VECTOR-TILES"
    declared = write_mbtiles(tmp_path / "d.mbtiles", tiles(), {"format": "pbf"})
    assert refused(declared) == "RASTER-VECTOR-TILES"


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that declares a size; its data may hold less."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_tiles_that_declare_or_unpack_to_too_much_are_holes(tmp_path: Path) -> None:
    good = encoded(blob(256, 256, (100, 100)))
    bad = {
        (1, 0, 1): png(60_000, 60_000),
        (1, 1, 0): png(256, 256, zlib.compress(bytes(1 << 22))[:200]),
        (1, 1, 1): b"<svg/>",
    }
    path = write_mbtiles(tmp_path / "a.mbtiles", {(1, 0, 0): good, **bad})
    facts = inspect_raster(path)
    reader = RasterReader(path, facts)
    found = reader.read(WORLD, 512, 512)
    reader.close()
    assert found.damaged == 3
    assert found.pixels[50, 50, 3] == 255
    assert not found.pixels[300:, 300:].any()
    with pytest.raises(TileDamaged):
        decode_tile(png(5_000, 5_000))
    with pytest.raises(TileDamaged):
        decode_tile(bytes(9 << 20))


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE tiles SET zoom_level = zoom_level + 60",
        "UPDATE tiles SET zoom_level = -3",
        "UPDATE tiles SET zoom_level = 'mười hai'",
        "UPDATE tiles SET zoom_level = 12.5",
        "UPDATE tiles SET zoom_level = 4",
        "UPDATE tiles SET tile_column = tile_column * 1000000007",
        "UPDATE tiles SET tile_data = tile_column",
        "INSERT INTO metadata VALUES ('minzoom', '22'), ('maxzoom', '3')",
        "INSERT INTO metadata VALUES ('minzoom', '-9'), ('maxzoom', '1e9')",
        "INSERT INTO metadata VALUES ('bounds', 'nan,inf,,'), ('scheme', 'xyz')",
    ],
)
def test_an_mbtiles_with_wrong_levels_or_places_ends_in_words_or_in_holes(tmp_path: Path, lie: str) -> None:
    path = altered(write_mbtiles(tmp_path / "a.mbtiles", marked_tiles(MARK, range(10, 13), reach=0)), lie)
    try:
        pixels, _ = look(path)
    except UserError as error:
        assert error.code in {"RASTER-NO-TILES", "FILE-DAMAGED"}
        assert path.name in str(error)
    else:
        assert pixels.shape == (256, 256, 4)


@pytest.mark.parametrize("keep", [7, 8, 100, 127, 140])
def test_a_truncated_pmtiles_is_refused(tmp_path: Path, keep: int) -> None:
    path = write_pmtiles(tmp_path / "a.pmtiles", tiles(), AROUND)
    os.truncate(path, keep)
    assert refused(path) == "FILE-DAMAGED"


def put(path: Path, place: int, value: int, code: str = "<Q") -> Path:
    return damage(path, lambda data: struct.pack_into(code, data, place, value))


def test_a_pmtiles_whose_header_lies_is_refused(tmp_path: Path) -> None:
    for number, (place, value, code) in enumerate(
        [
            (7, 2, "<B"),  # version
            (8, 1 << 60, "<Q"),  # root offset
            (16, 1 << 63, "<Q"),  # root length
            (16, 0, "<Q"),
            (40, 1 << 40, "<Q"),  # leaves
            (56, (1 << 64) - 1, "<Q"),  # tiles
            (97, 9, "<B"),  # packing
            (99, 77, "<B"),  # tile type
            (100, 30, "<B"),  # levels
        ]
    ):
        path = put(write_pmtiles(tmp_path / f"{number}.pmtiles", tiles(), AROUND), place, value, code)
        assert refused(path) == "FILE-DAMAGED", (place, value)
    assert refused(put(write_pmtiles(tmp_path / "v.pmtiles", tiles(), AROUND), 99, 1, "<B")) == "RASTER-VECTOR-TILES"
    assert refused(put(write_pmtiles(tmp_path / "b.pmtiles", tiles(), AROUND), 97, 3, "<B")) == "RASTER-TILE-FORMAT"


def archive(path: Path, root: bytes, leaves: bytes = b"", data: bytes = b"") -> Path:
    """A PMTiles file of directories that a hostile writer chose."""
    path = write_pmtiles(path, tiles(), AROUND)
    header = bytearray(path.read_bytes()[:127])
    metadata = gzip.compress(b"{}")
    places = [127, 127 + len(root), 127 + len(root) + len(metadata), 127 + len(root) + len(metadata) + len(leaves)]
    lengths = [len(root), len(metadata), len(leaves), len(data)]
    for field, (place, length) in enumerate(zip(places, lengths, strict=True)):
        struct.pack_into("<QQ", header, 8 + 16 * field, place, length)
    path.write_bytes(bytes(header) + root + metadata + leaves + data)
    return path


def test_directories_that_lead_in_circles_or_beyond_the_file_are_refused(tmp_path: Path) -> None:
    circle = serialize_directory([Entry(0, 0, 0, 0)])
    for _ in range(4):  # its own length stands in it
        circle = serialize_directory([Entry(0, 0, len(circle), 0)])
    assert refused(archive(tmp_path / "c.pmtiles", circle, leaves=circle)) == "FILE-DAMAGED"
    beyond = serialize_directory([Entry(0, 1 << 40, 500, 0)])
    assert refused(archive(tmp_path / "b.pmtiles", beyond, leaves=circle)) == "FILE-DAMAGED"
    tile_beyond = serialize_directory([Entry(0, 1 << 40, 500, 1)])
    assert refused(archive(tmp_path / "t.pmtiles", tile_beyond, data=b"x")) == "FILE-DAMAGED"


def test_directories_that_explode_or_break_off_are_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(64 << 20))
    assert refused(archive(tmp_path / "g.pmtiles", bomb)) == "FILE-DAMAGED"
    endless = gzip.compress(b"\xff" * 100_000)
    assert refused(archive(tmp_path / "e.pmtiles", endless)) in {"FILE-DAMAGED", "RASTER-NO-TILES"}
    many = gzip.compress(b"\xff\xff\xff\xff\x7f" + bytes(50))
    assert refused(archive(tmp_path / "m.pmtiles", many)) == "FILE-DAMAGED"
    assert refused(archive(tmp_path / "n.pmtiles", gzip.compress(b"\0"))) == "RASTER-NO-TILES"
    assert refused(archive(tmp_path / "r.pmtiles", b"\x1f\x8b broken")) == "FILE-DAMAGED"


def test_a_truncated_tiff_is_refused(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", np.zeros((300, 300, 3), np.uint8), compress="deflate")
    whole = path.read_bytes()
    for keep in (8, 20, 100):
        path.write_bytes(whole[:keep])
        assert refused(path) == "FILE-DAMAGED"


def tiff(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    """A little-endian TIFF of one directory; an entry is tag, type, count, value."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", following) + bytes(64)


def base_entries(width: int, height: int, rows: int, strips: int) -> list[tuple[int, int, int, int]]:
    return [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, strips, 8),
        (277, 3, 1, 1),
        (278, 4, 1, rows),
        (279, 4, strips, 8),
    ]


def test_tiffs_that_declare_what_cannot_be_are_refused(tmp_path: Path) -> None:
    lies = {
        "huge": tiff(base_entries(2**31 - 1, 2**31 - 1, 1, 1)),
        "one-strip": tiff(base_entries(60_000, 60_000, 60_000, 1)),
        "strips": tiff(base_entries(100, 100, 1, 2**31)),
        "nothing": tiff(base_entries(0, 0, 1, 1)),
        "no-entries": tiff([]),
        "far": b"II*\0" + struct.pack("<I", 2**31),
    }
    for name, data in lies.items():
        path = tmp_path / f"{name}.tif"
        path.write_bytes(data)
        code = refused(path)
        assert code in {"FILE-DAMAGED", "RASTER-TOO-LARGE", "RASTER-ONE-BLOCK", "READER-MEMORY", "READER-CRASHED"}, code


def test_a_tiff_whose_directories_go_round_in_a_circle_ends(tmp_path: Path) -> None:
    path = tmp_path / "loop.tif"
    path.write_bytes(tiff(base_entries(8, 8, 8, 1), following=8))
    try:
        assert inspect_raster(path).width == 8
    except UserError as error:
        assert error.code == "FILE-DAMAGED"


def test_a_reference_to_another_file_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_text('<VRTDataset rasterXSize="9" rasterYSize="9"><SRS>/etc/passwd</SRS></VRTDataset>')
    assert refused(path) == "RASTER-KIND"
    real = write_tiff(tmp_path / "b.tif", np.zeros((40, 40), np.uint8))
    (tmp_path / "b.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:4326</SRS></PAMDataset>")
    (tmp_path / "b.tif.ovr").write_bytes(b"II*\0" + bytes(100))
    facts = inspect_raster(real)
    assert facts.wkt == ""


def test_damage_in_the_middle_of_a_tiff_is_told_when_it_is_reached(tmp_path: Path) -> None:
    path = write_tiff(
        tmp_path / "a.tif",
        np.random.default_rng(3).integers(0, 255, (900, 900), dtype=np.uint8),
        compress="deflate",
        tiled=True,
        blockxsize=256,
        blockysize=256,
    )
    damage(path, lambda data: data.__setitem__(slice(400_000, 500_000), bytes(100_000)))
    reader = RasterReader(path, inspect_raster(path))
    x, y = np.meshgrid([0.0, 900.0], [0.0, 900.0])
    with pytest.raises(UserError) as failure:
        reader.read(np.dstack([x, y]), 900, 900)
    reader.close()
    assert failure.value.code == "FILE-DAMAGED"
