"""Fixes of administrative units: the successor, the official code, the communes that a record crosses."""

from collections.abc import Iterator

import shapely

from forms.administration import draft_code, find_communes, load_communes
from forms.record import Record
from forms.unit_versions import successors_of
from geodesy.grid import on_grid
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.fix import Proposed, alter, fix

_CODE, _CROSSED = "commune_code", "affected_communes"


def _is_about_units(finding: Finding) -> bool:
    return finding.rule_id != "ATT-01" or finding.field == _CODE


@fix("set_commune", for_rules=("ADM-01", "ADM-02", "ADM-05", "ADM-06", "ATT-01"), suits=_is_about_units)
def set_commune(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The one commune that the record can mean: a successor, the official code of a draft, the name in the source."""
    codes, is_certain = _meant(finding, record, context)
    communes = load_communes()
    for code in dict.fromkeys(codes):
        if code in communes and code != record.values.get(_CODE):
            facts = {"before": str(record.values.get(_CODE) or ""), "after": code, "target": communes[code].label}
            yield Proposed((alter(record, {_CODE: code}),), code, facts, is_certain)


def _meant(finding: Finding, record: Record, context: CheckContext) -> tuple[list[str], bool]:
    """Return the communes that the record may mean, and whether that is beyond doubt."""
    code = str(record.values.get(_CODE) or "")
    variant = finding.text_code.partition(".")[2]
    if finding.rule_id in ("ADM-02", "ATT-01"):
        inside = context.boundary is not None and record.geometry is not None and record.geometry.is_valid
        return [context.commune.code], bool(inside and shapely.covers(context.boundary, record.geometry))
    if finding.rule_id == "ADM-05":
        return _heirs(str(record.values.get("former_commune_code") or ""))
    if variant == "former":
        return _heirs(code)
    if variant == "draft":
        official = draft_code(code)
        return [official] if official else [], True
    if variant == "name":
        name = finding.context.get("name", "")
        own = load_communes().get(code, context.commune)
        return [found.code for found in find_communes(name) if found.province_code == own.province_code], False
    padded = code.zfill(5) if code.isdecimal() else code  # a spreadsheet takes the zero at the front away
    return [padded], padded == context.commune.code


def _heirs(former: str) -> tuple[list[str], bool]:
    heirs = successors_of(former)
    return [new.commune.code for new in heirs], len(heirs) == 1


@fix("name_crossed", for_rules=("ADM-07", "TOP-16"))
def name_crossed(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The neighbouring communes in which the record lies are named; one in which it does not lie is named no more."""
    told = [str(text) for text in finding.context.get("communes") or ()]
    value = record.values.get(_CROSSED)
    known = [code for code in value if isinstance(code, str)] if isinstance(value, list) else []
    if finding.text_code == "TOP-16.unreached":
        after = [code for code in known if not _is_told(code, told)]
    else:
        after = list(dict.fromkeys([*known, *(code for code in context.neighbours if _is_told(code, told))]))
    if after != known:
        labels = [load_communes()[code].label for code in after if code in load_communes()]
        yield Proposed((alter(record, {_CROSSED: after or None}),), facts={"after": labels or "–"})


def _is_told(code: str, told: list[str]) -> bool:
    """Whether a finding names a commune: by its label, or by its full name and code."""
    commune = load_communes().get(code)
    return commune is not None and any(text == commune.label or f"({code})" in text for text in told)


@fix("end_at_border", for_rules=("ADM-07",))
def end_at_border(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """What lies beyond the border shared with the neighbours goes, so that the shape ends on it; never by itself.

    Only where most of the record lies in the commune: else it is more likely that the neighbour is not named.
    """
    whole, outline = record.geometry, context.boundary
    if whole is None or outline is None or not whole.is_valid:
        return
    cut = shapely.intersection(whole, outline if shapely.is_valid(outline) else shapely.make_valid(outline))
    dimension = shapely.get_dimensions(whole)
    parts = [part for part in shapely.get_parts(shapely.get_parts(cut)) if shapely.get_dimensions(part) == dimension]
    if not parts or (dimension == 1 and len(parts) > 1):
        return
    inside = on_grid(shapely.multipolygons(parts) if dimension == 2 else parts[0])
    measure = shapely.area if dimension == 2 else shapely.length
    if inside.is_valid and measure(whole) / 2 < measure(inside) < measure(whole):
        yield Proposed((alter(record, shape=inside),), is_certain=False)
