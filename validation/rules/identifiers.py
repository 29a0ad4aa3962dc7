"""Identifiers: codes that must be nobody else's, records suspected to be one object, and the form of plan codes."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from core.text import fold_text
from forms.decision_numbers import normalise_decision_number
from forms.identity import LOCAL_CODE, is_dossier_code, is_made_code, official_id_kind
from forms.model import AnyField, TextField
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.examples import example, sample
from validation.reads import Key, Same
from validation.rule import Found, Scope, Severity, rule

DOSSIER = Scope(types=("planning_dossier",))
OFFICIAL_ID, OFFICIAL_STATUS, ISSUED = "official_id", "official_id_status", "da_cap"
OPAQUE_SINCE = date(2026, 7, 1)
"""NĐ 212/2026/NĐ-CP: identifiers are "dãy các ký tự"; the 12 digits of before survive in existing dossiers."""
NAMED_OTHERS = 20
"""As many of the other records a finding names; a thousand alike would otherwise name a thousand each."""


def _code_keys(records: Batch) -> list[Key | None]:
    codes, communes = records.column(LOCAL_CODE), _hashable(records.column("commune_code"))
    return [(str(code).casefold(), commune) if code else None for code, commune in zip(codes, communes, strict=True)]


def _identity_keys(records: Batch) -> list[Key | None]:
    fields = [records.type.field(key) for key in records.type.identity]
    if not fields:
        return [None] * len(records)
    columns = [_comparable(field, records.column(field.key)) for field in fields]
    return [None if None in key else key for key in zip(*columns, strict=True)]


def _official_keys(records: Batch) -> list[Key | None]:
    return [(str(code).casefold(),) if code else None for code in records.column(OFFICIAL_ID)]


CODES = Same("codes", _code_keys, lambda _: (LOCAL_CODE, "commune_code"))
IDENTITY = Same("identity", _identity_keys, lambda record_type: record_type.identity)
OFFICIAL = Same("official", _official_keys, lambda _: (OFFICIAL_ID,))


@rule(
    "ATT-15",
    Severity.ERROR,
    scope=Scope(keys=(LOCAL_CODE,)),
    reads=(CODES,),
    good=[
        example(
            "road_segment",
            sample(local_code="DX-01", commune_code="01153"),
            sample(local_code="DX-02", commune_code="01153"),
            sample(local_code="DX-01", commune_code="01165"),
            sample(),
            sample(),
        ),
        example("road_segment", sample(local_code="DX-01"), stored={"bridge": (sample(local_code="DX-01"),)}),
    ],
    bad=[
        example(
            "road_segment",
            sample(local_code="DX-01", commune_code="01153"),
            sample(local_code="dx-01", commune_code="01153"),
            finds=("ATT-15", "ATT-15"),
        ),
        example(
            "road_segment",
            sample(local_code="DX-01"),
            stored={"road_segment": (sample(local_code="DX-01"),)},
            finds="ATT-15",
        ),
    ],
)
def local_code_taken(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A local code belongs to one record of its type in a commune; the finding stands on every record that has it."""
    for index, others, count in _alike(batch, context, CODES):
        facts = {"code": batch.column(LOCAL_CODE)[index], "count": count}
        yield Found(index, field=LOCAL_CODE, context=facts, others=others)


