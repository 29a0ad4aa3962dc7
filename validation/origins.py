"""Which coordinate systems a batch's records came from, asked once for each distinct lineage."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.errors import UserError
from geodesy.systems import CoordinateSystem, parse_system
from validation.batch import Batch

_Key = tuple[str | None, float | None, str | None]
_ORIGIN = ("src_crs", "src_axis", "datum_operation")


@dataclass(frozen=True, slots=True)
class Origin:
    """What the lineage says of a geometry's coordinates: the system as written, its axis, the datum operation."""

    src_crs: str | None
    src_axis: float | None
    datum_operation: str | None

    @property
    def system(self) -> CoordinateSystem | None:
        """The system it came from, ``None`` when it is not said or not known."""
        return _read_system(self.src_crs)[0]

    @property
    def refusal(self) -> UserError | None:
        """Why the system is not known: CRS-DEPRECATED, CRS-UNSUPPORTED or CRS-UNKNOWN."""
        return _read_system(self.src_crs)[1]


@cache
def _read_system(text: str | None) -> tuple[CoordinateSystem | None, UserError | None]:
    if not text or not isinstance(text, str):
        return None, None
    try:
        return parse_system(text), None
    except UserError as error:
        return None, error


def origins_of(batch: Batch) -> Iterator[tuple[Origin, list[int]]]:
    """Yield every distinct origin of the batch's geometries with the places of its records, in order of appearance."""
    for key, places in batch.once("origins", _places_by_origin).items():
        yield Origin(*key), places


def _places_by_origin(batch: Batch) -> dict[_Key, list[int]]:
    told = list(zip(*map(batch.origin_column, _ORIGIN), strict=True))
    located = np.flatnonzero(batch.located).tolist()
    if located and len(set(told)) == 1:
        return {told[0]: located}
    places: dict[_Key, list[int]] = {}
    for index in located:
        places.setdefault(told[index], []).append(index)
    return places
