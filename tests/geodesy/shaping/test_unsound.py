"""Shapes that are no sound areas, as files bring them: every operation answers in words, none breaks."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely

from core.errors import UserError
from geodesy.shaping.curves import offset_shape, simplify_shape, smooth_shape
from geodesy.shaping.cutting import cut_shape
from geodesy.shaping.joining import join_areas
from geodesy.shaping.moving import mirror_shape, scale_shape, turn_shape
from geodesy.shaping.outlines import add_part, cut_hole, fill_hole, remove_part, replace_stretch
from geodesy.shaping.rooms import fill_room
from geodesy.shaping.together import simplify_shapes, smooth_shapes
from geodesy.shaping.trimming import trim_overlap
from tests.geodesy.shaping.shapes import area, at, box, line, refused

SPOT = at((20, 50))[0]
BESIDE = box(100, 0, 200, 100)
CROSSED = {
    "bow": area((0, 0), (100, 100), (100, 0), (0, 100)),
    "lopsided bow": area((0, 0), (100, 60), (100, 0), (0, 100)),
    "spike": area((0, 0), (100, 0), (100, 100), (50, 100), (50, 200), (50, 100), (0, 100)),
    "overlapping parts": shapely.MultiPolygon([box(0, 0, 100, 100), box(50, 50, 150, 150)]),
    "hole across the edge": shapely.Polygon(box(0, 0, 100, 100).exterior, [box(90, 40, 130, 60).exterior]),
}
ODD = {
    **CROSSED,
    "vertices twice": area((0, 0), (0, 0), (100, 0), (100, 100), (100, 100), (0, 100)),
    "line across itself": line((0, 0), (100, 100), (100, 0), (0, 100)),
    "lines": shapely.MultiLineString([line((0, 0), (10, 10)), line((0, 10), (10, 0))]),
    "speck": area((0, 0), (0.0002, 0), (0, 0.0002)),
    "point": shapely.Point(SPOT),
    "line of no length": line((0, 0), (0, 0)),
}
CALLS: dict[str, Callable[[Any], object]] = {
    "cut": lambda shape: cut_shape(shape, line((-10, 50), (160, 51))),
    "stretch": lambda shape: replace_stretch(shape, line((-10, 20), (30, 25), (-10, 80))),
    "hole": lambda shape: cut_hole(shape, area((5, 50), (8, 50), (8, 53))),
    "fill hole": lambda shape: fill_hole(shape, SPOT),
    "part": lambda shape: add_part(shape, box(200, 200, 210, 210)),
    "line part": lambda shape: add_part(shape, line((200, 200), (210, 210))),
    "drop part": lambda shape: remove_part(shape, SPOT),
    "offset": lambda shape: offset_shape(shape, -2),
    "simplify": lambda shape: simplify_shape(shape, 1),
    "smooth": lambda shape: smooth_shape(shape, 1),
    "simplify together": lambda shape: simplify_shapes([shape, BESIDE], 1),
    "smooth together": lambda shape: smooth_shapes([shape, BESIDE], 1),
    "join": lambda shape: join_areas([shape, BESIDE]) if shape.area else None,
    "room": lambda shape: fill_room([shape, BESIDE], at((170, 500))[0]),
    "turn": lambda shape: turn_shape(shape, 33),
    "mirror": lambda shape: mirror_shape(shape, SPOT, at((0, 0))[0]),
    "scale": lambda shape: scale_shape(shape, 1.5),
    "trim": lambda shape: trim_overlap(shape, [BESIDE]),
    "trim to it": lambda shape: trim_overlap(box(20, 20, 120, 30), [shape]),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("shape", ODD)
def test_it_works_or_says_why_not(shape: str, call: str) -> None:
    try:
        CALLS[call](ODD[shape])
    except UserError as error:
        assert str(error) != error.code


@pytest.mark.parametrize("shape", CROSSED)
def test_what_crosses_itself_is_to_be_mended_first(shape: str) -> None:
    for call in ("cut", "stretch", "hole", "part", "offset", "join"):
        if call != "join" or CROSSED[shape].area:
            refused("SHAPE-UNSOUND", lambda call=call: CALLS[call](CROSSED[shape]))


def test_a_part_is_of_the_records_kind() -> None:
    refused("PART-KIND", lambda: add_part(line((0, 0), (9, 0)), box(0, 0, 5, 5)))
    refused("PART-KIND", lambda: add_part(box(0, 0, 5, 5), line((0, 0), (9, 0))))
    refused("PART-KIND", lambda: add_part(shapely.Point(SPOT), shapely.Point(SPOT)))
