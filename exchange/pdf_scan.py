"""Looks through the raw bytes of a PDF for what its reader does not tell: active content, PDF/A claim, signatures.

One pass over the file in pieces; object streams are unpacked within limits. Names written with #xx are read as meant.
"""

import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

PIECE_BYTES = 4 << 20
OVERLAP_BYTES = 8 << 10
STREAM_BYTES = 8 << 20
STREAMS_BYTES = 128 << 20
STREAMS_LIMIT = 4_000
SIGNATURES_LIMIT = 100

_HEX = re.compile(rb"#([0-9a-fA-F]{2})")
_ACTIVE = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"/[A-Za-z0-9]*#[0-9a-fA-F]{2}[A-Za-z0-9#]*")
_OBJECT_STREAM = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_STREAM = re.compile(rb"stream\r?\n")
_PART = re.compile(rb"pdfaid:part(?:>|\s*=\s*[\"'])\s*([1-4])")
_LEVEL = re.compile(rb"pdfaid:conformance(?:>|\s*=\s*[\"'])\s*([ABUEFabuef])")
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
_CODE, _CODE_BYTES = b"/AuthCode", 4096  # ISO/TS 32004: what encryption adds has a range too, and signs nothing

NOTES = {
    b"JavaScript": "PDF-SCRIPT",
    b"Launch": "PDF-LAUNCH",
    b"EmbeddedFile": "PDF-ATTACHMENTS",
    b"EmbeddedFiles": "PDF-ATTACHMENTS",
    b"RichMedia": "PDF-MEDIA",
    b"XFA": "PDF-XFA",
    b"SubmitForm": "PDF-SENDS",
    b"ImportData": "PDF-SENDS",
    b"GoToE": "PDF-ATTACHMENTS",
}


@dataclass(slots=True)
class Scan:
    """What the bytes of a PDF told: notes (message codes), part and level of PDF/A, the ranges of its signatures."""

    notes: set[str] = field(default_factory=set)
    pdf_a: str | None = None
    ranges: list[tuple[int, int, int, int]] = field(default_factory=list)

    def look(self, data: bytes) -> None:
        """Take in a piece of plain bytes."""
        for found in _ACTIVE.finditer(data):
            self.notes.add(NOTES[found[1]])
        for escaped in _ESCAPED.finditer(data):
            plain = _HEX.sub(lambda match: bytes([int(match[1], 16)]), escaped[0])
            if found_name := _ACTIVE.fullmatch(plain):
                self.notes |= {NOTES[found_name[1]], "PDF-HIDDEN-NAMES"}
        if self.pdf_a is None and (part := _PART.search(data)):
            level = _LEVEL.search(data)
            self.pdf_a = (part[1] + (level[1].lower() if level else b"")).decode("ascii")


def scan_pdf(path: Path) -> Scan:
    """Return what the raw bytes of a PDF tell."""
    scan, streams, rest, at = Scan(), list[int](), b"", 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            window, start = rest + piece, at - len(rest)
            scan.look(window)
            for found in _BYTE_RANGE.finditer(window):
                if _is_of_encryption(window, found.start()):
                    continue
                numbers = tuple(int(number) for number in found.groups())
                if numbers not in scan.ranges and len(scan.ranges) < SIGNATURES_LIMIT:
                    scan.ranges.append(numbers)  # type: ignore[arg-type]
            if len(streams) < STREAMS_LIMIT:
                streams += [start + found.start() for found in _OBJECT_STREAM.finditer(window)]
            at += len(piece)
            rest = window[-OVERLAP_BYTES:]
        _look_into_streams(file, sorted(set(streams))[:STREAMS_LIMIT], scan)
    return scan


def _is_of_encryption(window: bytes, at: int) -> bool:
    begin = window.rfind(_CODE, max(0, at - _CODE_BYTES), at)
    return begin >= 0 and b">>" not in window[begin:at]


def _look_into_streams(file: BinaryIO, places: list[int], scan: Scan) -> None:
    left = STREAMS_BYTES
    for place in places:
        file.seek(max(0, place - 512))
        data = file.read(STREAM_BYTES + 4096)
        begin = _STREAM.search(data, min(512, place))
        if begin is None or left <= 0:
            continue
        try:
            plain = zlib.decompressobj().decompress(data[begin.end() :], min(STREAM_BYTES, left))
        except zlib.error:
            continue
        left -= len(plain)
        scan.look(plain)
