"""One open desk as the window sees it: the service calls' only road, and the news of what they changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from core.clock import VIETNAM
from core.progress import Progress
from desktop.tasks import Failure, Lane, Task, TaskRunner
from services.desk import Desk

Then = Callable[[Any], None]


class Session(QObject):
    """Runs calls on the desk and tells what they changed.

    ``changed`` carries the set of (type id, uid) that a unit of work touched, or ``None`` when it may be anything.
    ``failed`` carries a ``Failure`` and the call that tries again, for whoever shows errors.
    """

    changed = Signal(object)
    saved = Signal(str)
    failed = Signal(object, object)

    def __init__(self, desk: Desk, runner: TaskRunner | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.runner = runner or TaskRunner(self)
        self.last_saved: str | None = None

    def read(
        self, call: Callable[[Progress], Any], then: Then, *, owner: QObject, title: str = "", lane: Lane = Lane.READING
    ) -> Task:
        """Run a call that changes nothing; ``then`` gets its result, unless ``owner`` is gone by that time."""
        return self._start(call, then, owner, title, lane, writes=False)

    def write(
        self,
        call: Callable[[Progress], Any],
        then: Then | None = None,
        *,
        owner: QObject,
        title: str = "",
        lane: Lane = Lane.STORE,
        otherwise: Callable[[Failure], bool] | None = None,
    ) -> Task:
        """Run a call that changes the store, tell what it changed, then give ``then`` its result.

        ``otherwise`` may take a failure upon itself by returning true.
        """
        return self._start(call, then, owner, title, lane, writes=True, otherwise=otherwise)

    def note(self, call: Callable[[Progress], Any], *, owner: QObject) -> Task:
        """Run a call that keeps something beside the records: nobody has to show anything anew for it."""
        return self._start(call, None, owner, "", Lane.STORE, writes=False)

    def _start(
        self,
        call: Callable[[Progress], Any],
        then: Then | None,
        owner: QObject,
        title: str,
        lane: Lane,
        *,
        writes: bool,
        otherwise: Callable[[Failure], bool] | None = None,
    ) -> Task:
        task = self.runner.start(call, lane=lane, title=title)

        def succeed(result: Any) -> None:
            if writes:
                self._tell(result)
            if then is not None and isValid(owner):
                then(result)

        def fail(failure: Failure) -> None:
            if otherwise is not None and isValid(owner) and otherwise(failure):
                return
            self.failed.emit(
                failure, lambda: self._start(call, then, owner, title, lane, writes=writes, otherwise=otherwise)
            )

        task.succeeded.connect(succeed)
        task.failed.connect(fail)
        return task

    def _tell(self, result: Any) -> None:
        """Say that the store changed; a result says what by ``changed`` or ``records``, else it may be anything."""
        if hasattr(result, "dry_run") and result.dry_run:
            return
        changed = getattr(result, "changed", result)
        if changed is None and hasattr(result, "changed"):
            return
        self.last_saved = datetime.now(VIETNAM).strftime("%H:%M")
        self.saved.emit(self.last_saved)
        self.changed.emit(getattr(changed, "records", None))

    def close(self) -> None:
        """Stop what runs, then close the store."""
        self.runner.shut_down()
        self.desk.close()
