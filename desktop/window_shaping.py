"""Doing something to the shapes of selected records: with a line or area drawn over them, in figures, or at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import shapely
from PySide6.QtCore import QObject, QPoint
from shapely.geometry.base import BaseGeometry

from core.progress import Progress
from desktop.around import describe_around
from desktop.map.tools.handles import HandleTool
from desktop.map_control import DRAWN
from desktop.panels.merge_dialog import MergeDialog
from desktop.panels.transform_dialog import TransformDialog
from desktop.shape_needs import NEEDS, Chosen
from desktop.theme import GAP, Tone
from desktop.words import word
from forms.record import Record
from geodesy.shaping.changes import Change
from geodesy.shaping.curves import reverse_shape
from geodesy.shaping.moving import mirror_shape, move_shape
from geodesy.shaping.outlines import add_part, cut_hole, fill_hole, remove_part, replace_stretch
from services.editing import Changed
from services.reading import fetch_many
from services.reshaping import merge_records
from services.shaping import cut_records, find_room, reshape_records
from services.transforming import LABELS, figure_words

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

TOOLS = {
    "cut": "cut",
    "stretch": "stretch",
    "hole": "hole",
    "fill-hole": "fill_hole",
    "drop-part": "drop_part",
    "room": "room",
    "move": "move",
    "mirror": "mirror",
}
ALONE = frozenset({"stretch", "hole", "fill_hole", "area_part", "line_part", "drop_part"})
HANDLED = (Change.TURN, Change.SCALE, Change.OFFSET)
CHANGES = {f"{change.value}-shape": change for change in Change}

Shape = Callable[[BaseGeometry, Any], BaseGeometry]
MAKERS: Mapping[str, tuple[str, Shape]] = {
    "stretch": ("WORK-STRETCH", lambda shape, xy: replace_stretch(shape, shapely.LineString(xy))),
    "hole": ("WORK-HOLE", lambda shape, xy: cut_hole(shape, shapely.Polygon(xy))),
    "fill_hole": ("WORK-FILL-HOLE", lambda shape, xy: fill_hole(shape, tuple(xy[0]))),
    "area_part": ("WORK-PART", lambda shape, xy: add_part(shape, shapely.Polygon(xy))),
    "line_part": ("WORK-PART", lambda shape, xy: add_part(shape, shapely.LineString(xy))),
    "drop_part": ("WORK-DROP-PART", lambda shape, xy: remove_part(shape, tuple(xy[0]))),
    "mirror": ("WORK-MIRROR", lambda shape, xy: mirror_shape(shape, tuple(xy[0]), tuple(xy[-1]))),
    "move": ("WORK-MOVE", lambda shape, xy: move_shape(shape, *(xy[1] - xy[0]).tolist())),
}


class WindowShaping(QObject):
    """The verbs of one window that change shapes."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._handled: TransformDialog | None = None  # whose figure a handle on the map gives

    def begin(self) -> None:
        """Follow the tools of the map."""
        window = self._window
        window.map.tool_changed.connect(self._note_tool)
        window.map_control.shown.connect(self.show_offers)
        window.register.type_chosen.connect(lambda type_id: self.show_offers())
        self.show_offers()

    def show_offers(self) -> None:
        """Enable what can be done with the selection as the map knows it; else say at the command what it takes."""
        window = self._window
        kind = window.catalogue.types.get(window.register.type_id or "")
        chosen = Chosen(
            window.map.selected_kinds(),
            window.map.selected_shape(),
            len(window.selecting.chosen),
            frozenset() if kind is None else frozenset(DRAWN[name] for name in kind.geometry),
        )
        for key, need in NEEDS.items():
            action = window.actions_by_key[key]
            can = need.is_met(chosen)
            action.setEnabled(can)
            action.setToolTip(action.text() if can else f"{action.text()}\n{word(need.code)}")

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        tools: dict[str, Callable[[bool], object]] = {key: self._taker(tool) for key, tool in TOOLS.items()}
        changes: dict[str, Callable[[bool], object]] = {key: self._changer(change) for key, change in CHANGES.items()}
        return {
            **tools,
            **changes,
            "part": lambda on: self._take_part_tool(),
            "reverse-line": lambda on: self.reverse(),
            "merge": lambda on: self.ask_merge(),
        }

    def _taker(self, tool: str) -> Callable[[bool], object]:
        return lambda on: self._window.editing.use_tool(tool)

    def _changer(self, change: Change) -> Callable[[bool], object]:
        return lambda on: self.ask_change(change)

    def _take_part_tool(self) -> None:
        records = self._chosen(alone=True)
        if records:
            self._window.editing.use_tool("area_part" if records[0].geometry.area else "line_part")

    def _chosen(self, *, alone: bool = False, least: int = 1) -> list[Record]:
        """Return the selected records that have a shape; say what is wrong when there are none, too few or too many.

        They are as stored, with what was just being typed: their revisions are what a change of them expects.
        """
        window = self._window
        window.record.settle()
        records = fetch_many(window.session.desk, list(window.selecting.uids))
        placed = [record for record in records if record.geometry is not None and not record.geometry.is_empty]
        if len(placed) < least:
            code = "UI-CHOOSE-RECORDS-FIRST" if least == 1 else "UI-CHOOSE-SEVERAL"
        elif alone and len(placed) > 1:
            code = "UI-CHOOSE-ONE"
        else:
            return placed
        window.notices.toast.show_text(word(code), Tone.WARNING)
        return []

    def take_drawing(self, tool: str, xy: Any) -> None:
        """Do what the tool is for with what was drawn over the map."""
        if tool == "cut":
            self._cut(shapely.LineString(xy))
        elif tool == "room":
            self._fill_room(tuple(xy[0].tolist()))
        elif tool in MAKERS:
            label, make = MAKERS[tool]
            records = self._chosen(alone=tool in ALONE)
            self._reshape(records, [partial(make, xy=xy)] * len(records), label, drawn=True)

    def _reshape(
        self,
        records: Sequence[Record],
        makers: Sequence[Callable[..., BaseGeometry]],
        label: str,
        *,
        drawn: bool = False,
    ) -> None:
        """Make the shapes of what is stored when its turn comes: the step before may not be stored yet."""
        window, desk = self._window, self._window.session.desk
        uids = [record.uid for record in records]
        keeps_borders = drawn and window.drawing.keeps_borders()

        def store(progress: Progress) -> Changed:
            present = fetch_many(desk, uids)
            shapes = {record.uid: make(record.geometry) for record, make in zip(present, makers, strict=True)}
            return reshape_records(desk, shapes, label=label, keeps_borders=keeps_borders)

        if uids:
            window.session.write(store, lambda changed: self._say_done(changed.label, changed, uids), owner=self)

    def _store(
        self,
        records: Sequence[Record],
        shapes: Mapping[str, BaseGeometry],
        label: str,
        **facts: object,
    ) -> None:
        if not shapes:
            return
        window, desk = self._window, self._window.session.desk
        expected = {record.uid: record.revision for record in records}
        window.session.write(
            lambda progress: reshape_records(desk, shapes, expected=expected, label=label, **facts),
            lambda changed: self._say_done(changed.label, changed, list(shapes)),
            owner=self,
        )

    def _say_done(self, label: str, changed: Changed, own: Sequence[str]) -> None:
        window = self._window
        undo = (word("UI-DO-UNDO"), window.editing.undo)
        text = f"{word('UI-SHAPE-DONE', label=label)} {describe_around(changed, own)}".strip()
        window.notices.toast.show_text(text, Tone.GOOD, undo)

    def _cut(self, line: BaseGeometry) -> None:
        """Cut the selected records, or, when none is, those of the chosen type that the line crosses."""
        window, desk = self._window, self._window.session.desk
        window.record.settle()
        uids = list(window.selecting.uids)
        type_id = window.register.type_id

        def cut(progress: Progress) -> Any:
            return cut_records(desk, uids, line, type_id=None if uids else type_id)

        def show(saved: Sequence[Any]) -> None:
            chosen: dict[str, list[str]] = {}
            for item in saved:
                chosen.setdefault(item.record.type_id, []).append(item.record.uid)
            window.selecting.choose(chosen)
            own = [item.record.uid for item in saved]
            self._say_done(word("WORK-CUT", count=len(saved)), saved[0].changed, own)

        window.session.write(cut, show, owner=self)

    def _fill_room(self, place: tuple[float, float]) -> None:
        """Begin a record of the chosen type that fills the room between the areas on the map."""
        window, desk = self._window, self._window.session.desk
        type_id = window.register.type_id
        if type_id is None or "multi_polygon" not in window.catalogue.type(type_id).geometry:
            window.notices.toast.show_text(word("UI-ROOM-TYPE"), Tone.WARNING)
            return
        window.session.read(
            lambda progress: find_room(desk, [type_id], place),
            lambda room: window.editing.take_drawing(type_id, room),
            owner=self,
        )

    def reverse(self) -> None:
        """Let the selected lines run the other way."""
        records = [record for record in self._chosen() if not record.geometry.area and record.geometry.length]
        self._reshape(records, [reverse_shape] * len(records), "WORK-REVERSE")

    def ask_change(self, change: Change) -> None:
        """Ask for the figures of a change; the map shows what would become of the selected shapes."""
        window = self._window
        records = self._chosen()
        if not records:
            return
        window.commands.show_page("map")
        if self._handled is not None:
            self._handled.reject()
        dialog = TransformDialog(change, [record.geometry for record in records], window)
        dialog.previewed.connect(window.map.preview.show_shapes)
        dialog.finished.connect(lambda result: window.map.preview.clear())
        dialog.accepted.connect(lambda: self._take_change(dialog, records))
        if change in HANDLED:
            self._put_handles(dialog, [record.geometry for record in records])
        else:
            dialog.open()
        dialog.follow()

    def _put_handles(self, dialog: TransformDialog, shapes: Sequence[BaseGeometry]) -> None:
        """Show the dialog at the window's right edge, and handles on the map whose figure it takes."""
        window = self._window
        window.map.set_tool(dialog.change.value)
        tool = window.map.tool
        assert isinstance(tool, HandleTool)
        self._handled = dialog
        tool.begin(shapes, dialog)
        dialog.figure_changed.connect(tool.show)
        dialog.finished.connect(lambda result: self._leave_handles())
        dialog.show()
        right, top = window.mapToGlobal(window.rect().topRight()).x(), window.map.mapToGlobal(QPoint()).y()
        dialog.adjustSize()
        dialog.move(right - dialog.frameGeometry().width() - GAP, top + GAP)
        dialog.lines[0].selectAll()

    def _leave_handles(self) -> None:
        self._handled = None
        if isinstance(self._window.map.tool, HandleTool):
            self._window.map.set_tool("select")

    def _note_tool(self, tool: str) -> None:
        """Give a change up when another tool is taken."""
        if self._handled is not None and tool != self._handled.change.value:
            self._handled.reject()

    def _take_change(self, dialog: TransformDialog, records: Sequence[Record]) -> None:
        outcome = dialog.outcome
        if outcome is None or outcome.shapes == tuple(record.geometry for record in records):
            return
        if dialog.as_new.isChecked():
            self._window.editing.take_drawing(records[0].type_id, outcome.shapes[0])
            return
        shapes = {record.uid: shape for record, shape in zip(records, outcome.shapes, strict=True)}
        self._store(records, shapes, LABELS[dialog.change], value=figure_words(dialog.figures))

    def ask_merge(self) -> None:
        """Ask which of the selected records stays, and make them one."""
        window = self._window
        records = self._chosen(least=2)
        if not records:
            return
        if len({record.type_id for record in records}) > 1:
            window.notices.toast.show_text(word("UI-CHOOSE-ONE-TYPE"), Tone.WARNING)
            return
        dialog = MergeDialog(records, window.catalogue, window)
        dialog.accepted.connect(lambda: self._merge({record.uid: record.revision for record in records}, dialog.kept))
        dialog.open()

    def _merge(self, revisions: Mapping[str, int], keep: str) -> None:
        window, desk = self._window, self._window.session.desk

        uids = list(revisions)

        def show(saved: Any) -> None:
            window.selecting.choose({saved.record.type_id: [keep]})
            window.selecting.show_chosen()
            self._say_done(word("WORK-MERGED", count=len(revisions)), saved.changed, uids)

        window.session.write(
            lambda progress: merge_records(desk, uids, keep=keep, expected=revisions), show, owner=self
        )
