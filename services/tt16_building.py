"""A dossier's records as the sheets, classes and files of TT 16/2025/TT-BXD; nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely

from core.errors import UserError
from core.messages import render
from exchange.out_layer import OutLayer, OutType
from forms.computed import default_values
from forms.dossiers import BOUNDARY, DOCUMENT, DOSSIER, DRAWING
from forms.files import FileLink, file_links
from forms.identity import LOCAL_CODE
from forms.model import AnyField, RecordType
from forms.record import Record
from forms.titles import record_title
from forms.tt16 import (
    DATABASES,
    KIND,
    NOTE,
    OBJECT_CODE,
    OBJECT_NAME,
    TEXT_LENGTHS,
    CellKind,
    FeatureClass,
    class_of,
    load_classes,
    load_sheets,
)
from forms.tt16_cells import decode_cell, encode_columns, readable_columns
from forms.tt16_folder import BASIC, DOCUMENTS, DRAWINGS, SCAN, Names, drawing_folder, folder_name, is_scan, safe_name
from forms.tt16_further import FILES, FURTHER, OUTLINES, REFERENCES, VALUES
from forms.tt16_plan import format_sheets, info_code, plan_cells, plan_columns
from localdb import contents, records
from localdb.engine import Connection
from services.desk import Desk
from services.dossiers import Dossier
from services.file_storing import ONE_FILE, known_fields
from services.tt16_breaches import Breach
from services.tt16_further import PLACE, Further
from services.tt16_source_cells import source_cells, source_class

_ASIDE = {"files": FILES, "references": REFERENCES, "outlines": OUTLINES, "values": VALUES}
KEPT_ROWS = "HoSoGIS_LopKhac.gpkg"
SHEET_NOTE_LENGTH = 30_000  # a cell of Excel takes 32,767
_TYPES: Mapping[CellKind, OutType] = {
    "text": "text",
    "short": "short",
    "long": "long",
    "float": "float",
    "double": "double",
    "date": "date",
}


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A content and where it goes, as a path below the dossier's folder with ``/`` between its parts."""

    sha256: str
    path: str
    bytes: int


@dataclass(slots=True)
class Built:
    """Everything of one package before it is written."""

    folder: str
    code: str
    sheets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    layers: list[tuple[str, OutLayer]] = field(default_factory=list)
    files: list[PackedFile] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    kept: list[FileLink] = field(default_factory=list)
    further: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def build_package(desk: Desk, dossier: Dossier, *, works: bool = False) -> Built:
    """Return a dossier's package; with ``works`` also the infrastructure that lies within the plan's boundary.

    Raise ``UserError`` TT16-NO-CODE for a dossier without its code, after which the workbook is called.
    """
    values = dossier.record.values
    code = str(values.get("dossier_code") or "").strip()
    if not code:
        raise UserError("TT16-NO-CODE", name=record_title(desk.catalogue.type(DOSSIER), values, "vi"))
    built = Built(folder_name(str(values.get("name") or ""), code), code)
    with desk.reading() as connection:
        _Builder(desk, dossier, built, connection).run(works=works)
    return built


