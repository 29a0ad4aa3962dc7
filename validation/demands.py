"""What a batch is asked to say: which empty fields are wanted, and how strongly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forms.expressions import field_names
from forms.model import AnyField, ChoicesField, FilesField, Strength
from forms.requirements import is_filled, required_strength
from validation.batch import Batch, Mask


@dataclass(frozen=True, slots=True)
class Demand:
    """One field: how many records have it (``filled``), and which want it and lack it, by strength."""

    field: AnyField
    filled: int
    missing: dict[Strength, npt.NDArray[np.int64]]

    @property
    def missing_count(self) -> int:
        """How many records lack the field."""
        return sum(len(places) for places in self.missing.values())


def demands_of(batch: Batch) -> Iterator[Demand]:
    """Yield every field that has a strength; a filled one counts as wanted, asked for or not."""
    for field in batch.type.fields:
        if field.required is None:
            continue
        empty = _empty(field, batch.column(field.key))
        places = np.flatnonzero(empty)
        missing = _by_strength(batch, field, places)
        yield Demand(field, len(batch) - len(places), missing)


def _empty(field: AnyField, column: Sequence[Any]) -> Mask:
    if isinstance(field, ChoicesField | FilesField):
        return np.array([not is_filled(value) for value in column], dtype=bool)
    if not column.count(None) and not column.count(""):
        return np.zeros(len(column), dtype=bool)
    return np.array([value is None or value == "" for value in column], dtype=bool)


def _by_strength(batch: Batch, field: AnyField, places: npt.NDArray[np.int64]) -> dict[Strength, npt.NDArray[np.int64]]:
    """Return which of the records at ``places``, all empty there, want the field, by strength."""
    conditions = [text for text in (field.visible_when, field.required_when) if text is not None]
    if not len(places):
        return {}
    if not conditions:
        return {field.required: places} if field.required else {}
    keys = sorted(frozenset[str]().union(*(field_names(text) for text in conditions)))
    columns = [batch.column(key) for key in keys]
    found: dict[Strength, list[int]] = {}
    known: dict[tuple[Any, ...], Strength | None] = {}
    for place in places.tolist():
        values = tuple(_hashable(column[place]) for column in columns)
        if values not in known:
            known[values] = required_strength(field, {field.key: None, **dict(zip(keys, values, strict=True))})
        if strength := known[values]:
            found.setdefault(strength, []).append(place)
    return {strength: np.array(where, dtype=np.int64) for strength, where in found.items()}


def _hashable(value: Any) -> Any:
    """Return a value by which equal answers are recognised; what no condition can compare is only there or not."""
    return value if value is None or isinstance(value, (str, int, float)) else repr(value)
