"""Handing in a dossier by circular 16/2025/TT-BXD from the window, checking such a folder, taking one in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog

from core.messages import current_language
from core.settings import load_settings, save_settings
from desktop.pages.hand_in import BreachesDialog, HandInDialog
from desktop.tasks import Lane
from desktop.theme import Tone
from desktop.words import word
from forms.titles import record_title

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow
    from services.tt16_breaches import Breach
    from services.tt16_import import DossierImport
    from services.tt16_package import DossierPackage

FOLDER = "hand_in_folder"


class WindowHandIn(QObject):
    """The verbs of one window over dossiers' folders."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self.result: BreachesDialog | None = None

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {
            "hand-in": lambda on: self.export(),
            "check-folder": lambda on: self.check(),
            "take-in": lambda on: self.take_in(),
        }

    def export(self) -> None:
        """Write the dossier in hand as the folder CSDL_<TenDoAn>, and say what breaches stand."""
        from services.tt16_package import export_dossier, gis_kind

        window, dossier = self._window, self._window.dossiers.dossier
        if dossier is None:
            window.dossier_work.look()
            window.notices.toast.show_text(word("UI-HAND-IN-NONE"), Tone.INFO)
            return
        if not window.dossiers.settle():
            return
        record, desk = dossier.record, window.session.desk
        title = record_title(desk.catalogue.type(record.type_id), record.values, current_language(), desk.catalogue)
        dialog = HandInDialog(title, window)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        gis, works = gis_kind(str(dialog.gis.currentData())), dialog.works.isChecked()
        parent = self._ask_folder(word("UI-HAND-IN-WHERE"))
        if parent is None:
            return
        window.session.read(
            lambda progress: export_dossier(desk, record.uid, parent, gis=gis, works=works, progress=progress),
            self._show_written,
            owner=self,
            title=word("UI-TASK-HAND-IN", title=title),
            lane=Lane.FILES,
        )

    def check(self) -> None:
        """Check a folder of the user's choice."""
        from services.tt16_checking import check_dossier_folder

        folder = self._ask_folder(word("UI-HAND-IN-WHICH"))
        if folder is None:
            return
        desk = self._window.session.desk
        self._window.session.read(
            lambda progress: check_dossier_folder(
                folder, system=desk.system, catalogue=desk.catalogue, progress=progress
            ),
            partial(self._show_checked, folder),
            owner=self,
            title=word("UI-TASK-CHECK-FOLDER", folder=folder.name),
            lane=Lane.FILES,
        )

    def take_in(self) -> None:
        """Import a dossier's folder of the user's choice, whole."""
        from services.tt16_import import import_dossier

        folder = self._ask_folder(word("UI-HAND-IN-WHICH"))
        if folder is None or not self._window.dossiers.settle():
            return
        desk = self._window.session.desk
        self._window.session.write(
            lambda progress: import_dossier(desk, folder, progress=progress),
            self._show_taken,
            owner=self,
            title=word("UI-TASK-TAKE-IN", folder=folder.name),
        )

    def _ask_folder(self, title: str) -> Path | None:
        found = QFileDialog.getExistingDirectory(self._window, title, str(load_settings().get(FOLDER, "")))
        if not found:
            return None
        save_settings(**{FOLDER: found})
        return Path(found)

    def _show_written(self, done: DossierPackage) -> None:
        head = word("UI-HAND-IN-DONE", folder=str(done.folder), count=sum(done.counts.values()), files=done.files)
        self._show(word("UI-DO-HAND-IN"), head, done.folder, list(done.breaches))

    def _show_checked(self, folder: Path, breaches: list[Breach]) -> None:
        self._show(word("UI-DO-CHECK-FOLDER"), str(folder), folder, breaches)

    def _show_taken(self, done: DossierImport) -> None:
        head = word("UI-TAKE-IN-DONE", code=done.code, count=sum(done.counts.values()), files=done.files)
        if done.uid is not None:
            self._window.dossier_work.look()
            self._window.dossiers.show_dossier(done.uid)
        self._show(word("UI-DO-TAKE-IN"), head, None, list(done.breaches))

    def _show(self, title: str, head: str, folder: Path | None, breaches: list[Breach]) -> None:
        self.result = BreachesDialog(title.rstrip("…"), head, folder, breaches, self._window)
        self.result.destroyed.connect(self._forget)
        self.result.open()

    def _forget(self) -> None:
        self.result = None
