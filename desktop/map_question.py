"""A decision about shapes that are not stored yet: the map shows them dashed, and nothing is done until it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF
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

    That one is the default, and what Esc means. The box stands beside the shapes, where there is room for it; ``name``
    is for who looks for it.
    """
    title, text = words
    shown = list(shapes)
    window.notices.toast.hide()
    window.map.preview.show_shapes(shown)
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
    _stand_aside(window, box, shown)
    return box


def _stand_aside(window: DeskWindow, box: QMessageBox, shapes: Sequence[BaseGeometry]) -> None:
    """Move the box to that edge of the window where it hides least of the shapes."""
    canvas = window.map.canvas
    corners = canvas.to_screen(np.array(shapely.total_bounds(shapes)).reshape(2, 2))
    west, north = corners.min(axis=0).tolist()
    east, south = corners.max(axis=0).tolist()
    top_left = canvas.viewport().mapToGlobal(QPointF(west, north))
    asked = QRectF(top_left, QSizeF(east - west, south - north))
    space = QRectF(QPointF(window.mapToGlobal(QPoint(0, 0))), QSizeF(window.size())).adjusted(12, 12, -12, -12)
    size = QSizeF(box.frameGeometry().size())
    middle = space.center().x() - size.width() / 2
    right, bottom = space.right() - size.width(), space.bottom() - size.height()
    places = [QPointF(x, y) for y in (bottom, space.top()) for x in (middle, right, space.left())]
    best = min(places, key=lambda place: _area(asked.intersected(QRectF(place, size))))
    box.move(best.toPoint())


def _area(part: QRectF) -> float:
    return part.width() * part.height()
