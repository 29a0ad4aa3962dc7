"""The rules after an edit: only what the edit can have changed is found anew, everything else is taken from the store.

What is stored says for which entry of the journal, which rules, which day, which outlines and which files it holds.
Whatever is newer than that is checked before anything is shown as current; where the rules or the day are others,
everything is. The search for findings reads one moment of the store and takes no lock; only storing them does.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from core.canonical import canonical_json, sha256_hex
from core.errors import Bug
from core.identity import new_uid
from core.logs import get_log
from core.progress import SILENT, Progress
from localdb import findings as store
from localdb import waivers
from localdb.engine import Connection
from localdb.findings import Mark
from localdb.journal import chain_head
from localdb.workspace import Workspace
from services.check_edits import EditedType, edits_since
from services.check_keys import SharedKeys
from services.check_neighbours import StoredNeighbours
from services.checking import CheckReport, build_context, count_records, run_checks
from services.desk import Desk
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import gravest_first, merged, rules_for
from validation.finding import Finding
from validation.isolation import FAILED, findings_of
from validation.measures import Completeness, completeness
from validation.own_tolerances import own_tolerances
from validation.reach import World, world_of
from validation.reads import Contents, Same
from validation.rule import Rule, rule_pack_hash

FORMAT = 1  # grows when what is stored, or how it is kept current, becomes another
MOST_EDITS = 2_000
_TRIES = 3
_log = get_log("services.rechecking")


@dataclass
class _Memory:
    """What is kept of a workspace between two checks."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: SharedKeys = field(default_factory=SharedKeys)


_memories: WeakKeyDictionary[Workspace, _Memory] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Found:
    """What a recheck found: what goes, and what comes."""

    gone: Mapping[str, frozenset[str]]
    retold: Mapping[tuple[str, str], frozenset[str] | None]
    findings: list[Finding]
    completeness: dict[str, Completeness]
    checked: int


def stored_report(desk: Desk) -> CheckReport | None:
    """Return what the rules found when nothing has changed since that could change it, else ``None``."""
    with desk.reading() as connection:
        mark = store.fetch_mark(connection)
        context = build_context(desk, connection)
        if mark is None or not _holds(desk, connection, context, mark):
            return None
        if (
            mark.contents != store.contents_sign(connection)
            or edits_since(desk, connection, mark.sequence, most=0) != {}
        ):
            return None
        return _read_report(desk, connection, mark)


def recheck(
    desk: Desk,
    known: CheckReport | None = None,
    *,
    most: int | None = None,
    progress: Progress = SILENT,
) -> CheckReport | None:
    """Return what the rules find now, checking what was edited since they ran last, and keep it in the store.

    ``known`` is the report of before, which spares reading it again. With ``most``, return ``None`` and change nothing
    when more than that many records would have to be checked. No record's state is touched. Raise ``Cancelled``
    through ``progress``; the store then keeps what it had.
    """
    memory = _memories.setdefault(desk.workspace, _Memory())
    with memory.lock:
        for _ in range(_TRIES):
            report, is_kept = _recheck_once(desk, memory, known, most, progress)
            if is_kept:
                break
        return report


def forget(desk: Desk) -> None:
    """Forget what is kept in memory of a workspace between two checks; the store keeps what it has."""
    _memories.pop(desk.workspace, None)


