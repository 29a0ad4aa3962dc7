"""How far a package is on its way: what the province has, what is left, and how long that takes at the pace so far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from desktop.files.entries import size_text
from desktop.theme import GAP
from desktop.words import word

if TYPE_CHECKING:
    from services.syncing import Sending

TELLING_S = 3.0  # a pace measured for less than this says nothing of the rest
PARTS = 1000


class SendingView(QWidget):
    """One line under the buttons of the send page; hidden while nothing is on its way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.label = QProgressBar(), QLabel()
        self.bar.setRange(0, PARTS)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(220)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.bar)
        row.addWidget(self.label, 1)
        self._began: tuple[str, float, int] | None = None
        self.hide()

    def show_stage(self, stage: Sending, now_s: float | None = None) -> None:
        """Show where a round stands; ``now_s`` is a clock that only goes on."""
        now = time.monotonic() if now_s is None else now_s
        if self._began is None or self._began[0] != stage.package_id:
            self._began = (stage.package_id, now, stage.sent)
        place = {"number": stage.sequence, "place": stage.place, "count": stage.count}
        self.bar.setValue(PARTS if not stage.total else stage.sent * PARTS // stage.total)
        if stage.sent >= stage.total:
            self.label.setText(word("UI-SENDING-AWAITS", **place))
        else:
            told = word("UI-SENDING-NOW", sent=size_text(stage.sent), total=size_text(stage.total), **place)
            self.label.setText(" ".join(part for part in (told, self._rest(stage, now)) if part))
        self.show()

    def clear(self) -> None:
        """Nothing is on its way any more."""
        self._began = None
        self.hide()

    def _rest(self, stage: Sending, now: float) -> str:
        """Return how long the rest takes at the pace of this package, nothing before that can be told."""
        assert self._began is not None
        _, began, before = self._began
        gone, elapsed = stage.sent - before, now - began
        if gone <= 0 or elapsed < TELLING_S:
            return ""
        left = (stage.total - stage.sent) * elapsed / gone
        if left < 60:
            return word("UI-SENDING-SECONDS", count=max(1, round(left)))
        return word("UI-SENDING-MINUTES", count=round(left / 60))
