"""Codes by which people and offices tell records apart: the commune's own, and those the national system issues.

A local code made by this program is ``{commune}-{TYPE3}-{yyyy}-{seq4}-{mark}`` (``21583-CAU-2026-0001-K7QD``). The mark
belongs to the device, so that two devices that have never met do not make the same code. An official identifier is
never made here.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from core.text import clean_text

LOCAL_CODE = "local_code"
MARK_ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
"""Letters and figures that are not taken for one another: no 0 O, 1 I L, 2 Z, 5 S, 8 B."""
MARK_LENGTH = 4
OFFICIAL_LENGTH = 64

_LOCAL = re.compile(rf"(\d{{5}})-([A-Z]{{3}})-(\d{{4}})-(\d{{4,9}})-([{MARK_ALPHABET}]{{{MARK_LENGTH}}})")
_LEGACY_PLAN = re.compile(r"\d{4}[1-4][1-5][0-2]\d{5}", re.ASCII)
_DOSSIER_CODE = re.compile(r"\d{2}(QHC|QPK|QCT)\d\d{2}\d{4}", re.ASCII)


class LocalCode(NamedTuple):
    """The parts of a local code that this program made; ``sequence`` counts from 1 for each type, year and mark."""

    commune: str
    type_code: str
    year: int
    sequence: int
    mark: str


class IdentifierKind(NamedTuple):
    """What an official identifier looks like; a text that can be none has the ``reason`` instead.

    That is ``empty``, ``long``, ``blank`` or ``control``.
    """

    kind: Literal["legacy", "new"] | None
    reason: str | None = None


def device_mark(device_id: str, attempt: int = 0) -> str:
    """Return the mark of a device; ``attempt`` grows when another device was found to have the same one."""
    number = int.from_bytes(hashlib.sha256(f"{device_id}:{attempt}".encode()).digest()[:8], "big")
    letters = []
    for _ in range(MARK_LENGTH):
        number, place = divmod(number, len(MARK_ALPHABET))
        letters.append(MARK_ALPHABET[place])
    return "".join(letters)


def format_local_code(code: LocalCode) -> str:
    """Return the code as it is stored and shown."""
    return f"{code.commune}-{code.type_code}-{code.year:04d}-{code.sequence:04d}-{code.mark}"


def parse_local_code(text: object) -> LocalCode | None:
    """Return the parts of a code that this program made on some device, ``None`` for any other text."""
    found = _LOCAL.fullmatch(text) if isinstance(text, str) and text.isascii() else None
    if found is None:
        return None
    return LocalCode(found[1], found[2], int(found[3]), int(found[4]), found[5])


def is_made_code(text: object) -> bool:
    """Whether a program made this code: it tells records apart, but says nothing of what they are."""
    return parse_local_code(text) is not None


def without_made_code(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values with a code that only the program has made taken for empty."""
    return {**values, LOCAL_CODE: None} if is_made_code(values.get(LOCAL_CODE)) else values


def official_id_kind(text: str) -> IdentifierKind:
    """Return whether an official identifier has the former form or the new one, or why it can be neither.

    Former: the 12 digits of NĐ 111/2024 and TT 24/2025/TT-BXD Đ.4 (province, year, level, kind, adjustment, five more).
    New: NĐ 212/2026 Đ.10 and Đ.14 say only "dãy các ký tự", so anything of 1 to 64 signs without blanks and control
    characters passes. Nothing is altered but by trimming and NFC; the meaning of the signs is the issuer's.
    """
    plain = clean_text(text)
    if not plain:
        return IdentifierKind(None, "empty")
    if len(plain) > OFFICIAL_LENGTH:
        return IdentifierKind(None, "long")
    if any(sign.isspace() for sign in plain):
        return IdentifierKind(None, "blank")
    if any(unicodedata.category(sign) in ("Cc", "Cf") for sign in text.strip()):
        return IdentifierKind(None, "control")
    return IdentifierKind("legacy" if _LEGACY_PLAN.fullmatch(plain) else "new")


def is_dossier_code(text: str) -> bool:
    """Whether ``text`` has the form of maHoSoQH as TT 16/2025/TT-BXD is commonly read (``04QHC0010001``).

    Its formula and its example disagree, so this never decides anything hard.
    """
    return _DOSSIER_CODE.fullmatch(clean_text(text)) is not None
