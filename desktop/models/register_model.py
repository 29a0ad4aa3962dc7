"""The register tree: groups, under them the record types with their counts and whether the map shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QPixmap

from desktop.icons import icon
from desktop.map.styles import LayerStyle
from desktop.map.swatches import swatch_picture
from desktop.values import show_count
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.record import State
from geodesy.arrays import Kind

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
TYPE_ID = Qt.ItemDataRole.UserRole

_KINDS: Mapping[str, Kind] = {"point": "point", "line": "line", "multi_line": "line", "multi_polygon": "polygon"}
_GROUP = 0  # the internal id of a group's index; a type's is the row of its group, plus one


class RegisterModel(QAbstractItemModel):
    """Two levels, two columns: title and count. Only types with a geometry have a check box."""

    visibility_changed = Signal(str, bool)

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups = [
            (group, [kind for kind in catalogue.types.values() if kind.group == group.key])
            for group in catalogue.groups
        ]
        self._groups = [(group, types) for group, types in self._groups if types]
        self._counts: dict[str, dict[State, int]] = {}
        self._hidden: set[str] = set()
        self._swatches: dict[str, QIcon] = {}

    def show_styles(self, styles: Mapping[str, LayerStyle], ratio: float) -> None:
        """Show each type as the map draws it."""
        self._swatches = {
            kind.id: QIcon(_swatch(kind, styles[kind.id], ratio))
            for _, types in self._groups
            for kind in types
            if kind.id in styles
        }
        self._tell_titles([Qt.ItemDataRole.DecorationRole])

    def _tell_titles(self, roles: list[int]) -> None:
        for row, (_, types) in enumerate(self._groups):
            parent = self.index(row, 0)
            self.dataChanged.emit(self.index(0, 0, parent), self.index(len(types) - 1, 0, parent), roles)

    def is_layer(self, type_id: str) -> bool:
        """Whether the map has a layer of a type."""
        return any(kind.id == type_id and kind.geometry for _, types in self._groups for kind in types)

    def show_counts(self, counts: Mapping[str, Mapping[State, int]]) -> None:
        """Show how many records each type has."""
        self._counts = {type_id: dict(states) for type_id, states in counts.items()}
        for row, (_, types) in enumerate(self._groups):
            parent = self.index(row, 0)
            self.dataChanged.emit(self.index(row, 1), self.index(row, 1))
            if types:
                self.dataChanged.emit(self.index(0, 0, parent), self.index(len(types) - 1, 1, parent))

    def show_hidden(self, type_ids: Iterable[str]) -> None:
        """Begin with these types hidden on the map."""
        self._hidden = set(type_ids)
        self._tell_titles([Qt.ItemDataRole.CheckStateRole])

    @property
    def hidden(self) -> frozenset[str]:
        """The types whose records the map does not show."""
        return frozenset(self._hidden)

    @property
    def type_ids(self) -> list[str]:
        """The types of the tree, from top to bottom."""
        return [kind.id for _, types in self._groups for kind in types]

    def index_of(self, type_id: str) -> QModelIndex:
        """Return the index of a type's title; invalid when the tree lacks it."""
        for row, (_, types) in enumerate(self._groups):
            for place, kind in enumerate(types):
                if kind.id == type_id:
                    return self.index(place, 0, self.index(row, 0))
        return QModelIndex()

    def _type(self, index: Index) -> RecordType | None:
        if not index.isValid() or index.internalId() == _GROUP:
            return None
        return self._groups[index.internalId() - 1][1][index.row()]

    def _count(self, type_id: str) -> int:
        return sum(self._counts.get(type_id, {}).values())

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _GROUP)

    def parent(self, index: Index = ROOT) -> Any:
        if not index.isValid() or index.internalId() == _GROUP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _GROUP)

    def rowCount(self, parent: Index = ROOT) -> int:
        if not parent.isValid():
            return len(self._groups)
        if parent.internalId() != _GROUP or parent.column() != 0:
            return 0
        return len(self._groups[parent.row()][1])

    def columnCount(self, parent: Index = ROOT) -> int:
        return 2

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        kind = self._type(index)
        if kind is not None and kind.geometry and index.column() == 0:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        kind = self._type(index)
        if kind is None:
            return self._group_data(index, role)
        if role == TYPE_ID:
            return kind.id
        return self._title_data(kind, role) if index.column() == 0 else self._count_data(kind, role)

    def _title_data(self, kind: RecordType, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return pick(kind.title)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._swatches.get(kind.id) or _icon_of(kind)
        if role == Qt.ItemDataRole.CheckStateRole and kind.geometry:
            return Qt.CheckState.Unchecked if kind.id in self._hidden else Qt.CheckState.Checked
        return None

    def _group_data(self, index: Index, role: int) -> Any:
        group, types = self._groups[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return pick(group.title) if index.column() == 0 else show_count(sum(self._count(kind.id) for kind in types))
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        return _right(index, role)

    def _count_data(self, kind: RecordType, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return show_count(self._count(kind.id))
        if role == Qt.ItemDataRole.ToolTipRole:
            states = self._counts.get(kind.id, {})
            lines = [f"{word(f'UI-STATE-{state.name}')}: {count}" for state, count in states.items() if count]
            return "\n".join(lines) or word("UI-NO-RECORDS")
        return _right(None, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        kind = self._type(index)
        if role != Qt.ItemDataRole.CheckStateRole or kind is None or not kind.geometry:
            return False
        visible = Qt.CheckState(value) == Qt.CheckState.Checked
        (self._hidden.discard if visible else self._hidden.add)(kind.id)
        self.dataChanged.emit(index, index, [Qt.ItemDataRole.CheckStateRole])
        self.visibility_changed.emit(kind.id, visible)
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return word("UI-RECORD-TYPE") if section == 0 else word("UI-COUNT")
        return None


def _icon_of(kind: RecordType) -> QIcon:
    return icon(_KINDS[kind.geometry[0]] if kind.geometry else "document")


def _swatch(kind: RecordType, style: LayerStyle, ratio: float) -> QPixmap:
    shown = style.classes[1:4] if style.codes else style.classes[:1]
    return swatch_picture(_KINDS[kind.geometry[0]], shown, ratio=ratio, opacity=style.opacity)


def _right(index: Index | None, role: int) -> Any:
    if role == Qt.ItemDataRole.TextAlignmentRole and (index is None or index.column() == 1):
        return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return None
