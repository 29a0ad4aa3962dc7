"""Which columns of the attribute table are shown, how wide and in what order; remembered for each record type."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHeaderView, QListWidget, QListWidgetItem, QMenu, QTableView, QWidget, QWidgetAction

from core.settings import load_settings, save_settings
from desktop.models.records_model import RecordsModel
from desktop.words import word
from forms.model import RecordType

SETTING = "table_columns"
AT_FIRST = 12
NARROWEST, WIDEST = 80, 220
LIST_PX, MARGIN_PX = 320, 28
STATE_COLUMN = "state"
_PLAIN_TYPES = ("text", "integer", "number", "choice", "date", "boolean", "moment")
_SELDOM = ("commune_code", "former_commune_code", "official_id_status", "official_id", "note")


def first_columns(record_type: RecordType) -> list[str]:
    """Return the fields that a table shows before anybody has chosen: titles, then what a full record has."""
    titles = [key for key in record_type.title_fields]
    wanted = [
        field.key
        for field in record_type.fields
        if field.type in _PLAIN_TYPES and field.key not in _SELDOM and field.key not in titles
    ]
    full = [key for key in wanted if record_type.field(key).required is not None]
    return [*titles, *full, *(key for key in wanted if key not in full)][:AT_FIRST]


class TableColumns(QObject):
    """Keeps a table's header as its user left it."""

    changed = Signal()

    def __init__(self, table: QTableView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._model: RecordsModel | None = None
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(600)
        self._saving.timeout.connect(self.keep)
        header = table.horizontalHeader()
        header.sectionMoved.connect(lambda *_: self._saving.start())
        header.sectionResized.connect(lambda *_: self._saving.start())

    @property
    def _header(self) -> QHeaderView:
        return self._table.horizontalHeader()

    def show_for(self, model: RecordsModel) -> None:
        """Lay the columns out as they were left for this type, or as a new one begins.

        Nothing is kept here: the header already belongs to the new model, and would be taken for the old type's.
        """
        self._model = model
        kept = self._kept().get(model.record_type.id)
        shown = [key for key in (kept or {}).get("shown", []) if self._column(key) is not None]
        widths = (kept or {}).get("widths", {})
        self._lay_out(shown or first_columns(model.record_type), widths)
        self._saving.stop()

    def _lay_out(self, keys: Sequence[str], widths: dict[str, Any]) -> None:
        assert self._model is not None
        header = self._header
        header.blockSignals(True)
        for column in range(1, self._model.columnCount()):
            self._table.setColumnHidden(column, self._model.fields[column - 1].key not in keys)
        for place, key in enumerate(keys, start=1):
            header.moveSection(header.visualIndex(self._column(key)), place)
        header.blockSignals(False)
        self._table.resizeColumnsToContents()
        for column in range(self._model.columnCount()):
            fitting = min(max(self._table.columnWidth(column), NARROWEST), WIDEST)
            wanted = widths.get(self._key(column), fitting)
            self._table.setColumnWidth(column, wanted if isinstance(wanted, int) and 20 <= wanted < 2000 else fitting)

    def shown_keys(self) -> list[str]:
        """The fields shown, from left to right; the state is always there and not among them."""
        if self._model is None:
            return []
        visual = sorted(range(1, self._model.columnCount()), key=self._header.visualIndex)
        return [self._key(column) for column in visual if not self._table.isColumnHidden(column)]

    def show_column(self, key: str, shown: bool) -> None:
        """Show or hide one column; the last one stays."""
        column = self._column(key)
        if column is None or (not shown and self.shown_keys() == [key]):
            return
        self._table.setColumnHidden(column, not shown)
        if shown:
            self._table.setColumnWidth(column, max(self._table.sizeHintForColumn(column), NARROWEST))
        self.keep()
        self.changed.emit()

    def build_menu(self, parent: QWidget) -> QMenu:
        """Return the list of columns with a tick before each that is shown; it stays open from tick to tick."""
        menu = QMenu(parent)
        if self._model is None:
            return menu
        whole = QWidgetAction(menu)
        whole.setDefaultWidget(self._build_list())
        menu.addAction(whole)
        menu.addSeparator()
        menu.addAction(word("UI-TABLE-COLUMNS-RESET")).triggered.connect(self._reset)
        return menu

    def _build_list(self) -> QListWidget:
        assert self._model is not None
        found = QListWidget()
        found.setProperty("popup", True)  # noqa: FBT003 (Qt's own)
        found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown = set(self.shown_keys())
        for section in self._model.record_type.sections:
            for field in self._model.record_type.fields_of(section.key):
                item = QListWidgetItem(self._model.title_of(self._column(field.key) or 0), found)
                item.setData(Qt.ItemDataRole.UserRole, field.key)
                item.setFlags(
                    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
                )
                item.setCheckState(Qt.CheckState.Checked if field.key in shown else Qt.CheckState.Unchecked)
        found.itemChanged.connect(self._follow_tick)
        found.setCurrentRow(0)
        found.setMinimumSize(found.sizeHintForColumn(0) + MARGIN_PX, LIST_PX)
        return found

    def _follow_tick(self, item: QListWidgetItem) -> None:
        key = item.data(Qt.ItemDataRole.UserRole)
        self.show_column(key, item.checkState() == Qt.CheckState.Checked)
        if key in self.shown_keys():
            item.setCheckState(Qt.CheckState.Checked)

    def _reset(self) -> None:
        if self._model is not None:
            self._lay_out(first_columns(self._model.record_type), {})
            self.keep()
            self.changed.emit()

    def keep(self) -> None:
        """Remember the columns of the type shown."""
        self._saving.stop()
        if self._model is None:
            return
        widths = {
            self._key(column): self._table.columnWidth(column)
            for column in range(self._model.columnCount())
            if not self._table.isColumnHidden(column)
        }
        kept = {**self._kept(), self._model.record_type.id: {"shown": self.shown_keys(), "widths": widths}}
        save_settings(**{SETTING: kept})

    @staticmethod
    def _kept() -> dict[str, Any]:
        found = load_settings().get(SETTING)
        return (
            {key: value for key, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}
        )

    def _column(self, key: str) -> int | None:
        assert self._model is not None
        return next((place for place, field in enumerate(self._model.fields, start=1) if field.key == key), None)

    def _key(self, column: int) -> str:
        assert self._model is not None
        return STATE_COLUMN if column == 0 else self._model.fields[column - 1].key
