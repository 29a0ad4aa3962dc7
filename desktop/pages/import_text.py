"""The text of a field file before and after its repair, column by column."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from core.messages import current_language
from desktop.models.plain_model import Row
from desktop.panels.card import Card, ShortTable
from desktop.words import word
from geodesy.numbers import format_number
from services.inspecting import ColumnInspection, LayerInspection


class TextCard(Card):
    """Shows one text column at a time; the encoding it is repaired from can be changed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-IMPORT-TEXT"), word("UI-IMPORT-TEXT-HINT"), parent)
        self._columns: list[ColumnInspection] = []
        self._taken: dict[str, str] = {}
        self.column_box = QComboBox()
        self.column_box.currentIndexChanged.connect(self._show_column)
        self.encoding_box = QComboBox()
        self.encoding_box.activated.connect(self._take)
        self.table = ShortTable([word("UI-TEXT-BEFORE"), word("UI-TEXT-AFTER")], stretch=1, rows=5)
        self.table.setColumnWidth(0, 260)
        line = QHBoxLayout()
        line.addWidget(QLabel(word("UI-COLUMN")))
        line.addWidget(self.column_box)
        line.addWidget(QLabel(word("UI-ENCODING")))
        line.addWidget(self.encoding_box)
        line.addStretch(1)
        self.column.addLayout(line)
        self.column.addWidget(self.table)

    @property
    def encodings(self) -> dict[str, str]:
        """The encoding taken for each column."""
        return dict(self._taken)

    def show_layer(self, layer: LayerInspection, encodings: Mapping[str, str]) -> None:
        """Show the text columns of a layer and the encodings taken, the strangest column first."""
        self._taken = dict(encodings)
        texts = [column for column in layer.columns if column.encodings]
        self._columns = sorted(texts, key=lambda column: not _changes(column))
        self.setVisible(bool(self._columns))
        self.column_box.blockSignals(True)
        self.column_box.clear()
        self.column_box.addItems([column.name for column in self._columns])
        self.column_box.blockSignals(False)
        self._show_column()

    def _show_column(self) -> None:
        place = self.column_box.currentIndex()
        if not 0 <= place < len(self._columns):
            return
        column = self._columns[place]
        self.encoding_box.clear()
        for item in column.encodings:
            share = format_number(100 * item.score, 0, current_language())
            self.encoding_box.addItem(word("UI-ENCODING-CHOICE", name=item.name.upper(), share=share), item.name)
        self.encoding_box.setCurrentIndex(max(0, self.encoding_box.findData(self._taken.get(column.name))))
        self._show_preview()

    def _take(self) -> None:
        column = self._columns[self.column_box.currentIndex()]
        self._taken[column.name] = self.encoding_box.currentData()
        self._show_preview()
        self.changed.emit()

    def _show_preview(self) -> None:
        column = self._columns[self.column_box.currentIndex()]
        chosen = self.encoding_box.currentIndex()
        pairs = column.encodings[chosen].preview if column.encodings else ()
        self.table.rows_model.show_rows([Row((before, after)) for before, after in pairs])


def _changes(column: ColumnInspection) -> bool:
    return any(before != after for before, after in column.encodings[0].preview)
