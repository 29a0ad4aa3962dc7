"""Drawing with care: what is snapped to, a sketch kept through a crash, one that crosses itself or overlaps others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from desktop.around import describe_around
from desktop.entry.drafts import SKETCH
from desktop.map.drawing_aids import REACHES_PX, DrawingAids, save_aids
from desktop.map.snapping import SnapKind
from desktop.map.tools.marks import numeral
from desktop.map.tools.sketch import SketchTool
from desktop.map_question import Choice, ask_over_map
from desktop.tasks import Lane
from desktop.theme import Tone
from desktop.words import pick, word
from forms.days import format_moment
from geodesy.grid import on_grid
from geodesy.shaping.trimming import without_hairs
from services.drafting import Draft, fetch_drafts, forget_draft, keep_draft
from services.editing import Changed
from services.shaping import trim_to_others

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

PAUSE_MS = 400
LEAST_M2 = 0.001  # an overlap below it is the rounding of an edge, and cut off unasked
FLAGS = {
    "tracing": "is_tracing",
    "topology": "is_topological",
    "topology-all": "spans_types",
    "avoid-overlap": "avoids_overlap",
}


class WindowDrawing(QObject):
    """What one window does around a sketch; ``settled`` shapes go on to the form."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._latest: tuple[str, list[Any]] = ("", [])
        self._is_stored = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.keep)

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {key: self._setter(name) for key, name in FLAGS.items()}

    def begin(self) -> None:
        """Show the aids as they were left, and hang their menu on the snapping button."""
        window = self._window
        for key, name in FLAGS.items():
            window.actions_by_key[key].setChecked(getattr(window.map.aids, name))
        button = window.tool_bar.widgetForAction(window.actions_by_key["snapping"])
        assert isinstance(button, QToolButton)
        button.setMenu(self._build_menu())
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        window.map.sketch_changed.connect(self._note_sketch)
        window.map.edit_refused.connect(self.refuse_edit)
        window.map.edit_doubted.connect(self.doubt_edit)
        window.map_control.reshaped.connect(self.tell_reshaped)
        window.record.entry.keeps_borders = self.keeps_borders

    def _build_menu(self) -> QMenu:
        window, aids = self._window, self._window.map.aids
        menu = QMenu(window)
        for kind in SnapKind:
            action = menu.addAction(word(f"UI-SNAP-{kind.name}"))
            action.setCheckable(True)
            action.setChecked(kind in aids.kinds)
            action.toggled.connect(lambda on, kind=kind: self._take(window.map.aids.with_kind(kind, on)))
        menu.addSeparator()
        reaches = QActionGroup(menu)
        for reach in REACHES_PX:
            action = menu.addAction(word("UI-SNAP-REACH", count=round(reach)))
            action.setCheckable(True)
            action.setChecked(reach == aids.reach_px)
            reaches.addAction(action)
            action.triggered.connect(lambda on=False, reach=reach: self._set_reach(reach))
        menu.addSeparator()
        for key in FLAGS:
            menu.addAction(window.actions_by_key[key])
        return menu

    def _set_reach(self, reach: float) -> None:
        self._take(replace(self._window.map.aids, reach_px=reach))

    def _setter(self, name: str) -> Callable[[bool], object]:
        return lambda on: self._take(replace(self._window.map.aids, **{name: on}))

    def _take(self, aids: DrawingAids) -> None:
        self._window.map.set_aids(aids)
        save_aids(aids)

    # Steps of a sketch

    @property
    def _sketch(self) -> SketchTool | None:
        tool = self._window.map.tool
        return tool if isinstance(tool, SketchTool) else None

    @property
    def step_labels(self) -> tuple[str | None, str | None]:
        """What undo and redo would take of a sketch in hand."""
        sketch, text = self._sketch, word("UI-STEP-VERTEX")
        if sketch is None:
            return None, None
        return (text if sketch.points else None, text if sketch.can_step_forward else None)

    def undo(self) -> bool:
        """Take back the last step of a sketch in hand; return whether there was one."""
        sketch = self._sketch
        if sketch is None or not sketch.points:
            return False
        sketch.step_back()
        return True

    def redo(self) -> bool:
        """Set again what was stepped back of a sketch in hand; return whether there was something."""
        sketch = self._sketch
        if sketch is None or not sketch.can_step_forward:
            return False
        sketch.step_forward()
        return True

    # What outlives a crash

    def _note_sketch(self, tool: str, points: list[Any]) -> None:
        self._window.news.show_steps()
        if self._sketch is None or not self._sketch.is_kept:
            return
        self._latest = (tool, points)
        if points:
            self._pause.start()
        elif self._is_stored:
            self.keep()

    def keep(self, *, at_once: bool = False) -> None:
        """Keep the sketch as it is now, or forget the one that was kept; ``at_once`` before returning."""
        self._pause.stop()
        tool, points = self._latest
        desk, type_id = self._window.session.desk, self._window.register.type_id
        if points and type_id is not None:
            values = {"tool": tool, "points": [list(xy) for xy in points]}
            draft = Draft(SKETCH, type_id, None, 0, values=values)
            self._write(lambda: keep_draft(desk, draft), at_once)
        elif self._is_stored:
            self._write(lambda: forget_draft(desk, SKETCH), at_once)
        self._is_stored = bool(points)

    def close(self) -> None:
        """Keep the sketch for the next start: the window closes, and what is kept stays as it is."""
        self.keep(at_once=True)
        self._latest, self._is_stored = ("", []), False

    def _write(self, call: Callable[[], object], at_once: bool) -> None:
        """Write on the store's own thread, behind what it is doing, unless the window is about to close."""
        if at_once:
            call()
        else:
            self._window.session.read(lambda progress: call(), lambda done: None, owner=self, lane=Lane.STORE)

    def offer_sketch(self) -> None:
        """Say that a sketch was left unfinished, maybe by a program that was killed, and offer to go on."""
        window = self._window
        self._is_stored = False
        kept = next((draft for draft in fetch_drafts(window.session.desk) if draft.key == SKETCH), None)
        points = kept.values.get("points") if kept is not None else None
        if kept is None or not points:
            return
        self._is_stored = True
        title = pick(window.catalogue.type(kept.type_id).title)
        text = word("UI-SKETCH-KEPT", count=len(points), type=title, time=format_moment(kept.saved_at))
        action = (word("UI-SKETCH-RESUME"), lambda: self._resume(kept))
        window.notices.toast.show_text(text, Tone.WARNING, action, stays=True)

    def _resume(self, kept: Draft) -> None:
        window = self._window
        points = np.array(kept.values["points"], dtype=np.float64)
        window.selecting.show_type(kept.type_id)
        window.editing.use_tool(str(kept.values["tool"]))
        sketch = self._sketch
        if sketch is None:
            return
        sketch.take_points(points)
        low, high = points.min(axis=0), points.max(axis=0)
        margin = max(40.0, float((high - low).max()) * 0.3)
        window.map.zoom_to((*(low - margin).tolist(), *(high + margin).tolist()))

    # What becomes of a finished sketch

    def take_drawing(self, type_id: str, geometry: BaseGeometry) -> None:
        """Hand a drawn shape on when it is sound; else show what can be made of it, and ask."""
        if geometry.geom_type != "Point" and on_grid(geometry).length == 0:
            self._go_on(geometry)
            self._window.notices.toast.show_text(word("UI-SKETCH-ZERO"), Tone.WARNING)
        elif geometry.geom_type == "Polygon" and not on_grid(geometry).is_valid:
            self._offer_repair(type_id, geometry)
        else:
            self._settle(type_id, geometry)

    def _offer_repair(self, type_id: str, geometry: BaseGeometry) -> None:
        window = self._window
        whole = shapely.make_valid(on_grid(geometry))
        parts = [part for part in shapely.get_parts(whole).tolist() if part.area]
        if not parts:
            self._go_on(geometry)
            window.notices.toast.show_text(word("UI-SKETCH-ZERO"), Tone.WARNING)
            return
        repaired = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
        text = word("UI-SKETCH-CROSSES", parts=len(parts), area=numeral(repaired.area, 1))
        choices = [
            Choice(word("UI-SKETCH-TAKE"), lambda: self._settle(type_id, repaired)),
            Choice(word("UI-SKETCH-GO-ON"), lambda: self._go_on(geometry)),
        ]
        ask_over_map(window, "repair", (word("UI-SKETCH-CROSSES-TITLE"), text), [repaired], choices)

    def _go_on(self, geometry: BaseGeometry) -> None:
        """Give the points back to the hand."""
        sketch = self._sketch
        xy = shapely.get_coordinates(geometry)
        if sketch is not None:
            sketch.take_points(xy[:-1] if geometry.geom_type == "Polygon" else xy)

    def _settle(self, type_id: str, geometry: BaseGeometry) -> None:
        if not (self._window.map.aids.avoids_overlap and geometry.area):
            self._window.editing.take_drawing(type_id, geometry)
            return
        desk = self._window.session.desk
        try:
            trimmed = trim_to_others(desk, type_id, geometry)
        except UserError as error:
            self._go_on(geometry)
            self._window.notices.toast.show_text(str(error), Tone.WARNING)
            return
        cut_off = without_hairs(shapely.difference(geometry, trimmed))
        if cut_off.area < LEAST_M2:
            self._window.editing.take_drawing(type_id, trimmed)
        else:
            self._offer_trim(type_id, geometry, trimmed, cut_off)

    def _offer_trim(self, type_id: str, geometry: BaseGeometry, trimmed: BaseGeometry, cut_off: BaseGeometry) -> None:
        window = self._window
        text = word("UI-SKETCH-OVERLAPS", area=numeral(cut_off.area, 1), left=numeral(trimmed.area, 1))
        choices = [
            Choice(word("UI-SKETCH-TRIM"), lambda: window.editing.take_drawing(type_id, trimmed)),
            Choice(word("UI-SKETCH-KEEP"), lambda: window.editing.take_drawing(type_id, geometry)),
            Choice(word("UI-SKETCH-GO-ON"), lambda: self._go_on(geometry)),
        ]
        ask_over_map(window, "trim", (word("UI-SKETCH-OVERLAPS-TITLE"), text), [cut_off], choices)

    # What becomes of an edited border

    def refuse_edit(self, error: UserError) -> None:
        """Say why a border stays as it was."""
        self._window.notices.toast.show_text(str(error), Tone.WARNING)

    def doubt_edit(self, shapes: dict[Any, BaseGeometry], label: str, overlaps: list[BaseGeometry]) -> None:
        """Ask whether a border may come to lie on other records."""
        view = self._window.map
        area = sum(shape.area for shape in overlaps)
        choices = [
            Choice(word("UI-BORDER-STORE"), lambda: view.geometries_edited.emit(shapes, label)),
            Choice(word("UI-BORDER-BACK"), view.discard_edit),
        ]
        words = word("UI-BORDER-OVERLAPS-TITLE"), word("UI-BORDER-OVERLAPS", area=numeral(area, 2))
        ask_over_map(self._window, "overlap", words, overlaps, choices)

    def tell_reshaped(self, uid: str, changed: Changed) -> None:
        """Say that other records were changed with the one in hand."""
        text = describe_around(changed, [uid])
        if text:
            undo = (word("UI-DO-UNDO"), self._window.editing.undo)
            self._window.notices.toast.show_text(text, Tone.INFO, undo)

    def keeps_borders(self) -> bool:
        """Whether records around get the corners of a new one, as the user wants it."""
        aids = self._window.map.aids
        return aids.is_topological or aids.avoids_overlap
