"""The pure functions that definitions may name: computed fields, and defaults of a new record."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from core.progress import SILENT, Progress, track
from forms.model import AnyField, NumberField, RecordType

Values = Mapping[str, Any]
Compute = Callable[[Values, BaseGeometry | None], Any]
Default = Callable[[date], Any]
Named = tuple[str, str]
Geometries = npt.NDArray[np.object_]
Measure = Callable[[Geometries], npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Computed:
    """A function of values and geometry that a definition may name; ``needs`` are the keys of the fields it reads."""

    run: Compute
    needs: tuple[str, ...]
    measure: Measure | None = None
    """The same for many geometries at once, NaN for nothing, where the function needs nothing but the geometry."""

    def __call__(self, values: Values, geometry: BaseGeometry | None) -> Any:
        return self.run(values, geometry)


COMPUTED: dict[str, Computed] = {}
DEFAULTS: dict[str, Default] = {}


def computed(*needs: str, measure: Measure | None = None) -> Callable[[Compute], Computed]:
    """Register a function under its own name, for ``computed:`` in a definition; ``needs`` are the fields it reads."""

    def register(function: Compute) -> Computed:
        found = Computed(function, needs, measure)
        COMPUTED[function.__name__] = found
        return found

    return register


def default(function: Default) -> Default:
    """Register a function of today's date under its own name, for ``default:`` in a definition."""
    DEFAULTS[function.__name__] = function
    return function


@dataclass(frozen=True, slots=True)
class Computation:
    """The computed fields of one record type, each behind those it needs; built once for many records."""

    steps: tuple[tuple[str, Computed, int | None], ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, record_type: RecordType) -> "Computation":
        """Return the computation of a type, whatever the order of its fields in the form."""
        fields = {item.key: item for item in record_type.fields if item.computed is not None}
        steps = []
        for key, name in _in_order(_computations(fields.values())):
            field = fields[key]
            steps.append((key, COMPUTED[name], field.decimals if isinstance(field, NumberField) else None))
        return cls(tuple(steps), tuple(fields))

    def run(self, values: Values, geometry: BaseGeometry | None) -> dict[str, Any]:
        """Return every computed field by key, in the order of the form; see ``compute_values``."""
        found: dict[str, Any] = {}
        for key, function, decimals in self.steps:
            needed = {need: found[need] if need in found else values.get(need) for need in function.needs}
            value = function.run(needed, geometry)
            found[key] = value if decimals is None or value is None else round(float(value), decimals)
        return {key: found[key] for key in self.keys} if len(self.keys) > 1 else found

    def run_columns(
        self, columns: Mapping[str, Sequence[Any]], geometries: Geometries, progress: Progress = SILENT
    ) -> dict[str, list[Any]]:
        """Return every computed field of many records as a column; ``columns`` are their values by key."""
        found: dict[str, list[Any]] = {}
        empty = [None] * len(geometries)
        for key, function, decimals in self.steps:
            if function.measure is not None:
                column = [None if isnan(value) else value for value in function.measure(geometries).tolist()]
            else:
                needed = [found.get(need) or columns.get(need) or empty for need in function.needs]
                rows = zip(*needed, strict=True) if needed else ((),) * len(geometries)
                pairs = track(zip(rows, geometries.tolist(), strict=True), progress, every=1000)
                column = [function.run(dict(zip(function.needs, row, strict=True)), shape) for row, shape in pairs]
            if decimals is not None:
                column = [None if value is None else round(float(value), decimals) for value in column]
            found[key] = column
        return {key: found[key] for key in self.keys}


def compute_values(record_type: RecordType, values: Values, geometry: BaseGeometry | None) -> dict[str, Any]:
    """Return every computed field of the type by key, ``None`` where there is nothing to compute from.

    A function sees the fields it needs and nothing else; what is computed itself stands before what ``values`` says of
    it. ``geometry`` lies in metres of a VN-2000 / TM-3 zone; numbers are rounded to the field's decimals.
    """
    return Computation.of(record_type).run(values, geometry)


def find_circle(fields: Iterable[AnyField]) -> tuple[str, ...]:
    """Return the keys of computed fields that need each other in a circle, in its order; empty when none do."""
    computations = dict(_computations(fields))
    for start in computations:
        path = [start]
        if _returns(start, path, computations):
            return tuple(path)
    return ()


def _returns(start: str, path: list[str], computations: Mapping[str, str]) -> bool:
    """Whether the last of ``path`` needs ``start``, directly or through others; ``path`` then goes all the way."""
    for needed in COMPUTED[computations[path[-1]]].needs:
        if needed == start:
            return True
        if needed in computations and needed not in path:
            path.append(needed)
            if _returns(start, path, computations):
                return True
            path.pop()
    return False


