"""Coordinate tables at the desk: read with the systems they may be in, placed, held against the stated area, stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import LANGUAGES
from core.progress import SILENT, Progress
from exchange.corner_tables import CornerTable, read_corner_table
from exchange.problems import RowProblem
from forms.model import RecordType
from forms.record import Lineage, Record
from forms.shapes import fit_geometry
from geodesy.arrays import Kind
from geodesy.corner_sheet import CornerSheet, build_sheet
from geodesy.datum import operation_between, transform_geometries
from geodesy.grid import on_grid
from geodesy.guessing import propose_systems
from geodesy.numbers import Mark, number_words
from geodesy.proposals import Proposal
from geodesy.systems import CoordinateSystem
from services.desk import Desk
from services.editing import Saved, insert_record, update_geometry
from services.reading import fetch_boundary, fetch_record
from validation.areas import allowed_area_difference_m2
from validation.own_tolerances import own_tolerances
from validation.tolerances import merge_tolerances

CAPTURE_METHOD = "tu_bang_toa_do"
DECISION_AREA = "area_decision_ha"
DOSSIER = "planning_dossier"
_KINDS: dict[str, Kind] = {"point": "point", "line": "line", "multi_line": "line", "multi_polygon": "polygon"}


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A coordinate table, and the systems its numbers may be in, the likeliest first."""

    table: CornerTable
    proposals: tuple[Proposal, ...]

    @property
    def system(self) -> CoordinateSystem | None:
        """The system to preselect."""
        return self.proposals[0].system if self.proposals else self.table.declared

    def judge(self, system: CoordinateSystem) -> Proposal | None:
        """Return what the place of the commune says of reading the table in ``system``."""
        return next((one for one in self.proposals if one.system == system and not one.swapped), None)


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table as a geometry of the desk's zone, where it came from, and what is to be said of its area."""

    geometry: BaseGeometry
    lineage: Lineage
    notes: tuple[RowProblem, ...]


def read_corners(
    desk: Desk,
    source: Path | tuple[str, str],
    *,
    decimal: Mark | None = None,
    north_first: bool | None = None,
    system: CoordinateSystem | None = None,
    progress: Progress = SILENT,
) -> ReadTable:
    """Read a coordinate table from a text, Word or Excel file, or from the text and HTML of the clipboard.

    ``decimal``, ``north_first`` and ``system`` are what the user has decided. Raises what ``read_corner_table`` raises.
    """
    table = read_corner_table(source, decimal=decimal, north_first=north_first, progress=progress)
    commune = desk.commune
    proposals = propose_systems(
        table.xy(),
        declared=table.declared,
        boundary=fetch_boundary(desk),
        home=desk.system,
        legacy_axes=commune.legacy_axes,
        asked=system,
    )
    straight = tuple(one for one in proposals if one.is_plain)
    return ReadTable(table, straight)


def kind_of(record_type: RecordType) -> Kind:
    """Return what the rows of a table make of a record of this type; raise CORNERS-NO-PLACE when it has no geometry."""
    if not record_type.geometry:
        raise UserError("CORNERS-NO-PLACE", type=record_type.title)
    return _KINDS[record_type.geometry[-1]]


def place_corners(
    desk: Desk, read: ReadTable, system: CoordinateSystem, kind: Kind, *, stated_ha: float | None = None
) -> PlacedTable:
    """Return what the table draws, in the desk's zone on its grid; a grid coordinate of that zone stays what it is.

    ``stated_ha`` is the area that a decision states; the table's own is held against the coordinates too (AREA-STATED).
    Raise ``UserError`` CORNERS-SPOILT with the first reason when a row cannot be taken, CORNERS-KIND, or
    CORNERS-ELSEWHERE when the system puts the table outside the commune and another would fit.
    """
    table = read.table
    if table.rejected:
        spoilt = table.rejected[0]
        reason: dict[str, str] = {language: spoilt.text(language) for language in LANGUAGES}
        raise UserError("CORNERS-SPOILT", reason=reason, count=len(table.rejected))
    _refuse_elsewhere(read, system)
    geometry = on_grid(transform_geometries(table.build(kind), system, desk.system))
    own = own_tolerances(desk.catalogue)
    notes = [
        note
        for area_ha, code in ((table.area_ha, "AREA-STATED"), (stated_ha, "AREA-DECISION"))
        if area_ha is not None and (note := check_area(geometry, area_ha, code, own)) is not None
    ]
    lineage = Lineage(
        source_file=table.name or None,
        source_row=table.rows[0].number if table.name else None,
        capture_method=CAPTURE_METHOD,
        src_crs=system.id,
        src_axis=system.axis,
        datum_operation=operation_between(system, desk.system),
        raw_coordinates="\n".join(f"{row.label}\t{row.north_text}\t{row.east_text}" for row in table.rows),
    )
    return PlacedTable(geometry, lineage, tuple(notes))


