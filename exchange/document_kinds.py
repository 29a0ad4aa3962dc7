"""Tells by its first bytes what a document is; in the child, and never by its name.

Programs, scripts and installers are refused by what they are, whatever they are called.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError
from exchange.compound_files import compound_kind
from exchange.document_facts import DocumentKind
from exchange.zip_contents import zip_kind

HEAD_BYTES = 8192

_SCAN_BYTES = 1 << 20
_SCAN_OVERLAP = 64
_CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13, 27})


@dataclass(frozen=True, slots=True)
class Recognised:
    """The kind of a document, its media type, and notes (message codes) that recognising it gave."""

    kind: DocumentKind
    mime: str
    notes: tuple[str, ...] = ()


_PROGRAMS: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "DOCUMENT-WHAT-WINDOWS"),
    (b"\x7fELF", "DOCUMENT-WHAT-LINUX"),
    (b"\xfe\xed\xfa\xce", "DOCUMENT-WHAT-MACOS"),
    (b"\xfe\xed\xfa\xcf", "DOCUMENT-WHAT-MACOS"),
    (b"\xce\xfa\xed\xfe", "DOCUMENT-WHAT-MACOS"),
    (b"\xcf\xfa\xed\xfe", "DOCUMENT-WHAT-MACOS"),
    (b"\xca\xfe\xba\xbe", "DOCUMENT-WHAT-MACOS"),
    (b"\xca\xfe\xba\xbf", "DOCUMENT-WHAT-MACOS"),
    (b"dex\n03", "DOCUMENT-WHAT-ANDROID"),
    (b"\x00asm", "DOCUMENT-WHAT-SCRIPT"),
    (b"\x1bLua", "DOCUMENT-WHAT-SCRIPT"),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "DOCUMENT-WHAT-SHORTCUT"),
    (b"!<arch>\ndebian", "DOCUMENT-WHAT-INSTALLER"),
    (b"\xed\xab\xee\xdb", "DOCUMENT-WHAT-INSTALLER"),
    (b"xar!\x00", "DOCUMENT-WHAT-INSTALLER"),
    (b"MSCF\x00\x00\x00\x00", "DOCUMENT-WHAT-INSTALLER"),
    (b"ITSF\x03\x00\x00\x00", "DOCUMENT-WHAT-SCRIPT"),
)
_SCRIPTS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"#!(?!AMR)"), "DOCUMENT-WHAT-SCRIPT"),
    (re.compile(rb"@?echo off\b|@setlocal\b", re.I), "DOCUMENT-WHAT-SCRIPT"),
    (
        re.compile(rb"<\?php|<%@|<script\b|<hta:application|<job\b|<package\b|<scriptlet\b", re.I),
        "DOCUMENT-WHAT-SCRIPT",
    ),
    (re.compile(rb"windows registry editor|regedit4\b", re.I), "DOCUMENT-WHAT-SCRIPT"),
    (re.compile(rb"\[(internetshortcut|desktop entry)\]", re.I), "DOCUMENT-WHAT-SHORTCUT"),
)
# fmt: off
SCRIPT_SUFFIXES = frozenset({
    ".bat", ".cmd", ".com", ".cpl", ".desktop", ".exe", ".hta", ".inf", ".jar", ".js", ".jse", ".lnk",
    ".mjs", ".msc", ".msi", ".pif", ".ps1", ".psm1", ".py", ".pyw", ".rb", ".reg", ".scf", ".scr",
    ".sct", ".sh", ".url", ".vb", ".vbe", ".vbs", ".ws", ".wsc", ".wsf", ".wsh",
})
# fmt: on

_MAGIC: tuple[tuple[bytes, DocumentKind, str], ...] = (
    (b"\xff\xd8\xff", "image", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image", "image/png"),
    (b"II*\x00", "image", "image/tiff"),
    (b"MM\x00*", "image", "image/tiff"),
    (b"II+\x00\x08\x00\x00\x00", "image", "image/tiff"),
    (b"MM\x00+\x00\x08\x00\x00", "image", "image/tiff"),
    (b"GIF87a", "image", "image/gif"),
    (b"GIF89a", "image", "image/gif"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image", "image/jp2"),
    (b"8BPS", "image", "image/vnd.adobe.photoshop"),
    (b"%PDF-", "pdf", "application/pdf"),
    (b"%!PS", "other", "application/postscript"),
    (b"{\\rtf", "office", "application/rtf"),
    (b"AC10", "cad", "image/vnd.dwg"),
    (b"AutoCAD Binary DXF\r\n", "cad", "image/vnd.dxf"),
    (b"\x08\x09\xfe\x02", "cad", "image/vnd.dgn"),
    (b"\xc8\x09\xfe\x02", "cad", "image/vnd.dgn"),
    (b"\x00\x00\x27\x0a", "cad", "application/vnd.shp"),
    (b"fgb\x03fgb", "cad", "application/vnd.flatgeobuf"),
    (b"ID3", "other", "audio/mpeg"),
    (b"OggS", "other", "audio/ogg"),
    (b"fLaC", "other", "audio/flac"),
    (b"#!AMR", "other", "audio/amr"),
    (b"\x1a\x45\xdf\xa3", "video", "video/x-matroska"),
    (b"\x00\x00\x01\xba", "video", "video/mpeg"),
    (b"7z\xbc\xaf\x27\x1c", "other", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "other", "application/vnd.rar"),
    (b"\x1f\x8b\x08", "other", "application/gzip"),
    (b"\xfd7zXZ\x00", "other", "application/x-xz"),
    (b"BZh", "other", "application/x-bzip2"),
    (b"\x28\xb5\x2f\xfd", "other", "application/zstd"),
)
_RIFF = {
    b"WEBP": Recognised("image", "image/webp"),
    b"AVI ": Recognised("video", "video/x-msvideo"),
    b"WAVE": Recognised("other", "audio/wav"),
}
_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_XML_ROOTS: tuple[tuple[str, DocumentKind, str], ...] = (
    ("svg", "image", "image/svg+xml"),
    ("html", "text", "text/html"),
    ("kml", "text", "application/vnd.google-earth.kml+xml"),
    ("gpx", "text", "application/gpx+xml"),
    ("qgis", "other", "application/x-qgis-project"),
)
_ROOT = re.compile(rb"<(?:[a-z0-9_.-]+:)?([a-z][a-z0-9_.-]*)", re.I)
_COMMENT = re.compile(rb"<!--.*?(-->|$)", re.S)
_ACTIVE = re.compile(
    rb"<\s*hta:|<\s*(?:\w+:)?(?:script|iframe|object|embed|applet|foreignobject|handler)\b|<!entity|\bon[a-z]{3,20}\s*=\s*[\"']"
    rb"|javascript\s*:|vbscript\s*:|http-equiv\s*=\s*[\"']?refresh",
    re.I,
)


def recognise_document(path: Path, shown: str) -> Recognised:
    """Return what the content of ``path`` is; ``shown`` is the name the user knows.

    Raise ``UserError`` DOCUMENT-NOT-ALLOWED for programs, scripts, shortcuts, installers, archives that hold any or
    that unpack to far too much; its ``what`` is the code of a message that names what it is.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _refuse_programs(head)
    found = _by_magic(head) or _by_container(path, head)
    if found is None:
        found = _as_text(path, head, shown) or Recognised("other", "application/octet-stream", ("DOCUMENT-UNKNOWN",))
    if found.kind in ("image", "pdf", "text", "video"):
        found = _look_behind(path, found)
    return found


