"""Submissions that were taken before and have been edited since: what they would change in the records made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.text import without_surrogates
from exchange.submissions import INSTANCE, Submissions, choose_rows, read_submissions
from exchange.table import Table
from forms.computed import compute_values
from forms.model import RecordType
from forms.record import Lineage, Record
from localdb import records
from localdb.unit_of_work import KEEP, Changed
from services.desk import Desk
from services.field_report import FieldUpdate
from services.import_plan import ImportPlan
from services.import_report import Rejected
from services.placing import place_table
from services.staging import fit_shapes, parse_columns

_NEAR_DEGREES, _NEAR_M = 1e-9, 2e-4
PLACE = "geometry"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edited submission: its place among the rows, its record, and what of it is to change.

    ``geometry`` is ``None`` where the place stays; ``lineage`` is the record's from now on.
    """

    place: int
    row: int
    record: Record
    values: Mapping[str, Any]
    geometry: BaseGeometry | None
    conflicts: tuple[str, ...]
    lineage: Lineage


@dataclass(frozen=True, slots=True)
class Edits:
    """The edited submissions, those that are as they were (with their record), and cells that do not parse."""

    edited: tuple[Edit, ...] = ()
    unchanged: tuple[tuple[int, str], ...] = ()
    rejected: tuple[Rejected, ...] = ()

    def updates(self, *, written: bool) -> tuple[FieldUpdate, ...]:
        """Return the edits as a report tells them."""
        return tuple(
            FieldUpdate(
                type_id=item.record.type_id,
                uid=item.record.uid,
                row=item.row,
                changes={key: (item.record.values.get(key), value) for key, value in item.values.items()},
                moved=item.geometry is not None,
                conflicts=item.conflicts,
                applied=written and bool(item.values or item.geometry is not None),
            )
            for item in self.edited
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """Submissions as values of fields: what they say of each field, where they lie as sent, and that place here."""

    values: Mapping[str, Sequence[Any]]
    sent: npt.NDArray[np.object_] | None
    fitted: npt.NDArray[np.object_]
    rejected: tuple[Rejected, ...]


def find_edits(
    desk: Desk, plan: ImportPlan, record_type: RecordType, found: Submissions, known: Sequence[tuple[int, str]]
) -> Edits:
    """Return which of the submissions taken before say something else now.

    What the submission said when it was taken stands in its record's lineage: the difference to that is the edit, and
    where the record has moved away from it as well there is a conflict.
    """
    if not known:
        return Edits()
    with desk.reading() as connection:
        here = {item.uid: item for item in records.fetch_records(connection, record_type, [uid for _, uid in known])}
    own = [here[uid] for _, uid in known]
    now = _read(desk, plan, record_type, found, choose_rows(found.table, [place for place, _ in known]))
    before = read_submissions(_as_sent(plan, own), record_type, desk.catalogue)
    old = _read(desk, replace(plan, mapping=before.mapping), record_type, before, before.table)
    bad = {item.row for item in now.rejected}
    edited, unchanged, refused = [], [], list(now.rejected)
    for index, ((place, uid), record) in enumerate(zip(known, own, strict=True)):
        row = int(found.table.rows[place])
        if row in bad:
            continue
        edit = _compare(record_type, record, old, now, index, place, row)
        if edit is None:
            unchanged.append((place, uid))
        elif record_type.append_only:
            refused.append(Rejected(row, None, uid, "FIELD-APPEND-ONLY", {"type": record_type.title}))
        else:
            edited.append(replace(edit, lineage=_lineage(plan, found, place, record, edit)))
    return Edits(tuple(edited), tuple(unchanged), tuple(refused))


def apply_edits(desk: Desk, record_type: RecordType, edits: Edits) -> Changed | None:
    """Write what is in no conflict, in one step that one undo takes back."""
    ready = [item for item in edits.edited if item.values or item.geometry is not None]
    if not ready:
        return None
    with desk.work("WORK-FIELD-UPDATE", count=len(ready), type=record_type.title) as work:
        for item in ready:
            shape = item.record.geometry if item.geometry is None else item.geometry
            complete = {**item.record.values, **item.values}
            work.update(
                record_type,
                item.record.uid,
                values={**item.values, **compute_values(record_type, complete, shape)},
                geometry=KEEP if item.geometry is None else item.geometry,
                lineage=item.lineage,
                expected=item.record.revision,
            )
    return work.changed


def _as_sent(plan: ImportPlan, own: Sequence[Record]) -> Table:
    """Return the rows from which the records were made, as they came then."""
    names = list(dict.fromkeys(name for record in own for name in record.lineage.raw_values))
    shapes = [record.lineage.raw_coordinates for record in own]
    return Table(
        name=plan.path.name,
        layer=plan.layer,
        kind="",
        columns={name: [record.lineage.raw_values.get(name) for record in own] for name in names if name != INSTANCE},
        geometries=np.array(shapely.from_wkt(shapes), dtype=object) if any(shapes) else None,
        rows=np.arange(1, len(own) + 1, dtype=np.int64),
    )


def _read(desk: Desk, plan: ImportPlan, record_type: RecordType, found: Submissions, table: Table) -> _Read:
    values, rejected = parse_columns(desk, plan, record_type, table.columns, table)
    asked = {key: cells for key, cells in values.items() if key in found.mapping}
    if table.geometries is None:
        return _Read(asked, None, np.full(len(table), None, dtype=object), tuple(rejected))
    placed, _ = place_table(desk, plan, table)
    fitted, wrong = fit_shapes(record_type, placed, table)
    return _Read(asked, table.geometries, fitted, (*rejected, *wrong))


def _compare(
    record_type: RecordType, record: Record, old: _Read, now: _Read, index: int, place: int, row: int
) -> Edit | None:
    """Return the edit of one submission, ``None`` when it says what it said before, or what the record says already."""
    values: dict[str, Any] = {}
    conflicts: list[str] = []
    for key, cells in now.values.items():
        base, theirs, ours = old.values.get(key, [None] * (index + 1))[index], cells[index], record.values.get(key)
        if theirs in (base, ours):
            continue
        if ours == base:
            values[key] = theirs
        else:
            conflicts.append(key)
    geometry = None
    if now.sent is not None and not _is_near(_at(old.sent, index), now.sent[index], _NEAR_DEGREES):
        shape = now.fitted[index]
        if _is_near(record.geometry, old.fitted[index], _NEAR_M):
            geometry = shape
        elif not _is_near(record.geometry, shape, _NEAR_M):
            conflicts.append(PLACE)
    if not (values or conflicts or geometry is not None):
        return None
    return Edit(place, row, record, values, geometry, tuple(conflicts), record.lineage)


def _at(shapes: npt.NDArray[np.object_] | None, index: int) -> BaseGeometry | None:
    return None if shapes is None else shapes[index]


def _is_near(one: BaseGeometry | None, other: BaseGeometry | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return bool(shapely.equals_exact(one, other, tolerance))


def _lineage(plan: ImportPlan, found: Submissions, place: int, record: Record, edit: Edit) -> Lineage:
    """Return where the record comes from now; while something is in conflict, still from what was taken first."""
    if edit.conflicts:
        return record.lineage
    raw = found.table.raw_columns or found.table.columns
    names = " ".join(
        dict.fromkeys((*str(record.lineage.raw_values.get(INSTANCE, "")).split(), *found.identities[place]))
    )
    sent = found.table.geometries
    return replace(
        record.lineage,
        source_file=without_surrogates(plan.path.name),
        source_row=edit.row,
        accuracy_m=found.table.accuracies[place] if found.table.accuracies else None,
        raw_coordinates=None
        if sent is None or sent[place] is None
        else shapely.to_wkt(sent[place], rounding_precision=-1, trim=True),
        raw_values={**{name: cells[place] for name, cells in raw.items() if cells[place] is not None}, INSTANCE: names},
    )
