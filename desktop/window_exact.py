"""Exact places in the window: entering vertices, coordinate tables, measuring, going to a place, bookmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QDockWidget, QInputDialog, QMenu, QWidget

from core.errors import UserError
from desktop.exact.bookmark_dialog import BookmarkDialog
from desktop.exact.measure_panel import MeasurePanel
from desktop.exact.plane import Floats
from desktop.exact.point_panel import Entered, PointPanel
from desktop.exact.strip import MEASURE, POINTS, TABLE, ExactStrip
from desktop.exact.table_panel import TablePanel
from desktop.map.entry_marks import EntryMarks
from desktop.map.tools.drawn import DrawnTool
from desktop.map_control import CAPTURE_METHOD as DRAWN_METHOD
from desktop.map_control import undrawable
from desktop.tasks import Lane
from desktop.theme import Tone
from desktop.words import word
from forms.record import Lineage
from geodesy.arrays import Kind
from geodesy.datum import operation_between
from geodesy.systems import CoordinateSystem, parse_system
from services.bookmarks import Bookmark, fetch_bookmarks, keep_bookmark, remove_bookmark
from services.corner_tables import (
    CAPTURE_METHOD,
    PlacedTable,
    decision_area_ha,
    fit_placed,
    kind_of,
    store_corners,
)
from services.locating import Place, find_places
from services.reading import fetch_record

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow


class WindowExact(QObject):
    """The verbs of one window over exact places, and the strip beside its map."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        own, view = window.session.desk.system, window.map
        preview = EntryMarks(view.canvas)
        self._entered: list[Entered] = []
        self._refusal = ""
        self._record_was_shown = False
        points = PointPanel(view, preview, own, self._stake_out)
        table = TablePanel(window.session, view, preview, self._target)
        self.strip = ExactStrip(points, table, MeasurePanel(view, own), preview)
        self.dock = QDockWidget(word("EXACT-DOCK"), window)
        self.dock.setObjectName("exact")
        self.dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.dock.setTitleBarWidget(QWidget())
        self.dock.setWidget(self.strip)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.dock.hide()
        self._is_open = False
        self.strip.closed.connect(self.hide_strip)
        points.sketch_wanted.connect(self._begin_sketch)
        points.added.connect(self._entered.append)
        table.new_wanted.connect(self._take_new)
        table.replace_wanted.connect(self._replace)

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {
            "exact-entry": lambda on: self.toggle(POINTS),
            "coordinate-table": lambda on: self.toggle(TABLE),
            "measure-panel": lambda on: self.measure(),
            "bookmark": lambda on: self.add_bookmark(),
            "bookmarks": lambda on: self.show_bookmarks(),
        }

    # The strip

    def toggle(self, page: int) -> None:
        """Show a page of the strip, or hide the strip when that page is shown already."""
        if self.dock.isVisible() and self.strip.currentIndex() == page:
            self.hide_strip()
        else:
            self.show_strip(page)

    def show_strip(self, page: int) -> None:
        """Show the strip in the place of the record beside the map: both leave too little of it."""
        window = self._window
        window.commands.show_page("map")
        if not self._is_open:
            self._record_was_shown = window.record_dock.isVisible()
            window.record_dock.hide()
        self._is_open = True
        self.strip.setCurrentIndex(page)
        self.dock.show()
        self.note_target()
        if page == POINTS:
            if self.strip.points.sketch is None:
                self._begin_sketch()
            self.strip.points.focus_first()

    def show_table(self) -> None:
        """Show the page that takes coordinate tables."""
        self.show_strip(TABLE)

    def hide_strip(self) -> None:
        """Give the place back to the record."""
        if not self._is_open:
            return
        self.note_record()
        if self._record_was_shown:
            self._window.show_dock(self._window.record_dock)

    def note_record(self) -> None:
        """Take in that the record takes its place back."""
        self._is_open = False
        self.dock.hide()

    def note_page(self, is_map: bool) -> None:
        """Be beside the map alone, and keep the record away while the strip has its place."""
        self.dock.setVisible(is_map and self._is_open)
        if is_map and self._is_open:
            self._window.record_dock.hide()

    def show_in(self, display: CoordinateSystem) -> None:
        """Take and show coordinates in another system from now on."""
        self.strip.points.show_in(display)

    def measure(self) -> None:
        """Take the measuring tool and show what it finds."""
        self._window.editing.use_tool("measure")
        self.show_strip(MEASURE)

    # Vertices

    def _begin_sketch(self) -> None:
        self._entered.clear()
        self._window.editing.draw()

    def _stake_out(self, road: str, chainage: str, offset_m: float) -> Floats:
        side = f" {'trái' if offset_m < 0 else 'phải'} {abs(offset_m):.4f}" if offset_m else ""
        text = chainage if chainage.strip().casefold().startswith("k") else f"Km{chainage.strip()}"
        place = find_places(self._window.session.desk, f"{text}{side} {road}")[0]
        if place.kind != "chainage":
            raise UserError("LOCATE-CHAINAGE", text=chainage[:40])
        return np.array(place.geometry.coords)

    def take_lineage(self, geometry: shapely.Geometry) -> Lineage | None:
        """Return where the vertices of what was just drawn came from, when some of them were entered exactly.

        What was entered and taken out again, or belonged to a sketch that was given up, is no part of it.
        """
        drawn = {(float(x), float(y)) for x, y in shapely.get_coordinates(geometry)}
        entered = [one for one in self._entered if one.places & drawn]
        own = self._window.session.desk.system
        self._entered.clear()
        self.hide_strip()
        if not entered:
            return None
        systems = {one.system for one in entered}
        system = systems.pop() if len(systems) == 1 else own
        is_whole = drawn <= frozenset().union(*(one.places for one in entered))
        return Lineage(
            capture_method=CAPTURE_METHOD if is_whole else DRAWN_METHOD,
            src_crs=system.id,
            src_axis=system.axis,
            datum_operation=operation_between(system, own),
            raw_coordinates="\n".join(one.text for one in entered),
        )

    def entered_of(self, sketch: DrawnTool) -> list[dict[str, object]]:
        """Return what was entered exactly of a sketch in hand, to be kept with it."""
        drawn = {xy for path in sketch.state for xy in path.points}
        return [
            {"text": one.text, "system": one.system.id, "places": [list(xy) for xy in sorted(one.places)]}
            for one in self._entered
            if one.places & drawn
        ]

    def restore_entered(self, kept: Iterable[Mapping[str, Any]]) -> None:
        """Take in again what was kept with a sketch (``entered_of``)."""
        found = [
            Entered(one["text"], parse_system(one["system"]), frozenset((x, y) for x, y in one["places"]))
            for one in kept
        ]
        self._entered += [one for one in found if one not in self._entered]

    # Tables

    def _target(self) -> tuple[Kind, float | None]:
        """Return what a table's rows make, and the area that the decision states for the record shown."""
        window = self._window
        record = window.record.record
        type_id = window.register.type_id or (record.type_id if record is not None else None)
        if type_id is None:
            return "polygon", None
        is_meant = record is not None and bool(record.uid) and record.type_id == type_id
        stated = decision_area_ha(window.session.desk, record) if is_meant else None
        kind = window.catalogue.types[type_id]
        return (kind_of(kind), stated) if kind.geometry else ("polygon", None)

    def note_target(self) -> None:
        """Take in that another type or record was chosen."""
        record = self._window.record.record
        can_replace = record is not None and bool(record.uid and self._window.catalogue.type(record.type_id).geometry)
        self.strip.table.follow_target(can_replace)

    def _take_new(self, placed: PlacedTable) -> None:
        window = self._window
        kind = window.catalogue.types.get(window.register.type_id or "")
        if kind is None or not kind.geometry:
            window.notices.toast.show_text(undrawable(kind), Tone.WARNING)
            return
        try:
            fitted = fit_placed(window.session.desk, kind.id, placed)
        except UserError as error:
            window.notices.toast.show_text(str(error), Tone.ERROR)
            return
        window.show_dock(window.record_dock)
        window.record.begin_record(kind.id, fitted.geometry, CAPTURE_METHOD, lineage=fitted.lineage)

    def _replace(self, placed: PlacedTable) -> None:
        window = self._window
        record = window.record.record
        if record is None or not record.uid:
            return
        window.record.settle()
        desk, expected = window.session.desk, fetch_record(window.session.desk, record.uid).revision
        uid, type_id = record.uid, record.type_id

        def store(progress: object) -> object:
            return store_corners(desk, uid, fit_placed(desk, type_id, placed), expected=expected)

        window.session.write(store, self._note_replaced, owner=self)

    def _note_replaced(self, saved: object) -> None:
        self.hide_strip()
        toast, editing = self._window.notices.toast, self._window.editing
        toast.show_text(word("UI-GEOMETRY-STORED"), Tone.GOOD, (word("UI-DO-UNDO"), editing.undo))

    # Places

    def go_to(self, text: str, display: CoordinateSystem) -> None:
        """Go where a text means, or ask which of several places."""
        window = self._window
        desk = window.session.desk

        def find(progress: object) -> list[Place] | UserError:
            try:
                return find_places(desk, text, display)
            except UserError as error:
                return error

        window.session.read(find, self._note_found, owner=self)

    def _note_found(self, found: list[Place] | UserError) -> None:
        status = self._window.status
        if isinstance(found, UserError):
            status.refuse_position(str(found))
            self._refusal = str(found)
            self._window.notices.toast.show_text(str(found), Tone.WARNING)
            return
        status.accept_position()
        if self._refusal == self._window.notices.toast.text:  # it was about the place before
            self._window.notices.toast.hide()
        if len(found) == 1:
            self._show_place(found[0])
            return
        menu = QMenu(self._window)
        menu.setObjectName("places menu")
        for place in found:
            action = menu.addAction(word("PLACES-CHOICE", name=place.name, kind=word(f"PLACES-{place.kind.upper()}")))
            action.triggered.connect(lambda _=False, place=place: self._show_place(place))
        corner = status.position.mapToGlobal(QPoint(0, 0))
        menu.popup(corner - QPoint(0, menu.sizeHint().height()))

    def _show_place(self, place: Place) -> None:
        window = self._window
        west, south, east, north = place.bounds
        window.commands.show_page("map")
        if (west, south) == (east, north):
            window.map_control.zoom_to_place(west, south)
        else:
            margin = 0.05 * max(east - west, north - south)
            window.map.zoom_to((west - margin, south - margin, east + margin, north + margin))
            window.map.flash_geometry(place.geometry)
        if place.swapped:
            window.notices.toast.show_text(word("PLACES-SWAPPED"), Tone.WARNING)

    def add_bookmark(self) -> None:
        """Ask for a name, and keep what the map shows under it."""
        window = self._window
        window.commands.show_page("map")
        dialog = QInputDialog(window)
        dialog.setWindowTitle(word("UI-DO-BOOKMARK"))
        dialog.setLabelText(word("BOOKMARKS-NAME"))
        dialog.setOkButtonText(word("UI-DONE"))
        dialog.setCancelButtonText(word("UI-CANCEL"))
        dialog.textValueSelected.connect(self._keep_bookmark)
        dialog.open()

    def _keep_bookmark(self, name: str) -> None:
        desk, bounds = self._window.session.desk, self._window.map.camera.bounds
        self._window.session.read(
            lambda progress: keep_bookmark(desk, name, bounds), self._note_bookmark, owner=self, lane=Lane.STORE
        )

    def _note_bookmark(self, kept: Bookmark) -> None:
        self._window.notices.toast.show_text(word("BOOKMARKS-KEPT", name=kept.name), Tone.GOOD)

    def show_bookmarks(self) -> None:
        """List the bookmarks."""
        window = self._window
        desk = window.session.desk
        dialog = BookmarkDialog(fetch_bookmarks(desk), window)
        dialog.go_wanted.connect(self._go_to_bookmark)
        dialog.remove_wanted.connect(
            lambda name: window.session.read(
                lambda progress: remove_bookmark(desk, name), lambda done: None, owner=self, lane=Lane.STORE
            )
        )
        dialog.open()

    def _go_to_bookmark(self, bookmark: Bookmark) -> None:
        self._window.commands.show_page("map")
        self._window.map.zoom_to(bookmark.bounds)
