"""Which parts a planning dossier needs, by the kind of plan and how far it has come, and which of them it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Literal

from core.messages import LANGUAGES, render
from core.tables import load_table
from forms.catalogue import Catalogue
from forms.expressions import evaluate
from forms.model import Text
from forms.requirements import is_filled

DOSSIER = "planning_dossier"
DOCUMENT = "dossier_document"
DRAWING = "planning_drawing"
BOUNDARY = "planning_boundary"
PARTS = "dossier_parts"
DOCUMENT_KINDS = "document_kind"
UNKNOWN_KIND = "?"

PartKind = Literal["field", "document", "records", "relation"]
Strength = Literal["law", "rule", "hint"]
Values = Mapping[str, Any]


class Stage(StrEnum):
    """How far a plan has come: what its dossier must hold follows from it."""

    TASK = "task"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ADJUSTING = "adjusting"
    EXPIRED = "expired"
    TRANSITIONAL = "transitional"


STAGE_WORDS: Mapping[Stage, str] = {
    Stage.TASK: "DOSSIER-STAGE-TASK",
    Stage.SUBMITTED: "DOSSIER-STAGE-SUBMITTED",
    Stage.APPROVED: "DOSSIER-STAGE-APPROVED",
    Stage.ADJUSTING: "DOSSIER-STAGE-ADJUSTING",
    Stage.EXPIRED: "DOSSIER-STAGE-EXPIRED",
    Stage.TRANSITIONAL: "DOSSIER-STAGE-TRANSITIONAL",
}

_DECIDED: Mapping[str, Stage] = {
    "da_phe_duyet": Stage.APPROVED,
    "dang_dieu_chinh": Stage.ADJUSTING,
    "het_hieu_luc": Stage.EXPIRED,
    "chuyen_tiep": Stage.TRANSITIONAL,
}


def stage_of(values: Values) -> Stage:
    """Return the stage of a dossier: its status; before approval, whether its task has been decided."""
    decided = _DECIDED.get(str(values.get("status")))
    if decided is not None:
        return decided
    return Stage.SUBMITTED if is_filled(values.get("task_decision_no")) else Stage.TASK


def kind_of(values: Values) -> str | None:
    """Return the code of a dossier's kind of plan, ``None`` while nobody has said."""
    kind = values.get("plan_kind")
    return kind if isinstance(kind, str) and kind else None


@dataclass(frozen=True, slots=True)
class Want:
    """One part that ``dossier_parts`` names.

    ``target`` is a field of the dossier, a code of ``document_kind``, a record type, or ``successor``. ``legal`` is
    what a ``law`` rests on and a ``rule`` leans on; it is empty where no checked source asks for the part. ``when`` is
    CQL2 over the dossier's fields.
    """

    kind: PartKind
    target: str
    strength: Strength
    rule: str
    legal: str
    when: str

    @property
    def key(self) -> str:
        """The part's name among those of one dossier."""
        return f"{self.kind}:{self.target}"


@cache
def wanted_parts(plan_kind: str | None, stage: Stage) -> tuple[Want, ...]:
    """Return what the table wants of a dossier of this kind at this stage, in its order; ``None``: kind not said."""
    kind = plan_kind or UNKNOWN_KIND
    groups = {row["group"] for row in load_table("dossier_kinds") if kind in row["kinds"].split()}
    return tuple(
        Want(row["part"], row["target"], row["strength"], row["rule"], row["legal"], row["when"])  # type: ignore[arg-type]
        for row in load_table(PARTS)
        if ({"*", kind} | groups) & set(row["kinds"].split()) and {"*", stage.value} & set(row["stages"].split())
    )


@dataclass(frozen=True, slots=True)
class DossierFacts:
    """What a dossier holds: its own values, documents by ``document_kind``, other records by type, its successor."""

    values: Values
    documents: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)
    has_successor: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dossier: whether it is there, how often, and what asks for it."""

    key: str
    kind: PartKind
    target: str
    title: Text
    legal: str
    wanted_by: Strength
    rule: str
    present: bool
    count: int

    @property
    def is_hint(self) -> bool:
        """Whether nothing but good sense asks for the part: shown, never counted."""
        return self.wanted_by == "hint"


@dataclass(frozen=True, slots=True)
class DossierCompleteness:
    """How full a dossier is; hints are among ``parts`` and count for nothing."""

    stage: Stage
    parts: tuple[Part, ...]

    @property
    def wanted(self) -> tuple[Part, ...]:
        """The parts that law or a rule asks for."""
        return tuple(part for part in self.parts if not part.is_hint)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts asked for that are not there."""
        return tuple(part for part in self.wanted if not part.present)

    @property
    def hints(self) -> tuple[Part, ...]:
        """The parts that are not there and that nothing asks for."""
        return tuple(part for part in self.parts if part.is_hint and not part.present)

    @property
    def filled(self) -> int:
        """How many of the parts asked for are there."""
        return len(self.wanted) - len(self.missing)

    @property
    def share(self) -> float | None:
        """The share of the parts asked for that are there, ``None`` when none is asked for."""
        return self.filled / len(self.wanted) if self.wanted else None


def completeness(
    catalogue: Catalogue, plan_kind: str | None, stage: Stage, facts: DossierFacts, *, rule: str | None = None
) -> tuple[Part, ...]:
    """Return the parts that a dossier needs at ``stage``, or only those for which one ``rule`` stands.

    What the catalogue in force does not know is left out.
    """
    found = []
    for want, empty in _titled_parts(catalogue, plan_kind, stage):
        if (rule is None or want.rule == rule) and (not want.when or evaluate(want.when, facts.values) is True):
            count = _count_of(want, facts)
            found.append(replace(empty, present=True, count=count) if count else empty)
    return tuple(found)


@lru_cache(maxsize=256)
def _titled_parts(catalogue: Catalogue, plan_kind: str | None, stage: Stage) -> tuple[tuple[Want, Part], ...]:
    """Return each part that the catalogue knows as it stands while it is missing."""
    return tuple(
        (want, Part(want.key, want.kind, want.target, title, want.legal, want.strength, want.rule, False, 0))
        for want in wanted_parts(plan_kind, stage)
        if (title := _title_of(catalogue, want)) is not None
    )


def measure_dossier(catalogue: Catalogue, facts: DossierFacts) -> DossierCompleteness:
    """Return how full a dossier is at the stage that its own values tell."""
    stage = stage_of(facts.values)
    return DossierCompleteness(stage, completeness(catalogue, kind_of(facts.values), stage, facts))


def _count_of(want: Want, facts: DossierFacts) -> int:
    if want.kind == "field":
        value = facts.values.get(want.target)
        return int(value is True if want.target == "secrecy_declared" else is_filled(value))
    if want.kind == "document":
        return facts.documents.get(want.target, 0)
    return facts.records.get(want.target, 0) if want.kind == "records" else int(facts.has_successor)


def _title_of(catalogue: Catalogue, want: Want) -> Text | None:
    if want.kind == "field":
        known = {item.key: item.label for item in catalogue.type(DOSSIER).fields}
        return known.get(want.target)
    if want.kind == "document":
        choice = catalogue.choice_list(DOCUMENT_KINDS).get(want.target)
        return None if choice is None else dict(choice.label)
    if want.kind == "records":
        record_type = catalogue.types.get(want.target)
        return None if record_type is None else record_type.title
    return {language: render("DOSSIER-SUCCESSOR", language=language) for language in LANGUAGES}
