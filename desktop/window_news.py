"""What the window does when the store has changed: shows again whatever that touched, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from core.clock import VIETNAM
from core.progress import Progress
from desktop.words import word
from forms.record import State
from services.checking import CheckReport
from services.editing import undo_labels
from services.figures import keep_figures
from services.overview import Overview, build_overview
from services.reading import count_by_type
from services.rechecking import recheck

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

HOME = 0
CHECK_AFTER_MS = 900
CHECKED_UNASKED = 5_000
WAITING = (State.APPROVED, State.PACKED, State.SENT)


class WindowNews(QObject):
    """Refreshes the parts of one window.

    After an edit the rules run by themselves over what it can have changed; over everything only while the workspace
    is small, or when somebody asks.
    """

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._steps: tuple[str | None, str | None] = (None, None)
        self._records = 0
        self._counts: dict[str, dict[State, int]] = {}
        self._report: CheckReport | None = None
        self._stale = True
        self._busy = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(CHECK_AFTER_MS)
        self._pause.timeout.connect(self.refresh_overview)

    def begin(self) -> None:
        """Fill every part for the first time, and read the code lists before a form asks for them."""
        catalogue = self._window.catalogue
        self._window.session.read(lambda progress: catalogue.prepare_lists(), lambda _: None, owner=self)
        self._window.map_control.load()
        self._window.surroundings.control.load()
        self._refresh_counts()
        self._refresh_undo()
        if self._window.session.last_saved:
            self._window.status.show_saved(self._window.session.last_saved)

    def note_change(self, records: Iterable[tuple[str, str]] | None) -> None:
        """Take in that these records changed; ``None`` means that it may be anything."""
        window = self._window
        records = None if records is None else list(records)
        touched = None if records is None else {type_id for type_id, _ in records}
        uids = None if records is None else {uid for _, uid in records}
        if window.table.type_id and (touched is None or window.table.type_id in touched):
            window.table.note_change(uids)
        window.record.note_change(uids)
        window.selecting.drop_gone()
        window.map_control.note_change(records)
        self._refresh_counts()
        self._refresh_undo()
        window.send_page.refresh()
        window.dossiers.note_change(records)
        self._stale = True
        self._pause.start()

    @property
    def is_waiting(self) -> bool:
        """Whether something is still to be refreshed."""
        return self._busy or self._pause.isActive()

    def note_page(self, page: int) -> None:
        """Bring the first page up to date when it is looked at."""
        if page == HOME and self._counts and self._stale and not self._busy:
            self._pause.start()

    def _refresh_counts(self) -> None:
        desk = self._window.session.desk
        self._window.session.read(lambda progress: count_by_type(desk), self._show_counts, owner=self)

    def _show_counts(self, counts: dict[str, dict[State, int]]) -> None:
        if self._counts and counts != self._counts:
            self._show_states()
        first, self._counts = not self._counts, counts
        self._records = sum(sum(states.values()) for states in counts.values())
        self._window.register.show_counts(counts)
        self._window.send_page.show_counts(counts)
        self._window.status.show_waiting(sum(states.get(state, 0) for states in counts.values() for state in WAITING))
        if first:
            self.refresh_overview()

    def _show_states(self) -> None:
        """Show the states again, which the rules may have moved."""
        if self._window.table.type_id:
            self._window.table.reload()
        self._window.record.reload()

    def _refresh_undo(self) -> None:
        desk = self._window.session.desk
        self._window.session.read(lambda progress: undo_labels(desk), self._show_undo, owner=self)

    def _show_undo(self, labels: tuple[str | None, str | None]) -> None:
        self._steps = labels
        self.show_steps()

    def show_steps(self) -> None:
        """Name what undo and redo would take: steps of a sketch in hand before those of the store."""
        drawn = self._window.drawing.step_labels
        for key, own, stored in zip(("undo", "redo"), drawn, self._steps, strict=True):
            label = own or stored
            action = self._window.actions_by_key[key]
            name = word(f"UI-DO-{key.upper()}")
            action.setText(word(f"UI-{key.upper()}-NAMED", label=label) if label else name)
            action.setEnabled(label is not None)
            keys = action.shortcut().toString()
            action.setToolTip(f"{action.text()} ({keys})")

    def refresh_overview(self, report: CheckReport | None = None) -> None:
        """Run the rules over what has changed, unless their ``report`` is at hand, and show what follows from it."""
        if self._busy:
            self._pause.start()
            return
        self._busy, self._stale = True, False
        self._pause.stop()
        desk, known = self._window.session.desk, self._report

        def build(progress: Progress) -> Overview | None:
            found = report or recheck(desk, known, most=CHECKED_UNASKED, progress=progress)
            return None if found is None else build_overview(desk, report=found, progress=progress)

        task = self._window.session.read(build, self._show_overview, owner=self)
        task.finished.connect(self._note_end)

    def _note_end(self) -> None:
        self._busy = False

    def _show_overview(self, overview: Overview | None) -> None:
        window = self._window
        if overview is None:
            window.home.show_uncounted(self._records)
            return
        self._report = overview.report
        desk = window.session.desk
        window.session.note(lambda progress: keep_figures(desk, overview.figures), owner=self)
        waivers = overview.report.waivers
        standing = [finding for finding in overview.report.findings if waivers.find(finding) is None]
        window.home.show_overview(overview, datetime.now(VIETNAM).strftime("%H:%M"))
        window.findings.show_findings(overview.report.findings, overview.report.checked, waivers)
        window.record.findings.show_waivers(waivers)
        window.record.entry.show_waivers(waivers)
        window.map_control.show_findings(standing)
        window.dossiers.show_findings(standing)
        count = len(standing)
        window.under.setTabText(1, f"{word('UI-FINDINGS')} ({count})" if count else word("UI-FINDINGS"))
        window.status.show_waiting(overview.waiting)
        window.status.show_network(overview.last_sync)
        if overview.records:
            self._refresh_counts()
