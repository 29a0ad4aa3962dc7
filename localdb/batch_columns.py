"""Very many rows turned into columns a part at a time, so that they never stand in memory twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Reading = Callable[[Sequence[Any]], list[Any]]
"""Returns the values that some cells of one column hold."""


def read_columns(parts: Iterable[Sequence[tuple[Any, ...]]], readings: Mapping[str, Reading]) -> dict[str, list[Any]]:
    """Return the columns of rows, each cell in the place of its reading in ``readings``."""
    found: dict[str, list[Any]] = {name: [] for name in readings}
    for rows in parts:
        for (name, reading), cells in zip(readings.items(), zip(*rows, strict=True), strict=True):
            found[name] += cells if cells.count(None) == len(cells) else reading(cells)
    return found


def kept_once() -> Reading:
    """Return a reading for texts of which many are alike: each is kept once, however many rows hold it."""
    known: dict[Any, Any] = {}
    return lambda cells: list(map(known.setdefault, cells, cells))