def refuse(what: str, **facts: object) -> UserError:
    """Return the refusal of a document; ``what`` is the message code of what it is."""
    return UserError("DOCUMENT-NOT-ALLOWED", what=what, **facts)


def _refuse_programs(head: bytes) -> None:
    for magic, what in _PROGRAMS:
        if head.startswith(magic) and (magic != b"MZ" or b"\x00" in head[:64]):
            raise refuse(what)
    text = _plain(head).lstrip()
    for pattern, what in _SCRIPTS:
        if pattern.match(text):
            raise refuse(what)


def _plain(head: bytes) -> bytes:
    """Return text bytes without their byte order mark, UTF-16 as UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")
    return head.removeprefix(b"\xef\xbb\xbf")


def _by_magic(head: bytes) -> Recognised | None:
    for magic, kind, mime in _MAGIC:
        if head.startswith(magic):
            return Recognised(kind, mime)
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    for looks, found in (
        (head.startswith(b"RIFF"), _RIFF.get(head[8:12])),
        (head.startswith(b"BM") and head[6:10] == bytes(4) and len(head) >= 26, Recognised("image", "image/bmp")),
        (_is_mpeg_audio(head), Recognised("other", "audio/mpeg")),
        (_plain(head)[:20].lstrip().startswith(b"%PDF-"), Recognised("pdf", "application/pdf")),
    ):
        if looks and found is not None:
            return found
    return None


def _is_mpeg_audio(head: bytes) -> bool:
    return len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 not in (0x00, 0xF0)


def _iso_media(head: bytes) -> Recognised:
    brand = head[8:12]
    if brand in _BRANDS:
        return Recognised("image", "image/heic", ("IMAGE-NOT-READ",))
    if brand in (b"avif", b"avis"):
        return Recognised("image", "image/avif", ("IMAGE-NOT-READ",))
    if brand == b"qt  ":
        return Recognised("video", "video/quicktime")
    if brand[:3] == b"M4A":
        return Recognised("other", "audio/mp4")
    return Recognised("video", "video/3gpp" if brand[:2] == b"3g" else "video/mp4")


def _by_container(path: Path, head: bytes) -> Recognised | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Recognised(*zip_kind(path))
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Recognised(*compound_kind(path))
    if head.startswith(b"SQLite format 3\x00"):
        known = {b"GPKG": "application/geopackage+sqlite3", b"GP10": "application/geopackage+sqlite3"}
        return Recognised("cad", known.get(head[68:72], "application/vnd.sqlite3"))
    return None


def _as_text(path: Path, head: bytes, shown: str) -> Recognised | None:
    """Return the kind of a text, ``None`` when these are no words. A script has no magic: its name betrays it."""
    plain = _plain(head)
    if not plain.strip() or b"\x00" in plain or plain.translate(None, _CONTROLS) != plain:
        return None
    if Path(shown).suffix.lower() in SCRIPT_SUFFIXES:
        raise refuse("DOCUMENT-WHAT-SCRIPT")
    text = plain.lstrip()
    if text.startswith(b"<"):
        return _markup(path, text)
    if text[:1] in b"{[":
        return Recognised("text", "application/json")
    if re.match(rb"\s*(999\r?\n.*\r?\n\s*)*0\s*\r?\n\s*SECTION\b", plain):
        return Recognised("cad", "image/vnd.dxf")
    return Recognised("text", "text/plain")


def _markup(path: Path, text: bytes) -> Recognised:
    plain = _COMMENT.sub(b"", text).lstrip()
    first = _ROOT.search(plain)
    root = first[1].lower().decode("ascii") if first else ""
    if re.match(rb"<!doctype\s+html|<(html|head|body)\b", plain, re.I):
        root = "html"
    for name, kind, mime in _XML_ROOTS:
        if root == name:
            if name in ("svg", "html") and find_in_file(path, _ACTIVE.search):
                raise refuse("DOCUMENT-WHAT-ACTIVE-PAGE")
            return Recognised(kind, mime, ("IMAGE-NOT-READ",) if kind == "image" else ())
    return Recognised("text", "text/xml")


def _look_behind(path: Path, found: Recognised) -> Recognised:
    """Refuse a file that is a document in front and an archive with programs behind; note one with anything behind."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_600))
        tail = file.read()
    if b"PK\x05\x06" not in tail:
        return found
    try:
        zip_kind(path)
    except UserError as error:
        if error.code == "DOCUMENT-NOT-ALLOWED":
            raise
        return found
    return Recognised(found.kind, found.mime, (*found.notes, "DOCUMENT-TWO-IN-ONE"))


def find_in_file(path: Path, search: Callable[[bytes], object]) -> bool:
    """Whether ``search`` finds anything in the file's bytes, read in overlapping pieces, zeros left out."""
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(_SCAN_BYTES):
            window = rest + piece.replace(b"\x00", b"")
            if search(window):
                return True
            rest = window[-_SCAN_OVERLAP:]
    return False
