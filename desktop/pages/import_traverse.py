"""A traverse out of a field book before it is imported: its lines, how it closes, where its points come to lie."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QWidget

from core.errors import UserError
from core.messages import current_language
from desktop.models.plain_model import Row
from desktop.pages.import_planned import SeenTraverse
from desktop.panels.card import Card, ShortTable
from desktop.words import pick, word
from geodesy.numbers import format_number
from geodesy.survey.angles import format_angle
from geodesy.survey.traverse import TraverseClass, traverse_classes
from services.import_plan import ImportPlan
from services.traverses import AdjustedTraverse, Leg, Side, Traverse, adjust_traverse

_HEADINGS = (
    "UI-TRAVERSE-FROM",
    "UI-TRAVERSE-TO",
    "UI-TRAVERSE-ANGLE",
    "UI-TRAVERSE-BEARING",
    "UI-TRAVERSE-DISTANCE",
    "UI-TRAVERSE-NORTH",
    "UI-TRAVERSE-EAST",
    "UI-TRAVERSE-HOW",
)
_TURNED_SECONDS = 3600.0  # a book that misses by a degree was hardly measured like that


class TraverseCard(Card):
    """Shows for a field book what a traverse's computation says; for anything else it hides.

    ``changed`` tells that the file is to be read anew: with the adjusted points, or without.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-TRAVERSE"), word("UI-TRAVERSE-HINT"), parent)
        self._path: Path | None = None
        self._traverse: Traverse | None = None
        self.problem, self.angle, self.closure, self.verdict, self.unknown = (QLabel() for _ in range(5))
        for label in (self.problem, self.angle, self.closure, self.verdict, self.unknown):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.unknown.setProperty("role", "hint")
        self.table = ShortTable([word(code) for code in _HEADINGS], stretch=len(_HEADINGS) - 1)
        self.table.setAccessibleName(word("UI-TRAVERSE"))
        self.class_box = QComboBox()
        for kind in traverse_classes().values():
            self.class_box.addItem(_class_words(kind), kind.key)
        self.class_box.activated.connect(lambda _: self._judge(self.class_box.currentData()))
        self.right_box = QCheckBox(word("UI-TRAVERSE-RIGHT"))
        self.right_box.clicked.connect(self._turn)
        self.points_box = QCheckBox(word("UI-TRAVERSE-POINTS"))
        self.points_box.setToolTip(word("UI-TRAVERSE-POINTS-HELP"))
        self.points_box.clicked.connect(self.changed)
        self._figures = QWidget()
        against = QHBoxLayout(self._figures)
        against.setContentsMargins(0, 0, 0, 0)
        against.addWidget(QLabel(word("UI-TRAVERSE-AGAINST")))
        against.addWidget(self.class_box)
        against.addWidget(self.verdict, 1)
        choices = QHBoxLayout()
        choices.addWidget(self.right_box)
        choices.addWidget(self.points_box)
        choices.addStretch(1)
        for widget in (self.problem, self.angle, self.closure, self._figures, self.table, self.unknown):
            self.column.addWidget(widget)
        self.column.addLayout(choices)
        self.hide()

    @property
    def choice(self) -> Side | None:
        """On which side the angles are of a book whose adjusted points are wanted; ``None`` when they are not."""
        if self.isHidden() or not self.points_box.isChecked():
            return None
        return "right" if self.right_box.isChecked() else "left"

    def show_plan(self, plan: ImportPlan, seen: SeenTraverse | None) -> None:
        """Show the traverse that was seen in the plan's file."""
        if plan.path != self._path:
            self.right_box.setChecked(False)
        self._path = plan.path
        self._traverse = seen.traverse if seen is not None else None
        self.points_box.setChecked(plan.traverse is not None)
        if plan.traverse is not None:
            self.right_box.setChecked(plan.traverse == "right")
        self.setVisible(seen is not None)
        if seen is not None:
            self._show(seen.problem)

    def _turn(self) -> None:
        """Take the angles for those to the other side, and read anew where the points are wanted."""
        self._show("")
        if self.points_box.isChecked():
            self.changed.emit()

    def _show(self, problem: str) -> None:
        try:
            found = self._adjusted(None)
        except UserError as error:
            found, problem = None, str(error)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        for widget in (self.angle, self.closure, self._figures, self.table, self.unknown):
            widget.setVisible(found is not None)
        for box in (self.right_box, self.points_box):
            box.setEnabled(found is not None)
        if found is None:
            return
        self._show_closure(found)
        self.table.rows_model.show_rows([_row(leg) for leg in found.legs()])
        self._judge(found.kind.key)

    def _adjusted(self, kind: str | None) -> AdjustedTraverse | None:
        if self._traverse is None:
            return None
        return adjust_traverse(self._traverse.turned() if self.right_box.isChecked() else self._traverse, kind)

    def _show_closure(self, found: AdjustedTraverse) -> None:
        closure, book = found.closure, found.traverse
        seconds, count = closure.angle_seconds, len(book.angles)
        if seconds is None:
            self.angle.setText(word("UI-TRAVERSE-NO-ANGLE"))
        else:
            self.angle.setText(word("UI-TRAVERSE-CLOSES-ANGLE", seconds=_signed(seconds, 1), count=count))
        self.closure.setText(
            word(
                "UI-TRAVERSE-CLOSES",
                north=_signed(closure.north_m, 3),
                east=_signed(closure.east_m, 3),
                error=_number(closure.error_m, 3),
                length=_number(closure.length_m, 2),
                relative=_ratio(closure.relative),
            )
        )
        told = [word("UI-TRAVERSE-UNKNOWN")]
        if book.unused:
            told.append(word("UI-TRAVERSE-UNUSED", stations=", ".join(book.unused)))
        if seconds is not None and abs(seconds) > _TURNED_SECONDS:
            told.append(word("UI-TRAVERSE-TURNED"))
        self.unknown.setText("\n".join(told))

    def _judge(self, kind: str) -> None:
        """Say how the traverse stands to a class's figures; nobody's law is behind them."""
        self.class_box.setCurrentIndex(self.class_box.findData(kind))
        found = self._adjusted(kind)
        if found is None:
            return
        closure = found.closure
        fits = closure.relative >= closure.relative_limit
        limit = {"limit": _ratio(closure.relative_limit)}
        told = [word("UI-TRAVERSE-LENGTH-WITHIN" if fits else "UI-TRAVERSE-LENGTH-BEYOND", **limit)]
        if closure.angle_seconds is not None:
            fits = abs(closure.angle_seconds) <= closure.angle_limit_seconds
            limit = {"limit": _number(closure.angle_limit_seconds, 1)}
            told.insert(0, word("UI-TRAVERSE-ANGLE-WITHIN" if fits else "UI-TRAVERSE-ANGLE-BEYOND", **limit))
        self.verdict.setText("; ".join(told))


def _class_words(kind: TraverseClass) -> str:
    return word(
        "UI-TRAVERSE-CLASS",
        name=pick(kind.label),
        seconds=_number(kind.angle_seconds, 0),
        relative=_ratio(kind.relative),
    )


def _row(leg: Leg) -> Row:
    east, north = leg.place
    cells = (
        leg.start,
        leg.end,
        "–" if leg.angle_deg is None else format_angle(leg.angle_deg),
        format_angle(leg.bearing_deg),
        "–" if leg.distance_m is None else _number(leg.distance_m, 3),
        _number(north, 3),
        _number(east, 3),
        word("UI-TRAVERSE-GIVEN" if leg.is_given else "UI-TRAVERSE-ADJUSTED"),
    )
    return Row(cells, leg)


def _number(value: float, decimals: int) -> str:
    return format_number(value, decimals, current_language())


def _signed(value: float, decimals: int) -> str:
    shown = round(value, decimals)
    return f"+{_number(shown, decimals)}" if shown > 0 else _number(shown + 0.0, decimals)


def _ratio(value: float) -> str:
    """Return ``1:5000``, and ``1:∞`` where nothing is missed."""
    return "1:∞" if value == float("inf") else f"1:{_number(value, 0)}"
