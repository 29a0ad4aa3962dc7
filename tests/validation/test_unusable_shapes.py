"""Shapes that make GEOS fail are findings about their own record, and stop no rule about the others."""

from collections.abc import Callable

import pytest
import shapely

from forms.catalogue import Catalogue
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_all, check_batch
from validation.isolation import FAILED

BAD = [
    *("POINT (NaN 5)", "POINT (Infinity 5)", "POINT EMPTY"),
    *("LINESTRING (0 0, NaN 5, 9 9)", "LINESTRING (0 0, Infinity 5)", "LINESTRING (5 5, 5 5)", "LINESTRING EMPTY"),
    *("POLYGON ((0 0, NaN 5, 9 9, 0 0))", "POLYGON ((0 0, Infinity 5, 9 9, 0 0))", "POLYGON EMPTY"),
    *("POLYGON ((0 0, 40 0, 0 0, 0 0))", "POLYGON ((0 0, 40 30, 40 0, 0 30, 0 0))"),
    *(
        "MULTIPOLYGON (((437000 2487000, 437040 2487000, 437040 2487030, 437000 2487000)), EMPTY)",
        "MULTIPOINT ((9 9), EMPTY)",
    ),
    *("MULTILINESTRING ((437000 2487000, 437090 2487005), EMPTY)", "MULTIPOLYGON (EMPTY, EMPTY)"),
    "GEOMETRYCOLLECTION (POINT (0 0), LINESTRING (0 0, 9 9))",
]
GOOD = {
    "point": shapely.Point(437000, 2487000),
    "line": shapely.LineString([(437000, 2487000), (437100, 2487003)]),
    "area": shapely.box(437000, 2487000, 437040, 2487030),
}


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_no_rule_stops_at_a_shape_that_is_none(
    catalogue: Catalogue, make_batch: Callable[..., Batch], stocked: Callable[..., CheckContext]
) -> None:
    """Every type holds shapes of every kind, some of them twice: whatever another program may have left in a store."""
    link = "00000000-0001-7000-8000-000000000000"
    shapes = [*GOOD.values(), *GOOD.values(), None, *(shapely.from_wkt(text) for text in BAD)]
    batches = []
    for place, record_type in enumerate(catalogue.types.values()):
        keys = {field.key for field in record_type.fields}
        values = {"dossier_uid": link, "kind": "CGXD", "safety_corridor_m": 4.0, "code_plan": "CQP"}
        own = {key: value for key, value in values.items() if key in keys}
        batches.append(make_batch(record_type.id, shapes, first=1 + 1_000 * place, **own))
    context = stocked(*batches, boundary=shapely.box(430000, 2480000, 440000, 2490000))
    found = check_all([batch.type.id for batch in batches], context)
    failed = [item for item in found if item.text_code == FAILED]
    assert [(item.context["rule"], item.context["reason"]) for item in failed] == []
    by_rule = {(item.rule_id, item.uid) for item in found}
    for batch in batches:
        for index in range(7, len(shapes)):
            told = {rule_id for rule_id, uid in by_rule if uid == batch.uids[index]}
            assert told & {"GEO-01", "GEO-02", "GEO-03", "GEO-07", "CRS-03"}, (batch.type.id, shapes[index])
        assert {item.uid for item in check_batch(batch.take([0, 7, 10]), context)} <= set(batch.uids)
