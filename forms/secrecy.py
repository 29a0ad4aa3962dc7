"""Finds the stamps of classified documents, which this program may not carry (Luật Bảo vệ bí mật nhà nước)."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

from core.text import without_unseen
from forms.content import LINEAGE, Content
from forms.files import file_links
from forms.model import RecordType

_BEFORE, _AFTER = r"(?<![^\W\d])", r"(?![^\W\d])"  # no letter; a copy may be called MẬT2
_DEGREES = re.compile(rf"{_BEFORE}(tuyệt|tối) (?:- )?mật{_AFTER}", re.IGNORECASE)
_SAID = re.compile(rf"{_BEFORE}độ mật\W+mật{_AFTER}|{_BEFORE}đóng dấu mật{_AFTER}", re.IGNORECASE)
_STAMP = re.compile(rf"{_BEFORE}(?<!BẢO )(?<!BÍ )MẬT{_AFTER}(?: (\w+))?")
_HARMLESS = frozenset({"DANH", "HOA", "KHẨU", "MÃ", "MÍA", "NGỮ", "ONG", "THƯ", "ĐỘ"})
_HINT = re.compile("mật", re.IGNORECASE)
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_JOINTS = re.compile(r"_|(?<=[^\W_])[-.]+(?=[^\W_])")  # what stands in file names for a blank


def find_stamp(text: str) -> str | None:
    """Return the secrecy stamp that ``text`` carries (MẬT, TỐI MẬT, TUYỆT MẬT), or ``None``."""
    plain = _DASHES.sub("-", _composed(text))
    composed = " ".join(_JOINTS.sub(" ", plain).split())
    if found := _DEGREES.search(composed):
        return f"{found[1]} mật".upper()
    if _SAID.search(composed) or any(found[1] not in _HARMLESS for found in _STAMP.finditer(composed)):
        return "MẬT"  # by itself, and not in a word of daily life: MẬT ĐỘ, MẬT ONG
    return None


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", without_unseen(text))


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


def find_secret_fields(record_type: RecordType, contents: Sequence[Content]) -> dict[int, tuple[str, str]]:
    """Return ``find_secret_field`` of those of very many contents that carry a stamp, by their places.

    Every stamp holds the one word, so that mostly all texts are looked through as one.
    """
    names, files = named_fields(record_type), record_type.keys_of("files")
    said = {content.get(key) for key in names for content in contents}
    said |= {(content.get(LINEAGE) or {}).get("source_file") for content in contents}
    linked = (file_links(content[key]) for key in files for content in contents if content.get(key))
    said |= {text for link in chain.from_iterable(linked) for text in (link.name, link.caption)}
    if not _HINT.search(_composed("\n".join(text for text in said if isinstance(text, str)))):
        return {}
    places = enumerate(contents)
    return {place: found for place, content in places if (found := find_secret_field(record_type, content))}


def _file_texts(record_type: RecordType, content: Content) -> Iterator[tuple[str, str | None]]:
    """Yield the name and the caption of every file linked, with its field."""
    for field in record_type.fields:
        if field.type == "files" and content.get(field.key):
            for link in file_links(content[field.key]):
                yield from ((field.key, link.name), (field.key, link.caption))