def _recheck_once(
    desk: Desk, memory: _Memory, known: CheckReport | None, most: int | None, progress: Progress
) -> tuple[CheckReport | None, bool]:
    """Return the report, and whether the store keeps it: another program may have stored its own meanwhile."""
    with desk.reading() as connection:
        mark = store.fetch_mark(connection)
        context = build_context(desk, connection)
        edited = None
        if mark is not None and _holds(desk, connection, context, mark):
            edited = edits_since(desk, connection, mark.sequence, most=MOST_EDITS)
        if mark is None or edited is None or (mark.facts["failed"] and edited):
            return _check_everything(desk, connection, mark, most, progress)
        files = mark.contents != store.contents_sign(connection)
        head = chain_head(connection)
        if not edited and not files:
            if known is None or known.run != mark.run:
                return _read_report(desk, connection, mark), True
            return replace(known, waivers=waivers.fetch_waivers(connection, desk.catalogue)), True
        sorts = _sorts(desk, context, edited)
        memory.keys.follow(mark.sequence, head.sequence, [item.edits.versions for item in edited.values()], sorts)
        try:
            found = _find(desk, StoredNeighbours(desk, connection, memory.keys), context, edited, mark, files, progress)
        except Bug as error:  # a rule looks at what it does not say that it reads
            _log.error("recheck", reason=str(error))
            return _check_everything(desk, connection, mark, most, progress)
        facts = _facts(found.checked, found.completeness, found.findings, failed=mark.facts["failed"])
        new = Mark(new_uid(), head.sequence, head.hash, mark.surroundings, store.contents_sign(connection), facts)
        if known is None or known.run != mark.run:
            known = _read_report(desk, connection, mark)
        given = waivers.fetch_waivers(connection, desk.catalogue)
    report = replace(_merged(known, found, new), waivers=given)
    write = lambda writer: store.replace_findings(writer, found.gone, found.retold, found.findings, new)  # noqa: E731
    return report, _keep(desk, mark, write)


def _check_everything(
    desk: Desk, connection: Connection, mark: Mark | None, most: int | None, progress: Progress
) -> tuple[CheckReport | None, bool]:
    types = list(desk.catalogue.types)
    if most is not None and count_records(desk, connection) > most:
        return None, True
    report, _ = run_checks(desk, connection, types, progress)
    new = mark_of(desk, connection, report)
    write = lambda writer: store.store_findings(writer, report.findings, new)  # noqa: E731
    return replace(report, run=new.run), _keep(desk, mark, write)


def _keep(desk: Desk, mark: Mark | None, write: Callable[[Connection], None]) -> bool:
    """Store what was found unless somebody else has stored his since; a store that is only read keeps nothing."""
    if desk.workspace.store.read_only:
        return True
    with desk.workspace.store.writing() as connection:
        now = store.fetch_mark(connection)
        if (now and now.run) != (mark and mark.run):
            return False
        write(connection)
    return True


def mark_of(desk: Desk, connection: Connection, report: CheckReport) -> Mark:
    """Return for what a report of all records holds, as ``connection`` sees them."""
    head = chain_head(connection)
    surroundings = _surroundings(desk, connection, build_context(desk, connection))
    facts = _facts(report.checked, report.completeness, report.findings, failed=False)
    return Mark(new_uid(), head.sequence, head.hash, surroundings, store.contents_sign(connection), facts)


def _facts(
    checked: int, shares: Mapping[str, Completeness], findings: "list[Finding] | tuple[Finding, ...]", *, failed: bool
) -> dict[str, Any]:
    plain = {
        type_id: {"filled": share.filled, "wanted": share.wanted, "missing": dict(share.missing)}
        for type_id, share in shares.items()
    }
    return {
        "checked": checked,
        "completeness": plain,
        "failed": failed or any(finding.text_code == FAILED for finding in findings),
    }


def _surroundings(desk: Desk, connection: Connection, context: CheckContext) -> str:
    """Return a text that is another one when anything beside records and files decides otherwise what rules find."""
    facts = {
        "format": FORMAT,
        "rules": rule_pack_hash(context.tolerances or None, desk.catalogue.rules),
        "catalogue": desk.catalogue.hash,
        "day": context.today.isoformat(),
        "commune": desk.commune.code,
        "zone": context.system.id,
        "outlines": store.boundaries_sign(connection),
    }
    return sha256_hex(canonical_json(facts))


def _holds(desk: Desk, connection: Connection, context: CheckContext, mark: Mark) -> bool:
    """Whether what is stored was found by these rules on this day, and this journal still leads on from it."""
    return (
        mark.surroundings == _surroundings(desk, connection, context)
        and store.hash_at(connection, mark.sequence) == mark.hash
    )


def _read_report(desk: Desk, connection: Connection, mark: Mark) -> CheckReport:
    shares = {type_id: Completeness(**plain) for type_id, plain in mark.facts["completeness"].items()}
    return CheckReport(
        checked=mark.facts["checked"],
        findings=tuple(gravest_first(store.fetch_findings(connection))),
        completeness=shares,
        rule_pack=rule_pack_hash(own_tolerances(desk.catalogue), desk.catalogue.rules),
        waivers=waivers.fetch_waivers(connection, desk.catalogue),
        run=mark.run,
    )


