"""The card beside the map on which the ways to put a finding right stand, with what each of them changes."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.fixing.ghosts import NEW, OLD
from desktop.icons import icon
from desktop.theme import GAP
from desktop.words import word
from forms.catalogue import Catalogue
from services.fix_words import describe_fix
from services.fixing import OfferedFix
from validation.finding import Finding
from validation.fixes.needs import need_code

_MARGIN_PX = 12
_MARK_PX = 56  # what of a line the mark of a radio button and the scroll bar take


class FixPanel(QFrame):
    """Lies over the form of the record, so that the map is free; nothing else is blocked.

    ``looked_at`` carries the way whose ghosts are to be shown, ``fix_wanted`` and ``all_wanted`` the way that was
    chosen, ``passed`` the wish to leave this finding alone.
    """

    looked_at = Signal(object)
    fix_wanted = Signal(object)
    all_wanted = Signal(object)
    passed = Signal()
    closed = Signal()

    def __init__(self, catalogue: Catalogue, page: QWidget) -> None:
        super().__init__(page)
        self._catalogue = catalogue
        self._page = page
        self.offers: tuple[OfferedFix, ...] = ()
        self.setProperty("card", True)
        self.setAutoFillBackground(True)
        self._title, self._name, self._text = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._name.setProperty("role", "heading")
        self._name.setWordWrap(True)
        self._text.setWordWrap(True)
        self._ways = QWidget()
        self._column = QVBoxLayout(self._ways)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.buttons: list[QRadioButton] = []
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(self._choose)
        self.changes = QLabel()
        self.changes.setWordWrap(True)
        self.changes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._legend = QLabel(word("UI-FIX-LEGEND", old=OLD, new=NEW))
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setProperty("role", "hint")
        self._legend.setWordWrap(True)
        self.do_one, self.do_all, self.leave = (QPushButton() for _ in range(3))
        self._lay_out()
        page.installEventFilter(self)
        self.hide()

    def _lay_out(self) -> None:
        shut = QToolButton()
        shut.setIcon(icon("close"))
        shut.setAutoRaise(True)
        shut.setToolTip(word("UI-CLOSE"))
        shut.clicked.connect(self.close_panel)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(shut)
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(GAP)
        for part in (self._name, self._text, self._ways, self.changes, self._legend):
            inner.addWidget(part)
        inner.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._body)
        for part in (self._scroll.viewport(), self._body):
            part.setAutoFillBackground(False)
        self.do_one.setText(word("UI-FIX-ONE"))
        self.do_one.setProperty("main", True)
        self.do_all.setToolTip(word("UI-FIX-ALL-HINT"))
        self.leave.setText(word("UI-FIX-PASS"))
        self.leave.setToolTip(word("UI-FIX-PASS-HINT"))
        self.do_one.clicked.connect(lambda: self._emit(self.fix_wanted))
        self.do_all.clicked.connect(lambda: self._emit(self.all_wanted))
        self.leave.clicked.connect(self.passed)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.do_one)
        row.addWidget(self.do_all)
        row.addStretch(1)
        row.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, 8, _MARGIN_PX, _MARGIN_PX)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        column.addLayout(row)

    @property
    def chosen(self) -> OfferedFix | None:
        """The way that is chosen."""
        place = self._group.checkedId()
        return self.offers[place] if 0 <= place < len(self.offers) else None

    def show_offers(self, finding: Finding, name: str, offers: Sequence[OfferedFix], alike: int) -> None:
        """Show what can be done about a finding of the record ``name``; ``alike`` findings of its rule there are."""
        self.offers = tuple(offers)
        self._title.setText(word("UI-FIX-TITLE", rule=finding.rule_id))
        self._name.setText(name)
        self._text.setText(finding.text())
        for button in self.buttons:
            self._group.removeButton(button)
            button.deleteLater()
        self.buttons = []
        for place, offered in enumerate(offers):
            self.buttons.append(self._way(place, offered))
        self.do_all.setText(word("UI-FIX-ALL", count=alike))
        self.do_all.setVisible(alike > 1 and bool(offers))
        self.do_one.setVisible(bool(offers))
        self._ways.setVisible(bool(offers))
        if self.buttons:
            self.buttons[0].setChecked(True)
        else:
            self.changes.setText(word("UI-FIX-NO-WAY", need=word(need_code(finding.rule_id))))
            self._legend.hide()
            self.looked_at.emit(None)
        self._place()
        self.show()
        self.raise_()
        self.do_one.setFocus()

    def _way(self, place: int, offered: OfferedFix) -> QRadioButton:
        button = QRadioButton()
        shown = _folded(offered.title(), self.fontMetrics(), self._page.width() - 2 * _MARGIN_PX - _MARK_PX)
        button.setText(shown.replace("&", "&&"))
        self._group.addButton(button, place)
        self._column.addWidget(button)
        return button

    def _choose(self, place: int, on: bool) -> None:
        if not on or place >= len(self.offers):
            return
        offered = self.offers[place]
        self.changes.setText("\n".join(f"•  {line}" for line in describe_fix(offered, self._catalogue)))
        self._legend.setVisible(bool(offered.new_shapes))
        self.looked_at.emit(offered)

    def _emit(self, signal: object) -> None:
        if self.chosen is not None:
            signal.emit(self.chosen)  # type: ignore[attr-defined]

    def close_panel(self) -> None:
        """Close the card; nothing is changed."""
        self.hide()
        self.closed.emit()

    def set_busy(self, busy: bool) -> None:
        """Take no second wish while the first is being done."""
        for button in (self.do_one, self.do_all, self.leave):
            button.setEnabled(not busy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._page and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
            return
        super().keyPressEvent(event)

    def _place(self) -> None:
        self.setGeometry(self._page.rect())


def _folded(text: str, metrics: QFontMetrics, room_px: int) -> str:
    """Return a text in lines that fit the card: a radio button does not fold its own."""
    lines: list[str] = [""]
    for part in text.split(" "):
        longer = f"{lines[-1]} {part}".strip()
        if lines[-1] and metrics.horizontalAdvance(longer) > room_px:
            lines.append(part)
        else:
            lines[-1] = longer
    return "\n".join(lines)
