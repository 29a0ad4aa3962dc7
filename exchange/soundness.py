"""Looks through a file, in the child, before GDAL does: is it cut short, or built to harm."""

import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from core.errors import UserError

SCHEMA_LIMIT = 10_000
DEPTH_LIMIT = 200
ELEMENTS_LIMIT = 20_000_000

_SQLITE_SECONDS = 10.0
_ROOTS = {"gpx": "gpx", "kml": "kml", "gml": ""}  # any root for GML: every schema names its own


def check_sound(kind: str, path: Path, shown: str) -> None:
    """Raise ``UserError`` when the file of this kind is cut short or holds what no field file needs.

    Codes: FILE-TRUNCATED, FILE-PARTS-DIFFER, FILE-UNSAFE, FILE-CONTENT, FILE-DAMAGED. ``shown`` is the name the user
    knows.
    """
    checks: dict[str, Callable[[Path, str], None]] = {
        "gpkg": _check_geopackage,
        "sqlite": _check_geopackage,
        "shp": _check_shapefile,
    }
    if kind in checks:
        for part in sorted(path.glob("*.shp")) if path.is_dir() else [path]:
            checks[kind](part, shown)
    if kind in _ROOTS:
        _check_xml(path, shown, _ROOTS[kind])


def plain_tables(path: Path, shown: str) -> frozenset[str]:
    """Return the names of a GeoPackage's ordinary tables; views and virtual tables compute, and are never read."""
    return frozenset(
        name
        for kind, name, sql in _schema(path, shown)
        if kind == "table" and not _is_virtual(sql) and name is not None
    )


def _check_geopackage(path: Path, shown: str) -> None:
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100:
        raise UserError("FILE-TRUNCATED", file=shown)
    page = struct.unpack(">H", head[16:18])[0]
    page_size, pages = 65536 if page == 1 else page, struct.unpack(">I", head[28:32])[0]
    if pages and head[24:28] == head[92:96] and path.stat().st_size < pages * page_size:
        raise UserError("FILE-TRUNCATED", file=shown)
    for kind, name, sql in _schema(path, shown):
        own = (name or "").lower().startswith("gpkg_")
        if own and (kind == "view" or _is_virtual(sql)):
            raise UserError("FILE-UNSAFE", file=shown, part=name)


def _is_virtual(sql: str | None) -> bool:
    return " ".join((sql or "").split()).lower().startswith("create virtual")


def _schema(path: Path, shown: str) -> list[tuple[str, str | None, str | None]]:
    with narrow_connection(path, shown) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchmany(SCHEMA_LIMIT + 1)
    if len(rows) > SCHEMA_LIMIT:
        raise UserError("FILE-UNSAFE", file=shown, part=f"{SCHEMA_LIMIT}+")
    return rows


@contextmanager
def narrow_connection(path: Path, shown: str) -> Iterator[sqlite3.Connection]:
    """Open a foreign SQLite file to be read, for some seconds, nothing in it trusted; raise FILE-DAMAGED."""
    deadline = time.monotonic() + _SQLITE_SECONDS
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        try:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {pragma}")
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)) from error


def _check_shapefile(path: Path, shown: str) -> None:
    """Compare what the headers of .shp, .shx and .dbf claim with the sizes of the files and with each other."""
    for part in (path, path.with_suffix(".shx")):
        size = part.stat().st_size
        with part.open("rb") as file:
            head = file.read(100)
        if len(head) < 100 or size < 2 * struct.unpack(">I", head[24:28])[0]:
            raise UserError("FILE-TRUNCATED", file=_shown_part(shown, part))
    shapes = (path.with_suffix(".shx").stat().st_size - 100) // 8
    table = path.with_suffix(".dbf")
    with table.open("rb") as file:
        head = file.read(32)
    if len(head) < 32:
        raise UserError("FILE-TRUNCATED", file=_shown_part(shown, table))
    records, header_size, record_size = struct.unpack("<IHH", head[4:12])
    if table.stat().st_size < header_size + records * record_size:
        raise UserError("FILE-TRUNCATED", file=_shown_part(shown, table))
    if records != shapes:
        raise UserError("FILE-PARTS-DIFFER", file=shown, shapes=shapes, records=records)


def _shown_part(shown: str, part: Path) -> str:
    return str(Path(shown).with_suffix(part.suffix))


class _Scan(ContentHandler):
    """Notes the root element and counts; keeps nothing."""

    def __init__(self, root: str, shown: str) -> None:
        super().__init__()
        self._root, self._shown = root, shown
        self._depth = self._elements = 0

    def startElement(self, name: str, attrs: object) -> None:
        if self._elements == 0 and self._root and name.rsplit(":", 1)[-1] != self._root:
            raise UserError("FILE-CONTENT", file=self._shown, kind=self._root.upper())
        self._depth += 1
        self._elements += 1
        if self._depth > DEPTH_LIMIT or self._elements > ELEMENTS_LIMIT:
            raise UserError("FILE-UNSAFE", file=self._shown, part=name[:40])

    def endElement(self, name: str) -> None:
        self._depth -= 1


def _check_xml(path: Path, shown: str, root: str) -> None:
    """Parse the file once without building anything; a document type, and so every entity, is refused."""
    from defusedxml import DefusedXmlException
    from defusedxml.sax import parse

    try:
        with path.open("rb") as file:
            parse(file, _Scan(root, shown), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise UserError("FILE-UNSAFE", file=shown, part="DOCTYPE") from error
    except (SAXException, UnicodeError, LookupError) as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)[:200]) from error
