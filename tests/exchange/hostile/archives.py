"""Archives: names that climb, sizes that lie, contents that explode."""

import io
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.exchange.hostile.making import Place, mechanism, patch
from tests.exchange.samples import PLACEMARK, kml, vrt

DOC = kml(PLACEMARK)


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


@mechanism("zip: names that leave the folder")
def zip_slip(at: Place) -> Iterator[Path]:
    names = (
        "../../thoat.kml", "/tmp/thoat.kml", "C:\\thoat.kml", "..\\..\\thoat.kml", "a:b.kml", "con.kml",
        "x/../../../thoat.kml", "\\\\server\\share\\a.kml", "doc.kml/../../x.kml", "./././doc.kml",
    )  # fmt: skip
    for number, name in enumerate(names):
        yield at.put(f"ten{number}.kmz", packed((name, DOC)))


@mechanism("zip: bomb")
def zip_bomb(at: Place) -> Iterator[Path]:
    yield at.put("bom.kmz", packed(("doc.kml", kml("") + b" " * 40_000_000)))
    yield at.put("bom2.kmz", packed(("doc.kml", DOC.replace(b"</Document>", b"<name>" + b"a" * 30_000_000))))


@mechanism("zip: nested archives")
def zip_nested(at: Place) -> Iterator[Path]:
    inner = packed(("doc.kml", DOC))
    for _ in range(8):
        inner = packed(("doc.kml", inner), method=zipfile.ZIP_STORED)
    yield at.put("long.kmz", inner)


@mechanism("zip: headers that lie about sizes")
def zip_lies(at: Place) -> Iterator[Path]:
    whole = packed(("doc.kml", DOC * 40))
    central = whole.rindex(b"PK\x01\x02")
    yield at.put("nho.kmz", patch(whole, central + 24, struct.pack("<I", 10)))
    yield at.put("lon.kmz", patch(whole, central + 24, struct.pack("<I", 2**32 - 2)))
    yield at.put("nen.kmz", patch(whole, central + 20, struct.pack("<I", 2**31)))
    yield at.put("cho.kmz", patch(whole, central + 42, struct.pack("<I", 2**31)))


@mechanism("zip: overlapping entries")
def zip_overlap(at: Place) -> Iterator[Path]:
    whole = packed(("doc.kml", DOC), ("b.kml", DOC), ("c.kml", DOC))
    second = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 4)
    yield at.put("chong.kmz", patch(whole, second + 42, struct.pack("<I", 0)))


@mechanism("zip: tens of thousands of entries")
def zip_many(at: Place) -> Iterator[Path]:
    yield at.put("nhieu.kmz", packed(*((f"{k}.kml", b"") for k in range(10_001)), method=zipfile.ZIP_STORED))


@mechanism("zip: locked or in an unknown method")
def zip_locked(at: Place) -> Iterator[Path]:
    whole = packed(("doc.kml", DOC))
    central = whole.rindex(b"PK\x01\x02")
    yield at.put("khoa.kmz", patch(patch(whole, central + 8, b"\x01\x00"), 6, b"\x01\x00"))
    yield at.put("la.kmz", patch(patch(whole, central + 10, b"\x63\x00"), 8, b"\x63\x00"))
    yield at.put("lzma.kmz", packed(("doc.kml", DOC), method=zipfile.ZIP_LZMA))


@mechanism("zip: cut or damaged")
def zip_cut(at: Place) -> Iterator[Path]:
    whole = packed(("doc.kml", DOC * 20))
    for number, share in enumerate((0.99, 0.7, 0.3)):
        yield at.put(f"cut{number}.kmz", whole[: int(len(whole) * share)])
    yield at.put("hong.kmz", patch(whole, 60, b"0123456789"))
    yield at.put("duoi.kmz", whole + whole[-22:])


@mechanism("zip: entries that are links")
def zip_link(at: Place) -> Iterator[Path]:
    link = zipfile.ZipInfo("doc.kml")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    yield at.put("lien_ket.kmz", packed((link, str(at.canary).encode())))


@mechanism("zip: names twice, or twins of one name")
def zip_twins(at: Place) -> Iterator[Path]:
    twice = packed(("doc.kml", DOC), ("doc2.kml", vrt(at.canary)))
    yield at.put("hai_lan.kmz", twice.replace(b"doc2.kml", b"doc.kml\x00"))
    name = "đường.kml"
    twins = [(unicodedata.normalize(form, name), content) for form, content in (("NFC", DOC), ("NFD", vrt(at.canary)))]
    yield at.put("sinh_doi.kmz", packed(*twins))


@mechanism("zip: a redirecting file inside")
def zip_vrt(at: Place) -> Iterator[Path]:
    yield at.put("vrt.kmz", packed(("doc.kml", vrt(at.canary))))
    yield at.put("mang.kmz", packed(("doc.kml", kml(f"<NetworkLink><Link><href>{at.url}</href></Link></NetworkLink>"))))
    yield at.put("khong.kmz", packed(("anh.png", b"x"), ("doc.txt", DOC)))


def _sheet(rows: str, extra: str = "") -> bytes:
    return (
        '<?xml version="1.0"?>'
        + extra
        + '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<dimension ref='A1:XFD1048576'/><sheetData>{rows}</sheetData></worksheet>"
    ).encode()


def _book(sheet: bytes, *more: tuple[str, bytes]) -> bytes:
    return packed(("[Content_Types].xml", b"<Types/>"), ("xl/worksheets/sheet1.xml", sheet), *more)


@mechanism("workbook: dimensions, links and entities of harm")
def workbooks(at: Place) -> Iterator[Path]:
    cell = "<row r='1'><c r='A1'><v>2477276.895</v></c><c r='B1'><v>432015.13</v></c></row>"
    yield at.put("rong.xlsx", _book(_sheet("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>" + cell)))
    entity = f'<!DOCTYPE x [<!ENTITY c SYSTEM "file://{at.canary}">]>'
    yield at.put("thuc_the.xlsx", _book(_sheet("<row><c t='inlineStr'><is><t>&c;</t></is></c></row>", entity)))
    link = f'<externalLink xmlns:r="x"><externalBook r:id="{at.url}"/></externalLink>'.encode()
    yield at.put("ngoai.xlsx", _book(_sheet(cell), ("xl/externalLinks/externalLink1.xml", link)))
    yield at.put("chuoi.xlsx", _book(_sheet("<row><c t='s'><v>99999999999999</v></c></row>" * 50)))
    yield at.put("bom.xlsx", _book(_sheet(" " * 66_000_000)))
    yield at.put("am.xlsx", _book(_sheet("<row><c r='A-1'><v>1e999</v></c><c r='ZZZZZ9'><v>nan</v></c></row>" * 9)))


@mechanism("open document: repeated cells without end")
def open_documents(at: Place) -> Iterator[Path]:
    content = (
        b'<office:document-content xmlns:office="o" xmlns:table="t"><table:table><table:table-row '
        b'table:number-rows-repeated="2147483647"><table:table-cell table:number-columns-repeated="2147483647"/>'
        b"</table:table-row></table:table></office:document-content>"
    )
    mime = b"application/vnd.oasis.opendocument.spreadsheet"
    yield at.put("lap.ods", packed(("mimetype", mime), ("content.xml", content)))
    yield at.put("bom.ods", packed(("mimetype", mime), ("content.xml", b" " * 20_000_000)))
