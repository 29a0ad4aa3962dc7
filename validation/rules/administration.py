"""ADM: whether a record names the commune it belongs to."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from forms.administration import draft_code, find_communes, find_former_units, load_communes
from forms.former_units import load_former_units
from forms.unit_names import name_key
from forms.unit_versions import successors_of
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

CODE = "commune_code"
FORMER = "former_commune_code"
WITH_CODE = Scope(keys=(CODE,))
NAME_COLUMNS = frozenset(
    {
        "xa",
        "ten xa",
        "tenxa",
        "xa phuong",
        "phuong xa",
        "ten xa phuong",
        "ten dvhc",
        "tendvhc",
        "commune",
        "commune name",
    }
)


@rule(
    "ADM-01",
    {"unknown": Severity.ERROR, "former": Severity.ERROR, "not-in-force": Severity.ERROR},
    scope=WITH_CODE,
    legal=("units",),
    good=[example("road_segment", sample(commune_code="01153"), sample(commune_code="01165"))],
    bad=[
        example(
            "road_segment", sample(commune_code="99999"), sample(commune_code="1153"), finds=("ADM-01.unknown",) * 2
        ),
        example("road_segment", sample(commune_code="01183"), finds="ADM-01.former"),
    ],
)
def commune_known(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The commune's code must stand in today's list; a draft code is told by ADM-06."""
    communes, today = load_communes(), context.today.isoformat()
    column = batch.column(CODE)

    def is_bad(code: Any) -> bool:
        commune = communes.get(str(code))
        if commune is None:
            return code is not None and draft_code(str(code)) is None
        return not commune.valid_from <= today <= (commune.valid_to or today)

    for index in indices_of(column, is_bad):
        code = str(column[index])
        if code in communes:
            commune = communes[code]
            facts = {"code": code, "commune": commune.full_name, "valid_from": date.fromisoformat(commune.valid_from)}
            yield Found(index, "not-in-force", CODE, context=facts)
            continue
        former = [unit for unit in find_former_units(code) if unit.code == code]
        heirs = list(dict.fromkeys(new.commune.label for unit in former for new in unit.successors))
        facts = {"code": code, "former": [unit.label for unit in former], "candidates": heirs}
        yield Found(index, "former" if former else "unknown", CODE, context=facts)


