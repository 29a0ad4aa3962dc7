"""The catalogue packs that the province uses and this workspace has not taken: a line each, with a button."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.theme import GAP, Tone
from desktop.words import pick, word

if TYPE_CHECKING:
    from services.province_packs import OfferedPack


class OffersView(QWidget):
    """Hidden while there is nothing to take; ``chosen`` carries the pack that somebody wants to look at."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self.buttons: list[QPushButton] = []
        self.hide()

    def show_offers(self, offers: Sequence[OfferedPack]) -> None:
        """Show these packs and no others; only the lowest can be taken first, the others lie over it."""
        self.buttons.clear()
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for place, offer in enumerate(offers):
            self._column.addWidget(self._line(offer, is_next=place == 0))
        self.setVisible(bool(offers))

    def _line(self, offer: OfferedPack, *, is_next: bool) -> QWidget:
        line = QWidget()
        label = QLabel(word("UI-PACK-OFFERED", name=pick(offer.name), version=offer.version, issuer=offer.issuer))
        label.setWordWrap(True)
        label.setStyleSheet(f"color: {Tone.WARNING.value};")
        button = QPushButton(word("UI-PACK-OFFERED-VIEW"))
        button.setEnabled(is_next)
        button.clicked.connect(partial(self._choose, offer))
        self.buttons.append(button)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label, 1)
        row.addWidget(button)
        return line

    def _choose(self, offer: OfferedPack, _checked: bool = False) -> None:
        self.chosen.emit(offer)
