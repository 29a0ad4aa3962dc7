"""The window on one commune's desk: register, map and pages, record, and what lies under the map."""

from functools import partial

from PySide6.QtCore import QByteArray, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMessageBox, QTabWidget, QToolBar, QToolButton, QWidget

from core.settings import load_settings, save_settings
from desktop.actions import SHAPE_BAR, build_actions, fill_bar, fill_menus
from desktop.entry.record_form import Lookup
from desktop.icons import icon
from desktop.map_control import MapControl
from desktop.notices import Notices
from desktop.pages.dossier_page import DossierPage
from desktop.pages.home_page import HomePage
from desktop.pages.import_page import ImportPage
from desktop.pages.map_page import MapPage
from desktop.pages.send_page import SendPage
from desktop.panels.attribute_panel import AttributePanel
from desktop.panels.basemap_panel import BasemapPanel
from desktop.panels.findings_panel import FindingsPanel
from desktop.panels.record_panel import RecordPanel
from desktop.panels.register_panel import RegisterPanel
from desktop.panels.status_line import StatusLine
from desktop.panels.tasks_panel import TasksPanel
from desktop.selecting import Selecting
from desktop.session import Session
from desktop.window_basemaps import WindowBasemaps
from desktop.window_commands import WindowCommands
from desktop.window_conflicts import WindowConflicts
from desktop.window_dossiers import WindowDossiers
from desktop.window_drawing import WindowDrawing
from desktop.window_editing import WindowEditing
from desktop.window_entry import WindowEntry
from desktop.window_exact import WindowExact
from desktop.window_findings import WindowFindings
from desktop.window_fixing import WindowFixing
from desktop.window_looks import WindowLooks
from desktop.window_news import WindowNews
from desktop.window_pictures import WindowPictures
from desktop.window_selecting import WindowSelecting
from desktop.window_shaping import WindowShaping
from desktop.window_sheets import WindowSheets
from desktop.window_sketches import WindowSketches
from desktop.words import word
from geodesy.systems import CoordinateSystem, tm_system
from services.explaining import explain

LAYOUT_VERSION = 1
HOME, MAP, IMPORT, SEND, DOSSIERS = range(5)


