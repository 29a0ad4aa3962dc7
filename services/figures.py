"""The seven words as seven figures of a workspace: counted, kept day by day, read back for the plot."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.clock import local_date
from core.messages import Language, current_language, load_messages, render
from core.tables import load_table
from forms.dossiers import DOSSIER, Stage, stage_of
from forms.model import RecordType
from forms.record import State
from localdb import records, tallies
from localdb.engine import Connection
from localdb.pointing import count_pointing
from localdb.tallies import KeptFigure
from services.checking import CheckReport
from services.desk import Desk
from services.dossiers import DossierRow, list_dossiers
from validation.engine import blocks
from validation.finding import Finding
from validation.measures import GEOMETRY
from validation.seven_words import Figure, Step, Tally, measure_words
from validation.wording import worded

__all__ = ["Figure", "KeptFigure", "fetch_history", "keep_figures", "measure_figures", "step_text"]

States = Mapping[str, Mapping[State, int]]

IDENTIFIER = "official_id"
IDENTIFIER_FIELDS = frozenset({IDENTIFIER, "official_id_status"})
DECIDED = frozenset({Stage.APPROVED, Stage.ADJUSTING, Stage.EXPIRED, Stage.TRANSITIONAL})
EXPLANATION = "non_delivery_reason"
DAYS_A_MONTH = 365.25 / 12
WAITING = (State.APPROVED, State.PACKED)
SENT = (State.SENT, State.ACCEPTED, State.RETURNED)
RESTRICTED = "SEC"


def measure_figures(desk: Desk, report: CheckReport) -> tuple[Figure, ...]:
    """Return the seven figures; ``report`` is that of a check of every record type."""
    dossiers = list_dossiers(desk) if DOSSIER in desk.catalogue.types else []
    counts: dict[str, tuple[int, int]] = {}
    steps: dict[str, list[Step]] = {}
    with desk.reading() as connection:
        seen = _Seen(desk, connection, _standing(desk, connection), dossiers, report)
        for count in (_count_answers, _count_dossiers, _count_current, _count_sent, _count_shared):
            found, raising = count(seen)
            counts |= found
            for word, step in raising:
                steps.setdefault(word, []).append(step)
    return measure_words(Tally(seen.total, counts, steps), seen.standing)


def keep_figures(desk: Desk, figures: Sequence[Figure]) -> None:
    """Keep the figures as those of today; later ones of the same day take their place. A read-only store keeps none."""
    if desk.workspace.store.read_only:
        return
    with desk.workspace.store.writing() as connection:
        today = local_date(desk.clock())
        tallies.put_figures(connection, today, {item.key: (item.good, item.total) for item in figures})


def fetch_history(desk: Desk, *, days: int) -> list[KeptFigure]:
    """Return the figures kept in the last ``days`` days, today among them, oldest first."""
    with desk.reading() as connection:
        return tallies.fetch_figures(connection, local_date(desk.clock()) - timedelta(days=days - 1))


def step_text(step: Step, language: Language | None = None) -> str:
    """Return in words what somebody can do to raise a figure."""
    chosen = language or current_language()
    title = f"RULE-{step.rule_id}"
    code = step.code if step.rule_id is None or title in load_messages() else f"{step.code}-OWN"
    return render(code, {**worded(step.facts, chosen), "title": render(title, {}, chosen)}, chosen)


Counted = tuple[dict[str, tuple[int, int]], list[tuple[str, Step]]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is counted: a view of the store, how many records of each type stand in which state, dossiers, a report."""

    desk: Desk
    connection: Connection
    states: States
    dossiers: Sequence[DossierRow]
    report: CheckReport

    @property
    def types(self) -> Mapping[str, RecordType]:
        return self.desk.catalogue.types

    @property
    def total(self) -> int:
        return sum(map(self.of_type, self.states))

    @property
    def standing(self) -> list[Finding]:
        """The findings that nobody has waived."""
        waivers = self.report.waivers
        return [finding for finding in self.report.findings if waivers.find(finding) is None]

    def of_type(self, type_id: str) -> int:
        return sum(self.states.get(type_id, {}).values())

    def in_state(self, *states: State) -> int:
        return sum(by_state.get(state, 0) for by_state in self.states.values() for state in states)


def _standing(desk: Desk, connection: Connection) -> States:
    counted = records.count_records(connection, desk.catalogue)
    return {
        type_id: {state: count for state, count in by_state.items() if state is not State.CANCELLED}
        for type_id, by_state in counted.items()
    }


