"""ATT: numbers that were typed in another unit, or that contradict each other."""

from collections.abc import Iterator

from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

ZONE, PROJECT = "planning_zone", "construction_project"


@rule(
    "ATT-09",
    Severity.WARNING,
    scope=Scope(keys=("total_vnd",)),
    tolerances=("att09_least_vnd",),
    good=[example(PROJECT, sample(total_vnd=14_900_000_000), sample(total_vnd=0), sample())],
    bad=[example(PROJECT, sample(total_vnd=14_900), finds="ATT-09")],
)
def amount_in_dong(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """An investment is stated in đồng; a small number was meant in thousands or millions."""
    least = context.tolerance("att09_least_vnd")
    for index, amount in enumerate(batch.numbers("total_vnd")):
        if amount and 0 < amount < least:
            yield Found(index, "", "total_vnd", context={"amount": float(amount)})


@rule(
    "ATT-10",
    {"": Severity.ERROR, "fraction": Severity.WARNING},
    scope=Scope(keys=("density_pct",)),
    legal=("plan_database",),
    good=[example(ZONE, sample(density_pct=60.0), sample(density_pct=0.0), sample(density_pct=100.0))],
    bad=[
        example(ZONE, sample(density_pct=160.0), sample(density_pct=-1.0), finds=("ATT-10",) * 2),
        example(ZONE, sample(density_pct=0.6), finds="ATT-10.fraction"),
    ],
)
def density_in_percent(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Building density is a share of the lot in percent, 0 to 100; a number up to 1 was written as a fraction."""
    for index, density in enumerate(batch.numbers("density_pct")):
        if density is None:
            continue
        facts = {"density": float(density)}
        if not 0 <= density <= 100:
            yield Found(index, "", "density_pct", context=facts)
        elif 0 < density <= 1:
            yield Found(index, "fraction", "density_pct", context=facts)


@rule(
    "ATT-11",
    {"negative": Severity.ERROR, "ratio": Severity.ERROR},
    scope=Scope(types=(ZONE,)),
    legal=("plan_database",),
    tolerances=("att11_ratio",),
    good=[
        example(ZONE, sample(density_pct=60.0, floors_max=5, far=3.0), sample(far=9.0), sample(far=3.0, floors_max=5))
    ],
    bad=[
        example(ZONE, sample(far=-0.5), finds="ATT-11.negative"),
        example(ZONE, sample(density_pct=60.0, floors_max=5, far=4.0), finds="ATT-11.ratio"),
    ],
)
def ratio_fits_density(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """No indicator is negative, and the floor area ratio is at most storeys times density (ground covered)."""
    columns = (batch.numbers(key) for key in ("density_pct", "floors_max", "far"))
    for index, (density, floors, ratio) in enumerate(zip(*columns, strict=True)):
        for key, value in (("floors_max", floors), ("far", ratio)):
            if value is not None and value < 0:
                yield Found(index, "negative", key, context={"value": float(value)})
        if None in (density, floors, ratio) or min(density, floors, ratio) < 0:
            continue
        most = floors * density / 100
        if ratio > most + context.tolerance("att11_ratio"):
            facts = {"ratio": float(ratio), "floors": floors, "density": float(density), "most": round(most, 2)}
            yield Found(index, "ratio", "far", context=facts)


@rule(
    "ATT-13",
    {"same": Severity.WARNING, "less": Severity.WARNING},
    scope=Scope(keys=("capacity_m3d", "pump_capacity_m3h")),
    good=[example("drainage_node", sample(capacity_m3d=2400.0, pump_capacity_m3h=120.0), sample(capacity_m3d=2400.0))],
    bad=[
        example("drainage_node", sample(capacity_m3d=2400.0, pump_capacity_m3h=2400.0), finds="ATT-13.same"),
        example("drainage_node", sample(capacity_m3d=100.0, pump_capacity_m3h=120.0), finds="ATT-13.less"),
    ],
)
def capacity_by_day_or_hour(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A capacity by the day exceeds the pumps' by the hour; the same number in both was typed in the wrong unit."""
    if not {"capacity_m3d", "pump_capacity_m3h"} <= {field.key for field in batch.type.fields}:
        return
    pairs = zip(batch.numbers("capacity_m3d"), batch.numbers("pump_capacity_m3h"), strict=True)
    for index, (daily, hourly) in enumerate(pairs):
        if daily and hourly and daily <= hourly:
            facts = {"daily": float(daily), "hourly": float(hourly)}
            yield Found(index, "same" if daily == hourly else "less", "capacity_m3d", context=facts)


@rule(
    "ATT-14",
    Severity.WARNING,
    scope=Scope(keys=("diameter_mm",)),
    tolerances=("att14_drain_mm", "att14_water_mm"),
    good=[
        example("drainage_line", sample(diameter_mm=600.0), sample(diameter_mm=0.0)),
        example("water_supply_line", sample(diameter_mm=21.0)),
    ],
    bad=[
        example("drainage_line", sample(diameter_mm=60.0), finds="ATT-14"),
        example("culvert", sample(diameter_mm=1.5), finds="ATT-14"),
        example("water_supply_line", sample(diameter_mm=4.0), finds="ATT-14"),
    ],
)
def diameter_in_millimetres(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Diameters are in millimetres; a number no pipe is made in was meant in centimetres, inches or metres."""
    water = batch.type.id.startswith("water_supply")
    least = context.tolerance("att14_water_mm" if water else "att14_drain_mm")
    for index, diameter in enumerate(batch.numbers("diameter_mm")):
        if diameter and 0 < diameter < least:
            yield Found(index, "", "diameter_mm", context={"diameter": float(diameter), "least": least})
