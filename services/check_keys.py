"""Which records share a key, kept in memory between checks so that one edit does not read a whole column."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from forms.model import RecordType
from localdb import records
from localdb.engine import Connection
from validation.batch import Batch
from validation.reads import Same


@dataclass
class _Column:
    """The keys of one type's records by hash, sorted, with the records' local numbers; later ones beside them."""

    hashes: npt.NDArray[np.int64]
    fids: npt.NDArray[np.int64]
    later: dict[int, set[str]] = field(default_factory=dict)


class SharedKeys:
    """Answers which records have a key, perhaps with some that had it before; made anew when it has missed edits."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str], _Column] = {}
        self._files: dict[str, Counter[str | None]] = {}
        self._sequence = 0

    def follow(self, after: int, until: int, edited: Iterable[Batch], sorts: Iterable[tuple[str, Same]]) -> None:
        """Take in the edits of the journal's entries from ``after`` to ``until``; forget everything after a gap."""
        if after > self._sequence:
            self._columns.clear()
            self._files.clear()
        else:
            by_type = {batch.type.id: batch for batch in edited}
            for type_id, files in self._files.items():
                if type_id in by_type:
                    files.update(by_type[type_id].origin_column("source_file"))
            for type_id, sort in sorts:
                column = self._columns.get((type_id, sort.name))
                if column is not None and type_id in by_type:
                    _add(column, by_type[type_id], sort)
        self._sequence = until

    def find(self, connection: Connection, record_type: RecordType, sort: Same, keys: Iterable[Any]) -> set[str]:
        """Return the records of a type that have one of ``keys``."""
        column = self._columns.get((record_type.id, sort.name))
        if column is None:
            column = self._columns[record_type.id, sort.name] = _read(connection, record_type, sort)
        wanted = [hash(key) for key in keys]
        first = np.searchsorted(column.hashes, wanted, side="left")
        last = np.searchsorted(column.hashes, wanted, side="right")
        fids = [column.fids[low:high] for low, high in zip(first, last, strict=True)]
        found = set(records.uid_of(connection, record_type, np.concatenate(fids).tolist())) if fids else set()
        return found.union(*(column.later.get(key, ()) for key in wanted))

    def files(self, connection: Connection, record_type: RecordType) -> Counter[str | None]:
        """Return how many records of a type each file has brought at most, ``None`` standing for no file."""
        if record_type.id not in self._files:
            self._files[record_type.id] = Counter(records.count_by_source(connection, record_type))
        return self._files[record_type.id]


def _read(connection: Connection, record_type: RecordType, sort: Same) -> _Column:
    known = {item.key for item in record_type.fields}
    fids, batch = records.fetch_columns(
        connection, record_type, [key for key in sort.columns(record_type) if key in known]
    )
    keys = sort.keys_of(batch)
    there = np.array([key is not None for key in keys], dtype=bool)
    hashes = np.array([hash(key) for key in keys if key is not None], dtype=np.int64)
    order = np.argsort(hashes, kind="stable")
    return _Column(hashes[order], np.asarray(fids, dtype=np.int64)[there][order])


def _add(column: _Column, batch: Batch, sort: Same) -> None:
    for uid, key in zip(batch.uids, sort.keys_of(batch), strict=True):
        if key is not None:
            column.later.setdefault(hash(key), set()).add(uid)
