"""Splitting one record into several and merging several into one; who a record is outlives both."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.identity import new_uid
from core.progress import SILENT, Progress
from exchange.reading import read_table
from forms.computed import compute_values, default_values
from forms.identity import LOCAL_CODE
from forms.model import RecordType, ReferenceField
from forms.record import Record
from forms.requirements import is_filled
from forms.shapes import fit_geometry
from geodesy.datum import transform_geometries
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.joining import join_areas
from geodesy.shaping.knitting import knit_areas
from geodesy.shaping.vertices import as_points, drop_vertices, places_of, seam_places
from geodesy.systems import CoordinateSystem
from localdb import records
from localdb.pointing import fetch_pointing
from localdb.unit_of_work import Changed, UnitOfWork
from services.borders import expect_editable, fetch_around, knit_borders, reshape_around
from services.checking import check_some
from services.desk import Desk
from services.editing import Saved
from services.identity import with_local_code
from services.reading import fetch_record

OFFICIAL_ID, OFFICIAL_STATUS = "official_id", "official_id_status"


def split_record(desk: Desk, uid: str, parts: Sequence[BaseGeometry], *, expected: int) -> list[Saved]:
    """Make one record into several, in one step that one undo takes back; the kept one comes first.

    ``parts`` lie in the workspace's zone and must together be the record's shape: nothing lost, nothing twice, within
    the grid. The largest keeps uid, local code, official identifier and all that points at the record. The others have
    its attributes and origin, a new uid, a new local code and no official identifier; their lineage names the record.
    Computed values follow each shape. What tells objects apart (a lot's symbol) is copied and then found by ATT-16:
    only a person can say what the new ones are called.

    Raise ``UserError`` SPLIT-PARTS (fewer than two), SPLIT-NO-SHAPE (points and records without geometry), SPLIT-AREA
    with what is missing or too much, GEOMETRY-KIND, RECORD-CANCELLED, STORE-STALE or RECORD-APPEND-ONLY.
    """
    return split_records(desk, {uid: parts}, expected={uid: expected})


def split_records(
    desk: Desk,
    parts: Mapping[str, Sequence[BaseGeometry]],
    *,
    expected: Mapping[str, int] | None = None,
) -> list[Saved]:
    """Make each record of ``parts`` into several as ``split_record`` does, all in one step or not at all.

    Areas of the same type around take over the ends of the seams in that step, so that borders stay one. ``expected``
    are revisions by uid; without one, the present revision.
    """
    whole = {uid: fetch_record(desk, uid) for uid in parts}
    types = {uid: desk.catalogue.type(record.type_id) for uid, record in whole.items()}
    shapes = {
        uid: sorted(_fitting_parts(types[uid], whole[uid], own), key=_size, reverse=True) for uid, own in parts.items()
    }
    revisions = {uid: (expected or {}).get(uid, record.revision) for uid, record in whole.items()}
    label = "WORK-SPLIT" if len(parts) == 1 else "WORK-SPLIT-MANY"
    facts: dict[str, Any] = {"type": next(iter(types.values())).title, "records": len(parts)}
    with desk.work(label, count=sum(map(len, shapes.values())), **facts) as work:
        stored: list[Record] = []
        for record_type in {kind.id: kind for kind in types.values()}.values():
            own = [uid for uid in parts if types[uid] is record_type]
            around = _knit_parts(work, record_type, whole, {uid: shapes[uid] for uid in own})
            for uid in own:
                stored += split_in(desk, work, record_type, whole[uid], shapes[uid], revisions[uid])
            reshape_around(work, record_type, around)
    return _checked(desk, stored, work.changed)


def split_in(
    desk: Desk,
    work: UnitOfWork,
    record_type: RecordType,
    whole: Record,
    shapes: Sequence[BaseGeometry],
    expected: int,
) -> list[Record]:
    """Store the parts of one record: the first under its identity, the others as new ones that come from it."""
    values = compute_values(record_type, whole.values, shapes[0])
    stored = [work.update(record_type, whole.uid, values=values, geometry=shapes[0], expected=expected)]
    inherited = _inherited(desk, record_type, whole)
    lineage = replace(whole.lineage, derived_from=(whole.uid,), derivation="split")
    for shape in shapes[1:]:
        values = {**inherited, **compute_values(record_type, inherited, shape)}
        values = dict(with_local_code(desk, work, record_type, values))
        stored.append(work.insert(record_type, values, shape, lineage, uid=new_uid()))
    return stored


def _knit_parts(
    work: UnitOfWork, record_type: RecordType, whole: Mapping[str, Record], shapes: dict[str, list[BaseGeometry]]
) -> dict[str, BaseGeometry]:
    """Put into the parts, by uid of their whole, the corners that lie on their seams; return the shapes around."""
    expect_editable(record_type, [whole[uid].state for uid in shapes])
    names = {f"{uid}/{place}": (uid, place) for uid, own in shapes.items() for place in range(len(own))}
    parts = {name: shapes[uid][place] for name, (uid, place) in names.items()}
    before = {name: shape for name, (uid, _) in names.items() if (shape := whole[uid].geometry) is not None}
    knit = knit_borders(work.connection, record_type, parts, before, gone=list(shapes))
    for name, (uid, place) in names.items():
        shapes[uid][place] = knit.pop(name)
    return knit


def merge_records(desk: Desk, uids: Sequence[str], *, keep: str, expected: Mapping[str, int] | None = None) -> Saved:
    """Make several records of one type into one, in one step that one undo takes back.

    ``keep`` is one of ``uids``: it keeps uid, values, local code and official identifier, takes the union of the
    shapes (points and records without a shape stay as they are), and its lineage names the others. Those are deleted,
    with their history kept, and whatever pointed at them points at the kept one, inspections and repairs too. When
    parts of a split come together again, the vertices that the cut put on the outline go, in the records around too;
    where a corner of the kept one lies on the edge of another, that gets a vertex there.

    Raise ``UserError`` MERGE-FEW (fewer than two, or ``keep`` not among them), MERGE-TYPES, MERGE-OFFICIAL-ID (another
    one has an official identifier and the kept one has none: keep that one), MERGE-NOT-ONE (lines that do not meet,
    where the type has one line), RECORD-CANCELLED, STORE-STALE or RECORD-APPEND-ONLY. ``expected`` are revisions by
    uid.
    """
    chosen = list(dict.fromkeys(uids))
    if len(chosen) < 2 or keep not in chosen:
        raise UserError("MERGE-FEW")
    found = {uid: fetch_record(desk, uid) for uid in chosen}
    kept = found[keep]
    record_type = desk.catalogue.type(kept.type_id)
    gone = [record for uid, record in found.items() if uid != keep]
    _refuse_strange_company(desk, record_type, kept, gone)
    expect_editable(record_type, [record.state for record in found.values()])
    around = _shapes_around(desk, record_type, found.values())
    loose = _loose_ends(list(found.values()), around)
    thinned: dict[str, BaseGeometry] = {}
    shape = _united(record_type, [kept, *gone], set().union(*map(places_of, around.values())) - loose)
    if shape is not None:
        thinned = _thinned(around, loose - places_of(shape))
        around |= thinned
        thinned |= knit_areas(around, {keep: shape} if shape.area else {}, {})
        shape = thinned.pop(keep, shape)
    lineage = replace(
        kept.lineage,
        derived_from=tuple(dict.fromkeys((*kept.lineage.derived_from, *(record.uid for record in gone)))),
        derivation="merge",
    )
    revisions = {uid: (expected or {}).get(uid, record.revision) for uid, record in found.items()}
    with desk.work("WORK-MERGE", type=record_type.title, count=len(chosen)) as work:
        moved = repoint(desk, work, record_type, [record.uid for record in gone], keep)
        work.delete_many(
            record_type, [record.uid for record in gone], expected=[revisions[record.uid] for record in gone]
        )
        stored = work.update(
            record_type,
            keep,
            values=compute_values(record_type, kept.values, shape),
            geometry=fit_geometry(record_type, shape),
            lineage=lineage,
            expected=revisions[keep] + moved,
        )
        reshape_around(work, record_type, thinned)
    return _checked(desk, [stored], work.changed)[0]


def load_parts(
    desk: Desk, path: Path, *, system: CoordinateSystem | None = None, progress: Progress = SILENT
) -> list[BaseGeometry]:
    """Return the shapes of a field file in the workspace's zone, one for each of its rows, to split a record by.

    Without ``system`` they lie where the file says, in the workspace's zone where it says nothing.
    """
    table = read_table(path, None, progress=progress)
    if table.geometries is None:
        raise UserError("SPLIT-PARTS")
    placed = transform_geometries(table.geometries, system or table.declared or desk.system, desk.system)
    return [shape for shape in on_grid(placed).tolist() if shape is not None]


def _fitting_parts(record_type: RecordType, record: Record, parts: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return the parts as the type stores them, when they are the record's shape and nothing else."""
    whole = record.geometry
    if len(parts) < 2:
        raise UserError("SPLIT-PARTS")
    if whole is None or not (whole.area or whole.length):
        raise UserError("SPLIT-NO-SHAPE", type=record_type.title)
    shapes = [fit_geometry(record_type, part) for part in parts]
    fitted = [shape for shape in shapes if shape is not None and not shape.is_empty]
    if len(fitted) < len(parts):
        raise UserError("SPLIT-PARTS")
    border = whole.length + sum(shape.length for shape in fitted)
    together = sum(_size(shape) for shape in fitted)
    is_area = bool(whole.area)
    slack = 2 * GRID_M * (border if is_area else 1 + len(fitted))
    strayed = _strayed(whole, fitted, is_area=is_area)
    if abs(together - _size(whole)) > slack or strayed > slack:
        unit = "m²" if is_area else "m"
        raise UserError("SPLIT-AREA", parts=round(together, 3), whole=round(_size(whole), 3), unit=unit)
    return fitted


def _strayed(whole: BaseGeometry, parts: Sequence[BaseGeometry], *, is_area: bool) -> float:
    """Return how far the parts together are from the whole: the area in one alone, or the greatest distance."""
    union = shapely.union_all(list(parts))
    if is_area:
        return float(shapely.symmetric_difference(whole, union).area)
    return float(shapely.hausdorff_distance(whole, union, densify=0.1))


def _size(shape: BaseGeometry) -> float:
    return float(shape.area or shape.length)


def _inherited(desk: Desk, record_type: RecordType, record: Record) -> dict[str, Any]:
    """Return the values that a part takes over: all but who the record is to offices and people."""
    defaults = default_values(record_type, date.fromisoformat(desk.today()))
    values = dict(record.values)
    for key in (LOCAL_CODE, OFFICIAL_ID):
        if key in values:
            values[key] = None
    if is_filled(record.values.get(OFFICIAL_ID)) and OFFICIAL_STATUS in values:
        values[OFFICIAL_STATUS] = defaults[OFFICIAL_STATUS]
    return values


def _refuse_strange_company(desk: Desk, record_type: RecordType, kept: Record, gone: Sequence[Record]) -> None:
    for record in gone:
        if record.type_id != kept.type_id:
            other = desk.catalogue.type(record.type_id).title
            raise UserError("MERGE-TYPES", type=record_type.title, other=other)
        if is_filled(record.values.get(OFFICIAL_ID)) and not is_filled(kept.values.get(OFFICIAL_ID)):
            raise UserError("MERGE-OFFICIAL-ID", code=record.values[OFFICIAL_ID], uid=record.uid)


def _united(
    record_type: RecordType, together: Sequence[Record], corners: Collection[tuple[float, ...]]
) -> BaseGeometry | None:
    """Return the shape of the merged record: the union of areas or of lines, else the kept one's own.

    ``corners`` are vertices of the records around, which an area shares and so must keep.
    """
    kept = together[0].geometry
    shapes = [record.geometry for record in together if record.geometry is not None and not record.geometry.is_empty]
    if kept is None or kept.is_empty:
        return shapes[0] if shapes else kept
    kinds = {"area" if shape.area else "line" if shape.length else "point" for shape in shapes}
    if len(kinds) > 1 or "point" in kinds:
        return kept
    if kinds == {"line"}:
        union = shapely.line_merge(shapely.union_all(shapes))
        if union.geom_type != "LineString" and "multi_line" not in record_type.geometry:
            raise UserError("MERGE-NOT-ONE", type=record_type.title)
        return fit_geometry(record_type, union)
    return fit_geometry(record_type, join_areas(shapes, as_points(corners)))


def _shapes_around(desk: Desk, record_type: RecordType, chosen: Iterable[Record]) -> dict[str, BaseGeometry]:
    """Return the shapes of the other records of the type that lie near the areas that are chosen, by uid."""
    chosen = list(chosen)
    shapes = [record.geometry for record in chosen if record.geometry is not None]
    if not any(shape.area for shape in shapes):
        return {}
    with desk.reading() as connection:
        return fetch_around(connection, record_type, shapes, {record.uid for record in chosen})


def _loose_ends(chosen: Sequence[Record], around: Mapping[str, BaseGeometry]) -> set[tuple[float, ...]]:
    """Return the ends of the seams between parts of one split that are a corner of no record around."""
    uids = {record.uid for record in chosen}
    parts = [record for record in chosen if record.lineage.derivation == "split"]
    if not any(uids.intersection(record.lineage.derived_from) for record in parts):
        return set()
    ends = seam_places([record.geometry for record in chosen if record.geometry is not None and record.geometry.area])
    corners = set().union(*(places_of(drop_vertices(shape, ends)) for shape in around.values()))
    return ends - corners


def _thinned(around: Mapping[str, BaseGeometry], places: Collection[tuple[float, ...]]) -> dict[str, BaseGeometry]:
    """Return those of the shapes around that have one of ``places``, without them."""
    return {
        uid: drop_vertices(shape, places) for uid, shape in around.items() if not places_of(shape).isdisjoint(places)
    }


def repoint(desk: Desk, work: UnitOfWork, record_type: RecordType, gone: Sequence[str], keep: str) -> int:
    """Let what names a record that goes name the kept one; return how often the kept one itself changed by it."""
    own = 0
    for other in desk.catalogue.types.values():
        for item in other.fields:
            if not isinstance(item, ReferenceField) or record_type.id not in item.target:
                continue
            pointing = fetch_pointing(work.connection, other, item.key, gone, with_geometry=False)
            around = [record.uid for record in pointing if record.uid not in gone and record.uid != keep]
            work.point_elsewhere(other, item.key, around, keep)
            if any(record.uid == keep for record in pointing):  # it named one that becomes itself
                work.update(other, keep, values={item.key: None}, expected=_revision(work, other, keep))
                own += 1
    return own


def _revision(work: UnitOfWork, record_type: RecordType, uid: str) -> int:
    return records.fetch_revisions(work.connection, record_type, [uid])[uid]


def _checked(desk: Desk, stored: Sequence[Record], changed: Changed) -> list[Saved]:
    with desk.reading() as connection:
        findings = check_some(desk, connection, stored)
    return [
        Saved(record, tuple(finding for finding in findings if finding.uid == record.uid), changed) for record in stored
    ]
