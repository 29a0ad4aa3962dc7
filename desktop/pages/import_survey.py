"""What is told of survey points before they are imported: codes, doubles, strays; and whether they become lines."""

from collections import Counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from core.messages import current_language
from desktop.panels.card import Card
from desktop.words import word
from geodesy.survey.strings import known_codes, parse_code
from services.import_plan import ImportPlan
from services.survey_tables import codes_of, is_survey

SHOWN_NOTES = 6


class SurveyCard(Card):
    """Shows for a table of survey points what their codes are and what is doubtful; else it hides."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-SURVEY"), word("UI-SURVEY-HINT"), parent)
        self.lines_box = QCheckBox(word("UI-SURVEY-LINES"))
        self.lines_box.clicked.connect(self.changed)
        self.codes, self.notes = QLabel(), QLabel()
        for label in (self.codes, self.notes):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            self.column.addWidget(label)
        self.column.addWidget(self.lines_box)
        self.hide()

    @property
    def choice(self) -> tuple[bool, tuple[str, ...]]:
        """Whether points become lines, and of which codes; none are all."""
        return not self.isHidden() and self.lines_box.isChecked(), ()

    def show_plan(self, plan: ImportPlan) -> None:
        """Show what is told of the points that ``plan`` reads."""
        table = plan.reading.table if plan.reading else None
        if table is None or plan.recipe is not None or not (plan.linework or is_survey(table)):
            self.lines_box.setChecked(False)
            self.hide()
            return
        self.lines_box.setChecked(plan.linework)
        counted = Counter(code.letters for text in codes_of(table) if (code := parse_code(text)))
        language = current_language()
        codes = [
            f"{letters} ({known_codes()[letters][language]}) × {count}"
            if letters in known_codes()
            else f"{letters} × {count}"
            for letters, count in counted.most_common(12)
        ]
        self.codes.setText(word("UI-SURVEY-CODES", codes=", ".join(codes) or "–"))
        told = [warning.text() for warning in table.warnings]
        notes = "\n".join(f"   {text}" for text in told[:SHOWN_NOTES]) + ("\n   …" if len(told) > SHOWN_NOTES else "")
        self.notes.setText(
            word("UI-SURVEY-NOTES", count=len(told), notes=f"\n{notes}") if told else word("UI-SURVEY-CLEAN")
        )
        self.show()