def _count_answers(seen: _Seen) -> Counted:
    shares = seen.report.completeness
    counts = {"fields": (sum(item.filled for item in shares.values()), sum(item.wanted for item in shares.values()))}
    steps = []
    for type_id, share in shares.items():
        kind = seen.types[type_id]
        for key, count in share.missing.items():
            code, label = ("FIGURE-STEP-PLACE", {}) if key == GEOMETRY else ("FIGURE-STEP-FIELD", kind.field(key).label)
            facts = {"field": label, "type": kind.title, "count": count}
            steps.append(("du", Step(code, count, facts, type_id=type_id, field=key)))
    return counts, steps


def _count_dossiers(seen: _Seen) -> Counted:
    explained = (
        count_pointing(seen.connection, seen.types[EXPLANATION], "dossier_uid", "state")
        if EXPLANATION in seen.types
        else {}
    )
    standing = [row for row in seen.dossiers if row.record.state is not State.CANCELLED]
    decided = [row for row in standing if stage_of(row.record.values) in DECIDED]
    delivered = [row for row in decided if row.record.state is State.ACCEPTED or row.record.uid in explained]
    missing = Counter(part.key for row in standing for part in row.completeness.missing)
    titles = {part.key: part.title for row in standing for part in row.completeness.missing}
    steps = [
        ("du", Step("FIGURE-STEP-PART", count, {"part": titles[key], "count": count}, type_id=DOSSIER))
        for key, count in missing.items()
    ]
    late = len(decided) - len(delivered)
    return {
        "parts": (
            sum(row.completeness.filled for row in standing),
            sum(len(row.completeness.wanted) for row in standing),
        ),
        "delivered": (len(delivered), len(decided)),
    }, [*steps, ("du", Step("FIGURE-STEP-DELIVER", late, {"count": late}, type_id=DOSSIER))]


def _count_current(seen: _Seen) -> Counted:
    current, total, steps = 0, 0, []
    for row in load_table("update_cycles"):
        kind = seen.types.get(row["type"])
        count = seen.of_type(row["type"])
        if kind is None or not count:
            continue
        months = int(row["months"])
        since = local_date(seen.desk.clock()) - timedelta(days=round(months * DAYS_A_MONTH))
        fresh = tallies.count_current(seen.connection, kind, since, _reviews(seen.types, row["reviewed_by"]))
        current, total = current + fresh, total + count
        facts = {"type": kind.title, "count": count - fresh, "months": months}
        steps.append(("song", Step("FIGURE-STEP-REVIEW", count - fresh, facts, type_id=kind.id)))
    return {"current": (current, total)}, steps


def _reviews(types: Mapping[str, RecordType], text: str) -> tuple[RecordType, str] | None:
    type_id, _, key = text.partition(".")
    return (types[type_id], key) if type_id in types else None


def _count_sent(seen: _Seen) -> Counted:
    identified, identifiable = 0, 0
    for type_id, kind in seen.types.items():
        if seen.of_type(type_id) and {item.key for item in kind.fields} >= IDENTIFIER_FIELDS:
            good, total = tallies.count_identified(seen.connection, kind)
            identified, identifiable = identified + good, identifiable + total
    blocked = len({finding.uid for finding in seen.standing if blocks(finding)})
    ready = max(0, seen.in_state(State.DRAFT, State.CHECKED) - blocked)
    waiting = seen.in_state(*WAITING)
    lacking = identifiable - identified
    steps = [
        ("lien_thong", Step("FIGURE-STEP-APPROVE", 2 * ready, {"count": ready})),
        ("lien_thong", Step("FIGURE-STEP-SEND", 2 * waiting, {"count": waiting})),
        ("lien_thong", Step("FIGURE-STEP-IDENTIFY", lacking, {"count": lacking}, field=IDENTIFIER)),
        ("dung_chung", Step("FIGURE-STEP-APPROVE", ready, {"count": ready})),
        ("dung_chung", Step("FIGURE-STEP-SEND", waiting, {"count": waiting})),
    ]
    return {
        "identified": (identified, identifiable),
        "sent": (seen.in_state(*SENT), seen.total),
        "accepted": (seen.in_state(State.ACCEPTED), seen.total),
    }, steps


def _count_shared(seen: _Seen) -> Counted:
    accepted = seen.in_state(State.ACCEPTED)
    restricted: dict[str, set[str]] = {}
    for finding in seen.report.findings:
        if finding.rule_id.startswith(RESTRICTED):
            restricted.setdefault(finding.type_id, set()).add(finding.uid)
    closed = sum(
        len(uids.intersection(records.uids_in_states(seen.connection, seen.types[type_id], [State.ACCEPTED])))
        for type_id, uids in restricted.items()
    )
    return {"published": (accepted, seen.total), "open": (accepted - closed, seen.total)}, []
