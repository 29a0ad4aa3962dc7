"""Which column of a field file becomes which field of the record type."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from desktop.entry.field_row import MARKS
from desktop.pages.import_values import ValuesPart
from desktop.panels.card import Card
from desktop.theme import Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import AnyField, RecordType
from services.column_mapping import ColumnProposal
from services.column_values import ValueReading
from services.import_plan import ImportPlan
from services.inspection import LayerInspection

_SURE = {
    "certain": ("UI-SURE-CERTAIN", Tone.GOOD),
    "likely": ("UI-SURE-LIKELY", Tone.WARNING),
    "remembered": ("UI-SURE-REMEMBERED", Tone.GOOD),
    "packed": ("UI-SURE-PACKED", Tone.GOOD),
}


class MappingCard(Card):
    """One line a field: label, column, how sure that is, a value for all rows instead, and a cell as it will be read.

    ``afresh`` asks for the program's own proposals in the place of what is remembered of such files.
    """

    changed = Signal()
    afresh = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-IMPORT-MAPPING"), word("UI-IMPORT-MAPPING-HINT"), parent)
        self._samples: dict[str, str] = {}
        self._proposals: dict[str, ColumnProposal] = {}
        self._labels: dict[str, str] = {}
        self._sure: dict[str, QLabel] = {}
        self.columns: dict[str, QComboBox] = {}
        self.constants: dict[str, QLineEdit] = {}
        self._shown: dict[str, QLabel] = {}
        self._body: QWidget | None = None
        self.all_box = QCheckBox()
        self.all_box.toggled.connect(self._show_lines)
        self.column.addWidget(self.all_box)
        self._lines: dict[str, list[QWidget]] = {}
        self._unmapped = QLabel()
        self._unmapped.setWordWrap(True)
        self._unmapped.setTextFormat(Qt.TextFormat.PlainText)
        self._unmapped.setProperty("role", "hint")
        self.column.addWidget(self._unmapped)
        self.values = ValuesPart(catalogue)
        self.values.changed.connect(self.changed)
        self.column.addWidget(self.values)
        self.remember_box = QCheckBox(word("UI-REMEMBER-COLUMNS"))
        self.remember_box.setToolTip(word("UI-REMEMBER-COLUMNS-HELP"))
        self.remember_box.setChecked(True)
        self.remember_box.clicked.connect(self.changed)
        self.afresh_button = QPushButton(word("UI-PROPOSE-AFRESH"))
        self.afresh_button.setToolTip(word("UI-PROPOSE-AFRESH-HELP"))
        self.afresh_button.clicked.connect(self.afresh)
        line = QHBoxLayout()
        line.addWidget(self.remember_box)
        line.addStretch(1)
        line.addWidget(self.afresh_button)
        self.column.addLayout(line)

    @property
    def mapping(self) -> dict[str, str]:
        """Field to column, as chosen."""
        return {key: box.currentData() for key, box in self.columns.items() if box.currentData()}

    @property
    def constant_values(self) -> dict[str, str]:
        """Field to the text given for every row, as typed."""
        return {key: line.text().strip() for key, line in self.constants.items() if line.text().strip()}

    def show_mapping(
        self,
        kind: RecordType,
        layer: LayerInspection,
        plan: ImportPlan,
        readings: Mapping[str, Sequence[ValueReading]],
    ) -> None:
        """Show the fields of ``kind`` against the columns of ``layer``, as the plan has them."""
        mapping, unmapped = plan.mapping, plan.unmapped
        self._labels = {field.key: pick(field.label) for field in kind.fields}
        self._proposals = {item.column: item for item in plan.columns}
        self.afresh_button.setVisible(plan.is_remembered or bool(plan.pack))
        self.values.show_values(kind, readings)
        self._samples = {column.name: next(iter(column.samples), "") for column in layer.columns}
        self.columns, self.constants, self._shown, self._lines, self._sure = {}, {}, {}, {}, {}
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        for place, code in enumerate(("UI-FIELD", "UI-COLUMN", "UI-HOW-SURE", "UI-SAME-FOR-ALL", "UI-FIRST-CELL")):
            heading = QLabel(word(code))
            heading.setProperty("role", "hint")
            grid.addWidget(heading, 0, place)
        fields = sorted((field for field in kind.fields if not field.computed), key=lambda one: one.key not in mapping)
        for line, field in enumerate(fields, start=1):
            self._add_line(grid, line, field, mapping.get(field.key))
        for column, stretch in ((0, 3), (1, 3), (2, 1), (3, 2), (4, 3)):
            grid.setColumnStretch(column, stretch)
        if self._body is not None:
            self.column.removeWidget(self._body)
            self._body.deleteLater()
        self._body = body
        self.column.insertWidget(2, body)
        unused = word("UI-COLUMN-UNUSED")
        lines = [f"{name}: {self._why(name) or reason or unused}" for name, reason in unmapped.items()]
        self._unmapped.setText(word("UI-UNMAPPED-COLUMNS", columns="\n".join(f"   {line}" for line in lines)))
        self._unmapped.setVisible(bool(lines))
        self._show_lines()

    def _add_line(self, grid: QGridLayout, line: int, field: AnyField, column: str | None) -> None:
        mark, colour, _ = MARKS[field.required] if field.required else ("", "", "")
        label = QLabel(
            f'{pick(field.label)} <span style="color:{colour}; font-size:9px">{mark}</span>'
            if mark
            else pick(field.label)
        )
        label.setToolTip(pick(field.help))
        label.setWordWrap(True)
        box = QComboBox()
        box.setMinimumContentsLength(10)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.addItem(word("UI-NO-COLUMN"), "")
        for name in self._samples:
            box.addItem(name, name)
        box.setCurrentIndex(max(0, box.findData(column)))
        constant = QLineEdit()
        sample = QLabel()
        sample.setProperty("role", "hint")
        sample.setTextFormat(Qt.TextFormat.PlainText)
        sure = QLabel()
        self.columns[field.key], self.constants[field.key], self._shown[field.key] = box, constant, sample
        self._sure[field.key] = sure
        box.activated.connect(lambda: self._note(field.key))
        constant.editingFinished.connect(lambda: self._note(field.key))
        for place, widget in enumerate((label, box, sure, constant, sample)):
            grid.addWidget(widget, line, place)
        self._lines[field.key] = [label, box, sure, constant, sample]
        self._show_sample(field.key)

    def _show_lines(self) -> None:
        """Show the fields that have a column or a value, or, when asked, every field."""
        used = {*self.mapping, *self.constant_values}
        for key, widgets in self._lines.items():
            for widget in widgets:
                widget.setVisible(key in used or self.all_box.isChecked() or not used)
        rest = len(self._lines) - len(used)
        self.all_box.setText(word("UI-ALL-FIELDS", count=rest))
        self.all_box.setVisible(bool(used) and rest > 0)

    def _note(self, key: str) -> None:
        self._show_sample(key)
        self.changed.emit()

    def _show_sample(self, key: str) -> None:
        column = self.columns[key].currentData()
        self._shown[key].setText(self._samples.get(column, "")[:60] if column else "")
        item = self._proposals.get(column) if column else None
        by_program = item is not None and item.field == key
        code, tone = _SURE.get(item.confidence if item and by_program else "", ("UI-SURE-CHOSEN", Tone.GOOD))
        sure = self._sure[key]
        sure.setText(word(code) if column else "")
        sure.setStyleSheet(f"color: {tone.value};")
        sure.setToolTip(self._why(column) if column and by_program else "")

    def _why(self, column: str) -> str:
        """Return why the program takes a column as it does, fields by what people call them."""
        item = self._proposals.get(column)
        if item is None:
            return ""
        return replace(item, rivals=tuple(self._labels.get(key, key) for key in item.rivals)).text
