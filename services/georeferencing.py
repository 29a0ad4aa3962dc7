"""Laying a scanned drawing onto the map by control points, and writing into its record how well it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.documents import render_page
from exchange.raster_facts import RasterFacts
from exchange.rasters import RasterReader, inspect_raster, write_overview
from forms.computed import compute_values
from forms.georeferences import FIT_CODES
from forms.shapes import fit_geometry
from geodesy.control_lines import write_points
from geodesy.fitting import ControlPoint, Fit, Georeference, fit_points, is_one_sided
from services.basemap_places import sheet_outline
from services.basemap_taking import take_in
from services.basemaps import Basemap, lay_anew, list_basemaps
from services.control_points import keep_control
from services.desk import Desk
from services.file_contents import save_copy
from services.reading import fetch_record
from validation.own_tolerances import own_tolerances
from validation.tolerances import merge_tolerances

DRAWING = "planning_drawing"
PAGE_PX = 8_000  # the longer side of a PDF page as it is kept


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a sheet lies on its control points, and the codes of what should be looked at (rules DRW-01 and DRW-02).

    ``allowed_m`` is the root mean square error that the scale allows on the ground, ``allowed_point_m`` that of one
    point, ``None`` while nobody has said the scale.
    """

    georeference: Georeference
    allowed_m: float | None
    remarks: tuple[str, ...]
    allowed_point_m: float | None = None


@dataclass(frozen=True, slots=True)
class Laid:
    """A sheet that lies on the map, and how well."""

    basemap: Basemap
    judgement: Judgement

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON-able data."""
        found = self.judgement.georeference
        points = [
            {
                "column": point.column,
                "row": point.row,
                "north": point.north,
                "east": point.east,
                "residual_m": round(float(residual), 4),
                "left_out_m": None if left_out is None else round(left_out, 4),
            }
            for point, residual, left_out in zip(found.points, found.residuals_m, found.left_out_m, strict=True)
        ]
        return {
            "basemap": self.basemap.as_dict(),
            "fit": found.fit.value,
            "points": points,
            "rms_m": round(found.rms_m, 4),
            "allowed_m": self.judgement.allowed_m,
            "pixel_m": round(found.pixel_m, 6),
            "remarks": list(self.judgement.remarks),
        }


def judge_points(
    points: Sequence[ControlPoint],
    fit: Fit,
    facts: RasterFacts,
    scale: int | None = None,
    own: Mapping[str, float] | None = None,
) -> Judgement:
    """Fit a sheet to its control points and say what should be looked at; raise what ``fit_points`` raises.

    ``scale`` is the n of the drawing's 1:n, ``own`` the tolerances that the office has set.
    """
    found = fit_points(points, fit)
    limits = merge_tolerances(own or {})
    allowed = limits["drw01_rms_mm"] / 1000 * scale if scale else None
    remarks = []
    if len(found.points) < limits["drw01_points"]:
        remarks.append("SHEET-FEW-POINTS")
    if allowed is not None and found.rms_m > allowed:
        remarks.append("SHEET-RMS")
    if is_one_sided(found.points, facts.width, facts.height):
        remarks.append("SHEET-ONE-SIDE")
    known = [value for value in found.left_out_m if value is not None]
    if allowed is not None and known and max(known) > 5 * max(allowed, found.pixel_m):
        remarks.append("SHEET-BLUNDER")
    allowed_point = limits["drw01_point_mm"] / 1000 * scale if scale else None
    return Judgement(found, allowed, tuple(remarks), allowed_point)


def picture_of_page(path: Path, page: int, folder: Path, *, progress: Progress = SILENT) -> Path:
    """Write a page of a PDF as a picture into ``folder`` and return its path; a picture is returned as it is."""
    if path.suffix.lower() != ".pdf":
        return path
    out = folder / f"{path.stem}-{page}.png"
    out.write_bytes(render_page(path, page, PAGE_PX, progress=progress))
    return out


def lay_sheet(
    desk: Desk,
    path: Path,
    points: Sequence[ControlPoint],
    fit: Fit,
    *,
    page: int = 1,
    title: str | None = None,
    drawing: str | None = None,
    progress: Progress = SILENT,
) -> Laid:
    """Lay a scanned sheet (a picture, or a page of a PDF) onto the map as a base map over the others.

    Control points lie in the workspace's zone. With ``drawing``, the uid of a planning drawing, its record gets method,
    points, error and outline, in one step that one undo takes back. Raise what ``fit_points``, ``inspect_raster`` and
    ``render_page`` raise, and SHEET-NOT-A-DRAWING.
    """
    scale = _scale_of(desk, drawing)
    with TemporaryDirectory(prefix="diaba-") as folder:
        picture = picture_of_page(path, page, Path(folder), progress=progress)
        facts = inspect_raster(picture, progress=progress)
        judgement = judge_points(points, fit, facts, scale, own_tolerances(desk.catalogue))
        copy = True if picture != path else None
        control = keep_control(judgement.georeference)
        basemap = take_in(desk, picture, facts, title=title or path.stem, copy=copy, progress=progress, control=control)
    _note_drawing(desk, drawing, judgement, facts)
    return Laid(basemap, judgement)


def lay_sheet_anew(
    desk: Desk, basemap_id: str, points: Sequence[ControlPoint], fit: Fit, *, drawing: str | None = None
) -> Laid:
    """Lay a sheet that is there by other control points; raise as ``lay_sheet`` does, and BASEMAP-UNKNOWN."""
    scale = _scale_of(desk, drawing)
    known = next((item for item in list_basemaps(desk) if item.id == basemap_id), None)
    if known is None:
        raise UserError("BASEMAP-UNKNOWN", basemap=basemap_id, known=[item.title for item in list_basemaps(desk)])
    judgement = judge_points(points, fit, known.facts, scale, own_tolerances(desk.catalogue))
    basemap = lay_anew(desk, basemap_id, keep_control(judgement.georeference))
    _note_drawing(desk, drawing, judgement, known.facts)
    return Laid(basemap, judgement)


def _scale_of(desk: Desk, drawing: str | None) -> int | None:
    if drawing is None:
        return None
    record = fetch_record(desk, drawing)
    if record.type_id != DRAWING:
        raise UserError("SHEET-NOT-A-DRAWING", type=desk.catalogue.type(record.type_id).title)
    scale = record.values.get("scale_denom")
    return int(scale) if scale else None


def _note_drawing(desk: Desk, drawing: str | None, judgement: Judgement, facts: RasterFacts) -> None:
    """Write into the drawing's record how it was laid, and where it lies."""
    if drawing is None:
        return
    record = fetch_record(desk, drawing)
    record_type, found = desk.catalogue.type(DRAWING), judgement.georeference
    outline = fit_geometry(record_type, shapely.Polygon(sheet_outline(facts, found)))
    values = {
        "georef": FIT_CODES[found.fit],
        "gcp_count": len(found.points),
        "rms_m": round(found.rms_m, 3),
        "control_points": write_points(found.points),
    }
    values.update(compute_values(record_type, {**record.values, **values}, outline))
    with desk.work("WORK-LAY-SHEET", count=len(found.points)) as work:
        work.update(record_type, drawing, values=values, geometry=outline, expected=record.revision)


