"""Lines and areas that become records: of several parts, with holes, and kept until they are finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QPainter

from core.errors import UserError
from desktop.map.surface import MapSurface
from desktop.map.tools.marks import draw_handles, draw_rings, draw_sketch
from desktop.map.tools.sketch import LineTool, Place, PolygonTool, SketchTool
from desktop.words import word
from geodesy.shaping.assembling import DrawnPath, assemble_shape


@dataclass(frozen=True, slots=True)
class Path:
    """One part or hole of a sketch; ``steps`` tell how many vertices each step of the hand set."""

    points: tuple[Place, ...]
    is_hole: bool = False
    steps: tuple[int, ...] = ()

    @property
    def drawn(self) -> DrawnPath:
        """The same for whoever makes shapes of paths."""
        return DrawnPath(np.array(self.points, dtype=np.float64), self.is_hole)


class DrawnTool(SketchTool):
    """A sketch that goes on with another part or a hole (``begin_path``); Backspace steps back across them.

    ``allows_parts`` says whether what is drawn may have several; ``state`` is the sketch as it stands.
    """

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self.paths: list[Path] = []  # those that are done with
        self.is_hole = False
        self.allows_parts = True
        self._handed: tuple[Path, ...] = ()

    @property
    def state(self) -> tuple[Path, ...]:
        """Every path of the sketch, the one in hand last, which may have no vertex yet; nothing when none is begun."""
        in_hand = Path(tuple(self.points), self.is_hole, tuple(self._steps))
        return (*self.paths, in_hand) if self.is_begun else ()

    @property
    def is_begun(self) -> bool:
        return bool(self.points or self.paths)

    @property
    def can_finish(self) -> bool:
        return len(self.points) >= self.least or bool(self.paths and not self.points)

    def put_down(self) -> None:
        """Leave the sketch to whoever keeps it."""
        if self.is_begun:
            self.view.sketch_left.emit()
        super().put_down()

    def begin_path(self, *, is_hole: bool) -> None:
        """Go on with a hole or another part; say why not when it cannot be, and leave everything as it is."""
        refusal = self._refusal(is_hole)
        if refusal:
            self.view.complained.emit(refusal)
            return
        self._undone = []
        self._begin(is_hole)
        self._renewed()
        self._say_path()

    def _say_path(self) -> None:
        """Tell what is drawn now."""
        if self.paths:
            self.view.say("MAP-HINT-NEXT-HOLE" if self.is_hole else "MAP-HINT-NEXT-PART", number=self._parts)
        else:
            self.view.say(self.hint)

    def _refusal(self, is_hole: bool) -> str:
        if not self.is_begun:
            return word("MAP-SKETCH-PART-FIRST")
        if is_hole and self.kind != "polygon":
            return word("MAP-SKETCH-HOLE-LINE")
        if not is_hole and not self.allows_parts:
            return word("MAP-SKETCH-ONE-PART")
        if not self.can_finish:
            return word("MAP-SKETCH-TOO-FEW", count=self.least)
        try:
            assemble_shape(self.kind, [path.drawn for path in self.state if path.points])
        except UserError as error:
            return str(error)
        return ""

    def _begin(self, is_hole: bool) -> None:
        if self.points:
            self.paths.append(self.state[-1])
            self.points.clear()
            self._steps = []
        self.is_hole = is_hole

    @property
    def _parts(self) -> int:
        """How many parts there are, the one in hand counted."""
        return sum(not path.is_hole for path in self.state)

    def step_back(self) -> None:
        """Take back the last step; where nothing is left of a path, go back to the one before it."""
        if self.points or not self.paths:
            super().step_back()
            return
        self._undone.append(partial(self._begin, self.is_hole))
        self._take_up(self.paths.pop())
        self._renewed()
        self._say_path()

    def _take_up(self, path: Path) -> None:
        self.points[:] = path.points
        self._steps, self.is_hole = list(path.steps or [1] * len(path.points)), path.is_hole

    def give_up(self) -> None:
        state = self.state
        self._clear()
        self._undone = [partial(self._restore, state)]
        self._renewed()

    def restore(self, state: Sequence[Path]) -> None:
        """Have a sketch in hand as it once stood, see ``state``."""
        self._restore(state)
        self._renewed()

    def _restore(self, state: Sequence[Path]) -> None:
        if state:
            self.paths = list(state[:-1])
            self._take_up(state[-1])

    def take_back(self) -> None:
        """Have in hand again what was last finished: it could not be used."""
        self.restore(self._handed)

    def _clear(self) -> None:
        had_several, self.paths, self.is_hole = bool(self.paths), [], False
        super()._clear()
        if had_several:
            self._say_path()

    def finish(self) -> None:
        if not self.is_begun:
            return
        state = self.state
        paths = [DrawnPath(self.without_doubles(path.points), path.is_hole) for path in state if path.points]
        if not self.can_finish:
            self.view.say("MAP-SKETCH-TOO-FEW", count=self.least)
        elif len(paths) == 1:
            self._handed = state
            super().finish() if self.points else self._hand_over_first(paths[0].xy)
        else:
            try:
                shape = assemble_shape(self.kind, paths)
            except UserError as error:
                self.view.complained.emit(str(error))
                return
            self._handed = state
            self._clear()
            self.view.shape_drawn.emit(shape)

    def _hand_over_first(self, xy: npt.NDArray[np.float64]) -> None:
        """Hand over the one path there is: a second one was called for and never drawn."""
        self._clear()
        self.hand_over(xy)

    def _loose_points(self) -> Sequence[Place]:
        return [*super()._loose_points(), *(point for path in self.paths for point in path.points)]

    def paint_sketch(self, painter: QPainter, trail: Sequence[Place]) -> None:
        """Paint every path; holes stay clear of what fills an area."""
        if not self.paths:
            super().paint_sketch(painter, trail)
            return
        screens = [
            self.view.canvas.to_screen(np.array(path))
            for path in (*(one.points for one in self.paths), trail)
            if len(path)
        ]
        if self.kind == "polygon":
            draw_rings(painter, screens)
        for number, screen in enumerate(screens):
            closed = self.kind == "polygon" and len(screen) > 2
            draw_sketch(painter, screen, closed=closed, filled=False)
            is_in_hand = bool(trail) and number == len(screens) - 1
            draw_handles(painter, screen[: len(self.points)] if is_in_hand else screen)

    def describe(self, xy: npt.NDArray[np.float64]) -> str:
        if not self.paths:
            return super().describe(xy)
        name = word("MAP-SKETCH-HOLE") if self.is_hole else word("MAP-SKETCH-PART", number=self._parts)
        return f"{name} · {super().describe(xy)}"


class DrawnLine(DrawnTool, LineTool):
    """A line that becomes a record."""


class DrawnPolygon(DrawnTool, PolygonTool):
    """A face that becomes a record."""
