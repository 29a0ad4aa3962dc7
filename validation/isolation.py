"""Runs a rule so that a record on which it fails becomes a finding, and neither a crash nor silence."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.errors import AppError
from core.logs import get_log
from validation.batch import Batch
from validation.context import CheckContext
from validation.finding import Finding, Severity
from validation.reads import read_types
from validation.rule import Rule

FAILED = "CHECK-FAILED"
_MOST_PAIRS = 20
_log = get_log("validation.isolation")


def findings_of(rule: Rule, batch: Batch, context: CheckContext) -> list[Finding]:
    """Return what a rule finds in ``batch``; each record that it cannot be run on has an error under its id.

    GEOS refuses some shapes, and no rule is without fault. The records that make it fail are sought, set aside and
    told, also those of the store beside which the batch is checked; then the rule runs over the others. Where none can
    be made out, every record of the batch is told: what could not be checked does not leave the commune.
    """
    error = _failure(rule, batch, context)
    if not isinstance(error, Exception):
        return error
    _log.error("rule failed", rule=rule.id, type=batch.type.id, exc_info=error)
    own = _own_culprits(rule, batch, context)
    told = [_finding(rule, batch.take([index]), error) for index in own]
    rest = _left(batch, own)
    is_whole = context.stored(batch.type.id) is batch
    left = _with(context, rest if is_whole else _without(batch, own, context))
    if not is_whole and isinstance(_failure(rule, rest, left), Exception):
        kin = _without(batch, range(len(batch)), context)
        guilty = _guilty_kin(rule, rest, left, kin)
        told += [_finding(rule, kin.take([index]), error) for index in guilty]
        left = _with(left, _joined(rest, _left(kin, guilty)))
    for type_id in sorted(read_types(rule.reads)):
        if not isinstance(_failure(rule, rest, left), Exception):
            break
        around = left.stored(type_id)
        if around is not None and around.type.id != batch.type.id:
            guilty = _other_culprits(rule, rest, left, around)
            told += [_finding(rule, around.take([index]), error) for index in guilty]
            left = _with(left, _left(around, guilty))
    found = _failure(rule, rest, left)
    if isinstance(found, Exception):
        return [_finding(rule, batch.take([index]), error) for index in range(len(batch))]
    return [*found, *told]


def _failure(rule: Rule, batch: Batch, context: CheckContext) -> list[Finding] | Exception:
    """Return what the rule finds, or what it fails with; what the environment refuses is passed on."""
    try:
        return list(rule.findings_of(batch, context))
    except (AppError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 (whatever a rule fails with: the record is told, the fault logged)
        return error


def _own_culprits(rule: Rule, batch: Batch, context: CheckContext) -> list[int]:
    """Return the places of the records on which the rule fails, alone or beside another one of their type."""
    alone = context
    for type_id in read_types(rule.reads) & set(context.catalogue.types):
        alone = _with(alone, Batch.of(context.catalogue.type(type_id), []))

    def fails(places: Sequence[int]) -> bool:
        part = batch.take(places)
        return isinstance(_failure(rule, part, _with(alone, part)), Exception)

    guilty = _singles(list(range(len(batch))), fails)
    left = [place for place in range(len(batch)) if place not in set(guilty)]
    return sorted([*guilty, *_last_ones(left, fails)])


def _guilty_kin(rule: Rule, batch: Batch, context: CheckContext, kin: Batch) -> list[int]:
    """Return the places of the stored records of the batch's own type that make the rule fail without the batch too.

    One that fails only together with a record of the batch is not to blame more than that.
    """

    def fails(places: Sequence[int]) -> bool:
        return isinstance(_failure(rule, batch, _with(context, _joined(batch, kin.take(places)))), Exception)

    suspects = _singles(list(range(len(kin))), fails)
    others = _left(kin, suspects)

    def fails_anyway(place: int) -> bool:
        apart = _joined(others, kin.take([place]))
        return isinstance(_failure(rule, apart, _with(context, apart)), Exception)

    return [place for place in suspects if fails_anyway(place)]


def _joined(one: Batch, two: Batch) -> Batch:
    return one.followed_by(two) if len(one) and len(two) else one if len(one) else two


def _left(batch: Batch, places: Sequence[int]) -> Batch:
    """Return a batch without the records at ``places``."""
    gone = set(places)
    return batch.take([index for index in range(len(batch)) if index not in gone])


def _other_culprits(rule: Rule, batch: Batch, context: CheckContext, around: Batch) -> list[int]:
    def fails(places: Sequence[int]) -> bool:
        return isinstance(_failure(rule, batch, _with(context, around.take(places))), Exception)

    return _singles(list(range(len(around))), fails)


def _singles(places: list[int], fails: Callable[[Sequence[int]], bool]) -> list[int]:
    """Return the places that make it fail each by itself, by halving."""
    if not places or not fails(places):
        return []
    if len(places) == 1:
        return places
    middle = len(places) // 2
    return [*_singles(places[:middle], fails), *_singles(places[middle:], fails)]


def _last_ones(places: list[int], fails: Callable[[Sequence[int]], bool]) -> list[int]:
    """Return places without which it does not fail any more: of those that fail together only, the later one."""
    found: list[int] = []
    while places and len(found) < _MOST_PAIRS and fails(places):
        low, high = 0, len(places)
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (low, middle) if fails(places[:middle]) else (middle, high)
        found.append(places[high - 1])
        places = [*places[: high - 1], *places[high:]]
    return found


def _without(batch: Batch, places: Sequence[int], context: CheckContext) -> Batch:
    """Return the stored records of the batch's type without those at ``places`` of the batch."""
    gone = {batch.uids[place] for place in places}
    stored = context.stored(batch.type.id)
    if stored is None:
        return batch.take([])
    return stored.take([index for index, uid in enumerate(stored.uids) if uid not in gone])


def _with(context: CheckContext, instead: Batch) -> CheckContext:
    """Return the surroundings with other stored records of one type."""
    before = context.batches

    def batches(type_id: str) -> Batch:
        return instead if type_id == instead.type.id else before(type_id)

    return replace(context, batches=batches, kept={})


def _finding(rule: Rule, one: Batch, error: Exception) -> Finding:
    return Finding(
        rule_id=rule.id,
        severity=Severity.ERROR,
        type_id=one.type.id,
        uid=one.uids[0],
        revision=one.revisions[0],
        field=None,
        place=None,
        context={"rule": rule.id, "reason": f"{type(error).__name__}: {error}"[:200]},
        others=(),
        text_code=FAILED,
    )
