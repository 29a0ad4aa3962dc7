"""Which records to choose: by type, by what they say, by where they lie; and what becomes of those chosen before."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from core.errors import UserError
from core.messages import current_language
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.expressions import parse_expression
from geodesy.numbers import parse_number
from services.selecting import Join, Relation

CHOSEN = ""  # in place of a type: the records chosen now
RELATION_WORDS: Mapping[Relation, str] = {
    Relation.INTERSECTS: "UI-SELECT-INTERSECTS",
    Relation.WITHIN: "UI-SELECT-WITHIN",
    Relation.CONTAINS: "UI-SELECT-CONTAINS",
    Relation.NEAR: "UI-SELECT-NEAR",
    Relation.TOUCHES: "UI-SELECT-TOUCHES",
    Relation.CROSSES: "UI-SELECT-CROSSES",
    Relation.OVERLAPS: "UI-SELECT-OVERLAPS",
    Relation.DISJOINT: "UI-SELECT-DISJOINT",
}
JOIN_WORDS: Mapping[Join, str] = {
    Join.NEW: "UI-SELECT-JOIN-NEW",
    Join.ADD: "UI-SELECT-JOIN-ADD",
    Join.REMOVE: "UI-SELECT-JOIN-REMOVE",
    Join.KEEP: "UI-SELECT-JOIN-KEEP",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; without ``relation``, places do not matter. ``others`` is a type's id, or ``CHOSEN``."""

    type_id: str
    where: str | None
    relation: Relation | None
    others: str
    distance_m: float | None
    join: Join


class SelectDialog(QDialog):
    """Asks; ``wanted`` is what was asked, ``None`` while something typed cannot be read."""

    def __init__(self, catalogue: Catalogue, type_id: str | None, chosen: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-SELECT-BY").rstrip("…"))
        self.setMinimumWidth(520)
        self._catalogue, self._chosen = catalogue, chosen
        self.type = QComboBox()
        self.where = QLineEdit()
        self.where.setPlaceholderText(word("UI-SELECT-WHERE-EXAMPLE"))
        self.relation = QComboBox()
        self.others = QComboBox()
        self.distance = QLineEdit()
        self.distance.setPlaceholderText("50")
        self.join = QComboBox()
        self.complaint = QLabel()
        self.complaint.setProperty("role", "error")
        self.complaint.setWordWrap(True)
        self._fill(type_id)
        self._lay_out()
        for box in (self.type, self.relation, self.others, self.join):
            box.currentIndexChanged.connect(self._follow)
        self.where.textChanged.connect(self._follow)
        self.distance.textChanged.connect(self._follow)
        self._follow()

    def _fill(self, type_id: str | None) -> None:
        for kind in self._catalogue.types.values():
            self.type.addItem(pick(kind.title), kind.id)
            if kind.geometry:
                self.others.addItem(word("UI-SELECT-ALL-OF", type=pick(kind.title)), kind.id)
        self.others.insertItem(0, word("UI-SELECT-CHOSEN", count=self._chosen), CHOSEN)
        self.others.setCurrentIndex(0 if self._chosen else 1)
        self.type.setCurrentIndex(max(self.type.findData(type_id), 0))
        self.relation.addItem(word("UI-SELECT-ANYWHERE"), None)
        for relation, code in RELATION_WORDS.items():
            self.relation.addItem(word(code), relation)
        for join, code in JOIN_WORDS.items():
            self.join.addItem(word(code), join)

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox()
        self.ok = buttons.addButton(word("UI-SELECT-GO"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setProperty("main", True)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows = QFormLayout(self)
        rows.setSpacing(9)
        for code, widget in (
            ("UI-SELECT-TYPE", self.type),
            ("UI-SELECT-WHERE", self.where),
            ("UI-SELECT-RELATION", self.relation),
            ("UI-SELECT-OTHERS", self.others),
            ("UI-SELECT-DISTANCE", self.distance),
            ("UI-SELECT-JOIN", self.join),
        ):
            rows.addRow(word(code), widget)
        rows.addRow(self.complaint)
        rows.addRow(buttons)

    @property
    def wanted(self) -> Wanted | None:
        """What was asked for, if it can be read."""
        try:
            return self._read()
        except (UserError, ValueError):
            return None

    def _read(self) -> Wanted:
        relation = self._relation
        where = self.where.text().strip() or None
        if where is not None:
            parse_expression(where)
        distance = None
        if relation is Relation.NEAR:
            distance = parse_number(self.distance.text(), prefer="," if current_language() == "vi" else ".")
            if distance < 0:
                raise ValueError(distance)
        return Wanted(
            type_id=self.type.currentData(),
            where=where,
            relation=relation,
            others=self.others.currentData(),
            distance_m=distance,
            join=Join(self.join.currentData()),
        )

    @property
    def _relation(self) -> Relation | None:
        """The relation asked for; a combo box gives back the text of what was put into it."""
        found = self.relation.currentData()
        return None if found is None else Relation(found)

    def _follow(self) -> None:
        relation = self._relation
        kind = self._catalogue.type(self.type.currentData())
        self.relation.setEnabled(bool(kind.geometry))
        if not kind.geometry:
            self.relation.setCurrentIndex(0)
        self.others.setEnabled(relation is not None)
        self.distance.setEnabled(relation is Relation.NEAR)
        text = self._complaint()
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))
        self.ok.setEnabled(not text)

    def _complaint(self) -> str:
        if self.relation.currentData() is not None and self.others.currentData() == CHOSEN and not self._chosen:
            return word("UI-CHOOSE-RECORDS-FIRST")
        try:
            self._read()
        except UserError as error:
            return str(error)
        except ValueError:
            return word("SELECT-DISTANCE")
        return ""
