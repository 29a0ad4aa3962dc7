"""Decodes the bytes of the encodings Vietnamese offices used before Unicode, one decoder for each.

A decoder takes text of which every character is one byte (Latin-1) and gives Unicode; a byte without a letter becomes
U+FFFD.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from core.tables import load_table
from exchange.syllables import is_syllable

UNKNOWN = "\ufffd"
UNICODE = "unicode"
DECOMPOSED = "nfd"
TCVN3 = "tcvn3"
CAPITALS = "tcvn3-capitals"

# Windows draws these for every font, the legacy ones too.
WINDOWS_SIGNS = {
    0x85: "…",
    0x91: "‘",
    0x92: "’",
    0x93: "“",
    0x94: "”",
    0x95: "•",
    0x96: "–",
    0x97: "—",
    0xA0: "\u00a0",
}
_SIGNS_OF_MARKS = "°²³"  # TCVN3's combining marks sit on these bytes; behind no vowel the sign itself is meant
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_CAPITALS = re.compile(r"[A-Z]")
_WORD = re.compile(r"[^\W\d_]+")


@cache
def decoders() -> dict[str, Callable[[str], str]]:
    """Return the decoder of each encoding by its name, the likeliest first."""
    return {
        UNICODE: lambda text: text,
        DECOMPOSED: lambda text: text,
        "utf-8": lambda text: text.encode("latin-1").decode("utf-8", "replace"),
        TCVN3: _decode_tcvn3,
        CAPITALS: lambda text: _decode_tcvn3(text).upper(),
        "vni": lambda text: _decode_table(text, "vni"),
        "viscii": lambda text: _decode_table(text, "viscii"),
        "cp1258": lambda text: text.encode("latin-1").decode("cp1258", "replace"),
        "tcvn5712": lambda text: _decode_table(text, "tcvn5712"),
        "ncr": lambda text: _REFERENCE.sub(_character, text),
    }


def bytes_behind(text: str) -> bytes | None:
    """Return the bytes behind a text that was read as Latin-1 or as Windows-1252, ``None`` when there are none."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        pass
    try:
        return b"".join(char.encode("latin-1" if ord(char) < 0x100 else "cp1252") for char in text)
    except UnicodeEncodeError:
        return None


def is_in_capitals(text: str, decoded: str) -> bool:
    """Whether a text in TCVN3 was set in a font of capitals: no small ASCII letter, yet small Vietnamese ones in its
    words.
    """
    if not may_be_in_capitals(text):
        return False
    return any(
        len(_CAPITALS.findall(word)) >= 2 and any(char.islower() for char in word) and is_syllable(word.upper())
        for word in _WORD.findall(decoded)
    )


def may_be_in_capitals(text: str) -> bool:
    """Whether nothing speaks against a font of capitals: no small ASCII letter."""
    return not any("a" <= char <= "z" for char in text)


@cache
def _table(name: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the pairs of one table, and the pattern that finds the longest of them, or else any byte beyond ASCII."""
    pairs = {
        bytes.fromhex(row["bytes"]).decode("latin-1"): row["text"] for row in load_table(f"legacy_encodings/{name}")
    }
    if name != "viscii":
        pairs = {chr(byte): sign for byte, sign in WINDOWS_SIGNS.items()} | pairs
    longest_first = sorted(pairs, key=len, reverse=True)
    return pairs, re.compile(
        "|".join([*map(re.escape, longest_first), r"[^\x00-\x7f]", r"[\x00-\x08\x0b\x0c\x0e-\x1f]"])
    )


def _decode_table(text: str, name: str) -> str:
    pairs, pattern = _table(name)
    return pattern.sub(lambda found: pairs.get(found[0], UNKNOWN), text)


def _decode_tcvn3(text: str) -> str:
    pairs, pattern = _table("tcvn3")
    parts: list[str] = []
    at = 0
    for found in pattern.finditer(text):
        parts.append(text[at : found.start()])
        letter = pairs.get(found[0], UNKNOWN)
        if unicodedata.combining(letter) and not _composes("".join(parts)[-1:], letter):
            letter = found[0] if found[0] in _SIGNS_OF_MARKS else UNKNOWN
        parts.append(letter)
        at = found.end()
    return "".join([*parts, text[at:]])


def _composes(before: str, mark: str) -> bool:
    return bool(before) and len(unicodedata.normalize("NFC", before + mark)) == 1


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else UNKNOWN
