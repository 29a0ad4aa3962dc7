"""Drawings and archives made to harm: none hangs, none fills the memory, none reads beside itself."""

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import AppError
from exchange.reading import inspect_file, read_table
from exchange.sandbox import Limits
from exchange.table import Table
from tests.exchange.samples import PLACEMARK, kml

QUICK = Limits(memory_bytes=1 << 30, seconds=90.0)
LINE = "LINE|8|0|10|0|20|0|11|5|21|5"


def dxf(*entities: str, blocks: str = "", header: str = "") -> bytes:
    """A drawing of these entities, their names and pairs parted by bars."""

    def section(name: str, body: str) -> str:
        return f"  0\nSECTION\n  2\n{name}\n{body}  0\nENDSEC\n"

    def entity(text: str) -> str:
        name, *pairs = text.split("|")
        rows = "".join(f"{code:>3}\n{value}\n" for code, value in zip(pairs[0::2], pairs[1::2], strict=True))
        return f"  0\n{name}\n{rows}"

    body = section("HEADER", header) + section("BLOCKS", "".join(map(entity, blocks.split("\n"))) if blocks else "")
    return (body + section("ENTITIES", "".join(map(entity, entities))) + "  0\nEOF\n").encode("latin-1")


def block(name: str, *entities: str) -> str:
    return "\n".join([f"BLOCK|8|0|2|{name}|10|0|20|0", *entities, "ENDBLK|8|0"])


EMPTY = block("RONG", "ATTDEF|8|0|10|0|20|0|1|x|2|T")
FULL = block("DAY", LINE)
MANY = "|70|32767|71|32767|44|1|45|1"
BENT = "LWPOLYLINE|8|0|90|2|70|0|10|0|20|0|42|0.5|10|1e12|20|1e12"

DRAWINGS: dict[str, bytes] = {
    "copies of nothing": dxf(f"INSERT|8|0|2|RONG|10|0|20|0{MANY}", LINE, blocks=EMPTY),
    "a thousand million copies": dxf(f"INSERT|8|0|2|DAY|10|0|20|0{MANY}", LINE, blocks=FULL),
    "copies of nothing inside": dxf(
        "INSERT|8|0|2|NGOAI|10|0|20|0", LINE, blocks=EMPTY + "\n" + block("NGOAI", f"INSERT|8|0|2|RONG|10|0|20|0{MANY}")
    ),
    "an arc as wide as the sky": dxf("ARC|8|0|10|0|20|0|40|1e15|50|0|51|350", LINE),
    "a bulge as wide as the sky": dxf(BENT, LINE),
    "a circle as wide as the sky": dxf("CIRCLE|8|0|10|0|20|0|40|1e300", LINE),
    "no numbers": dxf("LINE|8|0|10|nan|20|inf|11|1|21|1", "POINT|8|0|10|x|20|y", LINE),
    "a spline of one point": dxf("SPLINE|8|0|70|8|71|3|72|0|73|1|74|0|10|1|20|1", LINE),
    "vertices of nobody": dxf("VERTEX|8|0|10|1|20|1", "SEQEND|8|0", "ATTRIB|8|0|1|x|10|1|20|1", LINE),
    "a polyline without end": dxf("POLYLINE|8|0|66|1|70|0", "VERTEX|8|0|10|1|20|1", LINE),
    "a text of a megabyte": dxf("MTEXT|8|0|10|1|20|1|40|1|1|" + "{" * 1_000_000, LINE),
    "formats in formats": dxf("MTEXT|8|0|10|1|20|1|40|1|1|" + "{\\fA;" * 20_000 + "x", LINE),
    "an outer reference": dxf(
        "INSERT|8|0|2|MAT|10|0|20|0", LINE, blocks="BLOCK|8|0|2|MAT|70|4|10|0|20|0|1|/etc/passwd\nENDBLK|8|0"
    ),
    "codes that are none": dxf(LINE).replace(b"  0\nLINE\n", b"  0\nLINE\nxyz\nabc\n", 1),
    "a colour of its own": dxf("LINE|8|0|62|99999999999|420|-5|10|0|20|0|11|1|21|1", LINE),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_line_beside_it_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.dxf"
    path.write_bytes(DRAWINGS[name])
    table = read_table(path, limits=QUICK)
    assert Counter(table.columns["Entity"])["LINE"] >= 1
    assert len(table) < 300_000
    assert "root:" not in repr(table.columns)
    assert inspect_file(path, limits=QUICK).drawing is not None


@pytest.mark.parametrize(
    "content",
    [
        b"  0\nSECTION\n" + b"x" * 200_000,
        b"SECTION" * 1000,
        dxf(LINE)[:60],
        b"AutoCAD Binary DXF\r\n\x1a\x00" + b"\x00\x00SECTION\x00" + bytes(range(256)) * 40,
        b"AutoCAD Binary DXF\r\n\x1a\x00",
        b"\x08\x09\xfe\x02" + bytes(range(256)) * 20,
        b"\xc8\x09\xfe\x02" + b"\xff" * 4000,
    ],
    ids=["no end", "no records", "cut", "binary nonsense", "binary nothing", "dgn nonsense", "dgn of ones"],
)
def test_nonsense_is_a_message_or_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ("a.dgn" if content[1:3] == b"\x09\xfe" else "a.dxf")
    path.write_bytes(content)
    said: list[object] = []
    for work in (inspect_file, read_table):
        try:
            said.append(work(path, limits=QUICK))
        except AppError as error:
            assert error.code != str(error), f"no words for {error.code}"
            said.append(error)
    assert all(not isinstance(item, Table) or len(item) == 0 for item in said)


def archive(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return made.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: archive(("a.csv", b"0" * 300_000_000)),
    "a zip in a zip": lambda: archive(("a.zip", archive(("a.kml", kml(PLACEMARK))))),
    "nothing": lambda: archive(("doc.txt.bak", b"x")),
    "a vrt": lambda: archive(("a.kml", b"<OGRVRTDataSource/>")),
    "only a name": lambda: archive(("a.shp", b"")),
    "tables named as paths": lambda: archive(("x.gdb/../../a", b"x"), ("x.gdb/a/b", b"x")),
    "two geodatabases": lambda: archive(("a.gdb/a00000001.gdbtable", b"x"), ("b.gdb/a00000001.gdbtable", b"x")),
    "a dwg inside": lambda: archive(("a.dxf", b"AC1032" + bytes(100))),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_are_refused_with_words(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(ARCHIVES[name]())
    before = sorted(tmp_path.parent.rglob("*"))
    with pytest.raises(AppError) as caught:
        read_table(path, limits=QUICK)
    assert str(caught.value) != caught.value.code
    assert sorted(tmp_path.parent.rglob("*")) == before
