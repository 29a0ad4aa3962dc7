"""Finds the stamps of classified documents, which this program may not carry (Luật Bảo vệ bí mật nhà nước)."""

import re
import unicodedata
from collections.abc import Iterator

from forms.content import LINEAGE, Content
from forms.files import file_links
from forms.model import RecordType

_DEGREES = re.compile(r"(?<!\w)(tuyệt|tối) mật(?!\w)", re.IGNORECASE)
_SAID = re.compile(r"(?<!\w)độ mật ?: ?mật(?!\w)|(?<!\w)đóng dấu mật(?!\w)", re.IGNORECASE)
_STAMP = re.compile(r"(?<!\w)(?<!BẢO )(?<!BÍ )MẬT(?!\w)(?: (\w+))?")


def find_stamp(text: str) -> str | None:
    """Return the secrecy stamp that ``text`` carries (MẬT, TỐI MẬT, TUYỆT MẬT), or ``None``."""
    composed = " ".join(unicodedata.normalize("NFC", text).replace("_", " ").split())
    if found := _DEGREES.search(composed):
        return found.group().upper()
    if _SAID.search(composed) or any(_stands_alone(found.group(1)) for found in _STAMP.finditer(composed)):
        return "MẬT"
    return None


def _stands_alone(follower: str | None) -> bool:
    """Whether MẬT is the stamp and not part of a title in capitals: MẬT ĐỘ, MẬT ONG are words of daily life."""
    return follower is None or not (len(follower) > 1 and follower.isupper())


def named_fields(record_type: RecordType) -> tuple[str, ...]:
    """Return the fields that hold a title or the name of a file."""
    names = [field.key for field in record_type.fields if field.key == "name" or field.key.endswith("_name")]
    return tuple(dict.fromkeys((*record_type.title_fields, *names)))


def find_secret_field(record_type: RecordType, content: Content) -> tuple[str, str] | None:
    """Return the first title or file name among the fields that carries a stamp, and the stamp, or ``None``."""
    source = (content.get(LINEAGE) or {}).get("source_file")
    said = [
        *((key, content.get(key)) for key in named_fields(record_type)),
        (LINEAGE, source),
        *_file_texts(record_type, content),
    ]
    for key, value in said:
        if isinstance(value, str) and (stamp := find_stamp(value)):
            return key, stamp
    return None


def _file_texts(record_type: RecordType, content: Content) -> Iterator[tuple[str, str | None]]:
    """Yield the name and the caption of every file linked, with its field."""
    for field in record_type.fields:
        if field.type == "files" and content.get(field.key):
            for link in file_links(content[field.key]):
                yield from ((field.key, link.name), (field.key, link.caption))
