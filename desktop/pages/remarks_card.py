"""The province's remarks as a list of things to do."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop.models.plain_model import Row
from desktop.panels.card import Card, ShortTable
from desktop.session import Session
from desktop.theme import MUTED, Tone
from desktop.words import word
from services.remarks import ToDo, list_remarks, mark_remark

HEADINGS = ("UI-REMARK-DEADLINE", "UI-RECORD", "UI-REMARK-TEXT", "UI-REMARK-STATE")


class RemarksCard(Card):
    """``chosen`` carries the remark that somebody wants to see to."""

    chosen = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-REMARKS"), word("UI-REMARKS-NONE"), parent)
        self._session = session
        self.table = ShortTable([word(code) for code in HEADINGS], stretch=2, rows=8)
        self.table.doubleClicked.connect(lambda index: self._choose(index.row()))
        self.table.activated.connect(lambda index: self._choose(index.row()))
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self.table.rows_model.modelReset.connect(self._follow)
        self.open_button, self.mark = QPushButton(word("UI-REMARK-OPEN-RECORD")), QPushButton()
        self.open_button.clicked.connect(self._choose_current)
        self.mark.clicked.connect(self._mark)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.open_button, self.mark):
            button.setProperty("small", True)
            row.addWidget(button)
        self.column.addWidget(self.table)
        self.column.addLayout(row)
        self._show([])

    def refresh(self) -> None:
        """Show the remarks as they now stand."""
        desk = self._session.desk
        self._session.read(lambda progress: list_remarks(desk), self._show, owner=self)

    def _show(self, todos: Sequence[ToDo]) -> None:
        self.table.rows_model.show_rows([_row(todo) for todo in todos])
        self.table.setVisible(bool(todos))
        self.show_hint(word("UI-REMARKS-HINT" if todos else "UI-REMARKS-NONE"))
        self._follow()

    def current(self) -> ToDo | None:
        """The remark selected in the table."""
        rows = self.table.selectionModel().selectedRows()
        found = self.table.rows_model.thing(rows[0].row()) if rows else None
        return found if isinstance(found, ToDo) else None

    def _follow(self) -> None:
        todo = self.current()
        for button in (self.open_button, self.mark):
            button.setVisible(self.table.rows_model.rowCount() > 0)
            button.setEnabled(todo is not None)
        self.mark.setText(word("UI-REMARK-MARK-OPEN" if todo and todo.is_done else "UI-REMARK-MARK-DONE"))

    def _choose(self, row: int) -> None:
        self.chosen.emit(self.table.rows_model.thing(row))

    def _choose_current(self) -> None:
        if (todo := self.current()) is not None:
            self.chosen.emit(todo)

    def _mark(self) -> None:
        todo, desk = self.current(), self._session.desk
        if todo is not None:
            remark_id, done = todo.remark.remark_id, not todo.is_done
            self._session.write(lambda progress: mark_remark(desk, remark_id, done=done), owner=self)


def _row(todo: ToDo) -> Row:
    item = todo.remark
    day = "" if item.deadline is None else date.fromisoformat(item.deadline).strftime("%d/%m/%Y")
    colour = MUTED if todo.is_done else Tone.ERROR.value if todo.is_late else None
    return Row((day, todo.title, item.text, _state(todo)), todo, colour)


def _state(todo: ToDo) -> str:
    if todo.is_done:
        return word("UI-REMARK-DONE")
    if todo.days_left is None:
        return word("UI-REMARK-OPEN")
    code = "UI-REMARK-LATE" if todo.is_late else "UI-REMARK-LEFT"
    return word(code, days=abs(todo.days_left))
