"""The kinds of field file this program reads: their names, parts, GDAL driver and what their first bytes must be."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import UserError

HEAD_BYTES = 4096

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DWG = re.compile(rb"AC(?:1\.\d\d|\d\.\d\d|10\d\d)")
# The releases of AutoCAD whose DWG begins with these signs.
_DWG_YEARS = {
    "AC1009": "R11/R12", "AC1012": "R13", "AC1014": "R14", "AC1015": "2000", "AC1018": "2004", "AC1021": "2007",
    "AC1024": "2010", "AC1027": "2013", "AC1032": "2018",
}  # fmt: skip

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


Reader = Literal["gdal", "text", "dxf", "dgn", "sheets", "photo"]


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    ``reader`` says which of the child's readers it is for, ``driver`` is the only GDAL driver that may open it,
    ``None`` for what is read without GDAL. ``required`` and ``optional`` are the suffixes of the files beside it that
    belong to it. ``capture_method`` is what such a file says of how its data came about, where it says something.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    driver: str | None
    looks_right: Callable[[bytes], bool]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    capture_method: str | None = None
    reader: Reader = "gdal"
    is_folder: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it is a table in a text file."""
        return self.reader == "text"

    @property
    def is_drawing(self) -> bool:
        """Whether it is a drawing, of which layers are chosen first."""
        return self.reader in ("dxf", "dgn")


def _is_sqlite(head: bytes) -> bool:
    return head.startswith(b"SQLite format 3\x00")


def _is_shapefile(head: bytes) -> bool:
    return head[:4] == b"\x00\x00\x27\x0a" and head[28:32] == b"\xe8\x03\x00\x00"


def _is_flatgeobuf(head: bytes) -> bool:
    return head[:3] == b"fgb" and head[4:7] == b"fgb"


def _is_json(head: bytes) -> bool:
    return _without_mark(head).lstrip()[:1] == b"{"


def _is_xml(head: bytes) -> bool:
    plain = _plain(head)
    return plain.lstrip()[:1] == b"<" and b"OGRVRT" not in plain


