"""GEO: geometries are plane; heights are attributes of their records."""

from collections.abc import Iterator

import numpy as np
import shapely

from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import ANY_GEOMETRY, Found, Severity, rule


@rule(
    "GEO-04",
    {"height": Severity.ERROR, "measure": Severity.ERROR},
    scope=ANY_GEOMETRY,
    legal=("simple_features",),
    good=[example("road_segment", sample("LINESTRING (437000 2487000, 437100 2487000)", absolute=True), sample())],
    bad=[
        example(
            "road_segment",
            sample("LINESTRING Z (437000 2487000 12, 437100 2487000 0)", absolute=True),
            finds="GEO-04.height",
        ),
        example("survey_point", sample("POINT M (437000 2487000 5)", absolute=True), finds="GEO-04.measure"),
    ],
)
def heights_in_the_geometry(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """No vertex carries a height or a measure: some of a line's would have one and others not, and nobody would see."""
    has_height, has_measure = shapely.has_z(batch.geometries), shapely.has_m(batch.geometries)
    for index in np.flatnonzero(has_height | has_measure).tolist():
        yield Found(index, "height" if has_height[index] else "measure")
