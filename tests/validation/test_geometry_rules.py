"""GEO: vertices and validity, against slow and plain readings of the same definitions."""

from collections.abc import Callable
from dataclasses import replace
from math import hypot

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from validation.batch import Batch
from validation.context import CheckContext
from validation.finding import Finding
from validation.paths import build_paths
from validation.rules import geometry
from validation.vertices import count_steps, find_duplicates, find_spikes

Find = Callable[..., list[Finding]]
Make = Callable[..., Batch]

# Coordinates of a coarse grid with tiny offsets: duplicates and spikes at and around the tolerance come up often.
offsets = st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.019, 0.021, 0.05])
vertices = st.tuples(st.integers(0, 4), st.integers(0, 4), offsets, offsets).map(lambda v: (v[0] + v[2], v[1] + v[3]))
lines = st.lists(vertices, min_size=2, max_size=8).map(shapely.LineString)
rings = st.lists(vertices, min_size=3, max_size=8).map(shapely.Polygon)
shapes = st.lists(st.one_of(lines, rings, st.just(shapely.Point(1, 1))), min_size=1, max_size=5)
TOLERANCE = 0.02


def slow_paths(shape: shapely.Geometry) -> list[tuple[list[tuple[float, float]], bool]]:
    if shape.geom_type == "LineString":
        return [(list(shape.coords), False)]
    return [(list(ring.coords), True) for part in shapely.get_parts(shape) for ring in shapely.get_rings(part)]


def slow_duplicates(path: list[tuple[float, float]]) -> int:
    return sum(hypot(b[0] - a[0], b[1] - a[1]) < TOLERANCE for a, b in zip(path, path[1:], strict=False))


def slow_spikes(path: list[tuple[float, float]], is_ring: bool) -> int:
    corners = list(zip(path, path[1:], path[2:], strict=False))
    if is_ring:
        corners.append((path[-2], path[0], path[1]))
    return sum(is_spike(*corner) for corner in corners)


def is_spike(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    back, out = (a[0] - b[0], a[1] - b[1]), (c[0] - b[0], c[1] - b[1])
    short, long = sorted([hypot(*back), hypot(*out)])
    if short < TOLERANCE or back[0] * out[0] + back[1] * out[1] <= 0:
        return False
    return abs(back[0] * out[1] - back[1] * out[0]) / long < TOLERANCE


@given(shapes)
def test_vertices_as_the_slow_way_counts_them(found: list[shapely.Geometry]) -> None:
    array = np.array(found, dtype=object)
    paths = build_paths(array, np.ones(len(array), dtype=bool))
    drawn = [shape for shape in found if shape.geom_type != "Point"]
    every = sorted(
        [item for shape in drawn for item in slow_paths(shape)], key=lambda item: item[1]
    )  # the flat arrays hold lines before rings
    assert len(paths) == len(every)
    assert len(find_duplicates(paths, TOLERANCE)) == sum(slow_duplicates(path) for path, _ in every)
    assert len(find_spikes(paths, TOLERANCE)) == sum(slow_spikes(path, ring) for path, ring in every)
    assert count_steps(paths).tolist() == [
        sum(a != b for a, b in zip(path, path[1:], strict=False)) for path, _ in every
    ]


def test_paths_know_their_owner() -> None:
    shapes = np.array(
        [
            shapely.Point(0, 0),
            shapely.box(0, 0, 9, 9) - shapely.box(1, 1, 2, 2),
            None,
            shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 6), (7, 7)]]),
            shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]),
        ],
        dtype=object,
    )
    paths = build_paths(shapes, ~shapely.is_missing(shapes))
    assert paths.owner.tolist() == [3, 3, 1, 1, 4, 4]
    assert np.diff(paths.starts).tolist() == [2, 3, 5, 5, 5, 5]
    assert paths.is_ring.tolist() == [False, False, True, True, True, True]


def test_one_finding_a_record_with_the_count_and_the_first_place(make_batch: Make, find: Find) -> None:
    line = shapely.LineString([(0, 0), (10, 0), (10.01, 0), (20, 0), (20.0, 0.0), (30, 0)])
    found = find("GEO-05", make_batch("road_segment", [line, shapely.LineString([(0, 0), (5, 5)])]))
    assert [(item.text_code, item.context["count"]) for item in found] == [("GEO-05.duplicate", 2)]
    assert (found[0].place.x, found[0].place.y) == (10.01, 0)


