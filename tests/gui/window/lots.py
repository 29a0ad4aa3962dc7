"""Where the lots lie on which tests of drawing and shaping work; offsets in metres from EAST, NORTH."""

from typing import Any

import shapely

EAST, NORTH = 437_000.0, 2_487_000.0
LOTS = "land_use_plan_area"


def place(east: float, north: float) -> tuple[float, float]:
    return EAST + east, NORTH + north


def box(west: float, south: float, east: float, north: float) -> Any:
    return shapely.box(*place(west, south), *place(east, north))
