"""What lies at a place: every record there, the topmost first, each with what is known of it."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.record import Record
from forms.requirements import is_filled
from forms.titles import record_title
from forms.values import format_value

UID = Qt.ItemDataRole.UserRole
_WIDE, _HIGH, _NAMES_WIDE = 560, 330, 240
_OPEN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class IdentifyPopup(QFrame):
    """A list beside the cursor; ``looked_at`` carries the record the eye is on, ``opened`` the one that was chosen."""

    looked_at = Signal(str)
    opened = Signal(str)

    def __init__(self, catalogue: Catalogue, position: str, records: Sequence[Record], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._catalogue = catalogue
        place = QLabel(position)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        place.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(14)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.tree.header().resizeSection(0, _NAMES_WIDE)
        for record in records:
            self.tree.addTopLevelItem(self._item_of(record))
        if records:
            self.tree.topLevelItem(0).setExpanded(True)
        else:
            place.setText(f"{position}\n{word('UI-IDENTIFY-NOTHING')}")
            self.tree.hide()
        self.tree.currentItemChanged.connect(self._look)
        self.tree.itemDoubleClicked.connect(self._open)
        hint = QLabel(word("UI-IDENTIFY-HINT"))
        hint.setProperty("role", "hint")
        hint.setWordWrap(True)
        hint.setVisible(bool(records))
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        for part in (place, self.tree, hint):
            column.addWidget(part)
        self.resize(_WIDE, _HIGH if records else place.sizeHint().height() + 20)

    def _item_of(self, record: Record) -> QTreeWidgetItem:
        language = current_language()
        kind = self._catalogue.type(record.type_id)
        item = QTreeWidgetItem(
            [
                record_title(kind, record.values, language, self._catalogue),
                f"{pick(kind.title)} · {word(f'UI-STATE-{record.state.name}')}",
            ]
        )
        item.setData(0, UID, record.uid)
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        for field in kind.fields:
            value = record.values.get(field.key)
            if is_filled(value) and field.type not in ("files", "reference"):
                shown = format_value(field, value, self._catalogue, language)
                unit = f" {field.unit}" if field.unit else ""
                child = QTreeWidgetItem([pick(field.label), f"{shown}{unit}".splitlines()[0]])
                child.setData(0, UID, record.uid)
                item.addChild(child)
        return item

    def show_at(self, place: QPoint) -> None:
        """Open beside a place of the screen, whole."""
        area = self.parentWidget().screen().availableGeometry()
        self.move(min(place.x() + 14, area.right() - self.width()), min(place.y() + 8, area.bottom() - self.height()))
        self.show()
        if self.tree.topLevelItemCount():
            self.tree.setFocus()
            self.tree.setCurrentItem(self.tree.topLevelItem(0))

    def _look(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.looked_at.emit(item.data(0, UID))

    def _open(self, item: QTreeWidgetItem) -> None:
        self.close()
        self.opened.emit(item.data(0, UID))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.tree.currentItem()
        if event.key() in _OPEN and item is not None:
            self._open(item)
            return
        super().keyPressEvent(event)
