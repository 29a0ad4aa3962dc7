"""One layer on its way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from exchange.columns import ColumnType
from geodesy.systems import CoordinateSystem

OutType = ColumnType | Literal["date"]


@dataclass(frozen=True, slots=True)
class OutLayer:
    """One layer to write: its name, columns of plain values in row order, geometries (or none) and their system.

    Columns hold str, int, float, bool or ``None``; what type a column has is read off its values, unless ``types`` says
    it (``date``: text as ``YYYY-MM-DD``). So is the kind of geometry, unless ``geometry_kind`` (``MultiPolygon`` …)
    says it: a layer without records has nothing to read them off.
    """

    name: str
    columns: Mapping[str, Sequence[Any]]
    geometries: npt.NDArray[np.object_] | None
    system: CoordinateSystem | None
    types: Mapping[str, OutType] = field(default_factory=dict)
    geometry_kind: str | None = None
