"""Base maps of a workspace: taken in, listed, changed, removed; pictures of a window out of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.identity import new_uid
from core.messages import LANGUAGES
from core.progress import SILENT, Progress
from exchange.raster_facts import RasterFacts
from exchange.rasters import RasterPicture, RasterReader, inspect_raster, read_sidecars, write_overview
from geodesy.fitting import Georeference
from geodesy.guessing import Proposal, propose_systems
from geodesy.mercator import WEB_MERCATOR
from geodesy.meshes import Bounds, build_mesh
from geodesy.placements import Placement
from geodesy.systems import CoordinateSystem, parse_system
from localdb.basemaps import StoredBasemap, fetch_basemaps, store_basemaps
from services.basemap_files import copy_in, fingerprint_of, is_inside, remove_inside, stored_name
from services.basemap_places import bounds_of, declared_system, middle_points, sheet_bounds, source_map
from services.control_points import parse_control
from services.desk import Desk
from services.reading import fetch_boundary

COPIED_UP_TO = 200_000_000  # bytes; a larger file stays where it lies unless a copy is asked for
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


@dataclass(frozen=True, slots=True)
class BasemapAnswer:
    """What is known of a file before it is taken in: ``proposals`` are the systems that a bare picture may lie in."""

    facts: RasterFacts
    placement: Placement | None
    system: str | None
    proposals: tuple[Proposal, ...] = ()


def examine_basemap(desk: Desk, path: Path, *, progress: Progress = SILENT) -> BasemapAnswer:
    """Return what a file is and where it lies, as far as it says so.

    Raises what ``inspect_raster`` raises, BASEMAP-NO-PLACE for a picture that does not say where it lies,
    CRS-DEPRECATED and CRS-UNSUPPORTED for a system that cannot be.
    """
    facts = inspect_raster(path, progress=progress)
    if facts.is_pyramid:
        return BasemapAnswer(facts, None, None)
    beside, wkt = read_sidecars(path)
    try:
        placement = beside if facts.affine is None else Placement(*facts.affine)
    except ValueError as error:
        raise UserError("BASEMAP-NO-PLACE", file=path.name) from error
    if placement is None:
        raise UserError("BASEMAP-NO-PLACE", file=path.name)
    declared = declared_system(facts.wkt) or declared_system(wkt)
    if declared is not None:
        return BasemapAnswer(facts, placement, declared)
    return BasemapAnswer(facts, placement, None, _proposals(desk, facts, placement))


def add_basemap(
    desk: Desk,
    path: Path,
    *,
    system: str | None = None,
    title: str | None = None,
    copy: bool | None = None,
    progress: Progress = SILENT,
) -> Basemap:
    """Take a file into the workspace, on top of the base maps that are there, and show it.

    ``system`` names the system of a picture, in the place of the one that the file may name. Up to 200 MB the file is
    copied into the workspace, a larger one stays where it lies; ``copy`` decides otherwise. Raises
    BASEMAP-SYSTEM-WANTED when the system is needed, BASEMAP-ELSEWHERE when the file lies outside Vietnam, and what
    ``examine_basemap`` raises.
    """
    found = examine_basemap(desk, path, progress=progress)
    chosen = _chosen_system(desk, found, system, path)
    bounds = bounds_of(desk.system, found.facts, chosen, found.placement)
    _refuse_elsewhere(bounds, path, chosen)
    place = {"system": chosen, "placement": None if found.placement is None else found.placement.numbers}
    return take_in(desk, path, found.facts, title=title, copy=copy, progress=progress, **place)


def take_in(
    desk: Desk,
    path: Path,
    facts: RasterFacts,
    *,
    title: str | None = None,
    copy: bool | None = None,
    progress: Progress = SILENT,
    **place: Any,
) -> Basemap:
    """Keep a file whose ``place`` (``system`` and ``placement``, or ``control``) is known, on top of the others."""
    key, folder = new_uid(), desk.workspace.folder / FOLDER
    wanted = path.stat().st_size <= COPIED_UP_TO if copy is None else copy
    kept = copy_in(path, folder, progress) if wanted and not is_inside(path, folder) else path.resolve()
    try:
        if facts.needs_overview:
            folder.mkdir(exist_ok=True)
            write_overview(kept, facts, _overview_path(desk, key), progress=progress)
        stored = StoredBasemap(
            **{
                "basemap_id": key,
                "title": title or facts.title or path.stem,
                "file": stored_name(kept, folder),
                "fingerprint": fingerprint_of(kept),
                "facts": facts.as_dict(),
                "system": None,
                "placement": None,
                "control": None,
                "is_shown": True,
                "is_above": False,
                "opacity": 1.0,
                "added_at": desk.now(),
                **place,
            }
        )
        with desk.workspace.store.writing() as connection:
            store_basemaps(connection, [*fetch_basemaps(connection), stored])
    except BaseException:
        if kept != path.resolve():
            remove_inside(kept, folder)
        _overview_path(desk, key).unlink(missing_ok=True)
        raise
    return _opened(desk, stored)


def lay_anew(desk: Desk, basemap_id: str, control: Mapping[str, Any]) -> Basemap:
    """Lay a scanned sheet that is there by other control points; raise BASEMAP-UNKNOWN."""
    with desk.workspace.store.writing() as connection:
        stored = fetch_basemaps(connection)
        place = _place(stored, basemap_id)
        stored[place] = replace(stored[place], control=control, system=None, placement=None)
        store_basemaps(connection, stored)
    return _opened(desk, stored[place])


def list_basemaps(desk: Desk) -> list[Basemap]:
    """Return the base maps, bottom first."""
    with desk.reading() as connection:
        stored = fetch_basemaps(connection)
    return [_opened(desk, item) for item in stored]


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
    return [_opened(desk, item) for item in stored]


def remove_basemap(desk: Desk, basemap_id: str) -> list[Basemap]:
    """Take a base map out of the workspace, and its copy with it; return those that stay. Raises BASEMAP-UNKNOWN."""
    folder = desk.workspace.folder / FOLDER
    with desk.workspace.store.writing() as connection:
        stored = fetch_basemaps(connection)
        gone = stored.pop(_place(stored, basemap_id))
        store_basemaps(connection, stored)
    if all(item.file != gone.file for item in stored):
        remove_inside(folder / gone.file, folder)
    _overview_path(desk, gone.basemap_id).unlink(missing_ok=True)
    return [_opened(desk, item) for item in stored]


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


def _proposals(desk: Desk, facts: RasterFacts, placement: Placement) -> tuple[Proposal, ...]:
    found = propose_systems(
        middle_points(facts, placement),
        declared=None,
        boundary=fetch_boundary(desk),
        home=desk.system,
        legacy_axes=desk.commune.legacy_axes,
    )
    return tuple(item for item in found if item.confidence != "rejected" and item.is_plain)


def _chosen_system(desk: Desk, found: BasemapAnswer, asked: str | None, path: Path) -> str | None:
    if found.facts.is_pyramid:
        return None
    if asked is None and found.system is not None:
        return found.system
    if asked is None:
        labels = {language: [item.label(language) for item in found.proposals[:4]] for language in LANGUAGES}
        systems = {language: ", ".join(names) or "–" for language, names in labels.items()}
        option = f"--crs {found.proposals[0].system.id if found.proposals else desk.system.id}"
        raise UserError("BASEMAP-SYSTEM-WANTED", file=path.name, systems=systems, option=option)
    return WEB_MERCATOR if asked.strip().upper() == WEB_MERCATOR else parse_system(asked).id


def _refuse_elsewhere(bounds: Bounds, path: Path, chosen: str | None) -> None:
    if bounds[0] >= bounds[2] or bounds[1] >= bounds[3]:
        raise UserError("BASEMAP-ELSEWHERE", file=path.name, system=chosen or WEB_MERCATOR)


def _place(stored: Sequence[StoredBasemap], basemap_id: str) -> int:
    """Return the place of the base map of an id, or of the only one of a title or file name."""
    by_id = [place for place, item in enumerate(stored) if item.basemap_id == basemap_id]
    by_name = [place for place, item in enumerate(stored) if basemap_id in {item.title, Path(item.file).name}]
    found = by_id or by_name
    if len(found) != 1:
        raise UserError("BASEMAP-UNKNOWN", basemap=basemap_id, known=[item.title for item in stored])
    return found[0]


def _overview_path(desk: Desk, basemap_id: str) -> Path:
    return desk.workspace.folder / FOLDER / f"{basemap_id}.overview"


def _opened(desk: Desk, stored: StoredBasemap) -> Basemap:
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
    overview = _overview_path(desk, stored.basemap_id)
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
