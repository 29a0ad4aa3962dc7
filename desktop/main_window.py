"""The window on one commune's desk: register, map and pages, record, and what lies under the map."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QToolBar, QToolButton, QWidget

from core.errors import UserError
from core.messages import current_language
from core.settings import load_settings, save_settings
from desktop.actions import build_actions, fill_bar, fill_menus
from desktop.entry.record_form import Lookup
from desktop.entry.search_line import Option
from desktop.icons import icon
from desktop.map_control import MapControl
from desktop.notices import Notices
from desktop.pages.home_page import HomePage
from desktop.pages.import_page import ImportPage
from desktop.pages.map_page import MapPage
from desktop.pages.send_page import SendPage
from desktop.panels.attribute_panel import AttributePanel
from desktop.panels.findings_panel import FindingsPanel
from desktop.panels.record_panel import RecordPanel
from desktop.panels.register_panel import RegisterPanel
from desktop.panels.status_line import StatusLine
from desktop.panels.tasks_panel import TasksPanel
from desktop.session import Session
from desktop.window_commands import WindowCommands
from desktop.window_news import WindowNews
from desktop.words import pick, word
from forms.titles import record_title
from geodesy.systems import CoordinateSystem, tm_system
from services.reading import fetch_record, search

LAYOUT_VERSION = 1
HOME, MAP, IMPORT, SEND = range(4)


class DeskWindow(QMainWindow):
    """Everything a user sees of an open workspace; it is built anew when the language changes."""

    language_wanted = Signal(str)
    start_wanted = Signal()
    closed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.catalogue = session.desk.catalogue
        self.selection: dict[str, list[str]] = {}
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
        self.notices = Notices(self)
        self.commands = WindowCommands(self)
        self.news = WindowNews(self)
        self.actions_by_key: dict[str, QAction] = build_actions(self, self.commands.calls())
        fill_menus(self, self.actions_by_key)
        self._build_bar()
        self._connect()
        self._restore_layout()
        self.actions_by_key["select"].setChecked(True)
        self.actions_by_key["snapping"].setChecked(True)
        self.news.begin()

    def _build_centre(self) -> None:
        self.map_page = MapPage()
        self.map = self.map_page.view
        self.map_control = MapControl(self.session, self.map, self)
        self.home = HomePage(self.session)
        self.import_page = ImportPage(self.session)
        self.send_page = SendPage(self.session, self.name_record)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        for page, code, name in (
            (self.home, "UI-PAGE-HOME", "home"),
            (self.map_page, "UI-PAGE-MAP", "map"),
            (self.import_page, "UI-PAGE-IMPORT", "import"),
            (self.send_page, "UI-PAGE-SEND", "send"),
        ):
            self.pages.addTab(page, icon(name), word(code))
        self.setCentralWidget(self.pages)

    def _build_docks(self) -> None:
        self.register = RegisterPanel(self.catalogue, self.find_records)
        self.record = RecordPanel(self.session, Lookup(self._find_of_types, self.name_record))
        self.table = AttributePanel(self.session)
        self.findings = FindingsPanel(self.catalogue, self.name_record)
        self.tasks = TasksPanel(self.session.runner)
        self.under = QTabWidget()
        self.under.setDocumentMode(True)
        for page, code, name in (
            (self.table, "UI-TABLE", "table"),
            (self.findings, "UI-FINDINGS", "findings"),
            (self.tasks, "UI-TASKS", "tasks"),
        ):
            self.under.addTab(page, icon(name), word(code))
        self.register_dock = self._dock("register", "UI-REGISTER", self.register, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.record_dock = self._dock("record", "UI-RECORD", self.record, Qt.DockWidgetArea.RightDockWidgetArea)
        self.under_dock = self._dock("under", "UI-UNDER", self.under, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.under_dock.setTitleBarWidget(QWidget())
        self._sizes = {self.register_dock: 268, self.record_dock: 350, self.under_dock: 240}

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
        self._show_display(display)

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
        finder = QToolButton(self.menuBar())
        finder.setText(word("UI-FIND-COMMAND"))
        finder.setIcon(icon("search"))
        finder.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        finder.setAutoRaise(True)
        finder.clicked.connect(self.actions_by_key["commands"].trigger)
        self.menuBar().setCornerWidget(finder)

    def _connect(self) -> None:
        news, commands = self.news, self.commands
        self.session.failed.connect(self.notices.show_failure)
        self.session.saved.connect(self.status.show_saved)
        self.session.changed.connect(news.note_change)
        self.pages.currentChanged.connect(self._show_around)
        self.register.type_chosen.connect(self.show_type)
        self.register.record_chosen.connect(self.open_record)
        self.register.new_wanted.connect(commands.begin_record)
        self.register.zoom_wanted.connect(self._zoom_to_type)
        self.register.table_wanted.connect(commands.open_table)
        self.register.visibility_changed.connect(self.map_control.set_visible)
        self.record.zoom_wanted.connect(lambda uid: self._zoom_to_records([uid]))
        self.record.shown.connect(self._follow_record)
        self.table.record_chosen.connect(self.open_record)
        self.table.selection_changed.connect(self._follow_table)
        self.table.go_to_map.connect(self._zoom_to_records)
        self.table.import_wanted.connect(lambda: self.pages.setCurrentIndex(IMPORT))
        self.findings.chosen.connect(commands.go_to_finding)
        self.findings.check_wanted.connect(commands.check)
        self.home.check_wanted.connect(commands.check)
        self.home.place_wanted.connect(commands.go_to_place)
        self.import_page.imported.connect(commands.note_import)
        self.send_page.record_wanted.connect(self.open_record)
        self.map_control.picked.connect(self._follow_map)
        self.map_control.drawn.connect(commands.take_drawing)
        self.map_control.opened.connect(self.open_record)
        self.map_control.loaded.connect(self._mark_selection)
        self.map.delete_requested.connect(commands.delete_selected)
        self.map.tool_changed.connect(commands.note_tool)
        self.map.cursor_moved.connect(self.status.show_cursor)
        self.map.scale_changed.connect(self.status.show_scale)
        self.status.display_changed.connect(self._show_display)
        self.status.position_wanted.connect(self._go_to_position)
        self.status.scale_wanted.connect(self.map.set_scale)
        self.status.waiting_clicked.connect(lambda: self.pages.setCurrentIndex(SEND))

    def find_records(self, text: str) -> Sequence[Option]:
        """Return the records that hold words beginning as those of ``text``."""
        return self._find_of_types(text, ())

    def _find_of_types(self, text: str, types: Sequence[str]) -> list[Option]:
        if not text:
            return []
        hits = [hit for hit in search(self.session.desk, text) if not types or hit.type_id in types]
        return [Option(hit.uid, f"{hit.title} · {pick(self.catalogue.type(hit.type_id).title)}") for hit in hits]

    def name_record(self, uid: str) -> str:
        """Return what a record is called; empty when it is gone."""
        try:
            record = fetch_record(self.session.desk, uid)
        except UserError:
            return ""
        return record_title(self.catalogue.type(record.type_id), record.values, current_language())

    def show_type(self, type_id: str) -> None:
        """Make a record type the one worked on: in the tree, the table and for drawing."""
        self.register.choose_type(type_id)
        self.table.show_type(type_id)
        self.map_control.show_type(type_id)

    def open_record(self, uid: str) -> None:
        """Show a record everywhere."""
        self.show_dock(self.record_dock)
        self.record.show_record(uid)

    def select(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Mark records in the map and the table."""
        self.selection = {type_id: list(uids) for type_id, uids in chosen.items() if uids}
        self.map_control.select(self.selection)
        if self.table.type_id:
            self.table.select(self.selection.get(self.table.type_id, []))

    def _mark_selection(self) -> None:
        self.map_control.select(self.selection)

    def _follow_record(self, record: object) -> None:
        if record is None:
            self.select({})
            return
        self.show_type(record.type_id)
        if record.uid not in self.selection.get(record.type_id, []):
            self.select({record.type_id: [record.uid]} if record.uid else {})

    def _follow_table(self, type_id: str, uids: list[str]) -> None:
        self.selection = {type_id: uids} if uids else {}
        self.map_control.select(self.selection)
        if len(uids) == 1:
            self.record.show_record(uids[0])

    def _follow_map(self, picked: Mapping[str, Sequence[str]], additive: bool) -> None:
        chosen = {type_id: list(uids) for type_id, uids in picked.items()}
        if additive:
            for type_id, uids in self.selection.items():
                chosen[type_id] = list(dict.fromkeys([*uids, *chosen.get(type_id, [])]))
        single = [uid for uids in chosen.values() for uid in uids]
        if not single:
            self.record.show_record(None)
        elif len(single) == 1:
            self.record.show_record(single[0])
        self.select(chosen)

    def _zoom_to_type(self, type_id: str) -> None:
        self.pages.setCurrentIndex(MAP)
        self.map_control.zoom_to_type(type_id)

    def _zoom_to_records(self, uids: Sequence[str]) -> None:
        self.pages.setCurrentIndex(MAP)
        self.map_control.zoom_to_records(uids)

    def _go_to_position(self, east: float, north: float) -> None:
        self.pages.setCurrentIndex(MAP)
        self.map_control.zoom_to_place(east, north)

    def _show_display(self, display: CoordinateSystem) -> None:
        self.record.show_in(display)

    def _show_around(self, page: int) -> None:
        """Keep what belongs to the map beside the map alone: the other pages need the room."""
        docks = {self.register_dock: Qt.Orientation.Horizontal, self.record_dock: Qt.Orientation.Horizontal}
        docks[self.under_dock] = Qt.Orientation.Vertical
        for dock in docks:
            if dock.isVisible():
                self._sizes[dock] = dock.width() if dock is not self.under_dock else dock.height()
        for dock in (self.under_dock, self.record_dock):
            dock.setVisible(page == MAP and self._wanted[dock.objectName()])
        for dock, way in docks.items():
            self.resizeDocks([dock], [self._sizes[dock]], way)
        self.news.note_page(page)

    def show_dock(self, dock: QDockWidget, shown: bool = True) -> None:
        """Show or hide a dock for good; one that stands beside the map brings the map with it."""
        self._wanted[dock.objectName()] = shown
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

    def closeEvent(self, event: QCloseEvent) -> None:
        self.record.settle()
        self.keep_layout()
        self.map.shut_down()
        self.closed.emit()
        super().closeEvent(event)