def test_a_ring_has_a_corner_at_its_first_vertex(make_batch: Make, find: Find) -> None:
    tip_first = shapely.Polygon([(60, 30), (40, 30.01), (0, 30), (0, 0), (40, 0), (40, 29.995)])
    found = find("GEO-05", make_batch("land_use_plan_area", [tip_first]))
    assert [item.text_code for item in found] == ["GEO-05.spike"]
    assert (found[0].place.x, found[0].place.y) == (60, 30)


def test_a_bow_tie_says_where_and_what_a_repair_would_change(make_batch: Make, find: Find) -> None:
    found = find("GEO-02", make_batch("land_use_plan_area", [shapely.Polygon([(0, 0), (40, 30), (40, 0), (0, 40)])]))
    assert found[0].place.distance(shapely.Point(22.857142857142858, 17.142857142857142)) < 1e-9
    repaired = shapely.make_valid(shapely.Polygon([(0, 0), (40, 30), (40, 0), (0, 40)])).area
    assert found[0].context["area_change_m2"] == pytest.approx(repaired - 100 * 2, abs=1e-6)


def test_an_unheard_of_reason_is_still_told(make_batch: Make, find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry, "_REASONS", {})
    found = find("GEO-02", make_batch("land_use_plan_area", [shapely.Polygon([(0, 0), (40, 30), (40, 0), (0, 30)])]))
    assert [item.text_code for item in found] == ["GEO-02.other"]
    assert "Self-intersection" in found[0].text("en")


def test_what_has_too_few_points_is_told_once(make_batch: Make, find: Find) -> None:
    flat = shapely.from_wkt("POLYGON ((0 0, 40 0, 0 0, 0 0))")
    batch = make_batch("land_use_plan_area", [flat])
    assert [item.text_code for item in find("GEO-07", batch)] == ["GEO-07.ring"]
    assert find("GEO-02", batch) == []


@pytest.mark.parametrize(
    ("type_id", "wkt", "code"),
    [
        ("bridge", "POINT (0 0)", None),
        ("bridge", "LINESTRING (0 0, 9 0)", None),
        ("bridge", "POLYGON ((0 0, 9 0, 9 9, 0 0))", "GEO-03"),
        ("survey_point", "MULTIPOINT (0 0)", None),
        ("survey_point", "MULTIPOINT (0 0, 1 1)", "GEO-03.parts"),
        ("land_use_plan_area", "MULTIPOLYGON (((0 0, 9 0, 9 9, 0 0)), ((20 0, 29 0, 29 9, 20 0)))", None),
        ("land_use_plan_area", "GEOMETRYCOLLECTION (POLYGON ((0 0, 9 0, 9 9, 0 0)))", "GEO-03"),
        ("dossier_document", "POINT (0 0)", "GEO-03.unwanted"),
    ],
)
def test_kinds(type_id: str, wkt: str, code: str | None, make_batch: Make, find: Find) -> None:
    found = find("GEO-03", make_batch(type_id, [shapely.from_wkt(wkt)]))
    assert [item.text_code for item in found] == ([code] if code else [])


def test_a_type_without_geometry_needs_none(make_batch: Make, find: Find) -> None:
    assert find("GEO-01", make_batch("planning_dossier", [None])) == []
    assert [item.text_code for item in find("GEO-01", make_batch("bridge", [None]))] == ["GEO-01.missing"]


@pytest.mark.parametrize(
    ("type_id", "wkt"),
    [
        ("survey_point", "POINT (inf 0)"),
        ("road_segment", "LINESTRING (0 0, nan 1)"),
        ("land_use_plan_area", "POLYGON ((0 0, 9 inf, 9 9, 0 0))"),
    ],
)
def test_coordinates_that_are_no_numbers_stop_nothing(
    type_id: str, wkt: str, make_batch: Make, find: Find, context: CheckContext
) -> None:
    surroundings = replace(context, boundary=shapely.box(-100, -100, 100, 100))
    with np.errstate(invalid="ignore"):
        shape = shapely.from_wkt(wkt)
    found = find("GEO-01", make_batch(type_id, [shape]), surroundings)
    assert [item.text_code for item in found] == ["GEO-01.not-finite"]
