"""What the commands of the window do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import shapely
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from core.messages import current_language, render_label
from desktop.map_control import CAPTURE_METHOD, undrawable
from desktop.panels.command_search import CommandSearch
from desktop.panels.shortcut_list import ShortcutList
from desktop.theme import Tone
from desktop.words import pick, word
from services.checking import CheckReport, check_desk
from services.editing import delete_records, redo, undo
from services.importing import ImportReport
from services.reading import fetch_page
from validation.finding import Finding

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow
    from services.exporting import Exported

HOME, MAP, IMPORT, SEND = range(4)
PAGES = ("home", "map", "import-page", "send-page")
UNDER = ("table", "findings", "tasks")
SELECTED_AT_MOST = 100_000
FORMATS = {
    "gpkg": "GeoPackage",
    "geojson": "GeoJSON",
    "shp": "Shapefile",
    "csv": "CSV",
    "xlsx": "Excel",
    "kml": "KML",
    "dxf": "DXF",
}


class WindowCommands(QObject):
    """The verbs of one window; each ends in a service call or in showing something."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does, by its key in ``desktop.actions``."""
        window = self._window
        return {
            "new": lambda on: window.start_wanted.emit(),
            "open": lambda on: window.start_wanted.emit(),
            "import": lambda on: self._import(),
            "export": lambda on: self.export(),
            "picture": lambda on: self.save_picture(),
            "quit": lambda on: window.close(),
            "undo": lambda on: self.undo(),
            "redo": lambda on: self.redo(),
            "delete": lambda on: self.delete(),
            "select-all": lambda on: self.select_all(),
            "deselect": lambda on: window.select({}),
            "home": lambda on: self.show_page("home"),
            "map": lambda on: self.show_page("map"),
            "import-page": lambda on: self.show_page("import-page"),
            "send-page": lambda on: self.show_page("send-page"),
            "register": lambda on: window.show_dock(window.register_dock, not window.register_dock.isVisible()),
            "form": lambda on: window.show_dock(window.record_dock, not window.record_dock.isVisible()),
            "table": lambda on: self.show_under("table"),
            "findings": lambda on: self.show_under("findings"),
            "tasks": lambda on: self.show_under("tasks"),
            "search": lambda on: window.register.search.setFocus(),
            "commands": lambda on: CommandSearch(window.actions_by_key, window).show_over(window),
            "language": lambda on: window.language_wanted.emit("en" if current_language() == "vi" else "vi"),
            "new-record": lambda on: self._new_record(),
            "draw": lambda on: self._draw(),
            "vertices": lambda on: self._use_tool("vertices"),
            "snapping": window.map.set_snapping,
            "measure": lambda on: self._use_tool("measure"),
            "select": lambda on: self._use_tool("select"),
            "pan": lambda on: self._use_tool("pan"),
            "zoom-full": lambda on: self._on_map(window.map.zoom_full),
            "zoom-selection": lambda on: self._zoom_to_selection(),
            "zoom-in": lambda on: self._on_map(lambda: window.map.zoom_by(0.5)),
            "zoom-out": lambda on: self._on_map(lambda: window.map.zoom_by(2.0)),
            "go-to": lambda on: window.status.begin_position(),
            "show-all": lambda on: window.register.show_all(True),
            "hide-all": lambda on: window.register.show_all(False),
            "refresh": lambda on: self._refresh(),
            "check": lambda on: self.check(),
            "approve": lambda on: window.send_page.approve(),
            "send": lambda on: window.send_page.send(),
            "enrol": lambda on: window.send_page.enrol(),
            "shortcuts": lambda on: ShortcutList(window.actions_by_key, window).open(),
            "about": lambda on: self._about(),
        }

    def undo(self) -> None:
        """Take back the latest step."""
        desk = self._window.session.desk
        self._window.record.settle()
        self._window.session.write(lambda progress: undo(desk), self._say_undone, owner=self)

    def redo(self) -> None:
        """Do again what was taken back."""
        desk = self._window.session.desk
        self._window.session.write(lambda progress: redo(desk), self._say_undone, owner=self)

    def _say_undone(self, changed: object) -> None:
        label = getattr(changed, "label", None)
        if label:
            self._window.notices.toast.show_text(render_label(label))

    def delete(self) -> None:
        """Delete what the tool in hand holds, such as a vertex, else the selected records."""
        view = self._window.map
        if view.canvas.hasFocus() and view.tool.name != "select" and view.tool.key_pressed(Qt.Key.Key_Delete):
            return
        self.delete_selected()

    def delete_selected(self) -> None:
        """Delete what is selected; one undo brings it back, so nobody is asked but for many."""
        window = self._window
        uids = [uid for chosen in window.selection.values() for uid in chosen]
        if not uids or (len(uids) > 20 and not self._confirm("UI-DELETE-MANY", count=len(uids))):
            return
        desk = window.session.desk
        window.record.show_record(None)
        window.session.write(
            lambda progress: delete_records(desk, uids), lambda changed: self._say_deleted(len(uids)), owner=self
        )

    def _say_deleted(self, count: int) -> None:
        window = self._window
        window.select({})
        window.notices.toast.show_text(word("UI-DELETED", count=count), Tone.INFO, (word("UI-DO-UNDO"), self.undo))

    def select_all(self) -> None:
        """Select every record of the chosen type that the table's filter keeps."""
        window = self._window
        type_id = window.table.type_id
        if type_id is None:
            return
        where, text = window.table.filter_texts()
        page = fetch_page(window.session.desk, type_id, limit=SELECTED_AT_MOST, where=where, text=text)
        window.select({type_id: [record.uid for record in page.records]})

    def begin_record(self, type_id: str) -> None:
        """Begin a record: by drawing when the type has a place on the map, else in the form."""
        self._window.show_type(type_id)
        self._new_record()

    def _new_record(self) -> None:
        window = self._window
        type_id = window.register.type_id
        if type_id is None:
            window.notices.toast.show_text(undrawable(None), Tone.WARNING)
            return
        if window.catalogue.type(type_id).geometry:
            self._draw()
        else:
            window.show_dock(window.record_dock)
            window.record.begin_record(type_id)

    def _draw(self) -> None:
        window = self._window
        window.pages.setCurrentIndex(MAP)
        shape = window.map_control.start_drawing()
        if shape is None:
            kind = window.catalogue.types.get(window.register.type_id or "")
            window.notices.toast.show_text(undrawable(kind), Tone.WARNING)
            window.actions_by_key["select"].trigger()
            return
        title = pick(window.catalogue.type(str(window.register.type_id)).title)
        window.map_page.show_hint(word("UI-DRAWING", type=title, hint=window.map_page.hint.text()))

    def take_drawing(self, type_id: str, geometry: shapely.Geometry) -> None:
        """Store what was drawn as a new record and show its form."""
        self._window.show_dock(self._window.record_dock)
        self._window.record.begin_record(type_id, geometry, CAPTURE_METHOD)

    def note_tool(self, tool: str) -> None:
        """Show which tool is in hand."""
        key = "draw" if tool.startswith("draw_") else tool
        self._window.actions_by_key[key].setChecked(True)

    def _use_tool(self, tool: str) -> None:
        self._window.pages.setCurrentIndex(MAP)
        self._window.map.set_tool(tool)

    def _on_map(self, call: Callable[[], object]) -> None:
        self._window.pages.setCurrentIndex(MAP)
        call()

    def _zoom_to_selection(self) -> None:
        uids = [uid for chosen in self._window.selection.values() for uid in chosen]
        if uids:
            self._on_map(lambda: self._window.map_control.zoom_to_records(uids))

    def open_table(self, type_id: str) -> None:
        """Show the attribute table of a type."""
        self._window.show_type(type_id)
        self.show_under("table")

    def show_page(self, key: str) -> None:
        """Show one of the pages in the middle: home, map, import-page or send-page."""
        self._window.pages.setCurrentIndex(PAGES.index(key))

    def show_under(self, key: str) -> None:
        """Show what lies under the map: table, findings or tasks."""
        self._window.show_dock(self._window.under_dock)
        self._window.under.setCurrentIndex(UNDER.index(key))

    def _import(self) -> None:
        self._window.pages.setCurrentIndex(IMPORT)
        self._window.import_page.choose_file()

    def note_import(self, type_id: str, report: ImportReport) -> None:
        """Say that an import is done, and offer to look at it."""
        window = self._window
        text = word("UI-IMPORT-DONE", count=report.written, file=report.plan.path.name)
        window.notices.toast.show_text(text, Tone.GOOD, (word("UI-LOOK-AT-IT"), lambda: self._look_at(type_id)))

    def _look_at(self, type_id: str) -> None:
        self.open_table(type_id)
        self._window.map_control.zoom_to_type(type_id)

    def check(self) -> None:
        """Run every rule."""
        desk = self._window.session.desk
        self._window.session.write(
            lambda progress: check_desk(desk, progress=progress),
            self._show_report,
            owner=self,
            title=word("UI-TASK-CHECK"),
        )

    def _show_report(self, report: CheckReport) -> None:
        window = self._window
        window.news.refresh_overview(report)
        code, tone = ("UI-CHECK-BLOCKED", Tone.WARNING) if report.blocks_package else ("UI-CHECK-PASSED", Tone.GOOD)
        text = word(code, count=report.checked, findings=len(report.findings))
        action = (word("UI-SEE-FINDINGS"), lambda: self.show_under("findings")) if report.findings else None
        window.notices.toast.show_text(text, tone, action)

    def go_to_finding(self, finding: Finding) -> None:
        """Show the place, the record and the field of a finding."""
        window = self._window
        window.open_record(finding.uid)
        if finding.place is not None:
            window.map_control.zoom_to_place(finding.place.x, finding.place.y)
        else:
            window.map_control.zoom_to_records([finding.uid])
        window.record.focus_field(finding.field)

    def go_to_place(self, place: str) -> None:
        """Show the part of the window that does a task of the first page."""
        window = self._window
        if place == "findings":
            self.show_under("findings")
        else:
            window.pages.setCurrentIndex({"import": IMPORT, "approve": SEND, "send": SEND}.get(place, MAP))

    def _refresh(self) -> None:
        self._window.map.refresh()
        self._window.news.note_change(None)

    def export(self) -> None:
        """Write the records of the chosen type, or of all, to a file of the user's choice."""
        from services.exporting import export_records

        window = self._window
        filters = ";;".join(f"{name} (*.{ending})" for ending, name in FORMATS.items())
        path, chosen = QFileDialog.getSaveFileName(window, word("UI-DO-EXPORT"), "", filters)
        if not path:
            return
        kind = next(ending for ending, name in FORMATS.items() if chosen.startswith(f"{name} ("))
        out = Path(path) if path.endswith(f".{kind}") else Path(f"{path}.{kind}")
        desk = window.session.desk
        window.session.read(
            lambda progress: export_records(desk, out, kind, progress=progress),
            self._say_exported,
            owner=self,
            title=word("UI-TASK-EXPORT", file=out.name),
        )

    def _say_exported(self, exported: Exported) -> None:
        names = ", ".join(path.name for path in exported.files)
        text = word("UI-EXPORTED", count=sum(exported.counts.values()), files=names)
        self._window.notices.toast.show_text(text, Tone.GOOD)

    def save_picture(self) -> None:
        """Write what the map shows to a PNG file."""
        path, _ = QFileDialog.getSaveFileName(self._window, word("UI-DO-PICTURE"), "", "PNG (*.png)")
        if path:
            self._window.map.grab_image().save(path if path.endswith(".png") else f"{path}.png")

    def _confirm(self, code: str, **context: object) -> bool:
        answer = QMessageBox.question(self._window, word("UI-SURE"), word(code, **context))
        return answer == QMessageBox.StandardButton.Yes

    def _about(self) -> None:
        desk = self._window.session.desk
        info = desk.workspace.info
        text = word("UI-ABOUT-TEXT", folder=str(desk.workspace.folder), commune=desk.commune.full_name, epsg=info.epsg)
        QMessageBox.about(self._window, word("UI-DO-ABOUT"), text)
