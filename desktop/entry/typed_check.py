"""The rules over a record as it is typed: after a pause of the typist, off the GUI thread, the latest answer alone."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.session import Session
from forms.record import Record
from services.checking import check_values

CHECK_AFTER_MS = 300
Typed = tuple[Record, Mapping[str, Any]]


class TypedCheck(QObject):
    """``found`` carries the findings of what ``typed`` last returned: the record and its values so far."""

    found = Signal(object)

    def __init__(self, session: Session, typed: Callable[[], Typed | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._typed = session, typed
        self._asked = 0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(CHECK_AFTER_MS)
        self._pause.timeout.connect(self.now)

    @property
    def is_waiting(self) -> bool:
        """Whether the rules are still to look at what was typed."""
        return self._pause.isActive()

    def soon(self) -> None:
        """Look once the typist pauses."""
        self._pause.start()

    def now(self) -> None:
        """Look at once."""
        self._pause.stop()
        typed = self._typed()
        if typed is None:
            return
        self._asked += 1
        asked, desk = self._asked, self._session.desk
        record, values = typed
        self._session.read(
            lambda progress: check_values(desk, record.type_id, values, record.geometry, uid=record.uid),
            lambda findings: self.found.emit(tuple(findings)) if asked == self._asked else None,
            owner=self,
        )
