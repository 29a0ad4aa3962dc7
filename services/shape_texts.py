"""Shapes as the text that a record's lineage keeps of them, written when it is asked for."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import shapely


class ShapeTexts(Sequence[str | None]):
    """Shapes as WKT with every digit that matters, ``None`` for none.

    A part of it (a slice) writes nothing yet; going through one writes all of it, once. The texts of a large file are
    as large as its shapes, so whoever needs all of them takes them a part at a time.
    """

    def __init__(self, shapes: npt.NDArray[np.object_]) -> None:
        self._shapes = shapes

    def __len__(self) -> int:
        return len(self._shapes)

    @overload
    def __getitem__(self, place: int) -> str | None: ...
    @overload
    def __getitem__(self, place: slice) -> "ShapeTexts": ...
    def __getitem__(self, place: int | slice) -> "str | None | ShapeTexts":
        found: Any = self._shapes[place]
        return ShapeTexts(found) if isinstance(place, slice) else _written(found)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self._texts)

    def count(self, value: Any) -> int:
        """Return how many texts are ``value``."""
        return self._texts.count(value)

    @cached_property
    def _texts(self) -> list[str | None]:
        return list(_written(self._shapes).tolist())


def _written(shapes: Any) -> Any:
    return shapely.to_wkt(shapes, rounding_precision=-1, trim=True)
