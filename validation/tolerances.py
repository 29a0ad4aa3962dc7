"""The measures within which a rule looks away; an office may set its own."""

from collections.abc import Mapping
from functools import cache

from core.errors import UserError
from core.tables import load_table


@cache
def default_tolerances() -> Mapping[str, float]:
    """Return every tolerance of ``resources/facts/tolerances.csv`` by key."""
    return {row["key"]: float(row["value"]) for row in load_table("tolerances")}


@cache
def tolerance_limits() -> Mapping[str, tuple[float, float]]:
    """Return by key the least and the greatest value that an office may set."""
    return {row["key"]: (float(row["minimum"]), float(row["maximum"])) for row in load_table("tolerances")}


def merge_tolerances(own: Mapping[str, float]) -> dict[str, float]:
    """Return the defaults with an office's ``own`` values in their place.

    Raise ``UserError`` TOLERANCE-UNKNOWN for a key no rule uses and TOLERANCE-RANGE for a value outside the limits of
    the table: an office may tighten or loosen a rule, not switch it off.
    """
    for key, value in own.items():
        if key not in tolerance_limits():
            raise UserError("TOLERANCE-UNKNOWN", key=key)
        low, high = tolerance_limits()[key]
        if not low <= value <= high:
            raise UserError("TOLERANCE-RANGE", key=key, value=value, minimum=low, maximum=high)
    return {**default_tolerances(), **own}
