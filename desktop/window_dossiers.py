"""What the page of dossiers asks of the rest of the window: the map, the import page, keys that mean its own form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.map_control import DRAWN
from desktop.theme import Tone
from desktop.words import word
from services.importing import ImportReport

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

OWNER = "dossier_uid"
PAGE = "dossiers"


class WindowDossiers(QObject):
    """Joins the page of dossiers of one window to the rest of it."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._importing_for: str | None = None
        page = window.dossiers
        page.zoom_wanted.connect(window.selecting.zoom_to_records)
        page.draw_wanted.connect(self.draw)
        page.import_wanted.connect(self.bring)
        page.hand_in_wanted.connect(window.commands.hand_in.export)
        page.told.connect(window.notices.toast.show_text)
        window.import_page.imported.connect(self._note_import)
        window.import_page.purpose_dropped.connect(self._forget)

    @property
    def is_shown(self) -> bool:
        """Whether the page is the one in view."""
        return self._window.pages.currentWidget() is self._window.dossiers

    def look(self) -> None:
        """Turn to the page."""
        self._window.commands.show_page(PAGE)

    def new(self) -> bool:
        """Begin a dossier if the page is in view; false when "new" means something else."""
        if self.is_shown:
            self._window.dossiers.begin()
        return self.is_shown

    def save(self) -> bool:
        """Store what is typed in the page's form if it is in view; false when "save" means another form."""
        if self.is_shown:
            self._window.dossiers.entry.save()
        return self.is_shown

    def draw(self, type_id: str, uid: str) -> None:
        """Draw a record of a dossier on the map."""
        window = self._window
        kind = window.catalogue.type(type_id)
        window.selecting.show_type(type_id)
        window.show_dock(window.record_dock)
        window.record.begin_record(type_id, values={OWNER: uid})
        window.entry.draw_for_record(DRAWN[kind.geometry[0]])
        window.notices.toast.show_text(word("UI-DRAW-FOR-DOSSIER"), Tone.INFO)

    def bring(self, type_id: str, uid: str, title: str) -> None:
        """Have a field file chosen whose records will belong to a dossier."""
        window = self._window
        self._importing_for = uid
        window.commands.show_page("import-page")
        window.import_page.begin_for(type_id, {OWNER: uid}, word("UI-IMPORT-FOR-DOSSIER", title=title))
        window.import_page.choose_file()

    def _note_import(self, type_id: str, report: ImportReport) -> None:
        """Go back to the dossier for which the file was brought."""
        uid = self._importing_for
        self._importing_for = None
        if uid is not None and report.plan.constants.get(OWNER) == uid:
            self._window.dossiers.show_dossier(uid)
            self.look()

    def _forget(self) -> None:
        self._importing_for = None
