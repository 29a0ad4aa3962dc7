"""Text files that are none or too much, files that are no files, names that play tricks, pictures in circles."""

import os
import socket
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from tests.exchange.hostile.making import CANARY, Place, content_of, mechanism
from tests.exchange.hostile.markup import POINT, _feature, _features
from tests.exchange.samples import PLACEMARK, WAYPOINT, gpx, kml

ROWS = "ten;X;Y\na;2477276,895;432015,130\n"


@mechanism("text: one line without end")
def endless_line(at: Place) -> Iterator[Path]:
    path = at.put("thua.csv", "ten;X;Y\n" + "1;" * 3000)
    os.truncate(path, 1_100_000_000)  # sparse: 1.1 GB of nothing behind a heading
    yield path
    yield at.put("dong.txt", b"1;" * 3_000_000)
    yield at.put("trang.txt", ROWS + " " * 20_000_000)
    yield at.put("phay.csv", ",".join(["2477276.895", "432015.130"] * 60_000))


@mechanism("text: bytes that are no text")
def no_text(at: Place) -> Iterator[Path]:
    contents = (
        b"a;b\x00;c\n", b"\xff\xfea", "a;1;2".encode("utf-32"), b"PK\x03\x04xx", b"{}", b"<html>", b"\x1a" * 50,
        b"\xff\xfe" + ROWS.encode("utf-16-le") + b"\x00", b"\xef\xbb\xbf" * 500, ROWS.encode() + b"\x00" * 5000,
    )  # fmt: skip
    for number, content in enumerate(contents):
        yield at.put(f"a{number}.csv", content)


@mechanism("text: numbers that are none")
def no_numbers(at: Place) -> Iterator[Path]:
    for number, pair in enumerate(
        ("1e400;-1e400", "nan;inf", "0x10;0b1", "٢٤٧٧٢٧٦;٤٣٢٠١٥", "1" * 5000 + ";2", "--5;+-3", "1_0;2_0")
    ):
        yield at.put(f"a{number}.csv", f"ten;X;Y\na;{pair}\nb;{pair}\n")


@mechanism("text: quotes, columns and rows without measure")
def wild_tables(at: Place) -> Iterator[Path]:
    yield at.put("ngoac.csv", 'ten,X,Y\n"' + "a," * 500_000)
    yield at.put("ngoac2.csv", "ten,X,Y\n" + '"' * 300_001)
    yield at.put("cot.csv", ";".join(f"c{k}" for k in range(100_000)) + "\n1;2\n")
    yield at.put("dong.txt", "\n" * 3_000_000)
    yield at.put("xuong.csv", "\r\r\n\n\r" * 200_000 + ROWS)
    yield at.put("so.txt", "1 2 3 4 5 6 7 8 9\n" * 40_000)
    yield at.put("ten.csv", "ten;" * 400 + "X;Y\n" + "a;" * 400 + "1;2\n")


@mechanism("text: formulas and addresses in cells")
def formulas(at: Place) -> Iterator[Path]:
    for number, cell in enumerate(
        ("=cmd|' /C calc'!A0", f'=HYPERLINK("{at.url}")', f"/vsicurl/{at.url}", f"@SUM({at.canary})")
    ):
        yield at.put(f"a{number}.csv", f"ten;X;Y\n{cell};2477276,895;432015,130\n")


@mechanism("text: coordinate tables built to loop")
def corner_loops(at: Place) -> Iterator[Path]:
    head = "BẢNG KÊ TỌA ĐỘ\nSố hiệu điểm\tX (m)\tY (m)\tS (m)\n"
    row = "{}\t2477276,895\t432015,130\t0\n"
    yield at.put("mot.txt", head + row.format(1) * 5_000)
    yield at.put("vo_han.txt", head + "".join(row.format(k % 3) for k in range(6_000)))
    yield at.put("tieu_de.txt", head * 3_000)
    yield at.put("am.txt", head + "-1\t-2477276,895\t-432015,130\t-99999999999\n" * 50)


