"""Base maps of a workspace: taken in, listed, changed, removed; pictures of a window out of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.raster_facts import RasterFacts
from exchange.rasters import RasterPicture, RasterReader
from geodesy.fitting import Georeference
from geodesy.mercator import WEB_MERCATOR
from geodesy.meshes import Bounds, build_mesh
from geodesy.placements import Placement
from geodesy.systems import CoordinateSystem
from localdb.basemaps import StoredBasemap, fetch_basemaps, store_basemaps
from services.basemap_files import (
    OVERVIEW,
    fingerprint_of,
    is_inside,
    remove_inside,
)
from services.basemap_places import bounds_of, sheet_bounds, source_map
from services.control_points import parse_control
from services.desk import Desk

FOLDER = "basemaps"


@dataclass(frozen=True, slots=True)
class Basemap:
    """One base map of a workspace. ``bounds`` are west, south, east, north in the workspace's zone.

    ``trouble`` is the code of what keeps it from being shown now: BASEMAP-MISSING or BASEMAP-CHANGED.
    """

    id: str
    title: str
    path: Path
    facts: RasterFacts
    system: str | None
    placement: Placement | None
    control: Georeference | None
    overview: Path | None
    is_shown: bool
    is_above: bool
    opacity: float
    bounds: Bounds
    is_copy: bool
    trouble: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the base map as plain JSON-able data."""
        return {
            "id": self.id,
            "title": self.title,
            "file": str(self.path),
            "kind": self.facts.kind,
            "crs": WEB_MERCATOR if self.facts.is_pyramid else self.system,
            "fit": None if self.control is None else self.control.fit.value,
            "rms_m": None if self.control is None else round(self.control.rms_m, 4),
            "attribution": self.facts.attribution,
            "bounds": [round(edge, 3) for edge in self.bounds],
            "shown": self.is_shown,
            "above": self.is_above,
            "opacity": self.opacity,
            "copied": self.is_copy,
            "trouble": self.trouble,
        }


def lay_anew(desk: Desk, basemap_id: str, control: Mapping[str, Any]) -> Basemap:
    """Lay a scanned sheet that is there by other control points; raise BASEMAP-UNKNOWN."""
    with desk.workspace.store.writing() as connection:
        stored = fetch_basemaps(connection)
        place = _place(stored, basemap_id)
        stored[place] = replace(stored[place], control=control, system=None, placement=None)
        store_basemaps(connection, stored)
    return opened(desk, stored[place])


def list_basemaps(desk: Desk) -> list[Basemap]:
    """Return the base maps, bottom first."""
    with desk.reading() as connection:
        stored = fetch_basemaps(connection)
    return [opened(desk, item) for item in stored]


def change_basemap(
    desk: Desk,
    basemap_id: str,
    *,
    is_shown: bool | None = None,
    is_above: bool | None = None,
    opacity: float | None = None,
    title: str | None = None,
    steps: int = 0,
) -> list[Basemap]:
    """Change how a base map is shown; ``steps`` brings it so many places up (down when negative); return all of them.

    Raises BASEMAP-UNKNOWN.
    """
    given = {"is_shown": is_shown, "is_above": is_above, "title": title}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if opacity is not None:
        changes["opacity"] = min(max(float(opacity), 0.0), 1.0)
    with desk.workspace.store.writing() as connection:
        stored = fetch_basemaps(connection)
        place = _place(stored, basemap_id)
        item = replace(stored.pop(place), **changes)
        stored.insert(min(max(place + steps, 0), len(stored)), item)
        store_basemaps(connection, stored)
    return [opened(desk, item) for item in stored]


def remove_basemap(desk: Desk, basemap_id: str) -> list[Basemap]:
    """Take a base map out of the workspace, and its copy with it; return those that stay. Raises BASEMAP-UNKNOWN."""
    folder = desk.workspace.folder / FOLDER
    with desk.workspace.store.writing() as connection:
        stored = fetch_basemaps(connection)
        gone = stored.pop(_place(stored, basemap_id))
        store_basemaps(connection, stored)
    if all(item.file != gone.file for item in stored):
        remove_inside(folder / gone.file, folder)
    overview_path(desk, gone.basemap_id).unlink(missing_ok=True)
    return [opened(desk, item) for item in stored]


class BasemapSource:
    """Pictures out of one base map; close it, for a child process serves it."""

    def __init__(self, basemap: Basemap, home: CoordinateSystem) -> None:
        if basemap.trouble is not None:
            raise UserError(basemap.trouble, title=basemap.title, file=str(basemap.path))
        self.basemap = basemap
        control = basemap.control
        self._to_source = (
            source_map(home, basemap.facts, basemap.system, basemap.placement) if control is None else control.to_pixels
        )
        self._reader = RasterReader(basemap.path, basemap.facts, basemap.overview)

    def picture(self, bounds: Bounds, width: int, height: int, *, progress: Progress = SILENT) -> RasterPicture:
        """Return what the base map shows of ``bounds`` (metres of the workspace's zone), warped into the zone."""
        mesh = build_mesh(bounds, width, height, self._to_source)
        return self._reader.read(mesh, width, height, progress=progress)

    def close(self) -> None:
        """End the child and give its memory back."""
        self._reader.close()


def _place(stored: Sequence[StoredBasemap], basemap_id: str) -> int:
    """Return the place of the base map of an id, or of the only one of a title or file name."""
    by_id = [place for place, item in enumerate(stored) if item.basemap_id == basemap_id]
    by_name = [place for place, item in enumerate(stored) if basemap_id in {item.title, Path(item.file).name}]
    found = by_id or by_name
    if len(found) != 1:
        raise UserError("BASEMAP-UNKNOWN", basemap=basemap_id, known=[item.title for item in stored])
    return found[0]


def overview_path(desk: Desk, basemap_id: str) -> Path:
    """Return where the small version of a large picture lies, if it has one."""
    return desk.workspace.folder / FOLDER / f"{basemap_id}{OVERVIEW}"


def opened(desk: Desk, stored: StoredBasemap) -> Basemap:
    """Return a stored base map as it can be shown now."""
    folder = desk.workspace.folder / FOLDER
    path = folder / stored.file  # an absolute path stays what it is
    facts = RasterFacts.from_dict(stored.facts)
    placement = None if stored.placement is None else Placement(*stored.placement)
    control = None if stored.control is None else parse_control(stored.control)
    if control is None:
        bounds = bounds_of(desk.system, facts, stored.system, placement)
    else:
        bounds = sheet_bounds(facts, control)
    overview = overview_path(desk, stored.basemap_id)
    return Basemap(
        id=stored.basemap_id,
        title=stored.title,
        path=path,
        facts=facts,
        system=stored.system,
        placement=placement,
        control=control,
        overview=overview if facts.needs_overview and overview.is_file() else None,
        is_shown=stored.is_shown,
        is_above=stored.is_above,
        opacity=stored.opacity,
        bounds=bounds,
        is_copy=is_inside(path, folder),
        trouble=_trouble(path, stored.fingerprint),
    )


def _trouble(path: Path, fingerprint: str) -> str | None:
    try:
        return None if fingerprint_of(path) == fingerprint else "BASEMAP-CHANGED"
    except OSError:
        return "BASEMAP-MISSING"