def _sorts(desk: Desk, context: CheckContext, type_ids: Iterable[str]) -> list[tuple[str, Same]]:
    return [
        (type_id, read)
        for type_id in type_ids
        for rule in rules_for(desk.catalogue.type(type_id), context)
        for read in rule.reads
        if isinstance(read, Same)
    ]


def _find(
    desk: Desk,
    stored: StoredNeighbours,
    context: CheckContext,
    edited: Mapping[str, EditedType],
    mark: Mark,
    files: bool,
    progress: Progress,
) -> _Found:
    edits = {type_id: item.edits for type_id, item in edited.items()}
    runs: list[tuple[Rule, str, World]] = []
    for record_type in desk.catalogue.types.values():
        for rule in rules_for(record_type, context):
            if _is_reached(rule, record_type.id, edited, files=files):
                world = world_of(rule, record_type.id, edits, context, stored, files=files)
                if world is not None:
                    runs.append((rule, record_type.id, world))
    findings: list[Finding] = []
    contexts: dict[Any, CheckContext] = {}
    for done, (rule, type_id, world) in enumerate(runs):
        progress.step(done, len(runs))
        key = (type_id, world.own, frozenset(world.others.items()))
        if key not in contexts:
            contexts[key] = _context_of(context, stored, type_id, world)
        batch = contexts[key].stored(type_id)
        if batch is not None and len(batch):
            told = world.told
            findings += [
                item
                for item in findings_of(rule, batch, contexts[key])
                if told is None or item.uid in told or item.text_code == FAILED
            ]
    progress.step(len(runs), len(runs))
    return _Found(
        gone={type_id: item.uids for type_id, item in edited.items()},
        retold={(rule.id, type_id): world.told for rule, type_id, world in runs},
        findings=findings,
        completeness=_shares(mark, edited),
        checked=mark.facts["checked"] + sum(len(item.after) - len(item.before) for item in edited.values()),
    )


def _is_reached(rule: Rule, type_id: str, edited: Mapping[str, EditedType], *, files: bool) -> bool:
    return (
        type_id in edited
        or any(read.type_id in edited for read in rule.reads)
        or (files and any(isinstance(read, Contents) for read in rule.reads))
    )


def _context_of(context: CheckContext, stored: StoredNeighbours, type_id: str, world: World) -> CheckContext:
    """Return the surroundings in which only a rule's world is stored."""

    def batches(asked: str) -> Batch:
        if asked == type_id:
            return stored.batch(type_id, world.own)
        if asked in world.others:
            return stored.batch(asked, world.others[asked])
        raise Bug("BUG", reason=f"a rule about {type_id} looks at {asked} and does not say so")

    return replace(context, batches=batches).for_one_check()


def _shares(mark: Mark, edited: Mapping[str, EditedType]) -> dict[str, Completeness]:
    shares = {type_id: Completeness(**plain) for type_id, plain in mark.facts["completeness"].items()}
    for type_id, item in edited.items():
        shares[type_id] = (shares.get(type_id, Completeness()) + completeness(item.after)) - completeness(item.before)
    return {type_id: share for type_id, share in shares.items() if share.wanted}


def _merged(known: CheckReport, found: _Found, mark: Mark) -> CheckReport:
    gone = frozenset[str]().union(*found.gone.values())
    whole = {key for key, told in found.retold.items() if told is None}
    some = {key: told for key, told in found.retold.items() if told}
    touched = gone.union(*some.values())

    def stays(finding: Finding) -> bool:
        key = (finding.rule_id, finding.type_id)
        return finding.uid not in gone and key not in whole and finding.uid not in some.get(key, ())

    left = [finding for finding in known.findings if (finding.uid not in touched and not whole) or stays(finding)]
    findings = merged(left, found.findings)
    return replace(
        known, checked=found.checked, findings=tuple(findings), completeness=found.completeness, run=mark.run
    )
