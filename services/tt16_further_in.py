"""``ThongTinKhac.xlsx`` of a dossier's folder back into the records that it speaks of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely

from core.errors import AppError, UserError
from core.progress import Progress
from exchange.workbook_rows import read_workbook
from forms.catalogue import Catalogue
from forms.dossiers import DOSSIER
from forms.files import FileLink
from forms.model import FilesField, RecordType, ReferenceField
from forms.shapes import fit_geometries
from forms.tt16_further import (
    FILES,
    FURTHER,
    OUTLINES,
    REFERENCES,
    VALUES,
    field_labelled,
    load_further_sheets,
    type_titled,
)
from geodesy.datum import operation_between, transform_geometries
from geodesy.grid import on_grid
from geodesy.systems import parse_system
from localdb import records
from services.desk import Desk
from services.tt16_breaches import Breach
from services.tt16_further import PLACE
from services.tt16_planned import PlannedLink, PlannedRecord
from services.tt16_reading import Folder
from services.tt16_rows_in import decode_texts

PATH = f"{PLACE}/{FURTHER}"
Key = tuple[str, str]
"""The id of a record's type, and what the record is called in its class or sheet."""
_TITLES = {sheet: {one.key: one.title for one in columns} for sheet, columns in load_further_sheets().items()}


@dataclass(frozen=True, slots=True)
class FurtherRow:
    """A row of a sheet: cells by what the program calls their column."""

    sheet: str
    number: int
    cells: Mapping[str, Any]

    def text(self, key: str) -> str | None:
        """Return what a cell says, ``None`` when it is empty."""
        cell = self.cells.get(key)
        return None if cell is None or str(cell) == "" else str(cell)

    def unread(self, key: str, reason: str = "") -> Breach:
        """Return that a cell of the row is not understood."""
        facts = {"row": self.number, "column": _TITLES[self.sheet][key], "value": (self.text(key) or "–")[:80]}
        return Breach("TT16-CELL-UNREAD", f"{PATH}/{self.sheet}", {**facts, "reason": reason})


@dataclass(slots=True)
class Further:
    """The rows of the workbook by the record they speak of; ``is_there`` when the folder has such a workbook."""

    is_there: bool = False
    rows: dict[Key, list[FurtherRow]] = field(default_factory=dict)
    problems: list[Breach] = field(default_factory=list)

    def says(self, key: Key, sheet: str, label: str) -> bool:
        """Whether a row of a sheet speaks of a record's field."""
        return any(row.sheet == sheet and row.text("field") == label for row in self.rows.get(key, ()))

    @property
    def files(self) -> set[str]:
        """The files that the workbook lists, by path."""
        rows = [row for held in self.rows.values() for row in held if row.sheet == FILES]
        return {path for row in rows if (path := row.text("file"))}


def read_further(catalogue: Catalogue, found: Folder, progress: Progress) -> Further:
    """Return what the workbook says; a workbook of that name which is another hand's is a file like any other."""
    further = Further()
    if not (found.root / PATH).is_file():
        return further
    try:
        sheets = read_workbook(found.root / PATH, progress=progress)
    except AppError:
        return further
    for sheet, columns in load_further_sheets().items():
        rows = sheets.get(sheet, ())
        if not rows or tuple(rows[0]) != tuple(one.title for one in columns):
            continue
        further.is_there = True
        keys = [one.key for one in columns]
        for number, cells in enumerate(rows[1:], start=2):
            row = FurtherRow(sheet, number, dict(zip(keys, cells, strict=False)))
            kind = type_titled(catalogue, row.text("type") or "")
            if kind is None:
                further.problems.append(row.unread("type"))
            else:
                further.rows.setdefault((kind.id, row.text("code") or ""), []).append(row)
    return further


def apply_further(
    desk: Desk, found: Folder, further: Further, planned: Sequence[PlannedRecord], here: Mapping[Key, str]
) -> list[Breach]:
    """Give each record what the workbook says of it; return what could not be given.

    ``here`` are the records that the workspace has already under a code of the folder; of those nothing is changed.
    """
    told = list(further.problems)
    by_key: dict[Key, list[PlannedRecord]] = {}
    for one in planned:
        by_key.setdefault((one.kind.id, one.code), []).append(one)
    targets = {key: held[0].uid for key, held in by_key.items() if len(held) == 1}
    files = frozenset(path for held in found.files.values() for path in held)
    around = _Around(desk, {**here, **targets}, files)
    for key, rows in further.rows.items():
        held = by_key.get(key, [])
        if not held:
            told += [row.unread("code") for row in rows if key not in here]
            continue
        for row in rows:
            told += _GIVERS[row.sheet](around, row, held[0])
    return told