@rule(
    "ATT-16",
    Severity.WARNING,
    scope=Scope(),
    reads=(IDENTITY,),
    good=[
        example(
            "planning_dossier",
            sample(decision_no="2820/QĐ-UBND", decision_date="2026-03-02", approving_org="UBND tỉnh"),
            sample(decision_no="2820/QĐ-UBND", decision_date="2025-03-02", approving_org="UBND tỉnh"),
            sample(decision_no="2820/QĐ-UBND"),
            sample(decision_no="2820/QĐ-UBND"),
        )
    ],
    bad=[
        example(
            "planning_dossier",
            sample(decision_no="2820/QĐ-UBND", decision_date="2026-03-02", approving_org="UBND tỉnh Tuyên Quang"),
            sample(decision_no="2820 / QD-UBND", decision_date="2026-03-02", approving_org="UBND Tỉnh Tuyên Quang"),
            finds=("ATT-16", "ATT-16"),
        )
    ],
)
def suspected_twice(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Two records that agree in every field by which their type tells objects apart are suspected to be one.

    Spelling does not make a difference, an empty field does: what does not say who it is is not suspected.
    """
    fields = [batch.type.field(key) for key in batch.type.identity]
    if not fields:
        return
    labels = [field.label for field in fields]
    for index, others, count in _alike(batch, context, IDENTITY):
        yield Found(index, field=fields[0].key, context={"fields": labels, "count": count}, others=others)


_ISSUED = sample(official_id="QH-52-2026-000417", official_id_status=ISSUED)


@rule(
    "ATT-17",
    {
        "blank": Severity.WARNING,
        "long": Severity.ERROR,
        "control": Severity.ERROR,
        "made": Severity.ERROR,
        "legacy": Severity.INFO,
        "status": Severity.WARNING,
        "twice": Severity.WARNING,
    },
    scope=Scope(keys=(OFFICIAL_ID,)),
    legal=("identifiers", "plan_codes"),
    reads=(OFFICIAL,),
    good=[
        example("planning_dossier", _ISSUED, sample(), sample(), sample(official_id_status="chua_cap")),
        example("bridge", _ISSUED, stored={"road_segment": (_ISSUED,)}),
        example("bridge", sample(official_id="192511012345", official_id_status=ISSUED)),
    ],
    bad=[
        example("bridge", sample(official_id="CT 0417", official_id_status=ISSUED), finds="ATT-17.blank"),
        example("bridge", sample(official_id="1" * 65, official_id_status=ISSUED), finds="ATT-17.long"),
        example("bridge", sample(official_id="CT\u202e0417", official_id_status=ISSUED), finds="ATT-17.control"),
        example(
            "bridge",
            sample(official_id="21583-CAU-2026-0001-K7QD", official_id_status=ISSUED),
            finds="ATT-17.made",
        ),
        example(
            "planning_dossier",
            sample(official_id="192511012345", official_id_status=ISSUED),
            finds="ATT-17.legacy",
        ),
        example("bridge", sample(official_id="CT-0417", official_id_status="chua_cap"), finds="ATT-17.status"),
        example("bridge", _ISSUED, stored={"bridge": (_ISSUED,)}, finds="ATT-17.twice"),
    ],
)
def official_id_copied(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """An official identifier is copied as issued: one object's, marked as issued, and none that this program made.

    Its signs mean nothing to us (NĐ 212/2026/NĐ-CP Đ.10, Đ.14). The 12 digits of before July 2026 are a plan's former
    information code, which has a field of its own in a dossier.
    """
    column = batch.column(OFFICIAL_ID)
    states = batch.column(OFFICIAL_STATUS) if _has(batch, OFFICIAL_STATUS) else [ISSUED] * len(column)
    for index in indices_of(column, bool):
        for variant in _faults_of(str(column[index]), batch.type.id):
            yield Found(index, variant, OFFICIAL_ID, context={"value": column[index]})
        if states[index] != ISSUED:
            yield Found(index, "status", OFFICIAL_STATUS, context={"value": column[index]})

    for index, others, count in _alike(batch, context, OFFICIAL):
        yield Found(index, "twice", OFFICIAL_ID, context={"value": column[index], "count": count}, others=others)


def _faults_of(text: str, type_id: str) -> Iterator[str]:
    found = official_id_kind(text)
    if found.reason in ("blank", "long", "control"):
        yield found.reason
    elif is_made_code(text):
        yield "made"
    elif found.kind == "legacy" and type_id == "planning_dossier":
        yield "legacy"


def _has(batch: Batch, key: str) -> bool:
    return any(field.key == key for field in batch.type.fields)


def _comparable(field: AnyField, column: Sequence[Any]) -> list[Hashable]:
    """Return values by which equal objects are equal; numbers of decisions in their one spelling."""
    plain = _hashable(column)
    if not isinstance(field, TextField):
        return list(plain)
    spell = normalise_decision_number if field.key.endswith("_no") else str
    known = {value: fold_text(spell(str(value))) or None for value in set(plain) if value is not None}
    return [None if value is None else known[value] for value in plain]


def _hashable(column: Sequence[Any]) -> list[Hashable]:
    """Return values that can be compared; a value of another kind than its field's stands for itself in words."""
    return [value if value is None or isinstance(value, (str, int, float)) else repr(value) for value in column]


def _alike(batch: Batch, context: CheckContext, sort: Same) -> Iterator[tuple[int, tuple[str, ...], int]]:
    """Yield each record that shares its key with others: its place, some of the others, and how many they are.

    One pass over the batch and one over the stored records; a stored revision of a record in the batch is passed over.
    """

    keys = sort.keys_of(batch)
    own = _by_key(batch.uids, keys)
    if not own:
        return
    kept = context.stored(batch.type.id)
    stored: dict[Key, list[str]] = {}
    if kept is not None and kept is not batch:
        others_of = kept
        stored = context.once((sort.name, batch.type.id), lambda: _by_key(others_of.uids, sort.keys_of(others_of)))
    shared = {key for key, uids in own.items() if len(uids) > 1 or key in stored}
    if not shared:
        return
    here = set(batch.uids)
    elsewhere = {key: [uid for uid in stored.get(key, ()) if uid not in here] for key in shared}
    for index, key in enumerate(keys):
        if key is None or key not in shared:
            continue
        count = len(own[key]) - 1 + len(elsewhere[key])
        if count:
            uid = batch.uids[index]
            near = [other for other in own[key][: NAMED_OTHERS + 1] if other != uid]
            yield index, tuple([*near, *elsewhere[key][:NAMED_OTHERS]][:NAMED_OTHERS]), count


def _by_key(uids: Sequence[str], keys: Sequence[Key | None]) -> dict[Key, list[str]]:
    found: dict[Key, list[str]] = {}
    for uid, key in zip(uids, keys, strict=True):
        if key is not None:
            found.setdefault(key, []).append(uid)
    return found


@rule(
    "DOS-07",
    Severity.WARNING,
    scope=DOSSIER,
    legal=("plan_database",),
    good=[example("planning_dossier", sample(dossier_code="04QHC0010001"), sample())],
    bad=[example("planning_dossier", sample(dossier_code="QHC-2026/15"), finds="DOS-07")],
)
def dossier_code_written(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """maHoSoQH is province, kind, adjustments and number; formula and example of the circular disagree: a warning."""
    column = batch.column("dossier_code")
    for index in indices_of(column, lambda code: bool(code) and not is_dossier_code(str(code))):
        yield Found(index, field="dossier_code", context={"value": column[index]})


_OLD_CODE = example("planning_dossier", sample(legacy_info_code="192511012345"), sample())
_NEW_CODE = example("planning_dossier", sample(legacy_info_code="QH-2026-0007"), finds="DOS-08.after")


@rule(
    "DOS-08",
    {"": Severity.WARNING, "after": Severity.INFO},
    scope=DOSSIER,
    legal=("plan_codes", "identifiers"),
    good=[_OLD_CODE, replace(_OLD_CODE, today=date(2026, 6, 30))],
    bad=[_NEW_CODE, replace(_NEW_CODE, finds=("DOS-08",), today=date(2026, 6, 30))],
)
def info_code_written(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """maThongTinQH has 12 digits; since identifiers are opaque (1 July 2026) another form is only worth a remark."""
    column = batch.column("legacy_info_code")
    variant = "after" if context.today >= OPAQUE_SINCE else ""
    for index in indices_of(column, lambda code: bool(code) and official_id_kind(str(code)).kind != "legacy"):
        yield Found(index, variant, "legacy_info_code", context={"value": column[index]})
