"""What a batch is asked to say: which empty fields are wanted, and how strongly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forms.expressions import field_names
from forms.model import AnyField, ChoicesField, FilesField, Strength
from forms.requirements import is_filled, required_strength
from validation.batch import Batch, Mask


@dataclass(frozen=True, slots=True)
class Demand:
    """One field: how many records have it (``filled``), and which want it and lack it (bool ``(n,)``), by strength."""

    field: AnyField
    filled: int
    missing: dict[Strength, Mask]

    @property
    def missing_count(self) -> int:
        """How many records lack the field."""
        return sum(int(np.count_nonzero(lack)) for lack in self.missing.values())


def demands_of(batch: Batch) -> list[Demand]:
    """Return every field that has a strength; a filled one counts as wanted, asked for or not."""
    return batch.once("demands", lambda one: list(_find_demands(one)))


def _find_demands(batch: Batch) -> Iterator[Demand]:
    for field in batch.type.fields:
        if field.required is None:
            continue
        empty = _empty(field, batch.column(field.key))
        count = int(np.count_nonzero(empty))
        yield Demand(field, len(batch) - count, _by_strength(batch, field, empty) if count else {})


def _empty(field: AnyField, column: Sequence[Any]) -> Mask:
    if isinstance(field, ChoicesField | FilesField):
        return np.array([not is_filled(value) for value in column], dtype=bool)
    if not column.count(None) and not column.count(""):
        return np.zeros(len(column), dtype=bool)
    return np.array([value is None or value == "" for value in column], dtype=bool)


def _by_strength(batch: Batch, field: AnyField, empty: Mask) -> dict[Strength, Mask]:
    """Return which of the records in which the field is ``empty`` want it, by strength."""
    conditions = [text for text in (field.visible_when, field.required_when) if text is not None]
    if not conditions:
        return {field.required: empty} if field.required else {}
    keys = sorted(frozenset[str]().union(*(field_names(text) for text in conditions)))
    columns = [batch.column(key) for key in keys]
    if all(column.count(column[0]) == len(column) for column in columns):  # one answer for all
        alike = {key: _hashable(column[0]) for key, column in zip(keys, columns, strict=True)}
        strength = required_strength(field, {field.key: None, **alike})
        return {strength: empty} if strength else {}
    found: dict[Strength, list[int]] = {}
    known: dict[tuple[Any, ...], Strength | None] = {}
    for place in np.flatnonzero(empty).tolist():
        values = tuple(_hashable(column[place]) for column in columns)
        if values not in known:
            known[values] = required_strength(field, {field.key: None, **dict(zip(keys, values, strict=True))})
        if strength := known[values]:
            found.setdefault(strength, []).append(place)
    return {strength: _mask(places, len(batch)) for strength, places in found.items()}


def _mask(places: list[int], count: int) -> Mask:
    mask = np.zeros(count, dtype=bool)
    mask[places] = True
    return mask


def _hashable(value: Any) -> Any:
    """Return a value by which equal answers are recognised; what no condition can compare is only there or not."""
    return value if value is None or isinstance(value, (str, int, float)) else repr(value)
