"""Taking a file in as a base map: what it is, where it lies, its copy, its small version and its row, or nothing."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.identity import new_uid
from core.messages import LANGUAGES
from core.progress import SILENT, Progress
from exchange.raster_facts import RasterFacts
from exchange.rasters import inspect_raster, read_sidecars, write_overview
from geodesy.guessing import Proposal, propose_systems
from geodesy.mercator import WEB_MERCATOR
from geodesy.meshes import Bounds
from geodesy.placements import Placement
from geodesy.systems import parse_system
from localdb.basemaps import StoredBasemap, fetch_basemaps, store_basemaps
from localdb.crash_points import crash_point
from services.basemap_files import copied_in, fingerprint_of, is_inside, remove_leavings, stored_name
from services.basemap_places import bounds_of, declared_system, middle_points
from services.basemaps import FOLDER, Basemap, opened, overview_path
from services.desk import Desk
from services.reading import fetch_boundary

COPIED_UP_TO = 200_000_000  # bytes; a larger file stays where it lies unless a copy is asked for


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
    folder = desk.workspace.folder / FOLDER
    wanted = path.stat().st_size <= COPIED_UP_TO if copy is None else copy
    with copied_in(path, folder, progress) if wanted and not is_inside(path, folder) else nullcontext(path) as kept:
        return _keep(desk, kept.resolve(), facts, title or facts.title or path.stem, progress, place)


def _keep(
    desk: Desk, kept: Path, facts: RasterFacts, title: str, progress: Progress, place: Mapping[str, Any]
) -> Basemap:
    """Store the row of a file that lies where it stays, and make its overview; both, or nothing."""
    key, folder = new_uid(), desk.workspace.folder / FOLDER
    try:
        if facts.needs_overview:
            folder.mkdir(exist_ok=True)
            write_overview(kept, facts, overview_path(desk, key), progress=progress)
        stored = StoredBasemap(
            **{
                "basemap_id": key,
                "title": title,
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
        crash_point("basemap-copied")
        with desk.workspace.store.writing() as connection:
            store_basemaps(connection, [*fetch_basemaps(connection), stored])
    except BaseException:
        overview_path(desk, key).unlink(missing_ok=True)
        raise
    return opened(desk, stored)


def remove_half_taken(desk: Desk) -> None:
    """Remove what a program that was killed while it took a base map in has left behind."""
    folder = desk.workspace.folder / FOLDER
    if folder.is_dir():
        with desk.reading() as connection:
            known = fetch_basemaps(connection)
        overviews = [overview_path(desk, item.basemap_id).name for item in known]
        remove_leavings(folder, {item.file for item in known}, set(overviews))


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
