"""Selected shapes changed in figures: moved, turned, enlarged, offset, thinned, rounded; seen before it is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import current_language
from desktop.map.tools.marks import numeral
from desktop.words import word
from geodesy.numbers import parse_number
from geodesy.shaping.curves import count_vertices, offset_shape
from geodesy.shaping.moving import move_shape, scale_shape, turn_shape
from geodesy.shaping.together import simplify_shapes, smooth_shapes


class Change(StrEnum):
    """What can be done in figures."""

    MOVE = "move"
    TURN = "turn"
    SCALE = "scale"
    OFFSET = "offset"
    SIMPLIFY = "simplify"
    SMOOTH = "smooth"


FIELDS: Mapping[Change, tuple[tuple[str, str], ...]] = {  # message code of each figure, and what it begins with
    Change.MOVE: (("UI-TRANSFORM-NORTH", "0"), ("UI-TRANSFORM-EAST", "0")),
    Change.TURN: (("UI-TRANSFORM-ANGLE", "90"),),
    Change.SCALE: (("UI-TRANSFORM-FACTOR", "1"),),
    Change.OFFSET: (("UI-TRANSFORM-DISTANCE", "5"),),
    Change.SIMPLIFY: (("UI-TRANSFORM-TOLERANCE", "0,5"),),
    Change.SMOOTH: (("UI-TRANSFORM-TOLERANCE", "0,5"),),
}
LABELS: Mapping[Change, str] = {
    Change.MOVE: "WORK-MOVE",
    Change.TURN: "WORK-TURN",
    Change.SCALE: "WORK-SCALE",
    Change.OFFSET: "WORK-OFFSET",
    Change.SIMPLIFY: "WORK-SIMPLIFY",
    Change.SMOOTH: "WORK-SMOOTH",
}


_MOST = 1e7  # metres, degrees, times: what goes beyond is a slip of the hand


@dataclass(frozen=True, slots=True)
class Outcome:
    """The new shapes in the order of the old ones, and how far any strays from its old one where that is a matter."""

    shapes: tuple[BaseGeometry, ...]
    strays_m: float = 0.0


def apply_change(change: Change, shapes: Sequence[BaseGeometry], figures: Sequence[float]) -> Outcome:
    """Return what a change makes of shapes; raise ``UserError`` with what is wrong with a figure."""
    first = figures[0]
    if change in (Change.SIMPLIFY, Change.SMOOTH):
        found = (simplify_shapes if change is Change.SIMPLIFY else smooth_shapes)(shapes, first)
        return Outcome(tuple(item.shape for item in found), max(item.strays_m for item in found))
    calls: Mapping[Change, Callable[[BaseGeometry], BaseGeometry]] = {
        Change.MOVE: lambda shape: move_shape(shape, figures[1], first),
        Change.TURN: lambda shape: turn_shape(shape, first),
        Change.SCALE: lambda shape: scale_shape(shape, first),
        Change.OFFSET: lambda shape: offset_shape(shape, first),
    }
    return Outcome(tuple(calls[change](shape) for shape in shapes))


class TransformDialog(QDialog):
    """``previewed`` carries the shapes to be shown, none when the figures cannot be used."""

    previewed = Signal(object)

    def __init__(self, change: Change, shapes: Sequence[BaseGeometry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word(f"UI-DO-{change.value.upper()}-SHAPE").rstrip("…"))
        self.setMinimumWidth(430)
        self.change, self._shapes = change, tuple(shapes)
        self.outcome: Outcome | None = None
        self.lines = [QLineEdit(usual) for _, usual in FIELDS[change]]
        self.as_new = QCheckBox(word("UI-TRANSFORM-AS-NEW"))
        self.as_new.setChecked(change is Change.OFFSET)
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

    def follow(self) -> None:
        """Work out what is asked for and show it."""
        self.outcome, text = None, ""
        try:
            self.outcome = apply_change(self.change, self._shapes, self.figures)
        except UserError as error:
            text = str(error)
        except ValueError:
            text = word("UI-TRANSFORM-NO-NUMBER")
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))
        self.ok.setEnabled(self.outcome is not None)
        self.note.setText("" if self.outcome is None else self._note(self.outcome))
        self.previewed.emit(() if self.outcome is None else self.outcome.shapes)

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
