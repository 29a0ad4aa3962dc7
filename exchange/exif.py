"""Reads, and takes the place out of, the tagged directories of TIFF files and of the EXIF blocks that cameras write.

Nothing is trusted: every offset is held against the size, every chain of directories has an end.
"""

import math
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from core.clock import VIETNAM, timestamp

DIRECTORIES_LIMIT = 20_000
ENTRIES_LIMIT = 4_096
VALUE_LIMIT = 1 << 16

ORIENTATION, XRESOLUTION, DATETIME = 0x0112, 0x011A, 0x0132
SUBFILE_TYPE = 0x00FE
EXIF_IFD, GPS_IFD, MAKER_NOTE = 0x8769, 0x8825, 0x927C
TAKEN, DIGITISED, OFFSET, OFFSET_TAKEN, FRACTION_TAKEN = 0x9003, 0x9004, 0x9010, 0x9011, 0x9291
LAT_REF, LAT, LON_REF, LON, ALT_REF, ALT = 1, 2, 3, 4, 5, 6
XMP, IPTC, PHOTOSHOP = 0x02BC, 0x83BB, 0x8649
_PRIVATE = frozenset({GPS_IFD, MAKER_NOTE, XMP, IPTC, PHOTOSHOP, 0xC634})  # the last: maker notes of DNG

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_WHEN = re.compile(r"(\d{4})[:\-/.](\d{2})[:\-/.](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")

ReadAt = Callable[[int, int], bytes]


class BrokenTags(ValueError):
    """These bytes are no directory of tags."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: its type and count, and where its value lies."""

    tag: int
    type: int
    count: int
    at: int
    length: int
    is_inline: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: where it begins and ends, its entries, and where the next one is (0 for none)."""

    at: int
    end: int
    entries: tuple[Entry, ...]
    next: int

    def entry(self, tag: int) -> Entry | None:
        """Return the entry of ``tag``."""
        return next((entry for entry in self.entries if entry.tag == tag), None)


class Tags:
    """A tree of directories in bytes reached by ``read(offset, length)``, ``size`` of them in all."""

    def __init__(self, read: ReadAt, size: int) -> None:
        self._read, self.size = read, size
        head = read(0, 16)
        marks = {b"II*\x00": ("<", False), b"MM\x00*": (">", False), b"II+\x00": ("<", True), b"MM\x00+": (">", True)}
        if head[:4] not in marks or len(head) < (16 if marks[head[:4]][1] else 8):
            raise BrokenTags("no tags")
        self.order, self.is_big = marks[head[:4]]
        self._first: int = self._number("Q", head, 8) if self.is_big else self._number("I", head, 4)

    @classmethod
    def of(cls, block: bytes) -> "Tags":
        """Return the tags of an EXIF block, with or without its name before it."""
        body = block.removeprefix(b"Exif\x00\x00")
        return cls(lambda at, length: body[at : at + length], len(body))

    def directories(self) -> Iterator[Directory]:
        """Yield the main directories, one a page, as far as they are sound."""
        at, seen = self._first, set[int]()
        while at and at not in seen and len(seen) < DIRECTORIES_LIMIT:
            seen.add(at)
            found = self.directory(at)
            if found is None:
                return
            yield found
            at = found.next

    def directory(self, at: int) -> Directory | None:
        """Return the directory at an offset, ``None`` when there is none."""
        width, lead, form = (20, 8, "Q") if self.is_big else (12, 2, "H")
        start = self.bytes_at(at, lead)
        if len(start) < lead:
            return None
        count = self._number(form, start, 0)
        body = self.bytes_at(at + lead, count * width) if 0 < count <= ENTRIES_LIMIT else b""
        if not body or len(body) < count * width:
            return None
        end = at + lead + count * width
        link = self.bytes_at(end, 8 if self.is_big else 4)
        following = self._number("Q" if self.is_big else "I", link, 0) if len(link) in (4, 8) else 0
        entries = tuple(self._entry(body, place * width, at + lead + place * width) for place in range(count))
        return Directory(at, end, entries, following)

    def _entry(self, body: bytes, offset: int, at: int) -> Entry:
        tag, kind = struct.unpack_from(self.order + "HH", body, offset)
        form, field = ("Q", 8) if self.is_big else ("I", 4)
        count: int = self._number(form, body, offset + 4)
        length = count * _SIZES.get(kind, 1)
        inside = at + 4 + field
        if length <= field:
            return Entry(tag, kind, count, inside, length, is_inline=True)
        return Entry(tag, kind, count, self._number(form, body, offset + 4 + field), length, is_inline=False)

    def _number(self, form: str, data: bytes, offset: int) -> int:
        found: int = struct.unpack_from(self.order + form, data, offset)[0]
        return found

    def bytes_at(self, at: int, length: int) -> bytes:
        """Return bytes by their place, empty when they do not all exist."""
        return self._read(at, length) if 0 <= at < self.size and length <= self.size - at else b""

    def child(self, parent: Directory, tag: int) -> Directory | None:
        """Return the directory that an entry of ``parent`` points to."""
        at = self.integer(parent, tag)
        return self.directory(at) if at else None

    def raw(self, directory: Directory, tag: int) -> bytes:
        """Return the bytes of a value, empty when it is missing, cut off or overlong."""
        entry = directory.entry(tag)
        return b"" if entry is None or entry.length > VALUE_LIMIT else self.bytes_at(entry.at, entry.length)

    def text(self, directory: Directory, tag: int) -> str:
        """Return a value as text."""
        return self.raw(directory, tag).split(b"\x00")[0].decode("ascii", "replace").strip()

    def integer(self, directory: Directory, tag: int) -> int | None:
        """Return the first number of a value."""
        entry, raw = directory.entry(tag), self.raw(directory, tag)
        if entry is None or entry.type not in _INTEGERS or len(raw) < _SIZES[entry.type]:
            return None
        return self._number(_INTEGERS[entry.type], raw, 0)

    def fractions(self, directory: Directory, tag: int) -> tuple[float, ...]:
        """Return a value's fractions; one over nothing is not a number."""
        entry, raw = directory.entry(tag), self.raw(directory, tag)
        if entry is None or entry.type not in (5, 10):
            return ()
        pairs = struct.iter_unpack(self.order + ("II" if entry.type == 5 else "ii"), raw[: len(raw) // 8 * 8])
        return tuple(over / under if under else math.nan for over, under in pairs)


@dataclass(frozen=True, slots=True)
class Shot:
    """What a camera noted: when (a timestamp; ``is_assumed`` when it gave no offset), where, how it was held."""

    taken_at: str | None = None
    is_assumed: bool = False
    place: tuple[float, float] | None = None
    altitude_m: float | None = None
    orientation: int = 1


def read_shot(tags: Tags) -> Shot:
    """Return what the first directory says; a value that cannot be is passed over.

    A time without an offset is taken for Vietnam's, UTC+7.
    """
    first = next(tags.directories(), None)
    if first is None:
        return Shot()
    details = tags.child(first, EXIF_IFD)
    taken_at, assumed = _moment(tags, first, details)
    where = tags.child(first, GPS_IFD)
    place, altitude = (_place(tags, where), _altitude(tags, where)) if where else (None, None)
    turned = tags.integer(first, ORIENTATION) or 1
    return Shot(taken_at, assumed, place, altitude if place else None, turned if 1 <= turned <= 8 else 1)


def _moment(tags: Tags, first: Directory, details: Directory | None) -> tuple[str | None, bool]:
    candidates = [(details, TAKEN, OFFSET_TAKEN), (details, DIGITISED, OFFSET_TAKEN), (first, DATETIME, OFFSET)]
    for directory, tag, offset_tag in candidates:
        found = _WHEN.match(tags.text(directory, tag)) if directory else None
        if found is None:
            continue
        offset = _OFFSET.fullmatch(tags.text(details, offset_tag)) if details else None
        zone = VIETNAM
        if offset:
            minutes = int(offset[2]) * 60 + int(offset[3])
            zone = timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes)) if minutes < 960 else VIETNAM
        try:
            moment = datetime(*(int(part) for part in found.groups()), tzinfo=zone)  # type: ignore[arg-type, misc]
            if moment.year >= 1990:
                return timestamp(moment), offset is None
        except (ValueError, OverflowError):
            continue
    return None, False


