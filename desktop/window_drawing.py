"""Drawing with care: what is snapped to, parts and holes, a sketch that crosses itself or overlaps others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shapely
from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from desktop.around import describe_around
from desktop.map.drawing_aids import REACHES_PX, DrawingAids, save_aids
from desktop.map.snapping import SnapKind
from desktop.map.tools.drawn import DrawnTool
from desktop.map.tools.marks import numeral
from desktop.map.tools.sketch import SketchTool
from desktop.map_question import Choice, ask_over_map
from desktop.theme import Tone
from desktop.words import word
from geodesy.grid import on_grid
from geodesy.shaping.trimming import without_hairs
from services.editing import Changed
from services.shaping import trim_to_others

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

STEPS = ("sketch-part", "sketch-hole", "sketch-finish")
LEAST_M2 = 0.001  # an overlap below it is the rounding of an edge, and cut off unasked
FLAGS = {
    "snapping": "is_snapping",
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

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {
            **{key: self._setter(name) for key, name in FLAGS.items()},
            "sketch-part": lambda on: self.begin_path(is_hole=False),
            "sketch-hole": lambda on: self.begin_path(is_hole=True),
            "sketch-finish": lambda on: self.finish(),
        }

    def begin(self) -> None:
        """Show the aids as they were left, and hang their menu on the snapping button."""
        window = self._window
        for key, name in FLAGS.items():
            window.actions_by_key[key].setChecked(getattr(window.map.aids, name))
        button = window.tool_bar.widgetForAction(window.actions_by_key["snapping"])
        assert isinstance(button, QToolButton)
        button.setMenu(self._build_menu())
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        window.map.sketch_changed.connect(lambda tool: self.show_steps())
        window.map.tool_changed.connect(lambda tool: self.show_steps())
        window.map.complained.connect(lambda text: window.notices.toast.show_text(text, Tone.WARNING))
        window.exact.strip.points.path_wanted.connect(lambda is_hole: self.begin_path(is_hole=is_hole))
        window.map_page.offer([window.actions_by_key[key] for key in STEPS])
        self.show_steps()
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
        for key in list(FLAGS)[1:]:  # the first is the button itself
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
        return (text if sketch.is_begun else None, text if sketch.can_step_forward else None)

    def show_steps(self) -> None:
        """Offer what can be done with the sketch in hand."""
        window, sketch = self._window, self._sketch
        window.news.show_steps()
        drawn = sketch if isinstance(sketch, DrawnTool) else None
        for key in STEPS:
            action = window.actions_by_key[key]
            action.setEnabled(drawn is not None and drawn.is_begun)
            action.setVisible(drawn is None or key != "sketch-hole" or drawn.kind == "polygon")
        window.map_page.show_offers(drawn is not None)

    def begin_path(self, *, is_hole: bool) -> None:
        """Go on with a hole or another part of the sketch in hand."""
        sketch = self._sketch
        if isinstance(sketch, DrawnTool):
            sketch.begin_path(is_hole=is_hole)

    def finish(self) -> None:
        """End the sketch in hand."""
        if self._sketch is not None:
            self._sketch.finish()

    def undo(self) -> bool:
        """Take back the last step of a sketch in hand; return whether there was one."""
        sketch = self._sketch
        if sketch is None or not sketch.is_begun:
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

    # What becomes of a finished sketch

    def take_drawing(self, type_id: str, geometry: BaseGeometry) -> None:
        """Hand a drawn shape on when it is sound; else show what can be made of it, and ask."""
        if geometry.geom_type != "Point" and on_grid(geometry).length == 0:
            self._go_on()
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
            self._go_on()
            window.notices.toast.show_text(word("UI-SKETCH-ZERO"), Tone.WARNING)
            return
        repaired = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
        text = word("UI-SKETCH-CROSSES", parts=len(parts), area=numeral(repaired.area, 1))
        choices = [
            Choice(word("UI-SKETCH-TAKE"), lambda: self._settle(type_id, repaired)),
            Choice(word("UI-SKETCH-GO-ON"), self._go_on),
        ]
        ask_over_map(window, "repair", (word("UI-SKETCH-CROSSES-TITLE"), text), [repaired], choices)

    def _go_on(self) -> None:
        """Give the sketch back to the hand."""
        if isinstance(self._sketch, DrawnTool):
            self._sketch.take_back()

    def _settle(self, type_id: str, geometry: BaseGeometry) -> None:
        if not (self._window.map.aids.avoids_overlap and geometry.area):
            self._window.editing.take_drawing(type_id, geometry)
            return
        desk = self._window.session.desk
        try:
            trimmed = trim_to_others(desk, type_id, geometry)
        except UserError as error:
            self._go_on()
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
            Choice(word("UI-SKETCH-GO-ON"), self._go_on),
        ]
        ask_over_map(window, "trim", (word("UI-SKETCH-OVERLAPS-TITLE"), text), [cut_off], choices)

    # What becomes of an edited border

    def refuse_edit(self, error: UserError) -> None:
        """Say why a border stays as it was."""
        self._window.notices.toast.show_text(str(error), Tone.WARNING)

    def doubt_edit(
        self,
        shapes: dict[Any, BaseGeometry],
        label: str,
        before: dict[Any, BaseGeometry],
        overlaps: list[BaseGeometry],
    ) -> None:
        """Ask whether a border may come to lie on other records."""
        view = self._window.map
        area = sum(shape.area for shape in overlaps)
        choices = [
            Choice(word("UI-BORDER-STORE"), lambda: view.geometries_edited.emit(shapes, label, before)),
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
