"""The road to the province on a USB stick, from the window: packages out, a receipt in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from desktop.theme import Tone
from desktop.words import word

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow
    from services.carrying import TakenReceipt


class WindowCarrying(QObject):
    """The verbs of one window over sticks."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window

    def carry_out(self) -> None:
        """Seal what is approved and copy every package without a receipt into a folder of the user's choice."""
        from services.carrying import carry_out

        folder = QFileDialog.getExistingDirectory(self._window, word("UI-CARRY-FOLDER"))
        desk = self._window.session.desk
        if folder:
            self._window.session.write(
                lambda progress: carry_out(desk, Path(folder), progress=progress),
                self._tell_carried,
                owner=self,
                title=word("UI-DO-CARRY-OUT"),
            )

    def _tell_carried(self, copies: Sequence[Path]) -> None:
        text = word("UI-CARRIED", count=len(copies), folder=copies[0].parent) if copies else word("UI-CARRIED-NONE")
        self._window.notices.toast.show_text(text, Tone.GOOD if copies else Tone.WARNING)

    def take_receipt(self) -> None:
        """Apply a receipt from a file of the user's choice."""
        from services.carrying import take_receipt_file

        path, _ = QFileDialog.getOpenFileName(self._window, word("UI-DO-TAKE-RECEIPT"), "", word("UI-RECEIPT-FILES"))
        desk = self._window.session.desk
        if path:
            self._window.session.write(
                lambda progress: take_receipt_file(desk, Path(path)),
                self._tell_taken,
                owner=self,
                title=word("UI-DO-TAKE-RECEIPT"),
            )

    def _tell_taken(self, taken: TakenReceipt) -> None:
        counts = taken.summary()
        if not taken.is_new:
            self._window.notices.toast.show_text(word("UI-RECEIPT-KNOWN"), Tone.GOOD)
            return
        other = [word("UI-OTHER-RULES", count=1)] if taken.other_rules else []
        tone = Tone.WARNING if counts["rejected"] or counts["conflict"] or other else Tone.GOOD
        text = "\n".join([word("UI-RECEIPT-TAKEN", taken=taken.taken, **counts), *other])
        self._window.notices.toast.show_text(text, tone)
