"""The list of dossiers at the left of their page: found by words, each with how full it is and what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.icons import icon
from desktop.models.dossiers_model import BLOCKED, DETAIL, ROW, DossiersModel, Keep
from desktop.panels.empty_state import EmptyState
from desktop.session import Session
from desktop.theme import ACCENT, ACCENT_SOFT, GAP, LINE, MUTED, TEXT, Tone, state_colour
from desktop.words import word
from forms.record import State
from services.dossiers import DossierRow

Index = QModelIndex | QPersistentModelIndex
ROW_PX, BAR_PX = 66, 5
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
KEEP_WORDS = {
    Keep.ALL: "UI-KEEP-ALL",
    Keep.MISSING: "UI-KEEP-MISSING",
    Keep.RETURNED: "UI-KEEP-RETURNED",
    Keep.BLOCKED: "UI-KEEP-BLOCKED",
}


class DossierDelegate(QStyledItemDelegate):
    """Paints a dossier: its title, kind and status, a bar of how full it is, and marks for what is wrong."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: DossierRow = index.data(ROW)
        painter.save()
        try:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(option.rect, QColor(ACCENT_SOFT))
            if option.state & QStyle.StateFlag.State_HasFocus:
                painter.setPen(QColor(ACCENT))
                painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
            painter.fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), QColor(LINE))
            inner = option.rect.adjusted(10, 6, -10, -6)
            self._paint_words(painter, option.font, inner, index)
            self._paint_share(painter, option.font, inner, row, int(index.data(BLOCKED)))
        finally:
            painter.restore()

    def _paint_words(self, painter: QPainter, font: QFont, inner: QRect, index: Index) -> None:
        bold = QFont(font)
        bold.setBold(True)
        for text, used, colour, top in (
            (index.data(), bold, TEXT, 0),
            (index.data(DETAIL), _small(font), MUTED, 19),
        ):
            painter.setFont(used)
            painter.setPen(QColor(colour))
            place = QRect(inner.left(), inner.top() + top, inner.width(), 18)
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)

    def _paint_share(self, painter: QPainter, font: QFont, inner: QRect, row: DossierRow, blocked: int) -> None:
        full = row.completeness
        painter.setFont(_small(font))
        right = inner.right()
        marks = [(word("UI-DOSSIER-BLOCKED", count=blocked), Tone.ERROR.value)] if blocked else []
        if row.returned:
            marks.append((word("UI-DOSSIER-RETURNED", count=row.returned), state_colour(State.RETURNED)))
        for text, colour in marks:
            width = painter.fontMetrics().horizontalAdvance(text) + 12
            place = QRect(right - width, inner.top() + 38, width, 17)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(place, 8, 8)
            painter.setPen(QColor("white"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            right -= width + 4
        text = f"{full.filled}/{len(full.wanted)}"
        painter.setPen(QColor(MUTED))
        width = painter.fontMetrics().horizontalAdvance("00/00") + 4
        painter.drawText(
            QRect(inner.left(), inner.top() + 38, width, 17),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            text,
        )
        bar = QRect(inner.left() + width, inner.top() + 44, max(20, right - inner.left() - width - 6), BAR_PX)
        painter.fillRect(bar, QColor(LINE))
        share = full.share if full.share is not None else 1.0
        colour = Tone.GOOD.value if share == 1.0 else ACCENT
        painter.fillRect(QRect(bar.left(), bar.top(), round(bar.width() * share), BAR_PX), QColor(colour))


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(8.0, font.pointSizeF() - 1.5))
    return small


class DossierView(QListView):
    """The list itself; Enter opens, and typing goes on in the filter."""

    opened = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and self.currentIndex().isValid():
            self.opened.emit()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Leave finding to the filter: what is typed there finds without diacritics."""


class FilterLine(QLineEdit):
    """The words to find; Down and Enter go on into the list."""

    left_down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, *ENTER):
            self.left_down.emit()
            return
        super().keyPressEvent(event)


class DossierList(QWidget):
    """Filter, list and "new"; ``chosen`` carries the uid in hand (``None``), ``opened`` one that Enter opened."""

    chosen = Signal(object)
    opened = Signal(str)
    new_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = DossiersModel(session.desk.catalogue, self)
        self._uid: str | None = None
        self._build_filter()
        self.view = DossierView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(DossierDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName(word("UI-PAGE-DOSSIERS"))
        self.view.selectionModel().currentChanged.connect(self._note_current)
        self.view.opened.connect(self._open)
        self.view.doubleClicked.connect(self._open)
        self.new_button = QPushButton(icon("add"), word("UI-NEW-DOSSIER"))
        self.new_button.clicked.connect(self.new_wanted)
        self.empty = EmptyState(word("UI-NO-DOSSIERS"))
        self._none = EmptyState(word("UI-NO-DOSSIER-FOUND"))
        place = QWidget()
        self._stack = QStackedLayout(place)
        for widget in (self.view, self.empty, self._none):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, 0, GAP)
        column.setSpacing(6)
        column.addLayout(self._filter_row)
        column.addWidget(self.keep_box)
        column.addWidget(place, 1)
        column.addWidget(self.new_button)
        self._show_place()

    def _build_filter(self) -> None:
        label = QLabel(word("UI-DOSSIER-FILTER"))
        self.filter_line = FilterLine()
        self.filter_line.setPlaceholderText(word("UI-DOSSIER-FILTER-HINT"))
        self.filter_line.setClearButtonEnabled(True)
        self.filter_line.textChanged.connect(self._filter)
        self.filter_line.left_down.connect(self._go_to_list)
        label.setBuddy(self.filter_line)
        self.keep_box = QComboBox()
        for keep in Keep:
            self.keep_box.addItem(word(KEEP_WORDS[keep]), keep)
        self.keep_box.setAccessibleName(word("UI-DOSSIER-KEEP"))
        self.keep_box.currentIndexChanged.connect(self._filter)
        self._filter_row = QHBoxLayout()
        self._filter_row.setSpacing(6)
        self._filter_row.addWidget(label)
        self._filter_row.addWidget(self.filter_line, 1)

    def show_rows(self, rows: Sequence[DossierRow]) -> None:
        """Show these dossiers; the one in hand stays in hand."""
        self.model.show_rows(rows)
        self._show_place()
        self._mark()

    def show_blocked(self, blocked: Mapping[str, int]) -> None:
        """Mark the dossiers in which something blocks."""
        self.model.show_blocked(blocked)
        self._show_place()
        self._mark()

    def choose(self, uid: str | None) -> None:
        """Take a dossier in hand without telling anybody."""
        self._uid = uid
        self._mark()

    def _mark(self) -> None:
        row = self.model.row_of(self._uid)
        self.view.selectionModel().blockSignals(True)
        self.view.setCurrentIndex(self.model.index(row) if row >= 0 else QModelIndex())
        self.view.selectionModel().blockSignals(False)
        self.view.viewport().update()

    def _filter(self, *_: Any) -> None:
        self.model.set_filter(self.filter_line.text(), self.keep_box.currentData())
        self._show_place()
        self._mark()

    def _show_place(self) -> None:
        if self.model.rowCount():
            self._stack.setCurrentWidget(self.view)
        else:
            self._stack.setCurrentWidget(self._none if self.model.total else self.empty)

    def _go_to_list(self) -> None:
        if self.model.rowCount():
            self.view.setFocus(Qt.FocusReason.TabFocusReason)
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self.model.index(0))

    def _note_current(self, current: QModelIndex) -> None:
        row = current.data(ROW) if current.isValid() else None
        if row is not None and row.record.uid != self._uid:
            self._uid = row.record.uid
            self.chosen.emit(self._uid)

    def _open(self, *_: Any) -> None:
        row = self.view.currentIndex().data(ROW)
        if row is not None:
            self.opened.emit(row.record.uid)
