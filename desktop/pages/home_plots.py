"""The plots of the first page: changes a day, the seven figures over time; pyqtgraph is loaded when one is drawn."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.messages import current_language
from desktop.theme import ACCENT, GAP, LINE, MUTED
from desktop.words import word
from services.figures import KeptFigure
from validation.seven_words import WORDS, word_code

COLORS = ("#0f6b5c", "#b42318", "#2563a8", "#9a5b00", "#6b3fa0", "#1c2526", "#c2185b")
DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)
MOST_TICKS = 8


class PlotBox(QWidget):
    """A plot that only shows; it is built the first time that there is something to draw."""

    HEIGHT = 150

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(self.HEIGHT)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, GAP)
        self._plot: Any = None

    def cleared(self) -> Any:
        """Return the plot, empty."""
        import pyqtgraph

        if self._plot is None:
            self._plot = pyqtgraph.PlotWidget(background="w")
            self._plot.setMouseEnabled(False, False)
            self._plot.setMenuEnabled(False)
            self._plot.hideButtons()
            for side in ("left", "bottom"):
                self._plot.getAxis(side).setPen(LINE)
                self._plot.getAxis(side).setTextPen(MUTED)
            self._column.addWidget(self._plot)
        self._plot.clear()
        return self._plot


class ActivityPlot(PlotBox):
    """Changes a day as bars."""

    def show_activity(self, days: Sequence[tuple[date, int]]) -> None:
        """Draw one bar a day, the latest at the right."""
        counts = [count for _, count in days]
        if not any(counts):
            return
        import pyqtgraph

        plot = self.cleared()
        plot.addItem(pyqtgraph.BarGraphItem(x=list(range(len(days))), height=counts, width=0.7, brush=ACCENT, pen=None))
        ticks = [(place, _day_text(day)) for place, (day, _) in enumerate(days) if day.weekday() == 0]
        plot.getAxis("bottom").setTicks([ticks])
        plot.setYRange(0, max(counts) * 1.1, padding=0)
        plot.setXRange(-0.5, len(days) - 0.5, padding=0.01)


class HistoryPlot(PlotBox):
    """The seven figures over time, one line a word, in percent."""

    HEIGHT = 220

    @property
    def lines(self) -> list[Any]:
        """The lines drawn, each with its name and data."""
        return [] if self._plot is None else list(self._plot.plotItem.listDataItems())

    def show_history(self, kept: Iterable[KeptFigure]) -> None:
        """Draw the figures that were kept; a word that was not measured on a day has no point there."""
        by_word: dict[str, list[tuple[int, float]]] = {}
        for figure in kept:
            if figure.share is not None:
                by_word.setdefault(figure.word, []).append((figure.day.toordinal(), 100 * figure.share))
        days = sorted({day for line in by_word.values() for day, _ in line})
        if len(days) < 2:
            return
        import pyqtgraph

        plot = self.cleared()
        if plot.plotItem.legend is None:
            legend = plot.addLegend(offset=(-1, 1), colCount=1, labelTextColor=MUTED, labelTextSize="9pt")
            legend.setParentItem(plot.plotItem)
        for place, key in enumerate(WORDS):
            if key in by_word:
                x, y = zip(*by_word[key], strict=True)
                pen = pyqtgraph.mkPen(QColor(COLORS[place]), width=2, style=DASHES[place % len(DASHES)])
                plot.plot(x, y, pen=pen, name=word(word_code(key)), symbol="o", symbolSize=4, symbolBrush=COLORS[place])
        step = max(1, -(-len(days) // MOST_TICKS))
        plot.getAxis("bottom").setTicks([[(day, _day_text(date.fromordinal(day))) for day in days[::step]]])
        plot.getAxis("left").setTicks([[(value, f"{value} %") for value in (0, 25, 50, 75, 100)]])
        plot.setYRange(0, 108, padding=0)
        plot.setXRange(days[0], days[-1] + (days[-1] - days[0]) * 0.16, padding=0.01)  # the legend stands at the right


def _day_text(day: date) -> str:
    return day.strftime("%d/%m" if current_language() == "vi" else "%d %b")
