"""Saves every finished edit at once, one after another for each record, so that none is refused as stale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, Signal

from core.errors import UserError
from desktop.session import Session
from desktop.tasks import Failure
from forms.record import Record
from services.editing import Saved, rebase_values, update_values
from services.reading import fetch_record


@dataclass(slots=True)
class _Line:
    """What waits for one record: the record as it was typed on, values to be written, values in writing."""

    base: Record
    pending: dict[str, Any] = field(default_factory=dict)
    under_way: dict[str, Any] = field(default_factory=dict)


class RecordSaver(QObject):
    """Queues changed values by record.

    ``stored`` carries the ``Saved``; ``refused`` the uid of a record whose change the store forbids, the values and
    the error; ``waiting`` the uid of one whose change could not be written yet and is kept; ``overtaken`` a record that
    changed under what was typed, and the typed values of the fields that changed on both sides: nothing of those is
    written until somebody has decided, the others are.
    """

    stored = Signal(object)
    refused = Signal(str, object, object)
    waiting = Signal(str)
    overtaken = Signal(object, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lines: dict[str, _Line] = {}

    def is_settled(self, uid: str) -> bool:
        """Whether nothing of a record waits to be written."""
        line = self._lines.get(uid)
        return line is None or not (line.pending or line.under_way)

    def settle(self, uid: str, most_ms: int = 5_000) -> bool:
        """Wait until nothing of a record waits to be written; false when that takes too long."""
        loop, limit = QEventLoop(), QDeadlineTimer(most_ms)
        while not self.is_settled(uid) and not limit.hasExpired():
            loop.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 50)
        return self.is_settled(uid)

    def waiting_values(self, uid: str) -> Mapping[str, Any]:
        """What of a record is not written yet, by field."""
        line = self._lines.get(uid)
        return {**line.under_way, **line.pending} if line else {}

    def know(self, record: Record) -> None:
        """Remember the record that the next change builds on."""
        if self.is_settled(record.uid):
            self._lines[record.uid] = _Line(record)

    def save(self, uid: str, key: str, value: Any) -> None:
        """Store one value of a record that is known."""
        self._lines[uid].pending[key] = value
        self.flush(uid)

    def flush(self, uid: str) -> None:
        """Write what waits for a record, unless a write of it is under way."""
        line = self._lines.get(uid)
        if line is None or line.under_way or not line.pending:
            return
        line.under_way, line.pending = line.pending, {}
        desk, values, expected = self._session.desk, line.under_way, line.base.revision
        self._session.write(
            lambda progress: update_values(desk, uid, values, expected=expected),
            self._note_stored,
            owner=self,
            otherwise=lambda failure: self._note_failure(uid, failure),
        )

    def _note_stored(self, saved: Saved) -> None:
        line = self._lines[saved.record.uid]
        line.base, line.under_way = saved.record, {}
        self.stored.emit(saved)
        self.flush(saved.record.uid)

    def _note_failure(self, uid: str, failure: Failure) -> bool:
        line = self._lines[uid]
        values, line.under_way = line.under_way, {}
        if not isinstance(failure.error, UserError):
            line.pending = {**values, **line.pending}
            self.waiting.emit(uid)
            self._session.failed.emit(failure, lambda: self.flush(uid))
            return True
        values = {**values, **line.pending}
        line.pending = {}
        if failure.error.code == "STORE-STALE" and self._rebase(uid, line, values):
            return True
        self.refused.emit(uid, values, failure.error)
        return False

    def _rebase(self, uid: str, line: _Line, values: dict[str, Any]) -> bool:
        """Put what was typed on the record as it now stands; false when that is gone."""
        try:
            theirs = fetch_record(self._session.desk, uid)
        except UserError:
            return False
        rebased = rebase_values(line.base.values, values, theirs.values)
        line.base, line.pending = theirs, dict(rebased.clean)
        self.overtaken.emit(theirs, {key: values[key] for key in rebased.conflicts})
        self.flush(uid)
        return True