def _is_zip(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def _is_dxf(head: bytes) -> bool:
    return head.startswith(b"AutoCAD Binary DXF\r\n\x1a") or (b"SECTION" in head and b"\x00" not in head)


def _is_dgn(head: bytes) -> bool:
    return head[:4] in (b"\x08\x09\xfe\x02", b"\xc8\x09\xfe\x02")


def _is_mapinfo(head: bytes) -> bool:
    return _plain(head).lstrip()[:6].lower() == b"!table"


def _is_mif(head: bytes) -> bool:
    return _plain(head).lstrip()[:7].lower() == b"version"


def _is_workbook(head: bytes) -> bool:
    return _is_zip(head) or head.startswith(_COMPOUND)


def _is_jpeg(head: bytes) -> bool:
    return head.startswith(b"\xff\xd8\xff")


def _is_text(head: bytes) -> bool:
    plain = _plain(head)
    return b"\x00" not in plain and plain.lstrip()[:1] not in (b"<", b"{") and not _is_zip(head)


def _without_mark(head: bytes) -> bytes:
    for mark in _BYTE_ORDER_MARKS:
        head = head.removeprefix(mark)
    return head


def _plain(head: bytes) -> bytes:
    """Return the bytes without a byte order mark and, where it says UTF-16, without the zeros that come from it."""
    return _without_mark(head).replace(b"\x00", b"") if head[:2] in _BYTE_ORDER_MARKS else _without_mark(head)


_SIDECARS = (".prj", ".cpg")

KINDS: tuple[FileKind, ...] = (
    FileKind("gpkg", "GeoPackage", (".gpkg",), "GPKG", _is_sqlite),
    FileKind("shp", "Shapefile", (".shp",), "ESRI Shapefile", _is_shapefile, (".shx", ".dbf"), _SIDECARS),
    FileKind("geojson", "GeoJSON", (".geojson", ".json"), "GeoJSON", _is_json),
    FileKind("fgb", "FlatGeobuf", (".fgb",), "FlatGeobuf", _is_flatgeobuf),
    FileKind("gdb", "File Geodatabase", (".gdb",), "OpenFileGDB", lambda _: True, is_folder=True),
    FileKind("sqlite", "SpatiaLite/SQLite", (".sqlite", ".sqlite3", ".db"), "SQLite", _is_sqlite),
    FileKind("tab", "MapInfo TAB", (".tab",), "MapInfo File", _is_mapinfo, (".dat",), (".map", ".id", ".ind")),
    FileKind("mif", "MapInfo MIF", (".mif",), "MapInfo File", _is_mif, (), (".mid",)),
    FileKind("gml", "GML", (".gml",), "GML", _is_xml),
    FileKind("sheets", "Excel/ODS", (".xlsx", ".xls", ".ods"), None, _is_workbook, reader="sheets"),
    FileKind("photo", "JPEG", (".jpg", ".jpeg"), None, _is_jpeg, capture_method="gnss_cam_tay", reader="photo"),
    FileKind("zip", "ZIP", (".zip",), None, _is_zip),
    FileKind("gpx", "GPX", (".gpx",), "GPX", _is_xml, capture_method="gnss_cam_tay"),
    FileKind("kml", "KML", (".kml",), "LIBKML", _is_xml),
    FileKind("kmz", "KMZ", (".kmz",), "LIBKML", _is_zip),
    FileKind("dxf", "DXF", (".dxf",), None, _is_dxf, capture_method="chuyen_doi_cad", reader="dxf"),
    FileKind("dgn", "DGN", (".dgn",), "DGN", _is_dgn, capture_method="chuyen_doi_cad", reader="dgn"),
    FileKind("text", "CSV/TXT", (".csv", ".txt", ".tsv", ".asc", ".xyz", ".pts"), None, _is_text, reader="text"),
)


WAY_OUT_SUFFIXES = (".dwg",)
"""Of what is recognised and answered with a way to what can be read."""

OFFICE_KINDS: tuple[FileKind, ...] = (
    FileKind("docx", "Word", (".docx",), None, _is_zip, reader="text"),
    FileKind("xlsx", "Excel", (".xlsx",), None, _is_zip, reader="text"),
)
"""Where a coordinate table may stand that was written for people; no field file."""


def recognise(path: Path, kinds: Sequence[FileKind] = KINDS) -> FileKind:
    """Return the kind of ``path``, one of ``kinds``, by its name and its first bytes.

    Raises FILE-KIND for a name no kind has and FILE-CONTENT when the content is not what the name says; a file that
    only refers to others (VRT) is never taken for data.
    """
    suffix = path.suffix.lower()
    kind = next((kind for kind in kinds if suffix in kind.suffixes), None)
    if path.is_dir():
        if kind is None or not kind.is_folder:
            raise UserError("FILE-IS-FOLDER", file=path.name)
        return kind
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _show_way_out(path, head)
    if kind is None:
        raise UserError("FILE-KIND", file=path.name, known=[suffix for kind in kinds for suffix in kind.suffixes])
    if kind.is_folder or not kind.looks_right(head):
        raise UserError("FILE-CONTENT", file=path.name, kind=kind.title)
    return kind


def _show_way_out(path: Path, head: bytes) -> None:
    """Raise FILE-DWG or FILE-DGN8 for a drawing only its own program reads, with the way to one that can be read."""
    found = _DWG.match(head)
    if found and b"\x00" in head[:16]:
        sign = found[0].decode("ascii")
        raise UserError("FILE-DWG", file=path.name, version=_DWG_YEARS.get(sign, sign))
    if head.startswith(_COMPOUND) and path.suffix.lower() == ".dgn":
        raise UserError("FILE-DGN8", file=path.name)


def release_of(version: str) -> str:
    """Return the release of AutoCAD that writes drawings of a version, the version itself where it is none of these."""
    return f"AutoCAD {_DWG_YEARS[version]}" if version in _DWG_YEARS else version


def kind_of(key: str) -> FileKind:
    """Return the kind called ``key``; raise ``KeyError``."""
    return {kind.key: kind for kind in KINDS}[key]