class DeskWindow(QMainWindow):
    """Everything a user sees of an open workspace; it is built anew when the language changes."""

    language_wanted = Signal(str)
    start_wanted = Signal()
    closed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.catalogue = session.desk.catalogue
        self.selecting = Selecting(self)
        self.editing = WindowEditing(self)
        self.entry = WindowEntry(self)
        self._wanted: dict[str, bool] = {}
        self._has_layout = False
        self.setWindowIcon(icon("records", "#0f6b5c"))
        commune = session.desk.commune
        self.setWindowTitle(
            word("UI-WINDOW-TITLE", commune=commune.full_name, folder=session.desk.workspace.folder.name)
        )
        self.resize(1366, 768)
        self.setDockNestingEnabled(False)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._build_centre()
        self._build_docks()
        self._build_status()
        self.notices = Notices(self, self._room_of_notices)
        self.drawing, self.sketches = WindowDrawing(self), WindowSketches(self)
        self.finding, self.shaping = WindowSelecting(self), WindowShaping(self)
        self.looks, self.pictures = WindowLooks(self), WindowPictures(self)
        self.exact = WindowExact(self)
        self._show_display(self.status.display)
        self.surroundings = WindowBasemaps(self)
        self.sheets = WindowSheets(self)
        self.commands = WindowCommands(self)
        self.dossier_work, self.conflicts = WindowDossiers(self), WindowConflicts(self)
        self.fixing = WindowFixing(self)
        self.news = WindowNews(self)
        self.checks = WindowFindings(self)
        self.actions_by_key: dict[str, QAction] = build_actions(self, self.commands.calls())
        fill_menus(self, self.actions_by_key)
        self._build_bar()
        self._connect()
        self._restore_layout()
        self.actions_by_key["select"].setChecked(True)
        self.looks.begin()
        self.drawing.begin()
        self.shaping.begin()
        self.fixing.begin()
        self.news.begin()
        self.entry.offer_drafts()
        self.sketches.begin()

    def _build_centre(self) -> None:
        self.map_page = MapPage()
        self.map = self.map_page.view
        self.map_control = MapControl(self.session, self.map, self)
        self.home = HomePage(self.session)
        self.import_page = ImportPage(self.session)
        self.send_page = SendPage(self.session, self.selecting.name_record)
        lookup = Lookup(self.selecting.find_records, self.selecting.name_record)
        self.dossiers = DossierPage(self.session, lookup)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        for page, code, name in (
            (self.home, "UI-PAGE-HOME", "home"),
            (self.map_page, "UI-PAGE-MAP", "map"),
            (self.import_page, "UI-PAGE-IMPORT", "import"),
            (self.send_page, "UI-PAGE-SEND", "send"),
            (self.dossiers, "UI-PAGE-DOSSIERS", "dossier"),
        ):
            self.pages.addTab(page, icon(name), word(code))
        self.setCentralWidget(self.pages)

    def _build_docks(self) -> None:
        self.register = RegisterPanel(self.catalogue, self.selecting.find_records)
        lookup = Lookup(self.selecting.find_records, self.selecting.name_record, pick=self.entry.pick_record)
        self.record = RecordPanel(self.session, lookup)
        self.table = AttributePanel(self.session)
        self.findings = FindingsPanel(self.catalogue, self.selecting.name_record, partial(explain, self.session.desk))
        self.tasks = TasksPanel(self.session.runner)
        self.basemaps = BasemapPanel()
        self.under = QTabWidget()
        self.under.setDocumentMode(True)
        for page, code, name in (
            (self.table, "UI-TABLE", "table"),
            (self.findings, "UI-FINDINGS", "findings"),
            (self.tasks, "UI-TASKS", "tasks"),
            (self.basemaps, "UI-BASEMAPS", "basemaps"),
        ):
            self.under.addTab(page, icon(name), word(code))
        self.register_dock = self._dock("register", "UI-REGISTER", self.register, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.record_dock = self._dock("record", "UI-RECORD", self.record, Qt.DockWidgetArea.RightDockWidgetArea)
        self.under_dock = self._dock("under", "UI-UNDER", self.under, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.under_dock.setTitleBarWidget(QWidget())
        self._sizes = {self.register_dock: 268, self.record_dock: 410, self.under_dock: 240}

    def _dock(self, name: str, code: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(word(code), self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        self.addDockWidget(area, dock)
        return dock

    def _build_status(self) -> None:
        desk = self.session.desk
        display = tm_system(desk.workspace.info.display_axis) if desk.workspace.info.display_axis else desk.system
        self.status = StatusLine(desk.system, desk.commune.legacy_axes, display)
        self.status.running.follow(self.session.runner)
        self.setStatusBar(self.status)

    def _build_bar(self) -> None:
        bar = QToolBar(word("UI-TOOL-BAR"), self)
        bar.setObjectName("tools")
        bar.setMovable(False)
        fill_bar(bar, self.actions_by_key)
        for key in ("import", "check", "approve", "send"):
            bar.widgetForAction(self.actions_by_key[key]).setToolButtonStyle(
                Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            )
        self.addToolBar(bar)
        self.tool_bar = bar
        shapes = QToolBar(word("UI-SHAPE-BAR"), self)
        shapes.setObjectName("shapes")
        shapes.setMovable(False)
        fill_bar(shapes, self.actions_by_key, SHAPE_BAR)
        self.addToolBarBreak()
        self.addToolBar(shapes)
        self.shape_bar = shapes
        finder = QToolButton(self.menuBar())
        finder.setText(word("UI-FIND-COMMAND"))
        finder.setIcon(icon("search"))
        finder.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        finder.setAutoRaise(True)
        finder.clicked.connect(self.actions_by_key["commands"].trigger)
        self.menuBar().setCornerWidget(finder)

    def _connect(self) -> None:
        news, commands, editing, selecting = self.news, self.commands, self.editing, self.selecting
        self.session.failed.connect(self.notices.show_failure)
        self.session.runner.started.connect(self.notices.note_start)
        self.session.saved.connect(self.status.show_saved)
        self.session.changed.connect(news.note_change)
        self.pages.currentChanged.connect(self._show_around)
        self.pages.currentChanged.connect(self.notices.toast.place_again)
        self.register.type_chosen.connect(selecting.choose_type)
        self.register.record_chosen.connect(selecting.open_record)
        self.register.new_wanted.connect(editing.begin_record)
        self.register.zoom_wanted.connect(selecting.zoom_to_type)
        self.register.table_wanted.connect(commands.open_table)
        self.register.visibility_changed.connect(self.map_control.set_visible)
        self.register.layer_wanted.connect(self.looks.change_layer)
        self.register.move_wanted.connect(self.looks.move_layer)
        self.record.zoom_wanted.connect(lambda uid: selecting.zoom_to_records([uid]))
        self.record.shown.connect(selecting.follow_record)
        self.record.draw_wanted.connect(self.entry.draw_for_record)
        self.record.table_wanted.connect(self.exact.show_table)
        self.record.told.connect(self.notices.toast.show_text)
        self.table.record_chosen.connect(selecting.open_record)
        self.table.selection_changed.connect(selecting.follow_table)
        self.table.go_to_map.connect(selecting.zoom_to_records)
        self.table.export_wanted.connect(commands.export_table)
        self.table.import_wanted.connect(lambda: self.pages.setCurrentIndex(IMPORT))
        self.findings.chosen.connect(commands.go_to_finding)
        self.findings.check_wanted.connect(commands.check)
        self.home.check_wanted.connect(commands.check)
        self.home.place_wanted.connect(commands.go_to_place)
        self.home.step_wanted.connect(commands.take_step)
        self.import_page.imported.connect(commands.note_import)
        self.import_page.previewed.connect(commands.preview_import)
        self.import_page.map_wanted.connect(commands.show_ghost)
        self.send_page.record_wanted.connect(commands.go_to_record)
        self.send_page.pack_wanted.connect(commands.packs.take_offer)
        self.send_page.decision_wanted.connect(self.conflicts.open)
        self.send_page.remarks.chosen.connect(commands.go_to_remark)
        self._connect_map()
        self.status.display_changed.connect(self._show_display)
        self.status.place_wanted.connect(self.exact.go_to)
        self.register.type_chosen.connect(lambda type_id: self.exact.note_target())
        self.record.shown.connect(lambda record: self.exact.note_target())
        self.status.scale_wanted.connect(self.map.set_scale)
        self.status.waiting_clicked.connect(lambda: self.pages.setCurrentIndex(SEND))

    def _connect_map(self) -> None:
        editing, selecting = self.editing, self.selecting
        self.map_control.picked.connect(selecting.follow_map)
        self.map_control.drawn.connect(self.drawing.take_drawing)
        self.map_control.opened.connect(selecting.open_record)
        self.map_control.loaded.connect(selecting.mark_on_map)
        self.map_control.menu_wanted.connect(selecting.show_menu)
        self.map_control.identified.connect(self.finding.identify)
        self.map.drawn_over.connect(self.shaping.take_drawing)
        self.map.drawn_over.connect(self.sheets.take_drawing)
        self.map.delete_requested.connect(editing.delete_selected)
        self.map.tool_changed.connect(editing.note_tool)
        self.map.cursor_moved.connect(self.status.show_cursor)
        self.map.scale_changed.connect(self.status.show_scale)

    def _room_of_notices(self) -> QRect:
        """Where a passing line may lie: over the page in view, never over a form in which somebody types."""
        room = self.pages.geometry()
        if self.dossiers.isVisible():
            room.setRight(self.dossiers.side.mapTo(self, QPoint()).x())
        return room

    def _show_display(self, display: CoordinateSystem) -> None:
        self.record.show_in(display)
        self.exact.show_in(display)

    def _show_around(self, page: int) -> None:
        """Keep what belongs to the map beside the map alone: the other pages need the room."""
        docks = {self.register_dock: Qt.Orientation.Horizontal, self.record_dock: Qt.Orientation.Horizontal}
        docks[self.under_dock] = Qt.Orientation.Vertical
        for dock in docks:
            if dock.isVisible():
                self._sizes[dock] = dock.width() if dock is not self.under_dock else dock.height()
        for dock in (self.under_dock, self.record_dock):
            dock.setVisible(page == MAP and self._wanted[dock.objectName()])
        self.shape_bar.setVisible(page == MAP)
        self.register_dock.setVisible(page != DOSSIERS and self._wanted["register"])
        for dock, way in docks.items():
            self.resizeDocks([dock], [self._sizes[dock]], way)
        self.exact.note_page(page == MAP)
        self.news.note_page(page)

    def show_dock(self, dock: QDockWidget, shown: bool = True) -> None:
        """Show or hide a dock for good; one that stands beside the map brings the map with it."""
        self._wanted[dock.objectName()] = shown
        if shown and dock is self.record_dock:
            self.exact.note_record()
        if shown and dock is not self.register_dock:
            self.pages.setCurrentIndex(MAP)
        dock.setVisible(shown)

    def _restore_layout(self) -> None:
        settings = load_settings()
        if isinstance(shape := settings.get("window_geometry"), str):
            self.restoreGeometry(QByteArray.fromBase64(shape.encode()))
        if isinstance(state := settings.get("window_state"), str):
            self._has_layout = self.restoreState(QByteArray.fromBase64(state.encode()), LAYOUT_VERSION)
        hidden = settings.get("hidden_docks", [])
        self._wanted = {name: name not in hidden for name in ("register", "record", "under")}
        self.register_dock.setVisible(self._wanted["register"])
        self._show_around(HOME)

    def keep_layout(self) -> None:
        """Remember size and docks for the next start."""
        save_settings(
            window_geometry=bytes(self.saveGeometry().toBase64()).decode(),
            window_state=bytes(self.saveState(LAYOUT_VERSION).toBase64()).decode(),
            hidden_docks=[name for name, shown in self._wanted.items() if not shown],
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._has_layout:
            self._has_layout = True
            self.resizeDocks([self.register_dock], [268], Qt.Orientation.Horizontal)

    def _leave_unsaved(self) -> bool:
        answer = QMessageBox.question(self, word("UI-SURE"), word("UI-LEAVE-UNSAVED"))
        return answer == QMessageBox.StandardButton.Yes

    def closeEvent(self, event: QCloseEvent) -> None:
        if not (self.record.settle() and self.dossiers.settle()) and not self._leave_unsaved():
            event.ignore()
            return
        self.sketches.close()
        self.sheets.shut_down()
        self.keep_layout()
        self.surroundings.control.shut_down()
        self.map.shut_down()
        self.closed.emit()
        super().closeEvent(event)
