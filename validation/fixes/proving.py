"""Proposals put to the test: only what really removes its finding, and brings no new error, is offered."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from forms.computed import compute_values
from forms.identity import LOCAL_CODE
from forms.model import RecordType
from forms.record import Record
from forms.shapes import fit_geometry
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import blocks, check_batch, rules_for
from validation.finding import Finding
from validation.fixes.company import find_record, record_at
from validation.fixes.fix import Change, Fix, Proposed, fixes_of

_PART = "/"  # between the uid of a record that is split and the number of a part that has no uid yet
CODE_TO_COME = "…"
_OFFICIAL_ID = "official_id"
_BESIDE_M = 1.0
_SAME_PLACE_M = 0.01


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal that works: the records it changes as they are and, by uid, as they would be (none: they go).

    ``uncovers`` are errors that were there already and that nobody could see for the unsound shape, or for the twin.
    """

    fix: Fix
    proposed: Proposed
    before: tuple[Record, ...]
    after: Mapping[str, tuple[Record, ...]]
    uncovers: tuple[Finding, ...] = ()


def find_offers(finding: Finding, context: CheckContext, kinds: Collection[str] | None = None) -> Iterator[Offer]:
    """Yield every fix, of some kinds or of any, that works on a finding as the store is now; nothing is changed.

    ``context`` gives the stored records around, the finding's own among them. Nothing comes when the finding is there
    no more.
    """
    record = find_record(context, finding.type_id, finding.uid)
    fixes = [
        item for item in fixes_of(finding.rule_id) if item.suits(finding) and (kinds is None or item.kind in kinds)
    ]
    if record is None or not fixes:
        return
    before = _Scene(context)
    if not _same_findings(finding, before.found_on(finding, record)):
        return
    for item in fixes:
        for proposed in _proposals(item, finding, record, context):
            offer = _prove(item, proposed, finding, before)
            if offer is not None:
                yield offer


def is_there(finding: Finding, context: CheckContext) -> bool:
    """Whether the rule still finds the same in the record as it is stored."""
    record = find_record(context, finding.type_id, finding.uid)
    return record is not None and bool(_same_findings(finding, _Scene(context).found_on(finding, record)))


