"""The parts of JPEG, PNG and WebP files: finds the EXIF block, and copies a picture without what tells its place.

Pixels are never decoded or encoded again: the parts that hold them are copied byte for byte.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import UserError
from exchange.exif import BrokenTags, Patch, Tags, place_patches

WHOLE_BYTES = 256 << 20
EXIF_LIMIT = 8 << 20
PIECE_BYTES = 1 << 20

_EXIF_NAME = b"Exif\x00\x00"
_ICC_NAME = b"ICC_PROFILE\x00"
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])", re.S)
_APP0, _APP1, _APP2, _APP14, _COMMENT, _SCAN, _END = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xDA, 0xD9
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_WEBP_EXIF_FLAG, _WEBP_XMP_FLAG = 0x08, 0x04


class BrokenParts(ValueError):
    """The file does not have the parts of its kind."""


def exif_of(path: Path, mime: str) -> Tags | None:
    """Return the tags of a picture, ``None`` when it has none that can be read."""
    try:
        if mime == "image/tiff":
            return file_tags(path)
        blocks = {"image/jpeg": _jpeg_blocks, "image/png": _png_blocks, "image/webp": _webp_blocks}
        if mime not in blocks:
            return None
        block = next((found for found in blocks[mime](path)), None)
        return None if block is None else Tags.of(block)
    except (BrokenTags, BrokenParts, struct.error):
        return None


def file_tags(path: Path) -> Tags:
    """Return the tags of a TIFF file, read from the disk as they are asked for; raise ``BrokenTags``."""

    def read(at: int, length: int) -> bytes:
        with path.open("rb") as file:
            file.seek(at)
            return file.read(length)

    return Tags(read, path.stat().st_size)


def pieces_without_place(path: Path, mime: str) -> Iterator[bytes]:
    """Yield the bytes of a copy of the picture without place, maker notes, XMP, IPTC and comments.

    Raise ``UserError`` DOCUMENT-PLACE-KEPT for a kind this cannot be done to, and for a file that is not sound.
    """
    if mime == "image/tiff":
        yield from _patched(path, place_patches(file_tags(path)))
        return
    cleaners: dict[str, Callable[[bytes], Iterator[bytes]]] = {
        "image/jpeg": _clean_jpeg,
        "image/png": _clean_png,
        "image/webp": _clean_webp,
    }
    if mime not in cleaners or path.stat().st_size > WHOLE_BYTES:
        raise UserError("DOCUMENT-PLACE-KEPT")
    try:
        yield from cleaners[mime](path.read_bytes())
    except (BrokenParts, struct.error) as error:
        raise UserError("DOCUMENT-PLACE-KEPT") from error


def _patched(path: Path, patches: list[Patch]) -> Iterator[bytes]:
    """Yield the file in pieces with each patch applied, the later ones over the earlier."""
    with path.open("rb") as file:
        at = 0
        while piece := file.read(PIECE_BYTES):
            changed = bytearray(piece)
            for start, content in patches:
                first, last = max(start, at), min(start + len(content), at + len(piece))
                if first < last:
                    changed[first - at : last - at] = content[first - start : last - start]
            yield bytes(changed)
            at += len(piece)


def _patched_block(block: bytes) -> bytes:
    """Return an EXIF block of the same length without place and maker notes; an unreadable one is left out whole."""
    name = _EXIF_NAME if block.startswith(_EXIF_NAME) else b""
    body = bytearray(block[len(name) :])
    try:
        for at, content in place_patches(Tags.of(bytes(body))):
            body[at : at + len(content)] = content
    except (BrokenTags, struct.error):
        return b""
    return name + bytes(body)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the segments before the first scan, and the scan with the place it begins."""
    at = 2
    while at < len(data):
        found = _MARKER.match(data, at)
        if found is None:
            raise BrokenParts("marker")
        marker, body = found[1][0], found.end()
        if marker == _END or len(data) < body + 2:
            raise BrokenParts("no scan")
        length = struct.unpack_from(">H", data, body)[0]
        if length < 2:
            raise BrokenParts("length")
        yield marker, at, body + length
        if marker == _SCAN:
            return
        at = body + length


