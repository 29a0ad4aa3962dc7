"""The attribute table of one record type: paged, sorted, filtered by words or by CQL2."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.errors import UserError
from desktop.icons import icon
from desktop.models.records_model import RecordsModel, Wanted
from desktop.panels.empty_state import EmptyState
from desktop.session import Session
from desktop.theme import GAP, ROW_HEIGHT
from desktop.words import pick, word
from forms.record import Record
from localdb.records import Page
from services.reading import count_matching, fetch_page, fetch_record

PAGE = 200
FEW = 20
KEPT_ROWS = 5_000


class AttributePanel(QWidget):
    """Shows the records of the type it was given last."""

    record_chosen = Signal(str)
    selection_changed = Signal(str, list)
    go_to_map = Signal(list)
    import_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._type_id: str | None = None
        self._following = False
        self.model: RecordsModel | None = None
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        self.filter.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.mode = QComboBox()
        self.mode.addItems([word("UI-FILTER-WORDS"), word("UI-FILTER-CQL2")])
        self._count = QLabel()
        self._complaint = QLabel()
        self._complaint.setProperty("role", "error")
        self._complaint.setWordWrap(True)
        self._complaint.hide()
        self._go = QPushButton(icon("map"), word("UI-GO-TO-MAP"))
        self._go.setEnabled(False)
        self._go.clicked.connect(lambda: self.go_to_map.emit(self.selected_uids()))
        self.table = QTableView()
        self._set_up_table()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(250)
        self._pause.timeout.connect(self._reload_from_top)
        self.filter.textChanged.connect(self._reload_soon)
        self.mode.currentIndexChanged.connect(self._change_mode)
        self._change_mode()
        self._lay_out()

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
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.horizontalHeader().setSortIndicatorClearable(True)
        table.doubleClicked.connect(lambda index: self._open(index.row()))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 4, GAP, 4)
        bar.setSpacing(GAP)
        for widget, stretch in ((self.mode, 0), (self.filter, 1), (self._count, 0), (self._go, 0)):
            bar.addWidget(widget, stretch)
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
        return self._type_id

    def show_type(self, type_id: str) -> None:
        """List the records of another type."""
        if type_id == self._type_id:
            return
        self._type_id = type_id
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.blockSignals(False)
        catalogue = self._session.desk.catalogue
        kind = catalogue.type(type_id)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        old, self.model = self.model, RecordsModel(kind, catalogue, self._fetch, self)
        self.table.setModel(self.model)
        if old is not None:
            old.deleteLater()
        self.table.scrollToTop()
        self.table.selectionModel().selectionChanged.connect(self._tell_selection)
        self._fit_columns()
        self._show_count()
        self.table.setAccessibleName(pick(kind.title))

    def _fit_columns(self) -> None:
        self.table.resizeColumnsToContents()
        for column in range(self.model.columnCount() if self.model else 0):
            self.table.setColumnWidth(column, min(max(self.table.columnWidth(column), 80), 220))

    def reload(self) -> None:
        """Fetch the first page again, keeping what is selected."""
        if self.model is None:
            return
        chosen, place, rows = self.selected_uids(), self.table.verticalScrollBar().value(), self.model.rowCount()
        self._complaint.hide()
        try:
            self.model.reload()
            self._show_count()
        except UserError as error:
            self._complaint.setText(str(error))
            self._complaint.show()
            return
        self.model.fetch_until(min(rows, KEPT_ROWS))
        self.select(chosen, scroll=False)
        self.table.verticalScrollBar().setValue(place)

    def note_change(self, uids: Iterable[str] | None) -> None:
        """Take in that records changed: a few that are shown are read again in their rows, anything else as a whole."""
        changed = None if uids is None else list(uids)
        if self.model is None:
            return
        if changed is None or len(changed) > FEW:
            self.reload()
            return
        for uid in changed:
            try:
                shown = self.model.replace(fetch_record(self._session.desk, uid))
            except UserError:
                shown = False
            if not shown:
                self.reload()
                return

    def _fetch(self, wanted: Wanted) -> Page:
        where, text = self.filter_texts()
        return fetch_page(
            self._session.desk,
            str(self._type_id),
            sort=wanted.sort,
            descending=wanted.descending,
            after=wanted.after,
            limit=PAGE,
            where=where,
            text=text,
        )

    def filter_texts(self) -> tuple[str | None, str | None]:
        """The CQL2 text and the words that filter the table; at most one of them is there."""
        typed = self.filter.text().strip() or None
        return (None, typed) if self.mode.currentIndex() == 0 else (typed, None)

    def _show_count(self) -> None:
        where, text = self.filter_texts()
        count = count_matching(self._session.desk, str(self._type_id), where=where, text=text)
        self._count.setText(word("UI-RECORD-COUNT", count=count))
        self._pages.setCurrentIndex(2 if count == 0 and not (where or text) else 1)

    def selected_uids(self) -> list[str]:
        """The records selected in the table."""
        if self.model is None or self.table.selectionModel() is None:
            return []
        return [self.model.record(index.row()).uid for index in self.table.selectionModel().selectedRows()]

    def select(self, uids: Sequence[str], *, scroll: bool = True) -> None:
        """Select records without telling anyone; those whose page is not here yet are passed over."""
        if self.model is None:
            return
        self._following = True
        selection = self.table.selectionModel()
        selection.clearSelection()
        for uid in uids:
            row = self.model.row_of(uid)
            if row is not None:
                first, last = self.model.index(row, 0), self.model.index(row, self.model.columnCount() - 1)
                selection.select(QItemSelection(first, last), QItemSelectionModel.SelectionFlag.Select)
                if scroll:
                    self.table.scrollTo(first)
        self._following = False
        self._go.setEnabled(bool(self.selected_uids()))

    def _tell_selection(self) -> None:
        self._go.setEnabled(bool(self.selected_uids()))
        if not self._following and self._type_id:
            self.selection_changed.emit(self._type_id, self.selected_uids())

    def _open(self, row: int) -> None:
        if self.model is not None:
            record: Record = self.model.record(row)
            self.record_chosen.emit(record.uid)