def _proposals(item: Fix, finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Yield what a fix proposes, one way after the other; a shape that cannot be worked on gets no more."""
    ways = item.make(finding, record, context)
    while True:
        try:
            proposed = next(ways, None)
        except (UserError, shapely.GEOSException):
            return
        if proposed is None:
            return
        yield proposed


class _Scene:
    """The store at one moment, and what the rules say in it."""

    def __init__(self, context: CheckContext) -> None:
        self.context = context.for_one_check()

    def found_on(self, finding: Finding, record: Record) -> list[Finding]:
        """Return what the finding's rule finds in one record among the stored ones."""
        batch = Batch.of(self.context.catalogue.type(record.type_id), [record])
        rules = {rule.id: rule for rule in rules_for(batch.type, self.context)}
        rule = rules.get(finding.rule_id)
        return [] if rule is None else list(rule.findings_of(batch, self.context))

    def errors_on(self, records: Iterable[Record]) -> list[Finding]:
        """Return the errors of some records."""
        by_type: dict[str, list[Record]] = {}
        for record in records:
            by_type.setdefault(record.type_id, []).append(record)
        found: list[Finding] = []
        for type_id, own in by_type.items():
            found += filter(blocks, check_batch(Batch.of(self.context.catalogue.type(type_id), own), self.context))
        return found

    def beside(self, region: BaseGeometry, but: Collection[str]) -> list[Record]:
        """Return the stored records of every type that lie by a region."""
        found: list[Record] = []
        if region.is_empty:
            return found
        for record_type in self.context.catalogue.types.values():
            stored = self.context.stored(record_type.id) if record_type.geometry else None
            if stored is None or not len(stored):
                continue
            near = stored.located & shapely.dwithin(stored.geometries, region, _BESIDE_M)
            found += [record_at(stored, at) for at in np.flatnonzero(near).tolist() if stored.uids[at] not in but]
        return found

    def changed(self, after: Mapping[str, Sequence[Record]], types: Mapping[str, str]) -> "_Scene":
        """Return the scene in which records, by uid, are others or gone."""
        touched: dict[str, set[str]] = {}
        for uid, type_id in types.items():
            touched.setdefault(type_id, set()).add(uid)
        source = self.context.batches

        def batches(type_id: str) -> Batch:
            stored = source(type_id)
            if type_id not in touched:
                return stored
            kept = stored.take([at for at, uid in enumerate(stored.uids) if uid not in touched[type_id]])
            fresh = [record for uid in stored.uids if uid in touched[type_id] for record in after[uid]]
            return kept.followed_by(Batch.of(stored.type, fresh)) if fresh else kept

        known: dict[str, Batch] = {}
        return _Scene(
            replace(
                self.context, batches=lambda type_id: known.setdefault(type_id, known.get(type_id) or batches(type_id))
            )
        )


def _prove(item: Fix, proposed: Proposed, finding: Finding, scene: _Scene) -> Offer | None:
    """Return the proposal with what it comes to, ``None`` when it leaves its finding or brings an error."""
    before: list[Record] = []
    after: dict[str, tuple[Record, ...]] = {}
    for change in proposed.changes:
        record = find_record(scene.context, change.type_id, change.uid)
        if record is None:
            return None
        try:
            result = apply_change(scene.context.catalogue.type(change.type_id), record, change)
        except UserError:  # a shape that the type does not store
            return None
        before.append(record)
        after[record.uid] = result
    if not before:
        return None
    later = scene.changed(after, {record.uid: record.type_id for record in before})
    if not _is_gone(item, finding, after.get(finding.uid), scene, later):
        return None
    region = shapely.union_all([_difference(record, after[record.uid]) for record in before])
    around = scene.beside(region, set(after))
    known = _counted(scene.errors_on([*before, *around]))
    errors = later.errors_on([*(record for group in after.values() for record in group), *around])
    now = _counted(errors)
    fresh = [error for error in errors if now[_key(error)] > known[_key(error, of_whole=True)]]
    if any(error.rule_id.startswith("GEO") or not _hid_errors(before, after) for error in fresh):
        return None
    return Offer(item, proposed, tuple(before), after, tuple(fresh))


def _hid_errors(before: Sequence[Record], after: Mapping[str, Sequence[Record]]) -> bool:
    """Whether some record was unsound, which most rules pass over, or goes: a twin hides that the other hangs loose."""
    unsound = any(record.geometry is not None and not record.geometry.is_valid for record in before)
    return unsound or not all(after.values())


def apply_change(record_type: RecordType, record: Record, change: Change) -> tuple[Record, ...]:
    """Return a record as a change leaves it: one, several when it is split, none when it goes.

    Raise ``UserError`` GEOMETRY-KIND or GEOMETRY-NOT-FINITE.
    """
    if change.gives_way_to is not None:
        return ()
    values = {**record.values, **change.values}
    if change.new_code:
        values[LOCAL_CODE] = _code_to_come(record.uid)
    if not change.parts:
        shape = record.geometry if change.shape is None else fit_geometry(record_type, change.shape)
        return (_with(record_type, record, values, shape),)
    parts = [fit_geometry(record_type, part) for part in sorted(change.parts, key=_size, reverse=True)]
    found = [_with(record_type, record, values, parts[0])]
    for number, part in enumerate(parts[1:], start=1):
        uid = f"{record.uid}{_PART}{number}"
        own = {LOCAL_CODE: _code_to_come(uid), _OFFICIAL_ID: None}
        inherited = {**values, **{key: value for key, value in own.items() if key in values}}
        found.append(replace(_with(record_type, record, inherited, part), uid=uid))
    return tuple(found)


def _code_to_come(uid: str) -> str:
    """Return what stands for a code that is only given when the record is stored."""
    return f"{CODE_TO_COME}{uid}"


def _with(record_type: RecordType, record: Record, values: Mapping[str, Any], shape: BaseGeometry | None) -> Record:
    return replace(record, values={**values, **compute_values(record_type, values, shape)}, geometry=shape)


def _size(shape: BaseGeometry) -> float:
    return float(shape.area or shape.length)


def _is_gone(item: Fix, finding: Finding, own: tuple[Record, ...] | None, scene: _Scene, later: _Scene) -> bool:
    if own is None:  # only others change
        record = find_record(later.context, finding.type_id, finding.uid)
        own = () if record is None else (record,)
    known = _same_findings(finding, scene.found_on(finding, _own(finding, scene)))
    left = [each for record in own for each in _same_findings(finding, later.found_on(finding, record))]
    if not item.by_place:
        return len(left) < len(known)
    return len(left) <= len(known) and not any(_at_one_place(finding, each) for each in left)


def _own(finding: Finding, scene: _Scene) -> Record:
    record = find_record(scene.context, finding.type_id, finding.uid)
    assert record is not None
    return record


def _same_findings(finding: Finding, found: Iterable[Finding]) -> list[Finding]:
    """Return those that say the same; of one about a whole company, also when that has become smaller."""

    def says(one: Finding) -> tuple[Any, ...]:
        others = tuple(sorted(one.others)) if len(finding.others) == 1 else ()
        return one.rule_id, one.field, one.text_code, others

    return [each for each in found if says(each) == says(finding)]


def _at_one_place(one: Finding, other: Finding) -> bool:
    if one.place is None or other.place is None:
        return one.place is other.place
    return bool(shapely.dwithin(one.place, other.place, _SAME_PLACE_M))


def _key(error: Finding, *, of_whole: bool = False) -> tuple[Any, ...]:
    uid = error.uid.partition(_PART)[0] if of_whole else error.uid
    return error.rule_id, uid, error.field, error.text_code


def _counted(errors: Iterable[Finding]) -> Counter[tuple[Any, ...]]:
    return Counter(map(_key, errors))


def _difference(record: Record, after: Sequence[Record]) -> BaseGeometry:
    """Return where a record lies that it did not lie before, or the other way round."""
    old = _measurable(record.geometry)
    new = shapely.union_all([_measurable(each.geometry) for each in after])
    difference: BaseGeometry = shapely.symmetric_difference(old, new)
    return difference


def _measurable(shape: BaseGeometry | None) -> BaseGeometry:
    if shape is None or not np.isfinite(shapely.get_coordinates(shape)).all():
        return shapely.GeometryCollection()
    return shape if shape.is_valid else shapely.make_valid(shape)
