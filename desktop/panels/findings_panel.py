"""What the checks found: grouped, filtered, one after the other by key, each with what stands behind it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.text import fold_text
from desktop.fixing.menu import can_be_fixed, offer_fixes
from desktop.icons import icon
from desktop.models.findings_model import ORDER, TONES, FindingsModel, Grouping
from desktop.panels.empty_state import EmptyState
from desktop.panels.finding_card import FindingCard
from desktop.panels.findings_tree import FindingsTree
from desktop.theme import ACCENT, GAP, Tone
from desktop.values import show_count
from desktop.words import word
from forms.catalogue import Catalogue
from services.explaining import Explanation, rule_title
from validation.finding import Finding, Severity
from validation.waivers import NO_WAIVERS, Waivers

FEW = 200  # groups of this many findings together are opened at once
FIND_AFTER_MS = 250

_UNCHECKED, _FULL = range(2)
_LIST, _NOTHING_BLOCKS, _NOTHING_SHOWN, _CLEAN = range(4)
_FACES = {
    Grouping.SEVERITY: "UI-GROUP-SEVERITY",
    Grouping.RULE: "UI-GROUP-RULE",
    Grouping.RECORD: "UI-GROUP-RECORD",
    Grouping.DOSSIER: "UI-GROUP-DOSSIER",
}


class FindingsPanel(QWidget):
    """The findings of the last check, filtered and grouped as the user wants, and the card of the chosen one.

    ``chosen`` carries a finding to be gone to. ``titles_wanted`` and ``dossiers_wanted`` ask for what only the store
    knows, the first time it is needed after a check; ``explain`` tells what stands behind a finding.
    """

    chosen = Signal(object)
    check_wanted = Signal()
    fix_wanted = Signal(object)
    titles_wanted = Signal()
    dossiers_wanted = Signal()

    def __init__(
        self,
        catalogue: Catalogue,
        name_of: Callable[[str], str],
        explain: Callable[[Finding, Waivers], Explanation],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._findings: tuple[Finding, ...] = ()
        self._waivers = NO_WAIVERS
        self._explain = explain
        self._titles: Mapping[str, str] | None = None
        self._dossiers: Mapping[str, str] | None = None
        self._checked = 0
        self.model = FindingsModel(catalogue, name_of, self)
        self.tree = FindingsTree()
        self.tree.setModel(self.model)
        self.tree.lay_columns()
        self.card = FindingCard(word("UI-FINDING-NONE-CHOSEN", next="Ctrl+F8", previous="Ctrl+Shift+F8"))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(FIND_AFTER_MS)
        self._pause.timeout.connect(self._find)
        self._lay_out()
        self.fix_button = QPushButton(word("UI-FIX-OPEN"))
        self.fix_button.setToolTip(word("UI-FIX-OPEN-HINT"))
        self.fix_button.setProperty("small", True)
        self.card.add_button(self.fix_button)
        self.card.shown.connect(lambda finding: self.fix_button.setEnabled(can_be_fixed(finding)))
        self.fix_button.clicked.connect(lambda: self.fix_wanted.emit(self.current))
        offer_fixes(self.tree, self._finding_at, self.fix_wanted.emit)
        self.tree.clicked.connect(self._choose)
        self.tree.activated.connect(self._choose)
        self.card.go_wanted.connect(self.chosen)

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._build_lists())
        split.addWidget(self.card)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([420, 280])
        split.setChildrenCollapsible(False)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_bar())
        column.addWidget(split, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(EmptyState(word("UI-FINDINGS-UNCHECKED"), (word("UI-CHECK-NOW"), self.check_wanted.emit)))
        self._pages.addWidget(full)

    def _build_lists(self) -> QWidget:
        lists = QWidget()
        everything = (word("UI-SHOW-ALL-FINDINGS"), self.show_all)
        self.clean = EmptyState("")
        self._lists = QStackedLayout(lists)
        for page in (
            self.tree,
            EmptyState(word("UI-FINDINGS-NONE-BLOCKS"), everything),
            EmptyState(word("UI-FINDINGS-NONE-SHOWN"), everything),
            self.clean,
        ):
            self._lists.addWidget(page)
        lists.setMinimumWidth(260)
        self.card.setMinimumWidth(240)
        return lists

    def _build_bar(self) -> QHBoxLayout:
        self.grouping = QComboBox()
        self.grouping.setToolTip(word("UI-GROUP-BY"))
        for grouping, code in _FACES.items():
            self.grouping.addItem(word(code), grouping)
        self.grouping.currentIndexChanged.connect(lambda _: self._arrange())
        self.switches = {severity: _switch(severity.value, TONES[severity].value) for severity in ORDER}
        self.blocking = _switch("blocked", Tone.ERROR.value)
        self.blocking.setToolTip(word("UI-FINDINGS-BLOCK-TIP"))
        self.blocking.setChecked(False)
        self.search = QLineEdit()
        self.search.setPlaceholderText(word("UI-FINDINGS-FIND"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(90)
        self.search.textChanged.connect(lambda _: self._pause.start())
        self.back, self.forward = _arrow("up", "UI-DO-PREVIOUS-FINDING"), _arrow("down", "UI-DO-NEXT-FINDING")
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        again = QPushButton(word("UI-CHECK-NOW"))
        again.setProperty("small", True)
        again.clicked.connect(self.check_wanted)
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 4, GAP, 4)
        bar.setSpacing(6)
        bar.addWidget(self.grouping)
        for switch in (*self.switches.values(), self.blocking):
            switch.toggled.connect(lambda _: self._arrange())
            bar.addWidget(switch)
        bar.addWidget(self.search, 1)
        for widget in (self.back, self.forward, again):
            bar.addWidget(widget)
        return bar

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of the last check."""
        return self._findings

    @property
    def waivers(self) -> Waivers:
        """The waivers as they stood then."""
        return self._waivers

    @property
    def current(self) -> Finding | None:
        """The finding in hand."""
        return self.card.finding

    def _finding_at(self, place: QPoint) -> object:
        return self.model.finding(self.tree.indexAt(place))

    def show_findings(self, findings: Sequence[Finding], checked: int, waivers: Waivers = NO_WAIVERS) -> None:
        """Show what a check of ``checked`` records found; filter, grouping and the finding in hand stay."""
        self._findings, self._waivers, self._checked = tuple(findings), waivers, checked
        self._titles = self._dossiers = None
        waived = waivers.of(findings)
        open_now = Counter(one.severity for one in findings if not waived or one.key not in waived)
        for severity, switch in self.switches.items():
            kind = word(f"UI-SEVERITY-{severity.name}")
            switch.setText(show_count(open_now[severity]))
            switch.setToolTip(word("UI-SEVERITY-TIP", severity=kind, count=open_now[severity], waived=len(waived)))
        self.blocking.setText(word("UI-FINDINGS-BLOCK", count=show_count(open_now[Severity.ERROR])))
        self.clean.label.setText(word("UI-CHECKED-CLEAN", count=checked))
        self._pages.setCurrentIndex(_FULL)
        self._arrange()

    def show_titles(self, titles: Mapping[str, str]) -> None:
        """Take in what records are called, folded, by uid: the search goes by it."""
        self._titles = titles
        self._arrange()

    def show_dossiers(self, dossiers: Mapping[str, str]) -> None:
        """Take in which record belongs to which dossier."""
        self._dossiers = dossiers
        self._arrange()

    def show_all(self) -> None:
        """Let go of every filter."""
        for switch in self.switches.values():
            switch.setChecked(True)
        self.blocking.setChecked(False)
        self.search.clear()
        self._arrange()

    def show_finding(self, finding: Finding) -> None:
        """Explain a finding, and mark it in the list if it is there."""
        index = self.model.index_of(finding.key, finding.uid)
        if index.isValid():
            self._mark(index)
        self.card.show_finding(finding, self._explain(finding, self._waivers))

    def step(self, by: int) -> None:
        """Go to the finding after (1) or before (-1) the one in hand, round the ends of the list."""
        index = self.model.step(self.tree.currentIndex(), by)
        if index.isValid():
            self._mark(index)
            self._choose(index)

    def _mark(self, index: QModelIndex) -> None:
        self.tree.expand(index.parent())
        mode = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.tree.selectionModel().setCurrentIndex(index, mode)
        self.tree.scrollTo(index)

    def _choose(self, index: QModelIndex) -> None:
        finding = self.model.finding(index)
        if finding is None:
            first = index.siblingAtColumn(0)
            self.tree.setExpanded(first, not self.tree.isExpanded(first))
            return
        self.card.show_finding(finding, self._explain(finding, self._waivers))
        self.chosen.emit(finding)

    def _find(self) -> None:
        if self.search.text().strip() and self._titles is None:
            self.titles_wanted.emit()
        else:
            self._arrange()

    def _arrange(self) -> None:
        grouping = Grouping(self.grouping.currentData())
        if grouping is Grouping.DOSSIER and self._dossiers is None and self._findings:
            self.dossiers_wanted.emit()
            return
        shown = self._filtered()
        kept = self.card.finding
        closed = {group.key for place, group in enumerate(self.model.groups) if not self._is_open(place)}
        known = {group.key for group in self.model.groups}
        self.model.show_findings(shown, grouping, waivers=self._waivers, dossiers=self._dossiers)
        self._open_groups(known, closed)
        if kept is not None:
            self._keep(kept)
        if not self._findings:
            page = _CLEAN
        elif not shown:
            page = _NOTHING_BLOCKS if self.blocking.isChecked() and not self.search.text() else _NOTHING_SHOWN
        else:
            page = _LIST
        self._lists.setCurrentIndex(page)
        for arrow in (self.back, self.forward):
            arrow.setEnabled(bool(shown))

    def _is_open(self, place: int) -> bool:
        return self.tree.isExpanded(self.model.index(place, 0))

    def _open_groups(self, known: set[str], closed: set[str]) -> None:
        """Open what was open, and of new groups those that begin within the first rows."""
        rows = 0
        self.tree.span_groups(0, len(self.model.groups) - 1)
        for place, group in enumerate(self.model.groups[:FEW]):
            is_open = group.key not in closed if group.key in known else rows < FEW
            self.tree.setExpanded(self.model.index(place, 0), is_open)
            rows += len(group.members)

    def _keep(self, finding: Finding) -> None:
        """Mark the finding in hand again, in its new revision; let go of one that is mended."""
        found = next((one for one in self._findings if one.uid == finding.uid and one.key == finding.key), None)
        if found is None:
            self.card.show_nothing()
            return
        index = self.model.index_of(finding.key, finding.uid)
        if index.isValid():
            self._mark(index)
        self.card.show_finding(found, self._explain(found, self._waivers))

    def _filtered(self) -> list[Finding]:
        wanted = {severity for severity, switch in self.switches.items() if switch.isChecked()}
        shown = [one for one in self._findings if one.severity in wanted]
        if self.blocking.isChecked():
            shown = [one for one in self._findings if self._waivers.blocks(one)]
        words = fold_text(self.search.text()).split()
        if not words:
            return shown
        titles, rules = self._titles or {}, {rule_id: _rule_text(rule_id) for rule_id in {one.rule_id for one in shown}}
        return [
            one for one in shown if all(text in titles.get(one.uid, "") or text in rules[one.rule_id] for text in words)
        ]


def _rule_text(rule_id: str) -> str:
    return fold_text(f"{rule_id} {rule_title(rule_id)}")


def _switch(name: str, tone: str) -> QToolButton:
    switch = QToolButton()
    switch.setCheckable(True)
    switch.setChecked(True)
    switch.setAutoRaise(True)
    switch.setIcon(icon(name, "#b4bcbc", on=tone))
    switch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return switch


def _arrow(name: str, code: str) -> QToolButton:
    arrow = QToolButton()
    arrow.setAutoRaise(True)
    arrow.setIcon(icon(name, ACCENT))
    arrow.setToolTip(word(code))
    return arrow
