"""The tree in which findings stand under their groups."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from desktop.models.findings_model import FindingsModel

ROOM_FOR_FIELD_PX = 520  # below this the sentence, which names the field as well, needs the room


class FindingsTree(QTreeView):
    """Groups and their findings; what a group does not show yet comes when one scrolls to its end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAllColumnsShowFocus(True)
        self.setIndentation(14)
        self.setExpandsOnDoubleClick(False)
        header = self.header()
        header.setStretchLastSection(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalScrollBar().valueChanged.connect(self._note_scroll)

    @property
    def findings(self) -> FindingsModel:
        """What is shown."""
        model = self.model()
        assert isinstance(model, FindingsModel)
        return model

    def lay_columns(self) -> None:
        """Give the text what the other columns leave."""
        header = self.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 110), (2, 95), (3, 62)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnHidden(2, self.viewport().width() < ROOM_FOR_FIELD_PX)

    def rowsInserted(self, parent: QModelIndex, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        if not parent.isValid():
            self.span_groups(start, end)

    def span_groups(self, first: int, last: int) -> None:
        """Let the headings of groups have the whole line."""
        for row in range(first, last + 1):
            self.setFirstColumnSpanned(row, QModelIndex(), True)

    def _note_scroll(self, value: int) -> None:
        """Show more of the group whose end is in view, and more groups at the end of those shown."""
        bottom = self.indexAt(self.viewport().rect().bottomLeft())
        top = bottom.parent() if bottom.parent().isValid() else bottom
        if bottom.isValid() and top.row() > self.model().rowCount() - 50:
            self.findings.show_more_groups()
        index = bottom.parent() if bottom.parent().isValid() else bottom
        if bottom.isValid() and bottom.parent().isValid():
            near_end = bottom.row() > self.model().rowCount(index) - 50
        else:
            near_end = value == self.verticalScrollBar().maximum()
            index = self.model().index(self.model().rowCount() - 1, 0) if not index.isValid() else index
        if near_end and self.isExpanded(index.siblingAtColumn(0)):
            self.model().fetchMore(index.siblingAtColumn(0))
