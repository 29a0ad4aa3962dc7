"""What the province said of a dossier, and which versions of the plan there are."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.models.plain_model import Row
from desktop.pages.outbox_rows import field_label, reason_of
from desktop.panels.card import Card, ShortTable, narrow_first
from desktop.theme import Tone, state_colour
from desktop.words import word
from forms.catalogue import Catalogue
from forms.days import format_day
from forms.record import Record, State
from services.dossiers import Dossier, Related, Remark

SHOWN = 6


class RemarksCard(Card):
    """The province's remarks; ``chosen`` carries the record's uid and the field, or ``None``."""

    chosen = Signal(str, object)

    def __init__(self, catalogue: Catalogue, name_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(word("UI-DOSSIER-REMARKS"), parent=parent)
        self._catalogue = catalogue
        self._name_of = name_of
        headings = ("UI-RECORD", "UI-FIELD", "UI-ANSWER", "UI-REASON")
        self.table = ShortTable([word(code) for code in headings], stretch=3, rows=SHOWN)
        narrow_first(self.table, stretch=3)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(word("UI-DOSSIER-REMARKS"))
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._choose)
        self.column.addWidget(self.table)

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        """List what the province said."""
        self.table.rows_model.show_rows([self._row(remark) for remark in remarks])
        self.table.setVisible(bool(remarks))
        self.show_hint("" if remarks else word("UI-NO-REMARKS"))

    def _row(self, remark: Remark) -> Row:
        field = field_label(self._catalogue, remark.type_id, remark.field)
        parked = remark.result == "conflict" and remark.code is None
        reason = word("UI-CONFLICT-PARKED") if parked else reason_of(remark.code, field)
        cells = (self._name_of(remark.uid), field, word(f"UI-RESULT-{remark.result.upper()}"), reason)
        return Row(cells, remark, state_colour(State.RETURNED))

    def _choose(self, index: Any) -> None:
        remark: Remark = self.table.rows_model.thing(index.row())
        self.chosen.emit(remark.uid, remark.field)


class VersionsCard(Card):
    """Versions of the plan, and dossiers with the same decision; ``opened`` carries the one to look at."""

    opened = Signal(str)
    succession_wanted = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-DOSSIER-VERSIONS"), parent=parent)
        self._catalogue = catalogue
        headings = ("UI-RELATION", "UI-DOSSIER", "UI-DECISION", "UI-PLAN-STATUS")
        self.table = ShortTable([word(code) for code in headings], stretch=1, rows=SHOWN)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(word("UI-DOSSIER-VERSIONS"))
        self.table.clicked.connect(self._open)
        self.table.activated.connect(self._open)
        self.proposal = QLabel()
        self.proposal.setWordWrap(True)
        self.proposal.setTextFormat(Qt.TextFormat.PlainText)
        self.take_button = QPushButton(icon("check"), word("UI-TAKE-SUCCESSION"))
        self.take_button.clicked.connect(self.succession_wanted)
        self.column.addWidget(self.table)
        self.column.addWidget(self.proposal)
        self.column.addWidget(self.take_button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_dossier(self, dossier: Dossier) -> None:
        """Show a dossier's relations, and what they propose."""
        rows = [self._row(self._relation(item), item.record, None) for item in dossier.related]
        rows += [self._row(word("UI-SAME-DECISION"), item, Tone.WARNING.value) for item in dossier.duplicates]
        self.table.rows_model.show_rows(rows)
        self.table.setVisible(bool(rows))
        self.show_hint("" if rows else word("UI-NO-VERSIONS"))
        found = dossier.succession
        self.proposal.setVisible(found is not None)
        self.take_button.setVisible(found is not None)
        if found is not None:
            name = found.replaced.values.get("name") or found.replaced.values.get("decision_no") or ""
            day = format_day(str(found.values.get("valid_to") or found.replaced.values.get("valid_to") or ""))
            self.proposal.setText(word("UI-SUCCESSION", name=name, day=day))

    def _relation(self, item: Related) -> str:
        if item.steps < 0:
            return word("UI-EARLIER-VERSION")
        return word("UI-ADJUSTED-BY" if item.adjusts else "UI-REPLACED-BY")

    def _row(self, relation: str, record: Record, colour: str | None) -> Row:
        values = record.values
        day = format_day(str(values["decision_date"])) if values.get("decision_date") else ""
        decision = " ".join(text for text in (str(values.get("decision_no") or ""), day) if text)
        status = values.get("status")
        label = self._catalogue.choice_list("plan_status").label(str(status), current_language()) if status else ""
        return Row((relation, str(values.get("name") or ""), decision, label), record.uid, colour)

    def _open(self, index: Any) -> None:
        self.opened.emit(self.table.rows_model.thing(index.row()))
