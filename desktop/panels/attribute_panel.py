"""The attribute table of one record type: all of it at once, filtered by words or CQL2, with the user's own columns."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.errors import UserError
from desktop.icons import icon
from desktop.models.records_model import RecordsModel
from desktop.panels.empty_state import EmptyState
from desktop.panels.table_columns import TableColumns
from desktop.session import Session
from desktop.theme import GAP, ROW_HEIGHT
from desktop.values import show_count
from desktop.words import pick, word
from forms.record import Record
from services.desk import Desk
from services.reading import fetch_numbered, fetch_order, fids_of, uids_of

FEW = 20
FILTER_PX = 220
MEASURED_ROWS = 40  # Qt's own thousand rows of every column take most of the time in which a table opens
WORDED_PX = 860
NARROWEST_PX = 480


class Filtered:
    """The records of one type that a filter keeps, as the table asks for them."""

    def __init__(self, desk: Desk, type_id: str) -> None:
        self._desk = desk
        self.type_id = type_id
        self.where: str | None = None
        self.text: str | None = None

    def order(self, sort: str, descending: bool) -> npt.NDArray[np.int64]:
        return fetch_order(self._desk, self.type_id, sort=sort, descending=descending, where=self.where, text=self.text)

    def records(self, fids: Sequence[int]) -> list[Record | None]:
        return fetch_numbered(self._desk, self.type_id, fids)


class AttributePanel(QWidget):
    """Shows the records of the type it was given last."""

    record_chosen = Signal(str)
    selection_changed = Signal(str, list)
    go_to_map = Signal(list)
    import_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._source: Filtered | None = None
        self._following = False
        self.model: RecordsModel | None = None
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(FILTER_PX)
        self.filter.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.mode = QComboBox()
        self.mode.addItems([word("UI-FILTER-WORDS"), word("UI-FILTER-CQL2")])
        self._count = QLabel()
        self._complaint = QLabel()
        self._complaint.setProperty("role", "error")
        self._complaint.setWordWrap(True)
        self._complaint.setContentsMargins(GAP, 0, GAP, 4)
        self._complaint.hide()
        self._go = QPushButton(icon("map"), "")
        self._go.setEnabled(False)
        self._go.clicked.connect(lambda: self.go_to_map.emit(self.selected_uids()))
        self.export_button = QPushButton(icon("export"), "")
        self.export_button.clicked.connect(self.export_wanted)
        self.table = QTableView()
        self._set_up_table()
        self.columns = TableColumns(self.table, self)
        self.columns_button = QToolButton()
        self.columns_button.setText(word("UI-TABLE-COLUMNS"))
        self.columns_button.setIcon(icon("table"))
        self.columns_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.columns_button.clicked.connect(self._show_columns)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(250)
        self._pause.timeout.connect(self._reload_from_top)
        self.filter.textChanged.connect(self._reload_soon)
        self.mode.currentIndexChanged.connect(self._change_mode)
        self._change_mode()
        self._lay_out()
        self.setMinimumWidth(NARROWEST_PX)  # else the words of the buttons would hold the panel as wide as it once was

    def _set_up_table(self) -> None:
        table = self.table
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setAlternatingRowColors(True)
        table.setSortingEnabled(True)
        table.setWordWrap(False)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.verticalHeader().setMinimumWidth(36)
        table.horizontalHeader().setSectionsMovable(True)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setResizeContentsPrecision(MEASURED_ROWS)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.horizontalHeader().setSortIndicatorClearable(True)
        table.horizontalHeader().setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.horizontalHeader().customContextMenuRequested.connect(lambda place: self._show_columns())
        table.doubleClicked.connect(lambda index: self._open(index.row()))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 4, GAP, 4)
        bar.setSpacing(GAP)
        bar.addWidget(self.mode)
        bar.addWidget(self.filter, 1)
        for widget in (self._count, self.columns_button, self.export_button, self._go):
            bar.addWidget(widget)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._complaint)
        column.addWidget(self.table, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(EmptyState(word("UI-CHOOSE-TYPE")))
        self._pages.addWidget(full)
        self._pages.addWidget(EmptyState(word("UI-TABLE-EMPTY"), (word("UI-IMPORT-A-FILE"), self.import_wanted.emit)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_bar()

    def _fit_bar(self) -> None:
        """Leave the buttons their icons alone where the words would take the room of the filter."""
        for button, code in ((self.export_button, "UI-TABLE-EXPORT"), (self._go, "UI-GO-TO-MAP")):
            button.setText(word(code) if self.width() >= WORDED_PX else "")
            button.setToolTip(word(code))
            button.setAccessibleName(word(code))

    def _reload_soon(self) -> None:
        self._pause.start()

    def _reload_from_top(self) -> None:
        self.reload()
        self.table.scrollToTop()

    def _change_mode(self) -> None:
        words = self.mode.currentIndex() == 0
        self.filter.setPlaceholderText(word("UI-FILTER-WORDS-HINT" if words else "UI-FILTER-CQL2-HINT"))
        if self.filter.text():
            self.reload()

    @property
    def type_id(self) -> str | None:
        """The record type shown."""
        return self._source.type_id if self._source else None

    def show_type(self, type_id: str) -> None:
        """List the records of another type."""
        if type_id == self.type_id:
            return
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.blockSignals(False)
        self._complaint.hide()
        catalogue = self._session.desk.catalogue
        kind = catalogue.type(type_id)
        self._source = Filtered(self._session.desk, type_id)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.columns.keep()
        old, self.model = self.model, RecordsModel(kind, catalogue, self._source, self)
        self.table.setModel(self.model)
        if old is not None:
            old.deleteLater()
        self.table.scrollToTop()
        self.table.selectionModel().selectionChanged.connect(self._tell_selection)
        self.columns.show_for(self.model)
        self._show_count()
        self.table.setAccessibleName(pick(kind.title))

    def _show_columns(self) -> None:
        menu = self.columns.build_menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.columns_button.mapToGlobal(self.columns_button.rect().bottomLeft()))

    def reload(self) -> None:
        """Ask for the records again, keeping what is selected and the place."""
        if self.model is None or self._source is None:
            return
        chosen, place = self.selected_uids(), self.table.verticalScrollBar().value()
        where, text = self.filter_texts()
        before = self._source.where, self._source.text
        self._source.where, self._source.text = where, text
        self._complaint.hide()
        try:
            self.model.reload()
        except UserError as error:
            self._source.where, self._source.text = before
            self._complaint.setText(str(error))
            self._complaint.show()
            return
        self._show_count()
        self.select(chosen, scroll=False)
        self.table.verticalScrollBar().setValue(place)

    def note_change(self, uids: Iterable[str] | None) -> None:
        """Take in that records changed: a few that are shown are read again in their rows, anything else as a whole."""
        changed = None if uids is None else list(uids)
        if self.model is None or self.type_id is None:
            return
        if changed is None or len(changed) > FEW:
            self.reload()
            return
        fids = fids_of(self._session.desk, self.type_id, changed)
        rows = self.model.rows_of(list(fids.values()))
        if len(rows) < len(changed):
            self.reload()
            return
        self.model.forget(rows)

    def show_only(self, where: str) -> None:
        """List only the records for which a CQL2 condition holds; it stands in the filter line."""
        self.mode.setCurrentIndex(1)
        self.filter.setText(where)
        self._pause.stop()
        self.reload()

    def filter_texts(self) -> tuple[str | None, str | None]:
        """The CQL2 text and the words that filter the table; at most one of them is there."""
        typed = self.filter.text().strip() or None
        return (None, typed) if self.mode.currentIndex() == 0 else (typed, None)

    def _show_count(self) -> None:
        count = self.model.rowCount() if self.model else 0
        self._count.setText(word("UI-RECORD-COUNT", count=show_count(count)))
        self._pages.setCurrentIndex(2 if count == 0 and not any(self.filter_texts()) else 1)

    def selected_uids(self) -> list[str]:
        """The records selected in the table, in its order."""
        if self.model is None or self.type_id is None or self.table.selectionModel() is None:
            return []
        rows = sorted(_rows_of(self.table.selectionModel().selection()))
        return uids_of(self._session.desk, self.type_id, self.model.fids(rows)) if rows else []

    def all_uids(self) -> list[str]:
        """Every record that the filter keeps, in the table's order."""
        if self.model is None or self.type_id is None:
            return []
        return uids_of(self._session.desk, self.type_id, self.model.fids(range(self.model.rowCount())))

    def select(self, uids: Sequence[str], *, scroll: bool = True) -> None:
        """Select records without telling anyone; those that the filter leaves out are passed over."""
        if self.model is None or self.type_id is None:
            return
        fids = fids_of(self._session.desk, self.type_id, uids) if uids else {}
        rows = self.model.rows_of(list(fids.values()))
        wanted = QItemSelection()
        for first, last in _runs(rows):
            wanted.select(self.model.index(first, 0), self.model.index(last, self.model.columnCount() - 1))
        self._following = True
        self.table.selectionModel().select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._following = False
        if scroll and rows:
            self.table.scrollTo(self.model.index(rows[0], 0))
        self._go.setEnabled(bool(rows))

    def _tell_selection(self) -> None:
        self._go.setEnabled(bool(self.selected_uids()))
        if not self._following and self.type_id:
            self.selection_changed.emit(self.type_id, self.selected_uids())

    def _open(self, row: int) -> None:
        record = self.model.record(row) if self.model is not None else None
        if record is not None:
            self.record_chosen.emit(record.uid)


def _rows_of(selection: QItemSelection) -> set[int]:
    """Return the rows of a selection by whole rows; asking Qt for each takes it seconds for a hundred thousand."""
    return {row for run in selection for row in range(run.top(), run.bottom() + 1)}


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of every run of rows without a gap; ``rows`` ascend."""
    first = last = None
    for row in rows:
        if last is not None and row == last + 1:
            last = row
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = row
    if first is not None and last is not None:
        yield first, last
