"""Loading a catalogue pack from the window: what would change is shown first, an unknown issuer is asked about."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from core.errors import UserError
from core.messages import current_language
from desktop.tasks import Failure
from desktop.words import word

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow
    from services.catalogue_packs import LoadedPack
    from services.province_packs import OfferedPack

    Load = Callable[[bool], LoadedPack]  # takes whether to change nothing

SHOWN_AT_MOST = 8


class WindowPacks(QObject):
    """The verbs of one window over catalogue packs."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window

    def load(self) -> None:
        """Take a pack of the user's choice into the workspace."""
        path, _ = QFileDialog.getOpenFileName(self._window, word("UI-DO-LOAD-PACK"), "", word("UI-PACK-FILES"))
        if path:
            self._try(Path(path), trust=False)

    def take_offer(self, offer: OfferedPack) -> None:
        """Take a pack that the province offers; the province vouches for its issuer."""
        from services.province_packs import take_offer

        desk = self._window.session.desk
        self._look(lambda dry_run: take_offer(desk, offer, dry_run=dry_run))

    def _try(self, path: Path, *, trust: bool) -> None:
        from services.catalogue_packs import load_pack

        desk = self._window.session.desk
        self._look(
            lambda dry_run: load_pack(desk, path, trust=trust, dry_run=dry_run),
            otherwise=partial(self._ask_trust, path),
        )

    def _look(self, load: Load, otherwise: Callable[[Failure], bool] | None = None) -> None:
        """See what a pack would change; nothing is written before somebody agrees."""
        if not self._window.record.settle():
            return
        self._window.session.write(
            lambda progress: load(True),
            partial(self._ask, load),
            owner=self,
            title=word("UI-DO-LOAD-PACK"),
            otherwise=otherwise,
        )

    def _ask_trust(self, path: Path, failure: Failure) -> bool:
        error = failure.error
        if not isinstance(error, UserError) or error.code != "PACK-UNTRUSTED":
            return False
        if self._confirm(word("UI-PACK-TRUST", **error.context)):
            self._try(path, trust=True)
        return True

    def _ask(self, load: Load, found: LoadedPack) -> None:
        if self._confirm(describe(found)):
            self._window.session.write(
                lambda progress: load(False),
                lambda loaded: self._window.language_wanted.emit(current_language()),
                owner=self,
                title=word("UI-DO-LOAD-PACK"),
            )

    def _confirm(self, text: str) -> bool:
        answer = QMessageBox.question(
            self._window,
            word("UI-DO-LOAD-PACK"),
            text,
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            QMessageBox.StandardButton.No,
        )
        return answer == QMessageBox.StandardButton.Yes


def describe(found: LoadedPack) -> str:
    """Return what a pack would change, in words."""
    change = found.change
    lines = [word("UI-PACK-ABOUT", name=found.name[current_language()], version=found.version, issuer=found.issuer)]
    for code, names in (
        ("UI-PACK-TYPES", change.types),
        ("UI-PACK-FIELDS", change.fields),
        ("UI-PACK-FIELDS-GONE", change.fields_gone),
        ("UI-PACK-CODES", change.codes),
        ("UI-PACK-CODES-GONE", change.codes_gone),
        ("UI-PACK-RULES", change.rules),
        ("UI-PACK-RULES-GONE", change.rules_gone),
        ("UI-PACK-TOLERANCES", change.tolerances),
    ):
        if names:
            more = ", …" if len(names) > SHOWN_AT_MOST else ""
            lines.append(word(code, count=len(names), names=", ".join(names[:SHOWN_AT_MOST]) + more))
    if len(lines) == 1:
        lines.append(word("UI-PACK-NOTHING"))
    return "\n".join([*lines, "", word("UI-PACK-SURE")])