@dataclass(frozen=True, slots=True)
class _Around:
    """What rows may name: records of the folder and of the workspace by type and code, the folder's files."""

    desk: Desk
    known: Mapping[Key, str]
    files: frozenset[str]

    def find_target(self, target: ReferenceField, row: FurtherRow) -> str | None:
        """Return the record that a reference names: in the folder by its code, in the workspace by its identity."""
        kind = type_titled(self.desk.catalogue, row.text("target_type") or "")
        code, uid = row.text("target_code"), row.text("target_uid")
        if kind is not None and kind.id not in target.target:
            return None
        if kind is not None and code and (kind.id, code) in self.known:
            return self.known[kind.id, code]
        types = [kind] if kind is not None else [self.desk.catalogue.type(type_id) for type_id in target.target]
        with self.desk.reading() as connection:
            for one in types if uid else ():
                if records.fetch_records(connection, one, [str(uid)]):
                    return uid
            if kind is not None and kind.id == DOSSIER and code:  # an official code, the same in every workspace
                held = records.fetch_records(connection, kind)
                return next((one.uid for one in held if one.values.get("dossier_code") == code), None)
        return None


def _field(row: FurtherRow, kind: RecordType) -> str | None:
    return field_labelled(kind, row.text("field") or "")


def _give_value(around: _Around, row: FurtherRow, one: PlannedRecord) -> Iterator[Breach]:
    key = _field(row, one.kind)
    if key is None:
        yield row.unread("field")
        return
    texts = {key: (_TITLES[row.sheet]["text"], row.text("text"))}
    values, problems = decode_texts(around.desk.catalogue, one.kind, texts, f"{PATH}/{row.sheet}", row.number)
    one.values |= values
    yield from problems


def _give_reference(around: _Around, row: FurtherRow, one: PlannedRecord) -> Iterator[Breach]:
    key = _field(row, one.kind)
    target = None if key is None else one.kind.field(key)
    if not isinstance(target, ReferenceField):
        yield row.unread("field")
        return
    uid = around.find_target(target, row)
    if uid is not None:
        one.values[target.key] = uid
        return
    said = [row.text(name) for name in ("target_type", "target_code", "target_title", "target_uid")]
    text = ", ".join(filter(None, said))
    one.lineage = replace(one.lineage, raw_values={**one.lineage.raw_values, target.label["vi"]: text})
    facts = {"row": row.number, "field": target.label, "target": text or "–"}
    yield Breach("TT16-REFERENCE", f"{PATH}/{row.sheet}", facts)


def _give_file(around: _Around, row: FurtherRow, one: PlannedRecord) -> Iterator[Breach]:
    key = _field(row, one.kind)
    if key is None or not isinstance(one.kind.field(key), FilesField):
        yield row.unread("field")
        return
    path = row.text("file")
    if path is None or path not in around.files:
        yield row.unread("file")
        return
    try:
        link = FileLink.from_dict({"sha256": "0" * 64, "bytes": 1, "mime": "a/a", **_said(row, path)})
    except (ValueError, TypeError) as error:
        yield row.unread("file", str(error))
        one.links.append(PlannedLink(key, path))
        return
    told = {name: getattr(link, name) for name in ("name", "page", "caption", "taken_at", "place")}
    one.links.append(PlannedLink(key, path, told))


def _said(row: FurtherRow, path: str) -> dict[str, Any]:
    page, longitude, latitude = (row.text(name) for name in ("page", "longitude", "latitude"))
    said = {
        "name": row.text("name") or path.rpartition("/")[2],
        "page": None if page is None else int(float(page)),
        "caption": row.text("caption"),
        "taken_at": row.text("taken_at"),
        "place": None if longitude is None or latitude is None else [float(longitude), float(latitude)],
    }
    return {name: cell for name, cell in said.items() if cell is not None}


def _give_outline(around: _Around, row: FurtherRow, one: PlannedRecord) -> Iterator[Breach]:
    wkt = row.text("wkt") or ""
    try:
        system = parse_system(row.text("system") or "")
        raw = np.array([shapely.from_wkt(wkt)], dtype=object)
        shapes = on_grid(transform_geometries(raw, system, around.desk.system))
    except UserError as error:
        yield row.unread("system", str(error))
        return
    except shapely.errors.ShapelyError:
        yield row.unread("wkt")
        return
    fitted, misfit = fit_geometries(one.kind, shapes)
    if misfit[0] or fitted[0] is None:
        yield row.unread("wkt")
        return
    one.geometry = fitted[0]
    one.lineage = replace(
        one.lineage,
        src_crs=system.id,
        src_axis=system.axis,
        datum_operation=operation_between(system, around.desk.system),
        raw_coordinates=wkt,
    )


_GIVERS = {FILES: _give_file, REFERENCES: _give_reference, OUTLINES: _give_outline, VALUES: _give_value}
