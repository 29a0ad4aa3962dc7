"""Pictures of the map for people outside: copied, or saved as PNG, SVG or PDF with what a reader of a map needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from core.errors import AppError
from core.settings import load_settings, save_settings
from desktop.map.sheet import KINDS, Sheet, SheetParts, plain_camera, render_sheet, save_sheet
from desktop.map.tools.marks import numeral
from desktop.panels.picture_dialog import PictureDialog
from desktop.tasks import Failure
from desktop.theme import Tone
from desktop.words import word
from forms.days import format_day

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

SETTING = "picture"
COPY_DPI = 144
FILTERS = {"png": "PNG (*.png)", "pdf": "PDF (*.pdf)", "svg": "SVG (*.svg)"}


class WindowPictures(QObject):
    """The verbs of one window that make pictures of its map."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {"picture": lambda on: self.ask(), "copy-picture": lambda on: self.copy()}

    def build_sheet(self, parts: SheetParts, title: str | None = None) -> Sheet:
        """Return the view as a sheet, under the commune's name, the coordinate system, the scale and the day."""
        view, desk = self._window.map, self._window.session.desk
        camera, bounds = plain_camera(view.camera), view.full_bounds()
        notes = word(
            "MAP-SHEET-NOTES",
            system=desk.system.label(),
            scale=numeral(camera.denominator),
            date=format_day(desk.today()),
        )
        made = Sheet(
            layers=view.scene.drawn,
            camera=camera,
            title=desk.commune.full_name if title is None else title,
            notes=notes,
            family=QApplication.font().family(),
            parts=parts,
            images=(*view.scene.images, *view.swipe.images),  # a picture has no divider
            system=desk.system,
            home=None if bounds is None else (desk.commune.full_name, bounds),
        )
        if made.wants_picture:
            return replace(made, picture=view.grab_image(decorated=False))
        return made

    def copy(self) -> None:
        """Put a picture of the map on the clipboard."""
        self._window.commands.show_page("map")
        sheet = self.build_sheet(SheetParts(legend=False))
        QGuiApplication.clipboard().setImage(render_sheet(sheet, COPY_DPI))
        self._window.notices.toast.show_text(word("UI-PICTURE-COPIED"), Tone.GOOD)

    def ask(self) -> None:
        """Ask what is to stand beside the map, then where to write it."""
        self._window.commands.show_page("map")
        dialog = PictureDialog(self._window.session.desk.commune.full_name, _kept_parts(), self._window)
        dialog.accepted.connect(lambda: self._save(dialog.parts, dialog.title.text().strip(), dialog.dpi))
        dialog.open()

    def _save(self, parts: SheetParts, title: str, dpi: int) -> None:
        save_settings(**{SETTING: asdict(parts)})
        filters = ";;".join(FILTERS.values())
        path, chosen = QFileDialog.getSaveFileName(self._window, word("UI-DO-PICTURE"), "", filters)
        if not path:
            return
        wanted = next((kind for kind, text in FILTERS.items() if text == chosen), "png")
        out = Path(path) if Path(path).suffix.lower().lstrip(".") in KINDS else Path(f"{path}.{wanted}")
        self._write(parts, title, dpi, out)

    def _write(self, parts: SheetParts, title: str, dpi: int, out: Path) -> None:
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            save_sheet(self.build_sheet(parts, title), out, dpi=dpi)
        except AppError as error:
            self._window.notices.show_failure(Failure(error, ""), lambda: self._write(parts, title, dpi, out))
            return
        finally:
            QApplication.restoreOverrideCursor()
        self._window.notices.toast.show_text(word("UI-PICTURE-SAVED", file=out.name), Tone.GOOD)


def _kept_parts() -> SheetParts:
    kept: Any = load_settings().get(SETTING)
    known = asdict(SheetParts())
    given = kept if isinstance(kept, dict) else {}
    return SheetParts(**{name: bool(given.get(name, usual)) for name, usual in known.items()})
