"""The records that belong to one: a small table for each kind of them, with a way to add, open and delete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from core.messages import current_language
from core.progress import Progress
from desktop.icons import icon
from desktop.models.plain_model import Row
from desktop.panels.card import ShortTable
from desktop.session import Session
from desktop.theme import GAP, state_colour
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.record import Record
from forms.titles import record_title
from forms.values import format_value
from services.reading import records_pointing_at

SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Children:
    """The records of one type that point at a record through one of its references."""

    kind: RecordType
    field: str
    records: Sequence[Record]


class ChildTable(QWidget):
    """One kind of children: ``add_wanted`` carries type and field, ``opened`` and ``delete_wanted`` a uid."""

    add_wanted = Signal(str, str)
    opened = Signal(str)
    delete_wanted = Signal(str)

    def __init__(self, kind: RecordType, field: str, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind, self._field, self._catalogue = kind, field, catalogue
        self.title = QLabel(pick(kind.title))
        self.title.setProperty("role", "heading")
        self.add = self._button("add", word("UI-ADD-CHILD"), lambda: self.add_wanted.emit(kind.id, field))
        self.open = self._button("open-record", word("UI-OPEN-CHILD"), lambda: self._tell(self.opened))
        self.delete = self._button("delete", word("UI-DELETE-CHILD"), lambda: self._tell(self.delete_wanted))
        headings = (word("UI-CHILD-TITLE"), word("UI-CHILD-DATE"), word("UI-STATE"))
        self.table = ShortTable(headings, 0, SHOWN_ROWS)
        self.table.setAccessibleName(pick(kind.title))
        self.table.doubleClicked.connect(lambda: self._tell(self.opened))
        self.table.activated.connect(lambda: self._tell(self.opened))
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.title, 1)
        for button in (self.add, self.open, self.delete):
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GAP)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.table)
        self._follow_selection()

    def _button(self, name: str, hint: str, call: Callable[[], object]) -> QPushButton:
        button = QPushButton(icon(name), "")
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.setFixedWidth(34)
        button.clicked.connect(lambda: call())  # noqa: PLW0108 (the button's argument stays out)
        return button

    def show_records(self, records: Sequence[Record]) -> None:
        """List the children, the latest first."""
        rows = [self._row(record) for record in records]
        rows.sort(key=lambda row: row.thing[1], reverse=True)
        self.table.rows_model.show_rows([Row(row.cells, row.thing[0], row.colour) for row in rows])
        self.table.setVisible(bool(rows))
        title = pick(self._kind.title)
        self.title.setText(f"{title} ({len(rows)})" if rows else title)
        self._follow_selection()

    def _row(self, record: Record) -> Row:
        kind, day = self._kind, self._kind.dated_by
        stored = record.values.get(day) if day else None
        shown = format_value(kind.field(day), stored, self._catalogue, current_language()) if day else ""
        title = record_title(kind, record.values, current_language(), self._catalogue)
        cells = (title, shown, word(f"UI-STATE-{record.state.name}"))
        return Row(cells, (record.uid, (stored or "", record.created_at or "")), state_colour(record.state))

    def _chosen(self) -> str | None:
        rows = self.table.selectionModel().selectedRows()
        return self.table.rows_model.thing(rows[0].row()) if rows else None

    def _follow_selection(self) -> None:
        for button in (self.open, self.delete):
            button.setVisible(not self.table.isHidden())
            button.setEnabled(self._chosen() is not None)
        if self._kind.append_only:
            self.delete.hide()

    def _tell(self, signal: Signal) -> None:
        if (uid := self._chosen()) is not None:
            signal.emit(uid)


class ChildTables(QScrollArea):
    """Every kind of children a record may have; ``counted`` tells how many there are in all."""

    add_wanted = Signal(str, str)
    opened = Signal(str)
    delete_wanted = Signal(str)
    counted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked = 0
        self._type_id: str | None = None
        self.tables: dict[tuple[str, str], ChildTable] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def kinds_of(self, type_id: str) -> Sequence[tuple[str, str]]:
        """Return the child types of a type, with the reference that makes them children."""
        return self._session.desk.catalogue.children_of(type_id)

    def show_record(self, record: Record) -> None:
        """Show the children of ``record``; they are read off the GUI thread."""
        self._asked += 1
        asked, desk, uid = self._asked, self._session.desk, record.uid
        if record.type_id != self._type_id:
            self._build(record.type_id)
        pairs = list(self.tables)
        if not uid or not pairs:
            self._show([])
            return

        def fetch(progress: Progress) -> list[Children]:
            return [
                Children(desk.catalogue.type(child), field, records_pointing_at(desk, uid, child, field))
                for child, field in pairs
            ]

        self._session.read(fetch, lambda found: self._show(found) if asked == self._asked else None, owner=self)

    def _build(self, type_id: str) -> None:
        catalogue = self._session.desk.catalogue
        self._type_id = type_id
        self.tables = {}
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, GAP, 12, GAP)
        hint = QLabel(word("UI-CHILDREN-HINT"))
        hint.setProperty("role", "hint")
        hint.setWordWrap(True)
        column.addWidget(hint)
        for child, field in self.kinds_of(type_id):
            table = ChildTable(catalogue.type(child), field, catalogue)
            table.add_wanted.connect(self.add_wanted)
            table.opened.connect(self.opened)
            table.delete_wanted.connect(self.delete_wanted)
            self.tables[child, field] = table
            column.addWidget(table)
        column.addStretch(1)
        self.setWidget(body)

    def _show(self, found: Sequence[Children]) -> None:
        by_pair = {(children.kind.id, children.field): children.records for children in found}
        for pair, table in self.tables.items():
            table.show_records(by_pair.get(pair, ()))
        self.counted.emit(sum(len(records) for records in by_pair.values()))
