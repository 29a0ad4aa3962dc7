"""Finds the coordinate system that the titles of a text file name in words."""

import re
from collections.abc import Iterable

from core.text import fold_text

_AXIS = re.compile(
    r"(?:kinh tuyen(?: truc)?|\(?ktt\)?|axis)(?: so| dia phuong| trung uong)?\s*[:=]?\s*"
    r"(\d{2,3})(?:[.,](\d{1,4}))?(?:\s*(?:°|º|do|-)\s*(\d{1,2})?)?"
)
_WIDTH = re.compile(r"(?:mui(?: chieu)?|zone)\s*[:=]?\s*([36])\b")
_HANOI_72 = re.compile(r"\bhn\s*-?\s*72\b|ha noi\s*-?\s*72")
_WGS84 = re.compile(r"\bwgs\s*-?\s*84\b")
_VN2000 = re.compile(r"\bvn\s*-?\s*2000\b")


def find_declared_system(titles: Iterable[str]) -> str | None:
    """Return the system the titles name, in a form ``geodesy.systems.parse_system`` takes, else ``None``.

    ``HN-72`` comes back as it is: it is named, and no reader may take the file for one that names nothing.
    """
    text = " ".join(fold_text(title) for title in titles)
    if _HANOI_72.search(text):
        return "HN-72"
    axis, width = _AXIS.search(text), _WIDTH.search(text)
    if axis and not (axis[2] and axis[3]) and int(axis[3] or 0) < 60:
        degrees = float(f"{axis[1]}.{axis[2] or 0}") + int(axis[3] or 0) / 60
        return f"VN2000:{degrees:g}/{width[1] if width else 3}"
    if _WGS84.search(text) and not _VN2000.search(text):
        return "WGS84"
    return None
