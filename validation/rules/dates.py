"""ATT: whether dates and years are possible, and agree with each other."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from forms.model import DateField, IntegerField, MomentField
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.days import day_of
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

DECIDED = ("decision_date", "task_decision_date")  # DOS-03 judges these
YEARS_DONE = frozenset({"built_year", "installed_year"})
ORDERED = (
    ("valid_from", "valid_to"),
    ("period_from", "period_to"),
    ("period_to", "vision_year"),
    ("start_date", "end_date"),
    ("occurred_at", "reported_at"),
    ("occurred_at", "resolved_at"),
)


@rule(
    "ATT-06",
    {
        "future": Severity.ERROR,
        "future-year": Severity.ERROR,
        "order": Severity.ERROR,
        "not-date": Severity.ERROR,
    },
    scope=Scope(field_types=("date", "moment", "integer")),
    good=[
        example("road_segment", sample(built_year=2026, inspected_on="2026-11-20", valid_to="2030-01-01")),
        example("planning_dossier", sample(period_from=2025, period_to=2035, vision_year=2050)),
        example("incident_report", sample(occurred_at="2026-11-20T16:59:00.000Z")),
    ],
    bad=[
        example("road_segment", sample(inspected_on="2026-11-21"), finds="ATT-06.future"),
        example("incident_report", sample(occurred_at="2026-11-20T17:00:00.000Z"), finds="ATT-06.future"),
        example("road_segment", sample(built_year=2027), finds="ATT-06.future-year"),
        example("road_segment", sample(valid_from="2026-05-01", valid_to="2026-04-30"), finds="ATT-06.order"),
        example("planning_dossier", sample(period_from=2035, period_to=2025), finds="ATT-06.order"),
        example("road_segment", sample(inspected_on="30/02/2026"), finds="ATT-06.not-date"),
    ],
)
def dates_possible(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """What has happened does not lie in the future, and an end not before its beginning."""
    own = DECIDED if batch.type.id == "planning_dossier" else ()
    for field in batch.type.fields:
        if isinstance(field, (DateField, MomentField)):
            yield from _day_findings(field, batch.column(field.key), context.today, judged=field.key not in own)
        elif isinstance(field, IntegerField) and field.key in YEARS_DONE:
            column = batch.column(field.key)
            for index in indices_of(column, lambda year: isinstance(year, int) and year > context.today.year):
                facts = {"field": field.label, "value": column[index], "today": context.today}
                yield Found(index, "future-year", field.key, context=facts)
    yield from _order_findings(batch)


def _day_findings(
    field: DateField | MomentField, column: Sequence[Any], today: date, *, judged: bool
) -> Iterator[Found]:
    for index in indices_of(column, lambda value: value is not None and day_of(value) is None):
        yield Found(index, "not-date", field.key, context={"field": field.label, "value": column[index]})
    if field.future or not judged:
        return
    for index in indices_of(column, lambda value: (day_of(value) or today) > today):
        facts = {"field": field.label, "value": day_of(column[index]), "today": today}
        yield Found(index, "future", field.key, context=facts)


def _order_findings(batch: Batch) -> Iterator[Found]:
    by_key = {field.key: field for field in batch.type.fields}
    for first, last in ORDERED:
        if first not in by_key or last not in by_key:
            continue
        pairs = list(zip(batch.column(first), batch.column(last), strict=True))
        for index in indices_of(pairs, lambda pair: _is_backwards(*pair)):
            begin, end = pairs[index]
            facts = {
                "field": by_key[last].label,
                "value": day_of(end) or end,
                "earlier_field": by_key[first].label,
                "earlier": day_of(begin) or begin,
            }
            yield Found(index, "order", last, context=facts)


def _is_backwards(begin: Any, end: Any) -> bool:
    """Whether the end comes before the beginning; moments to the second, days and years as they are."""
    if isinstance(begin, int) and isinstance(end, int):
        return end < begin
    return isinstance(begin, str) and isinstance(end, str) and None not in (day_of(begin), day_of(end)) and end < begin
