"""Where very many records come from, column by column: most of it is the same for all rows of a file."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, overload

from forms.record import LINEAGE_KEYS, Lineage

RAW_VALUES = "raw_values"
_FACTS = tuple(key for key in LINEAGE_KEYS if key not in (RAW_VALUES, "derived_from", "derivation"))
STORED_FACTS = tuple(key for key in _FACTS if key != "raw_coordinates")


@dataclass(frozen=True, slots=True)
class SourceRows(Sequence[Lineage]):
    """The lineages of rows of one source, each made when it is asked for.

    ``facts``: a column for each key of ``Lineage`` from ``source_file`` to ``raw_coordinates``. ``cells``: the source's
    columns as they came, by name; an empty cell (``None``) is not among a row's ``raw_values``. All columns have
    ``size`` values.
    """

    size: int
    facts: Mapping[str, Sequence[Any]]
    cells: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> Lineage: ...
    @overload
    def __getitem__(self, place: slice) -> "SourceRows": ...
    def __getitem__(self, place: int | slice) -> "Lineage | SourceRows":
        if isinstance(place, slice):
            facts, cells = ({key: cells[place] for key, cells in own.items()} for own in (self.facts, self.cells))
            return SourceRows(len(range(self.size)[place]), facts, cells)
        raw = {name: cell for name, cells in self.cells.items() if (cell := cells[place]) is not None}
        return Lineage(*(self.facts[key][place] for key in _FACTS), raw)  # type: ignore[call-arg]

    def __iter__(self) -> Iterator[Lineage]:
        return map(self.__getitem__, range(self.size))


Written = tuple[str | None, str | None, str | None, str | None]
WRITTEN_KEYS = ("raw_coordinates", RAW_VALUES, "derived_from", "derivation")


class WrittenRows(Sequence[Written], ABC):
    """What is long in the lineages of many records: a row of ``WRITTEN_KEYS`` each."""

    @overload
    def __getitem__(self, place: int) -> Written: ...
    @overload
    def __getitem__(self, place: slice) -> "WrittenRows": ...
    @abstractmethod
    def __getitem__(self, place: int | slice) -> "Written | WrittenRows":
        """Return a row, or some rows."""

    def raw_texts(self) -> Iterator[list[str]]:
        """Yield the raw values that are there, as JSON texts, some at a time."""
        yield [raw for _, raw, _, _ in self if raw]


@dataclass(frozen=True, slots=True, eq=False)
class HeldRows(WrittenRows):
    """Rows that are in memory."""

    rows: Sequence[Written]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Written: ...
    @overload
    def __getitem__(self, place: slice) -> "HeldRows": ...
    def __getitem__(self, place: int | slice) -> "Written | HeldRows":
        return HeldRows(self.rows[place]) if isinstance(place, slice) else self.rows[place]


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows(Sequence[Lineage]):
    """The lineages of rows of a store, each made when it is asked for.

    ``facts``: a column for each key of ``Lineage`` from ``source_file`` to ``datum_operation``. ``written``: what is
    long and seldom asked for, a row of ``WRITTEN_KEYS`` for each lineage, raw values and origins as JSON text. It may
    read them when they are asked for.
    """

    facts: Mapping[str, Sequence[Any]]
    written: WrittenRows

    def __len__(self) -> int:
        return len(self.written)

    @overload
    def __getitem__(self, place: int) -> Lineage: ...
    @overload
    def __getitem__(self, place: slice) -> "StoredRows": ...
    def __getitem__(self, place: int | slice) -> "Lineage | StoredRows":
        if isinstance(place, slice):
            return StoredRows({key: column[place] for key, column in self.facts.items()}, self.written[place])
        return _lineage_of([self.facts[key][place] for key in STORED_FACTS], self.written[place])

    def __iter__(self) -> Iterator[Lineage]:
        columns = zip(*(self.facts[key] for key in STORED_FACTS), strict=True)
        return map(_lineage_of, columns, self.written)


def _lineage_of(facts: Sequence[Any], written: Written) -> Lineage:
    coordinates, raw, derived, derivation = written
    values = json.loads(raw) if raw else {}
    return Lineage(*facts, coordinates, values, tuple(json.loads(derived)) if derived else (), derivation)  # type: ignore[call-arg]


def source_rows(
    count: int, common: Mapping[str, Any], columns: Mapping[str, Sequence[Any]], cells: Mapping[str, Sequence[Any]]
) -> SourceRows:
    """Return the lineages of ``count`` rows: what they have in ``common``, and what has a column of its own."""
    facts = {key: columns[key] if key in columns else [common.get(key)] * count for key in _FACTS}
    return SourceRows(count, facts, cells)


def lineage_column(lineages: Sequence[Lineage], key: str) -> Sequence[Any]:
    """Return one of the facts ``source_file`` to ``raw_coordinates`` of many lineages."""
    if isinstance(lineages, SourceRows | StoredRows) and key in lineages.facts:
        return lineages.facts[key]
    return list(map(attrgetter(key), lineages))


def raw_columns(lineages: Sequence[Lineage]) -> set[str]:
    """Return the names of all source columns of which any of the lineages still holds a cell."""
    if isinstance(lineages, SourceRows):
        return {name for name, cells in lineages.cells.items() if any(cell is not None for cell in cells)}
    if isinstance(lineages, StoredRows):
        parts = map(json.loads, map(_as_list, lineages.written.raw_texts()))
        return set[str]().union(*(raw for part in parts for raw in part))
    return set[str]().union(*(lineage.raw_values for lineage in lineages))


def _as_list(texts: Sequence[str]) -> str:
    return f"[{','.join(texts)}]"
