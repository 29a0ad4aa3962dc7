"""Finds the stamps of classified documents, which this program may not carry (Luật Bảo vệ bí mật nhà nước)."""

import re
import unicodedata

from forms.content import LINEAGE, Content
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


def find_secret_field(record_type: RecordType, content: Content) -> tuple[str, str] | None:
    """Return the first title or file name among the fields that carries a stamp, and the stamp, or ``None``."""
    names = [field.key for field in record_type.fields if field.key == "name" or field.key.endswith("_name")]
    source = (content.get(LINEAGE) or {}).get("source_file")
    keys = dict.fromkeys((*record_type.title_fields, *names))
    for key, value in [*((key, content.get(key)) for key in keys), (LINEAGE, source)]:
        if isinstance(value, str) and (stamp := find_stamp(value)):
            return key, stamp
    return None
