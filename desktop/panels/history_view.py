"""What has happened to one record, the latest first; one chosen change can be taken back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from core.clock import VIETNAM, parse_timestamp
from core.messages import render_label
from desktop.panels.geometry_view import describe_geometry
from desktop.theme import GAP
from desktop.values import show_value
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.content import GEOMETRY, LINEAGE, geometry_from_hex
from forms.model import RecordType
from localdb.journal import Change

SHOWN = 30
NameRecord = Callable[[str], str]


class ChangeCard(QFrame):
    """One change: when, who, what, the fields with their old and new values, and the button that takes it back."""

    def __init__(self, head: str, lines: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.head = QLabel(head)
        self.head.setWordWrap(True)
        self.body = QLabel("\n".join(lines))
        self.body.setWordWrap(True)
        self.body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.setVisible(bool(lines))
        self.revert = QPushButton(word("UI-REVERT-CHANGE"))
        self.revert.setProperty("small", True)
        self.reason = QLabel()
        self.reason.setProperty("role", "hint")
        self.reason.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.reason, 1)
        line.addStretch(0)
        line.addWidget(self.revert, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addWidget(self.head)
        column.addWidget(self.body)
        column.addLayout(line)

    def offer(self, possible: bool, reason: str | None, call: Callable[[], object]) -> None:
        """Let the change be taken back, or say why it cannot."""
        self.revert.setVisible(possible or reason is not None)
        self.revert.setEnabled(possible)
        self.revert.setToolTip(reason or "")
        self.reason.setText(reason or "")
        self.reason.setVisible(reason is not None)
        self.revert.clicked.connect(lambda: call())  # noqa: PLW0108 (the button's argument stays out)

    @property
    def text(self) -> str:
        """Everything the card says."""
        return f"{self.head.text()}\n{self.body.text()}"


class HistoryView(QScrollArea):
    """The changes of one record; ``revert_wanted`` carries the journal's number of one."""

    revert_wanted = Signal(int)

    def __init__(self, catalogue: Catalogue, name: NameRecord, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue, self._name = catalogue, name
        self._changes: Sequence[Change] = ()
        self._kind: RecordType | None = None
        self._is_locked = False
        self._most = SHOWN
        self.cards: list[ChangeCard] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_changes(self, changes: Sequence[Change], kind: RecordType, *, locked: bool = False) -> None:
        """Show the changes of a record of ``kind``, given oldest first; of a ``locked`` one none is taken back."""
        place = self.verticalScrollBar().value() if changes[:1] == self._changes[:1] else 0
        self._changes, self._kind, self._is_locked, self._most = changes, kind, locked, SHOWN
        self._fill()
        self.verticalScrollBar().setValue(place)

    def _fill(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, GAP, 12, GAP)
        column.setSpacing(GAP)
        self.cards = []
        for place in reversed(range(max(len(self._changes) - self._most, 0), len(self._changes))):
            self.cards.append(self._card(place))
            column.addWidget(self.cards[-1])
        if not self._changes:
            empty = QLabel(word("UI-NO-HISTORY"))
            empty.setProperty("role", "hint")
            column.addWidget(empty)
        if (left := len(self._changes) - self._most) > 0:
            more = QPushButton(word("UI-MORE-HISTORY", count=left))
            more.clicked.connect(self._show_more)
            column.addWidget(more)
        column.addStretch(1)
        self.setWidget(body)

    def _show_more(self) -> None:
        place = self.verticalScrollBar().value()
        self._most += SHOWN * 4
        self._fill()
        self.verticalScrollBar().setValue(place)

    def _card(self, place: int) -> ChangeCard:
        change = self._changes[place]
        at = parse_timestamp(change.at).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")
        head = word("UI-HISTORY-LINE", at=at, actor=change.actor.name, label=render_label(change.label))
        card = ChangeCard(head, self.describe(change))
        later = overtaken_keys(change, self._changes[place + 1 :])
        possible = change.operation == "update" and not later and not self._is_locked
        reason = None
        if change.operation == "update" and later:
            reason = word("UI-CHANGED-SINCE", field=", ".join(self._label(key) for key in later))
        card.offer(possible, reason, lambda: self.revert_wanted.emit(change.sequence))
        return card

    def describe(self, change: Change) -> list[str]:
        """Return a line for each field that an update changed: label, old value, new one; of a waiver its reason."""
        if change.operation == "waive":
            return [str((change.after or change.before or {})["reason"])]
        if change.operation != "update":
            return []
        before, after = change.before or {}, change.after or {}
        keys = [key for key in changed_keys(change) if key != LINEAGE]
        return [
            word("UI-HISTORY-FIELD", field=self._label(key), old=self._say(key, before), new=self._say(key, after))
            for key in keys
        ]

    def _label(self, key: str) -> str:
        if key == GEOMETRY:
            return word("UI-TAB-GEOMETRY")
        labels = {field.key: pick(field.label) for field in self._kind.fields} if self._kind else {}
        return labels.get(key, key)

    def _say(self, key: str, content: Mapping[str, Any]) -> str:
        """Return one side of a change in words."""
        value = content.get(key)
        if key == GEOMETRY:
            return word("UI-NOTHING") if value is None else describe_geometry(geometry_from_hex(value))
        if value is None or value == []:
            return word("UI-NOTHING")
        field = next((field for field in self._kind.fields if field.key == key), None) if self._kind else None
        if field is None:
            return str(value)
        if field.type == "reference":
            return self._name(value) or word("UI-RECORD-GONE")
        if field.type == "files":
            return word("UI-FILE-COUNT", count=len(value))
        return show_value(field, value, self._catalogue)


def changed_keys(change: Change) -> list[str]:
    """Return the keys whose content a change replaced."""
    before, after = change.before or {}, change.after or {}
    return [key for key in {**before, **after} if before.get(key) != after.get(key)]


def overtaken_keys(change: Change, later: Sequence[Change]) -> list[str]:
    """Return the keys of an update that no longer hold what it wrote, given the record's ``later`` changes."""
    after = change.after or {}
    now = {key: after.get(key) for key in changed_keys(change) if key != LINEAGE}
    for step in later:
        if step.operation == "waive":
            continue  # its keys are not the record's
        for key in changed_keys(step):
            if key in now:
                now[key] = (step.after or {}).get(key)
    return [key for key, value in now.items() if value != after.get(key)]
