"""The hand on the map: places on the ground as places of the widget, clicks and drags there."""

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.map.tools.tool import Tool

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Hand:
    """Uses the map of one window as a user's hand does; places are metres east and north."""

    def __init__(self, window: DeskWindow, qtbot: QtBot) -> None:
        self.window, self._qtbot = window, qtbot

    @property
    def tool(self) -> Tool:
        return self.window.map.tool

    def at(self, east: float, north: float) -> QPoint:
        x, y = self.window.map.canvas.to_screen(np.array([(east, north)]))[0]
        return QPoint(round(x), round(y))

    def move(self, east: float, north: float, **more: Any) -> None:
        self._send(QEvent.Type.MouseMove, east, north, Qt.MouseButton.NoButton, **more)

    def click(self, east: float, north: float, button: Qt.MouseButton = LEFT, **more: Any) -> None:
        self.move(east, north)
        self._send(QEvent.Type.MouseButtonPress, east, north, button, **more)
        self._send(QEvent.Type.MouseButtonRelease, east, north, button, **more)

    def draw(self, *places: tuple[float, float]) -> None:
        """Click each place and end with the right button at the last."""
        for east, north in places:
            self.click(east, north)
        self.click(*places[-1], RIGHT)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.move(*start)
        self._send(QEvent.Type.MouseButtonPress, *start, LEFT)
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        for place in (middle, end):
            self._send(QEvent.Type.MouseMove, *place, Qt.MouseButton.NoButton, held=LEFT)
        self._send(QEvent.Type.MouseButtonRelease, *end, LEFT)

    def key(self, key: Qt.Key, **more: Any) -> None:
        self._qtbot.keyClick(self.window.map.canvas.viewport(), key, **more)

    def _send(
        self,
        kind: QEvent.Type,
        east: float,
        north: float,
        button: Qt.MouseButton,
        *,
        held: Qt.MouseButton = Qt.MouseButton.NoButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        viewport = self.window.map.canvas.viewport()
        place = QPointF(self.at(east, north))
        down = button if kind == QEvent.Type.MouseButtonPress else held
        event = QMouseEvent(kind, place, QPointF(viewport.mapToGlobal(place.toPoint())), button, down, keys)
        QApplication.sendEvent(viewport, event)
