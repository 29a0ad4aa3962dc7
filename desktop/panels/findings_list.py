"""What the rules say of one record, as a narrow list, and the way to let one of it stand."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from desktop.fixing.menu import can_be_fixed, offer_fixes
from desktop.icons import icon
from desktop.models.findings_model import ORDER, TONES
from desktop.theme import GAP, MUTED
from desktop.words import word
from validation.finding import Finding
from validation.waivers import NO_WAIVERS, Waivers


class FindingsList(QWidget):
    """Findings as wrapped sentences, the worst first.

    ``chosen`` carries the one clicked, ``fix_wanted`` the one that is to be put right, ``waive_wanted`` the one that is
    to be let stand; ``why_not`` says why that may not be, ``None`` where it may.
    """

    chosen = Signal(object)
    fix_wanted = Signal(object)
    waive_wanted = Signal(object)

    def __init__(self, why_not: Callable[[Finding], str | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._why_not = why_not
        self._findings: tuple[Finding, ...] = ()
        self._waivers = NO_WAIVERS
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setSpacing(3)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.waive = QPushButton(word("UI-WAIVE"))
        self.waive.setProperty("small", True)
        self.fix_button = QPushButton(word("UI-FIX-OPEN"))
        self.fix_button.setToolTip(word("UI-FIX-OPEN-HINT"))
        self.fix_button.setProperty("small", True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.fix_button)
        buttons.addWidget(self.waive)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, GAP, GAP)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self.list.currentItemChanged.connect(lambda *_: self._offer())
        self.waive.clicked.connect(lambda: self.waive_wanted.emit(self.current))
        self.fix_button.clicked.connect(lambda: self.fix_wanted.emit(self.current))
        offer_fixes(self.list, self._finding_at, self.fix_wanted.emit)

    @property
    def current(self) -> Finding | None:
        """The finding marked."""
        item = self.list.currentItem()
        found: Finding | None = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        return found

    def show_waivers(self, waivers: Waivers) -> None:
        """Take in which findings stand with a reason."""
        self._waivers = waivers
        self.show_findings(self._findings)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """List ``findings``, or say that there are none."""
        self._findings = tuple(findings)
        self.list.clear()
        for finding in sorted(findings, key=lambda one: ORDER.index(one.severity)):
            self.list.addItem(self._item(finding))
        if not findings:
            item = QListWidgetItem(icon("good"), word("UI-RECORD-CLEAN"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        for button in (self.fix_button, self.waive):
            button.setVisible(bool(findings))
        self._offer()

    def _item(self, finding: Finding) -> QListWidgetItem:
        waiver = self._waivers.find(finding)
        text = f"{finding.text()} [{finding.rule_id}]"
        if waiver is not None:
            item = QListWidgetItem(icon("waived", MUTED), word("UI-WAIVED-LINE", reason=waiver.reason, text=text))
            item.setForeground(QColor(MUTED))
        else:
            item = QListWidgetItem(icon(finding.severity.value, TONES[finding.severity].value), text)
        item.setData(Qt.ItemDataRole.UserRole, finding)
        return item

    def _offer(self) -> None:
        finding = self.current
        self.fix_button.setEnabled(can_be_fixed(finding))
        reason = None if finding is None else self._why_not(finding)
        self.waive.setEnabled(finding is not None and reason is None and self._waivers.find(finding) is None)
        self.waive.setToolTip("" if reason is None else word("UI-WAIVER-NEVER", reason=f"{reason}."))

    def _choose(self, item: QListWidgetItem) -> None:
        finding = item.data(Qt.ItemDataRole.UserRole)
        if finding is not None:
            self.chosen.emit(finding)

    def _finding_at(self, place: QPoint) -> object:
        item = self.list.itemAt(place)
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)
