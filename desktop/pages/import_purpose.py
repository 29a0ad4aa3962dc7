"""For whom the next file is taken: records of one type that all get the same values."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from desktop.icons import icon
from desktop.theme import GAP, WIDE_GAP
from desktop.words import word
from forms.model import RecordType


class PurposeBar(QWidget):
    """Says whom the file is for, where it is for somebody; ``dropped`` tells that the user wants it for nobody."""

    dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.type_id: str | None = None
        self._values: Mapping[str, str] = {}
        self._text = QLabel()
        self._text.setObjectName("purpose")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        drop = QPushButton(icon("close"), word("UI-IMPORT-FOR-NOBODY"))
        drop.clicked.connect(self.dropped)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE_GAP, 0, WIDE_GAP, GAP)
        row.addWidget(self._text, 1)
        row.addWidget(drop)
        self.hide()

    @property
    def is_set(self) -> bool:
        """Whether the next file is for somebody."""
        return self.type_id is not None

    def begin(self, type_id: str, values: Mapping[str, str], text: str) -> None:
        """Take the next file for records of a type that get these values; ``text`` says whom they are for."""
        self.type_id, self._values = type_id, values
        self._text.setText(text)
        self.show()

    def end(self) -> None:
        """Take the next file for nobody in particular."""
        self.type_id, self._values = None, {}
        self.hide()

    def values_for(self, record_type: RecordType) -> dict[str, str]:
        """Return the values that every record of a type gets, as far as it has the fields."""
        known = {field.key for field in record_type.fields}
        return {key: text for key, text in self._values.items() if key in known}
