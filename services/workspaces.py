"""Starting and opening a commune's workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.clock import Clock, timestamp
from core.errors import UserError
from core.progress import SILENT, Progress
from core.text import clean_text
from exchange.reading import inspect_file, read_table
from exchange.table import Table
from forms.administration import Commune, choose_commune, load_communes
from forms.loader import load_catalogue
from forms.record import Actor
from forms.unit_names import name_key
from geodesy.datum import transform_geometries
from geodesy.grid import on_grid
from geodesy.guessing import propose_systems
from geodesy.systems import CoordinateSystem, tm_system
from localdb.workspace import create_workspace, open_workspace
from services.basemap_taking import remove_half_taken
from services.desk import Desk

NEIGHBOUR_M = 200.0


@dataclass(frozen=True, slots=True)
class Boundary:
    """A commune's outline and those of the communes that adjoin it, in the commune's own zone."""

    commune: BaseGeometry
    neighbours: Mapping[str, BaseGeometry] = field(default_factory=dict)
    source: str = ""


def home_system(commune: Commune) -> CoordinateSystem:
    """Return the zone in which a commune's geometry is stored: its province's."""
    return tm_system(commune.axis)


def load_boundary(path: Path, commune: Commune, *, progress: Progress = SILENT) -> Boundary:
    """Return the outline of ``commune`` from a file of one outline or of many, each with its code or name."""
    home = home_system(commune)
    layers = [layer for layer in inspect_file(path, progress).layers if layer.geometry]
    for layer in layers:
        table = read_table(path, layer.name, progress=progress)
        outlines = _outlines(table, home)
        row = _row_of(table, commune, outlines)
        if row is not None:
            ours = outlines[row]
            return Boundary(ours, _neighbours(table, outlines, row, ours), path.name)
    raise UserError("BOUNDARY-NOT-FOUND", file=path.name, commune=commune.full_name, code=commune.code)


def _outlines(table: Table, home: CoordinateSystem) -> npt.NDArray[np.object_]:
    """Return the table's polygons in the home zone, ``None`` where a row has none."""
    geometries = table.geometries
    if geometries is None:
        return np.array([], dtype=object)
    present = geometries[~shapely.is_missing(geometries)]
    system = table.declared
    if system is None and len(present):
        xy = shapely.get_coordinates(present)[:20_000]
        proposals = propose_systems(xy, declared=None, boundary=None, home=home, legacy_axes=())
        system = proposals[0].system if proposals else home
    moved: npt.NDArray[np.object_] = on_grid(transform_geometries(geometries, system or home, home))
    polygon = np.isin(shapely.get_type_id(moved), (3, 6))
    moved[~polygon] = None
    return moved


def _row_of(table: Table, commune: Commune, outlines: npt.NDArray[np.object_]) -> int | None:
    polygons = [place for place, shape in enumerate(outlines) if shape is not None]
    for column in table.columns.values():
        for place in polygons:
            if str(column[place]).strip() == commune.code:
                return place
    if _names_communes(table):
        return None
    wanted = {name_key(commune.name), name_key(commune.full_name)}
    named = [
        place
        for place in polygons
        if any(_folded(column[place]) in wanted for column in table.columns.values() if column[place])
    ]
    if len(named) == 1:
        return named[0]
    return polygons[0] if len(polygons) == 1 and not named else None


def _names_communes(table: Table) -> bool:
    """Whether some column holds nothing but commune codes: then a commune that is not there is not in the file."""
    codes = load_communes()
    return any(
        len(column) > 0 and all(str(cell).strip() in codes for cell in column) for column in table.columns.values()
    )


def _folded(cell: Any) -> str:
    return name_key(clean_text(str(cell)))


def _neighbours(
    table: Table, outlines: npt.NDArray[np.object_], row: int, ours: BaseGeometry
) -> dict[str, BaseGeometry]:
    codes = load_communes()
    column = next((cells for cells in table.columns.values() if str(cells[row]).strip() in codes), None)
    if column is None:
        return {}
    return {
        str(column[place]).strip(): shape
        for place, shape in enumerate(outlines)
        if place != row and shape is not None and shapely.dwithin(shape, ours, NEIGHBOUR_M)
    }


def create_desk(
    folder: Path,
    commune_text: str,
    *,
    province: str | None = None,
    boundary_file: Path | None = None,
    axis: float | None = None,
    actor: Actor,
    clock: Clock,
    progress: Progress = SILENT,
) -> Desk:
    """Make a workspace in ``folder`` for one commune and sit down at it; a folder that holds one is refused."""
    commune = choose_commune(commune_text, province)
    boundary = load_boundary(boundary_file, commune, progress=progress) if boundary_file else None
    workspace = create_workspace(
        folder,
        commune=commune,
        system=home_system(commune),
        boundary=boundary.commune if boundary else None,
        boundary_source=boundary.source if boundary else None,
        catalogue=load_catalogue(),
        now=timestamp(clock()),
        display_axis=axis,
    )
    desk = Desk(workspace, actor, clock)
    if boundary and boundary.neighbours:
        _store_outlines(desk, boundary)
    return desk


def set_boundary(desk: Desk, path: Path, *, progress: Progress = SILENT) -> Boundary:
    """Take the commune's outline, and its neighbours', from a file, in the place of what the workspace had."""
    found = load_boundary(path, desk.commune, progress=progress)
    _store_outlines(desk, found)
    return found


def _store_outlines(desk: Desk, boundary: Boundary) -> None:
    outlines = {desk.commune.code: boundary.commune, **boundary.neighbours}
    desk.workspace.replace_boundary(outlines, source=boundary.source, now=desk.now())


def open_desk(
    folder: Path, *, actor: Actor, clock: Clock, read_only: bool = False, without_packs: bool = False
) -> Desk:
    """Open the workspace in ``folder``; it is locked against a second program until the desk is closed.

    ``without_packs`` leaves its catalogue packs aside, to replace one that no longer fits the program.
    """
    workspace = open_workspace(folder, load_catalogue(), read_only=read_only, without_packs=without_packs)
    desk = Desk(workspace, actor, clock)
    if not read_only:
        remove_half_taken(desk)
    return desk
