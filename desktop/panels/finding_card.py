"""What stands behind one finding: where, what, what to do; law and tolerance; and the reason that lets it stand."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.messages import current_language
from desktop.models.findings_model import TONES
from desktop.panels.empty_state import EmptyState
from desktop.theme import GAP
from desktop.waiver_words import given, lapsed
from desktop.words import word
from geodesy.numbers import format_number
from services.explaining import Explanation
from validation.finding import Finding
from validation.waivers import LONGEST_REASON, SHORTEST_REASON, is_reason

_EMPTY, _FULL = range(2)


class FindingCard(QWidget):
    """Explains one finding; ``buttons`` is a row to which others may add theirs with ``add_button``.

    ``shown`` carries each finding that is explained.
    """

    go_wanted = Signal(object)
    shown = Signal(object)
    waive_wanted = Signal(object, str)
    renew_wanted = Signal(object)
    withdraw_wanted = Signal(object)

    def __init__(self, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._finding: Finding | None = None
        self.title, self.text = _label("heading"), _label()
        self.facts = _label("hint")
        self.facts.setTextFormat(Qt.TextFormat.RichText)
        self._build_buttons()
        self._build_reason()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(6)
        for part in (self.title, self.text):
            column.addWidget(part)
        self._button_row = QWidget()
        lines = QVBoxLayout(self._button_row)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(6)
        lines.addLayout(self.buttons)
        lines.addLayout(self.standing)
        column.addWidget(self._button_row)
        column.addWidget(self.reason_box)
        column.addWidget(self.facts)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        self.empty = EmptyState(hint)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(scroll)

    def _build_buttons(self) -> None:
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(6)
        self.go = _button("UI-GO-THERE")
        self.waive = _button("UI-WAIVE")
        self.renew = _button("UI-WAIVE-RENEW")
        self.withdraw = _button("UI-WAIVE-WITHDRAW")
        self.buttons.addWidget(self.go)
        self.buttons.addStretch(1)
        self.standing = QHBoxLayout()  # a line of its own: the card may be narrow
        self.standing.setSpacing(6)
        for button in (self.renew, self.waive, self.withdraw):
            self.standing.addWidget(button)
        self.standing.addStretch(1)
        self.go.clicked.connect(lambda: self.go_wanted.emit(self._finding))
        self.waive.clicked.connect(self.ask_reason)
        self.renew.clicked.connect(lambda: self.renew_wanted.emit(self._finding))
        self.withdraw.clicked.connect(lambda: self.withdraw_wanted.emit(self._finding))

    def _build_reason(self) -> None:
        self.reason_box = QWidget()
        self.reason = QLineEdit()
        self.reason.setMaxLength(LONGEST_REASON)
        self.reason.setPlaceholderText(word("UI-WAIVE-REASON"))
        self.reason.setToolTip(word("UI-WAIVE-REASON"))
        self._missing = _label("hint")
        self.waive_now = _button("UI-WAIVE-OK")
        self.waive_now.setProperty("main", True)
        cancel = _button("UI-WAIVE-CANCEL")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._missing, 1)
        row.addWidget(cancel)
        row.addWidget(self.waive_now)
        column = QVBoxLayout(self.reason_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.reason)
        column.addLayout(row)
        self.reason.textChanged.connect(self._note_reason)
        self.reason.returnPressed.connect(self._waive)
        self.waive_now.clicked.connect(self._waive)
        cancel.clicked.connect(self.close_reason)

    @property
    def finding(self) -> Finding | None:
        """What is explained."""
        return self._finding

    def add_button(self, button: QPushButton) -> None:
        """Add a button of somebody else's to the row, after "go there"."""
        self.buttons.insertWidget(1, button)

    def show_nothing(self) -> None:
        """Say how to begin."""
        self._finding = None
        self._pages.setCurrentIndex(_EMPTY)

    def show_finding(self, finding: Finding, told: Explanation) -> None:
        """Explain a finding; the reason that somebody is typing for the same one stays."""
        if self._finding is None or self._finding.key != finding.key:
            self.close_reason()
        self._finding = finding
        tone = TONES[finding.severity].value
        self.title.setText(f"{finding.rule_id} · {told.title}" if told.title != finding.rule_id else told.title)
        self.title.setStyleSheet(f"color: {tone};")
        self.text.setText(told.text)
        self.facts.setText(_facts(told))
        self._offer(told)
        self._pages.setCurrentIndex(_FULL)
        self.shown.emit(finding)

    def _offer(self, told: Explanation) -> None:
        may = told.why_never is None
        self.waive.setVisible(told.waiver is None)
        self.waive.setEnabled(may)
        self.waive.setToolTip(_waiver_line(told))
        self.renew.setVisible(may and told.lapsed is not None)
        self.withdraw.setVisible(told.waiver is not None)
        if told.waiver is not None or not may:
            self.close_reason()

    def ask_reason(self) -> None:
        """Open the line for the reason, where the rule allows one."""
        if self.waive.isEnabled() and not self.waive.isHidden():
            self.reason_box.setVisible(True)
            self._button_row.setVisible(False)
            self._note_reason()
            self.reason.setFocus()

    def close_reason(self) -> None:
        """Put the line for the reason away."""
        self.reason_box.setVisible(False)
        self._button_row.setVisible(True)
        self.reason.clear()

    def _note_reason(self) -> None:
        letters = sum(sign.isalnum() for sign in self.reason.text())
        self._missing.setText(
            word("UI-WAIVE-MORE", count=SHORTEST_REASON - letters) if letters < SHORTEST_REASON else ""
        )
        self.waive_now.setEnabled(is_reason(self.reason.text()))

    def _waive(self) -> None:
        if self._finding is not None and is_reason(self.reason.text()):
            self.waive_wanted.emit(self._finding, self.reason.text())


def _label(role: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label


def _button(code: str) -> QPushButton:
    button = QPushButton(word(code))
    button.setProperty("small", True)
    return button


def _facts(told: Explanation) -> str:
    """Return law, tolerance and waiver as short paragraphs."""
    laws = [
        word("UI-LAW-SINCE", reference=one.reference, text=one.text, since=_day(one.since))
        if one.since
        else word("UI-LAW-PLAIN", reference=one.reference, text=one.text)
        for one in told.sources
    ]
    tolerances = [
        word("UI-TOLERANCE-LINE", text=one.text, value=_number(one.value), unit=one.unit) for one in told.tolerances
    ]
    parts = [("UI-WAIVER", [_waiver_line(told)]), ("UI-LAW", laws), ("UI-TOLERANCE", tolerances)]
    return "".join(f"<p><b>{word(code)}.</b> {'<br>'.join(map(_escaped, lines))}</p>" for code, lines in parts if lines)


def _waiver_line(told: Explanation) -> str:
    if told.why_never is not None:
        return word("UI-WAIVER-NEVER", reason=f"{told.why_never}." if told.why_never else "")
    if told.waiver is not None:
        return given(told.waiver)
    return lapsed(told.lapsed) if told.lapsed is not None else word("UI-WAIVER-MAY")


def _number(value: float) -> str:
    digits = len(f"{value:.6f}".rstrip("0").partition(".")[2])
    return format_number(value, digits, current_language())


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
