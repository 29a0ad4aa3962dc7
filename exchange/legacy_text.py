"""The text doctor: recognises and decodes the encodings Vietnamese offices used before Unicode.

Text of unknown encoding arrives as Latin-1, one character a byte, so that nothing is lost before somebody decides.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from core.errors import UserError
from core.tables import load_table
from exchange.syllables import vietnamese_share

UNKNOWN = "\ufffd"
UNICODE = "unicode"

_ALIASES = {"abc": "tcvn3", "utf8": "utf-8", "windows-1258": "cp1258", "nfc": UNICODE, "tcvn5712-1": "tcvn5712"}
# Tried on unknown text. TCVN 5712 with its capitals gives nearly every byte a letter: it would hide damage.
_DETECTED = (UNICODE, "utf-8", "tcvn3", "vni", "viscii", "cp1258", "ncr")
# Windows draws these for every font, the legacy ones too.
_WINDOWS_SIGNS = {
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
_SAMPLE = 400
_DECIDED_SCORE = 0.7
_DECIDED_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class EncodingProposal:
    """One way to read a column: ``score`` is the share of its words that become Vietnamese, 0 to 1.

    ``preview`` shows up to eight texts (before, after); ``unmapped`` counts sampled texts that keep a byte without a
    letter.
    """

    name: str
    score: float
    preview: tuple[tuple[str, str], ...]
    unmapped: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return the proposal as plain JSON-able data."""
        return {
            "name": self.name,
            "score": round(self.score, 3),
            "unmapped": self.unmapped,
            "preview": [list(pair) for pair in self.preview],
        }


def known_encodings() -> tuple[str, ...]:
    """Return the names ``decode_text`` takes, the likeliest first; ``unicode`` leaves the letters as they are."""
    return tuple(_decoders())


def encoding_name(name: str) -> str:
    """Return the one name of an encoding for any of its spellings; raise ENCODING-UNKNOWN."""
    plain = name.strip().lower().replace("_", "-")
    plain = _ALIASES.get(plain, plain)
    if plain not in _decoders():
        raise UserError("ENCODING-UNKNOWN", name=name, known=known_encodings())
    return plain


def decode_text(text: str, name: str, *, capitals: bool | None = None) -> str:
    """Return ``text`` (Latin-1, one character a byte) read in the encoding ``name``, in NFC.

    A byte that has no letter there becomes U+FFFD. A text that cannot be bytes is Unicode already and stays. Fonts
    whose name ends in H draw small letters as capitals: ``capitals`` says so; ``None`` finds it out from words such
    as ``NGHÜA``. Raises ENCODING-UNKNOWN.
    """
    chosen = encoding_name(name)
    if text.isascii() and chosen not in {"ncr", "viscii", "tcvn5712"}:
        return text
    if chosen not in {UNICODE, "ncr"}:
        raw = _as_bytes(text)
        if raw is None or (chosen == "utf-8" and _is_decoded(text, raw)):
            return unicodedata.normalize("NFC", text)
        text = raw.decode("latin-1")
    decoded = unicodedata.normalize("NFC", _decoders()[chosen](text))
    if chosen == "tcvn3" and (_is_in_capitals(text, decoded) if capitals is None else capitals):
        return decoded.upper()
    return decoded


def detect_encoding(values: Iterable[object]) -> list[EncodingProposal]:
    """Return the ways to read a column's texts, best first; none when they hold nothing beyond ASCII.

    Of equal scores the one comes first that changes least: Unicode, UTF-8, then the legacy tables.
    """
    sample = _sample(values)
    composed = [unicodedata.normalize("NFC", text) for text in sample]
    readings: dict[tuple[str, ...], str] = {tuple(composed): UNICODE}
    for name in _DETECTED:
        readings.setdefault(tuple(decode_text(text, name) for text in sample), name)
    proposals = [found for decoded, name in readings.items() if (found := _propose(name, sample, decoded))]
    return sorted(proposals, key=lambda item: (-round(item.score, 6), item.unmapped))  # sorting keeps equals in order


def decided_encoding(proposals: Sequence[EncodingProposal]) -> str | None:
    """Return the name of the best proposal when it is good and no different reading comes near, else ``None``."""
    if not proposals or proposals[0].score < _DECIDED_SCORE:
        return None
    best = proposals[0]
    return best.name if len(proposals) == 1 or best.score - proposals[1].score >= _DECIDED_MARGIN else None


def _sample(values: Iterable[object]) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, str) and (not value.isascii() or "&#" in value or _has_controls(value)):
            found.setdefault(value)
            if len(found) == _SAMPLE:
                break
    return list(found)


def _propose(name: str, sample: Sequence[str], decoded: Sequence[str]) -> EncodingProposal | None:
    share = vietnamese_share(decoded)
    if share is None:
        return None
    pairs = list(zip(sample, decoded, strict=True))
    changes = [pair for pair in pairs if pair[0] != pair[1]]
    return EncodingProposal(name, share, tuple((changes or pairs)[:8]), sum(UNKNOWN in text for text in decoded))


def _as_bytes(text: str) -> bytes | None:
    """Return the bytes behind a text that was read as Latin-1 or as Windows-1252, ``None`` when there are none."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        pass
    try:
        return b"".join(char.encode("latin-1" if ord(char) < 0x100 else "cp1252") for char in text)
    except UnicodeEncodeError:
        return None


def _has_controls(text: str) -> bool:
    return not text.isprintable() and any(char < " " and char not in "\t\n\r" for char in text)


def _is_in_capitals(text: str, decoded: str) -> bool:
    """Whether a text in TCVN3 was set in a font of capitals: no small ASCII letter, yet small Vietnamese ones in its
    words.
    """
    if any("a" <= char <= "z" for char in text):
        return False
    return any(
        len(_CAPITALS.findall(word)) >= 2 and any(char.islower() for char in word) for word in _WORD.findall(decoded)
    )


@cache
def _decoders() -> dict[str, Callable[[str], str]]:
    return {
        UNICODE: lambda text: text,
        "utf-8": lambda text: text.encode("latin-1").decode("utf-8", "replace"),
        "tcvn3": _decode_tcvn3,
        "vni": lambda text: _decode_table(text, "vni"),
        "viscii": lambda text: _decode_table(text, "viscii"),
        "cp1258": lambda text: text.encode("latin-1").decode("cp1258", "replace"),
        "tcvn5712": lambda text: _decode_table(text, "tcvn5712"),
        "ncr": lambda text: _REFERENCE.sub(_character, text),
    }


def _is_decoded(text: str, raw: bytes) -> bool:
    """Whether letters that are no UTF-8 are Vietnamese as they stand: somebody decoded them before."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return vietnamese_share([text]) == 1.0
    return False


@cache
def _table(name: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the pairs of one table, and the pattern that finds the longest of them, or else any byte beyond ASCII."""
    pairs = {
        bytes.fromhex(row["bytes"]).decode("latin-1"): row["text"] for row in load_table(f"legacy_encodings/{name}")
    }
    if name != "viscii":
        pairs = {chr(byte): sign for byte, sign in _WINDOWS_SIGNS.items()} | pairs
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
