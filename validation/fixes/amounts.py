"""Fixes of numbers in another unit, and of values that another record or the tables give."""

from collections.abc import Iterator

from forms.record import Record
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.company import find_record, title_of
from validation.fixes.fix import Proposed, alter, fix

_HOURS = 24
_FACTORS: dict[str, tuple[float, ...]] = {
    "ATT-09": (1_000_000, 1_000),
    "ATT-10": (100,),
    "ATT-14": (10, 25.4, 1_000),
}


@fix("change_unit", for_rules=tuple(_FACTORS))
def change_unit(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The number in its field's unit: from millions or thousands of đồng, a fraction, centimetres, inches, metres."""
    field = next(item for item in context.catalogue.type(record.type_id).fields if item.key == finding.field)
    value = record.values.get(field.key)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value <= 0:
        return
    if finding.rule_id == "ATT-10" and finding.text_code != "ATT-10.fraction":
        return
    for factor in _FACTORS[finding.rule_id]:
        after: int | float = round(value * factor, 6)
        after = int(after) if field.type == "integer" else float(after)
        facts = {"before": value, "after": after, "factor": float(factor)}
        yield Proposed((alter(record, {field.key: after}),), f"{factor:g}", facts, finding.rule_id == "ATT-10")


@fix("capacity_by_day", for_rules=("ATT-13",))
def capacity_by_day(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The same number in both: one of them is 24 times, or a 24th of, what was typed."""
    daily, hourly = record.values.get("capacity_m3d"), record.values.get("pump_capacity_m3h")
    if not daily or not hourly or daily != hourly:
        return
    for key, before, after in (
        ("capacity_m3d", daily, float(hourly * _HOURS)),
        ("pump_capacity_m3h", hourly, round(float(daily) / _HOURS, 3)),
    ):
        label = context.catalogue.type(record.type_id).field(key).label
        facts = {"target": label, "before": before, "after": after}
        yield Proposed((alter(record, {key: after}),), key, facts, is_certain=False)


@fix("grade_of_table", for_rules=("ATT-07",))
def grade_of_table(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The grade that the tables give a work of this size."""
    grade = finding.context.get("grade")
    if grade and finding.text_code == "ATT-07":
        facts = {"before": finding.context.get("value"), "after": finding.context.get("suggested")}
        yield Proposed((alter(record, {"work_grade": grade}),), facts=facts)


@fix("scale_of_dossier", for_rules=("DOS-10",))
def scale_of_dossier(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The drawing has the scale of its dossier."""
    dossier = find_record(context, "planning_dossier", str(record.values.get("dossier_uid")))
    scale = None if dossier is None else dossier.values.get("scale_denom")
    if dossier is not None and scale is not None:
        before = record.values.get("scale_denom")
        facts = {"target": title_of(context, dossier), "before": before or "", "after": scale}
        yield Proposed((alter(record, {"scale_denom": scale}),), facts=facts, is_certain=before is None)
