"""Fixes of what is there twice: one record stays, takes over what it lacks, and is named in the other's place."""

from collections.abc import Iterator, Sequence
from typing import Any

import shapely

from forms.identity import LOCAL_CODE
from forms.record import Record
from forms.requirements import is_filled
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.company import find_record, title_of
from validation.fixes.fix import Change, Proposed, alter, fix

_OFFICIAL_ID = "official_id"
_OWN = frozenset({LOCAL_CODE, _OFFICIAL_ID, "official_id_status"})
_MOST_WAYS = 5


@fix("drop_twin", for_rules=("TOP-11", "ATT-16", "TOP-04"))
def drop_twin(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Keep one of the records: the oldest first. Values that only another has go over to it."""
    if context.catalogue.type(record.type_id).append_only:
        return
    found = [find_record(context, finding.type_id, uid) for uid in finding.others]
    company = [record, *(other for other in found if other is not None)]
    is_one_place = _one_place(company, context.tolerance("top11_apart_m"))
    if len(company) < 2 or (finding.rule_id == "TOP-04" and not is_one_place):
        return
    for place, kept in enumerate(sorted(company, key=lambda one: (not _is_issued(one), one.uid))[:_MOST_WAYS]):
        gone = [other for other in company if other is not kept]
        if any(_is_issued(other) for other in gone):
            continue
        taken = {
            key: next((other.values[key] for other in gone if is_filled(other.values.get(key))), None)
            for key in kept.values
            if not is_filled(kept.values.get(key)) and key not in _OWN
        }
        record_type = context.catalogue.type(record.type_id)
        files = {item.key: _all_files(company, kept, item.key) for item in record_type.fields if item.type == "files"}
        lost = [key for key in kept.values if key not in _OWN and key not in files and _differ(kept, gone, key)]
        changes = [Change(other.type_id, other.uid, gives_way_to=kept.uid) for other in gone]
        filled = {key: value for key, value in {**taken, **files}.items() if value is not None}
        labels = [record_type.field(key).label for key in lost]
        facts = {"target": title_of(context, kept), "count": len(gone), "taken": len(filled), "lost": labels}
        certain = not place and not lost and is_one_place
        yield Proposed((alter(kept, filled), *changes), kept.uid, facts, certain)


def _all_files(company: Sequence[Record], kept: Record, key: str) -> list[Any] | None:
    """Return the files of all the records, those of the kept one first, each content once."""
    ordered = [kept, *(record for record in company if record is not kept)]
    links = [link for record in ordered for link in record.values.get(key) or ()]
    return list({link["sha256"]: link for link in reversed(links)}.values())[::-1] or None


def _is_issued(record: Record) -> bool:
    return is_filled(record.values.get(_OFFICIAL_ID))


def _differ(kept: Record, gone: Sequence[Record], key: str) -> bool:
    own = kept.values.get(key)
    return is_filled(own) and any(is_filled(other.values.get(key)) and other.values[key] != own for other in gone)


def _one_place(company: Sequence[Record], apart_m: float) -> bool:
    """Whether all lie in the same place, or none has one."""
    shapes = [record.geometry for record in company]
    if any(shape is None for shape in shapes):
        return all(shape is None for shape in shapes)
    return all(float(shapely.hausdorff_distance(shapes[0], shape)) < apart_m for shape in shapes[1:])
