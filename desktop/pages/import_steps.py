"""What the import page waits for: looking into a file, proposing how to read it, trying and importing a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.errors import UserError
from desktop.pages.import_planned import Planned, planned_to_show
from desktop.tasks import Lane, Task
from desktop.words import word
from services.column_mapping import mapping_of, readings_of
from services.import_plan import ImportPlan
from services.importing import ImportReport, propose_import, run_import
from services.inspecting import inspect_for, inspect_table
from services.inspection import Inspection, LayerInspection
from services.traverses import Side

if TYPE_CHECKING:
    from desktop.session import Session


class ImportSteps(QObject):
    """The tasks of one import page, one at a time, and what they brought.

    ``counted`` carries a summary of what was seen of a large drawing so far, ``glanced`` a plan by some rows of any
    other large file, which is shown while the rest is read; ``inspected`` a plan, or nothing for a
    drawing, which is shown before it is read; ``planned`` a plan proposed anew, ``reported`` what a trial or an import
    came to. ``changed`` tells that something begins or has ended, ``stopped`` that it ended by the user's wish.
    """

    counted = Signal(object)
    glanced = Signal(object)
    _seen = Signal(object, object)
    inspected = Signal(object)
    planned = Signal(object)
    reported = Signal(object)
    changed = Signal()
    stopped = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.inspection: Inspection | None = None
        self.plan: ImportPlan | None = None
        self.path: Path | None = None
        self._made: LayerInspection | None = None
        self._task: Task | None = None
        self._next: Callable[[], None] | None = None
        self._writes = False
        self._seen.connect(self._take_glance)

    @property
    def is_busy(self) -> bool:
        """Whether something is still running, or about to."""
        return self._task is not None or self._next is not None

    def begin(self, task: Task) -> None:
        """Wait for a task that the page shows."""
        self._task = task
        task.finished.connect(self._end)
        self.changed.emit()

    def after(self, call: Callable[[], None]) -> None:
        """Do something once what is running has ended, unless something else waits for that already."""
        self._next = self._next or call

    def turn_to(self, call: Callable[[], None]) -> None:
        """Do something else instead: what only looks is stopped, what writes ends first."""
        self._next = call
        if not self._writes:
            self.stop()

    def stop(self) -> None:
        """Ask what is running to end."""
        if self._task is not None:
            self._task.cancel()

    def _end(self) -> None:
        is_stopped = self._task is not None and self._task.is_cancelled
        if self.inspection is not None and not self.inspection.is_whole:
            self.clear()  # the rest was not read: nothing may be decided by a part
        self._task, self._writes = None, False
        following, self._next = self._next, None
        if is_stopped:
            self.stopped.emit()
        self.changed.emit()
        if following is not None:
            following()

    def clear(self) -> None:
        """Forget the file."""
        self.inspection, self.plan, self._made = None, None, None

    def keep(self, plan: ImportPlan) -> None:
        """Keep how the file is understood from now on, with what is in the layer that it makes, if it makes one."""
        is_made = plan.recipe is not None or plan.linework or plan.traverse is not None
        self._made = None
        if is_made and plan.reading is not None:
            self._made = inspect_table(plan.reading.table, self._session.desk.commune, plan.proposals)
        self.plan = plan

    @property
    def layer(self) -> LayerInspection:
        """What is in the layer that the plan is about."""
        if self._made is not None:
            return self._made
        assert self.inspection is not None
        assert self.plan is not None
        layers, wanted = self.inspection.layers, self.plan.layer
        return next((layer for layer in layers if layer.name == wanted), layers[0])

    def inspect(self, path: Path, type_id: str | None) -> None:
        """Look into ``path`` and propose how to read it, as records of a type where one is wanted."""
        desk, self.path = self._session.desk, path
        self.clear()

        def plan(found: Inspection, progress: Task) -> Planned:
            layer = found.reading.table.layer if found.reading else None
            proposed = propose_import(
                desk, path, layer=layer, type_id=type_id, reading=found.reading, progress=progress
            )
            return planned_to_show(desk, proposed, progress)

        def look(progress: Task) -> tuple[Inspection, Planned | None]:
            def glance(seen: Inspection) -> None:
                with suppress(UserError):  # what is wrong, the whole file tells
                    self._seen.emit(seen, plan(seen, progress))

            found = inspect_for(desk, path, progress=progress, partly=self.counted.emit, glanced=glance)
            if found.drawing is not None:
                return found, None  # what it holds is shown before it is read
            return found, plan(found, progress)

        title = word("UI-TASK-INSPECT", file=path.name)
        self.begin(self._session.read(look, self._take, owner=self, title=title, lane=Lane.NETWORK))

    def _take_glance(self, seen: Inspection, planned: Planned) -> None:
        if self.is_busy and self.inspection is None and seen.path == self.path:
            self.inspection = seen
            self.glanced.emit(planned)

    def _take(self, found: tuple[Inspection, Planned | None]) -> None:
        self.inspection, planned = found
        self.inspected.emit(planned)

    def propose(
        self,
        layer: str,
        type_id: str | None,
        *,
        linework: bool = False,
        only_codes: Sequence[str] = (),
        traverse: Side | None = None,
        afresh: bool = False,
    ) -> None:
        """Propose anew how to read the file; ``afresh`` leaves aside what is remembered of such files."""
        if self.plan is None:
            return
        desk, path = self._session.desk, self.plan.path

        def call(progress: Task) -> Planned:
            plan = propose_import(
                desk,
                path,
                layer=layer,
                type_id=type_id,
                linework=linework,
                only_codes=only_codes,
                traverse=traverse,
                use_profile=not afresh,
                progress=progress,
            )
            return planned_to_show(desk, plan, progress)

        title = word("UI-TASK-INSPECT", file=path.name)
        self.begin(self._session.read(call, self.planned.emit, owner=self, title=title, lane=Lane.NETWORK))

    def run(self, plan: ImportPlan, *, dry_run: bool, skip_bad: bool) -> None:
        """Tell what importing a plan would do, or do it."""
        desk = self._session.desk

        def call(progress: Task) -> ImportReport:
            return run_import(desk, plan, dry_run=dry_run, skip_bad=skip_bad, progress=progress)

        title = word("UI-TASK-TRY" if dry_run else "UI-TASK-IMPORT", file=plan.path.name)
        begin = self._session.read if dry_run else self._session.write
        self._writes = not dry_run
        self.begin(begin(call, self.reported.emit, owner=self, title=title))


def is_edited(plan: ImportPlan) -> bool:
    """Whether the user has decided otherwise than the program proposed, or as was decided before."""
    return plan.mapping != mapping_of(plan.columns) or plan.values != readings_of(plan.columns)
