"""A column that stays in the store until somebody looks at it, and then comes piece by piece."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from localdb.engine import fetch_pieces
from localdb.geometry_columns import quote_name

PIECE = 10_000  # values read at a time


class FetchedColumn(Sequence[Any]):
    """The column ``name`` of the rows ``fids`` (ascending) of ``table``, as ``connection`` sees them while it lasts."""

    def __init__(self, connection: Connection, table: str, name: str, fids: npt.NDArray[np.int64]) -> None:
        self._connection, self._table, self._name = connection, table, name
        self._fids = fids
        self._held: tuple[int, list[Any]] = (-1, [])

    def __len__(self) -> int:
        return len(self._fids)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> "FetchedColumn": ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return FetchedColumn(self._connection, self._table, self._name, self._fids[place])
        number, within = divmod(range(len(self))[place], PIECE)
        if self._held[0] != number:
            self._held = (number, self._fetch(number))
        return self._held[1][within]

    def __iter__(self) -> Iterator[Any]:
        for number in range(-(-len(self) // PIECE)):
            yield from self._held[1] if self._held[0] == number else self._fetch(number)

    def _fetch(self, number: int) -> list[Any]:
        fids = self._fids[number * PIECE : (number + 1) * PIECE]
        sql = (
            f"SELECT fid, {quote_name(self._name)} FROM {quote_name(self._table)} "  # noqa: S608 (quoted names)
            "WHERE fid BETWEEN ? AND ? ORDER BY fid"
        )
        found: dict[int, Any] = {}
        for rows in fetch_pieces(self._connection, sql, (int(fids[0]), int(fids[-1])), size=PIECE):
            found.update(rows)
        return [found[fid] for fid in fids.tolist()]
