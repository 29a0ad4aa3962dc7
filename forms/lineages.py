"""Where very many records come from, column by column: most of it is the same for all rows of a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, overload

from forms.record import LINEAGE_KEYS, Lineage

RAW_VALUES = "raw_values"
_FACTS = tuple(key for key in LINEAGE_KEYS if key not in (RAW_VALUES, "derived_from", "derivation"))


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


def source_rows(
    count: int, common: Mapping[str, Any], columns: Mapping[str, Sequence[Any]], cells: Mapping[str, Sequence[Any]]
) -> SourceRows:
    """Return the lineages of ``count`` rows: what they have in ``common``, and what has a column of its own."""
    facts = {key: columns[key] if key in columns else [common.get(key)] * count for key in _FACTS}
    return SourceRows(count, facts, cells)


def lineage_column(lineages: Sequence[Lineage], key: str) -> Sequence[Any]:
    """Return one of the facts ``source_file`` to ``raw_coordinates`` of many lineages."""
    return lineages.facts[key] if isinstance(lineages, SourceRows) else list(map(attrgetter(key), lineages))


def raw_columns(lineages: Sequence[Lineage]) -> set[str]:
    """Return the names of all source columns of which any of the lineages still holds a cell."""
    if isinstance(lineages, SourceRows):
        return {name for name, cells in lineages.cells.items() if any(cell is not None for cell in cells)}
    return set[str]().union(*(lineage.raw_values for lineage in lineages))
