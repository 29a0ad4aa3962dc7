import numpy as np
import pytest

from geodesy.datum import transform_xy
from geodesy.graticules import build_graticule
from geodesy.systems import VN2000_GEOGRAPHIC, tm_system

HOME = tm_system(105.5)


def test_lines_lie_on_whole_minutes_and_cross_the_view() -> None:
    bounds = (430_000.0, 2_480_000.0, 440_000.0, 2_488_000.0)
    lines = build_graticule(bounds, HOME, 2_000.0)
    assert {line.kind for line in lines} == {"lon", "lat"}
    for line in lines:
        degrees = transform_xy(line.xy, HOME, VN2000_GEOGRAPHIC)
        along = degrees[:, 0 if line.kind == "lon" else 1]
        assert along == pytest.approx(np.full(len(along), line.seconds / 3600), abs=1e-10)
    meridians = sorted(line.seconds for line in lines if line.kind == "lon")
    assert set(np.diff(meridians)) == {120}
    (low, high) = (
        np.array([line.xy[:, 1].min() for line in lines if line.kind == "lon"]).min(),
        max(line.xy[:, 1].max() for line in lines),
    )
    assert low < bounds[1] + 200
    assert high > bounds[3] - 200


def test_a_line_says_its_angle_and_no_more() -> None:
    found = {line.label for line in build_graticule((430_000, 2_480_000, 430_400, 2_480_300), HOME, 60.0)}
    assert any(label.endswith('"') for label in found)
    wide = {line.label for line in build_graticule((0, 1_000_000, 1_000_000, 2_500_000), HOME, 200_000.0)}
    assert "105°" not in wide or "106°" in wide
    assert all("'" not in label for label in wide)


def test_a_view_that_no_zone_reaches_has_no_lines() -> None:
    assert build_graticule((9e8, 9e8, 9.1e8, 9.1e8), HOME, 1e6) == []
