"""A record's state as one word in its own colour, the same everywhere."""

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.theme import state_colour
from desktop.words import word
from forms.record import State


class StateChip(QLabel):
    """A small filled label that names a state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, state: State | None) -> None:
        """Name ``state``, or nothing."""
        self.setVisible(state is not None)
        if state is not None:
            self.setText(word(f"UI-STATE-{state.name}"))
            self.setToolTip(word(f"UI-STATE-{state.name}-HELP"))
            self.setStyleSheet(
                f"color: white; background: {state_colour(state)}; border-radius: 9px;"
                " padding: 2px 9px; font-size: 12px;"
            )
