"""The plantings by the rule that they break."""

from collections.abc import Callable

from benchmarks.planting.ground import Ground

Planting = Callable[[Ground], None]
PLANTINGS: dict[str, Planting] = {}


def breaks(rule_id: str) -> Callable[[Planting], Planting]:
    """Register a planting that breaks one rule in every way that it tells apart."""

    def register(planting: Planting) -> Planting:
        PLANTINGS[rule_id] = planting
        return planting

    return register


NOT_PLANTED = {
    "GEO-04": "a store holds no heights",
    "SEC-05": "about a package as a whole",
    **{f"PKG-0{number}": "about a package as a whole" for number in (1, 3, 4, 5, 6)},
}
"""Why some rules cannot be broken in the store of a commune; tests/validation shows them broken."""
