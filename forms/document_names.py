"""What the name of a document's file says of it: its kind, number and date, where that can be read for certain."""

import re
from dataclasses import dataclass
from datetime import date

from core.text import clean_text, fold_text

_KINDS: tuple[tuple[str, str], ...] = (
    ("quy_dinh_quan_ly", r"\bquy dinh quan ly\b|\bqdql\b"),
    ("thuyet_minh", r"\bthuyet minh\b|\btmth\b"),
    ("to_trinh", r"\bto trinh\b|\bttr\b"),
    ("bien_ban", r"\bbien ban\b|\bbb\b"),
    ("y_kien", r"\by kien\b|\bgop y\b"),
    ("quyet_dinh", r"\bquyet dinh\b|\bqd\b"),
)
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[-._ ](\d{1,2})[-._ ](\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-._ ](\d{2})[-._ ](\d{2})(?!\d)")
_NUMBER = re.compile(
    r"(?<!\w)(\d{1,5})(?:[-_. ](\d{4}))?[-_. ](QĐ|QD|NQ|KH|TB|TTr|TT|NĐ|ND|BC|CV)"
    r"[-_. ]([A-ZĐ]{2,12}\d{0,2})(?![A-Za-zĐ0-9])"
)
_LETTERS = {"QD": "QĐ", "ND": "NĐ"}


@dataclass(frozen=True, slots=True)
class NameReading:
    """What a file's name says; each part ``None`` when it says nothing, or two different things."""

    title: str
    kind: str | None
    number: str | None
    signed_on: str | None


def read_document_name(file_name: str) -> NameReading:
    """Return what a file name such as ``2820_QĐ-UBND_19-11-2025.pdf`` says; slashes of numbers became other signs.

    Nothing is guessed: a day that is none, two-digit years and two numbers are left unread.
    """
    stem = clean_text(file_name).replace("Ð", "Đ").rpartition(".")[0] or clean_text(file_name)
    plain = " ".join(stem.replace("_", " ").split())
    return NameReading(plain, _kind(plain), _number(stem), _day(stem))


def _kind(text: str) -> str | None:
    folded = re.sub(r"[^a-z0-9]+", " ", fold_text(text))
    return next((kind for kind, pattern in _KINDS if re.search(pattern, folded)), None)


def _number(text: str) -> str | None:
    found = set()
    without_days = _YEAR_FIRST.sub("  ", _DAY_FIRST.sub("  ", text))
    for match in _NUMBER.finditer(without_days):
        number, year, kind, body = match.groups()
        found.add("/".join(part for part in (number, year, f"{_LETTERS.get(kind, kind)}-{body}") if part))
    return found.pop() if len(found) == 1 else None


def _day(text: str) -> str | None:
    days = {_date(int(year), int(month), int(day)) for day, month, year in _DAY_FIRST.findall(text)}
    days |= {_date(int(year), int(month), int(day)) for year, month, day in _YEAR_FIRST.findall(text)}
    return days.pop() if len(days) == 1 else None


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
