"""The head of the import page: which file, which layer of it, what its rows become; and how much of it is read."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.pages.import_folder import FolderBox
from desktop.theme import GAP, WIDE_GAP
from desktop.words import pick, word
from forms.model import RecordType
from geodesy.numbers import format_number
from services.inspection import Inspection, LayerInspection


class ImportHead(QWidget):
    """The file's name and what is chosen of it; each signal tells of one choice."""

    file_wanted = Signal()
    folder_wanted = Signal()
    layer_chosen = Signal()
    type_chosen = Signal()

    def __init__(self, types: Iterable[RecordType], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file_label = QLabel(word("UI-NO-FILE"))
        self.file_label.setProperty("role", "title")
        choose = QPushButton(icon("open"), word("UI-CHOOSE-FILE"))
        choose.clicked.connect(self.file_wanted)
        choose_folder = QPushButton(icon("open"), word("UI-CHOOSE-FOLDER"))
        choose_folder.setToolTip(word("UI-CHOOSE-FOLDER-HELP"))
        choose_folder.clicked.connect(self.folder_wanted)
        self.folder_box = FolderBox()
        self.layer_box = QComboBox()
        self.layer_box.activated.connect(self.layer_chosen)
        self.type_box = QComboBox()
        for kind in types:
            self.type_box.addItem(pick(kind.title), kind.id)
        self.type_box.activated.connect(self.type_chosen)
        self._layer_word, self._type_word = QLabel(word("UI-LAYER")), QLabel(word("UI-BECOMES"))
        self.part_label = QLabel()
        self.part_label.setObjectName("part")
        self.part_label.setWordWrap(True)
        self.part_label.setTextFormat(Qt.TextFormat.PlainText)
        self.part_label.hide()
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.file_label, 1)
        widgets = (self._layer_word, self.layer_box, self._type_word, self.type_box, choose, choose_folder)
        for widget in (self.folder_box, *widgets):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, 12, WIDE_GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(row)
        column.addWidget(self.part_label)

    def show_layers(self, layers: Sequence[LayerInspection]) -> None:
        """List a file's layers, each with its number of rows, or with how many are known of."""
        self.layer_box.clear()
        for layer in layers:
            said = "UI-LAYER-CHOICE" if layer.counted else "UI-LAYER-CHOICE-LEAST"
            self.layer_box.addItem(word(said, name=layer.name, count=_written(layer.count)), layer.name)

    def show_part(self, inspection: Inspection | None) -> None:
        """Say of a file that some of its rows are shown while the rest is read; ``None`` when that is over."""
        if inspection is not None and inspection.reading is not None:
            rows = _written(len(inspection.reading.table))
            self.part_label.setText(word("UI-IMPORT-PART", file=inspection.path.name, rows=rows))
        self.part_label.setVisible(inspection is not None)

    def show_state(self, *, is_ready: bool, is_part: bool) -> None:
        """Show what there is to choose: nothing yet while only some of the rows are read."""
        for widget in (self._layer_word, self.layer_box):
            widget.setVisible(is_ready and self.layer_box.count() > 1)
        for widget in (self._type_word, self.type_box):
            widget.setVisible(is_ready)
        for box in (self.layer_box, self.type_box):
            box.setEnabled(not is_part)


def _written(count: int) -> str:
    return format_number(count, 0, current_language())
