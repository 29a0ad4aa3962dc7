"""Conflicts of one window: which one is looked at, and what was decided on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.errors import UserError
from core.messages import current_language
from core.progress import Progress
from desktop.conflicts.decide_dialog import DecideDialog
from desktop.entry.references import Lookup
from desktop.tasks import Failure
from desktop.theme import Tone
from desktop.words import word
from services.conflict_words import DisputeText, conflict_title, describe_conflict, field_names
from services.conflicts import Decided, OpenConflict, decide, open_conflict

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

Told = tuple[OpenConflict, str, tuple[DisputeText, ...], str]
MOVED = ("CONFLICT-MOVED", "CONFLICT-NONE")


class WindowConflicts(QObject):
    """The verbs of one window over conflicts."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: DecideDialog | None = None

    def open(self, uid: str) -> None:
        """Show a record that waits for a decision; what is being typed is stored first."""
        desk, language = self._window.session.desk, current_language()
        if not self._window.record.settle():
            return

        def look(progress: Progress) -> Told:
            found = open_conflict(desk, uid)
            settled = field_names(desk, found.type_id, found.settled, language)
            return found, conflict_title(desk, found, language), describe_conflict(desk, found, language), settled

        self._window.session.read(look, self._show, owner=self)

    def _show(self, told: Told) -> None:
        conflict, title, texts, settled = told
        window = self._window
        lookup = Lookup(window.selecting.find_records, window.selecting.name_record)
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = DecideDialog(conflict, title, texts, settled, window.catalogue, lookup, window)
        self.dialog.accepted.connect(self._decide)
        self.dialog.open()

    def _decide(self) -> None:
        dialog, desk = self.dialog, self._window.session.desk
        assert dialog is not None
        conflict, choices = dialog.conflict, dialog.choices()
        self._window.session.write(
            lambda progress: decide(desk, conflict, choices),
            self._tell,
            owner=self,
            title=word("UI-CONFLICT-TITLE"),
            otherwise=lambda failure: self._look_again(conflict.uid, failure),
        )

    def _look_again(self, uid: str, failure: Failure) -> bool:
        """Show both versions anew when one of them has changed meanwhile: nothing was written."""
        error = failure.error
        if not isinstance(error, UserError) or error.code not in MOVED:
            return False
        self._window.notices.toast.show_text(str(error), Tone.WARNING)
        if error.code == "CONFLICT-MOVED":
            self.open(uid)
        return True

    def _tell(self, done: Decided) -> None:
        code = "UI-CONFLICT-DECIDED-WAITS" if done.waits else "UI-CONFLICT-DECIDED"
        self._window.notices.toast.show_text(word(code), Tone.GOOD)
