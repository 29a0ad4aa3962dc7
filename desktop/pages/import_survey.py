"""What is told of survey points before they are imported: codes, doubles, strays; and whether they become lines."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from core.messages import current_language
from desktop.models.plain_model import Row
from desktop.pages.ghost_map import MARK
from desktop.panels.card import Card, ShortTable
from desktop.words import word
from exchange.problems import RowProblem
from geodesy.survey.strings import known_codes, parse_code
from services.import_plan import ImportPlan
from services.survey_tables import codes_of, is_survey, places_of

_SHOWN = 6
_KINDS = {
    "SURVEY-NUMBER-TWICE": "UI-SURVEY-KIND-NUMBER",
    "SURVEY-MEASURED-TWICE": "UI-SURVEY-KIND-AGAIN",
    "SURVEY-SAME-PLACE": "UI-SURVEY-KIND-PLACE",
    "SURVEY-FAR": "UI-SURVEY-KIND-FAR",
    "SURVEY-HEIGHT": "UI-SURVEY-KIND-HEIGHT",
    "SURVEY-CLOSES": "UI-SURVEY-KIND-CLOSURE",
    "SURVEY-OPEN": "UI-SURVEY-KIND-CLOSURE",
}


class SurveyCard(Card):
    """Shows for a table of survey points what their codes are and what is doubtful; else it hides.

    ``pointed`` carries the place of a note among the table's when the user asks where its points lie.
    """

    changed = Signal()
    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-SURVEY"), word("UI-SURVEY-HINT"), parent)
        self.lines_box = QCheckBox(word("UI-SURVEY-LINES"))
        self.lines_box.clicked.connect(self.changed)
        self.codes, self.notes = QLabel(), QLabel()
        for label in (self.codes, self.notes):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            self.column.addWidget(label)
        self.table = ShortTable([word("UI-SURVEY-POINT"), word("UI-SURVEY-NOTE")], stretch=1, rows=_SHOWN)
        self.table.setAccessibleName(word("UI-SURVEY-NOTE"))
        for asked in (self.table.clicked, self.table.activated):
            asked.connect(lambda index: self.pointed.emit(self.table.rows_model.thing(index.row())))
        self.column.addWidget(self.table)
        self.only_line = QLineEdit()
        self.only_line.setPlaceholderText(word("UI-SURVEY-ONLY"))
        self.only_line.setMaximumWidth(260)
        self.only_line.editingFinished.connect(self._take_only)
        self._only: tuple[str, ...] = ()
        row = QHBoxLayout()
        row.addWidget(self.lines_box)
        row.addWidget(self.only_line)
        row.addStretch(1)
        self.column.addLayout(row)
        self.hide()

    @property
    def choice(self) -> tuple[bool, tuple[str, ...]]:
        """Whether points become lines, and of which codes; none are all."""
        if self.isHidden() or not self.lines_box.isChecked():
            return False, ()
        return True, tuple(text for part in self.only_line.text().split(",") if (text := part.strip()))

    def _take_only(self) -> None:
        """Read anew when other codes are wanted: leaving the line changes nothing."""
        if self.choice[1] != self._only:
            self.changed.emit()

    def show_plan(self, plan: ImportPlan) -> None:
        """Show what is told of the points that ``plan`` reads."""
        table = plan.reading.table if plan.reading else None
        if table is None or plan.reading.is_part or plan.recipe is not None or not (plan.linework or is_survey(table)):
            self.lines_box.setChecked(False)
            self.only_line.clear()
            self.hide()
            return
        self.lines_box.setChecked(plan.linework)
        self._only = plan.only_codes
        self.only_line.setText(", ".join(plan.only_codes))
        self.only_line.setVisible(plan.linework)
        counted = Counter(code.letters for text in codes_of(table) if (code := parse_code(text)))
        language = current_language()
        codes = [
            f"{letters} ({known_codes()[letters][language]}) × {count}"
            if letters in known_codes()
            else f"{letters} × {count}"
            for letters, count in counted.most_common(12)
        ]
        self.codes.setText(word("UI-SURVEY-CODES", codes=", ".join(codes) or "–"))
        self._show_notes(table.warnings)
        self.show()

    def _show_notes(self, warnings: Sequence[RowProblem]) -> None:
        """List what is doubtful, each with the point that it is about."""
        counted = Counter(_KINDS[warning.code] for warning in warnings if warning.code in _KINDS)
        kinds = "; ".join(word(code, count=counted[code]) for code in dict.fromkeys(_KINDS.values()) if counted[code])
        is_placed = any(len(places_of(warning)) for warning in warnings)
        told = word("UI-SURVEY-NOTES" if kinds else "UI-SURVEY-OTHER-NOTES", count=len(warnings), kinds=kinds)
        told = told if warnings else word("UI-SURVEY-CLEAN")
        self.notes.setText(f"{told} {word('UI-SURVEY-MARKS')}" if is_placed else told)
        self.table.setVisible(bool(warnings))
        self.table.rows_model.show_rows(
            [Row((item.value or "–", item.text()), place, _colour(item)) for place, item in enumerate(warnings)]
        )


def _colour(warning: RowProblem) -> str | None:
    return MARK.name() if len(places_of(warning)) else None
