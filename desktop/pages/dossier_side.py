"""The right of a dossier's screen: the form and the files of the dossier, or of one document of it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from desktop.entry.record_entry import RecordEntry
from desktop.entry.references import Lookup
from desktop.icons import icon
from desktop.panels.files_view import FilesView
from desktop.session import Session
from desktop.theme import GAP
from desktop.words import word
from forms.dossiers import DOSSIER
from forms.record import Record

LEAST_PX = 300


class DossierSide(QWidget):
    """``shown`` carries the record in the form, ``told`` a line and its tone; ``back_wanted`` asks for the dossier."""

    shown = Signal(object)
    back_wanted = Signal()
    told = Signal(str, object)

    def __init__(self, session: Session, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back_button = QPushButton(icon("back"), word("UI-BACK-TO-DOSSIER"))
        self.back_button.setFlat(True)
        self.back_button.setProperty("link", True)
        self.back_button.clicked.connect(self.back_wanted)
        self._note = QLabel()
        self._note.setProperty("role", "warning")
        self._note.setWordWrap(True)
        self._note.hide()
        self.entry = RecordEntry(session, lookup)
        self.files = FilesView(session)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setProperty("narrow", True)
        self.tabs.addTab(self.entry, word("UI-TAB-VALUES"))
        self.tabs.addTab(self.files, word("UI-TAB-FILES"))
        self.setMinimumWidth(LEAST_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._note)
        column.addWidget(self.tabs, 1)
        self.entry.shown.connect(self._note_shown)
        self.entry.noted.connect(self._say)
        self.entry.told.connect(self.told)
        self.files.told.connect(self.told)
        self.tabs.currentChanged.connect(self._show_files)

    def begin(self, values: Mapping[str, Any] | None = None) -> None:
        """Begin a new dossier."""
        self.tabs.setCurrentWidget(self.entry)
        self.entry.begin(DOSSIER, values=values)

    def focus_form(self, key: str | None = None) -> None:
        """Put the cursor into the form: into one field, or the first that is empty."""
        self.tabs.setCurrentWidget(self.entry)
        if self.entry.form is None:
            return
        if key is None:
            self.entry.form.focus_first()
        else:
            self.entry.form.focus_field(key)

    def _note_shown(self, record: Record) -> None:
        self.back_button.setVisible(record.type_id != DOSSIER)
        self.tabs.setTabEnabled(1, bool(record.uid))
        self._show_files()
        self.shown.emit(record)

    def _show_files(self) -> None:
        """Show the files of the record in the form, when they are looked at."""
        record = self.entry.record
        if self.tabs.currentWidget() is self.files:
            self.files.show_record(record if record is not None and record.uid else None)

    def _say(self, text: str | None, button: bool) -> None:
        self._note.setText(text or "")
        self._note.setVisible(bool(text))
