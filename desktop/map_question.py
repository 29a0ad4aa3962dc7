"""A decision about shapes that are not stored yet: the map shows them dashed, and nothing is done until it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of the question, and what it does."""

    text: str
    take: Callable[[], object]


def ask_over_map(
    window: DeskWindow, name: str, words: tuple[str, str], shapes: Iterable[BaseGeometry], choices: Sequence[Choice]
) -> QMessageBox:
    """Ask with ``words`` (title, text) while the map shows ``shapes``; the last choice leaves things as they were.

    That one is the default, and what Esc means. The box is not modal to the program; ``name`` is for who looks for it.
    """
    title, text = words
    window.map.preview.show_shapes(shapes)
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, parent=window)
    box.setObjectName(name)
    role = QMessageBox.ButtonRole
    roles = [role.AcceptRole] * (len(choices) - 1) + [role.RejectRole]
    buttons = [box.addButton(choice.text, part) for choice, part in zip(choices, roles, strict=True)]
    box.setDefaultButton(buttons[-1])
    box.setEscapeButton(buttons[-1])

    def decide() -> None:
        window.map.preview.clear()
        clicked = box.clickedButton()
        chosen = next((place for place, button in enumerate(buttons) if button is clicked), len(buttons) - 1)
        choices[chosen].take()
        box.deleteLater()

    box.finished.connect(lambda result: decide())
    box.open()
    return box
