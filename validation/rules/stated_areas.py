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
        for index, stated in enumerate(batch.numbers(key)):
            measured = float(areas[index])
            if not stated or stated < 0 or not measured:
                continue
            stated_m2 = float(stated) * unit_m2
            if abs(measured - stated_m2) > allowed_area_difference_m2(float(stated), unit_m2, limits):
                share = 100 * (measured - stated_m2) / stated_m2
                facts = {"measured_m2": measured, "stated_m2": stated_m2, "share_percent": share}
                yield Found(index, field=key, context=facts)
