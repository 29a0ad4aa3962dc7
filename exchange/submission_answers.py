"""The answers of a phone as the cells that an import reads: numbers, codes, several codes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.text import clean_text
from exchange.xpath import choice_name
from forms.catalogue import Catalogue
from forms.choices import ChoiceList
from forms.model import AnyField, ChoiceField, ChoicesField, IntegerField, NumberField

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NUMBER_LENGTH = 40  # what is longer is judged as text, with the words for it
_CHOSEN = frozenset({"1", "1.0", "true", "True"})


def read_cells(target: AnyField, cells: Sequence[Any], catalogue: Catalogue) -> list[Any]:
    """Return the answers to one question as an import reads them; what means nothing stays as it came."""
    if isinstance(target, NumberField | IntegerField):
        return [_number(cell) for cell in cells]
    if isinstance(target, ChoiceField):
        names = _names(catalogue.choice_list(target.choices))
        return [names.get(cell, cell) if isinstance(cell, str) else cell for cell in cells]
    if isinstance(target, ChoicesField):
        codes = catalogue.choice_list(target.choices)
        return [_several(cell, codes) for cell in cells]
    return list(cells)


def _number(cell: Any) -> Any:
    """Return a phone's number, which has a point whatever the language; anything else as it came."""
    if not isinstance(cell, str) or len(cell) > _NUMBER_LENGTH or not _NUMBER.fullmatch(cell.strip()):
        return cell
    return float(cell) if re.search(r"[.eE]", cell) else int(cell)


def _names(codes: ChoiceList) -> dict[str, str]:
    """Return the names that are not codes themselves, each with its code."""
    return {name: item.code for item in codes if (name := choice_name(item.code)) != item.code}


def _several(cell: Any, codes: ChoiceList) -> Any:
    """Return several answers, which a phone separates with blanks, as the program separates them."""
    if not isinstance(cell, str) or ";" in cell:
        return cell
    names = _names(codes)
    words = cell.split()
    if all(word in codes or word in names for word in words):
        return ";".join(names.get(word, word) for word in words)
    return ";".join(_labels_in(clean_text(cell), codes) or [cell])


def _labels_in(text: str, codes: ChoiceList) -> list[str] | None:
    """Return the codes whose words, one behind the other, make up the text; ``None`` when it holds something else."""
    known = {label: item.code for item in codes for label in item.label.values()}
    at: list[str] = []
    rest = text
    while rest:
        label = max((word for word in known if rest == word or rest.startswith(f"{word} ")), key=len, default=None)
        if label is None:
            return None
        at.append(known[label])
        rest = rest[len(label) :].lstrip()
    return at


def answer_columns(columns: Mapping[str, Any], target: ChoicesField, catalogue: Catalogue) -> dict[str, Sequence[Any]]:
    """Return the columns that each stand for one answer of several, by its code."""
    found: dict[str, Sequence[Any]] = {}
    ends = [f"{head}/" for head in (target.key, *target.label.values())]
    codes = catalogue.choice_list(target.choices)
    names = {choice_name(item.code): item.code for item in codes}
    for name, cells in columns.items():
        head, slash, last = name.rpartition("/")
        if not slash or not any(f"{head}/".endswith(end) for end in ends):
            continue
        matched = [item.code for item in codes.match(last)]
        if code := names.get(last) or (matched[0] if len(matched) == 1 else None):
            found[code] = cells
    return found


def join_answers(cells: Sequence[Any], parts: Mapping[str, Sequence[Any]]) -> list[Any]:
    """Return the answers told one a column where the column of all of them says nothing."""
    return [
        cell or ";".join(code for code, marks in parts.items() if str(marks[place]) in _CHOSEN) or None
        for place, cell in enumerate(cells)
    ]