class _Builder:
    def __init__(self, desk: Desk, dossier: Dossier, built: Built, connection: Connection) -> None:
        self._desk, self._dossier, self._built, self._connection = desk, dossier, built, connection
        self._catalogue = desk.catalogue
        self._plan_type = desk.catalogue.type(DOSSIER)
        self._names = {place: Names() for place in (f"{BASIC}/{DOCUMENTS}", f"{SCAN}/{DOCUMENTS}")}
        self._names[PLACE].take(FURTHER)
        self._implied: dict[str, dict[str, Any]] = {}
        self._codes: set[tuple[str, str]] = set()
        self._further = Further(desk, connection, self._pack)

    def run(self, *, works: bool) -> None:
        """Build classes, sheets and files."""
        rows: dict[tuple[str, str], list[tuple[Record, dict[str, Any]]]] = {}
        for type_id, held in self._dossier.held.items():
            if type_id not in (DOCUMENT, DRAWING):
                self._place(held, rows)
        if works:
            self._place(self._works(), rows)
        self._build_layers(rows)
        self._build_drawings()
        self._build_documents()
        self._build_dossier(rows)
        self._build_further()

    # Classes

    def _works(self) -> list[Record]:
        """Return the records of other types that lie, wholly or in part, within the plan's boundary."""
        area = shapely.union_all([record.geometry for record in self._dossier.boundaries if record.geometry])
        if area.is_empty:
            return []
        shapely.prepare(area)
        found = []
        for kind in self._catalogue.types.values():
            if kind.tt16_classes and kind.id not in self._dossier.held and kind.id != DOSSIER:
                held = records.fetch_records(self._connection, kind)
                found += [one for one in held if one.geometry is not None and area.intersects(one.geometry)]
        return found

    def _place(self, held: Sequence[Record], rows: dict[tuple[str, str], list[tuple[Record, dict[str, Any]]]]) -> None:
        """Put records into their classes; those that none takes are told, and how many."""
        left: dict[str, int] = {}
        for record in held:
            kind = self._catalogue.type(record.type_id)
            shape = None if record.geometry is None else record.geometry.geom_type
            item = class_of(kind, record.values, shape, source_class(record))
            if item is None:
                left[kind.id] = left.get(kind.id, 0) + 1
                continue
            rows.setdefault((item.database, item.name), []).append((record, self._cells(kind, record, item)))
            self._built.counts[kind.id] = self._built.counts.get(kind.id, 0) + 1
        for type_id, count in left.items():
            facts = {"type": self._catalogue.type(type_id).title, "count": count}
            self._built.breaches.append(Breach("TT16-NO-CLASS", "HoSoGIS", facts))

    def _cells(self, kind: RecordType, record: Record, item: FeatureClass) -> dict[str, Any]:
        values = record.values
        cells = plan_cells(
            self._dossier.record.values, self._plan_type, item, self._catalogue, whole=kind.id == BOUNDARY
        )
        hints = readable_columns(kind, item)
        columns = {key: (name, column.kind) for key, name in hints.items() if (column := item.column(name))}
        columns.pop("note", None)
        implied = {**self._defaults(kind), **({"existence": "hien_trang"} if item.database == "HienTrang" else {})}
        own, note, lost = encode_columns(
            kind, values, columns, self._catalogue, implied, TEXT_LENGTHS[NOTE], skipped=("dossier_uid",)
        )
        cells |= {name: cell for name, cell in own.items() if cell is not None}
        code = cells[OBJECT_CODE] = str(values.get(LOCAL_CODE) or record.uid)
        if (kind.id, code) in self._codes:  # what else is said of it must find it again
            code = cells[OBJECT_CODE] = record.uid
            lost = (*lost, kind.field(LOCAL_CODE))
        self._codes.add((kind.id, code))
        self._further.know(kind, record, code)
        if values.get("name") and hints.get("name") not in (None, OBJECT_NAME):
            cells.setdefault(OBJECT_NAME, values["name"])
        if item.column(KIND) and KIND not in hints.values():
            cells[KIND] = kind.title["vi"]
        cells[NOTE] = note
        cells |= source_cells(self._catalogue, kind, self._plan_type, item, record, cells)
        self._put_aside(kind, record, code, lost, f"HoSoGIS/{item.database}/{item.name}")
        return cells

    def _put_aside(self, kind: RecordType, record: Record, code: str, fields: Sequence[AnyField], place: str) -> None:
        """Take what found no room in class or sheet into the further workbook, and tell what finds none there."""
        if lost := self._further.put_fields(kind, record.values, code, fields):
            title = record_title(kind, record.values, "vi", self._catalogue)
            facts = {"fields": ", ".join(dict.fromkeys(lost)), "record": title}
            self._built.breaches.append(Breach("TT16-NOT-KEPT", place, facts))

    def _build_layers(self, rows: Mapping[tuple[str, str], list[tuple[Record, dict[str, Any]]]]) -> None:
        """Make a layer of every class there is, empty ones as well: so the whole structure is handed in."""
        for database in DATABASES:
            for item in load_classes()[database].values():
                held = rows.get((database, item.name), [])
                columns = {column.name: [cells.get(column.name) for _, cells in held] for column in item.columns}
                shapes = np.empty(len(held), dtype=object)
                shapes[:] = [record.geometry for record, _ in held]
                types = {column.name: _TYPES[column.kind] for column in item.columns}
                layer = OutLayer(item.name, columns, shapes, self._desk.system, types, item.geometry)
                self._built.layers.append((database, layer))

    # Sheets

    def _build_dossier(self, rows: Mapping[tuple[str, str], list[tuple[Record, dict[str, Any]]]]) -> None:
        values, told = self._dossier.record.values, self._told_by_boundary(rows)
        code, key = info_code(values)
        links = file_links(values.get("attachments"))
        # rows that go back into their classes (``services.tt16_kept_rows``)
        self._built.kept += [link for link in links if link.name == KEPT_ROWS]
        own = [link for link in links if link.name != KEPT_ROWS]
        target = self._plan_type.field("attachments")
        self._further.put_links(self._plan_type, self._built.code, target, own, is_plain=True)
        has_basic = any(one.path.startswith(f"{BASIC}/") for one in self._built.files)
        said = {
            "@info_code": code,
            "@system": f"{self._desk.system.label('vi')} ({self._desk.system.id})",
            "@folder": self._built.folder,
            "@has_basic": "Có" if has_basic else "Không",
            "@has_gis": "Có",
            "@keywords": ", ".join(filter(None, (self._desk.commune.name, self._label("plan_kind")))),
        }
        implied = {**self._defaults(self._plan_type), **told}
        if key == "official_id":
            implied["official_id_status"] = "da_cap"
        skipped = ("attachments", *((key,) if key else ()))
        self._add_row("HoSo", self._dossier.record, self._built.code, said, implied, skipped)

    def _label(self, key: str) -> str | None:
        value = self._dossier.record.values.get(key)
        field_ = self._plan_type.field(key)
        choices = getattr(field_, "choices", None)
        return self._catalogue.choice_list(choices).label(value, "vi") if value and choices else None

    def _told_by_boundary(self, rows: Mapping[tuple[str, str], list[tuple[Record, dict[str, Any]]]]) -> dict[str, Any]:
        """Return the dossier's values that a reader finds on the first boundary."""
        for (database, name), held in rows.items():
            if held and held[0][0].type_id == BOUNDARY:
                item = load_classes()[database][name]
                return read_plan(self._catalogue, self._plan_type, item, held[0][1])[0]
        self._built.breaches.append(Breach("TT16-NO-BOUNDARY", "HoSoGIS/QuyHoach/RanhGioiQuyHoach_A"))
        return {}

    def _build_drawings(self) -> None:
        names = Names()
        for record in self._dossier.drawings:
            values = record.values
            wanted = drawing_folder(values.get("short_name"), values.get("drawing_no"), values.get("name"))
            chosen = names.take(safe_name(str(values.get("folder_name") or wanted)))
            sheets = format_sheets(values.get("sheet_no"), values.get("sheet_count"))
            implied = self._file_of(record, DRAWINGS, chosen)
            skipped: tuple[str, ...] = ()
            if sheets is not None:
                skipped += ("sheet_no", "sheet_count")
            if values.get("folder_name") == chosen:
                skipped += ("folder_name",)
            said = {"@dossier_code": self._built.code, "@sheets": sheets, "@folder": chosen}
            self._add_row("BanVe", record, chosen, said, implied, skipped)
            kind = self._catalogue.type(DRAWING)
            if record.geometry is not None and not self._further.put_outline(kind, chosen, record.geometry):
                facts = {"fields": render("TT16-FOOTPRINT", {}, "vi"), "record": str(values.get("name") or chosen)}
                self._built.breaches.append(Breach("TT16-NOT-KEPT", f"{self._built.code}.xlsx/BanVe", facts))

    def _build_documents(self) -> None:
        for record in self._dossier.documents:
            implied = self._file_of(record, DOCUMENTS, "")
            code = str(implied.get("file_name") or record.values.get("local_code") or record.uid)
            said = {"@dossier_code": self._built.code, "@file": code, "@subject": record.values.get("name")}
            self._add_row("VanBan", record, code, said, implied, ())

    def _add_row(
        self,
        sheet: str,
        record: Record,
        code: str,
        said: Mapping[str, Any],
        implied: Mapping[str, Any],
        skipped: Sequence[str],
    ) -> None:
        kind = self._catalogue.type(record.type_id)
        self._further.know(kind, record, code)
        columns: dict[str, tuple[str, CellKind]] = {
            one.field: (one.title, _cell_kind(kind, one.field))
            for one in load_sheets()[sheet]
            if not one.field.startswith("@")
        }
        cells, note, lost = encode_columns(
            kind, record.values, columns, self._catalogue, implied, SHEET_NOTE_LENGTH, ("dossier_uid", *skipped)
        )
        told = {**said, "@note": note}
        cells |= {one.title: told.get(one.field) for one in load_sheets()[sheet] if one.field.startswith("@")}
        self._built.sheets.setdefault(sheet, []).append(
            {
                name: date.fromisoformat(cell) if _is_day(kind, columns, name) and cell else cell
                for name, cell in cells.items()
            }
        )
        self._built.counts[kind.id] = self._built.counts.get(kind.id, 0) + 1
        self._put_aside(kind, record, code, lost, f"{self._built.code}.xlsx/{sheet}")

    def _build_further(self) -> None:
        """Finish the workbook of what the circular has no place for, and tell that there is one."""
        self._further.finish()
        self._built.further = self._further.rows
        if self._built.further:
            counts = {key: len(self._built.further.get(sheet, ())) for key, sheet in _ASIDE.items()}
            self._built.breaches.append(Breach("TT16-ASIDE", f"{PLACE}/{FURTHER}", counts))

    # Files

    def _file_of(self, record: Record, kind: str, folder: str) -> dict[str, Any]:
        """Pack a record's file and return what a reader finds out from it, or takes for granted."""
        values, record_type = record.values, self._catalogue.type(record.type_id)
        implied = self._defaults(record_type)
        sha256 = values.get(ONE_FILE)
        if not sha256:
            return implied
        name = safe_name(str(values.get("file_name") or sha256))
        part = SCAN if is_scan(kind, name) else BASIC
        place = f"{part}/{kind}" + (f"/{folder}" if folder else "")
        packed = self._pack(str(sha256), place, name, record.type_id)
        if packed is None:
            return implied
        facts = contents.fetch_facts(self._connection, str(sha256))
        found = known_fields(record_type, packed, str(sha256), facts)
        return {**implied, **found}

    def _pack(self, sha256: str, place: str, name: str, type_id: str) -> str | None:
        """Note a file for its place and return its name there, ``None`` where its bytes are not here."""
        state = contents.content_state(self._connection, sha256)
        if state is None or not state.is_here:
            facts = {"file": name, "type": self._catalogue.type(type_id).title}
            self._built.breaches.append(Breach("TT16-FILE-AWAY", f"{place}/{name}", facts))
            return None
        chosen = self._names.setdefault(place, Names()).take(name)
        self._built.files.append(PackedFile(sha256, f"{place}/{chosen}", state.bytes))
        return chosen

    def _defaults(self, kind: RecordType) -> dict[str, Any]:
        if kind.id not in self._implied:
            found = dict(default_values(kind, date.fromisoformat(self._desk.today())))
            self._implied[kind.id] = {**found, "commune_code": self._desk.commune.code}
        return dict(self._implied[kind.id])


def read_plan(
    catalogue: Any, plan_type: RecordType, item: FeatureClass, cells: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Return the dossier's values that a boundary's row tells, and the columns with cells that mean nothing."""
    found: dict[str, Any] = {}
    strange: list[tuple[str, Any]] = []
    for key, name in plan_columns(plan_type, item, whole=True).items():
        if cells.get(name) is None:
            continue
        try:
            found[key] = decode_cell(plan_type.field(key), cells[name], catalogue)
        except UserError:
            strange.append((name, cells[name]))
    return found, strange


def _cell_kind(kind: RecordType, key: str) -> CellKind:
    field_ = kind.field(key)
    if field_.type == "date":
        return "date"
    return "long" if field_.type == "integer" and not getattr(field_, "prefix", None) else "text"


def _is_day(kind: RecordType, columns: Mapping[str, tuple[str, CellKind]], name: str) -> bool:
    return any(title == name and cell_kind == "date" for title, cell_kind in columns.values())
