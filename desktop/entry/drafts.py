"""Keeps what is typed and cannot be stored yet: across records, windows, and a program that was killed."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from core.clock import VIETNAM, parse_timestamp
from desktop.session import Session
from desktop.tasks import Lane
from services.drafting import Draft, fetch_drafts, forget_draft, keep_draft

KEEP_AFTER_MS = 1_000
SKETCH = "sketch"  # what the keys of unfinished sketches begin with: they are no form's


def is_sketch(key: str) -> bool:
    """Whether a draft of this key is a sketch, not a form."""
    return key == SKETCH or key.startswith(f"{SKETCH}:")


class DraftShelf(QObject):
    """The drafts of one session's desk; ``changed`` tells that there are more or fewer of them.

    They are written on the store's own thread, behind what it is doing.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._drafts = {draft.key: draft for draft in fetch_drafts(session.desk) if not is_sketch(draft.key)}

    @property
    def drafts(self) -> list[Draft]:
        """What is kept, the latest first."""
        return sorted(self._drafts.values(), key=lambda draft: draft.saved_at, reverse=True)

    def draft(self, key: str) -> Draft | None:
        """Return what is kept under a key."""
        return self._drafts.get(key)

    def free_key(self, type_id: str) -> str:
        """Return a key for a new record of a type under which nothing is kept."""
        key, number = f"new:{type_id}", 1
        while key in self._drafts:
            number += 1
            key = f"new:{type_id}:{number}"
        return key

    def put(self, draft: Draft, *, at_once: bool = False) -> None:
        """Keep a draft; ``at_once`` before returning, for the window is about to close."""
        is_new = draft.key not in self._drafts
        self._drafts[draft.key] = draft
        desk = self._session.desk
        if at_once:
            keep_draft(desk, draft)
        else:
            self._session.read(lambda progress: keep_draft(desk, draft), _nothing, owner=self, lane=Lane.STORE)
        if is_new:
            self.changed.emit()

    def forget(self, key: str) -> None:
        """Drop what is kept under a key, if anything is."""
        if self._drafts.pop(key, None) is None:
            return
        desk = self._session.desk
        self._session.read(lambda progress: forget_draft(desk, key), _nothing, owner=self, lane=Lane.STORE)
        self.changed.emit()


def shelf_of(session: Session) -> DraftShelf:
    """Return the one shelf of a session, whoever asks."""
    return session.findChild(DraftShelf) or DraftShelf(session)


class DraftKeeper(QObject):
    """Keeps what ``build`` returns on the shelf: a moment after the last keystroke, or at once."""

    def __init__(self, session: Session, build: Callable[[], Draft | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shelf = shelf_of(session)
        self._build = build
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(KEEP_AFTER_MS)
        self._pause.timeout.connect(self.keep)

    def keep_soon(self) -> None:
        """Keep what is typed once the typist pauses."""
        self._pause.start()

    def keep(self, *, at_once: bool = False) -> None:
        """Keep what is typed now."""
        self._pause.stop()
        draft = self._build()
        if draft is not None:
            self.shelf.put(draft, at_once=at_once)


def _nothing(result: object) -> None:
    """Take a result that tells nothing."""


def clock_of(stored: str) -> str:
    """Return the time of a stored moment as people say it: the hour alone on its own day, else with the day."""
    moment = parse_timestamp(stored).astimezone(VIETNAM)
    same_day = moment.date() == datetime.now(VIETNAM).date()
    return moment.strftime("%H:%M" if same_day else "%H:%M %d/%m/%Y")