def _jpeg_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        data = file.read(EXIF_LIMIT)
    for marker, start, end in _jpeg_segments(data):
        body = _segment_body(data, start, end)
        if marker == _APP1 and body.startswith(_EXIF_NAME):
            yield body


def _segment_body(data: bytes, start: int, end: int) -> bytes:
    found = _MARKER.match(data, start)
    return data[found.end() + 2 : end] if found else b""


def _clean_jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = len(data)
    for marker, start, end in _jpeg_segments(data):
        body = _segment_body(data, start, end)
        if marker == _SCAN:
            at = start
            break
        if marker == _APP1 and body.startswith(_EXIF_NAME):
            if cleaned := _patched_block(body):
                yield b"\xff\xe1" + struct.pack(">H", len(cleaned) + 2) + cleaned
        elif _is_kept(marker, body):
            yield data[start:end]
    yield data[at : _jpeg_end(data, at)]


def _is_kept(marker: int, body: bytes) -> bool:
    """Whether a segment is needed to show the picture: every one but notes about it."""
    if marker == _APP2:
        return body.startswith(_ICC_NAME)
    return marker in (_APP0, _APP14) or not (_APP0 <= marker <= 0xEF or marker == _COMMENT)


def _jpeg_end(data: bytes, at: int) -> int:
    """Return where the picture ends: what follows is another picture or a film, with a place of its own."""
    for found in _MARKER.finditer(data, at):
        if found[1][0] == _END:
            return found.end()
    return len(data)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    if not data.startswith(_PNG_HEAD):
        raise BrokenParts("head")
    at = len(_PNG_HEAD)
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if length > 0x7FFFFFFF:
            raise BrokenParts("length")
        yield name, at, at + 12 + length
        if name == b"IEND":
            return
        at += 12 + length


def _png_blocks(path: Path) -> Iterator[bytes]:
    """Yield the EXIF chunks, stepping over the others without reading them."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        at = len(_PNG_HEAD)
        while at + 12 <= size:
            file.seek(at)
            length, name = struct.unpack(">I4s", file.read(8))
            if name == b"eXIf" and length <= EXIF_LIMIT:
                yield file.read(length)
            if name == b"IEND":
                return
            at += 12 + length


def _clean_png(data: bytes) -> Iterator[bytes]:
    yield _PNG_HEAD
    for name, start, end in _png_chunks(data):
        if name == b"eXIf":
            if cleaned := _patched_block(data[start + 8 : end - 4]):
                yield struct.pack(">I4s", len(cleaned), name) + cleaned
                yield struct.pack(">I", zlib.crc32(name + cleaned))
        elif name in _PNG_KEPT:
            yield data[start:end]


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise BrokenParts("head")
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, at, min(at + 8 + length + (length & 1), len(data))
        at += 8 + length + (length & 1)


def _webp_blocks(path: Path) -> Iterator[bytes]:
    if path.stat().st_size > WHOLE_BYTES:
        return
    data = path.read_bytes()
    for name, start, end in _webp_chunks(data):
        if name == b"EXIF":
            yield data[start + 8 : end]


def _clean_webp(data: bytes) -> Iterator[bytes]:
    parts = []
    for name, start, end in _webp_chunks(data):
        part = data[start:end]
        if name == b"EXIF":
            length = struct.unpack_from("<I", part, 4)[0]
            cleaned = _patched_block(part[8 : 8 + length])
            part = struct.pack("<4sI", name, len(cleaned)) + cleaned + bytes(len(cleaned) & 1) if cleaned else b""
        elif name == b"VP8X":
            part = part[:8] + bytes([part[8] & ~_WEBP_XMP_FLAG]) + part[9:]
        elif name not in (b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"):
            part = b""
        parts.append(part)
    body = b"WEBP" + b"".join(parts)
    yield b"RIFF" + struct.pack("<I", len(body)) + body


def webp_size(path: Path) -> tuple[int, int]:
    """Return width and height of a WebP in pixels, which its own reader only tells after making room for them all."""
    with path.open("rb") as file:
        head = file.read(30)
    name = head[12:16]
    if len(head) == 30 and name == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if len(head) == 30 and name == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if len(head) >= 25 and name == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise BrokenParts("size")
