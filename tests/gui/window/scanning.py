"""Reads every text a window shows or would show."""

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QTabWidget, QWidget

SIMPLE = ("text", "toolTip", "placeholderText", "windowTitle", "title", "statusTip", "accessibleName")


def texts_of(window: QWidget) -> Iterator[str]:
    """Yield the texts of ``window`` and everything in it, hidden parts too."""
    for thing in [window, *window.findChildren(QWidget), *window.findChildren(QAction)]:
        for name in SIMPLE:
            read = getattr(thing, name, None)
            if callable(read) and isinstance(found := read(), str):
                yield found
        if isinstance(thing, QComboBox):
            yield from (thing.itemText(place) for place in range(thing.count()))
        if isinstance(thing, QTabWidget):
            yield from (thing.tabText(place) for place in range(thing.count()))
        if isinstance(thing, QAbstractItemView) and thing.model() is not None:
            yield from _texts_of_model(thing.model())


def _texts_of_model(model: QAbstractItemModel) -> Iterator[str]:
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for column in range(columns):
        yield str(model.headerData(column, Qt.Orientation.Horizontal))
        for row in range(min(model.rowCount(), 50)):
            yield str(model.index(row, column).data())
