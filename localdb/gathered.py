"""Rows of a table as columns, gathered piece by piece: what is empty or alike in many rows takes no room."""

from collections.abc import Iterable, Sequence
from typing import Any

_ALIKE = 4  # a column whose first piece has each value this often, on average, is one of few values


class GatheredColumns:
    """The columns ``names`` of the rows that were added; a column's list is not to be changed by who reads it."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._size = 0
        self._columns: dict[str, list[Any]] = {}
        self._known: dict[str, tuple[str, dict[Any, Any]]] = {}
        self._nothing: list[None] = []

    def __len__(self) -> int:
        return self._size

    def add(self, columns: Iterable[Sequence[Any]], count: int) -> None:
        """Add ``count`` rows by their columns, in the order of the names."""
        for name, column in zip(self._names, columns, strict=True):
            held = self._columns.get(name)
            if held is None:
                if column.count(None) == count:
                    continue
                held = self._columns[name] = [None] * self._size
                if (kind := _kind_of(column)) and len(set(column)) * _ALIKE <= count:
                    self._known[name] = (kind, {None: None})
            kind, known = self._known.get(name, ("", {}))
            if kind and kind == _kind_of(column):
                held.extend([known.setdefault(value, value) for value in column])
            else:
                held.extend(column)
        self._size += count
        for held in self._columns.values():
            if len(held) < self._size:
                held.extend([None] * (self._size - len(held)))

    def column(self, name: str) -> list[Any]:
        """Return a column; those that are empty in all rows are one and the same list."""
        held = self._columns.get(name)
        if held is not None:
            return held
        if len(self._nothing) != self._size:
            self._nothing = [None] * self._size
        return self._nothing


def _kind_of(column: Sequence[Any]) -> str:
    """Return of what kind all values of a column are, of which what is equal is the same; nothing for others.

    1 and 1.0 are equal and not the same, nor are 0.0 and -0.0.
    """
    types = set(map(type, column)) - {type(None)}
    if types <= {str, int}:
        return "plain"
    return "floats" if types == {float} and 0.0 not in column else ""
