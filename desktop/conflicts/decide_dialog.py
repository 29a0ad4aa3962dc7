"""The screen on which a person decides between what the commune and what the province made of one record."""

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.conflicts.choice_card import ChoiceCard
from desktop.conflicts.two_shapes import TwoShapes
from desktop.entry.editors import FieldEditor
from desktop.entry.record_form import build_editor
from desktop.entry.references import Lookup
from desktop.theme import WIDE_GAP
from desktop.words import word
from forms.catalogue import Catalogue
from forms.content import GEOMETRY, geometry_from_hex
from services.conflict_words import DisputeText
from services.conflicts import Choice, OpenConflict
from services.ghosts import differing_bounds, paths_of

WIDTH, HEIGHT = 760, 640


class DecideDialog(QDialog):
    """A card for each field in dispute; accepted only when every one has a choice."""

    def __init__(
        self,
        conflict: OpenConflict,
        title: str,
        texts: Sequence[DisputeText],
        settled: str,
        catalogue: Catalogue,
        lookup: Lookup,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.conflict = conflict
        self.setWindowTitle(word("UI-CONFLICT-TITLE"))
        self.resize(WIDTH, HEIGHT)
        self._kind = catalogue.type(conflict.type_id)
        self._catalogue, self._lookup = catalogue, lookup
        heading = QLabel(title)
        heading.setProperty("role", "title")
        heading.setWordWrap(True)
        hint = QLabel(word("UI-CONFLICT-HINT"))
        hint.setProperty("role", "hint")
        hint.setWordWrap(True)
        self.cards = [ChoiceCard(text, self._editor_of(text.key)) for text in texts]
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        for card in self.cards:
            if card.key == GEOMETRY and (shapes := self._shapes()) is not None:
                card.column.insertWidget(3, shapes)
            column.addWidget(card)
            card.changed.connect(self._follow)
        if settled:
            note = QLabel(word("UI-CONFLICT-SETTLED", fields=settled))
            note.setProperty("role", "hint")
            note.setWordWrap(True)
            column.addWidget(note)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        whole.addWidget(heading)
        whole.addWidget(hint)
        whole.addWidget(area, 1)
        whole.addLayout(self._build_buttons())
        self._follow()

    def _build_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for code, side in (("UI-CONFLICT-ALL-OURS", "ours"), ("UI-CONFLICT-ALL-THEIRS", "theirs")):
            button = QPushButton(word(code))
            button.clicked.connect(lambda on=False, side=side: self.take_all(side))
            button.setVisible(len(self.cards) > 1)
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        self.later = QPushButton(word("UI-CONFLICT-LATER"))
        self.later.setAutoDefault(False)
        self.later.clicked.connect(self.reject)
        self.ok = QPushButton(word("UI-CONFLICT-WRITE"))
        self.ok.setProperty("main", True)
        self.ok.setAutoDefault(False)
        self.ok.clicked.connect(self.accept)
        row.addWidget(self.later)
        row.addWidget(self.ok)
        return row

    def _editor_of(self, key: str) -> FieldEditor | None:
        field = next((item for item in self._kind.fields if item.key == key), None)
        if field is None or field.type == "files":
            return None
        return build_editor(field, self._catalogue, self._lookup)

    def _shapes(self) -> TwoShapes | None:
        sides = [None if side is None else side.get(GEOMETRY) for side in (self.conflict.ours, self.conflict.theirs)]
        if not all(sides):
            return None
        ours, theirs = (geometry_from_hex(side) for side in sides)
        return TwoShapes(paths_of([ours]), paths_of([theirs]), differing_bounds(ours, theirs))

    def take_all(self, side: str) -> None:
        """Choose one side for everything."""
        for card in self.cards:
            card.take(side)

    def choices(self) -> dict[str, Choice]:
        """Return what is chosen, by key; what has no choice yet is left out."""
        found = {card.key: card.choice() for card in self.cards}
        return {key: choice for key, choice in found.items() if choice is not None}

    def _follow(self) -> None:
        self.ok.setEnabled(len(self.choices()) == len(self.cards))
