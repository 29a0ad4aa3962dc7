"""The facts of a finding, made ready to stand in a sentence of one language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.messages import Language
from geodesy.numbers import format_number

_DECIMALS = {"_m2": 1, "_percent": 2, "_deg": 1, "_m": 2}
_MOST_ITEMS = 8


def worded(context: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Return ``context`` with numbers, dates, labels and lists as text of ``language``."""
    return {key: _word(key, value, language) for key, value in context.items()}


def _word(key: str, value: Any, language: Language) -> Any:
    if isinstance(value, float):
        return format_number(value, _decimals(key, value), language)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, Mapping):
        return value.get(language, next(iter(value.values()), ""))
    if isinstance(value, (list, tuple)):
        words = [str(_word(key, item, language)) for item in value[:_MOST_ITEMS]]
        return ", ".join(words) + (", …" if len(value) > _MOST_ITEMS else "")
    return value


def _decimals(key: str, value: float) -> int:
    """Return how many decimals a number deserves: by the unit its key ends with, else as many as it has."""
    for suffix, decimals in _DECIMALS.items():
        if key.endswith(suffix):
            return decimals
    fraction = f"{value:.6f}".rstrip("0").partition(".")[2]
    return len(fraction)
