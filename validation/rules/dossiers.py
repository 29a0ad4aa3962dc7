"""DOS: whether a planning dossier carries the decision it rests on."""

import re
from collections.abc import Iterator
from typing import Any

from forms.decision_numbers import normalise_decision_number
from forms.requirements import is_filled
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.days import day_of
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

DOSSIER = Scope(types=("planning_dossier",))
APPROVED = frozenset({"da_phe_duyet", "dang_dieu_chinh", "het_hieu_luc", "chuyen_tiep"})
DECISION = ("decision_no", "decision_date", "approving_authority")
NUMBERS = ("decision_no", "task_decision_no")
DATES = ("decision_date", "task_decision_date")

_NUMBER = re.compile(r"\d+(/\d{4})?/(QĐ|NQ|KH|TB|TT|NĐ)-[A-ZĐ0-9]+")
_ETH = str.maketrans({"Ð": "Đ", "ð": "đ"})


@rule(
    "DOS-01",
    Severity.ERROR,
    scope=DOSSIER,
    legal=("identifiers",),
    good=[
        example(
            "planning_dossier",
            sample(
                status="da_phe_duyet",
                decision_no="2820/QĐ-UBND",
                decision_date="2026-03-02",
                approving_authority="UBND_tinh",
            ),
            sample(status="du_thao"),
            sample(),
        )
    ],
    bad=[
        example(
            "planning_dossier",
            sample(status="da_phe_duyet", decision_no="2820/QĐ-UBND"),
            finds=("DOS-01", "DOS-01"),
        )
    ],
)
def approved_without_decision(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A dossier that has been approved must give the decision's number, date and authority."""
    for index in indices_of(batch.column("status"), lambda status: str(status) in APPROVED):
        for key in DECISION:
            if not is_filled(batch.column(key)[index]):
                yield Found(index, field=key, context={"field": batch.type.field(key).label})


@rule(
    "DOS-02",
    {"": Severity.WARNING, "suggested": Severity.WARNING},
    scope=DOSSIER,
    good=[
        example(
            "planning_dossier",
            sample(decision_no="2820/QĐ-UBND", task_decision_no="15/2026/NQ-HĐND"),
            sample(decision_no="2820/Q\u00d0-UBND"),
            sample(),
        )
    ],
    bad=[
        example("planning_dossier", sample(decision_no="Quyết định 2820"), finds="DOS-02"),
        example("planning_dossier", sample(decision_no="2820 / QD - UBND"), finds="DOS-02.suggested"),
        example("planning_dossier", sample(task_decision_no="15/qđ-ubnd"), finds="DOS-02.suggested"),
        example("planning_dossier", sample(decision_no="Số: 2820/QĐ-UBND ngày 12/6/2025"), finds="DOS-02.suggested"),
    ],
    version=2,
)
def decision_number_written(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A decision's number is written number/kind-body; the letter Ð (U+00D0) passes for Đ."""
    for key in NUMBERS:
        column = batch.column(key)
        for index in indices_of(column, lambda value: value is not None and not _is_number(str(value))):
            value = str(column[index])
            suggestion = normalise_decision_number(value)
            facts: dict[str, Any] = {"field": batch.type.field(key).label, "value": value}
            if _NUMBER.match(suggestion):
                yield Found(index, "suggested", key, context={**facts, "suggestion": suggestion})
            else:
                yield Found(index, "", key, context=facts)


def _is_number(text: str) -> bool:
    return _NUMBER.match(text.translate(_ETH).strip()) is not None


@rule(
    "DOS-03",
    {"order": Severity.ERROR, "future": Severity.ERROR},
    scope=DOSSIER,
    legal=("identifiers", "accuracy"),
    good=[
        example(
            "planning_dossier",
            sample(decision_date="2026-11-20", task_decision_date="2025-08-01"),
            sample(decision_date="2025-08-01", task_decision_date="2025-08-01"),
        )
    ],
    bad=[
        example(
            "planning_dossier",
            sample(decision_date="2025-07-31", task_decision_date="2025-08-01"),
            finds="DOS-03.order",
        ),
        example("planning_dossier", sample(decision_date="2026-11-21"), finds="DOS-03.future"),
    ],
)
def decision_dates_possible(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A plan is not decided before its task, nor in the future."""
    for key in DATES:
        column = batch.column(key)
        for index in indices_of(column, lambda value: (day_of(value) or context.today) > context.today):
            facts = {"field": batch.type.field(key).label, "value": day_of(column[index]), "today": context.today}
            yield Found(index, "future", key, context=facts)
    pairs = list(zip(batch.column("decision_date"), batch.column("task_decision_date"), strict=True))
    for index in indices_of(pairs, lambda pair: _is_before(*pair)):
        decision, task = pairs[index]
        facts = {"value": day_of(decision), "task": day_of(task)}
        yield Found(index, "order", "decision_date", context=facts)


def _is_before(decision: Any, task: Any) -> bool:
    first, last = day_of(task), day_of(decision)
    return first is not None and last is not None and last < first
