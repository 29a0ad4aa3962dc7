"""What a record says of a file kept with it: which content, under which name, taken when and where."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from core.clock import parse_timestamp, timestamp
from core.text import clean_text
from forms.model import RecordType

NAME_LENGTH, CAPTION_LENGTH = 200, 1000
NAME_BYTES = 250  # of UTF-8; Linux stops at 255, and a Vietnamese letter takes up to three
LINKS_LIMIT = 1000  # of one field; a record with more is a folder, not an object

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")  # control, bidi, no width
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.I
)  # Windows opens no file
_BYTES_LIMIT, _PAGE_LIMIT = 1 << 53, 100_000


@dataclass(frozen=True, slots=True)
class FileLink:
    """One file of a record.

    ``sha256`` names the content, of which the store holds one copy however many records link to it. ``page`` is the
    page of a document that the record means (from 1), ``taken_at`` a timestamp, ``place`` longitude and latitude in
    degrees (WGS 84), as the camera noted them.
    """

    sha256: str
    name: str
    bytes: int
    mime: str
    page: int | None = None
    caption: str | None = None
    taken_at: str | None = None
    place: tuple[float, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the link as plain JSON-able data, empty keys left out."""
        found = {key: value for key, value in asdict(self).items() if value is not None}
        return found if self.place is None else {**found, "place": list(self.place)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "FileLink":
        """Return the link of ``as_dict``; raise ``ValueError`` naming the key of whatever is no such thing."""
        if not isinstance(data, Mapping) or not {"sha256", "name", "bytes", "mime"} <= set(data) <= _KEYS:
            raise ValueError("link")
        for key, is_right in _CHECKS.items():
            if (value := data.get(key)) is not None and not is_right(value):
                raise ValueError(key)
        if any(data[key] is None for key in ("sha256", "name", "bytes", "mime")):
            raise ValueError("link")
        place = data.get("place")
        return cls(**{**data, "place": None if place is None else (float(place[0]), float(place[1]))})


def _is_shown(text: Any, length: int) -> bool:
    """Whether this is text as it is stored, with nothing in it that the reader would not see."""
    return isinstance(text, str) and 0 < len(text) <= length and clean_text(text) == text and not _UNSEEN.search(text)


def is_file_name(text: Any) -> bool:
    """Whether a link may call a file this: no path, no reserved sign, no unseen character."""
    return _is_shown(text, NAME_LENGTH) and not _NOT_IN_NAMES.search(text) and text.strip(". ") != ""


def clean_name(text: str) -> str:
    """Return the nearest name that ``is_file_name``, and that a file can have on every system.

    No name of a device, no dot at its end, which Windows drops, and no more bytes than Linux takes. Links may have
    other names, in records older than this rule or from elsewhere: clean a name again before a file is called by it.
    """
    name = _NOT_IN_NAMES.sub("_", _UNSEEN.sub("", clean_text(text.replace("\\", "/").rpartition("/")[2])))
    name = name.strip().rstrip(". ")
    name = _shortened(f"_{name}" if _DEVICE.match(name) else name)
    return name if is_file_name(name) else "_"


def _shortened(name: str) -> str:
    """Return a name within the limits; what is left out stands before its ending."""
    stem, dot, suffix = name.rpartition(".")
    suffix = dot + suffix if stem and len(suffix) < 20 else ""
    stem = name.removesuffix(suffix)
    room = NAME_BYTES - len(suffix.encode("utf-8", "surrogatepass"))
    short = stem[: NAME_LENGTH - len(suffix)].encode("utf-8", "surrogatepass")[:room].decode("utf-8", "ignore")
    return name if short == stem else short.rstrip(". ") + suffix


def _is_moment(text: Any) -> bool:
    try:
        return isinstance(text, str) and timestamp(parse_timestamp(text)) == text
    except (ValueError, OverflowError):
        return False


def _is_place(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return False
    if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
        return False
    return all(math.isfinite(item) for item in value) and abs(value[0]) <= 180 and abs(value[1]) <= 90


def is_sha256(text: Any) -> bool:
    """Whether this is a SHA-256 in lower-case hexadecimal."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


_KEYS = frozenset(item.name for item in fields(FileLink))
_CHECKS: dict[str, Any] = {
    "sha256": is_sha256,
    "name": is_file_name,
    "bytes": lambda value: type(value) is int and 0 < value < _BYTES_LIMIT,
    "mime": lambda value: isinstance(value, str) and _MIME.fullmatch(value) is not None,
    "page": lambda value: type(value) is int and 1 <= value <= _PAGE_LIMIT,
    "caption": lambda value: _is_shown(value, CAPTION_LENGTH),
    "taken_at": _is_moment,
    "place": _is_place,
}


def file_links(value: Any) -> tuple[FileLink, ...]:
    """Return the links of a ``files`` field's value, none for an empty one.

    Raise ``ValueError`` for what is no list of links, for too many, and for the same page of the same content twice.
    """
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > LINKS_LIMIT:
        raise ValueError("links")
    links = tuple(item if isinstance(item, FileLink) else FileLink.from_dict(item) for item in value)
    if len({(link.sha256, link.page) for link in links}) != len(links):
        raise ValueError("sha256")
    return links


def plain_links(value: Any) -> list[dict[str, Any]] | None:
    """Return the one stored form of a ``files`` field's value; raise ``ValueError`` as ``file_links`` does."""
    return [link.as_dict() for link in file_links(value)] or None


def attached_files(record_type: RecordType, values: Mapping[str, Any]) -> tuple[FileLink, ...]:
    """Return the links in all of a record's ``files`` fields; raise ``ValueError`` as ``file_links`` does."""
    keys = [field.key for field in record_type.fields if field.type == "files"]
    return tuple(link for key in keys for link in file_links(values.get(key)))


def linked_files(record_type: RecordType, values: Mapping[str, Any]) -> tuple[FileLink, ...]:
    """Return every file whose content a record names: by its links, or by the fields of a type about one file.

    Raise ``ValueError`` as ``file_links`` does.
    """
    found = attached_files(record_type, values)
    sha256, size = values.get("file_sha256"), values.get("file_bytes")
    if is_sha256(sha256):
        name, mime = values.get("file_name") or sha256, values.get("file_mime")
        return (*found, FileLink(str(sha256), str(name), size or 0, mime or "application/octet-stream"))
    return found