def _refuse_elsewhere(read: ReadTable, system: CoordinateSystem) -> None:
    judged = read.judge(system)
    fitting = next((one for one in read.proposals if one.confidence != "rejected"), None)
    if judged is None or judged.confidence == "rejected":
        if fitting is not None:
            names = [{language: one.label(language) for language in LANGUAGES} for one in (system, fitting)]
            raise UserError("CORNERS-ELSEWHERE", system=names[0], fitting=names[1])
        raise UserError("CORNERS-NOWHERE", system={language: system.label(language) for language in LANGUAGES})


def check_area(
    geometry: BaseGeometry, stated_ha: float, code: str = "AREA-STATED", own: Mapping[str, float] | None = None
) -> RowProblem | None:
    """Return what differs when an area by coordinates is not the stated one, within the tolerances of CRD-04.

    ``own`` are the tolerances that the office has set. An area rounded as it is stated fits too.
    """
    measured, stated = float(shapely.area(geometry)), stated_ha * 10_000
    if not measured or abs(measured - stated) <= allowed_area_difference_m2(
        stated_ha, 10_000, merge_tolerances(own or {})
    ):
        return None
    facts = {
        "measured": number_words(measured, 1),
        "stated": number_words(stated, 1),
        "off": number_words(measured - stated, 1, signed=True),
        "share": number_words(100 * (measured - stated) / stated, 2, signed=True) if stated else "",
    }
    return RowProblem(0, None, None, code, facts)


def decision_area_ha(desk: Desk, record: Record | None) -> float | None:
    """Return the area in hectares that a record's decision states: as the record has it, else as its dossier has it."""
    if record is None:
        return None
    stated = _number(record.values.get(DECISION_AREA))
    references = (field for field in desk.catalogue.type(record.type_id).fields if field.type == "reference")
    for field in references:
        uid = record.values.get(field.key)
        if stated is None and uid and field.target == (DOSSIER,):
            stated = _dossier_area_ha(desk, str(uid))
    return stated


def _dossier_area_ha(desk: Desk, uid: str) -> float | None:
    try:
        return _number(fetch_record(desk, uid).values.get("area_ha"))
    except UserError:  # the dossier is gone
        return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def store_corners(desk: Desk, uid: str, placed: PlacedTable, *, expected: int | None = None) -> Saved:
    """Give a record the geometry of a table; its lineage stays that of the record's first content."""
    revision = fetch_record(desk, uid).revision if expected is None else expected
    return update_geometry(desk, uid, placed.geometry, expected=revision)


def insert_corners(desk: Desk, type_id: str, values: dict[str, Any], placed: PlacedTable) -> Saved:
    """Make a record of a table."""
    return insert_record(desk, type_id, values, placed.geometry, lineage=placed.lineage)


def fit_placed(desk: Desk, type_id: str, placed: PlacedTable) -> PlacedTable:
    """Return the table's geometry in the form its record type stores; raise ``UserError`` GEOMETRY-KIND."""
    fitted = fit_geometry(desk.catalogue.type(type_id), placed.geometry)
    assert fitted is not None
    return replace(placed, geometry=fitted)


def sheet_of(desk: Desk, uid: str, display: CoordinateSystem | None = None) -> CornerSheet:
    """Return a record's geometry as the official table; raise ``UserError`` RECORD-UNKNOWN or CORNERS-NO-GEOMETRY."""
    record = fetch_record(desk, uid)
    if record.geometry is None:
        raise UserError("CORNERS-NO-GEOMETRY", uid=uid)
    return build_sheet(record.geometry, desk.system, display)
