"""CRD: the area that a document states, held against the area by coordinates."""

from collections.abc import Iterator

import numpy as np
import shapely

from validation.areas import allowed_area_difference_m2
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

UNITS_M2 = {"area_stated_m2": 1.0, "area_stated_ha": 10_000.0}
HECTARE = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"
LIMITS = ("crd04_area_percent", "crd04_area_m2")


@rule(
    "CRD-04",
    Severity.WARNING,
    scope=Scope(geometries=("multi_polygon",), keys=tuple(UNITS_M2)),
    legal=("plan_database", "accuracy"),
    tolerances=LIMITS,
    good=[
        example("planning_zone", sample(HECTARE, area_stated_m2=10049.0), sample(HECTARE), sample(area_stated_m2=5.0)),
        example("land_use_plan_area", sample(HECTARE, area_stated_ha=1.0), sample(HECTARE, area_stated_ha=1.004)),
    ],
    bad=[
        example("planning_zone", sample(HECTARE, area_stated_m2=10051.0), finds="CRD-04"),
        example("land_use_plan_area", sample(HECTARE, area_stated_ha=1.0072), finds="CRD-04"),
    ],
)
def area_differs_from_the_stated_one(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The area by coordinates is the one that the dossier states; an area rounded as it is stated fits."""
    limits = {key: context.tolerance(key) for key in LIMITS}
    areas = np.where(batch.valid, shapely.area(batch.geometries), 0.0)
    for key, unit_m2 in UNITS_M2.items():
        if batch.column(key).count(None) == len(batch):
            continue
        stated = np.array([number or 0.0 for number in batch.numbers(key)], dtype=np.float64)
        off = np.abs(areas - stated * unit_m2)
        plain = np.maximum(limits["crd04_area_m2"], limits["crd04_area_percent"] / 100 * stated * unit_m2)
        for index in np.flatnonzero((stated > 0) & (areas > 0) & (off > plain)).tolist():
            told, measured = float(stated[index]), float(areas[index])
            if off[index] > allowed_area_difference_m2(told, unit_m2, limits):
                stated_m2 = told * unit_m2
                share = 100 * (measured - stated_m2) / stated_m2
                facts = {"measured_m2": measured, "stated_m2": stated_m2, "share_percent": share}
                yield Found(index, field=key, context=facts)
