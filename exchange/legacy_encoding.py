"""Unicode into the bytes of TCVN3 (ABC), for programs that draw them with .Vn… fonts; the text doctor reads them."""

import unicodedata
from functools import cache

from core.tables import load_table
from exchange.legacy_decoders import WINDOWS_SIGNS
from exchange.legacy_text import decode_text

_SIGNS_OF_MARKS = "°²³"  # on the bytes of combining marks; behind a letter that takes no mark they are read as signs


def encode_tcvn3(text: str) -> tuple[str, str | None]:
    """Return the text with one character (Latin-1) for each byte, and the first letter that TCVN3 does not have.

    A capital with a tone has no byte of its own: it is the capital and the tone's combining byte, which reading joins
    again. What reading would take for something else is named as strange, too.
    """
    plain = unicodedata.normalize("NFC", text)
    parts: list[str] = []
    for letter in plain:
        found = _encode_letter(letter)
        if found is None:
            return "".join(parts), letter
        parts.append(found)
    encoded = "".join(parts)
    back = decode_text(encoded, "tcvn3")
    strange = next((ours for ours, theirs in zip(plain, back, strict=False) if ours != theirs), None)
    return encoded, strange if strange is not None else None if back == plain else plain[-1]


def _encode_letter(letter: str) -> str | None:
    table = _table()
    if letter.isascii() or letter in _SIGNS_OF_MARKS:
        return letter
    if letter in table:
        return table[letter]
    *base, mark = list(unicodedata.normalize("NFD", letter))
    for place in range(len(base)):  # the tone is last, or stands before the horn or the breve
        marks = [*base[1:], mark]
        tone = marks.pop(place) if place < len(marks) else mark
        bare = unicodedata.normalize("NFC", "".join([base[0], *marks]))
        head = bare if bare.isascii() and len(bare) == 1 else table.get(bare)
        if head is not None and tone in table:
            return head + table[tone]
    return None


@cache
def _table() -> dict[str, str]:
    """Return the byte, as a Latin-1 character, of each letter, each combining tone and the signs that Windows draws."""
    signs = {sign: chr(byte) for byte, sign in WINDOWS_SIGNS.items()}
    rows = load_table("legacy_encodings/tcvn3")
    return signs | {row["text"]: bytes.fromhex(row["bytes"]).decode("latin-1") for row in rows}
