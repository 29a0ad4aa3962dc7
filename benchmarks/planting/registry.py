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
