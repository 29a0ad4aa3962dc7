"""The pure functions that definitions may name: computed fields, and defaults of a new record."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from forms.model import NumberField, RecordType

Values = Mapping[str, Any]
Compute = Callable[[Values, BaseGeometry | None], Any]
Default = Callable[[date], Any]

COMPUTED: dict[str, Compute] = {}
DEFAULTS: dict[str, Default] = {}


def computed(function: Compute) -> Compute:
    """Register a function of values and geometry under its own name, for ``computed:`` in a definition."""
    COMPUTED[function.__name__] = function
    return function


def default(function: Default) -> Default:
    """Register a function of today's date under its own name, for ``default:`` in a definition."""
    DEFAULTS[function.__name__] = function
    return function


def compute_values(record_type: RecordType, values: Values, geometry: BaseGeometry | None) -> dict[str, Any]:
    """Return every computed field of the type by key, ``None`` where there is nothing to compute from.

    ``geometry`` lies in metres of a VN-2000 / TM-3 zone; numbers are rounded to the field's decimals.
    """
    found = {}
    for field in record_type.fields:
        if field.computed is None:
            continue
        value = COMPUTED[field.computed](values, geometry)
        if isinstance(field, NumberField) and value is not None:
            value = round(float(value), field.decimals)
        found[field.key] = value
    return found


def default_values(record_type: RecordType, today: date) -> dict[str, Any]:
    """Return the values a new record starts with: every field by key, ``None`` without a default."""
    return {field.key: DEFAULTS[field.default](today) if field.default else None for field in record_type.fields}


@computed
def area_m2(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Area on the projection plane in m²; none for points and lines."""
    return None if geometry is None or geometry.area == 0 else float(geometry.area)


@computed
def area_ha(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Area on the projection plane in hectares."""
    area = area_m2(values, geometry)
    return None if area is None else area / 10_000


@computed
def length_m(values: Values, geometry: BaseGeometry | None) -> float | None:
    """Length of a line on the projection plane in metres; none for points and areas."""
    if geometry is None or geometry.length == 0 or geometry.area > 0:
        return None
    return float(geometry.length)


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
