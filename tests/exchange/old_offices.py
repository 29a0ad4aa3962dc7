"""What old offices' files hold: names put into the encodings of their time, by other means than this program's tables.

glibc's iconv has TCVN 5712, VISCII and Windows-1258. VNI it lacks; ``vni_bytes`` composes it from VNI's rule (a letter,
then one byte for its quality and tone), not from the table that the text doctor reads.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from core.resources import program_root
from core.tables import load_table
from exchange.decoding import propose_column_encodings
from exchange.legacy_text import UNICODE, decode_text
from exchange.table import Table

COLUMN_ROWS = 20

_KIND_OF_UNIT = re.compile(r"^(?:Xã|Phường|Thị trấn|Đặc khu)\s+")

_QUALITIES = {"\u0302": "^", "\u0306": "(", "\u031b": "+"}
_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_VNI_PLAIN = dict(zip("sfrxj", b"\xf9\xf8\xfb\xf5\xef", strict=True))
_VNI_MARKS = {
    "^": dict(zip("sfrxj", b"\xe1\xe0\xe5\xe3\xe4", strict=True)) | {"": 0xE2},
    "(": dict(zip("sfrxj", b"\xe9\xe8\xfa\xfc\xeb", strict=True)) | {"": 0xEA},
}
_VNI_WHOLE = {"đ": 0xF1, "í": 0xED, "ì": 0xEC, "ỉ": 0xE6, "ĩ": 0xF3, "ị": 0xF2, "ỵ": 0xEE}
_WITHOUT_APOSTROPHE = frozenset({"TCVN5712-1", "VISCII"})
_VNI_HORNED = {"o": 0xF4, "u": 0xF6}


def has_iconv(*charsets: str) -> bool:
    """Whether this system's iconv has the tables."""
    if not shutil.which("iconv"):
        return False
    known = subprocess.run(["iconv", "-l"], capture_output=True, check=True, text=True).stdout
    return all(charset in known for charset in charsets)


def iconv_all(texts: Sequence[str], charset: str) -> list[bytes]:
    """Return each text in ``charset``, by iconv; what it has no curved apostrophe for was typed with a straight one."""
    given = "\n".join(map(typed, texts) if charset in _WITHOUT_APOSTROPHE else texts).encode()
    done = subprocess.run(["iconv", "-f", "UTF-8", "-t", charset], input=given, capture_output=True, check=True)
    return done.stdout.split(b"\n")


def typed(text: str) -> str:
    """Return ``text`` with the apostrophe of the keyboard."""
    return text.replace("’", "'")


def vni_bytes(text: str) -> bytes:
    """Return ``text`` as VNI-Windows has it."""
    return b"".join(_vni_letter(char) for char in text)


def _vni_letter(char: str) -> bytes:
    small = char.lower()
    raise_by = 0x20 if char != small else 0
    if char.isascii() or char == "’":
        return char.encode("cp1252")
    if small in _VNI_WHOLE:
        return bytes([_VNI_WHOLE[small] - raise_by])
    base, *marks = unicodedata.normalize("NFD", small)
    quality = next((_QUALITIES[mark] for mark in marks if mark in _QUALITIES), "")
    tone = next((_TONES[mark] for mark in marks if mark in _TONES), "")
    if quality == "+":
        letter, mark = _VNI_HORNED[base], _VNI_PLAIN.get(tone)
    else:
        letter, mark = ord(base), _VNI_MARKS[quality][tone] if quality else _VNI_PLAIN[tone]
    return bytes([letter - raise_by]) + (b"" if mark is None else bytes([mark - raise_by]))


@dataclass(frozen=True)
class OldEncoding:
    """An encoding of old files: ``encode`` gives what a reader sees of texts, ``expect`` what they should become,
    ``names`` what the doctor may call it.
    """

    title: str
    encode: Callable[[Sequence[str]], list[str]]
    names: frozenset[str]
    expect: Callable[[str], str] = lambda text: text


