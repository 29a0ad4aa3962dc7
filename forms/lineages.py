"""Where very many records come from, column by column: most of it is the same for all rows of a file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, repeat
from operator import attrgetter
from typing import Any, overload

from forms.record import LINEAGE_KEYS, OPTIONAL_LINEAGE_KEYS, Lineage

RAW_VALUES = "raw_values"
_REST = (RAW_VALUES, *OPTIONAL_LINEAGE_KEYS)
_FACTS = tuple(key for key in LINEAGE_KEYS if key not in _REST)
_AT_ONCE = 10_000


class Alike(Sequence[Any]):
    """A column in which all values are the same one."""

    def __init__(self, value: Any, size: int) -> None:
        self._value, self._size = value, size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> "Alike": ...
    def __getitem__(self, place: int | slice) -> Any:
        places = range(self._size)[place]
        return Alike(self._value, len(places)) if isinstance(places, range) else self._value

    def __iter__(self) -> Iterator[Any]:
        return repeat(self._value, self._size)


@dataclass(frozen=True, slots=True)
class SourceRows(Sequence[Lineage]):
    """The lineages of rows of one source, each made when it is asked for.

    ``facts``: a column for each key of ``Lineage`` from ``source_file`` to ``raw_coordinates``. ``cells``: the source's
    columns as they came, by name; an empty cell (``None``) is not among a row's ``raw_values``. All columns have
    ``size`` values. ``reading`` is that of all rows.
    """

    size: int
    facts: Mapping[str, Sequence[Any]]
    cells: Mapping[str, Sequence[Any]]
    reading: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> Lineage: ...
    @overload
    def __getitem__(self, place: slice) -> "SourceRows": ...
    def __getitem__(self, place: int | slice) -> "Lineage | SourceRows":
        if isinstance(place, slice):
            facts, cells = ({key: cells[place] for key, cells in own.items()} for own in (self.facts, self.cells))
            return SourceRows(len(range(self.size)[place]), facts, cells, self.reading)
        raw = {name: cell for name, cells in self.cells.items() if (cell := cells[place]) is not None}
        said = (self.facts[key][place] for key in _FACTS)
        return Lineage(*said, raw, reading=self.reading)  # type: ignore[misc, call-arg]

    def __iter__(self) -> Iterator[Lineage]:
        return map(self.__getitem__, range(self.size))


@dataclass(frozen=True)
class StoredRows(Sequence[Lineage]):
    """The lineages of stored records, each made when it is asked for.

    ``columns``: for each of ``LINEAGE_KEYS`` what its column holds; ``raw_values``, ``derived_from`` and ``reading`` as
    JSON text, ``None`` when empty. All have ``size`` values.
    """

    size: int
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> Lineage: ...
    @overload
    def __getitem__(self, place: slice) -> "StoredRows": ...
    def __getitem__(self, place: int | slice) -> "Lineage | StoredRows":
        if isinstance(place, slice):
            return StoredRows(len(range(self.size)[place]), {key: held[place] for key, held in self.columns.items()})
        return stored_lineage([self.columns[key][place] for key in LINEAGE_KEYS])

    def __iter__(self) -> Iterator[Lineage]:
        return map(self.__getitem__, range(self.size))

    def take(self, places: Sequence[int]) -> "StoredRows":
        """Return the lineages at ``places`` alone."""
        return StoredRows(len(places), {key: [held[one] for one in places] for key, held in self.columns.items()})

    @cached_property
    def raw_columns(self) -> frozenset[str]:
        """The names of all source columns of which any record still holds a cell."""
        texts = filter(None, self.columns[RAW_VALUES])
        found: set[str] = set()
        while piece := list(islice(texts, _AT_ONCE)):
            found.update(*json.loads(f"[{','.join(piece)}]"))  # one call for many is far quicker than one for each
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class PlainRows(Sequence[Lineage]):
    """The lineages of contents, given in their plain form, each made when it is asked for."""

    plain: Sequence[Mapping[str, Any]]

    def __len__(self) -> int:
        return len(self.plain)

    @overload
    def __getitem__(self, place: int) -> Lineage: ...
    @overload
    def __getitem__(self, place: slice) -> "PlainRows": ...
    def __getitem__(self, place: int | slice) -> "Lineage | PlainRows":
        if isinstance(place, slice):
            return PlainRows(self.plain[place])
        return Lineage.from_dict(self.plain[place])

    def __iter__(self) -> Iterator[Lineage]:
        return map(Lineage.from_dict, self.plain)

    def take(self, places: Sequence[int]) -> "PlainRows":
        """Return the lineages at ``places`` alone."""
        return PlainRows([self.plain[place] for place in places])


def stored_lineage(row: Sequence[Any]) -> Lineage:
    """Return the lineage of its columns in the order of ``LINEAGE_KEYS``: texts, numbers and JSON."""
    *facts, raw, derived, derivation, reading = row
    return Lineage(  # type: ignore[call-arg]
        *facts,
        json.loads(raw) if raw else {},
        tuple(json.loads(derived)) if derived else (),
        derivation,
        json.loads(reading) if reading else {},
    )


def take_lineages(lineages: Sequence[Lineage], places: Sequence[int]) -> Sequence[Lineage]:
    """Return the lineages at ``places`` alone."""
    return lineages.take(places) if isinstance(lineages, (StoredRows, PlainRows)) else [lineages[at] for at in places]


def source_rows(
    count: int,
    common: Mapping[str, Any],
    columns: Mapping[str, Sequence[Any]],
    cells: Mapping[str, Sequence[Any]],
    reading: Mapping[str, Any] | None = None,
) -> SourceRows:
    """Return the lineages of ``count`` rows: what they have in ``common``, and what has a column of its own."""
    facts = {key: columns[key] if key in columns else Alike(common.get(key), count) for key in _FACTS}
    return SourceRows(count, facts, cells, reading or {})


def lineage_column(lineages: Sequence[Lineage], key: str) -> Sequence[Any]:
    """Return one of the facts ``source_file`` to ``raw_coordinates`` of many lineages."""
    if isinstance(lineages, SourceRows):
        return lineages.facts[key]
    if isinstance(lineages, PlainRows):
        return [plain.get(key) for plain in lineages.plain]
    return lineages.columns[key] if isinstance(lineages, StoredRows) else list(map(attrgetter(key), lineages))


def raw_columns(lineages: Sequence[Lineage]) -> frozenset[str]:
    """Return the names of all source columns of which any of the lineages still holds a cell."""
    if isinstance(lineages, SourceRows):
        return frozenset(name for name, cells in lineages.cells.items() if any(cell is not None for cell in cells))
    if isinstance(lineages, StoredRows):
        return lineages.raw_columns
    if isinstance(lineages, PlainRows):
        return frozenset[str]().union(*filter(None, (plain.get(RAW_VALUES) for plain in lineages.plain)))
    return frozenset[str]().union(*(lineage.raw_values for lineage in lineages))
