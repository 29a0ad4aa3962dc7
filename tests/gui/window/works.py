"""Grounds with records to work on, one for each use of a tool, and the hand that works there."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from desktop.panels.merge_dialog import MergeDialog
from desktop.panels.transform_dialog import TransformDialog
from desktop.pictures import settle_window
from services.desk import Desk
from services.editing import insert_record
from services.reading import list_records
from tests.gui.window.hands import RIGHT, Hand
from tests.gui.window.lots import EAST, LOTS, NORTH

LINES, POINTS = "planning_control_line", "survey_point"
TYPES = (LOTS, LINES, POINTS)
APART_M = 600.0

Offset = tuple[float, float]
Shapes = Mapping[str, Any]


class Ground:
    """The records that one use works on, far from those of others; ``pegs`` are points that clicks stick to."""

    def __init__(self, desk: Desk, number: int, pegs: Sequence[Offset]) -> None:
        self._down = APART_M * number
        holed = shapely.Polygon(self.box(220, -300, 300, -220).exterior, [self.box(240, -280, 260, -260).exterior])
        made = {
            "K1": (LOTS, self.box(0, -300, 100, -200)),
            "K2": (LOTS, self.box(100, -300, 200, -200)),
            "K3": (LOTS, shapely.MultiPolygon([holed, self.box(320, -300, 340, -280)])),
            "bent": (LINES, self.lines([(0, -150), (100, -148), (200, -150)])),
            "straight": (LINES, self.lines([(0, -130), (200, -130)])),
        }
        made |= {f"peg {at}": (POINTS, shapely.Point(self.place(*peg))) for at, peg in enumerate(pegs)}
        self.uids = {name: insert_record(desk, kind, {}, shape).record.uid for name, (kind, shape) in made.items()}
        self.names = {uid: name for name, uid in self.uids.items()}
        self.types = {name: kind for name, (kind, _) in made.items()}

    def place(self, east: float, north: float) -> tuple[float, float]:
        return EAST + east, NORTH + north - self._down

    def box(self, west: float, south: float, east: float, north: float) -> Any:
        return shapely.box(*self.place(west, south), *self.place(east, north))

    def area(self, *corners: Offset) -> Any:
        return shapely.Polygon([self.place(*corner) for corner in corners])

    def lines(self, *paths: Sequence[Offset]) -> Any:
        return shapely.MultiLineString([[self.place(*at) for at in path] for path in paths])


class Work:
    """One hand on one ground."""

    def __init__(self, hand: Hand, ground: Ground, qtbot: QtBot) -> None:
        self.hand, self.ground, self._qtbot = hand, ground, qtbot

    def begin(self, kind: str) -> None:
        window = self.hand.window
        window.map.set_tool("select")
        window.selecting.choose({})
        window.selecting.show_type(kind)
        window.map.zoom_to((*self.ground.place(-40, -360), *self.ground.place(400, -100)))
        settle_window(window)

    def choose(self, names: Sequence[str]) -> None:
        found = [self.ground.uids[name] for name in names]
        self.hand.window.selecting.choose({self.ground.types[names[0]]: found} if names else {})

    def take(self, key: str) -> None:
        action = self.hand.window.actions_by_key[key]
        assert action.isEnabled(), key
        action.trigger()

    def click(self, *places: Offset) -> None:
        for at in places:
            self.hand.click(*self.ground.place(*at))

    def end(self, *places: Offset) -> None:
        """Click places, and end with the right button."""
        self.click(*places)
        self.hand.click(*self.ground.place(*places[-1]), RIGHT)

    def drag(self, start: Offset, end: Offset) -> None:
        self.hand.drag(self.ground.place(*start), self.ground.place(*end))

    def type_in(self, *texts: str, alone: bool = False) -> None:
        dialog = self._dialog(TransformDialog)
        for line, text in zip(dialog.lines, texts, strict=True):
            line.selectAll()
            self._qtbot.keyClicks(line, text)
        if alone:
            dialog.as_new.setChecked(False)
        self._qtbot.keyClick(dialog.lines[0], Qt.Key.Key_Return)

    def merge(self) -> None:
        dialog = self._dialog(MergeDialog)
        dialog.table.selectRow(0)
        dialog.accept()

    def save(self) -> None:
        settle_window(self.hand.window)
        self.hand.window.record.save()

    def _dialog(self, kind: type[Any]) -> Any:
        return next(one for one in reversed(self.hand.window.findChildren(QDialog)) if isinstance(one, kind))


def shapes_in(desk: Desk, ground: Ground) -> dict[str, Any]:
    """Return the shapes of a ground by name, those of new records under their uid."""
    within = shapely.box(*ground.place(-200, -420), *ground.place(500, 60))
    found = [record for kind in TYPES for record in list_records(desk, kind) if within.covers(record.geometry)]
    return {ground.names.get(record.uid, record.uid): record.geometry for record in found}


def alike(one: Any, other: Any) -> bool:
    """Whether two shapes have the same vertices to the bit, wherever their rings begin; lines run the same way."""
    gathered = [shapely.geometrycollections(shapely.get_parts(shape)) for shape in (one, other)]
    if one.area:
        gathered = [shape.normalize() for shape in gathered]
    return bool(shapely.equals_exact(*gathered, 0.0))


def same_bits(one: Shapes, other: Shapes) -> bool:
    return {name: shape.wkb for name, shape in one.items()} == {name: shape.wkb for name, shape in other.items()}
