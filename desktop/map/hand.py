"""The hand on the map: where its pointer is, and what the map tells whatever is held in it."""

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

CLICK_PX = 4.0  # logical pixels that a hand trembles in a click
REACH_PX = 6.0  # logical pixels around the cursor in which a record is hit


@dataclass(frozen=True, slots=True)
class Pointer:
    """The cursor: world point in metres, place in logical pixels, buttons, keys held."""

    x: float
    y: float
    px: float
    py: float
    button: Qt.MouseButton
    buttons: Qt.MouseButton
    modifiers: Qt.KeyboardModifier

    @property
    def is_additive(self) -> bool:
        """Whether Shift or Ctrl is held: what is picked comes on top of what was."""
        return bool(self.modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))

    def is_near(self, px: float, py: float, reach: float = CLICK_PX) -> bool:
        """Whether a place of the widget is within ``reach`` logical pixels."""
        return abs(self.px - px) <= reach and abs(self.py - py) <= reach


class Hand:
    """What the map tells of the hand's moves, and lets paint. Each method does nothing unless a tool says otherwise."""

    name: ClassVar[str] = ""
    hint: ClassVar[str] = ""  # message code of what to do with it
    cursor: ClassVar[Qt.CursorShape] = Qt.CursorShape.ArrowCursor

    def taken(self) -> None:
        """The tool is taken in hand."""

    def put_down(self) -> None:
        """Another tool is taken: forget what was begun."""

    def pressed(self, at: Pointer) -> None:
        """A button went down."""

    def moved(self, at: Pointer) -> None:
        """The cursor moved, with or without a button held."""

    def released(self, at: Pointer) -> None:
        """A button came up."""

    def double_clicked(self, at: Pointer) -> None:
        """A button went down for the second time; the first press and release came before."""

    def uses(self, key: Qt.Key) -> bool:
        """Whether the tool wants a key for itself just now, before any shortcut of the window."""
        return False

    def key_pressed(self, key: Qt.Key) -> bool:
        """Return whether the tool used the key."""
        return False

    def scene_changed(self) -> None:
        """Layers were set or updated."""

    def paint(self, painter: QPainter) -> None:
        """Paint over the picture, in logical pixels."""
