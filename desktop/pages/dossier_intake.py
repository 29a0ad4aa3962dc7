"""Brings files into a dossier: chosen or dropped, asked about, then stored one after another."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.settings import load_settings, save_settings
from desktop.pages.add_documents import AddDocuments, Incoming
from desktop.session import Session
from desktop.theme import Tone
from desktop.words import word
from services.dossier_documents import add_document, propose_document
from services.editing import Saved
from validation.engine import blocks

FOLDER = "document_folder"


class FileIntake(QObject):
    """``told`` carries what became of a file, and its tone."""

    told = Signal(str, object)

    def __init__(self, session: Session, page: QWidget) -> None:
        super().__init__(page)
        self._session = session
        self._page = page

    def add(self, type_id: str, dossier_uid: str, paths: Sequence[Path], values: Mapping[str, Any]) -> None:
        """Ask for files where none are given, ask what they are, and store them; ``values`` hold for each of them."""
        chosen = list(paths) or self._choose()
        if not chosen:
            return
        desk = self._session.desk
        files = [Incoming(path, {**propose_document(desk, path), **values}) for path in chosen]
        dialog = AddDocuments(desk.catalogue.type(type_id), desk.catalogue, files, self._page)
        dialog.accepted.connect(partial(self._store_all, type_id, dossier_uid, dialog))
        dialog.open()

    def _choose(self) -> list[Path]:
        start = str(load_settings().get(FOLDER, ""))
        title, kinds = word("UI-ADD-DOCUMENTS-PLAIN"), word("UI-DOCUMENT-FILES")
        found, _ = QFileDialog.getOpenFileNames(self._page, title, start, kinds)
        if found:
            save_settings(**{FOLDER: str(Path(found[0]).parent)})
        return [Path(path) for path in found]

    def _store_all(self, type_id: str, dossier_uid: str, dialog: AddDocuments) -> None:
        for path, values in dialog.answers:
            self._store(type_id, dossier_uid, path, values)

    def _store(self, type_id: str, dossier_uid: str, path: Path, values: Mapping[str, Any]) -> None:
        desk = self._session.desk
        self._session.write(
            lambda progress: add_document(desk, dossier_uid, path, values, type_id=type_id, progress=progress),
            partial(self._note_added, path.name),
            owner=self,
            title=word("UI-TASK-ADD-FILE", file=path.name),
        )

    def _note_added(self, name: str, saved: Saved) -> None:
        wrong = [finding for finding in saved.findings if blocks(finding)]
        text = word("UI-FILE-ADDED", file=name)
        self.told.emit(f"{text} {wrong[0].text()}" if wrong else text, Tone.WARNING if wrong else Tone.GOOD)
