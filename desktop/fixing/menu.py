"""The way from a list of findings to their fixes: an entry in its context menu, a button in its corner."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QMenu, QPushButton

from desktop.words import word
from services.fixing import may_be_fixed
from validation.finding import Finding


def can_be_fixed(finding: object) -> bool:
    """Whether there may be a fix for a finding."""
    return isinstance(finding, Finding) and may_be_fixed(finding)


def offer_fixes(
    view: QAbstractItemView, finding_at: Callable[[QPoint], object], wanted: Callable[[Finding], object]
) -> None:
    """Give a list of findings a context menu that asks for the fixes of the one under the cursor."""
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def show(place: QPoint) -> None:
        finding = finding_at(place)
        if isinstance(finding, Finding):
            menu = fix_menu(finding, wanted)
            menu.setParent(view, menu.windowFlags())
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(view.viewport().mapToGlobal(place))

    view.customContextMenuRequested.connect(show)


def fix_menu(finding: Finding, wanted: Callable[[Finding], object]) -> QMenu:
    """Return the menu of a finding."""
    menu = QMenu()
    action = QAction(word("UI-FIX-OPEN"), menu)
    action.setEnabled(can_be_fixed(finding))
    action.triggered.connect(lambda: wanted(finding))
    menu.addAction(action)
    return menu


class CornerButton(QPushButton):
    """Lies in the lower right corner of a list while the finding chosen there may be fixed.

    A list that is filled anew says so by ``follow``.
    """

    def __init__(
        self, view: QAbstractItemView, current: Callable[[], object], wanted: Callable[[Finding], object]
    ) -> None:
        super().__init__(word("UI-FIX-OPEN"), view)
        self._view, self._current = view, current
        self.setToolTip(word("UI-FIX-OPEN-HINT"))
        self.clicked.connect(lambda: wanted(current()))
        view.selectionModel().selectionChanged.connect(self.follow)
        view.viewport().installEventFilter(self)
        self.hide()

    def follow(self) -> None:
        """Be there for a finding that may be fixed, and for no other."""
        self.setVisible(can_be_fixed(self._current()))
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        room, size = self._view.viewport().geometry(), self.sizeHint()
        self.resize(size)
        self.move(room.right() - size.width() - 10, room.bottom() - size.height() - 10)
