"""What the cells of a column say: which codes of a list they mean, and what the column as a whole measures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from unicodedata import is_normalized

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import UserError
from core.tables import load_table
from core.text import clean_text, fold_text
from exchange.legacy_text import UNKNOWN
from forms.catalogue import Catalogue
from forms.choices import ChoiceList
from forms.model import AnyField, ChoiceField, ChoicesField, TextField
from forms.unit_names import name_key
from forms.values import SEPARATOR, parse_value
from geodesy.numbers import Mark, decide_decimal

Readings = Mapping[str, str | None]
"""Folded text of a cell to the code it means; ``None`` leaves the field empty, the text stays in the lineage."""

Measure = Literal["length", "length_km", "area", "area_ha"]
_MEASURES: tuple[tuple[Measure, float], ...] = (
    ("length", 1.0),
    ("length_km", 1e-3),
    ("area", 1.0),
    ("area_ha", 1e-4),
)
MEASURED_ROWS = 2_000
"""How many rows are measured to see what a column repeats."""

_BORDER = "¶"
_ODD = (f" {_BORDER}", f"{_BORDER} ", "Ð", "ð", UNKNOWN)  # what makes a text other than its cell
_NEAR = 0.02
_MOST = 0.9
_FEW = 3


@dataclass(frozen=True, slots=True)
class ValueReading:
    """One text of a column of codes: how often it stands there, the code taken for it, and how that was found.

    ``listed`` stands in the list, ``synonym`` in the table of other spellings, ``successor`` is a code of older rules
    whose replacement the list names, ``remembered`` was decided earlier for such a file, ``open`` is for the user.
    """

    text: str
    count: int
    code: str | None
    how: Literal["listed", "synonym", "successor", "remembered", "open"]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {"text": self.text, "count": self.count, "code": self.code, "how": self.how}


def value_key(text: object) -> str:
    """Return the text under which the reading of a cell is kept."""
    return fold_text(clean_text(str(text)))


def list_of(target: AnyField, catalogue: Catalogue) -> ChoiceList | None:
    """Return the code list of a field, ``None`` for a field without one."""
    return catalogue.choice_list(target.choices) if isinstance(target, ChoiceField | ChoicesField) else None


def read_values(
    target: AnyField, cells: Sequence[Any], catalogue: Catalogue, known: Readings | None = None
) -> tuple[ValueReading, ...]:
    """Return what each distinct text of a column means as a code of the field's list, the most frequent first.

    ``known`` are readings decided earlier. Nothing for a field without a list.
    """
    codes = list_of(target, catalogue)
    if codes is None:
        return ()
    counts: Counter[str] = Counter()
    for cell, count in tally(cells):
        for part in parts_of(target, cell):
            counts[part] += count
    return tuple(_read(target, codes, text, count, catalogue, known or {}) for text, count in counts.most_common())


def tally(cells: Sequence[Any]) -> list[tuple[Any, int]]:
    """Return each distinct cell of a column with how often it stands there, in the order in which they first come.

    ``True``, 1 and 1.0 are distinct.
    """
    if len(set(map(type, cells)) - {type(None)}) < 2:
        return list(Counter(cells).items())
    counts = Counter(zip(map(type, cells), cells, strict=True))
    return [(cell, count) for (_, cell), count in counts.items()]


def parts_of(target: AnyField, cell: Any) -> list[str]:
    """Return the texts of a cell that are codes by themselves: several where the field takes several."""
    if cell in (None, ""):
        return []
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    parts = str(cell).replace("\n", SEPARATOR).split(SEPARATOR) if isinstance(target, ChoicesField) else [str(cell)]
    return [clean for part in parts if (clean := clean_text(part))]


def _read(
    target: AnyField, codes: ChoiceList, text: str, count: int, catalogue: Catalogue, known: Readings
) -> ValueReading:
    key = value_key(text)
    if key in known:
        return ValueReading(text, count, known[key], "remembered")
    try:
        found = parse_value(target, text, catalogue)
    except UserError:
        code = _synonyms().get(codes.key, {}).get(name_key(text))
        usable = code in codes
        return ValueReading(text, count, code if usable else None, "synonym" if usable else "open")
    code = found[0] if isinstance(found, list) else found
    choice = codes.get(code)
    if choice is not None and choice.successor:
        return ValueReading(text, count, choice.successor, "successor")
    return ValueReading(text, count, code, "listed")


@cache
def _synonyms() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in load_table("choice_words"):
        found.setdefault(row["choices"], {})[row["written"]] = row["code"]
    return found


def decimal_of(target: AnyField, cells: Sequence[Any]) -> Mark | None:
    """Return the decimal mark of a column that is to become a number, as far as its cells tell."""
    if target.type not in ("number", "integer"):
        return None
    return decide_decimal(cell for cell in cells if isinstance(cell, str))


def fit_of(target: AnyField, cells: Sequence[Any], catalogue: Catalogue) -> tuple[float, str | None]:
    """Return which share of the filled rows is a value of the field, and why the first other one is none."""
    if list_of(target, catalogue) is not None:
        readings = read_values(target, cells, catalogue)
        total = sum(item.count for item in readings)
        strange = next((item for item in readings if item.code is None), None)
        reason = _refusal(target, strange.text, catalogue, None) if strange else None
        return (sum(item.count for item in readings if item.code is not None) / total if total else 1.0), reason
    if isinstance(target, TextField):
        filled = [cell for cell in cells if cell not in (None, "")]
        if filled and len(plain_texts(target, filled)) == len(set(filled)):
            return 1.0, None
    decimal = decimal_of(target, cells)
    counts = [(cell, count) for cell, count in tally(cells) if cell not in (None, "")]
    total, good, first = sum(count for _, count in counts), 0, None
    for cell, count in counts:
        reason = _refusal(target, cell, catalogue, decimal)
        good += count if reason is None else 0
        first = first or reason
    return (good / total if total else 1.0), first


def plain_texts(target: TextField, cells: Iterable[Any]) -> dict[str, str]:
    """Return the texts that a field of text takes as they stand, all of a column or none: what most columns hold.

    What is left out is not refused, it is for ``parse_value`` to judge.
    """
    texts = [cell for cell in cells if cell]
    if target.pattern is not None or set(map(type, texts)) - {str}:
        return {}
    joined = _BORDER.join(["", *texts, ""])
    if not joined.isprintable() or not is_normalized("NFC", joined) or any(odd in joined for odd in _ODD):
        return {}
    return dict(zip(texts, texts, strict=True)) if max(map(len, texts), default=0) <= target.max_length else {}


def _refusal(target: AnyField, cell: Any, catalogue: Catalogue, decimal: Mark | None) -> str | None:
    try:
        parse_value(target, cell, catalogue, decimal=decimal)
    except UserError as error:
        return str(error)
    return None


def measure_of(cells: Sequence[Any], shapes: npt.NDArray[np.object_] | None) -> Measure | None:
    """Return what of the shapes a column of numbers repeats, when nine of ten rows do so within 2 %; metres, hectares.

    ``shapes`` lie in a plane in metres, the first rows' at least.
    """
    if shapes is None:
        return None
    cells, shapes = cells[:MEASURED_ROWS], shapes[:MEASURED_ROWS]
    decimal = decide_decimal(cell for cell in cells if isinstance(cell, str))
    numbers = np.array([_number(cell, decimal) for cell in cells], dtype=np.float64)
    filled = np.isfinite(numbers) & (numbers > 0) & ~shapely.is_missing(shapes)
    if filled.sum() < _FEW:
        return None
    lengths, areas = shapely.length(shapes[filled]), shapely.area(shapes[filled])
    for name, factor in _MEASURES:
        expected = (areas if name.startswith("area") else lengths) * factor
        if (expected > 0).all() and np.mean(np.abs(numbers[filled] - expected) <= _NEAR * expected) >= _MOST:
            return name
    return None


def _number(cell: Any, decimal: Mark | None) -> float:
    from geodesy.numbers import parse_number

    if isinstance(cell, bool) or cell is None:
        return float("nan")
    if isinstance(cell, int | float):
        return float(cell)
    try:
        return parse_number(cell, decimal)
    except ValueError:
        return float("nan")
