"""The kinds of field file this program reads: their names, parts, GDAL driver and what their first bytes must be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError

HEAD_BYTES = 4096

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    ``driver`` is the only GDAL driver that may open it, ``None`` for text this program parses itself. ``required``
    and ``optional`` are the suffixes of the files beside it that belong to it. ``capture_method`` is what such a file
    says of how its data came about, where it says something.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    driver: str | None
    looks_right: Callable[[bytes], bool]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    capture_method: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether this program parses the file itself, without GDAL."""
        return self.driver is None


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
    return b"SECTION" in head and b"\x00" not in head


def _is_mapinfo_table(head: bytes) -> bool:
    return head.lstrip().lower().startswith(b"!table")


def _is_mapinfo_exchange(head: bytes) -> bool:
    return head.lstrip().lower().startswith(b"version")


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
    FileKind("gpx", "GPX", (".gpx",), "GPX", _is_xml, capture_method="gnss_cam_tay"),
    FileKind("kml", "KML", (".kml",), "KML", _is_xml),
    FileKind("kmz", "KMZ", (".kmz",), "KML", _is_zip),
    FileKind("dxf", "DXF", (".dxf",), "DXF", _is_dxf, capture_method="chuyen_doi_cad"),
    FileKind("tab", "MapInfo TAB", (".tab",), "MapInfo File", _is_mapinfo_table, (".dat",), (".map", ".id", ".ind")),
    FileKind("mif", "MapInfo MIF", (".mif",), "MapInfo File", _is_mapinfo_exchange, (".mid",)),
    FileKind("gdb", "FileGDB", (".gdb",), "OpenFileGDB", lambda head: True),  # a folder
    FileKind("text", "CSV/TXT", (".csv", ".txt", ".tsv", ".asc", ".xyz", ".pts"), None, _is_text),
)


OFFICE_KINDS: tuple[FileKind, ...] = (
    FileKind("docx", "Word", (".docx",), None, _is_zip),
    FileKind("xlsx", "Excel", (".xlsx",), None, _is_zip),
)
"""Where a coordinate table may stand that was written for people; no field file."""


def recognise(path: Path, kinds: Sequence[FileKind] = KINDS) -> FileKind:
    """Return the kind of ``path``, one of ``kinds``, by its name and its first bytes.

    Raises FILE-KIND for a name no kind has and FILE-CONTENT when the content is not what the name says; a file that
    only refers to others (VRT) is never taken for data.
    """
    suffix = path.suffix.lower()
    kind = next((kind for kind in kinds if suffix in kind.suffixes), None)
    if kind is None:
        raise UserError("FILE-KIND", file=path.name, known=[suffix for kind in kinds for suffix in kind.suffixes])
    if path.is_dir():
        return kind
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not kind.looks_right(head):
        raise UserError("FILE-CONTENT", file=path.name, kind=kind.title)
    return kind


def kind_of(key: str) -> FileKind:
    """Return the kind called ``key``; raise ``KeyError``."""
    return {kind.key: kind for kind in KINDS}[key]
