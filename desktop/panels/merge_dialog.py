"""Which of several records stays when they become one: they are laid side by side, and what differs is shown."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.messages import current_language
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.record import Record
from forms.requirements import is_filled
from forms.titles import record_title
from forms.values import format_value

UID = Qt.ItemDataRole.UserRole


class MergeDialog(QDialog):
    """A row a record, a column a field that differs; the row chosen is the record that stays."""

    def __init__(self, records: Sequence[Record], catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-MERGE").rstrip("…"))
        self.resize(720, 360)
        hint = QLabel(word("UI-MERGE-HINT", count=len(records)))
        hint.setWordWrap(True)
        kind, language = catalogue.type(records[0].type_id), current_language()
        differing = [
            field
            for field in kind.fields
            if field.type not in ("files", "reference")
            and len({str(record.values.get(field.key)) for record in records}) > 1
        ]
        self.table = QTableWidget(len(records), 1 + len(differing))
        self.table.setHorizontalHeaderLabels([word("UI-MERGE-STAYS"), *(pick(field.label) for field in differing)])
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        for row, record in enumerate(records):
            first = QTableWidgetItem(record_title(kind, record.values, language, catalogue))
            first.setData(UID, record.uid)
            self.table.setItem(row, 0, first)
            for column, field in enumerate(differing, start=1):
                value = record.values.get(field.key)
                text = format_value(field, value, catalogue, language) if is_filled(value) else ""
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.selectRow(max(range(len(records)), key=lambda row: _weight(records[row])))
        buttons = QDialogButtonBox()
        ok = buttons.addButton(word("UI-MERGE-GO"), QDialogButtonBox.ButtonRole.AcceptRole)
        ok.setProperty("main", True)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column_box = QVBoxLayout(self)
        for part in (hint, self.table, buttons):
            column_box.addWidget(part)

    @property
    def kept(self) -> str:
        """The uid of the record that stays."""
        return str(self.table.item(self.table.currentRow(), 0).data(UID))


def _weight(record: Record) -> tuple[bool, float]:
    """An official identifier weighs most, then the size of the shape."""
    shape = record.geometry
    return is_filled(record.values.get("official_id")), 0.0 if shape is None else float(shape.area or shape.length)
