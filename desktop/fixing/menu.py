"""The way from a list of findings to their fixes: an entry in its context menu."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QMenu

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
