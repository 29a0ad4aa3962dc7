"""The text doctor: recognises the encodings Vietnamese offices used before Unicode, and repairs text from them.

Text of unknown encoding arrives as Latin-1, one character a byte, so that nothing is lost before somebody decides.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import UserError
from core.messages import Language, render
from exchange.at_home import without_signs_at_home
from exchange.legacy_decoders import (
    CAPITALS,
    DECOMPOSED,
    TCVN3,
    UNICODE,
    UNKNOWN,
    bytes_behind,
    decoders,
    is_in_capitals,
    may_be_in_capitals,
)
from exchange.syllables import vietnamese_share

__all__ = [
    "UNICODE",
    "UNKNOWN",
    "UNREPAIRED",
    "EncodingProposal",
    "decided_encoding",
    "decode_text",
    "detect_encoding",
    "encoding_label",
    "encoding_name",
    "known_encodings",
    "preview_pairs",
]

PREVIEW_ROWS = 20
UNREPAIRED = "utf-8"
"""Named for a column whose text needs no repair: bytes that are UTF-8 are read as such, anything else stays."""

_ALIASES = {"abc": TCVN3, "utf8": "utf-8", "windows-1258": "cp1258", "nfc": UNICODE, "tcvn5712-1": "tcvn5712"}
_ALIASES |= {"vnh": CAPITALS, "tcvn3h": CAPITALS}
# Tried on unknown text, TCVN 5712 with its capitals only where its words stand the test: it gives nearly every byte a
# letter, which would hide damage.
_DETECTED = ("utf-8", CAPITALS, TCVN3, "vni", "viscii", "cp1258", "ncr")
_FAMILIES = {CAPITALS: TCVN3, "tcvn5712": TCVN3, DECOMPOSED: UNICODE}
_SAMPLE = 400
_DECIDED_SCORE = 0.7
_DECIDED_MARGIN = 0.1
_AHEAD_SCORE = 0.5  # names of the highlands are no syllables; then a reading is taken that is far ahead of the others
_AHEAD_MARGIN = 0.4
_SOUND_SHARE = 0.9
_SOUND_UTF8 = 0.95  # bytes that are UTF-8 throughout are hardly anything else, whatever the language


@dataclass(frozen=True, slots=True)
class EncodingProposal:
    """One way to read a column: ``score`` is the share of its words that become Vietnamese, 0 to 1.

    ``preview`` shows up to 20 texts (before, after), those that change first; ``unmapped`` counts sampled texts that
    keep a byte without a letter.
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
    """Return the names ``decode_text`` takes, the likeliest first; ``unicode`` leaves the letters as they are.

    ``nfd`` is Unicode whose marks stand apart, ``tcvn3-capitals`` TCVN3 in a font of capitals (``.VnTimeH``), ``utf-8``
    the bytes of UTF-8 that somebody read as Latin-1 or Windows-1252, ``ncr`` what HTML writes as ``&#7879;``.
    """
    return tuple(decoders())


def encoding_name(name: str) -> str:
    """Return the one name of an encoding for any of its spellings; raise ENCODING-UNKNOWN."""
    plain = name.strip().lower().replace("_", "-")
    plain = _ALIASES.get(plain, plain)
    if plain not in decoders():
        raise UserError("ENCODING-UNKNOWN", name=name, known=known_encodings())
    return plain


def encoding_label(name: str, language: Language | None = None) -> str:
    """Return what people call an encoding."""
    return render(f"ENCODING-{encoding_name(name).upper()}", {}, language)


def decode_text(text: str, name: str, *, capitals: bool | None = None) -> str:
    """Return ``text`` (Latin-1, one character a byte) read in the encoding ``name``, in NFC.

    A byte that has no letter there becomes U+FFFD. A text that cannot be bytes is Unicode already and stays. Fonts
    whose name ends in H draw small letters as capitals: ``capitals`` says so; ``None`` finds it out from words such
    as ``NGHÜA``. Raises ENCODING-UNKNOWN.
    """
    chosen = encoding_name(name)
    if text.isascii() and chosen not in {"ncr", "viscii", "tcvn5712", CAPITALS}:
        return text
    if chosen not in {UNICODE, DECOMPOSED, "ncr"}:
        raw = bytes_behind(text)
        if raw is None or (chosen == "utf-8" and _is_decoded(text, raw)):
            return unicodedata.normalize("NFC", text)
        text = raw.decode("latin-1")
    decoded = unicodedata.normalize("NFC", decoders()[chosen](text))
    if chosen == TCVN3 and (is_in_capitals(text, decoded) if capitals is None else capitals):
        return decoded.upper()
    return decoded


