"""What the rules say of one record, as a narrow list."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from desktop.fixing.menu import CornerButton, offer_fixes
from desktop.icons import icon
from desktop.panels.findings_panel import ORDER, TONES
from desktop.words import word
from validation.finding import Finding


class FindingsList(QListWidget):
    """Findings as wrapped sentences, the worst first; ``chosen`` carries the one clicked."""

    chosen = Signal(object)
    fix_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setSpacing(3)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)
        offer_fixes(self, self._finding_at, self.fix_wanted.emit)
        self.fix_button = CornerButton(self, lambda: self.current, self.fix_wanted.emit)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """List ``findings``, or say that there are none."""
        self.clear()
        for finding in sorted(findings, key=lambda one: ORDER.index(one.severity)):
            tone = TONES[finding.severity]
            item = QListWidgetItem(icon(finding.severity.value, tone.value), f"{finding.text()} [{finding.rule_id}]")
            item.setData(Qt.ItemDataRole.UserRole, finding)
            self.addItem(item)
        if not findings:
            item = QListWidgetItem(icon("good"), word("UI-RECORD-CLEAN"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(item)
        self.fix_button.follow()

    def _choose(self, item: QListWidgetItem) -> None:
        finding = item.data(Qt.ItemDataRole.UserRole)
        if finding is not None:
            self.chosen.emit(finding)

    @property
    def current(self) -> object:
        """The finding that is chosen, if any."""
        items = self.selectedItems()
        return items[0].data(Qt.ItemDataRole.UserRole) if items else None

    def _finding_at(self, place: QPoint) -> object:
        item = self.itemAt(place)
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)