@mechanism("files that are no files")
def no_files(at: Place) -> Iterator[Path]:
    for suffix in (".gpkg", ".csv", ".kmz"):
        os.mkfifo(at.folder / f"ong{suffix}")
        yield at.folder / f"ong{suffix}"
    (at.folder / "thu_muc.geojson").mkdir()
    yield at.folder / "thu_muc.geojson"
    here = os.getcwd()
    os.chdir(at.folder)  # a socket's name may be 108 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("o_cam.gpx")
    finally:
        os.chdir(here)
    yield at.folder / "o_cam.gpx"
    for name, target in (
        ("may.csv", "/dev/zero"),
        ("rac.txt", "/dev/urandom"),
        ("chinh.geojson", "/proc/self/environ"),
    ):
        (at.folder / name).symlink_to(target)
        yield at.folder / name


@mechanism("links to elsewhere")
def links(at: Place) -> Iterator[Path]:
    secret = at.canary.with_name("bi_mat.geojson")
    for name, target in (
        ("vong.gpkg", "vong.gpkg"),
        ("cut.gpx", "khong_co"),
        ("mat_khau.csv", "/etc/shadow"),
        ("hop.kml", secret),
    ):
        (at.folder / name).symlink_to(target)
        yield at.folder / name
    (at.folder / "thu_muc").symlink_to(at.canary.parent)
    yield at.folder / "thu_muc" / "khong_co.geojson"
    yield at.folder / "thu_muc"


@mechanism("names that play tricks")
def names(at: Place) -> Iterator[Path]:
    content = content_of(at.sound / "a.geojson")
    tricks = (
        "a\u202enosjoeg.geojson", "a\u200b\u2060.geojson", "duong\u0323.geojson",
        unicodedata.normalize("NFD", "đường.geojson"),
        " .geojson", "%s%n%x.geojson",
        "-oProxy.geojson", "a'b\"c`d$(x).geojson", "a\nb.geojson", "😀.geojson",
        "x" * 240 + ".geojson",
        "nul.geojson", "a.geojson.", "a.GeoJSON",
        "PG:dbname=x.geojson", "a.geojson?x=1", "file:a.geojson", "a{b}.geojson", "~.geojson", "..geojson",
    )  # fmt: skip
    for name in tricks:
        yield at.put(name, content)
    path = at.folder / os.fsdecode(b"\xff\xfe.geojson")
    path.write_bytes(content)
    yield path
    yield Path("a\x00.geojson")
    yield Path(f"/vsicurl/{at.url}")
    yield Path("/vsizip/" + str(at.canary))
    yield Path(f"GPKG:{at.canary}:x.gpkg")


@mechanism("files of nothing")
def nothing(at: Place) -> Iterator[Path]:
    for suffix in (".gpkg", ".shp", ".geojson", ".fgb", ".gpx", ".kml", ".kmz", ".dxf", ".csv", ".xlsx"):
        yield at.put(f"rong{suffix}", b"")
        yield at.put(f"mot{suffix}", b"\n")


@mechanism("one kind in another's clothes")
def clothes(at: Place) -> Iterator[Path]:
    bodies = {
        ".gpkg": content_of(at.sound / "a.gpkg"), ".fgb": content_of(at.sound / "a.fgb"),
        ".geojson": _features(_feature(POINT, ten=CANARY[:2])).encode(),
        ".gpx": gpx(WAYPOINT), ".kml": kml(PLACEMARK), ".csv": ROWS.encode(),
    }  # fmt: skip
    suffixes = list(bodies)
    for number, suffix in enumerate(suffixes):
        for other in (suffixes[number - 1], suffixes[number - 2]):
            yield at.put(f"{suffix[1:]}_la{other}", bodies[suffix])


def _exif(entries: bytes, count: int, following: int) -> bytes:
    body = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<H", count) + entries + struct.pack("<I", following)
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + b"\xff\xd9"


@mechanism("pictures whose notes turn in circles")
def pictures(at: Place) -> Iterator[Path]:
    gps = struct.pack("<HHII", 0x8825, 4, 1, 8)
    yield at.put("vong.jpg", _exif(gps, 1, 8))
    yield at.put("xa.jpg", _exif(struct.pack("<HHII", 0x8769, 4, 1, 2**31), 1, 2**32 - 1))
    yield at.put("dem.jpg", _exif(struct.pack("<HHII", 0x010F, 2, 2**32 - 1, 8) * 9, 65535, 8))
    yield at.put("cut.jpg", _exif(gps, 1, 8)[:20])
    yield at.put("dai.jpg", b"\xff\xd8" + b"\xff\xe1\x00\x02" * 200_000)