def detect_encoding(values: Iterable[object]) -> list[EncodingProposal]:
    """Return the ways to read a column's texts, best first; none when they hold nothing beyond ASCII.

    Of equal scores the one comes first that changes least: Unicode, UTF-8, then the legacy tables.
    """
    sample = _sample(values)
    telling = [text for text in sample if _is_telling(without_signs_at_home(text))]
    if not telling:  # m², 12°, “…”: signs that any text may hold
        return [EncodingProposal(UNICODE, 1.0, preview_pairs(sample, UNICODE))] if sample else []
    composed = [unicodedata.normalize("NFC", text) for text in telling]
    readings = {tuple(composed): DECOMPOSED if composed != telling else UNICODE}
    for name in _DETECTED:
        if name != CAPITALS or _are_in_capitals(telling):
            readings.setdefault(tuple(decode_text(text, name) for text in telling), name)
    if (capable := _read_capitals_of_tcvn(telling)) is not None:
        readings.setdefault(capable, "tcvn5712")
    proposals = [found for decoded, name in readings.items() if (found := _propose(name, sample, telling, decoded))]
    if any(bytes_behind(text) is None for text in telling):
        proposals = _of_unicode(proposals)
    return sorted(proposals, key=lambda item: (-round(item.score, 6), item.unmapped))  # sorting keeps equals in order


def decided_encoding(proposals: Sequence[EncodingProposal]) -> str | None:
    """Return the name of the best proposal when it is good and no different reading comes near, else ``None``."""
    if not proposals:
        return None
    best = proposals[0]
    rivals = (item.score for item in proposals[1:] if _family(item.name) != _family(best.name))
    margin = best.score - next(rivals, -1.0)
    near = best.score >= _DECIDED_SCORE and margin >= _DECIDED_MARGIN
    return best.name if near or (best.score >= _AHEAD_SCORE and margin >= _AHEAD_MARGIN) else None


def preview_pairs(texts: Iterable[str], name: str) -> tuple[tuple[str, str], ...]:
    """Return up to 20 different texts before and after their repair, those that change first."""
    pairs = [(text, decode_text(text, name)) for text in dict.fromkeys(texts)]
    pairs.sort(key=lambda pair: pair[0] == pair[1])
    return tuple(pairs[:PREVIEW_ROWS])


def _family(name: str) -> str:
    return _FAMILIES.get(name, name)


def _sample(values: Iterable[object]) -> list[str]:
    found: dict[str, None] = {}
    texts = [value for value in values if isinstance(value, str)]
    together = "".join(texts)
    if together.isprintable() and together.isascii() and "&#" not in together:
        return []
    for value in texts:
        if _is_telling(value):
            found.setdefault(value)
            if len(found) == _SAMPLE:
                break
    return list(found)


def _is_telling(text: str) -> bool:
    return not text.isascii() or "&#" in text or _has_controls(text)


def _propose(
    name: str, sample: Sequence[str], telling: Sequence[str], decoded: Sequence[str]
) -> EncodingProposal | None:
    share = _share(decoded)
    if name == "utf-8" and all(map(_is_sound_utf8, telling)):
        share = max(share or 0.0, _SOUND_UTF8)
    if share is None and _family(name) != UNICODE:
        return None
    return EncodingProposal(name, share or 0.0, preview_pairs(sample, name), sum(UNKNOWN in text for text in decoded))


def _of_unicode(proposals: list[EncodingProposal]) -> list[EncodingProposal]:
    """Return the ways to read a column of which some text can only be Unicode: bytes among it must prove themselves."""
    unicode = next((item.score for item in proposals if _family(item.name) == UNICODE), 0.0)
    return [item for item in proposals if _family(item.name) == UNICODE or item.score >= unicode + _DECIDED_MARGIN]


def _is_sound_utf8(text: str) -> bool:
    raw = bytes_behind(text)
    try:
        return raw is not None and not raw.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False


def _are_in_capitals(texts: Sequence[str]) -> bool:
    """Whether a column was typed for a font of capitals: nothing speaks against it anywhere, some words for it."""
    decoded = [decode_text(text, TCVN3, capitals=False) for text in texts]
    return all(map(may_be_in_capitals, texts)) and any(map(is_in_capitals, texts, decoded))


def _read_capitals_of_tcvn(texts: Sequence[str]) -> tuple[str, ...] | None:
    """Return the texts read as TCVN 5712 with its capitals, where they are TCVN3 and the letters that it alone has
    make good words.
    """
    plain = [decode_text(text, TCVN3) for text in texts]
    full = [decode_text(text, "tcvn5712") for text in texts]
    differing = [(one, other) for one, other in zip(plain, full, strict=True) if one.lower() != other.lower()]
    if not differing or (_share(full) or 0.0) < (_share(texts) or 0.0) + _DECIDED_MARGIN:
        return None
    before, after = (_share(side) for side in zip(*differing, strict=True))
    after = 1.0 if after is None else after  # letters that stand alone: they contradict nothing
    return tuple(full) if after >= _SOUND_SHARE and after > (before or 0.0) else None


def _share(texts: Iterable[str]) -> float | None:
    return vietnamese_share(map(without_signs_at_home, texts))


def _has_controls(text: str) -> bool:
    return not text.isprintable() and any(char < " " and char not in "\t\n\r" for char in text)


def _is_decoded(text: str, raw: bytes) -> bool:
    """Whether letters that are no UTF-8 are Vietnamese as they stand: somebody decoded them before."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return vietnamese_share([text]) == 1.0
    return False
