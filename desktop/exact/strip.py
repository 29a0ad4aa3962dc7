"""The strip in the place of the record: enter vertices exactly, take a coordinate table, read what was measured."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QTabWidget, QToolButton, QWidget

from desktop.exact.measure_panel import MeasurePanel
from desktop.exact.point_panel import PointPanel
from desktop.exact.table_panel import TablePanel
from desktop.icons import icon
from desktop.map.entry_marks import EntryMarks
from desktop.words import word

POINTS, TABLE, MEASURE = range(3)
WIDTH_PX = 424


class ExactStrip(QTabWidget):
    """Three pages that share one preview on the map; hidden, nothing is previewed."""

    closed = Signal()

    def __init__(
        self,
        points: PointPanel,
        table: TablePanel,
        measure: MeasurePanel,
        preview: EntryMarks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.points, self.table, self.measure, self._preview = points, table, measure, preview
        self.setDocumentMode(True)
        self.setFixedWidth(WIDTH_PX)
        for page, code in ((points, "EXACT-TAB"), (table, "TABLE-TAB"), (measure, "MEASURE-TAB")):
            self.addTab(page, word(code))
        shut = QToolButton()
        shut.setIcon(icon("close"))
        shut.setAutoRaise(True)
        shut.setToolTip(word("EXACT-HIDE"))
        shut.clicked.connect(self.closed)
        self.setCornerWidget(shut)
        self.currentChanged.connect(self._turn)

    def _turn(self, page: int) -> None:
        self._preview.clear()
        if page == TABLE:
            self.table.show_preview()
        elif page == POINTS:
            self.points.focus_first()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._preview.clear()
