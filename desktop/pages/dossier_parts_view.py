"""What a dossier lacks: each part in words, what asks for it, and a button that begins it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from desktop.icons import icon
from desktop.panels.card import Card
from desktop.theme import Tone
from desktop.words import pick, word
from forms.dossiers import BOUNDARY, DOCUMENT, DRAWING, STAGE_WORDS
from services.dossiers import DossierCompleteness, Part

SHOWN = 6
DO = {"document": "UI-ADD-FILE", "relation": "UI-NEW-DOSSIER-PLAIN", "field": "UI-ENTER-FIELD"}


class PartsCard(Card):
    """``wanted`` carries the part whose button was pressed."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-DOSSIER-LACKS"), parent=parent)
        self.buttons: dict[str, QPushButton] = {}
        self._all = False
        self._hints = False
        self._shown: DossierCompleteness | None = None
        self._body: QWidget | None = None
        self.more = self._toggle(self._show_all)
        self.hints_button = self._toggle(self._show_hints)
        self.column.addWidget(self.more)
        self.column.addWidget(self.hints_button)

    def _toggle(self, call: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(call)
        return button

    def show_completeness(self, found: DossierCompleteness) -> None:
        """Show what is missing, and on demand what would be good to have."""
        if self._shown is None or found.parts != self._shown.parts:
            self._shown = found
            self._build()

    def forget(self) -> None:
        """Begin with another dossier: few lines, no hints."""
        self._all = self._hints = False
        self._shown = None

    def _show_all(self) -> None:
        self._all = not self._all
        self._build()

    def _show_hints(self) -> None:
        self._hints = not self._hints
        self._build()

    def _build(self) -> None:
        found = self._shown
        if found is None:
            return
        focused = next((key for key, button in self.buttons.items() if button.hasFocus()), None)
        missing = found.missing
        parts = list(missing if self._all else missing[:SHOWN])
        parts += found.hints if self._hints else ()
        self.buttons = {}
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 4)
        grid.setColumnStretch(2, 5)
        for line, part in enumerate(parts):
            self._add_line(grid, line, part)
        old, self._body = self._body, body
        self.column.insertWidget(2, body)
        if old is not None:
            self.column.removeWidget(old)
            old.deleteLater()
        if focused in self.buttons:
            self.buttons[focused].setFocus()
        stage = word("UI-DOSSIER-STAGE", stage=word(STAGE_WORDS[found.stage]))
        self.show_hint(stage if missing else f"{stage} {word('UI-DOSSIER-FULL')}")
        self.more.setVisible(len(missing) > SHOWN)
        self.more.setText(word("UI-SHOW-FEWER") if self._all else word("UI-SHOW-ALL-PARTS", count=len(missing)))
        self.hints_button.setVisible(bool(found.hints))
        code = "UI-HIDE-HINTS" if self._hints else "UI-SHOW-HINTS"
        self.hints_button.setText(word(code, count=len(found.hints)))

    def _add_line(self, grid: QGridLayout, line: int, part: Part) -> None:
        mark = QLabel()
        name, tone = ("info", Tone.INFO) if part.is_hint else ("warning", Tone.WARNING)
        mark.setPixmap(icon(name, tone.value).pixmap(16, 16))
        label = QLabel(pick(part.title))
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        basis = QLabel(basis_of(part))
        basis.setTextFormat(Qt.TextFormat.PlainText)
        basis.setProperty("role", "hint")
        basis.setWordWrap(True)
        button = QPushButton(word(code_of(part)))
        button.setProperty("small", True)
        button.setAccessibleName(f"{button.text()} {pick(part.title)}")
        button.clicked.connect(lambda: self.wanted.emit(part))
        self.buttons[part.key] = button
        grid.addWidget(mark, line, 0)
        grid.addWidget(label, line, 1)
        grid.addWidget(basis, line, 2)
        grid.addWidget(button, line, 3)


def code_of(part: Part) -> str:
    """Return the code of what a part's button does."""
    if part.kind == "records":
        return {DOCUMENT: "UI-ADD-FILE", DRAWING: "UI-ADD-FILE", BOUNDARY: "UI-FROM-TABLE"}.get(
            part.target, "UI-FROM-FILE"
        )
    return DO[part.kind]


def basis_of(part: Part) -> str:
    """Return what asks for a part: law, or a rule and what it leans on; a hint says that it is one."""
    if part.is_hint:
        return word("UI-PART-HINT-LEANING", legal=part.legal) if part.legal else word("UI-PART-HINT")
    if part.wanted_by == "law":
        return part.legal
    return (
        word("UI-PART-RULE-LEANING", rule=part.rule, legal=part.legal)
        if part.legal
        else word("UI-PART-RULE", rule=part.rule)
    )
