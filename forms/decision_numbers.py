"""Numbers of decisions and other documents, however they were typed: ``2820/QĐ-UBND``, ``01/2025/QĐ-UBND``."""

import re
from typing import NamedTuple

from core.errors import UserError
from core.text import clean_text, fold_text
from forms.days import parse_day

KINDS = ("QĐ", "NQ", "KH", "TB", "TT", "NĐ")

_KNOWN = {fold_text(kind): kind for kind in KINDS}
_ETH = str.maketrans({"Ð": "Đ", "ð": "đ"})
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_LABEL = re.compile(r"(?:(?:quyết\s+định|nghị\s+quyết|qđ|qd|nq)\s+)?(?:số|so)\s*[:.]?\s*", re.IGNORECASE)
_DATE = re.compile(
    r"[,;(\s]*\b(?:ký\s+)?(?:ngày|ngay)\s*:?\s*(?P<day>\d[\d\s/.-]*\d|\d.*năm\s*\d{4})\s*\)?", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?P<number>[0-9]+[A-Za-zĐđ]?)\s*/\s*(?:(?P<year>[0-9]{4})\s*/\s*)?(?P<kind>[A-Za-zĐđ]+)\s*-\s*"
    r"(?P<body>[A-Za-zĐđ0-9]+(?:\s*[-&.]\s*[A-Za-zĐđ0-9]+)*)"
)
_BODY = re.compile("[A-Za-zĐđ0-9]+")
_BODIES = {"hdnd": "HĐND", "ttg": "TTg"}


class DecisionNumber(NamedTuple):
    """A document's number as it should be written, and the day (``YYYY-MM-DD``) that stood beside it, if any."""

    number: str
    day: str | None = None


def read_decision_number(text: str) -> DecisionNumber:
    """Return the number in its one spelling and the date written beside it.

    ``Số: 2820 /QD - UBND ngày 12/6/2025`` gives ``2820/QĐ-UBND`` and ``2025-06-12``. Bare letters become Đ only in the
    kinds of document that have one, and in HDND. What cannot be read stays as it is, trimmed, its date with it.
    """
    plain = clean_text(clean_text(text).translate(_ETH))
    bare, day = _split_date(_DASHES.sub("-", plain))
    label = _LABEL.match(bare)
    found = _NUMBER.fullmatch(bare[label.end() if label else 0 :].rstrip(" ,;."))
    if found is None:
        return DecisionNumber(plain)
    kind = _KNOWN.get(fold_text(found["kind"]), found["kind"])
    year = f"{found['year']}/" if found["year"] else ""
    body = _BODY.sub(lambda part: _BODIES.get(fold_text(part[0]), part[0].upper()), "".join(found["body"].split()))
    return DecisionNumber(f"{found['number'].upper()}/{year}{kind}-{body}", day)


def normalise_decision_number(text: str) -> str:
    """Return a decision's number in its one spelling, without the date beside it; the same again changes nothing."""
    return read_decision_number(text).number


def decision_key(number: str | None, date: str | None, org: str | None) -> tuple[str, str, str] | None:
    """Return what tells one decision from another, spelling aside; ``None`` without a number."""
    if not number or not clean_text(number):
        return None
    return fold_text(normalise_decision_number(number)), date or "", fold_text(org or "")


def _split_date(text: str) -> tuple[str, str | None]:
    """Return the text without the date at its end, and the day; a date that is none stays in the text."""
    found = next((match for match in _DATE.finditer(text) if match.end() == len(text)), None)
    if found is None:
        return text, None
    written = " ".join(found["day"].split())
    try:
        day = parse_day(written if "năm" in written.lower() else written.replace(" ", ""))
    except UserError:
        return text, None
    return text[: found.start()], day.isoformat()
