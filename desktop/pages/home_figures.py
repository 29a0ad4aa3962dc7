"""The seven words on the first page: one row each with figure, bar, parts, and the step that would raise it most."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.theme import ACCENT, GAP, MUTED, WIDE_GAP
from desktop.words import pick, word
from geodesy.numbers import format_number
from services.figures import Figure, step_text
from validation.seven_words import Part, word_code

BAR_PX = 90
BAR_TOP_PX = 8


class FigureRows(QWidget):
    """Seven rows; ``step_wanted`` carries the ``Step`` that somebody wants to take."""

    step_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._body = QWidget()
        self._column.addWidget(self._body)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show the figures in the place of those before."""
        self._body.hide()
        self._body.deleteLater()
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(WIDE_GAP)
        grid.setVerticalSpacing(GAP)
        grid.setColumnStretch(3, 1)
        for row, figure in enumerate(figures):
            self._show_row(grid, row, figure)
        self._column.addWidget(self._body)

    def _show_row(self, grid: QGridLayout, row: int, figure: Figure) -> None:
        top = Qt.AlignmentFlag.AlignTop
        name = QLabel(word(word_code(figure.key)))
        name.setStyleSheet("font-weight: bold;")
        shown = _percent(figure.share)
        share = QLabel(shown)
        share.setStyleSheet(f"font-size: 16px; font-weight: bold; color: {MUTED if figure.share is None else ACCENT};")
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setRange(0, 1000)
        bar.setValue(round(1000 * (figure.share or 0)))
        bar.setFixedWidth(BAR_PX)
        bar.setAccessibleName(f"{name.text()} {shown}")
        grid.addWidget(name, row, 0, top)
        grid.addWidget(share, row, 1, top | Qt.AlignmentFlag.AlignRight)
        middle = QVBoxLayout()
        middle.setContentsMargins(0, BAR_TOP_PX, 0, 0)  # level with the figure beside it
        middle.addWidget(bar)
        middle.addStretch(1)
        grid.addLayout(middle, row, 2)
        grid.addWidget(self._words(figure), row, 3)

    def _words(self, figure: Figure) -> QWidget:
        """Return what was counted, and under it the step that would raise the figure most."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(0)
        counted = [part for part in figure.parts if part.total]
        parts = QLabel(" · ".join(map(_part_text, counted)) or word("UI-NOT-MEASURED"))
        parts.setProperty("role", "hint")
        parts.setWordWrap(True)
        parts.setToolTip("\n".join(f"{pick(part.definition.text)}: {part.good}/{part.total}" for part in counted))
        column.addWidget(parts)
        if figure.step is not None:
            step = figure.step
            text = step_text(step)
            if step.gain:
                text = word("UI-FIGURE-GAIN", step=text, gain=_gain(100 * step.gain / figure.total))
            button = QPushButton(text)
            button.setProperty("link", True)
            button.setToolTip(text)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setStyleSheet("text-align: left;")
            button.clicked.connect(lambda: self.step_wanted.emit(step))
            column.addWidget(button)
        return box


def _part_text(part: Part) -> str:
    return f"{pick(part.definition.label)} {part.good}/{part.total}"


def _percent(share: float | None) -> str:
    """Return a share in whole percent; it reads 100 only when nothing is missing, 0 only when nothing is there."""
    if share is None:
        return "–"
    rounded = round(100 * share)
    if share < 1:
        rounded = min(rounded, 99)
    if share > 0:
        rounded = max(rounded, 1)
    return f"{rounded} %"


def _gain(percent: float) -> str:
    return format_number(percent, 0 if percent >= 10 else 1, current_language())