def _as_latin1(raw: Sequence[bytes]) -> list[str]:
    return [item.decode("latin-1") for item in raw]


def _as_windows(raw: Sequence[bytes]) -> list[str]:
    """What a program of a Western Windows makes of the bytes: code page 1252, the five gaps as they are."""
    return ["".join(_western(byte) for byte in item) for item in raw]


def _western(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def _small_where_abc_has_no_capital(text: str) -> str:
    """ABC's bytes have capitals only without a tone: with one, its fonts of mixed letters hold the small letter."""
    return "".join(char if char.isascii() or char in "ĂÂÊÔƠƯĐ" else char.lower() for char in typed(text))


def _abc(texts: Sequence[str]) -> list[str]:
    return _as_latin1(iconv_all([_small_where_abc_has_no_capital(text) for text in texts], "TCVN5712-1"))


def _abc_capitals(texts: Sequence[str]) -> list[str]:
    """Text typed for a font of capitals: ASCII capitals, and the small letters for those with a mark."""
    keyed = ["".join(char.upper() if char.isascii() else char.lower() for char in text) for text in texts]
    return _as_latin1(iconv_all(keyed, "TCVN5712-1"))


def _capitals(text: str) -> str:
    return typed(text).upper()


OLD_ENCODINGS = (
    OldEncoding("TCVN3 (ABC), .VnTime", _abc, frozenset({"tcvn3"}), _small_where_abc_has_no_capital),
    OldEncoding("TCVN3 (ABC), .VnTimeH", _abc_capitals, frozenset({"tcvn3-capitals"}), _capitals),
    OldEncoding(
        "TCVN 5712-1",
        lambda texts: _as_latin1(iconv_all(texts, "TCVN5712-1")),
        frozenset({"tcvn3", "tcvn5712"}),
        typed,
    ),
    OldEncoding("VNI-Windows", lambda texts: _as_latin1([vni_bytes(text) for text in texts]), frozenset({"vni"})),
    OldEncoding("VISCII", lambda texts: _as_latin1(iconv_all(texts, "VISCII")), frozenset({"viscii"}), typed),
    OldEncoding("Windows-1258", lambda texts: _as_latin1(iconv_all(texts, "CP1258")), frozenset({"cp1258"})),
    OldEncoding(
        "UTF-8 read as Latin-1", lambda texts: _as_latin1([text.encode() for text in texts]), frozenset({"utf-8"})
    ),
    OldEncoding(
        "UTF-8 read as Windows-1252", lambda texts: _as_windows([text.encode() for text in texts]), frozenset({"utf-8"})
    ),
    OldEncoding(
        "VNI read as Windows-1252", lambda texts: _as_windows([vni_bytes(text) for text in texts]), frozenset({"vni"})
    ),
    OldEncoding(
        "VISCII read as Windows-1252",
        lambda texts: _as_windows(iconv_all(texts, "VISCII")),
        frozenset({"viscii"}),
        typed,
    ),
    OldEncoding(
        "Unicode, decomposed (NFD)",
        lambda texts: [unicodedata.normalize("NFD", text) for text in texts],
        frozenset({"nfd"}),
    ),
    OldEncoding("Unicode as it should be", list, frozenset({UNICODE})),
)
UNTOUCHED = OLD_ENCODINGS[-1]


@cache
def real_names() -> tuple[str, ...]:
    """Return the names of every commune of today and before July 2025 and of the former districts, with and without
    the kind of unit, and the real roads where the shared samples are: over 15,000.
    """
    told = load_table("admin_unit_conversion")
    every = [row[key] for row in load_table("communes") for key in ("full_name", "name")]
    every += [row[key] for row in told for key in ("old_name", "old_district")]
    every += [_KIND_OF_UNIT.sub("", row["old_name"]) for row in told]
    every += real_roads()
    return tuple(dict.fromkeys(unicodedata.normalize("NFC", name).strip() for name in every if name.strip()))


@cache
def real_roads() -> tuple[str, ...]:
    """Return what a real road inventory calls its roads and where they lead; none where the shared samples are not."""
    shared = Path(os.environ.get("DIABA_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    source = shared / "data" / "real" / "01153" / "roads_wgs84.gpkg"
    if not source.exists():
        return ()
    with closing(sqlite3.connect(f"file:{source}?mode=ro&immutable=1", uri=True)) as connection:
        rows = connection.execute(
            'SELECT name, "road number", "road start location", "road end location", district FROM roads'
        ).fetchall()
    return tuple(unicodedata.normalize("NFC", " ".join(cell.split())) for row in rows for cell in row if cell)


def english_and_vietnamese() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the program's own sentences in English and in Vietnamese: real text with quotes, dashes and signs."""
    english, vietnamese = [], []
    for path in sorted((program_root() / "resources" / "messages").glob("*.yaml")):
        for words in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            english.append(words["en"])
            vietnamese.append(words["vi"])
    return tuple(dict.fromkeys(english)), tuple(dict.fromkeys(vietnamese))


def numbers_and_codes() -> tuple[str, ...]:
    """Return cells of drawings and tables that are no words."""
    draw = random.Random(11)
    patterns = (
        "{a} m²", "{a},{b} m³", "{a} ha", "{a}°{c}'{c}\"", "Km{a}+{b}", "±{a}", "{a} {b},{c}", "Ø{a}", "D{a}",
        "½", "{a} × {b}", "QL{c}", "ĐT.{a}", "ĐH.{c}", "BTXM", "{a} €", "{c} °C", "{a}–{b}", "§ {c}", "{a}%", "“{a}”",
        "N{c}/{a}", "{a} µm", "ODT", "CLN", "ĐGT", "0{a}.{b}.{c}", "#{a}", "{a}…", "X²",
    )  # fmt: skip
    cells = (
        draw.choice(patterns).format(a=draw.randint(1, 999), b=draw.randint(100, 999), c=draw.randint(10, 59))
        for _ in range(6000)
    )
    return tuple(dict.fromkeys(cells))


@dataclass(frozen=True)
class Outcome:
    """How the doctor did: ``detected`` columns of ``columns``, ``wrong_letters`` of ``letters`` beyond ASCII."""

    title: str
    columns: int
    detected: int
    letters: int
    wrong_letters: int
    missed: tuple[tuple[str, ...], ...]

    @property
    def share(self) -> float:
        """The share of columns that were recognised."""
        return self.detected / self.columns


def examine(old: OldEncoding, names: Sequence[str], columns: int, seed: int = 5) -> Outcome:
    """Have the doctor look at ``columns`` columns of 20 names drawn from ``names``."""
    raw = dict(zip(names, old.encode(names), strict=True))
    draw = random.Random(seed)
    detected = letters = wrong = 0
    missed: list[tuple[str, ...]] = []
    for _ in range(columns):
        chosen = draw.sample(names, COLUMN_ROWS)
        cells = [raw[name] for name in chosen]
        name = choose_encoding(cells)
        if name in old.names or (name is None and all(map(str.isascii, cells))):
            detected += 1
        else:
            missed.append((str(name), *cells))
        for cell, meant in zip(cells, map(old.expect, chosen), strict=True):
            read = decode_text(cell, name) if name else cell
            letters += sum(not char.isascii() for char in meant)
            if read != meant:
                missed.append((str(name), cell, read, meant))
                wrong += max(1, sum(one != other for one, other in zip(read, meant, strict=False)))
    return Outcome(old.title, columns, detected, letters, wrong, tuple(missed))


def choose_encoding(cells: list[str]) -> str | None:
    """Return the encoding from which an import would repair a column that stands alone."""
    table = Table("x", "x", "text", {"TEN": cells}, None, np.arange(len(cells), dtype=np.int64))
    return propose_column_encodings(table).get("TEN")
