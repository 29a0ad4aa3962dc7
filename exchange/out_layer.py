"""One layer on its way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from exchange.columns import ColumnType
from geodesy.systems import CoordinateSystem

OutType = ColumnType | Literal["date", "short", "long", "float", "double"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a CAD drawing shows a layer: the CAD layer of each record, its label, and the colour of each CAD layer.

    ``colors`` are indices of AutoCAD's palette (ACI), 1 to 255.
    """

    layers: Sequence[str]
    labels: Sequence[str | None]
    colors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OutLayer:
    """One layer to write: its name, columns of plain values in row order, geometries (or none) and their system.

    Columns hold str, int, float, bool or ``None``; what type a column has is read off its values, unless ``types`` says
    it (``date``: text as ``YYYY-MM-DD``). So is the kind of geometry, unless ``geometry_kind`` (``MultiPolygon`` …)
    says it: a layer without records has nothing to read them off. ``short`` and ``long`` are whole numbers of 16 and 32
    bits, ``float`` and ``double`` numbers of single and double precision. ``drawn`` says how a drawing shows the layer.
    """

    name: str
    columns: Mapping[str, Sequence[Any]]
    geometries: npt.NDArray[np.object_] | None
    system: CoordinateSystem | None
    types: Mapping[str, OutType] = field(default_factory=dict)
    geometry_kind: str | None = None
    drawn: "Drawn | None" = None
