"""A column of an imported file read again from another encoding, seen on 20 rows before it is done."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from desktop.models.plain_model import Row
from desktop.panels.card import ShortTable
from desktop.session import Session
from desktop.words import pick, word
from exchange.legacy_text import decode_text, encoding_label, known_encodings
from services.rereading import Rereading, TextColumn, find_text_columns, reread_column

SHOWN = 20
ROWS_IN_VIEW = 12


class RereadDialog(QDialog):
    """Asks which column and from which encoding; writes through the session."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-REREAD-TEXT").rstrip("…"))
        self.resize(860, 620)
        self._session = session
        self.hint = QLabel(word("UI-REREAD-HINT"))
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "hint")
        self.column_box, self.encoding_box, self.now = QComboBox(), QComboBox(), QLabel()
        self.column_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for name in known_encodings():
            self.encoding_box.addItem(encoding_label(name), name)
        headings = ("UI-REREAD-RAW", "UI-REREAD-BEFORE", "UI-REREAD-AFTER")
        self.table = ShortTable([word(code) for code in headings], stretch=2, rows=ROWS_IN_VIEW)
        self.told = QLabel()
        self.told.setWordWrap(True)
        buttons = QDialogButtonBox()
        self.go = buttons.addButton(word("UI-REREAD-GO"), QDialogButtonBox.ButtonRole.ApplyRole)
        self.go.setProperty("main", True)
        buttons.addButton(word("UI-CLOSE"), QDialogButtonBox.ButtonRole.RejectRole)
        form = QFormLayout()
        form.addRow(word("UI-COLUMN"), self.column_box)
        form.addRow(word("UI-REREAD-NOW"), self.now)
        form.addRow(word("UI-REREAD-AS"), self.encoding_box)
        rows = QVBoxLayout(self)
        rows.addWidget(self.hint)
        rows.addLayout(form)
        rows.addWidget(self.table)
        rows.addWidget(self.told)
        rows.addStretch(1)
        rows.addWidget(buttons)
        self.column_box.currentIndexChanged.connect(self._show_column)
        self.encoding_box.activated.connect(self._show_rows)
        self.go.clicked.connect(self.apply)
        buttons.rejected.connect(self.reject)
        self.go.setEnabled(False)

    def begin(self) -> None:
        """Open the dialog and look for the columns."""
        self.open()
        self._look()

    @property
    def column(self) -> TextColumn | None:
        """The column chosen."""
        found = self.column_box.currentData()
        return found if isinstance(found, TextColumn) else None

    def _look(self) -> None:
        desk = self._session.desk
        self._session.read(lambda _: find_text_columns(desk), self._show_columns, owner=self)

    def _show_columns(self, columns: tuple[TextColumn, ...]) -> None:
        kept = self.column
        self.column_box.blockSignals(True)
        self.column_box.clear()
        for item in columns:
            field = self._session.desk.catalogue.type(item.type_id).field(item.field)
            label = word(
                "UI-REREAD-COLUMN", file=item.file, column=item.column, field=pick(field.label), count=item.count
            )
            self.column_box.addItem(label, item)
        same = [
            place
            for place, item in enumerate(columns)
            if kept and (item.type_id, item.file, item.column) == (kept.type_id, kept.file, kept.column)
        ]
        self.column_box.setCurrentIndex(same[0] if same else 0)
        self.column_box.blockSignals(False)
        if not columns:
            self.told.setText(word("UI-REREAD-NONE"))
        self._show_column()

    def _show_column(self) -> None:
        column = self.column
        self.now.setText(encoding_label(column.encoding) if column else "")
        if column is not None:
            self.encoding_box.setCurrentIndex(self.encoding_box.findData(column.encoding))
        self._show_rows()

    def _show_rows(self) -> None:
        column, encoding = self.column, str(self.encoding_box.currentData())
        pairs = () if column is None else column.preview(encoding)[:SHOWN]
        self.table.rows_model.show_rows(
            [Row((raw, decode_text(raw, column.encoding if column else encoding), after)) for raw, after in pairs]
        )
        self.go.setEnabled(column is not None and column.encoding != encoding)

    def apply(self) -> None:
        """Read the column again as chosen."""
        column, encoding, desk = self.column, str(self.encoding_box.currentData()), self._session.desk
        if column is None:
            return
        self.go.setEnabled(False)
        self._session.write(
            lambda progress: reread_column(desk, column, encoding, progress=progress),
            self._tell,
            owner=self,
            title=word("UI-TASK-REREAD", column=column.column),
        )

    def _tell(self, done: Rereading) -> None:
        self.told.setText(word("UI-REREAD-DONE", count=done.count, edited=done.edited, unread=done.unread))
        self._look()
