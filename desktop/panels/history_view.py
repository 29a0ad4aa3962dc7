"""What has happened to one record, the latest first."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from core.clock import VIETNAM, parse_timestamp
from core.messages import render_label
from desktop.theme import GAP
from desktop.words import pick, word
from forms.model import RecordType
from localdb.journal import Change


class HistoryView(QWidget):
    """One line per change: when, who, what, and under it the fields that changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = QLabel(word("UI-NO-HISTORY"))
        self._empty.setProperty("role", "hint")
        self._empty.setWordWrap(True)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, GAP, 12, GAP)
        column.addWidget(self._empty)
        column.addWidget(self.list, 1)

    def show_changes(self, changes: Sequence[Change], kind: RecordType) -> None:
        """Show the changes of a record of ``kind``, given oldest first."""
        self._empty.setVisible(not changes)
        self.list.setVisible(bool(changes))
        self.list.clear()
        for change in reversed(changes):
            self.list.addItem(QListWidgetItem(_describe(change, kind)))


def _describe(change: Change, kind: RecordType) -> str:
    at = parse_timestamp(change.at).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")
    head = word("UI-HISTORY-LINE", at=at, actor=change.actor.name, label=render_label(change.label))
    names = changed_fields(change, kind)
    return f"{head}\n{', '.join(names)}" if names else head


def changed_fields(change: Change, kind: RecordType) -> list[str]:
    """Return the labels of the fields that an update changed."""
    if change.operation != "update":
        return []
    before, after = change.before or {}, change.after or {}
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    labels = {field.key: pick(field.label) for field in kind.fields}
    labels["geometry"] = word("UI-TAB-GEOMETRY")
    return [labels[key] for key in keys if key in labels]
