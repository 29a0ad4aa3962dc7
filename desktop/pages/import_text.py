"""The text of a field file before and after its repair, column by column."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from core.messages import current_language
from desktop.models.plain_model import Row
from desktop.panels.card import Card, ShortTable
from desktop.theme import Tone
from desktop.words import word
from exchange.legacy_text import EncodingProposal, decided_encoding, encoding_label, known_encodings
from geodesy.numbers import format_number
from services.inspection import ColumnInspection, LayerInspection

SHOWN = 20
ROWS_IN_VIEW = 10


class TextCard(Card):
    """Shows one text column at a time on 20 rows; the encoding it is repaired from can be overruled."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-IMPORT-TEXT"), word("UI-IMPORT-TEXT-HINT"), parent)
        self._columns: list[ColumnInspection] = []
        self._taken: dict[str, str] = {}
        self.column_box = QComboBox()
        self.column_box.currentIndexChanged.connect(self._show_column)
        self.encoding_box = QComboBox()
        self.encoding_box.activated.connect(self._take)
        for box in (self.column_box, self.encoding_box):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.verdict = QLabel()
        self.table = ShortTable([word("UI-TEXT-BEFORE"), word("UI-TEXT-AFTER")], stretch=1, rows=ROWS_IN_VIEW)
        line = QHBoxLayout()
        line.addWidget(QLabel(word("UI-COLUMN")))
        line.addWidget(self.column_box)
        line.addWidget(QLabel(word("UI-ENCODING")))
        line.addWidget(self.encoding_box)
        line.addWidget(self.verdict)
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
        self._columns = sorted(texts, key=lambda column: not self._changes(column))
        self.setVisible(bool(self._columns))
        self.column_box.blockSignals(True)
        self.column_box.clear()
        for column in self._columns:
            self.column_box.addItem(self._title(column))
        self.column_box.blockSignals(False)
        self._show_column()

    def _title(self, column: ColumnInspection) -> str:
        if not self._changes(column):
            return column.name
        return word("UI-COLUMN-CHANGES", name=column.name, encoding=encoding_label(self._chosen(column)))

    def _chosen(self, column: ColumnInspection) -> str:
        return self._taken.get(column.name, column.encoding)

    def _changes(self, column: ColumnInspection) -> bool:
        return any(before != after for before, after in column.preview(self._chosen(column)))

    def _show_column(self) -> None:
        place = self.column_box.currentIndex()
        if not 0 <= place < len(self._columns):
            return
        column = self._columns[place]
        scores = {item.name: item for item in column.encodings}
        self.encoding_box.clear()
        for item in column.encodings:
            self.encoding_box.addItem(_choice(item), item.name)
        self.encoding_box.insertSeparator(self.encoding_box.count())
        for name in known_encodings():
            if name not in scores:
                self.encoding_box.addItem(encoding_label(name), name)
        self.encoding_box.setCurrentIndex(max(0, self.encoding_box.findData(self._chosen(column))))
        self._show_preview()

    def _take(self) -> None:
        place = self.column_box.currentIndex()
        column = self._columns[place]
        self._taken[column.name] = self.encoding_box.currentData()
        self.column_box.setItemText(place, self._title(column))
        self._show_preview()
        self.changed.emit()

    def _show_preview(self) -> None:
        column = self._columns[self.column_box.currentIndex()]
        chosen = self._chosen(column)
        self.table.rows_model.show_rows([Row((before, after)) for before, after in column.preview(chosen)[:SHOWN]])
        if chosen != column.encoding:
            text, tone = word("UI-ENCODING-OVERRULED", name=encoding_label(column.encoding)), Tone.WARNING
        elif decided_encoding(column.encodings) == chosen:
            text, tone = word("UI-ENCODING-DECIDED"), Tone.GOOD
        else:
            text, tone = word("UI-ENCODING-UNDECIDED"), Tone.WARNING
        self.verdict.setText(text)
        self.verdict.setStyleSheet(f"color: {tone.value};")


def _choice(item: EncodingProposal) -> str:
    share = format_number(100 * item.score, 0, current_language())
    return word("UI-ENCODING-CHOICE", name=encoding_label(item.name), share=share)
