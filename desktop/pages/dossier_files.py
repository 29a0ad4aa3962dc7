"""The documents or drawings of a dossier: a table, a button that adds, and a place to drop files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.models.plain_model import Row
from desktop.panels.card import Card, ShortTable, narrow_first
from desktop.theme import Tone
from desktop.words import word
from forms.catalogue import Catalogue
from forms.dossiers import DOCUMENT, DRAWING
from forms.model import RecordType
from forms.record import Record
from forms.titles import record_title
from forms.values import format_value
from validation.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class FilesWords:
    """What a card of files says: its title, what stands there while it is empty, its button, its columns."""

    title: str
    none: str
    add: str
    columns: Mapping[str, str]


WORDS: Mapping[str, FilesWords] = {
    DOCUMENT: FilesWords(
        "UI-DOSSIER-DOCUMENTS",
        "UI-NO-DOCUMENTS",
        "UI-ADD-DOCUMENTS",
        {
            "doc_no": "UI-COLUMN-DOC-NO",
            "doc_kind": "UI-COLUMN-DOC-KIND",
            "sign_date": "UI-COLUMN-SIGN-DATE",
            "file_name": "UI-COLUMN-FILE-NAME",
            "pages": "UI-COLUMN-PAGES",
            "file_dpi": "UI-COLUMN-FILE-DPI",
            "signed": "UI-COLUMN-SIGNED",
        },
    ),
    DRAWING: FilesWords(
        "UI-DOSSIER-DRAWINGS",
        "UI-NO-DRAWINGS",
        "UI-ADD-DRAWINGS",
        {
            "drawing_no": "UI-COLUMN-DRAWING-NO",
            "name": "UI-COLUMN-NAME",
            "scale_denom": "UI-COLUMN-SCALE-DENOM",
            "file_name": "UI-COLUMN-FILE-NAME",
            "pages": "UI-COLUMN-PAGES",
            "file_dpi": "UI-COLUMN-FILE-DPI",
        },
    ),
}
STRETCH = {DOCUMENT: 3, DRAWING: 1}
SHOWN = 5
NUMBER_PX = 118
FINDINGS_CODE = "UI-FINDINGS"


class FilesCard(Card):
    """``chosen`` carries a uid, ``add_wanted`` the paths that were dropped: none when they are to be asked for."""

    chosen = Signal(str)
    add_wanted = Signal(list)

    def __init__(self, kind: RecordType, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        words = WORDS[kind.id]
        super().__init__(word(words.title), parent=parent)
        self._words = words
        self.kind = kind
        self._catalogue = catalogue
        self._records: Sequence[Record] = ()
        self._findings: Mapping[str, Sequence[Finding]] = {}
        known = {field.key: field for field in kind.fields}
        self._keys = [key for key in self._words.columns if key in known]
        headings = [word(self._words.columns[key]) for key in self._keys]
        self.table = ShortTable([*headings, word(FINDINGS_CODE)], stretch=STRETCH[kind.id], rows=SHOWN)
        self.table.setTabKeyNavigation(False)
        narrow_first(self.table, stretch=STRETCH[kind.id], width_px=NUMBER_PX)
        self.table.setAccessibleName(word(self._words.title))
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._choose)
        self.add_button = QPushButton(icon("add"), word(self._words.add))
        self.add_button.setToolTip(word("UI-DROP-FILES"))
        self.add_button.clicked.connect(lambda: self.add_wanted.emit([]))
        line = QHBoxLayout()
        line.addWidget(self.add_button)
        line.addStretch(1)
        self.column.addWidget(self.table)
        self.column.addLayout(line)
        self.setAcceptDrops(True)
        self.show_records(())

    def show_records(self, records: Sequence[Record]) -> None:
        """List these documents."""
        self._records = records
        self._show()

    def show_findings(self, findings: Mapping[str, Sequence[Finding]]) -> None:
        """Count beside each document what the rules find in it."""
        self._findings = findings
        self._show()

    def _show(self) -> None:
        current = self.table.currentIndex().row()
        self.table.rows_model.show_rows([self._row(record) for record in self._records])
        self.table.setVisible(bool(self._records))
        self.show_hint("" if self._records else word(self._words.none))
        if 0 <= current < len(self._records):
            self.table.selectRow(current)

    def _row(self, record: Record) -> Row:
        cells = [self._cell(record, key) for key in self._keys]
        if not any(cells):
            cells[0] = record_title(self.kind, record.values, current_language(), self._catalogue)
        found = self._findings.get(record.uid, ())
        worst = next((one for one in Severity if any(item.severity is one for item in found)), None)
        colour = {Severity.ERROR: Tone.ERROR.value, Severity.WARNING: Tone.WARNING.value}.get(worst) if worst else None
        return Row((*cells, count_findings(found)), record.uid, colour)

    def _cell(self, record: Record, key: str) -> str:
        value: Any = record.values.get(key)
        if value is None:
            return str(record.values.get("name") or "") if key == "doc_no" else ""
        if key == "signed" and not str(value).islower():
            return str(value)
        return format_value(self.kind.field(key), value, self._catalogue, current_language())

    def _choose(self, index: Any) -> None:
        self.chosen.emit(self.table.rows_model.thing(index.row()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add_wanted.emit(dropped_files(event))


def dropped_files(event: QDropEvent) -> list[Path]:
    """Return the local files that a drag carries."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [path for url in urls if (path := Path(url.toLocalFile())).is_file()]


def count_findings(findings: Sequence[Finding]) -> str:
    """Return how many errors and warnings there are, in words."""
    counted: list[tuple[Severity, Callable[[int], str]]] = [
        (Severity.ERROR, lambda count: word("UI-COUNT-ERRORS", count=count)),
        (Severity.WARNING, lambda count: word("UI-COUNT-WARNINGS", count=count)),
    ]
    found = [say(count) for severity, say in counted if (count := sum(item.severity is severity for item in findings))]
    return ", ".join(found)
