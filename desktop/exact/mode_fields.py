"""The fields of one way to enter a vertex: built from what the way asks for, read, emptied, gone through by Enter."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from core.messages import current_language
from desktop.exact.modes import Asked, Mode
from desktop.words import word

Editor = QLineEdit | QComboBox


class ModeFields(QWidget):
    """A form of one row for each field of a mode.

    ``changed`` is called whenever a field is edited; ``watcher`` gets the events of every field.
    """

    def __init__(self, watcher: QObject, changed: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._watcher, self._changed = watcher, changed
        self._mode: Mode | None = None
        self.editors: dict[str, Editor] = {}
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(8)
        self.form.setVerticalSpacing(5)

    def show_mode(self, mode: Mode, *, geographic: bool) -> None:
        """Ask for what a mode needs, and for nothing else."""
        while self.form.rowCount():
            self.form.removeRow(0)
        self._mode = mode
        self.editors = {asked.key: self._editor(asked) for asked in mode.fields}
        for asked in mode.fields:
            self.form.addRow(QLabel(), self.editors[asked.key])
        self.name(geographic=geographic)

    def _editor(self, asked: Asked) -> Editor:
        if asked.kind == "choice":
            box = QComboBox()
            for choice in asked.choices:
                box.addItem(word(f"EXACT-CHOICE-{choice.upper()}"), choice)
            box.activated.connect(self._changed)
            box.installEventFilter(self._watcher)
            return box
        editor = QLineEdit(asked.usual.replace(".", ",") if current_language() == "vi" else asked.usual)
        editor.setPlaceholderText(word(f"EXACT-HINT-{asked.kind.upper()}"))
        editor.textEdited.connect(self._changed)
        editor.installEventFilter(self._watcher)
        return editor

    def name(self, *, geographic: bool) -> None:
        """Name the fields anew: a coordinate is X and Y, or latitude and longitude."""
        special = {"north": "UI-LATITUDE", "east": "UI-LONGITUDE"} if geographic else {}
        for row, asked in enumerate(self._mode.fields if self._mode is not None else ()):
            editor = self.editors[asked.key]
            if asked.kind == "coordinate" and isinstance(editor, QLineEdit):
                editor.setPlaceholderText(word("EXACT-HINT-DEGREES" if geographic else "EXACT-HINT-COORDINATE"))
            text = word(special.get(asked.key, asked.code))
            label = self.form.itemAt(row, QFormLayout.ItemRole.LabelRole)
            if label is not None:
                label.widget().setText(text)  # type: ignore[attr-defined]
            editor.setAccessibleName(text)

    def texts(self) -> dict[str, str]:
        """Return what every field holds, by its key."""
        return {
            key: editor.text() if isinstance(editor, QLineEdit) else str(editor.currentData())
            for key, editor in self.editors.items()
        }

    def empty(self, *, keeps_road: bool = False) -> bool:
        """Empty what was typed; return whether anything was."""
        was_typed = False
        for asked in self._mode.fields if self._mode is not None else ():
            editor = self.editors[asked.key]
            if isinstance(editor, QLineEdit) and not asked.usual and not (keeps_road and asked.kind == "road"):
                was_typed = was_typed or bool(editor.text())
                editor.clear()
        return was_typed

    def place_of(self, editor: QObject) -> int:
        """Return which field an editor is, counted from 0; the last one for anything else."""
        editors = list(self.editors.values())
        return next((number for number, one in enumerate(editors) if one is editor), len(editors) - 1)

    def has_empty_after(self, place: int) -> bool:
        """Whether a field that is typed in stands empty behind a place."""
        behind = list(self.editors.values())[place + 1 :]
        return any(isinstance(editor, QLineEdit) and not editor.text() for editor in behind)

    def focus(self, place: int) -> None:
        """Let a field be typed in, its text chosen; behind the last one the first."""
        editors = list(self.editors.values())
        editor = editors[place] if place < len(editors) else editors[0]
        editor.setFocus()
        if isinstance(editor, QLineEdit) and place:
            editor.selectAll()