def _place(tags: Tags, where: Directory) -> tuple[float, float] | None:
    lat = _angle(tags.fractions(where, LAT), tags.text(where, LAT_REF), "NS", 90)
    lon = _angle(tags.fractions(where, LON), tags.text(where, LON_REF), "EW", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None
    return lon, lat


def _angle(parts: tuple[float, ...], side: str, sides: str, most: float) -> float | None:
    """Return degrees to seven decimals (a centimetre), ``None`` for what is no angle."""
    if not 1 <= len(parts) <= 3 or side[:1].upper() not in tuple(sides):
        return None
    if not all(math.isfinite(part) and part >= 0 for part in parts) or any(part >= 60 for part in parts[1:]):
        return None
    degrees = math.fsum(part / 60.0**place for place, part in enumerate(parts))
    if degrees > most:
        return None
    return round(-degrees if side[:1].upper() == sides[1] else degrees, 7)


def _altitude(tags: Tags, where: Directory) -> float | None:
    height = next(iter(tags.fractions(where, ALT)), math.nan)
    if not math.isfinite(height) or abs(height) > 9_000:
        return None
    return round(-height if tags.raw(where, ALT_REF)[:1] == b"\x01" else height, 2)


Patch = tuple[int, bytes]


def place_patches(tags: Tags) -> list[Patch]:
    """Return the replacements (offset, bytes of equal length) that take place and maker notes out of every directory.

    An entry is taken out of its directory, and what it pointed to is overwritten with zeros; nothing moves.
    """
    patches: list[Patch] = []
    for directory in tags.directories():
        details = tags.child(directory, EXIF_IFD)
        for found in (directory, details):
            if found is None or not any(entry.tag in _PRIVATE for entry in found.entries):
                continue
            if where := tags.child(found, GPS_IFD):
                patches += [(entry.at, bytes(entry.length)) for entry in where.entries if _is_inside(tags, entry)]
                patches.append((where.at, bytes(where.end - where.at)))
            private = [entry for entry in found.entries if entry.tag in _PRIVATE]
            patches += [(entry.at, bytes(entry.length)) for entry in private if _is_inside(tags, entry)]
            patches.append((found.at, _directory_without(tags, found)))
    return patches


def _is_inside(tags: Tags, entry: Entry) -> bool:
    return not entry.is_inline and 0 < entry.length <= tags.size - entry.at and entry.at >= 8


def _directory_without(tags: Tags, directory: Directory) -> bytes:
    """Return a directory's bytes, of the same length, without its private entries."""
    width, lead, form, link = (20, 8, "Q", 8) if tags.is_big else (12, 2, "H", 4)
    body = tags.bytes_at(directory.at, directory.end - directory.at + link)
    kept = [
        body[lead + place * width : lead + (place + 1) * width]
        for place, entry in enumerate(directory.entries)
        if entry.tag not in _PRIVATE
    ]
    following = body[directory.end - directory.at :]
    found = struct.pack(tags.order + form, len(kept)) + b"".join(kept) + following
    return found.ljust(len(body), b"\x00")
