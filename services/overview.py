"""Trang chủ: what to do today, and the seven words as seven figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.clock import local_date, parse_timestamp
from core.progress import SILENT, Progress
from forms.record import State
from localdb import journal, outbox
from services.checking import CheckReport, check_desk
from services.desk import Desk
from services.reading import count_by_type, fetch_boundary
from validation.rule import Severity

LIVE_DAYS = 365
ACTIVITY_DAYS = 56
CLEAN_RULES = ("GEO", "TOP", "ENC")
UNIFORM_RULES = ("ATT-02", "ATT-08", "ADM", "CRS")


@dataclass(frozen=True, slots=True)
class Word:
    """One of the seven words: its share (0 to 1, ``None`` while nothing can be measured) and what it counted."""

    key: str
    share: float | None
    good: int
    total: int


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do today: a message code, how many, and which part of the window does it."""

    code: str
    count: int
    place: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the first page shows."""

    records: int
    tasks: tuple[Task, ...]
    words: tuple[Word, ...]
    activity: tuple[tuple[date, int], ...]
    waiting: int
    last_sync: datetime | None
    report: CheckReport


def build_overview(desk: Desk, *, report: CheckReport | None = None, progress: Progress = SILENT) -> Overview:
    """Return the first page's content; without a ``report`` of the rules, they are run."""
    found = report or check_desk(desk, progress=progress)
    counts = count_by_type(desk)
    total = sum(sum(states.values()) for states in counts.values())
    by_state = {state: sum(states.get(state, 0) for states in counts.values()) for state in State}
    today = local_date(desk.clock())
    since = today - timedelta(days=ACTIVITY_DAYS - 1)
    with desk.reading() as connection:
        daily = journal.count_by_day(connection, since)
        fresh = journal.count_fresh(
            connection, desk.catalogue, since=local_date(desk.clock()) - timedelta(days=LIVE_DAYS)
        )
        last = outbox.last_sync(connection)
    days = [since + timedelta(days=offset) for offset in range(ACTIVITY_DAYS)]
    return Overview(
        records=total,
        tasks=_tasks(desk, found, by_state, total),
        words=_words(found, total, by_state, fresh),
        activity=tuple((day, daily.get(day, 0)) for day in days),
        waiting=by_state[State.APPROVED] + by_state[State.PACKED] + by_state[State.SENT],
        last_sync=parse_timestamp(last) if last else None,
        report=found,
    )


def _tasks(desk: Desk, report: CheckReport, by_state: dict[State, int], total: int) -> tuple[Task, ...]:
    blocked = len({finding.uid for finding in report.findings if report.waivers.blocks(finding)})
    ready = by_state[State.DRAFT] + by_state[State.CHECKED]
    tasks = [
        Task("TODAY-NO-BOUNDARY", int(fetch_boundary(desk) is None), "workspace"),
        Task("TODAY-EMPTY", int(total == 0), "import"),
        Task("TODAY-RETURNED", by_state[State.RETURNED], "findings"),
        Task("TODAY-BLOCKED", blocked, "findings"),
        Task("TODAY-APPROVE", max(0, ready - blocked), "approve"),
        Task("TODAY-SEND", by_state[State.APPROVED] + by_state[State.PACKED] + by_state[State.SENT], "send"),
    ]
    return tuple(task for task in tasks if task.count)


def _words(report: CheckReport, total: int, by_state: dict[State, int], fresh: int) -> tuple[Word, ...]:
    filled = sum(share.filled for share in report.completeness.values())
    wanted = sum(share.wanted for share in report.completeness.values())
    wrong = {finding.uid for finding in report.findings if finding.severity is Severity.ERROR}
    unclean = _uids_of(report, CLEAN_RULES)
    odd = _uids_of(report, UNIFORM_RULES)
    return (
        _word("dung", total - len(wrong), total),
        _word("du", filled, wanted),
        _word("sach", total - len(unclean), total),
        _word("song", fresh, total),
        _word("thong_nhat", total - len(odd), total),
        _word("lien_thong", by_state[State.ACCEPTED], total),
        Word("dung_chung", None, 0, 0),
    )


def _word(key: str, good: int, total: int) -> Word:
    return Word(key, good / total if total else None, good, total)


def _uids_of(report: CheckReport, rules: Sequence[str]) -> set[str]:
    return {
        finding.uid
        for finding in report.findings
        if finding.rule_id.startswith(tuple(rules)) and finding.severity is not Severity.INFO
    }
