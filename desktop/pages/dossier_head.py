"""The head of a dossier: what it is called, its state and decision, and how full it is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.panels.state_chip import StateChip
from desktop.theme import Tone
from desktop.words import word
from forms.catalogue import Catalogue
from forms.days import format_day
from forms.titles import record_title
from services.dossiers import Dossier

METER_PX = 150


class DossierHead(QWidget):
    """Two lines of words and the meter."""

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.chip = StateChip()
        self.facts = QLabel()
        self.facts.setProperty("role", "hint")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.meter = QProgressBar()
        self.meter.setTextVisible(False)
        self.meter.setFixedWidth(METER_PX)
        self.meter_text = QLabel()
        self.hand_in = QPushButton(icon("export"), word("UI-HAND-IN-BUTTON"))
        self.hand_in.setToolTip(word("UI-DO-HAND-IN").rstrip("…"))
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.title, 1)
        first.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignTop)
        second.addWidget(self.facts, 1)
        second.addWidget(self.meter, 0, Qt.AlignmentFlag.AlignVCenter)
        second.addWidget(self.meter_text)
        second.addSpacing(8)
        second.addWidget(self.hand_in)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 6)
        column.setSpacing(4)
        column.addLayout(first)
        column.addLayout(second)

    def show_dossier(self, dossier: Dossier) -> None:
        """Show a dossier's head."""
        record, full = dossier.record, dossier.completeness
        kind = self._catalogue.type(record.type_id)
        values = record.values
        named = values.get("name") or record_title(kind, values, current_language(), self._catalogue)
        self.title.setText(str(named))
        self.chip.show_state(record.state)
        self.facts.setText(" · ".join(self._facts(dossier)))
        filled, wanted = full.filled, len(full.wanted)
        self.meter.setRange(0, max(wanted, 1))
        self.meter.setValue(filled if wanted else 1)
        text = word("UI-DOSSIER-FILLED", filled=filled, wanted=wanted)
        self.meter_text.setText(text)
        tone = Tone.GOOD if filled == wanted else Tone.WARNING
        self.meter_text.setStyleSheet(f"color: {tone.value}; font-weight: bold;")
        self.meter.setAccessibleName(text)

    def _facts(self, dossier: Dossier) -> list[str]:
        values = dossier.record.values
        found = [
            self._label("plan_kind", values.get("plan_kind")),
            self._label("plan_status", values.get("status")),
        ]
        number, day = values.get("decision_no"), values.get("decision_date")
        if number or day:
            found.append(" ".join([str(number or ""), f"({format_day(day)})" if day else ""]).strip())
        found.append(
            str(values.get("approving_org") or self._label("approving_authority", values.get("approving_authority")))
        )
        years = [str(values[key]) for key in ("period_from", "period_to") if values.get(key)]
        if years:
            period = "–".join(years)
            vision = values.get("vision_year")
            found.append(
                word("UI-DOSSIER-VISION", period=period, year=vision)
                if vision
                else word("UI-DOSSIER-PERIOD", period=period)
            )
        return [text for text in found if text]

    def _label(self, choices: str, code: object) -> str:
        return self._catalogue.choice_list(choices).label(str(code), current_language()) if code else ""
