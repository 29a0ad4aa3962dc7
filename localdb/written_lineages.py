"""What is long in lineages and seldom asked for, read from the store some rows at a time when somebody asks."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

from sqlalchemy import Connection

from forms.lineages import WRITTEN_KEYS, Written, WrittenRows
from forms.model import RecordType
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text

AT_ONCE = 1_000


class WrittenLineages(WrittenRows):
    """Of each of many records of one type the columns ``WRITTEN_KEYS``.

    Good as long as the connection's transaction: it must still see the moment at which the records were read.
    """

    def __init__(self, connection: Connection, record_type: RecordType, uids: Sequence[str]) -> None:
        self._connection = connection
        self._type = record_type
        self._uids = uids
        self._block: tuple[int, list[Written]] = (-1, [])

    def __len__(self) -> int:
        return len(self._uids)

    @overload
    def __getitem__(self, place: int) -> Written: ...
    @overload
    def __getitem__(self, place: slice) -> "WrittenLineages": ...
    def __getitem__(self, place: int | slice) -> "Written | WrittenLineages":
        if isinstance(place, slice):
            return WrittenLineages(self._connection, self._type, self._uids[place])
        number, within = divmod(range(len(self))[place], AT_ONCE)
        if self._block[0] != number:
            self._block = (number, self._read(number))
        return self._block[1][within]

    def __iter__(self) -> Iterator[Written]:
        for number in range(-(-len(self) // AT_ONCE)):
            yield from self._read(number)

    def raw_texts(self) -> Iterator[list[str]]:
        """Yield the raw values that are there, as JSON texts, some at a time."""
        for number in range(-(-len(self) // AT_ONCE)):
            yield [text for (text,) in self._rows(number, ("raw_values",)) if text]

    def _read(self, number: int) -> list[Written]:
        found = {uid: written for uid, *written in self._rows(number, ("uid", *WRITTEN_KEYS))}
        return [tuple(found[uid]) for uid in self._part(number)]

    def _part(self, number: int) -> Sequence[str]:
        return self._uids[number * AT_ONCE : (number + 1) * AT_ONCE]

    def _rows(self, number: int, names: Sequence[str]) -> list[tuple[Any, ...]]:
        sql = (
            f"SELECT {', '.join(map(quote_name, names))} FROM {quote_name(self._type.id)} "  # noqa: S608 (quoted names)
            "WHERE uid IN (SELECT value FROM json_each(?))"
        )
        return fetch_rows(self._connection, sql, (json_text(list(self._part(number))),))