@rule(
    "ADM-02",
    Severity.ERROR,
    scope=WITH_CODE,
    legal=("units",),
    good=[example("road_segment", sample(commune_code="01165"), sample())],
    bad=[example("road_segment", sample(commune_code="21583"), finds="ADM-02")],
)
def province_of_workspace(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A record must belong to the province of the workspace."""
    communes, own = load_communes(), context.commune
    column = batch.column(CODE)
    strange = {code for code, commune in communes.items() if commune.province_code != own.province_code}
    for index in indices_of(column, lambda code: str(code) in strange):
        commune = communes[str(column[index])]
        facts = {"code": commune.code, "commune": commune.label, "province": own.province_name}
        yield Found(index, field=CODE, context=facts)


@rule(
    "ADM-04",
    Severity.WARNING,
    scope=WITH_CODE,
    legal=("units",),
    good=[
        example("road_segment", sample(None, {"raw_values": {"Tên xã": "xã  Bắc Quang"}}, commune_code="01153")),
        example("road_segment", sample(None, {"raw_values": {"ten_xa": "Thị trấn Việt Quang"}}, commune_code="01153")),
        example("road_segment", sample(None, {"raw_values": {"ten_xa": None}}, commune_code="01153")),
    ],
    bad=[
        example(
            "road_segment",
            sample(None, {"raw_values": {"ten_xa": "Xã Không Có"}}, commune_code="01153"),
            finds="ADM-04",
        ),
    ],
)
def name_matches_code(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The commune's name in the source must be the name of the code, spelling aside, or of a unit that went into it."""
    for index, name, code in _named_records(batch, context):
        if not _is_name_of(name, code) and not _namesakes(name, code):
            yield Found(
                index, field=CODE, context={"name": name, "code": code, "commune": load_communes()[code].full_name}
            )


@rule(
    "ADM-05",
    {"unmapped": Severity.WARNING, "elsewhere": Severity.WARNING},
    scope=Scope(keys=(FORMER,)),
    legal=("units",),
    good=[
        example("road_segment", sample(former_commune_code="01183", commune_code="01153")),
        example("road_segment", sample(former_commune_code="00625", commune_code="00592"), sample()),
        example("road_segment", sample(former_commune_code="01183")),
    ],
    bad=[
        example("road_segment", sample(former_commune_code="01183", commune_code="01165"), finds="ADM-05.elsewhere"),
        example("road_segment", sample(former_commune_code="99998", commune_code="01153"), finds="ADM-05.unmapped"),
    ],
)
def former_unit_mapped(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A unit from before July 2025 must be known, and the record's commune must be one that took it or a part of it.

    Units that were dissolved in earlier years are not in the conversion table: old documents name them all the same.
    """
    if not any(batch.column(FORMER)):
        return
    pairs = list(zip(batch.column(FORMER), batch.column(CODE), strict=True))
    for index in indices_of(pairs, lambda pair: _former_fault(*pair) is not None):
        former, code = map(str, pairs[index])
        unit, commune = load_former_units().get(former), load_communes().get(code)
        facts = {
            "former": unit.label if unit else former,
            "commune": commune.label if commune else code,
            "candidates": list(dict.fromkeys(new.commune.label for new in successors_of(former))),
        }
        yield Found(index, _former_fault(*pairs[index]) or "", FORMER, context=facts)


def _former_fault(former: Any, code: Any) -> str | None:
    if not former:
        return None
    heirs = {new.commune.code for new in successors_of(str(former))}
    if not heirs:
        return "unmapped"
    return "elsewhere" if code and str(code) not in heirs else None


@rule(
    "ADM-06",
    {"draft": Severity.ERROR, "withdrawn": Severity.ERROR, "name": Severity.WARNING},
    scope=WITH_CODE,
    legal=("units",),
    good=[
        example("road_segment", sample(commune_code="01153")),
        example("road_segment", sample(None, {"raw_values": {"ten_xa": "Bắc Quang"}}, commune_code="01153")),
    ],
    bad=[
        example("road_segment", sample(commune_code="00073"), finds="ADM-06.draft"),
        example(
            "road_segment",
            sample(None, {"raw_values": {"ten_xa": "Xã Lý Quốc"}}, commune_code="01558"),
            finds="ADM-06.name",
        ),
    ],
)
def draft_commune_code(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Codes of the draft list are refused; a valid code under the name of another commune is doubted."""
    communes = load_communes()
    column = batch.column(CODE)
    for index in indices_of(column, lambda code: str(code) not in communes and draft_code(str(code)) is not None):
        official = communes.get(draft_code(str(column[index])) or "")
        facts = {"code": column[index]}
        if official is not None:
            facts |= {"official": official.code, "commune": official.full_name}
        yield Found(index, "draft" if official else "withdrawn", CODE, context=facts)
    for index, name, code in _named_records(batch, context):
        others = () if _is_name_of(name, code) else _namesakes(name, code)
        if others:
            facts = {"name": name, "code": code, "commune": communes[code].full_name, "candidates": others}
            yield Found(index, "name", CODE, context=facts)


def _named_records(batch: Batch, context: CheckContext) -> Iterator[tuple[int, str, str]]:
    """Yield place, commune name in the source and commune code of the records whose source names a commune."""
    naming = {column for column in batch.source_columns if name_key(column) in NAME_COLUMNS}
    if not naming:
        return
    communes, codes = load_communes(), batch.column(CODE)
    for index, lineage in enumerate(batch.lineages):
        code = str(codes[index] or context.commune.code)
        for key, name in lineage.raw_values.items():
            if key not in naming:
                continue
            if isinstance(name, str) and name.strip() and not name.strip().isdecimal() and code in communes:
                yield index, name.strip(), code


@lru_cache(maxsize=4096)
def _is_name_of(name: str, code: str) -> bool:
    """Whether ``name`` is the commune's, or that of a former unit which went into it."""
    if any(commune.code == code for commune in find_communes(name)):
        return True
    return any(new.commune.code == code for unit in find_former_units(name) for new in unit.successors)


@lru_cache(maxsize=4096)
def _namesakes(name: str, code: str) -> tuple[str, ...]:
    """Return the labels of the other communes of the same province that are called ``name``."""
    province = load_communes()[code].province_code
    return tuple(commune.label for commune in find_communes(name) if commune.province_code == province)
