"""Trang chủ: what to do today, and the seven words as seven figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.clock import local_date, parse_timestamp
from core.progress import SILENT, Progress
from forms.record import State
from localdb import journal, outbox
from services.checking import CheckReport
from services.desk import Desk
from services.desk_checks import check_desk
from services.figures import Figure, KeptFigure, fetch_history, measure_figures
from services.province_packs import offered_packs
from services.reading import count_by_type, fetch_boundary
from services.remarks import ToDo, list_remarks

ACTIVITY_DAYS = 56
HISTORY_DAYS = 182


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
    figures: tuple[Figure, ...]
    history: tuple[KeptFigure, ...]
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
        last = outbox.last_sync(connection)
        parked = len(outbox.fetch_conflicts(connection))
    days = [since + timedelta(days=offset) for offset in range(ACTIVITY_DAYS)]
    return Overview(
        records=total,
        tasks=_tasks(desk, found, by_state, total, parked, list_remarks(desk)),
        figures=measure_figures(desk, found),
        history=tuple(fetch_history(desk, days=HISTORY_DAYS)),
        activity=tuple((day, daily.get(day, 0)) for day in days),
        waiting=by_state[State.APPROVED] + by_state[State.PACKED] + by_state[State.SENT],
        last_sync=parse_timestamp(last) if last else None,
        report=found,
    )


def _tasks(
    desk: Desk, report: CheckReport, by_state: dict[State, int], total: int, parked: int, todos: Sequence[ToDo]
) -> tuple[Task, ...]:
    blocked = len({finding.uid for finding in report.findings if report.waivers.blocks(finding)})
    ready = by_state[State.DRAFT] + by_state[State.CHECKED]
    tasks = [
        Task("TODAY-NO-BOUNDARY", int(fetch_boundary(desk) is None), "workspace"),
        Task("TODAY-EMPTY", int(total == 0), "import"),
        Task("TODAY-CONFLICTS", parked, "send"),
        Task("TODAY-REMARKS-LATE", sum(todo.is_late for todo in todos), "send"),
        Task("TODAY-REMARKS", sum(not todo.is_done and not todo.is_late for todo in todos), "send"),
        Task("TODAY-PACKS", len(offered_packs(desk)), "send"),
        Task("TODAY-RETURNED", by_state[State.RETURNED], "findings"),
        Task("TODAY-BLOCKED", blocked, "findings"),
        Task("TODAY-APPROVE", max(0, ready - blocked), "approve"),
        Task("TODAY-SEND", by_state[State.APPROVED] + by_state[State.PACKED] + by_state[State.SENT], "send"),
    ]
    return tuple(task for task in tasks if task.count)
