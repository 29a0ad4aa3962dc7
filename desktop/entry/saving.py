"""Saves every finished edit at once, one after another for each record, so that none is refused as stale."""

from typing import Any

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, Signal

from core.errors import UserError
from desktop.session import Session
from desktop.tasks import Failure
from forms.record import Record
from services.editing import Saved, update_values


class RecordSaver(QObject):
    """Queues changed values by record.

    ``stored`` carries the ``Saved``, ``refused`` the uid of a record whose change the store forbids (it is to be shown
    again as stored), ``waiting`` the uid of one whose change could not be written yet and is kept.
    """

    stored = Signal(object)
    refused = Signal(str)
    waiting = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pending: dict[str, dict[str, Any]] = {}
        self._revisions: dict[str, int] = {}
        self._under_way: dict[str, dict[str, Any]] = {}

    def is_settled(self, uid: str) -> bool:
        """Whether nothing of a record waits to be written."""
        return uid not in self._pending and uid not in self._under_way

    def settle(self, uid: str, most_ms: int = 5_000) -> bool:
        """Wait until nothing of a record waits to be written; false when that takes too long."""
        loop, limit = QEventLoop(), QDeadlineTimer(most_ms)
        while not self.is_settled(uid) and not limit.hasExpired():
            loop.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 50)
        return self.is_settled(uid)

    def know(self, record: Record) -> None:
        """Remember the revision that the next change of ``record`` builds on."""
        if self.is_settled(record.uid):
            self._revisions[record.uid] = record.revision

    def save(self, uid: str, key: str, value: Any) -> None:
        """Store one value of a record that is known."""
        self._pending.setdefault(uid, {})[key] = value
        self.flush(uid)

    def flush(self, uid: str) -> None:
        """Write what waits for a record, unless a write of it is under way."""
        if uid in self._under_way or uid not in self._pending:
            return
        values = self._pending.pop(uid)
        self._under_way[uid] = values
        desk, expected = self._session.desk, self._revisions[uid]
        self._session.write(
            lambda progress: update_values(desk, uid, values, expected=expected),
            self._note_stored,
            owner=self,
            otherwise=lambda failure: self._note_failure(uid, failure),
        )

    def _note_stored(self, saved: Saved) -> None:
        uid = saved.record.uid
        self._under_way.pop(uid, None)
        self._revisions[uid] = saved.record.revision
        self.stored.emit(saved)
        self.flush(uid)

    def _note_failure(self, uid: str, failure: Failure) -> bool:
        values = self._under_way.pop(uid, {})
        if isinstance(failure.error, UserError):
            self._pending.pop(uid, None)
            self.refused.emit(uid)
            return False
        self._pending[uid] = {**values, **self._pending.get(uid, {})}
        self.waiting.emit(uid)
        self._session.failed.emit(failure, lambda: self.flush(uid))
        return True
