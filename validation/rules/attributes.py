"""ATT: whether the values of a record are there, in their lists and in their limits."""

import math
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from forms.choices import ChoiceList
from forms.land_use import LAND_CODES, mixed_codes
from forms.model import (
    ChoiceField,
    ChoicesField,
    IntegerField,
    NumberField,
)
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.days import day_of, record_day
from validation.demands import demands_of
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

TOLD_BY_ADM = frozenset({"commune_code", "former_commune_code"})
TOLD_ELSEWHERE = {  # DOS-01 and SEC-01 ask for these
    "planning_dossier": frozenset({"decision_no", "decision_date", "approving_authority", "secrecy_declared"})
}


@rule(
    "ATT-01",
    {"save": Severity.ERROR, "approve": Severity.ERROR, "complete": Severity.WARNING},
    scope=Scope(),
    legal=("identifiers", "accuracy"),
    good=[
        example(
            "incident_report",
            sample(
                name="Sạt lở ta luy",
                commune_code="01153",
                incident_type="sat_lo",
                occurred_at="2026-11-19T01:00:00.000Z",
                reported_at="2026-11-19T02:00:00.000Z",
                severity="2",
                status="moi",
            ),
        )
    ],
    bad=[
        example("road_segment", sample(commune_code="01153"), finds=("ATT-01.approve", "ATT-01.complete")),
        example(
            "road_segment",
            sample(name="Đường thôn Minh Tâm", commune_code="01153"),
            finds="ATT-01.complete",
        ),
        example("incident_report", sample(commune_code="01153"), finds=("ATT-01.approve", "ATT-01.complete")),
    ],
)
def required_empty(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """What the type demands must be filled; what it merely wants is one warning a record, naming every field."""
    demands = demands_of(batch)
    wanted = np.zeros((len(batch), len(demands)), dtype=bool)
    for column, demand in enumerate(demands):
        field = demand.field
        for strength, lack in demand.missing.items():
            if strength == "complete":
                wanted[lack, column] = not context.errors_only
            elif field.key not in TOLD_ELSEWHERE.get(batch.type.id, ()):
                about = {"field": field.label}
                yield from (Found(index, strength, field.key, context=about) for index in np.flatnonzero(lack).tolist())
    lacking = np.flatnonzero(wanted.any(axis=1))
    told: dict[bytes, dict[str, Any]] = {}
    for index, pattern in zip(lacking.tolist(), _row_texts(wanted[lacking]), strict=True):
        facts = told.get(pattern)
        if facts is None:
            fields = [demands[column].field for column in np.flatnonzero(wanted[index])]
            keys = [field.key for field in fields]
            facts = told[pattern] = {"count": len(keys), "keys": keys, "fields": [field.label for field in fields]}
        yield Found(index, "complete", facts["keys"][0] if facts["count"] == 1 else None, context=facts)


def _row_texts(rows: npt.NDArray[np.bool_]) -> list[bytes]:
    """Return bytes that are the same for rows that are the same."""
    packed = np.packbits(rows, axis=1)
    return packed.view(f"V{packed.shape[1]}").ravel().tolist() if packed.size else []


@rule(
    "ATT-02",
    {
        "unknown": Severity.ERROR,
        "unverified": Severity.ERROR,
        "legacy": Severity.WARNING,
        "retired": Severity.ERROR,
    },
    version=2,
    scope=Scope(field_types=("choice", "choices")),
    legal=("diaba",),
    good=[
        example("road_segment", sample(surface="BTXM", affected_communes=["01165"])),
        example("road_segment", sample()),
        example("planning_dossier", sample(approving_authority="UBND_huyen", decision_date="2025-06-30")),
    ],
    bad=[
        example(
            "planning_dossier",
            sample(approving_authority="UBND_huyen", decision_date="2025-07-01"),
            sample(approving_authority="UBND_huyen"),
            finds=("ATT-02.retired", "ATT-02.retired"),
        ),
        example("road_segment", sample(surface="be_tong"), finds="ATT-02.unknown"),
        example("road_segment", sample(affected_communes=["01165", "99999"]), finds="ATT-02.unknown"),
        example("road_segment", sample(mgmt_class="duong_huyen"), finds="ATT-02.legacy"),
    ],
)
def value_in_list(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A code must stand in its list, verified, and in force on the record's day; one of older rules is doubted."""
    for field in batch.type.fields:
        if (
            not isinstance(field, (ChoiceField, ChoicesField))
            or field.choices == LAND_CODES
            or field.key in TOLD_BY_ADM
        ):
            continue
        codes = context.catalogue.choice_list(field.choices)
        column = batch.column(field.key)
        for index in indices_of(column, partial(_strange_codes, codes=codes)):
            for code, variant in _strange_codes(column[index], codes).items():
                choice = codes.get(code)
                facts = {"field": field.label, "value": code, "label": dict(choice.label) if choice else code}
                yield Found(index, variant, field.key, context=facts)
        yield from _retired(batch, field, codes, context)


def _retired(
    batch: Batch, field: ChoiceField | ChoicesField, codes: ChoiceList, context: CheckContext
) -> Iterator[Found]:
    """Yield the values that were no longer in force on the day their record speaks of."""
    if not codes.retired:
        return
    column = batch.column(field.key)
    for index in indices_of(column, partial(_holds_any, codes=codes.retired)):
        day = record_day(batch.type, batch.values_of(index), context.today)
        value = column[index]
        for code in value if isinstance(value, list) else (value,):
            last = day_of(codes.retired.get(code)) if isinstance(code, str) else None
            if last is not None and last < day:
                choice = codes.get(code)
                facts = {
                    "field": field.label,
                    "value": code,
                    "label": dict(choice.label) if choice else code,
                    "last": last,
                    "day": day,
                }
                yield Found(index, "retired", field.key, context=facts)


def _holds_any(value: Any, codes: Collection[str]) -> bool:
    return any(isinstance(item, str) and item in codes for item in (value if isinstance(value, list) else [value]))


def _strange_codes(value: Any, codes: ChoiceList) -> dict[str, str]:
    """Return what is wrong with each code of a value that is no good."""
    found = {}
    for code in value if isinstance(value, list) else () if value is None else (value,):
        choice = codes.get(code) if isinstance(code, str) else None
        if choice is None:
            found[str(code)] = "unknown"
        elif choice.status in ("unverified", "legacy"):
            found[code] = choice.status
    return found


@rule(
    "ATT-05",
    {"low": Severity.ERROR, "high": Severity.ERROR, "not-number": Severity.ERROR},
    scope=Scope(field_types=("integer", "number")),
    good=[example("road_segment", sample(carriageway_w=5.5, lanes=2, from_km=0))],
    bad=[
        example("road_segment", sample(carriageway_w=-1.0), finds="ATT-05.low"),
        example("land_use_plan_area", sample(year_target=20300), finds="ATT-05.high"),
        example("road_segment", sample(carriageway_w="5,5"), sample(lanes=1.5), finds=("ATT-05.not-number",) * 2),
    ],
)
def number_in_range(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A number must be one, and lie within the closed range its field declares."""
    for field in batch.type.fields:
        if not isinstance(field, (IntegerField, NumberField)):
            continue
        column = batch.column(field.key)
        for index in indices_of(column, partial(_range_fault, field=field)):
            value = column[index]
            facts = {
                "field": field.label,
                "value": value,
                "minimum": field.minimum,
                "maximum": field.maximum,
                "unit": field.unit or "",
            }
            yield Found(index, _range_fault(value, field) or "", field.key, context=facts)


def _range_fault(value: Any, field: IntegerField | NumberField) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        return "not-number"
    if isinstance(field, IntegerField) and value != int(value):
        return "not-number"
    if field.minimum is not None and value < field.minimum:
        return "low"
    return "high" if field.maximum is not None and value > field.maximum else None


@rule(
    "ATT-08",
    {
        "mixed": Severity.ERROR,
        "legacy": Severity.ERROR,
        "replaced": Severity.ERROR,
        "unverified": Severity.ERROR,
        "unknown": Severity.ERROR,
        "retired": Severity.ERROR,
    },
    version=2,
    scope=Scope(types=("land_use_plan_area", "planning_zone"), field_types=("choice",)),
    legal=("land_codes",),
    good=[example("land_use_plan_area", sample(code_current="LUC", code_plan="ONT"), sample())],
    bad=[
        example("land_use_plan_area", sample(code_plan="ONT+CLN"), finds="ATT-08.mixed"),
        example("land_use_plan_area", sample(code_current="BHK"), finds="ATT-08.legacy"),
        example("land_use_plan_area", sample(code_plan="DKV"), finds="ATT-08.unverified"),
        example("land_use_plan_area", sample(code_plan="ZZZ"), finds="ATT-08.unknown"),
    ],
)
def land_code_usable(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A land code must be one of the circular in force that has been verified, and one alone."""
    for field in batch.type.fields:
        if not isinstance(field, ChoiceField) or field.choices != LAND_CODES:
            continue
        codes, column = context.catalogue.choice_list(LAND_CODES), batch.column(field.key)
        for index in indices_of(column, partial(_land_fault, codes=codes)):
            code = str(column[index])
            choice = codes.get(code)
            facts = {
                "field": field.label,
                "value": code,
                "label": dict(choice.label) if choice else code,
                "parts": mixed_codes(code, codes),
                "successor": (choice and choice.successor) or "",
            }
            yield Found(index, _land_fault(code, codes) or "", field.key, context=facts)
        yield from _retired(batch, field, codes, context)


def _land_fault(value: Any, codes: ChoiceList) -> str | None:
    if value is None:
        return None
    choice = codes.get(value) if isinstance(value, str) else None
    if choice is None:
        return "mixed" if mixed_codes(str(value), codes) else "unknown"
    if choice.status == "legacy" and choice.successor:
        return "replaced"
    return None if choice.is_selectable else choice.status
