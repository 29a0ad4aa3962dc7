"""DOS: whether a planning dossier holds the documents, drawings and periods that its kind and stage ask for."""

from collections.abc import Iterator, Mapping
from typing import Any

from forms.dossiers import (
    DOCUMENT,
    DOSSIER,
    DRAWING,
    DossierFacts,
    Part,
    Stage,
    completeness,
    kind_of,
    stage_of,
)
from forms.requirements import is_filled
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample, uid_at
from validation.reads import UID, Linked
from validation.rule import TOGETHER, Found, Scope, Severity, rule

OWNER = "dossier_uid"
REPLACED = "replaces_uid"
SCALE = "scale_denom"
ONE, FIRST_STORED = uid_at(1), uid_at(1001)

DECIDED: Mapping[str, Any] = {
    "status": "da_phe_duyet",
    "decision_no": "2820/QĐ-UBND",
    "decision_date": "2026-03-02",
    "approving_authority": "UBND_tinh",
}
REPORT = sample(dossier_uid=ONE, doc_kind="thuyet_minh")
DECISION = sample(dossier_uid=ONE, doc_kind="quyet_dinh")
SHEET = sample(dossier_uid=ONE, scale_denom=5000)


@rule(
    "DOS-04",
    Severity.ERROR,
    scope=Scope(types=(DOSSIER,)),
    moments=TOGETHER,
    legal=("plan_database", "plan_records"),
    reads=(Linked(UID, OWNER, DOCUMENT), Linked(UID, OWNER, DRAWING)),
    good=[
        example(DOSSIER, sample(plan_kind="QHC", status="dang_lap"), sample(status="da_phe_duyet")),
        example(
            DOSSIER,
            sample(plan_kind="QHC", **DECIDED),
            stored={DOCUMENT: (REPORT, DECISION), DRAWING: (SHEET,)},
        ),
        example(DOSSIER, sample(plan_kind="QHSDD_XA", **DECIDED), stored={DOCUMENT: (REPORT, DECISION)}),
    ],
    bad=[
        example(DOSSIER, sample(plan_kind="QHC", **DECIDED), finds="DOS-04"),
        example(
            DOSSIER,
            sample(plan_kind="QHC", **DECIDED),
            stored={DOCUMENT: (REPORT, DECISION)},
            finds="DOS-04",
        ),
        example(DOSSIER, sample(plan_kind="QHSDD_XA", **DECIDED), stored={DOCUMENT: (REPORT, REPORT)}, finds="DOS-04"),
    ],
)
def parts_missing(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A decided plan's dossier holds the report, the decision and the drawings that ``dossier_parts`` names."""
    kinds, drawn = _documents(context), _drawn(context)
    for index, part_facts in enumerate(_facts(batch)):
        held = DossierFacts(
            part_facts,
            documents=dict.fromkeys(kinds.get(batch.uids[index], ()), 1),
            records={DRAWING: int(batch.uids[index] in drawn)},
        )
        missing = [part for part in _parts(context, held, "DOS-04") if not part.present]
        if missing:
            legal = list(dict.fromkeys(part.legal for part in missing if part.legal))
            facts = {"parts": [part.title for part in missing], "count": len(missing), "legal": legal}
            yield Found(index, context=facts)


@rule(
    "DOS-10",
    {"missing": Severity.WARNING, "differs": Severity.WARNING},
    scope=Scope(types=(DRAWING,), keys=(OWNER, SCALE)),
    legal=("plan_database",),
    reads=(Linked(OWNER, UID, DOSSIER),),
    good=[
        example(
            DRAWING,
            sample(dossier_uid=FIRST_STORED, scale_denom=5000),
            sample(scale_denom=2000),
            stored={DOSSIER: (sample(scale_denom=5000),)},
        ),
        example(DRAWING, sample(dossier_uid=FIRST_STORED, scale_denom=5000), stored={DOSSIER: (sample(),)}),
    ],
    bad=[
        example(DRAWING, sample(dossier_uid=FIRST_STORED), finds="DOS-10.missing"),
        example(
            DRAWING,
            sample(dossier_uid=FIRST_STORED, scale_denom=10000),
            stored={DOSSIER: (sample(scale_denom=5000),)},
            finds="DOS-10.differs",
        ),
    ],
)
def drawing_scale(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A drawing gives its scale, and that is the scale of its dossier."""
    scales = _scales(context)
    pairs = zip(batch.column(OWNER), batch.column(SCALE), strict=True)
    for index, (owner, scale) in enumerate(pairs):
        label = batch.type.field(SCALE).label
        wanted = scales.get(owner) if isinstance(owner, str) else None
        if not is_filled(scale):
            yield Found(index, "missing", SCALE, context={"field": label})
        elif wanted is not None and wanted != scale:
            yield Found(index, "differs", SCALE, context={"field": label, "value": scale, "wanted": wanted})


@rule(
    "DOS-11",
    Severity.WARNING,
    scope=Scope(types=(DOSSIER,), keys=(REPLACED,)),
    reads=(Linked(UID, REPLACED),),
    good=[
        example(DOSSIER, sample(status="het_hieu_luc"), sample(status="da_phe_duyet", replaces_uid=ONE)),
        example(DOSSIER, sample(status="het_hieu_luc"), stored={DOSSIER: (sample(replaces_uid=ONE),)}),
        example(DOSSIER, sample(status="da_phe_duyet")),
    ],
    bad=[
        example(DOSSIER, sample(status="het_hieu_luc"), finds="DOS-11"),
        example(DOSSIER, sample(status="het_hieu_luc", replaces_uid=ONE), finds="DOS-11"),
    ],
)
def successor_missing(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A plan that is no longer in force says which plan has taken its place."""
    expired = [index for index, status in enumerate(batch.column("status")) if status == "het_hieu_luc"]
    if not expired:
        return
    stored = context.stored(DOSSIER)
    sources = [batch] if stored is None or stored is batch else [batch, stored]
    pairs = (pair for source in sources for pair in zip(source.uids, source.column(REPLACED), strict=True))
    replaced = {old for uid, old in pairs if isinstance(old, str) and old != uid}
    for index in expired:
        if batch.uids[index] not in replaced:
            yield Found(index, field="status")


@rule(
    "DOS-12",
    Severity.ERROR,
    scope=Scope(types=(DOSSIER,), keys=("period_from", "period_to")),
    good=[
        example(
            DOSSIER,
            sample(plan_kind="QHSDD_XA", status="chuyen_tiep", period_from=2021, period_to=2030),
            sample(plan_kind="QHC", status="chuyen_tiep"),
            sample(plan_kind="QHSDD_XA", status="du_thao"),
        )
    ],
    bad=[
        example(DOSSIER, sample(plan_kind="QHSDD_XA", status="chuyen_tiep"), finds=("DOS-12", "DOS-12")),
        example(DOSSIER, sample(plan_kind="QHSDD_HUYEN", status="da_phe_duyet", period_from=2021), finds="DOS-12"),
    ],
)
def period_missing(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A land-use plan that holds on in transition says for which years it was made."""
    for index, values in enumerate(_facts(batch)):
        for part in _parts(context, DossierFacts(values), "DOS-12"):
            if not part.present:
                yield Found(index, field=part.target, context={"field": part.title})


_ASKED = ("plan_kind", "status", "task_decision_no", "adjustment", "period_from", "period_to")


def _facts(batch: Batch) -> Iterator[dict[str, Any]]:
    """Yield of each dossier the values by which its parts are judged."""
    columns = [batch.column(key) for key in _ASKED]
    return (dict(zip(_ASKED, cells, strict=True)) for cells in zip(*columns, strict=True))


def _parts(context: CheckContext, facts: DossierFacts, rule_id: str) -> list[Part]:
    """Return the parts for which one rule stands; none before the plan has been decided."""
    stage = stage_of(facts.values)
    if stage in (Stage.TASK, Stage.SUBMITTED):
        return []
    return list(completeness(context.catalogue, kind_of(facts.values), stage, facts, rule=rule_id))


def _documents(context: CheckContext) -> Mapping[str, set[str]]:
    """Return the kinds of document that each dossier has."""

    def build() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        stored = context.stored(DOCUMENT)
        if stored is not None:
            for owner, kind in zip(stored.column(OWNER), stored.column("doc_kind"), strict=True):
                if isinstance(owner, str) and isinstance(kind, str):
                    found.setdefault(owner, set()).add(kind)
        return found

    return context.once(("documents by dossier",), build)


def _drawn(context: CheckContext) -> set[str]:
    """Return the dossiers that have a drawing."""

    def build() -> set[str]:
        stored = context.stored(DRAWING)
        return set() if stored is None else {owner for owner in stored.column(OWNER) if isinstance(owner, str)}

    return context.once(("dossiers with drawings",), build)


def _scales(context: CheckContext) -> Mapping[str, int]:
    """Return the scale of each dossier that gives one."""

    def build() -> dict[str, int]:
        stored = context.stored(DOSSIER)
        pairs = () if stored is None else zip(stored.uids, stored.column(SCALE), strict=True)
        return {uid: scale for uid, scale in pairs if scale is not None}

    return context.once(("scales of dossiers",), build)
