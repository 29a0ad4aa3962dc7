"""What stands in a drawing's text once codes, formats and the font's own letters are read; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath, PureWindowsPath

from core.tables import load_table
from core.text import clean_text
from exchange.legacy_text import decode_text

_UNICODE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_MULTIBYTE = re.compile(r"\\M\+([1-5])([0-9A-Fa-f]{4})")
_PERCENT = re.compile(r"%%(?:(\d{3})|(.))", re.DOTALL)
_SIGNS = {"c": "Ø", "d": "°", "p": "±", "%": "%"}
_KEPT = 0xE000  # where a sign waits until the letters of its font are read: °, ± and Ø are letters of TCVN3
_WAITING = re.compile("[\ue000-\ue0ff]")
_CODE_PAGES = {"1": "cp932", "2": "cp950", "3": "cp949", "4": "johab", "5": "gbk"}
_LATIN = re.compile(r"[\x00-\xff\u0152-\u0192\u02c6\u02dc\u2013-\u2122]+")
_FONT_SUFFIXES = {".ttf", ".ttc", ".otf", ".shx", ".pfb"}


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a font's bytes are letters: the encoding, ``None`` for Unicode or not known, and whether all are capitals."""

    encoding: str | None = None
    capitals: bool = False


@cache
def lettering_of(font: str) -> Lettering:
    """Return what a font's or a text style's name says of its letters."""
    name = PureWindowsPath(PurePosixPath(font.strip()).name).name.lower()
    for suffix in _FONT_SUFFIXES:
        name = name.removesuffix(suffix)
    for row in load_table("legacy_encodings/fonts"):
        if name.startswith(row["begins"]):
            return Lettering(row["encoding"], bool(row["capitals"]) and name.endswith(row["capitals"]))
    return Lettering()


def read_text(raw: str, lettering: Lettering) -> str:
    """Return a single-line text (TEXT, ATTRIB) as a person reads it, in NFC and trimmed.

    Signs that the drawing's own codes stand for (``%%c``) wait for ``finish_text``: no letter is to be made of them.
    """
    return clean_text(read_letters(_escapes(raw), lettering))


def read_paragraphs(raw: str, lettering: Lettering) -> str:
    """Return a formatted text (MTEXT) without its formats, one space for each line end.

    A font named inside counts for what stands under it. As with ``read_text``, signs wait for ``finish_text``.
    """
    from ezdxf.tools.text import MTextContext, MTextParser, TokenType

    context = MTextContext()
    outer = context.font_face.family
    parts: list[str] = []
    for token in MTextParser(_escapes(raw), context):
        if token.type in (TokenType.WORD, TokenType.STACK):
            family = token.ctx.font_face.family
            used = lettering if family == outer else lettering_of(family)
            parts.append(read_letters(token.data if token.type == TokenType.WORD else _stacked(token.data), used))
        elif token.type != TokenType.PROPERTIES_CHANGED:
            parts.append(" ")
    return clean_text("".join(parts))


def finish_text(text: str) -> str:
    """Return a text with the signs in it that waited until its letters were read."""
    return _WAITING.sub(lambda found: chr(ord(found[0]) - _KEPT), text)


def without_signs(text: str) -> str:
    """Return a text without the signs that wait, for telling its encoding."""
    return _WAITING.sub("", text)


def fonts_inside(raw: str) -> Iterator[str]:
    r"""Yield the fonts a formatted text names with ``\f``."""
    for found in re.finditer(r"\\[fF]([^|;\\]+)", raw):
        yield found[1]


def _stacked(data: tuple[str, str, str]) -> str:
    upper, lower, kind = data
    return f"{upper}{'/' if kind in '/#' else ' '}{lower}".strip() if lower else upper


def unescaped(raw: str) -> str:
    r"""Return a text with the letters that ``\U+XXXX`` stands for."""
    return _UNICODE.sub(lambda match: chr(int(match[1], 16)), raw) if "\\U+" in raw else raw


def _escapes(raw: str) -> str:
    found = unescaped(raw)
    found = _MULTIBYTE.sub(_multibyte, found) if "\\M" in found else found
    return _PERCENT.sub(_sign, found) if "%%" in found else found


def _multibyte(found: re.Match[str]) -> str:
    return bytes.fromhex(found[2]).decode(_CODE_PAGES[found[1]], "replace")


def _sign(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1])) if int(found[1]) < 256 else found[0]
    sign = found[2].lower()
    if sign in _SIGNS:
        return chr(_KEPT + ord(_SIGNS[sign]))
    return "" if sign in "uok" else found[0]


def read_letters(text: str, lettering: Lettering) -> str:
    """Return a text in the letters of its font; what is Unicode beyond its bytes already stays."""
    if lettering.encoding is None:
        return text
    encoding, capitals = lettering.encoding, lettering.capitals
    read = _LATIN.sub(lambda run: decode_text(run[0], encoding, capitals=capitals or None), text)
    return read.upper() if capitals else read
