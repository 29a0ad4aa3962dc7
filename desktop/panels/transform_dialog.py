"""Selected shapes changed in figures: moved, turned, enlarged, offset, thinned, rounded; seen before it is done."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import current_language
from desktop.map.tools.marks import numeral, plain_numeral
from desktop.words import word
from geodesy.numbers import parse_number
from geodesy.shaping.changes import Change, Outcome, apply_change
from geodesy.shaping.curves import count_vertices

FIELDS: Mapping[Change, tuple[tuple[str, str], ...]] = {  # message code of each figure, and what it begins with
    Change.MOVE: (("UI-TRANSFORM-NORTH", "0"), ("UI-TRANSFORM-EAST", "0")),
    Change.TURN: (("UI-TRANSFORM-ANGLE", "0"),),
    Change.SCALE: (("UI-TRANSFORM-FACTOR", "1"),),
    Change.OFFSET: (("UI-TRANSFORM-DISTANCE", "5"),),
    Change.SIMPLIFY: (("UI-TRANSFORM-TOLERANCE", "0.5"),),
    Change.SMOOTH: (("UI-TRANSFORM-TOLERANCE", "0.5"),),
}
_MOST = 1e7  # metres, degrees, times: what goes beyond is a slip of the hand


class TransformDialog(QDialog):
    """``previewed`` carries the shapes to be shown, none when the figures cannot be used; ``figure_changed`` the first.

    A hand on the map may give the figure too (``take_figure``); what stands in the line is what is done.
    """

    previewed = Signal(object)
    figure_changed = Signal(object)

    def __init__(self, change: Change, shapes: Sequence[BaseGeometry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word(f"UI-DO-{change.value.upper()}-SHAPE").rstrip("…"))
        self.setMinimumWidth(400)
        self.change, self._shapes = change, tuple(shapes)
        self.outcome: Outcome | None = None
        self.lines = [QLineEdit(plain_numeral(float(usual))) for _, usual in FIELDS[change]]
        self.around: tuple[float, float] | None = None
        self.as_new = QCheckBox(word("UI-TRANSFORM-AS-NEW"))
        self.as_new.setChecked(not shapes[0].area)  # a grown area beside its old self would lie over it
        self.note, self.complaint = QLabel(), QLabel()
        self.note.setProperty("role", "hint")
        self.complaint.setProperty("role", "error")
        for label in (self.note, self.complaint):
            label.setWordWrap(True)
        rows = QFormLayout(self)
        rows.setSpacing(9)
        for (code, _), line in zip(FIELDS[change], self.lines, strict=True):
            rows.addRow(word(code), line)
            line.textChanged.connect(self.follow)
        if change is Change.OFFSET and len(self._shapes) == 1:
            rows.addRow("", self.as_new)
        else:
            self.as_new.setChecked(False)
        rows.addRow(self.note)
        rows.addRow(self.complaint)
        buttons = QDialogButtonBox()
        self.ok = buttons.addButton(word("UI-TRANSFORM-GO"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setProperty("main", True)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addRow(buttons)

    @property
    def figures(self) -> list[float]:
        """The numbers as typed; raise ``ValueError`` for what is none."""
        mark = "," if current_language() == "vi" else "."
        found = [parse_number(line.text(), prefer=mark) for line in self.lines]
        if max(map(abs, found)) > _MOST:
            raise ValueError(found)
        return found

    def accept(self) -> None:
        """Close with what the figures make; with figures that cannot be used, stay."""
        if self.outcome is not None:
            super().accept()

    def take_figure(self, figure: float, around: tuple[float, float] | None) -> None:
        """Write a figure of the hand into the line, meant around a place."""
        self.around = around
        text = plain_numeral(figure)
        if text == self.lines[0].text():
            self.follow()
        else:
            self.lines[0].setText(text)

    def follow(self) -> None:
        """Work out what is asked for and show it."""
        self.outcome, text = None, ""
        try:
            self.outcome = apply_change(self.change, self._shapes, self.figures, self.around)
        except UserError as error:
            text = str(error)
        except ValueError:
            text = word("UI-TRANSFORM-NO-NUMBER")
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))
        self.ok.setEnabled(self.outcome is not None)
        self.note.setText("" if self.outcome is None else self._note(self.outcome))
        self.previewed.emit(() if self.outcome is None else self.outcome.shapes)
        self.figure_changed.emit(None if self.outcome is None else self.figures[0])

    def _note(self, outcome: Outcome) -> str:
        before = sum(map(count_vertices, self._shapes))
        after = sum(map(count_vertices, outcome.shapes))
        if self.change in (Change.SIMPLIFY, Change.SMOOTH):
            return word("UI-TRANSFORM-VERTICES", before=before, after=after, strays=numeral(outcome.strays_m, 3))
        old, new = (sum(shape.area for shape in shapes) for shapes in (self._shapes, outcome.shapes))
        if old or new:
            return word("UI-TRANSFORM-AREA", before=numeral(old, 1), after=numeral(new, 1))
        old, new = (sum(shape.length for shape in shapes) for shapes in (self._shapes, outcome.shapes))
        return word("UI-TRANSFORM-LENGTH", before=numeral(old, 2), after=numeral(new, 2))