def _computations(fields: Iterable[AnyField]) -> tuple[Named, ...]:
    """Return key and function of every computed field whose function there is."""
    return tuple((item.key, item.computed) for item in fields if item.computed in COMPUTED)


@cache
def _in_order(computations: tuple[Named, ...]) -> tuple[Named, ...]:
    """Return computations so that each stands behind those it needs, else as they are; none need a circle."""
    names, placed = dict(computations), dict[str, str]()

    def place(key: str) -> Iterator[Named]:
        for needed in COMPUTED[names[key]].needs:
            if needed in names and needed not in placed:
                yield from place(needed)
        if key not in placed:
            placed[key] = names[key]
            yield key, names[key]

    return tuple(step for key in names for step in place(key))


def default_values(record_type: RecordType, today: date) -> dict[str, Any]:
    """Return the values a new record starts with: every field by key, ``None`` without a default."""
    return {field.key: DEFAULTS[field.default](today) if field.default else None for field in record_type.fields}


def _number(values: Values, key: str) -> float | None:
    """Return a number of the record, ``None`` when there is none: an import may hold text until somebody mends it."""
    value = values.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _difference(values: Values, more: str, less: str) -> float | None:
    one, other = _number(values, more), _number(values, less)
    return None if one is None or other is None else one - other


def _areas_m2(geometries: Geometries) -> npt.NDArray[np.float64]:
    areas = shapely.area(geometries)
    return np.where(areas == 0, np.nan, areas)


def _filled(geometries: Geometries) -> Geometries:
    """Return geometries without the empty ones, of which GEOS gives no coordinate."""
    kept = geometries.copy()
    kept[shapely.is_empty(geometries)] = None
    return kept


def _lengths_m(geometries: Geometries) -> npt.NDArray[np.float64]:
    lengths = shapely.length(geometries)
    return np.where((lengths == 0) | (shapely.area(geometries) > 0), np.nan, lengths)


@computed(measure=_areas_m2)
def area_m2(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Area on the projection plane in m²; none for points and lines."""
    return None if geometry is None or geometry.area == 0 else float(geometry.area)


@computed(measure=lambda geometries: _areas_m2(geometries) / 10_000)
def area_ha(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Area on the projection plane in hectares."""
    return None if geometry is None or geometry.area == 0 else float(geometry.area) / 10_000


@computed(measure=_lengths_m)
def length_m(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Length of a line on the projection plane in metres; none for points and areas."""
    if geometry is None or geometry.length == 0 or geometry.area > 0:
        return None
    return float(geometry.length)


@computed(measure=lambda geometries: shapely.get_y(_filled(geometries)))
def north_m(values: Values, geometry: BaseGeometry | None) -> float | None:
    """X of a point, which is north, in metres of the store's zone; none for lines and areas."""
    return float(geometry.y) if isinstance(geometry, Point) and not geometry.is_empty else None


@computed(measure=lambda geometries: shapely.get_x(_filled(geometries)))
def east_m(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Y of a point, which is east, in metres of the store's zone; none for lines and areas."""
    return float(geometry.x) if isinstance(geometry, Point) and not geometry.is_empty else None


@computed("length_m")
def length_km(values: Values, geometry: BaseGeometry | None) -> float | None:
    """The record's length in kilometres."""
    length = _number(values, "length_m")
    return None if length is None else length / 1000


@computed("from_km", "to_km")
def chainage_length_km(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Length along the road in kilometres, from its chainages; nothing while they run backwards."""
    length = _difference(values, "to_km", "from_km")
    return None if length is None or length < 0 else length


@computed("rim_level", "invert_level")
def depth_m(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Depth of a manhole in metres, from its rim to its invert."""
    return _difference(values, "rim_level", "invert_level")


@computed("invert_up", "invert_dn", "length_m")
def slope(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Slope in ‰ from the inverts (m) at the upper and lower end and the length (m); negative when it rises."""
    fall, length = _difference(values, "invert_up", "invert_dn"), _number(values, "length_m")
    return None if fall is None or not length else fall / length * 1000


@computed("power_w", "lamps_n")
def total_power_w(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Power of all lamps of a column in watts."""
    power, lamps = _number(values, "power_w"), _number(values, "lamps_n")
    return None if power is None or lamps is None else power * lamps


@default
def today(day: date) -> str:
    """The day on which the record is made."""
    return day.isoformat()


@default
def not_issued(day: date) -> str:
    """The national system has issued no identifier yet."""
    return "chua_cap"


@default
def first_plan(day: date) -> str:
    """A plan made for the first time, no adjustment."""
    return "0"


@default
def new_report(day: date) -> str:
    """An incident nobody has looked at yet."""
    return "moi"
