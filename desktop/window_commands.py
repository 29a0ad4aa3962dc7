"""What the commands of the window do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from core.messages import current_language
from desktop.panels.command_search import CommandSearch
from desktop.panels.reread_dialog import RereadDialog
from desktop.panels.shortcut_list import ShortcutList
from desktop.theme import Tone
from desktop.window_carrying import WindowCarrying
from desktop.window_hand_in import WindowHandIn
from desktop.window_packs import WindowPacks
from desktop.words import word
from forms.dossiers import DOSSIER
from services.checking import CheckReport
from services.desk_checks import check_desk
from services.importing import ImportReport
from services.remarks import ToDo
from validation.finding import Finding
from validation.seven_words import Step

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow
    from services.exporting import Exported
    from services.workspaces import Boundary

PAGES = ("home", "map", "import-page", "send-page", "dossiers")
UNDER = ("table", "findings", "tasks", "basemaps")


class WindowCommands(QObject):
    """The verbs of one window; each ends in a service call or in showing something."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self.packs = WindowPacks(window)
        self.hand_in = WindowHandIn(window)
        self.carrying = WindowCarrying(window)

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does, by its key in ``desktop.actions``."""
        window, editing = self._window, self._window.editing
        return {
            "new": lambda on: window.start_wanted.emit(),
            "open": lambda on: window.start_wanted.emit(),
            "import": lambda on: self._import(),
            "load-pack": lambda on: self.packs.load(),
            "export": lambda on: self.export(),
            **self.hand_in.calls(),
            "reread-text": lambda on: RereadDialog(window.session, window).begin(),
            "quit": lambda on: window.close(),
            "undo": lambda on: editing.undo(),
            "redo": lambda on: editing.redo(),
            "delete": lambda on: editing.delete(),
            "copy-values": lambda on: window.entry.copy_values(),
            "paste-values": lambda on: window.entry.paste_values(),
            "select-all": lambda on: editing.select_all(),
            "deselect": lambda on: window.selecting.choose({}),
            "home": lambda on: self.show_page("home"),
            "map": lambda on: self.show_page("map"),
            "import-page": lambda on: self.show_page("import-page"),
            "send-page": lambda on: self.show_page("send-page"),
            "dossiers": lambda on: self.show_page("dossiers"),
            "register": lambda on: window.show_dock(window.register_dock, not window.register_dock.isVisible()),
            "form": lambda on: window.show_dock(window.record_dock, not window.record_dock.isVisible()),
            "table": lambda on: self.show_under("table"),
            "findings": lambda on: self.show_under("findings"),
            "next-finding": lambda on: window.checks.step(1),
            "previous-finding": lambda on: window.checks.step(-1),
            "tasks": lambda on: self.show_under("tasks"),
            "search": lambda on: window.register.search.setFocus(),
            "commands": lambda on: CommandSearch(window.actions_by_key, window).show_over(window),
            "language": lambda on: window.language_wanted.emit("en" if current_language() == "vi" else "vi"),
            "new-record": lambda on: window.dossier_work.new() or editing.new_record(),
            "save": lambda on: window.dossier_work.save() or window.record.save(),
            "back": lambda on: window.record.go_back(),
            "draw": lambda on: editing.draw(),
            "vertices": lambda on: editing.use_tool("vertices"),
            "measure": lambda on: editing.use_tool("measure"),
            "select": lambda on: editing.use_tool("select"),
            "pan": lambda on: editing.use_tool("pan"),
            "zoom-full": lambda on: self._on_map(window.map.zoom_full),
            "zoom-selection": lambda on: self._zoom_to_selection(),
            "zoom-in": lambda on: self._on_map(lambda: window.map.zoom_by(0.5)),
            "zoom-out": lambda on: self._on_map(lambda: window.map.zoom_by(2.0)),
            "go-to": lambda on: window.status.begin_position(),
            **window.drawing.calls(),
            **window.sketches.calls(),
            **window.sheets.calls(),
            **window.looks.calls(),
            **window.shaping.calls(),
            **window.finding.calls(),
            **window.pictures.calls(),
            **window.surroundings.calls(),
            "show-all": lambda on: window.register.show_all(True),
            "hide-all": lambda on: window.register.show_all(False),
            "refresh": lambda on: self._refresh(),
            "boundary": lambda on: self.choose_boundary(),
            **window.exact.calls(),
            "check": lambda on: self.check(),
            **window.fixing.calls(),
            "return": lambda on: editing.return_selected(),
            "approve": lambda on: self._on_send_page(window.send_page.approve),
            "send": lambda on: self._on_send_page(window.send_page.send),
            "enrol": lambda on: window.send_page.enrol(),
            "carry-out": lambda on: self.carrying.carry_out(),
            "take-receipt": lambda on: self.carrying.take_receipt(),
            "shortcuts": lambda on: ShortcutList(window.actions_by_key, window).open(),
            "about": lambda on: self._about(),
        }

    def _on_map(self, call: Callable[[], object]) -> None:
        self.show_page("map")
        call()

    def _zoom_to_selection(self) -> None:
        if self._window.selecting.uids:
            self._window.selecting.zoom_to_records(self._window.selecting.uids)

    def open_table(self, type_id: str) -> None:
        """Show the attribute table of a type."""
        self._window.selecting.show_type(type_id)
        self.show_under("table")

    def _on_send_page(self, act: Callable[[], object]) -> None:
        """Act where the outcome will stand."""
        self.show_page("send-page")
        act()

    def show_page(self, key: str) -> None:
        """Show one of the pages in the middle: home, map, import-page, send-page or dossiers."""
        self._window.pages.setCurrentIndex(PAGES.index(key))

    def show_ghost(self, shapes: Any) -> None:
        """Show on the map where a file's shapes would lie, until another page is looked at."""
        window = self._window
        self.show_page("map")
        window.map.preview.show_shapes(shapes)
        window.map.zoom_to(tuple(shapely.total_bounds(shapes).tolist()))
        window.pages.currentChanged.connect(window.map.preview.clear, Qt.ConnectionType.SingleShotConnection)

    def show_under(self, key: str) -> None:
        """Show what lies under the map: table, findings, tasks or base maps."""
        self._window.show_dock(self._window.under_dock)
        self._window.under.setCurrentIndex(UNDER.index(key))

    def _import(self) -> None:
        self.show_page("import-page")
        self._window.import_page.choose_file()

    def note_import(self, type_id: str, report: ImportReport) -> None:
        """Say that an import is done, and offer to look at it."""
        window = self._window
        text = word("UI-IMPORT-DONE", count=report.written, file=report.plan.path.name)
        window.notices.toast.show_text(text, Tone.GOOD, (word("UI-LOOK-AT-IT"), lambda: self._look_at(type_id)))

    def preview_import(self, shapes: Sequence[Any] | None) -> None:
        """Show on the map what an import would make, or take that off again when there is nothing."""
        window = self._window
        found = [shape for shape in ([] if shapes is None else shapes) if shape is not None and not shape.is_empty]
        window.map.preview.show_shapes(found)
        if found:
            self.show_page("map")
            window.map.zoom_to(tuple(shapely.total_bounds(found).tolist()))

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
        window.selecting.open_record(finding.uid)
        if finding.place is not None:
            window.map_control.zoom_to_place(finding.place.x, finding.place.y)
        else:
            window.map_control.zoom_to_records([finding.uid])
        window.record.focus_field(finding.field)

    def go_to_remark(self, todo: ToDo) -> None:
        """Show what a remark is about: the record with the field, or the place on the map."""
        window, item = self._window, todo.remark
        if item.uid is not None and not todo.exists:
            window.notices.toast.show_text(word("UI-REMARK-GONE"), Tone.WARNING)
            return
        self.show_page("map")
        if item.uid is not None:
            self.go_to_record(item.uid, item.field)
        if item.place is not None:
            window.map_control.zoom_to_place(*item.place)

    def go_to_record(self, uid: str, field: str | None) -> None:
        """Show a record on the map and in its form, with the cursor in a field of it."""
        window = self._window
        self.show_page("map")
        window.selecting.open_record(uid)
        window.map_control.zoom_to_records([uid])
        window.record.focus_field(field)

    def go_to_place(self, place: str) -> None:
        """Show the part of the window that does a task of the first page."""
        if place == "findings":
            self.show_under("findings")
        elif place == "workspace":
            self.choose_boundary()
        else:
            self.show_page({"import": "import-page", "approve": "send-page", "send": "send-page"}.get(place, "map"))

    def take_step(self, step: Step) -> None:
        """Show where a step that raises a figure is taken: findings, records, dossiers, or the send page."""
        window = self._window
        if step.rule_id is not None:
            self.show_under("findings")
        elif step.type_id == DOSSIER:
            self.show_page("dossiers")
        elif step.type_id is not None:
            self.show_page("map")
            self.open_table(step.type_id)
            if step.field in {item.key for item in window.catalogue.type(step.type_id).fields}:
                window.table.show_only(f"{step.field} IS NULL")
        else:
            self.show_page("send-page" if step.field is None else "map")

    def choose_boundary(self) -> None:
        """Take the commune's outline from a file of the user's choice."""
        from services.workspaces import set_boundary

        path, _ = QFileDialog.getOpenFileName(self._window, word("UI-DO-BOUNDARY"), "", word("UI-BOUNDARY-FILES"))
        if not path:
            return
        desk = self._window.session.desk
        self._window.session.write(
            lambda progress: set_boundary(desk, Path(path), progress=progress),
            self._note_boundary,
            owner=self,
            title=word("UI-DO-BOUNDARY"),
        )

    def _note_boundary(self, boundary: Boundary) -> None:
        self._window.map_control.load()
        self._window.news.note_change(None)
        self.show_page("map")
        self._window.notices.toast.show_text(word("UI-BOUNDARY-SET", file=boundary.source), Tone.GOOD)

    def _refresh(self) -> None:
        self._window.surroundings.control.retry()
        self._window.map.refresh()
        self._window.news.note_change(None)

    def export(self) -> None:
        """Write the records of the chosen type, or of all, as the user says, to a file of their choice."""
        from desktop.panels.export_dialog import ExportDialog
        from services.exporting import export_records

        window, desk = self._window, self._window.session.desk
        type_id = window.register.type_id
        title = window.catalogue.type(type_id).title[current_language()] if type_id else ""
        dialog = ExportDialog(desk.system, type_id, title, window)
        if dialog.exec() != ExportDialog.DialogCode.Accepted:
            return
        chosen, types, system, choices = dialog.chosen, dialog.type_ids, dialog.system, dialog.choices
        kind = f"{chosen.title} (*{chosen.suffix})"
        path, _ = QFileDialog.getSaveFileName(window, word("UI-DO-EXPORT"), "", kind)
        if not path:
            return
        out = Path(path) if path.lower().endswith(chosen.suffix) else Path(path + chosen.suffix)
        window.session.read(
            lambda progress: export_records(
                desk, out, chosen.key, type_ids=types, system=system, choices=choices, progress=progress
            ),
            self._say_exported,
            owner=self,
            title=word("UI-TASK-EXPORT", file=out.name),
        )

    def export_table(self) -> None:
        """Write what the attribute table shows, its columns, order and filter, to a file of the user's choice."""
        from services.view_export import export_view

        window, table = self._window, self._window.table
        if table.model is None or table.type_id is None:
            return
        path, chosen = QFileDialog.getSaveFileName(window, word("UI-TABLE-EXPORT"), "", word("UI-TABLE-FILES"))
        if not path:
            return
        ending = ".csv" if chosen.startswith("CSV") else ".xlsx"
        out = Path(path) if path.endswith((".csv", ".xlsx")) else Path(path + ending)
        (sort, descending), (where, text), desk = table.model.order, table.filter_texts(), window.session.desk
        type_id, columns = table.type_id, ["state", *table.columns.shown_keys()]
        window.session.read(
            lambda progress: export_view(
                desk,
                type_id,
                out,
                columns=columns,
                sort=sort,
                descending=descending,
                where=where,
                text=text,
                progress=progress,
            ),
            lambda written: self._say_written(written.count, written.path.name),
            owner=self,
            title=word("UI-TASK-EXPORT", file=out.name),
        )

    def _say_exported(self, exported: Exported) -> None:
        self._say_written(sum(exported.counts.values()), ", ".join(path.name for path in exported.files))

    def _say_written(self, count: int, names: str) -> None:
        text = word("UI-EXPORTED", count=count, files=names)
        self._window.notices.toast.show_text(text, Tone.GOOD)

    def _about(self) -> None:
        desk = self._window.session.desk
        info = desk.workspace.info
        text = word("UI-ABOUT-TEXT", folder=str(desk.workspace.folder), commune=desk.commune.full_name, epsg=info.epsg)
        QMessageBox.about(self._window, word("UI-DO-ABOUT"), text)
