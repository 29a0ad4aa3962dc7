"""The register: a search over every record, and the tree of record types with counts and visibility."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QPushButton, QTreeView, QVBoxLayout, QWidget

from desktop.entry.search_line import Option, SearchLine
from desktop.icons import icon
from desktop.map.styles import LayerStyle
from desktop.models.register_model import TYPE_ID, RegisterModel
from desktop.theme import GAP
from desktop.words import word
from forms.catalogue import Catalogue
from forms.record import State

COUNT_WIDTH = 42
OPEN_AT_FIRST = 2


class RegisterPanel(QWidget):
    """The left side of the window."""

    type_chosen = Signal(str)
    record_chosen = Signal(str)
    new_wanted = Signal(str)
    zoom_wanted = Signal(str)
    table_wanted = Signal(str)
    visibility_changed = Signal(str, bool)
    layer_wanted = Signal(str)
    move_wanted = Signal(str, int)

    def __init__(
        self, catalogue: Catalogue, search: Callable[[str], Sequence[Option]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.search = SearchLine(lambda text: search(text) if text else (), browse=False)
        self.search.setPlaceholderText(word("UI-SEARCH-RECORDS"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), SearchLine.ActionPosition.LeadingPosition)
        self.search.chosen.connect(self._choose_record)
        self.model = RegisterModel(catalogue, self)
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self._is_laid_out = False
        self.tree.setIndentation(14)
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(30)
        header.resizeSection(1, COUNT_WIDTH)
        self.tree.selectionModel().currentChanged.connect(self._choose_type)
        self.tree.activated.connect(self._open_table)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.model.visibility_changed.connect(self.visibility_changed)
        self.new_button = QPushButton(icon("add"), word("UI-NEW-RECORD"))
        self.new_button.clicked.connect(self._ask_new)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        self.setMinimumWidth(200)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addWidget(self.new_button)

    @property
    def type_id(self) -> str | None:
        """The record type that is chosen."""
        found = self.tree.currentIndex().siblingAtColumn(0).data(TYPE_ID)
        return str(found) if found else None

    def show_counts(self, counts: Mapping[str, Mapping[State, int]]) -> None:
        """Show how many records each type has."""
        self.model.show_counts(counts)
        if not self._is_laid_out:
            self._open_groups(counts)
        wanted = max([COUNT_WIDTH, *(self.tree.sizeHintForIndex(index).width() for index in self._count_cells())])
        self.tree.header().resizeSection(1, wanted)

    def show_styles(self, styles: Mapping[str, LayerStyle]) -> None:
        """Show each type as the map draws it."""
        self.model.show_styles(styles, self.devicePixelRatioF())

    def _open_groups(self, counts: Mapping[str, Mapping[State, int]]) -> None:
        """Begin with the groups open that have records, or with the first ones; from then on it is the user's tree."""
        self._is_laid_out = True
        filled = {
            self.model.index_of(type_id).parent().row() for type_id, states in counts.items() if any(states.values())
        }
        for row in range(self.model.rowCount()):
            self.tree.setExpanded(self.model.index(row, 0), row in filled if filled else row < OPEN_AT_FIRST)

    def _count_cells(self) -> Iterator[QModelIndex]:
        for group in range(self.model.rowCount()):
            yield self.model.index(group, 1)

    def choose_type(self, type_id: str) -> None:
        """Make a type the chosen one."""
        if type_id != self.type_id:
            self.tree.setCurrentIndex(self.model.index_of(type_id))

    def show_all(self, shown: bool) -> None:
        """Show or hide every layer."""
        state = Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
        for type_id in self.model.type_ids:
            self.model.setData(self.model.index_of(type_id), state.value, Qt.ItemDataRole.CheckStateRole)

    def _choose_record(self, option: Option | None) -> None:
        if option is not None:
            self.record_chosen.emit(option.key)

    def _choose_type(self, index: QModelIndex) -> None:
        type_id = index.siblingAtColumn(0).data(TYPE_ID)
        self.new_button.setEnabled(bool(type_id))
        if type_id:
            self.type_chosen.emit(type_id)

    def _open_table(self, index: QModelIndex) -> None:
        if type_id := index.siblingAtColumn(0).data(TYPE_ID):
            self.table_wanted.emit(type_id)

    def _ask_new(self) -> None:
        if self.type_id:
            self.new_wanted.emit(self.type_id)

    def _open_menu(self, place: QPoint) -> None:
        type_id = self.tree.indexAt(place).siblingAtColumn(0).data(TYPE_ID)
        if not type_id:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for code, signal in (
            ("UI-ZOOM-TO-LAYER", self.zoom_wanted),
            ("UI-OPEN-TABLE", self.table_wanted),
            ("UI-NEW-RECORD", self.new_wanted),
        ):
            menu.addAction(word(code)).triggered.connect(lambda _=False, signal=signal: signal.emit(type_id))
        if self.model.is_layer(type_id):
            menu.addSeparator()
            menu.addAction(word("UI-CHANGE-LAYER")).triggered.connect(lambda: self.layer_wanted.emit(type_id))
            menu.addAction(word("UI-RAISE-LAYER")).triggered.connect(lambda: self.move_wanted.emit(type_id, 1))
            menu.addAction(word("UI-LOWER-LAYER")).triggered.connect(lambda: self.move_wanted.emit(type_id, -1))
        menu.popup(self.tree.viewport().mapToGlobal(place))
