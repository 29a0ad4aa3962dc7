"""Many records of one type side by side, as the rules read them; a single record is a batch of one."""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from forms.lineages import lineage_column, raw_columns, take_lineages
from forms.model import RecordType
from forms.record import Lineage, Record, State
from validation.paths import Paths, build_paths

Geometries = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T")
PIECE = 100_000  # geometries looked at together
PART = 25_000  # records looked at together by rules that read each alone


@dataclass(frozen=True, eq=False)
class Batch:
    """``n`` records of one type in columns.

    ``values``: field key to a list of ``n`` values (a missing key is a column of ``None``). ``geometries``: object
    array ``(n,)`` of shapely geometries or ``None``, in the workspace's zone. What is derived here is computed once.
    """

    type: RecordType
    uids: list[str]
    revisions: list[int]
    values: dict[str, list[Any]]
    geometries: Geometries
    lineages: Sequence[Lineage]
    states: list[State]
    _kept: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.uids)

    @classmethod
    def of(cls, type: RecordType, records: Sequence[Record]) -> "Batch":
        """Return ``records``, all of ``type``, in columns."""
        geometries = np.empty(len(records), dtype=object)
        geometries[:] = [record.geometry for record in records]
        return cls(
            type=type,
            uids=[record.uid for record in records],
            revisions=[record.revision for record in records],
            values={field.key: [record.values.get(field.key) for record in records] for field in type.fields},
            geometries=geometries,
            lineages=[record.lineage for record in records],
            states=[record.state for record in records],
        )

    def once(self, key: Hashable, compute: Callable[["Batch"], T]) -> T:
        """Return what ``compute`` makes of this batch, computed when it is first asked for."""
        if key not in self._kept:
            self._kept[key] = compute(self)
        found: T = self._kept[key]
        return found

    def column(self, key: str) -> list[Any]:
        """Return the values of one field, ``None`` for each record when the batch does not know it."""
        return self.values.get(key) or [None] * len(self)

    def origin_column(self, key: str) -> Sequence[Any]:
        """Return one fact of every record's lineage, from ``source_file`` to ``raw_coordinates``."""
        return lineage_column(self.lineages, key)

    def text_of(self, key: str) -> str:
        """Return the texts of one field, one under the other: a sign that is not in it is in no record's."""
        return self.once(("text", key), lambda one: "\n".join([x for x in one.column(key) if isinstance(x, str)]))

    @cached_property
    def source_columns(self) -> frozenset[str]:
        """The names of the source columns of which any record still holds a cell."""
        return raw_columns(self.lineages)

    def numbers(self, key: str) -> list[float | None]:
        """Return the values of one field where they are finite numbers, ``None`` for all others."""
        return [value if _is_number(value) else None for value in self.column(key)]

    def values_of(self, index: int) -> dict[str, Any]:
        """Return the values of one record by key."""
        return {key: column[index] for key, column in self.values.items()}

    def take(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> "Batch":
        """Return the records at ``indices`` alone."""
        places = [int(index) for index in indices]
        return Batch(
            type=self.type,
            uids=[self.uids[index] for index in places],
            revisions=[self.revisions[index] for index in places],
            values={key: [column[index] for index in places] for key, column in self.values.items()},
            geometries=self.geometries[places],
            lineages=take_lineages(self.lineages, places),
            states=[self.states[index] for index in places],
        )

    def parts(self) -> Iterator["Batch"]:
        """Yield the records ``PART`` at a time, in their order; what is derived from a part goes with it.

        Which geometries are good for what, and their bounds, are asked once for all.
        """
        if len(self) <= PART:
            yield self
            return
        known = {name: getattr(self, name) for name in ("finite", "located", "valid", "bounds")}
        for begin in range(0, len(self), PART):
            part = slice(begin, begin + PART)
            found = Batch(
                type=self.type,
                uids=self.uids[part],
                revisions=self.revisions[part],
                values={key: column[part] for key, column in self.values.items()},
                geometries=self.geometries[part],
                lineages=self.lineages[part],
                states=self.states[part],
            )
            found.__dict__.update({name: derived[part] for name, derived in known.items()})
            yield found

    def followed_by(self, other: "Batch") -> "Batch":
        """Return this batch's records and then those of ``other``, a batch of the same type."""
        return Batch(
            type=self.type,
            uids=self.uids + other.uids,
            revisions=self.revisions + other.revisions,
            values={field.key: self.column(field.key) + other.column(field.key) for field in self.type.fields},
            geometries=np.concatenate([self.geometries, other.geometries]),
            lineages=[*self.lineages, *other.lineages],
            states=self.states + other.states,
        )

    def standing(self) -> "Batch":
        """Return this batch without its cancelled records, which no rule speaks about."""
        if State.CANCELLED not in set(self.states):
            return self
        return self.take([index for index, state in enumerate(self.states) if state != State.CANCELLED])

    @cached_property
    def finite(self) -> Mask:
        """Which geometries have no coordinate that is NaN or infinite (no geometry has none)."""
        good = np.ones(len(self), dtype=bool)
        for begin in range(0, len(self), PIECE):
            xy, owner = shapely.get_coordinates(self.geometries[begin : begin + PIECE], return_index=True)
            finite = np.isfinite(xy)
            if not finite.all():
                good[begin + owner[~finite.all(axis=1)]] = False
        return good

    @cached_property
    def located(self) -> Mask:
        """Which records have a geometry that can be measured: there, not empty, finite."""
        there = ~(shapely.is_missing(self.geometries) | shapely.is_empty(self.geometries))
        return np.asarray(there & self.finite, dtype=bool)

    @cached_property
    def valid(self) -> Mask:
        """Which geometries are located and valid by OGC Simple Features."""
        return np.asarray(self.located & shapely.is_valid(self.geometries), dtype=bool)

    @cached_property
    def placed(self) -> Geometries:
        """Geometries ``(n,)``, ``None`` where a record is not located: fit for a tree, which NaN makes GEOS fail in."""
        return self._where(self.located)

    @cached_property
    def sound(self) -> Geometries:
        """Geometries ``(n,)``, ``None`` where one is not valid: fit for a tree and for every predicate."""
        return self._where(self.valid)

    def _where(self, kept: Mask) -> Geometries:
        found = self.geometries.copy()
        found[~kept] = None
        return found

    @cached_property
    def areal(self) -> Mask:
        """Which geometries are valid areas; one of another kind than its type's may lie in a store too."""
        return np.asarray(self.valid & (shapely.get_dimensions(self.geometries) == 2), dtype=bool)

    @cached_property
    def bounds(self) -> npt.NDArray[np.float64]:
        """Bounds ``(n, 4)``, NaN where a record is not located."""
        bounds = shapely.bounds(self.geometries)
        bounds[~self.located] = np.nan
        return np.asarray(bounds, dtype=np.float64)

    @cached_property
    def paths(self) -> Paths:
        """The lines and rings of the located geometries."""
        return build_paths(self.geometries, self.located)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def indices_of(column: Sequence[Any], is_bad: Callable[[Any], object]) -> list[int]:
    """Return where ``column`` holds a value that ``is_bad``, asking once for each distinct one."""
    try:
        bad = {value for value in set(column) if is_bad(value)}
        return [index for index, value in enumerate(column) if value in bad] if bad else []
    except TypeError:  # a list is not hashable
        return [index for index, value in enumerate(column) if is_bad(value)]
