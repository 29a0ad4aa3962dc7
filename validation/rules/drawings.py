"""DRW: whether a scanned drawing lies on the ground as well as its scale promises, and can be read."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from forms.files import is_sha256
from forms.georeferences import read_georeference
from geodesy.fitting import Georeference, is_one_sided
from validation.batch import Batch
from validation.context import CheckContext, HeldContent
from validation.examples import example, sample
from validation.reads import Contents
from validation.rule import Found, Scope, Severity, rule

DRAWING = "planning_drawing"
DRAWINGS = Scope(types=(DRAWING,))
_SHEET = "POLYGON ((0 0, 1000 0, 1000 -800, 0 -800, 0 0))"
_GOOD, _LARGE, _BROKEN = "0a" * 32, "0b" * 32, "0c" * 32
_HELD = {
    _GOOD: HeldContent(5, "whole", pixels=499_000_000),
    _LARGE: HeldContent(5, "whole", pixels=600_000_000),
    _BROKEN: HeldContent(5, "whole", pixels=1_000, is_broken=True),
}


def _points(*places: tuple[float, float], off: float = 0.0) -> str:
    """Lines of control points of a sheet of 1 m a pixel whose top left corner is the examples' centre."""
    lines = [f"{column}; {row}; {2487000 - row}; {437000 + column}" for column, row in places]
    column, row = places[-1]
    lines[-1] = f"{column}; {row}; {2487000 - row + off}; {437000 + column}"
    return "\n".join(lines)


_CORNERS = ((10, 10), (990, 10), (990, 790), (10, 790))


def _laid(**values: Any) -> dict[str, Any]:
    facts = {
        "georef": "affine",
        "gcp_count": 4,
        "rms_m": 0.1,
        "scale_denom": 2000,
        "control_points": _points(*_CORNERS),
    }
    return {**facts, **values}


@rule(
    "DRW-01",
    {"few": Severity.WARNING, "rms": Severity.WARNING, "point": Severity.WARNING},
    scope=DRAWINGS,
    legal=("plan_database",),
    tolerances=("drw01_rms_mm", "drw01_points", "drw01_point_mm"),
    good=[
        example(DRAWING, sample(**_laid()), sample(**_laid(rms_m=1.0)), sample(), sample(georef="none")),
        example(DRAWING, sample(**_laid(rms_m=30.0, scale_denom=None, control_points=None))),
        example(DRAWING, sample(**_laid(control_points=_points(*_CORNERS, off=7.9)))),
    ],
    bad=[
        example(DRAWING, sample(**_laid(gcp_count=3, control_points=None)), finds="DRW-01.few"),
        example(DRAWING, sample(**_laid(rms_m=1.01)), finds="DRW-01.rms"),
        example(
            DRAWING,
            sample(**_laid(georef="helmert", rms_m=0.9, control_points=_points(*_CORNERS, (500, 400), off=3.0))),
            finds="DRW-01.point",
        ),
    ],
)
def georeference_is_poor(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A sheet needs four control points, and neither their misfit nor that of one may be seen on the paper."""
    least, rms_mm = context.tolerance("drw01_points"), context.tolerance("drw01_rms_mm")
    for index, values in _georeferenced(batch):
        count, rms_m, scale = (_number(values.get(key)) for key in ("gcp_count", "rms_m", "scale_denom"))
        if count is not None and count < least:
            yield Found(index, "few", "gcp_count", context={"count": int(count), "least": int(least)})
        if not scale:
            continue
        if rms_m is not None and rms_m > rms_mm / 1000 * scale:
            yield Found(index, "rms", "rms_m", context=_misfit(rms_m, rms_mm, scale))
        found = read_georeference(values)
        if found is not None:
            yield from _stray_points(index, found, context.tolerance("drw01_point_mm"), scale)


def _stray_points(index: int, found: Georeference, allowed_mm: float, scale: float) -> Iterator[Found]:
    for place in np.flatnonzero(found.residuals_m > allowed_mm / 1000 * scale).tolist():
        point, off_m = found.points[place], float(found.residuals_m[place])
        facts = {**_misfit(off_m, allowed_mm, scale), "number": place + 1}
        yield Found(index, "point", "control_points", place=shapely.Point(point.east, point.north), context=facts)


def _misfit(off_m: float, allowed_mm: float, scale: float) -> dict[str, Any]:
    facts = {"off_m": round(off_m, 3), "off_mm": round(off_m / scale * 1000, 2), "scale": int(scale)}
    return {**facts, "allowed_m": round(allowed_mm / 1000 * scale, 3), "allowed_mm": allowed_mm}


@rule(
    "DRW-02",
    Severity.WARNING,
    scope=DRAWINGS,
    legal=("plan_database",),
    good=[
        example(DRAWING, sample(_SHEET, **_laid())),
        example(DRAWING, sample(**_laid(control_points=_points((10, 10), (400, 10), (400, 300), (10, 300))))),
    ],
    bad=[
        example(
            DRAWING,
            sample(_SHEET, **_laid(control_points=_points((10, 10), (400, 10), (400, 790), (10, 790)))),
            finds="DRW-02",
        ),
    ],
)
def points_on_one_side(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Control points in one half of the sheet say nothing of the other; the sheet's size comes from its outline."""
    for index, values in _georeferenced(batch):
        outline = batch.geometries[index]
        found = read_georeference(values) if batch.located[index] else None
        if found is None:
            continue
        corners = found.to_pixels(shapely.get_coordinates(outline))
        width, height = corners.max(axis=0)
        if np.isfinite(corners).all() and width > 1 and height > 1 and is_one_sided(found.points, width, height):
            middle = np.mean([(point.east, point.north) for point in found.points], axis=0)
            yield Found(index, "", "control_points", place=shapely.Point(middle))


@rule(
    "DRW-03",
    {"large": Severity.ERROR, "broken": Severity.ERROR},
    scope=DRAWINGS,
    legal=("plan_database",),
    tolerances=("drw03_megapixels",),
    reads=(Contents(),),
    good=[example(DRAWING, sample(file_sha256=_GOOD), sample(), contents=_HELD)],
    bad=[
        example(DRAWING, sample(file_sha256=_LARGE), finds="DRW-03.large", contents=_HELD),
        example(DRAWING, sample(file_sha256=_BROKEN), finds="DRW-03.broken", contents=_HELD),
    ],
)
def drawing_unreadable(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A scanned drawing must be whole, and no larger than the offices that receive it can open."""
    hashes = batch.column("file_sha256")
    held = context.held_contents({text for text in hashes if is_sha256(text)})
    most = context.tolerance("drw03_megapixels")
    for index, sha256 in enumerate(hashes):
        content = (held or {}).get(sha256) if is_sha256(sha256) else None
        if content is None:
            continue
        if content.is_broken:
            yield Found(index, "broken", "file_sha256")
        elif content.pixels is not None and content.pixels > most * 1_000_000:
            facts = {"megapixels": round(content.pixels / 1_000_000), "most": round(most)}
            yield Found(index, "large", "file_sha256", context=facts)


def _number(value: Any) -> float | None:
    """Return a measure that is one, ``None`` for anything else: other rules tell of a value of the wrong kind."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return float(value) if is_one else None


def _georeferenced(batch: Batch) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the drawings that are laid, with their values."""
    for index, method in enumerate(batch.column("georef")):
        if method not in (None, "none"):
            yield index, batch.values_of(index)
