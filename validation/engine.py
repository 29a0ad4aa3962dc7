"""Applies the rules: one code path for a record being typed, an import, a whole workspace and the province."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from core.progress import SILENT, Progress
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.record import Lineage, Record
from validation.batch import Batch
from validation.context import CheckContext
from validation.declared import declared_rules
from validation.finding import SEVERITIES, Finding, Severity
from validation.isolation import findings_of
from validation.rule import ALL_MOMENTS, RULES, Moment, Rule

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def check_batch(
    batch: Batch,
    context: CheckContext,
    moments: Collection[Moment] = ALL_MOMENTS,
    progress: Progress = SILENT,
    *,
    errors_only: bool = False,
) -> list[Finding]:
    """Return what the rules of these moments find in ``batch``, gravest first; cancelled records are left out.

    ``errors_only`` leaves out all else, and spares the work of rules that can never block a record.
    """
    return _check([batch], replace(context.for_one_check(), errors_only=errors_only), moments, progress)


def check_all(
    type_ids: Iterable[str],
    context: CheckContext,
    progress: Progress = SILENT,
    moments: Collection[Moment] = ALL_MOMENTS,
) -> list[Finding]:
    """Return what the rules find in all stored records of these types (``context.batches``), gravest first."""
    shared = context.for_one_check()
    stored = (shared.stored(shared.catalogue.type(type_id).id) for type_id in type_ids)
    return _check([batch for batch in stored if batch is not None], shared, moments, progress)


def check_record(record: Record, context: CheckContext, moments: Collection[Moment] = (Moment.ENTRY,)) -> list[Finding]:
    """Return what the rules find in one record as it stands in a form, gravest first.

    ``context.batches`` should give the stored records near it; its own stored revision among them is passed over. A
    record that nobody has saved yet, and that says nothing of its origin, counts as drawn in the workspace's zone.
    """
    if record.revision == 0 and record.lineage == Lineage():
        drawn = Lineage(src_crs=context.system.id, src_axis=context.system.axis, datum_operation="none")
        record = replace(record, lineage=drawn)
    batch = Batch.of(context.catalogue.type(record.type_id), [record])
    return check_batch(batch, context, moments)


def rules_for(record_type: RecordType, context: CheckContext, moments: Collection[Moment] = ALL_MOMENTS) -> list[Rule]:
    """Return the rules that speak about a type at these moments and are in force today, by id."""
    rules = rules_by_id(context.catalogue)
    return [
        rules[rule_id]
        for rule_id in sorted(rules)
        if rules[rule_id].scope.covers(record_type)
        and rules[rule_id].is_in_force(context.today)
        and not rules[rule_id].moments.isdisjoint(moments)
    ]


def rules_by_id(catalogue: Catalogue) -> dict[str, Rule]:
    """Return the program's rules and those that the catalogue declares."""
    return {**RULES, **declared_rules(catalogue)}


def may_waive(finding: Finding, catalogue: Catalogue) -> bool:
    """Whether a person may let the finding stand with a reason; never for a rule that is not known here."""
    found = rules_by_id(catalogue).get(finding.rule_id)
    return found is not None and found.waivable


def blocks(finding: Finding) -> bool:
    """Whether the finding keeps its record from approval, from a package and from the province."""
    return finding.severity is Severity.ERROR


def _rank_of(finding: Finding) -> int:
    return _RANK[finding.severity]


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by severity, those of one severity in the order given."""
    return sorted(findings, key=_rank_of)


def merged(known: Sequence[Finding], more: Sequence[Finding]) -> list[Finding]:
    """Return findings that stand gravest first with a few more among them, each behind its equals."""
    found: list[Finding] = []
    begin = 0
    for rank, severity in enumerate(SEVERITIES):
        end = bisect_right(known, rank, key=_rank_of)
        found += known[begin:end]
        found += [finding for finding in more if finding.severity is severity]
        begin = end
    return found


def _check(
    batches: Iterable[Batch],
    context: CheckContext,
    moments: Collection[Moment],
    progress: Progress,
) -> list[Finding]:
    work = [(batch.standing(), rules_for(batch.type, context, moments)) for batch in batches]
    if context.errors_only:
        work = [(batch, [one for one in chosen if one.severity is Severity.ERROR]) for batch, chosen in work]
    total = sum(len(chosen) for _, chosen in work)
    found: list[Finding] = []
    done = 0
    for batch, chosen in work:
        told: dict[str, list[Finding]] = {one.id: [] for one in chosen}
        if len(batch):
            seen = 0
            for chosen_rule, part in _steps(batch, chosen):
                progress.step(done + seen // len(batch), total)
                told[chosen_rule.id] += findings_of(chosen_rule, part, context)
                seen += len(part)
        found += chain.from_iterable(told.values())
        done += len(chosen)
    progress.step(done, total)
    found.sort(key=_rank_of)
    return found


def _steps(batch: Batch, chosen: Sequence[Rule]) -> Iterator[tuple[Rule, Batch]]:
    """Yield each rule with the records that it looks at together: all, or a part where it reads each record alone.

    What is computed about the shapes of a part is forgotten with it, so that it never stands in memory for all.
    """
    for part in batch.parts():
        for one in chosen:
            if not one.reads:
                yield one, part
    for one in chosen:
        if one.reads:
            yield one, batch
