"""Laying scanned drawings from the window: the scan beside the map, the drawing's record kept true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog

from desktop.sheets.sheet_dialog import SheetDialog
from desktop.tasks import Lane
from desktop.theme import Tone
from desktop.words import word
from geodesy.fitting import ControlPoint, Fit
from services.georeferencing import DRAWING, Laid, ScanReader, lay_sheet, lay_sheet_anew, save_scan
from services.reading import fetch_record
from validation.own_tolerances import own_tolerances

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

PLACE = "place"


class WindowSheets(QObject):
    """The verbs of one window over scanned drawings; one is laid at a time."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: SheetDialog | None = None
        self._reader: ScanReader | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._drawing: str | None = None
        self._laid: list[str] = []  # the base map that this sheet has become, once it is laid

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {"lay-sheet": lambda on: self.begin()}

    def begin(self) -> None:
        """Open the scan of the planning drawing that is selected, or else of a file of the user's choice."""
        window, desk = self._window, self._window.session.desk
        if self._dialog is not None:
            self._dialog.raise_()
            return
        chosen = [uid for uid in window.selecting.uids if fetch_record(desk, uid).type_id == DRAWING]
        self._drawing, self._laid = (chosen[0] if len(chosen) == 1 else None), []
        self._folder = TemporaryDirectory(prefix="diaba-")
        path = save_scan(desk, self._drawing, Path(self._folder.name)) if self._drawing else None
        if path is None:
            name, _ = QFileDialog.getOpenFileName(window, word("UI-DO-LAY-SHEET"), "", word("UI-SHEET-FILES"))
            path = Path(name) if name else None
        if path is None:
            self._tidy()
            return
        page = 1
        if path.suffix.lower() == ".pdf":
            page, ok = QInputDialog.getInt(window, word("UI-DO-LAY-SHEET"), word("UI-SHEET-PAGE"), 1, 1, 10_000)
            if not ok:
                self._tidy()
                return
        self.open(path, page)

    def open(self, path: Path, page: int = 1) -> None:
        """Open a scan beside the map."""
        self._window.session.read(
            lambda progress: ScanReader(path, page, progress=progress),
            self._show,
            owner=self,
            title=word("UI-SHEET-OPENING", file=path.name),
            lane=Lane.FILES,
        )

    def _show(self, reader: ScanReader) -> None:
        window = self._window
        self._reader = reader
        window.commands.show_page("map")
        scale = None
        if self._drawing is not None:
            scale = fetch_record(window.session.desk, self._drawing).values.get("scale_denom")
        own = own_tolerances(window.session.desk.catalogue)
        dialog = SheetDialog(reader.path.name, reader.facts, self._fetch, scale, window, own_tolerances=own)
        dialog.laid.connect(self._lay)
        dialog.place_wanted.connect(lambda: window.editing.use_tool(PLACE))
        dialog.closed.connect(self._close)
        self._dialog = dialog
        dialog.show()

    def _fetch(self, where: tuple[float, ...], wide: int, high: int, take: Callable[[Any], None]) -> None:
        reader = self._reader
        if reader is None:
            return
        self._window.session.read(
            lambda progress: reader.picture(where, wide, high, progress=progress),
            lambda pixels: take(pixels) if self._dialog is not None else None,
            owner=self,
            lane=Lane.FILES,
        )

    def take_drawing(self, tool: str, xy: Any) -> None:
        """Give the chosen control point the place that was clicked on the map."""
        if tool == PLACE and self._dialog is not None:
            east, north = xy[0].tolist()
            self._dialog.take_place(east, north)
            self._window.editing.use_tool("select")

    def _lay(self, points: Sequence[ControlPoint], fit: Fit) -> None:
        window, desk, reader = self._window, self._window.session.desk, self._reader
        if reader is None:
            return
        drawing, laid = self._drawing, self._laid

        def lay(progress: Any) -> Laid:
            if laid:
                return lay_sheet_anew(desk, laid[0], points, fit, drawing=drawing)
            done = lay_sheet(desk, reader.path, points, fit, page=reader.page, drawing=drawing, progress=progress)
            laid.append(done.basemap.id)  # here, for a second press waits behind this one
            return done

        window.session.write(lay, self._note_laid, owner=self, title=word("UI-DO-LAY-SHEET"))

    def _note_laid(self, laid: Laid) -> None:
        window = self._window
        control = window.surroundings.control
        control.reopen(laid.basemap.id)
        control.load()
        window.map.zoom_to(laid.basemap.bounds)
        window.news.note_change(None)
        text = word("UI-SHEET-LAID", title=laid.basemap.title, count=len(laid.judgement.georeference.points))
        window.notices.toast.show_text(text, Tone.GOOD)

    def _close(self) -> None:
        self._dialog = None
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
        self._tidy()

    def _tidy(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def shut_down(self) -> None:
        """Close the scan that is open."""
        if self._dialog is not None:
            self._dialog.close()
