"""Rows of a table as columns, gathered piece by piece: what is empty or alike in many rows takes no room."""

from collections.abc import Iterable, Sequence
from typing import Any

_SHARED = frozenset({str, int, type(None)})  # not numbers with a fraction: 1 and 1.0 are equal, and not the same
_ALIKE = 4  # a column whose first piece has each value this often, on average, is one of few values


class GatheredColumns:
    """The columns ``names`` of the rows that were added; a column's list is not to be changed by who reads it."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._size = 0
        self._columns: dict[str, list[Any]] = {}
        self._known: dict[str, dict[Any, Any]] = {}
        self._nothing: list[None] = []

    def __len__(self) -> int:
        return self._size

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows, each with a value for every name."""
        self.add_columns(zip(*rows, strict=True), len(rows))

    def add_columns(self, columns: Iterable[Sequence[Any]], count: int) -> None:
        """Add ``count`` rows by their columns, in the order of the names."""
        for name, column in zip(self._names, columns, strict=True):
            held = self._columns.get(name)
            if held is None:
                if column.count(None) == count:
                    continue
                held = self._columns[name] = [None] * self._size
                if _is_plain(column) and len(set(column)) * _ALIKE <= count:
                    self._known[name] = {}
            known = self._known.get(name)
            if known is None or not _is_plain(column):
                held.extend(column)
            else:
                held.extend([known.setdefault(value, value) for value in column])
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


def _is_plain(column: Sequence[Any]) -> bool:
    return set(map(type, column)) <= _SHARED
