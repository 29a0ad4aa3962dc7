"""ATT-07: whether the grade of a work fits what the tables give its size."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.messages import LANGUAGES, Language
from forms.grades import GradeSuggestion, suggest_grade, word_criterion
from forms.model import RecordType
from forms.requirements import is_filled
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

GRADE, BASIS = "work_grade", "grade_basis"
PIPE_OF_1200_M, PIPE_OF_400_M = "LINESTRING (0 0, 1200 0)", "LINESTRING (0 0, 400 0)"


@rule(
    "ATT-07",
    {"": Severity.WARNING, "documented": Severity.INFO},
    scope=Scope(keys=(GRADE,)),
    legal=("grades",),
    good=[
        example("water_supply_line", sample(PIPE_OF_1200_M, diameter_mm=400.0, work_grade="II")),
        example("water_supply_line", sample(PIPE_OF_400_M, diameter_mm=400.0, work_grade="III")),
        example("bridge", sample(bridge_kind="cau_duong_bo", max_span_m=30.0)),
        example("road_segment", sample(mgmt_class="duong_do_thi", lanes=5, work_grade="I")),
        example("road_segment", sample(surface="BTXM", work_grade="IV")),
    ],
    bad=[
        example("bridge", sample(bridge_kind="cau_duong_bo", max_span_m=30.0, work_grade="I"), finds="ATT-07"),
        example("water_supply_line", sample(PIPE_OF_400_M, diameter_mm=400.0, work_grade="II"), finds="ATT-07"),
        example("public_building", sample(function="truong_mn", work_grade="IV"), finds="ATT-07"),
        example(
            "telecom_line",
            sample(cable_scope="noi_tinh", work_grade="III", grade_basis="Quyết định 12/QĐ-SXD ngày 05/3/2026"),
            finds="ATT-07.documented",
        ),
    ],
)
def grade_fits_size(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A grade other than the strictest one its size gives is doubted; where the tables have a gap, nothing is said."""
    basis = batch.column(BASIS)
    for index, recorded in enumerate(batch.column(GRADE)):
        if not is_filled(recorded):
            continue
        geometry = batch.geometries[index] if batch.located[index] else None
        suggestion = suggest_grade(batch.type.id, batch.values_of(index), geometry)
        if suggestion is None or suggestion.grade is None or suggestion.grade == recorded:
            continue
        variant = "documented" if is_filled(basis[index]) else ""
        yield Found(index, variant, GRADE, context=_facts(batch.type, recorded, suggestion, context))


def _facts(
    record_type: RecordType, recorded: Any, suggestion: GradeSuggestion, context: CheckContext
) -> dict[str, Any]:
    labels = {item.key: item.label for item in record_type.fields}
    note = suggestion.note
    return {
        "field": labels[GRADE],
        "value": _grade_words(recorded, context),
        "suggested": _grade_words(suggestion.grade, context),
        "grade": suggestion.grade,
        "rule": suggestion.rule_id,
        "criterion": {
            language: word_criterion(record_type, suggestion, context.catalogue, language) for language in LANGUAGES
        },
        "table": suggestion.table,
        "basis": labels.get(BASIS, labels[GRADE]),
        "note": {language: f" {note[language]}" if note else "" for language in LANGUAGES},
    }


def _grade_words(grade: Any, context: CheckContext) -> Mapping[Language, str] | str:
    choice = context.catalogue.choice_list(GRADE).get(str(grade))
    return dict(choice.label) if choice else str(grade)
