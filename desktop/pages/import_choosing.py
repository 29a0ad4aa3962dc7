"""Which file is to be imported: asked for in a dialog, or dropped."""

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog, QWidget

from core.settings import load_settings, save_settings
from desktop.words import word
from services.field_folder import only_field_files

_FOLDER = "import_folder"


def ask_file(parent: QWidget) -> Path | None:
    """Ask for a field file."""
    path, _ = QFileDialog.getOpenFileName(parent, word("UI-CHOOSE-FILE"), _start(), word("UI-FIELD-FILES"))
    return _remembered(path)


def ask_folder(parent: QWidget) -> Path | None:
    """Ask for a file geodatabase, or for a folder of field files."""
    return _remembered(QFileDialog.getExistingDirectory(parent, word("UI-CHOOSE-FOLDER"), _start()))


def dropped_files(dropped: QMimeData) -> list[Path]:
    """Return what was dropped: of several, those that are field files, or the first where none is."""
    paths = [Path(url.toLocalFile()) for url in dropped.urls() if url.isLocalFile()]
    return (only_field_files(paths) if len(paths) > 1 else []) or paths[:1]


def _start() -> str:
    return str(load_settings().get(_FOLDER, ""))


def _remembered(path: str) -> Path | None:
    if not path:
        return None
    save_settings(**{_FOLDER: str(Path(path).parent)})
    return Path(path)
