"""What the texts of a column of codes are taken for: the program's readings, and the user's word on the rest."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.theme import Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.choices import ChoiceList
from forms.model import ChoiceField, ChoicesField, RecordType
from services.column_values import ValueReading, value_key

SHOWN = 40


class ValuesPart(QWidget):
    """One line a text that stands in no list as it is: field, text, how often, and the code taken for it."""

    changed = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._kept: dict[str, dict[str, str | None]] = {}
        self.boxes: dict[tuple[str, str], QComboBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 6, 0, 0)
        heading = QLabel(word("UI-VALUES-HEADING"))
        heading.setProperty("role", "heading")
        hint = QLabel(word("UI-VALUES-HINT"))
        hint.setWordWrap(True)
        hint.setProperty("role", "hint")
        self._more = QLabel()
        self._more.setProperty("role", "hint")
        self._column.addWidget(heading)
        self._column.addWidget(hint)
        self._column.addWidget(self._more)
        self._body: QWidget | None = None
        self.hide()

    @property
    def values(self) -> dict[str, dict[str, str | None]]:
        """By field, what each text is taken for that stands in no list as it is; ``None`` leaves it out."""
        found = {key: dict(readings) for key, readings in self._kept.items()}
        for (key, text), box in self.boxes.items():
            found.setdefault(key, {})[text] = box.currentData() or None
        return found

    def show_values(self, kind: RecordType, readings: Mapping[str, Sequence[ValueReading]]) -> None:
        """Show what is taken for the texts that stand in no list, those left open first."""
        lines = [(key, item) for key, items in readings.items() for item in items if item.how != "listed"]
        lines.sort(key=lambda line: (line[1].code is not None, -line[1].count))
        self._kept = {}
        for key, item in lines[SHOWN:]:
            self._kept.setdefault(key, {})[value_key(item.text)] = item.code
        self.boxes = {}
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        for line, (key, item) in enumerate(lines[:SHOWN]):
            self._add_line(grid, line, kind, key, item)
        for column, stretch in ((0, 3), (1, 3), (2, 1), (3, 4)):
            grid.setColumnStretch(column, stretch)
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.deleteLater()
        self._body = body
        self._column.insertWidget(2, body)
        self._more.setText(word("UI-VALUES-MORE", count=len(lines) - SHOWN))
        self._more.setVisible(len(lines) > SHOWN)
        self.setVisible(bool(lines))

    def _add_line(self, grid: QGridLayout, line: int, kind: RecordType, key: str, item: ValueReading) -> None:
        target = kind.field(key)
        assert isinstance(target, ChoiceField | ChoicesField)
        label = QLabel(pick(target.label))
        label.setWordWrap(True)
        text = QLabel(item.text[:60])
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setToolTip(item.text)
        if item.code is None:
            text.setStyleSheet(f"color: {Tone.WARNING.value};")
        count = QLabel(word("UI-VALUES-COUNT", count=item.count))
        count.setProperty("role", "hint")
        box = _code_box(self._catalogue.choice_list(target.choices), item.code)
        box.activated.connect(self.changed)
        self.boxes[key, value_key(item.text)] = box
        for place, widget in enumerate((label, text, count, box)):
            grid.addWidget(widget, line, place)


def _code_box(codes: ChoiceList, chosen: str | None) -> QComboBox:
    box = QComboBox()
    box.setMinimumContentsLength(16)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.addItem(word("UI-VALUES-LEAVE"), "")
    language = current_language()
    offered = [item for item in codes if item.is_selectable or item.code == chosen]
    for item in offered:
        words = item.label[language]
        box.addItem(words if item.code.islower() else f"{item.code} – {words}", item.code)
    box.setCurrentIndex(max(0, box.findData(chosen or "")))
    return box
