"""Shapefile, FlatGeobuf, CAD and MapInfo: lengths, counts and places inside the file that lie."""

import random
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.exchange.hostile.making import Place, content_of, mechanism, patch
from tests.exchange.samples import empty_dbf, vrt

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def _shapefile(at: Place, name: str, **parts: bytes) -> Path:
    """Write a good shapefile called ``name`` with some of its parts replaced."""
    for suffix in PARTS:
        source = (at.sound / "a.shp").with_suffix(suffix)
        content = parts.get(suffix[1:], content_of(source) if source.exists() else b"UTF-8")
        at.put(name + suffix, content)
    return at.folder / f"{name}.shp"


@mechanism("dbf: counts and lengths that lie")
def dbf_lies(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.dbf")
    pieces = {
        "dong": (4, struct.pack("<I", 4_000_000_000)), "khong": (4, struct.pack("<I", 0)),
        "dau0": (8, struct.pack("<H", 0)),
        "dau": (8, struct.pack("<H", 65535)), "dong0": (10, struct.pack("<H", 0)),
        "dong_dai": (10, struct.pack("<H", 65535)),
        "truong": (32 + 16, b"\xff"), "loai": (32 + 11, b"\x00"), "loai2": (32 + 11, b"@"), "ten": (32, b"\xff" * 11),
    }  # fmt: skip
    for name, (place, piece) in pieces.items():
        yield _shapefile(at, name, dbf=patch(whole, place, piece))
    yield _shapefile(at, "trong", dbf=empty_dbf(0))
    yield _shapefile(at, "so_am", dbf=empty_dbf(2**31))
    yield _shapefile(at, "o", dbf=whole[:-1].replace(b"5.5", b"\x00\xff*"))


@mechanism("shp: lengths and counts that lie")
def shp_lies(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.shp")
    pieces = {
        "dai": (24, struct.pack(">I", 2**31)), "am": (24, struct.pack(">i", -50)),
        "phan": (144, struct.pack("<i", 2**31 - 1)),
        "phan_am": (144, struct.pack("<i", -1)), "diem": (148, struct.pack("<i", 1_000_000_000)),
        "diem_am": (148, struct.pack("<i", -7)),
        "cho": (152, struct.pack("<i", 2**30)), "cho_am": (152, struct.pack("<i", -4)),
        "loai": (108, struct.pack("<i", 99)),
        "loai_dau": (32, struct.pack("<i", 99)), "ban_ghi": (104, struct.pack(">i", -8)),
        "ban_ghi_dai": (104, struct.pack(">i", 2**30)),
        "patch": (108, struct.pack("<i", 31)),
    }  # fmt: skip
    for name, (place, piece) in pieces.items():
        yield _shapefile(at, name, shp=patch(whole, place, piece))


@mechanism("shx: offsets that lie")
def shx_lies(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.shx")
    for name, offset, length in (
        ("am", -1, 50),
        ("xa", 2**30, 50),
        ("chong", 50, 50),
        ("dai", 50, 2**30),
        ("khong", 0, 0),
    ):
        yield _shapefile(at, name, shx=patch(whole, 100, struct.pack(">ii", offset, length)))
    yield _shapefile(at, "cut", shx=whole[:-4])
    yield _shapefile(at, "lap", shx=whole + whole[100:] * 500)


@mechanism("shp: coordinates that are no places")
def shp_places(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.shp")
    for name, number in (("nan", float("nan")), ("inf", float("inf")), ("lon", 1e308), ("nho", 5e-324)):
        yield _shapefile(at, name, shp=patch(whole, 156, struct.pack("<dd", number, -number)))
    yield _shapefile(at, "khung", shp=patch(whole, 36, struct.pack("<dddd", *[float("nan")] * 4)))


@mechanism("shp: parts that are not what they seem")
def shp_parts(at: Place) -> Iterator[Path]:
    yield _shapefile(at, "vrt", dbf=vrt(at.canary), shx=vrt(at.canary))
    yield _shapefile(at, "prj", prj=b'GEOGCS["x",' * 200_000)
    yield _shapefile(at, "prj_url", prj=f"/vsicurl/{at.url}".encode())
    yield _shapefile(at, "cpg", cpg=b"/etc/passwd\n" + b"x" * 100_000)
    yield _shapefile(at, "cpg_la", cpg=b"UTF-8\x00//TRANSLIT")
    path = _shapefile(at, "lien_ket")
    path.with_suffix(".dbf").unlink()
    path.with_suffix(".dbf").symlink_to(at.canary)
    yield path
    path = _shapefile(at, "thieu")
    path.with_suffix(".shx").unlink()
    yield path


@mechanism("shp: names in mixed letters")
def shp_names(at: Place) -> Iterator[Path]:
    for name, suffixes in (("HOA", (".SHP", ".SHX", ".DBF")), ("lon", (".Shp", ".sHx", ".dBf"))):
        for suffix in suffixes:
            at.put(name + suffix, content_of((at.sound / "a.shp").with_suffix(suffix.lower())))
        yield at.folder / (name + suffixes[0])
    path = _shapefile(at, "hai")
    at.put("hai.DBF", vrt(at.canary))
    yield path


@mechanism("flatgeobuf: headers and indexes that lie")
def fgb_lies(at: Place) -> Iterator[Path]:
    whole = content_of(at.sound / "a.fgb")
    size = struct.unpack("<I", whole[8:12])[0]
    yield at.put("dau.fgb", patch(whole, 8, struct.pack("<I", 2**31)))
    yield at.put("dau0.fgb", patch(whole, 8, struct.pack("<I", 0)))
    yield at.put("phien_ban.fgb", patch(whole, 3, b"\xff"))
    for number, place in enumerate(range(12, 12 + size, max(4, size // 8))):
        yield at.put(f"goc{number}.fgb", patch(whole, place, b"\xff\xff\xff\x7f"))
    for number, place in enumerate(range(12 + size, len(whole) - 8, max(8, (len(whole) - size) // 6))):
        yield at.put(f"chi_muc{number}.fgb", patch(whole, place, struct.pack("<Q", 2**63 - 1)))
    yield at.put("cut.fgb", whole[: len(whole) - 40])
    yield at.put("ngan.fgb", whole[:20])
    noise = random.Random(11)
    for number in range(4):
        broken = bytearray(whole)
        for _ in range(25):
            broken[noise.randrange(12, len(broken))] = noise.randrange(256)
        yield at.put(f"lat{number}.fgb", bytes(broken))


def dxf(entities: str, blocks: str = "") -> str:
    """Return a small DXF."""
    section = "0\nSECTION\n2\n{}\n{}0\nENDSEC\n"
    return section.format("BLOCKS", blocks) + section.format("ENTITIES", entities) + "0\nEOF\n"


def _block(name: str, inside: str) -> str:
    return f"0\nBLOCK\n8\n0\n2\n{name}\n70\n0\n10\n0\n20\n0\n{inside}0\nENDBLK\n8\n0\n"


def _insert(name: str, more: str = "") -> str:
    return f"0\nINSERT\n8\n0\n2\n{name}\n10\n500000\n20\n2480000\n{more}"


LINE = "0\nLINE\n8\n0\n10\n500000\n20\n2480000\n11\n500100\n21\n2480100\n"


@mechanism("dxf: blocks inside themselves")
def dxf_loops(at: Place) -> Iterator[Path]:
    yield at.put("minh.dxf", dxf(_insert("A"), _block("A", _insert("A") + LINE)))
    yield at.put("vong.dxf", dxf(_insert("A"), _block("A", _insert("B")) + _block("B", _insert("A"))))


@mechanism("dxf: blocks that multiply")
def dxf_bombs(at: Place) -> Iterator[Path]:
    blocks = _block("B0", LINE) + "".join(_block(f"B{k}", _insert(f"B{k - 1}") * 10) for k in range(1, 12))
    yield at.put("mu.dxf", dxf(_insert("B11"), blocks))
    yield at.put("hang.dxf", dxf(_insert("A", "70\n32767\n71\n32767\n44\n1\n45\n1\n"), _block("A", LINE)))
    yield at.put(
        "sau.dxf",
        dxf(
            _insert("B4000"),
            _block("B0", LINE) + "".join(_block(f"B{k}", _insert(f"B{k - 1}")) for k in range(1, 4001)),
        ),
    )


@mechanism("dxf: groups that lie")
def dxf_lies(at: Place) -> Iterator[Path]:
    yield at.put("cut.dxf", dxf(LINE * 50)[:900])
    yield at.put("ma.dxf", dxf("0\nLINE\n99999\nx\n-7\ny\nabc\ndef\n"))
    yield at.put("so.dxf", dxf("0\nPOINT\n8\n0\n10\nnan\n20\n1e999\n30\ninf\n"))
    yield at.put("duong.dxf", dxf("0\nLWPOLYLINE\n8\n0\n90\n2147483647\n70\n1\n10\n1\n20\n2\n"))
    yield at.put(
        "spline.dxf", dxf("0\nSPLINE\n8\n0\n71\n2000000000\n72\n-5\n73\n2000000000\n74\n0\n40\n0\n10\n0\n20\n0\n")
    )
    yield at.put("mtext.dxf", dxf("0\nMTEXT\n8\n0\n10\n1\n20\n2\n1\n" + "{\\f" * 50_000 + "\n"))
    yield at.put("hatch.dxf", dxf("0\nHATCH\n8\n0\n91\n2000000000\n92\n2\n93\n2000000000\n10\n1\n20\n1\n"))
    yield at.put("nhi_phan.dxf", b"AutoCAD Binary DXF\r\n\x1a\x00" + b"\x00SECTION" * 50)
    yield at.put("dai.dxf", dxf("999\n" + "x" * 5_000_000 + "\n" + LINE))


@mechanism("cad files that are cut or unknown")
def cad_files(at: Place) -> Iterator[Path]:
    element = struct.pack("<BBH", 8, 9, 766) + b"\x00" * 1532
    yield at.put("cut.dgn", element[:200])
    yield at.put("dai.dgn", element + struct.pack("<BBH", 3, 0, 65535) + b"\x01\x02" * 5)
    yield at.put("v8.dgn", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4096)
    yield at.put("a.dwg", b"AC1032" + b"\xff" * 4096)
    yield at.put("b.dwg", b"AC1015\x00")


@mechanism("mapinfo: parts that do not belong together")
def mapinfo(at: Place) -> Iterator[Path]:
    head = "!table\n!version 300\n!charset WindowsLatin1\n\nDefinition Table\n"
    head += "  Type NATIVE\n  Fields 1\n    TEN Char (10);\n"
    at.put("a.dat", empty_dbf(5))
    at.put("a.id", b"\xff" * 40)
    at.put("a.map", b"\x00" * 100)
    yield at.put("a.tab", head)
    yield at.put("b.tab", head.replace("NATIVE", f'LINKED FILE "{at.canary}"'))
    yield at.put("c.tab", f'!table\n!version 300\nOpen Table "{at.canary}" Hide\nCreate View x As Select * From y\n')
    at.put("d.mid", "a\n" * 3)
    yield at.put("d.mif", "Version 300\nColumns 2000000000\n  a Char(10)\nData\nPline 2000000000\n1 2\n")
