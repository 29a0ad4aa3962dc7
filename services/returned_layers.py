"""One layer of a field GeoPackage that came back: which rows were touched, which are new, what is done with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import shapely

from core.progress import Progress
from exchange.problems import RowProblem
from exchange.qgis_form import CAPTURE, FIELD_UID, UID
from exchange.submissions import CAPTURE_METHOD, INSTANCE, choose_rows
from exchange.table import Table
from exchange.xlsform_questions import photo_names
from forms.computed import compute_values
from forms.model import RecordType
from forms.record import Record
from localdb import records
from localdb.submissions import Taken, fetch_taken
from localdb.unit_of_work import KEEP, Changed
from services.desk import Desk
from services.field_layers import content_of, from_cell
from services.field_photos import PhotoFolder, Wanted, attach_photos
from services.field_report import FieldReport, FieldUpdate, Photos
from services.import_plan import ImportPlan
from services.import_report import ImportReport, Rejected
from services.importing import import_table
from services.staging import fit_shapes, parse_columns

_NEAR_M = 2e-4

_Ready = tuple[Record, Mapping[str, Any], Any, int]
"""A record, its new values, its new place or ``None``, and which row says so."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as it went out."""

    type_id: str
    revision: int
    content: str


@dataclass(slots=True)
class _Rows:
    """The places of a layer's rows: records that went out and were touched, known new ones, new ones."""

    touched: list[tuple[int, str, int]] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    pictured: list[tuple[int, str]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    known: int = 0
    buried: int = 0


class ReturnedLayer:
    """One layer that came back, and what is to be done with its rows."""

    def __init__(
        self,
        desk: Desk,
        path: Path,
        record_type: RecordType,
        table: Table,
        sent: Mapping[str, Sent],
        came_back: set[str],
    ) -> None:
        self._desk, self._type = desk, record_type
        self._sent, self._came_back = sent, came_back
        self._fields = {target.key: target for target in record_type.fields if target.key in table.columns}
        self._raw = table
        self._photos = [name for name in photo_names(record_type) if name in table.columns]
        self._table = self._as_import(table)
        self._plan = ImportPlan(
            path=path,
            layer=table.layer,
            type_id=record_type.id,
            mapping={
                key: key for key, target in self._fields.items() if target.computed is None and target.type != "files"
            },
            system=desk.system if table.geometries is not None else None,
        )

    def take(self, folder: PhotoFolder, *, dry_run: bool, progress: Progress) -> FieldReport:
        """Return what became of the rows."""
        rows = self._sort_out()
        updates, changed, bad = self._update(rows, dry_run=dry_run)
        imports = self._import(rows.new, dry_run=dry_run, progress=progress)
        photos = Photos()
        if not dry_run:
            photos = attach_photos(self._desk, self._type, self._wanted(rows, imports, updates), folder, progress)
        return FieldReport(
            path=self._plan.path,
            dry_run=dry_run,
            read=len(self._raw),
            known=rows.known + len(rows.touched) - len(updates) - len({item.row for item in bad}),
            buried=rows.buried,
            imports=tuple(report for report, _ in imports),
            updates=tuple(updates),
            rejected=(*rows.rejected, *bad, *(item for report, _ in imports for item in report.rejected)),
            warnings=_worth_telling(imports),
            photos=photos,
            changed=(*([changed] if changed else []), *(report.changed for report, _ in imports if report.changed)),
        )

    def _as_import(self, table: Table) -> Table:
        """Return the table with cells as an import reads them, and its rows as they came beside them."""
        columns = {
            name: [from_cell(self._fields[name], cell) for cell in cells] if name in self._fields else list(cells)
            for name, cells in table.columns.items()
        }
        if "commune_code" in columns:
            columns["commune_code"] = [cell or self._desk.commune.code for cell in columns["commune_code"]]
        names = [self._identity(place) for place in range(len(table))]
        return replace(table, columns=columns, raw_columns={**table.columns, INSTANCE: list(names)})

    def _identity(self, place: int) -> str:
        """Return the name under which a row that became a record is known again."""
        cell = self._raw.columns.get(FIELD_UID, [None] * len(self._raw))[place]
        return f"uuid:{cell.lower()}" if isinstance(cell, str) and cell else f"row:{self._content(place)}"

    def _content(self, place: int) -> str:
        cells = {key: self._raw.columns[key][place] for key in self._fields}
        if self._type.geometry:
            cells[CAPTURE] = self._raw.columns.get(CAPTURE, [None] * len(self._raw))[place]
        return content_of(cells, None if self._raw.geometries is None else self._raw.geometries[place])

    def _sort_out(self) -> _Rows:
        with self._desk.reading() as connection:
            taken = fetch_taken(connection, self._type, INSTANCE)
        rows = _Rows()
        seen: set[str] = set()
        for place, uid in enumerate(self._raw.columns.get(UID, [None] * len(self._raw))):
            if uid is None or uid in seen or uid in self._came_back:
                self._sort_new(rows, place, taken)
            elif uid not in self._sent or self._sent[uid].type_id != self._type.id:
                rows.rejected.append(Rejected(int(self._raw.rows[place]), UID, str(uid), "FIELD-UNKNOWN-UID"))
            else:
                seen.add(uid)
                self._sort_sent(rows, place, uid)
        self._came_back |= seen
        return rows

    def _sort_new(self, rows: _Rows, place: int, taken: Mapping[str, Taken]) -> None:
        found = taken.get(self._identity(place))
        if found is None:
            rows.new.append(place)
        elif found.is_deleted:
            rows.buried += 1
        else:
            rows.touched.append((place, found.uid, 1))
            self._picture(rows, place, found.uid)

    def _sort_sent(self, rows: _Rows, place: int, uid: str) -> None:
        if self._content(place) == self._sent[uid].content:
            rows.known += 1
        else:
            rows.touched.append((place, uid, self._sent[uid].revision))
        self._picture(rows, place, uid)

    def _picture(self, rows: _Rows, place: int, uid: str) -> None:
        if any(self._raw.columns[name][place] for name in self._photos):
            rows.pictured.append((place, uid))

    def _update(self, rows: _Rows, *, dry_run: bool) -> tuple[list[FieldUpdate], Changed | None, list[Rejected]]:
        """Write what changed in the field into records that are as they went out, in one step."""
        if not rows.touched:
            return [], None, []
        part = choose_rows(self._table, [place for place, _, _ in rows.touched])
        values, rejected = parse_columns(self._desk, self._plan, self._type, part.columns, part)
        fitted, bad_shapes = fit_shapes(self._type, part.geometries, part)
        with self._desk.reading() as connection:
            uids = [uid for _, uid, _ in rows.touched]
            here = {item.uid: item for item in records.fetch_records(connection, self._type, uids)}
        updates: list[FieldUpdate] = []
        ready: list[_Ready] = []
        for index, (place, uid, revision) in enumerate(rows.touched):
            row, record = int(self._raw.rows[place]), here.get(uid)
            if record is None:
                rows.buried += 1
                rows.known -= 1
                continue
            told = [item for item in bad_shapes if item.row == row and record.geometry is not None]
            if told or any(item.row == row for item in rejected):
                rejected += told
                continue
            changes, shape = self._differences(
                record, {key: values[key][index] for key in self._plan.mapping}, fitted[index]
            )
            if not changes and shape is None:
                continue
            if self._type.append_only:
                rejected.append(Rejected(row, None, uid, "FIELD-APPEND-ONLY", {"type": self._type.title}))
                continue
            stale = record.revision != revision
            updates.append(self._told(record, row, changes, moved=shape is not None, stale=stale, dry_run=dry_run))
            if not stale:
                ready.append((record, changes, shape, place))
        changed = self._write(ready) if ready and not dry_run else None
        return updates, changed, rejected

    def _told(
        self, record: Record, row: int, changes: Mapping[str, Any], *, moved: bool, stale: bool, dry_run: bool
    ) -> FieldUpdate:
        return FieldUpdate(
            self._type.id,
            record.uid,
            row,
            {key: (record.values.get(key), value) for key, value in changes.items()},
            moved=moved,
            stale=stale,
            applied=not (stale or dry_run),
        )

    def _differences(self, record: Record, values: Mapping[str, Any], shape: Any) -> tuple[dict[str, Any], Any]:
        changes = {key: value for key, value in values.items() if record.values.get(key) != value}
        if shape is None or (
            record.geometry is not None and shapely.equals_exact(record.geometry, shape, tolerance=_NEAR_M)
        ):
            return changes, None
        return changes, shape

    def _write(self, ready: Sequence[_Ready]) -> Changed:
        with self._desk.work("WORK-FIELD-UPDATE", count=len(ready), type=self._type.title) as work:
            for record, changes, shape, place in ready:
                complete = {**record.values, **changes}
                geometry = record.geometry if shape is None else shape
                lineage = record.lineage
                if shape is not None:
                    lineage = replace(lineage, capture_method=self._capture(place), accuracy_m=None)
                work.update(
                    self._type,
                    record.uid,
                    values={**changes, **compute_values(self._type, complete, geometry)},
                    geometry=KEEP if shape is None else shape,
                    lineage=lineage,
                    expected=record.revision,
                )
        return work.changed

    def _capture(self, place: int) -> str:
        cell = self._raw.columns.get(CAPTURE, [None] * len(self._raw))[place]
        known = self._desk.catalogue.choice_list("capture_method")
        return cell if isinstance(cell, str) and cell in known else CAPTURE_METHOD

    def _import(self, new: Sequence[int], *, dry_run: bool, progress: Progress) -> list[tuple[ImportReport, list[int]]]:
        """Make records of the new rows, those of one way of measuring together; return each report with its places."""
        by_method: dict[str | None, list[int]] = {}
        for place in new:
            by_method.setdefault(self._capture(place) if self._type.geometry else None, []).append(place)
        return [
            (
                import_table(
                    self._desk,
                    replace(self._plan, capture_method=method),
                    choose_rows(self._table, places),
                    dry_run=dry_run,
                    skip_bad=True,
                    progress=progress,
                ),
                places,
            )
            for method, places in by_method.items()
        ]

    def _wanted(
        self, rows: _Rows, imports: Sequence[tuple[ImportReport, list[int]]], updates: Sequence[FieldUpdate]
    ) -> list[Wanted]:
        stale = {update.uid for update in updates if update.stale}
        found = [(place, uid, False) for place, uid in rows.pictured if uid not in stale]
        for report, places in imports:
            refused = {item.row for item in report.rejected}
            good = [place for place in places if int(self._raw.rows[place]) not in refused]
            found += [(place, uid, True) for place, uid in zip(good, report.uids, strict=False)]
        return [
            Wanted(uid, int(self._raw.rows[place]), names, is_new=is_new)
            for place, uid, is_new in found
            if (names := self._photo_names(place))
        ]

    def _photo_names(self, place: int) -> tuple[str, ...]:
        cells = [self._raw.columns[name][place] for name in self._photos]
        return tuple(cell.replace("\\", "/").rpartition("/")[2] for cell in cells if isinstance(cell, str) and cell)


def _worth_telling(imports: Sequence[tuple[ImportReport, list[int]]]) -> tuple[RowProblem, ...]:
    """Return the warnings, but for the one that the file came in before: every row is known by itself."""
    return tuple(item for report, _ in imports for item in report.warnings if item.code != "IMPORT-AGAIN")
