"""Which attributes of one record are copied to others: a tick list by section."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.messages import current_language
from desktop.entry.form_pages import shown_fields
from desktop.theme import GAP
from desktop.values import show_value
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import AnyField, RecordType
from forms.record import Record
from forms.requirements import is_filled
from forms.titles import record_title
from services.editing import keys_to_copy

KEY = Qt.ItemDataRole.UserRole
TICKED = Qt.CheckState.Checked
OPEN = Qt.CheckState.Unchecked


def copied_unasked(kind: RecordType, record: Record) -> set[str]:
    """Return the fields ticked from the start: those with a value that do not say which object the record is."""
    return {key for key, ticked in keys_to_copy(kind).items() if ticked and is_filled(record.values.get(key))}


class CopyDialog(QDialog):
    """The tick list; ``accepted_keys`` carries the fields to be copied."""

    accepted_keys = Signal(list)

    def __init__(
        self,
        record: Record,
        catalogue: Catalogue,
        count: int,
        name: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-COPY-TITLE"))
        self._record, self._catalogue, self._name = record, catalogue, name
        self._kind = catalogue.type(record.type_id)
        title = record_title(self._kind, record.values, current_language(), catalogue)
        text = QLabel(word("UI-COPY-TEXT", title=title, count=count))
        text.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([word("UI-FIELD"), word("UI-VALUE")])
        self.tree.setAlternatingRowColors(True)
        self._fill()
        self.tree.itemChanged.connect(self._follow_ticks)
        everything = QPushButton(word("UI-TICK-ALL"))
        everything.clicked.connect(lambda: self._tick_all(TICKED))
        nothing = QPushButton(word("UI-TICK-NONE"))
        nothing.clicked.connect(lambda: self._tick_all(OPEN))
        line = QHBoxLayout()
        line.addWidget(everything)
        line.addWidget(nothing)
        line.addStretch(1)
        self.buttons = QDialogButtonBox()
        self.take = self.buttons.addButton(word("UI-COPY-DO"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.take.setProperty("main", True)
        self.buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(GAP)
        for part in (text, self.tree):
            column.addWidget(part)
        column.addLayout(line)
        column.addWidget(self.buttons)
        self.resize(560, 560)
        self._follow_ticks()

    def _fill(self) -> None:
        ticked, offered = copied_unasked(self._kind, self._record), keys_to_copy(self._kind)
        for section in self._kind.sections:
            fields = [field for field in shown_fields(self._kind, section.key) if field.key in offered]
            if not fields:
                continue
            branch = QTreeWidgetItem([pick(section.label)])
            branch.setFlags(branch.flags() | Qt.ItemFlag.ItemIsAutoTristate | Qt.ItemFlag.ItemIsUserCheckable)
            self.tree.addTopLevelItem(branch)
            for field in fields:
                leaf = QTreeWidgetItem([pick(field.label), self._say(field)])
                leaf.setData(0, KEY, field.key)
                leaf.setCheckState(0, TICKED if field.key in ticked else OPEN)
                branch.addChild(leaf)
        self.tree.expandAll()
        self.tree.setColumnWidth(0, 280)

    def _say(self, field: AnyField) -> str:
        value = self._record.values.get(field.key)
        if value is None:
            return word("UI-NOTHING")
        if field.type == "reference":
            return self._name(value)
        return show_value(field, value, self._catalogue)

    def _leaves(self) -> list[QTreeWidgetItem]:
        branches = (self.tree.topLevelItem(place) for place in range(self.tree.topLevelItemCount()))
        return [branch.child(place) for branch in branches for place in range(branch.childCount())]

    def keys(self) -> list[str]:
        """The fields that are ticked."""
        return [leaf.data(0, KEY) for leaf in self._leaves() if leaf.checkState(0) == TICKED]

    def _tick_all(self, state: Qt.CheckState) -> None:
        for leaf in self._leaves():
            leaf.setCheckState(0, state)

    def _follow_ticks(self) -> None:
        count = len(self.keys())
        self.take.setText(word("UI-COPY-DO-COUNT", count=count) if count else word("UI-COPY-DO"))
        self.take.setEnabled(count > 0)

    def _accept(self) -> None:
        self.accepted_keys.emit(self.keys())
        self.accept()