class ScanReader:
    """Windows out of a scanned sheet that is not laid yet; close it, for a child process serves it."""

    def __init__(self, path: Path, page: int = 1, *, progress: Progress = SILENT) -> None:
        self._folder = TemporaryDirectory(prefix="diaba-")
        try:
            self.path, self.page = path, page
            picture = picture_of_page(path, page, Path(self._folder.name), progress=progress)
            self.facts = inspect_raster(picture, progress=progress)
            overview = None
            if self.facts.needs_overview:
                overview = Path(self._folder.name) / "overview"
                write_overview(picture, self.facts, overview, progress=progress)
            self._reader = RasterReader(picture, self.facts, overview)
        except UserError as error:
            self._folder.cleanup()
            if error.code == "RASTER-KIND":
                raise UserError("SHEET-KIND", file=path.name) from error
            raise
        except BaseException:
            self._folder.cleanup()
            raise

    def picture(
        self, window: tuple[float, float, float, float], width: int, height: int, *, progress: Progress = SILENT
    ) -> npt.NDArray[np.uint8]:
        """Return pixels ``(height, width, 4)`` of a window: left column, top row, right column, bottom row."""
        left, top, right, bottom = window
        mesh = np.array([[(left, top), (right, top)], [(left, bottom), (right, bottom)]], dtype=np.float64)
        return self._reader.read(mesh, width, height, progress=progress).pixels

    def close(self) -> None:
        """End the child and remove what was written for it."""
        self._reader.close()
        self._folder.cleanup()


def save_scan(desk: Desk, drawing: str, folder: Path) -> Path | None:
    """Write the file of a planning drawing into ``folder`` and return its path; ``None`` when it has none here."""
    values = fetch_record(desk, drawing).values
    sha256, name = values.get("file_sha256"), values.get("file_name")
    if not sha256 or not name:
        return None
    try:
        return save_copy(desk, str(sha256), folder / Path(str(name)).name)
    except UserError:
        return None
