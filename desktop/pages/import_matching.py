"""How rows that are here already are known again, what would become of them, and the user's word on each."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QWidget,
)

from core.messages import current_language
from desktop.models.matches_model import TONES, Line, MatchesModel
from desktop.panels.card import Card
from desktop.panels.metres_box import metres_box
from desktop.theme import ROW_HEIGHT, Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.content import GEOMETRY
from forms.model import RecordType
from forms.values import format_value
from geodesy.numbers import format_number
from services.matching import NEW, OUTCOMES, SKIP, Matches, Matching, RowMatch, loses_marks, moved_m

_KEYS = {
    "": "UI-MATCH-NONE",
    "uid": "UI-MATCH-UID",
    "official-id": "UI-MATCH-OFFICIAL",
    "local-code": "UI-MATCH-CODE",
    "likeness": "UI-MATCH-LIKENESS",
}
_ON_MATCH = {"update": "UI-MATCH-UPDATE", "skip": "UI-MATCH-SKIP", "add": "UI-MATCH-ADD"}
_ON_NEW = {"add": "UI-MATCH-ADD", "skip": "UI-MATCH-SKIP"}
_SHOWN, _SPANNED = 10, 500


class MatchingCard(Card):
    """Choices on one line, below it what a trial found, line by line with ticks, and the question a row may ask.

    ``changed`` tells that what was found no longer holds; ``answered`` that the user has said what a row is.
    """

    changed = Signal()
    answered = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-IMPORT-MATCHING"), word("UI-IMPORT-MATCHING-HINT"), parent)
        self._catalogue = catalogue
        self._kind: RecordType | None = None
        self._matches: Matches | None = None
        self._choices: dict[int, str] = {}
        self._is_stale = False
        self.by_box = _box(_KEYS)
        self.on_match_box, self.on_new_box = _box(_ON_MATCH), _box(_ON_NEW)
        self.erase_box = QCheckBox(word("UI-MATCH-ERASE"))
        self.erase_box.setToolTip(word("UI-MATCH-ERASE-HELP"))
        self.within_box = metres_box(1, 100.0, 0.1)
        self.within_box.setValue(Matching("likeness").within_m)
        self.within_box.setToolTip(word("UI-MATCH-WITHIN-HELP"))
        first = QHBoxLayout()
        self._words = [QLabel(word(code)) for code in ("UI-MATCH-ON-MATCH", "UI-MATCH-ON-NEW")]
        for widget in (QLabel(word("UI-MATCH-BY")), self.by_box, self.within_box):
            first.addWidget(widget)
        first.addStretch(1)
        second = QHBoxLayout()
        for widget in (self._words[0], self.on_match_box, self._words[1], self.on_new_box, self.erase_box):
            second.addWidget(widget)
        second.addStretch(1)
        self.column.addLayout(first)
        self.column.addLayout(second)
        self._build_preview()
        for box in (self.by_box, self.on_match_box, self.on_new_box):
            box.activated.connect(self._take)
        self.erase_box.clicked.connect(self._take)
        self.within_box.editingFinished.connect(self._take)
        self._show_parts()

    def _build_preview(self) -> None:
        self.filter_box = QComboBox()
        self.filter_box.activated.connect(self._filter)
        headings = ("UI-ROW", "UI-RECORD", "UI-MATCH-OUTCOME", "UI-FIELD", "UI-MATCH-HERE", "UI-MATCH-FILE")
        self.lines = MatchesModel([word(code) for code in headings], self._describe, self)
        self.table = QTableView()
        self.table.setModel(self.lines)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((72, 170, 110, 150, 170)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(column, width)
        header.setStretchLastSection(True)
        self.table.selectionModel().currentRowChanged.connect(self._ask)
        self._question = QWidget()
        ask = QHBoxLayout(self._question)
        ask.setContentsMargins(0, 0, 0, 0)
        self._asked = QLabel()
        self._asked.setWordWrap(True)
        self._asked.setTextFormat(Qt.TextFormat.PlainText)
        self.answer_box = QComboBox()
        self.answer_box.setMinimumContentsLength(30)
        self.answer_box.activated.connect(self._answer)
        ask.addWidget(self._asked, 1)
        ask.addWidget(self.answer_box)
        self.column.addWidget(self.filter_box, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self.table)
        self.column.addWidget(self._question)

    @property
    def is_on(self) -> bool:
        """Whether rows are compared with what is here at all."""
        return bool(self.by_box.currentData())

    @property
    def is_seen(self) -> bool:
        """Whether what an import would write has been shown."""
        return self._matches is not None and not self._is_stale

    @property
    def matching(self) -> Matching | None:
        """What the user wants, with the preview as the limit of what may be written; ``None`` to add every row."""
        if not self.is_on:
            return None
        return Matching(
            self.by_box.currentData(),
            self.on_match_box.currentData(),
            self.on_new_box.currentData(),
            self.erase_box.isChecked(),
            dict(self._choices),
            self.lines.left_out,
            self.lines.taken,
            self.within_box.value(),
            self._matches.token if self._matches is not None and self.is_seen else None,
        )

    @property
    def trial(self) -> Matching | None:
        """What the user wants, for a trial: nothing is ticked off yet and nothing has been seen."""
        wanted = self.matching
        return None if wanted is None else replace(wanted, left_out=frozenset(), taken=frozenset(), seen=None)

    def start_over(self) -> None:
        """Offer the usual choices again: what was chosen for one file is not chosen for the next."""
        for box in (self.by_box, self.on_match_box, self.on_new_box):
            box.setCurrentIndex(0)
        self.erase_box.setChecked(False)
        self.within_box.setValue(Matching("likeness").within_m)
        self.reset()

    def reset(self) -> None:
        """Forget what was said of rows that are read in another way now."""
        self._choices.clear()
        self.lines.forget_ticks()
        self.forget()

    def forget(self) -> None:
        """Forget what a trial has found, for it no longer holds."""
        self._matches = None
        self._show_parts()

    def expire(self) -> None:
        """Leave what a trial has found in view, to answer otherwise, though it no longer holds."""
        self._is_stale = True

    def show_matches(self, matches: Matches, kind: RecordType) -> None:
        """Show what a trial has found."""
        self._matches, self._kind, self._is_stale = matches, kind, False
        counts = matches.counts
        self.filter_box.clear()
        told = sum(count for outcome, count in counts.items() if outcome != "same")
        every = word("UI-MATCH-ALL", count=told, same=counts["same"]) if counts["same"] else word("UI-MATCH-EVERY")
        self.filter_box.addItem(every, "")
        for outcome in OUTCOMES:
            if counts[outcome] and outcome != "same":
                name = word(f"MATCH-IS-{outcome.upper()}")
                self.filter_box.addItem(word("UI-MATCH-FILTER", name=name, count=counts[outcome]), outcome)
        self._show_parts()
        self._filter()

    def _filter(self) -> None:
        wanted = self.filter_box.currentData()
        found = self._matches.rows if self._matches else ()
        shown = [row for row in found if row.outcome == wanted or (not wanted and row.outcome != "same")]
        if not wanted:
            order = ("ambiguous", "changed", "locked", "deleted", "new")
            shown.sort(key=lambda row: order.index(row.outcome))
        self.lines.show_matches(shown)
        self.table.clearSpans()
        for at in range(min(self.lines.rowCount(), _SPANNED)):
            if self.lines.line(at).key is None:
                self.table.setSpan(at, 3, 1, 3)  # why a row is what it is needs more room than a field's name
        rows = min(max(self.lines.rowCount(), 1), _SHOWN)
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + rows * ROW_HEIGHT + 4)
        self._question.hide()
        first = next((at for at in range(self.lines.rowCount()) if self.lines.line(at).match.candidates), None)
        if first is not None:
            self.table.selectRow(first)

    def _show_parts(self) -> None:
        is_likeness = self.by_box.currentData() == "likeness"
        self.within_box.setVisible(is_likeness)
        for widget in (*self._words, self.on_match_box, self.on_new_box, self.erase_box):
            widget.setVisible(self.is_on)
        told = self._matches is not None and any(row.outcome != "same" for row in self._matches.rows)
        self.filter_box.setVisible(self._matches is not None)
        self.table.setVisible(told)
        if not told:
            self._question.hide()
        self.show_hint(word("UI-IMPORT-MATCHING-TICK" if told else "UI-IMPORT-MATCHING-HINT"))

    def _take(self) -> None:
        self.forget()
        self.changed.emit()

    def _ask(self, current: QModelIndex) -> None:
        """Ask what the row in hand is, where that is not clear or was answered."""
        row = self.lines.line(current.row()).match if current.isValid() else None
        self._question.setVisible(row is not None and self._is_open(row))
        if row is None or not self._is_open(row):
            return
        self._asked.setText(row.text or word("UI-MATCH-ANSWERED", row=row.row))
        self.answer_box.clear()
        self.answer_box.addItem(word("UI-MATCH-CHOOSE"), "")
        for item in row.candidates:
            share = "" if item.likeness is None else f" ({format_number(100 * item.likeness, 0, current_language())} %)"
            self.answer_box.addItem(f"{item.title}{share} · …{item.uid[-6:]}", item.uid)
        self.answer_box.addItem(word("UI-MATCH-AS-NEW"), NEW)
        self.answer_box.addItem(word("UI-MATCH-LEAVE-ROW"), SKIP)
        self.answer_box.setCurrentIndex(max(0, self.answer_box.findData(self._choices.get(row.row, ""))))

    def _is_open(self, row: RowMatch) -> bool:
        return row.outcome in ("ambiguous", "deleted") or row.row in self._choices

    def _answer(self) -> None:
        line = self.lines.line(self.table.currentIndex().row())
        answer = self.answer_box.currentData()
        if answer:
            self._choices[line.match.row] = answer
        else:
            self._choices.pop(line.match.row, None)
        self.answered.emit()

    def _describe(self, line: Line) -> tuple[str, ...]:
        assert self._kind is not None
        if line.key is None:
            row = line.match
            state = word("UI-MATCH-BACK-TO-DRAFT") if row.state in ("approved", "packed", "sent", "accepted") else ""
            note = row.text if row.reason else state if row.outcome == "changed" else ""
            return (str(row.row), row.title, word(f"MATCH-IS-{row.outcome.upper()}"), note, "", "")
        old, new = line.match.differences[line.key]
        if line.key == GEOMETRY:
            apart = moved_m(old, new)
            moved = "–" if apart is None else f"{format_number(apart, 2, current_language())} m"
            return ("", "", "", word("UI-MATCH-SHAPE"), "", word("UI-MATCH-MOVED", moved=moved))
        field = self._kind.field(line.key)
        texts = [format_value(field, value, self._catalogue, current_language()) or "–" for value in (old, new)]
        note = word("UI-MATCH-MARKS") if loses_marks(old, new) else ""
        return ("", "", note, pick(field.label), *texts)


def _box(choices: dict[str, str]) -> QComboBox:
    box = QComboBox()
    for data, code in choices.items():
        box.addItem(word(code), data)
    return box


def counts_text(matches: Matches) -> tuple[str, Any]:
    """Return in one sentence what the rows are here, and how loud to say it."""
    counts = matches.counts
    tone = Tone.WARNING if counts["ambiguous"] or counts["locked"] or counts["deleted"] else TONES["same"]
    parts = [f"{count} {word(f'MATCH-IS-{outcome.upper()}')}" for outcome, count in counts.items() if count]
    return word("UI-MATCH-COUNTS", counts=", ".join(parts) or "0"), tone
