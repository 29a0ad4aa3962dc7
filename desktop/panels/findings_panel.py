"""The list of what the checks found."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.fixing.menu import can_be_fixed, offer_fixes
from desktop.icons import icon
from desktop.models.plain_model import PlainModel, Row
from desktop.panels.empty_state import EmptyState
from desktop.theme import GAP, ROW_HEIGHT, Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from validation.finding import Finding, Severity

ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)
TONES = {Severity.ERROR: Tone.ERROR, Severity.WARNING: Tone.WARNING, Severity.INFO: Tone.INFO}


class FindingsTable(QTableView):
    """Findings under each other; ``chosen`` carries the one clicked."""

    chosen = Signal(object)

    def __init__(self, catalogue: Catalogue, name_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._name_of = name_of
        headings = ("UI-SEVERITY", "UI-FINDING", "UI-RECORD", "UI-FIELD", "UI-RULE")
        self.rows_model = PlainModel([word(code) for code in headings], self)
        self.setModel(self.rows_model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column, width in ((0, 110), (2, 170), (3, 130), (4, 80)):
            self.setColumnWidth(column, width)
        self.clicked.connect(lambda index: self.chosen.emit(self.rows_model.thing(index.row())))
        self.activated.connect(lambda index: self.chosen.emit(self.rows_model.thing(index.row())))

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """List ``findings``, the worst first."""
        ordered = sorted(findings, key=lambda finding: ORDER.index(finding.severity))
        self.rows_model.show_things(ordered, self._row)

    def _row(self, finding: Finding) -> Row:
        tone = TONES[finding.severity]
        kind = self._catalogue.type(finding.type_id)
        field = next((pick(item.label) for item in kind.fields if item.key == finding.field), finding.field or "")
        cells = (
            word(f"UI-SEVERITY-{finding.severity.name}"),
            finding.text(),
            self._name_of(finding.uid) or pick(kind.title),
            field,
            finding.rule_id,
        )
        return Row(cells, finding, tone.value, icon(finding.severity.name.lower(), tone.value))


class FindingsPanel(QWidget):
    """The findings of the last check of the workspace, by severity, and the button that checks again."""

    chosen = Signal(object)
    check_wanted = Signal()
    fix_wanted = Signal(object)

    def __init__(self, catalogue: Catalogue, name_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: tuple[Finding, ...] = ()
        self.table = FindingsTable(catalogue, name_of)
        self.table.chosen.connect(self.chosen)
        self._summary = QLabel()
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._switches: dict[Severity, QToolButton] = {}
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 4, GAP, 4)
        bar.setSpacing(GAP)
        for severity in ORDER:
            switch = QToolButton()
            switch.setCheckable(True)
            switch.setChecked(True)
            switch.setAutoRaise(True)
            switch.setIcon(icon(severity.name.lower(), "#b4bcbc", on=TONES[severity].value))
            switch.toggled.connect(self._filter)
            switch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._switches[severity] = switch
            bar.addWidget(switch)
        bar.addWidget(self._summary, 1)
        self._fix = QPushButton(word("UI-FIX-OPEN"))
        self._fix.setToolTip(word("UI-FIX-OPEN-HINT"))
        self._fix.setEnabled(False)
        self._fix.clicked.connect(lambda: self.fix_wanted.emit(self.current))
        self.table.selectionModel().selectionChanged.connect(self._note_choice)
        self.table.rows_model.modelReset.connect(self._note_choice)
        offer_fixes(self.table, self._finding_at, self.fix_wanted.emit)
        bar.addWidget(self._fix)
        again = QPushButton(word("UI-CHECK-NOW"))
        again.clicked.connect(self.check_wanted)
        bar.addWidget(again)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        self._pages = QStackedLayout(self)
        self._unchecked = EmptyState(word("UI-FINDINGS-UNCHECKED"), (word("UI-CHECK-NOW"), self.check_wanted.emit))
        self._pages.addWidget(self._unchecked)
        self._pages.addWidget(full)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of the last check."""
        return self._findings

    def show_findings(self, findings: Sequence[Finding], checked: int) -> None:
        """Show what a check of ``checked`` records found."""
        self._findings = tuple(findings)
        for severity, switch in self._switches.items():
            count = sum(finding.severity is severity for finding in findings)
            switch.setText(f"{word(f'UI-SEVERITY-{severity.name}')} {count}")
        code = "UI-CHECKED-CLEAN" if not findings else "UI-CHECKED"
        self._summary.setText(word(code, count=checked))
        self._summary.setToolTip(self._summary.text())
        self._filter()
        self._pages.setCurrentIndex(1)

    def _filter(self) -> None:
        shown = [finding for finding in self._findings if self._switches[finding.severity].isChecked()]
        self.table.show_findings(shown)

    @property
    def current(self) -> object:
        """The finding that is chosen, if any."""
        rows = self.table.selectionModel().selectedRows()
        return self.table.rows_model.thing(rows[0].row()) if rows else None

    def _finding_at(self, place: QPoint) -> object:
        index = self.table.indexAt(place)
        return self.table.rows_model.thing(index.row()) if index.isValid() else None

    def _note_choice(self) -> None:
        self._fix.setEnabled(can_be_fixed(self.current))
