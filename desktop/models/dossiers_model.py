"""The dossiers of the workspace as a list: those that a filter keeps, each with how full it is."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.messages import current_language
from core.text import fold_text
from desktop.words import word
from forms.catalogue import Catalogue
from forms.titles import record_title
from services.dossiers import DossierRow

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROW = Qt.ItemDataRole.UserRole
BLOCKED = Qt.ItemDataRole.UserRole + 1
DETAIL = Qt.ItemDataRole.UserRole + 2


class Keep(StrEnum):
    """Which dossiers a list shows."""

    ALL = "all"
    MISSING = "missing"
    RETURNED = "returned"
    BLOCKED = "blocked"


class DossiersModel(QAbstractListModel):
    """Dossiers by title; ``keep`` and ``words`` filter, the words without diacritics and in any order."""

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._all: list[DossierRow] = []
        self._shown: list[DossierRow] = []
        self._texts: dict[str, str] = {}
        self._words: list[str] = []
        self._blocked: Mapping[str, int] = {}
        self._keep = Keep.ALL

    @property
    def total(self) -> int:
        """How many dossiers there are, filtered or not."""
        return len(self._all)

    def show_rows(self, rows: Sequence[DossierRow]) -> None:
        """Replace every dossier."""
        self._all = sorted(rows, key=lambda row: fold_text(self.title_of(row)))
        self._texts = {row.record.uid: fold_text(self._searched(row)) for row in self._all}
        self._filter()

    def show_blocked(self, blocked: Mapping[str, int]) -> None:
        """Take in how many findings block each dossier."""
        self._blocked = dict(blocked)
        self._filter()

    def set_filter(self, text: str, keep: Keep) -> None:
        """Keep the dossiers in which every word of ``text`` stands and that are in the state asked for."""
        self._words, self._keep = fold_text(text).split(), keep
        self._filter()

    def row_of(self, uid: str | None) -> int:
        """Return the row of a dossier, -1 when the filter does not keep it."""
        return next((place for place, row in enumerate(self._shown) if row.record.uid == uid), -1)

    def title_of(self, row: DossierRow) -> str:
        """Return what a dossier is called."""
        name = row.record.values.get("name")
        kind = self._catalogue.type(row.record.type_id)
        return str(name) if name else record_title(kind, row.record.values, current_language(), self._catalogue)

    def detail_of(self, row: DossierRow) -> str:
        """Return the kind, the status and the decision of a dossier in one line."""
        values = row.record.values
        parts = [self._label("plan_kind", values.get("plan_kind")), self._label("plan_status", values.get("status"))]
        return " · ".join(part for part in (*parts, values.get("decision_no")) if part)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.title_of(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            full = row.completeness
            parts = word("UI-DOSSIER-FILLED", filled=full.filled, wanted=len(full.wanted))
            return f"{self.title_of(row)}\n{self.detail_of(row)}\n{parts}"
        return {ROW: row, BLOCKED: self._blocked.get(row.record.uid, 0), DETAIL: self.detail_of(row)}.get(role)

    def _filter(self) -> None:
        self.beginResetModel()
        self._shown = [row for row in self._all if self._is_kept(row)]
        self.endResetModel()

    def _is_kept(self, row: DossierRow) -> bool:
        kept = {
            Keep.ALL: True,
            Keep.MISSING: row.missing > 0,
            Keep.RETURNED: row.returned > 0,
            Keep.BLOCKED: bool(self._blocked.get(row.record.uid)),
        }[self._keep]
        return kept and all(one in self._texts[row.record.uid] for one in self._words)

    def _searched(self, row: DossierRow) -> str:
        values = row.record.values
        own = (
            values.get(key) for key in ("decision_no", "task_decision_no", "dossier_code", "local_code", "official_id")
        )
        return " ".join([self.title_of(row), self.detail_of(row), *(str(value) for value in own if value)])

    def _label(self, choices: str, code: Any) -> str:
        return self._catalogue.choice_list(choices).label(str(code), current_language()) if code else ""
