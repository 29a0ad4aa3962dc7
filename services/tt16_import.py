"""A dossier's folder back into the workspace: its record, documents, drawings, files and classes, in one step."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from forms.dossiers import DOCUMENT, DOSSIER, DRAWING
from forms.model import RecordType
from forms.record import Lineage
from forms.tt16_folder import BASIC, DOCUMENTS, SCAN, drawing_folder
from forms.tt16_plan import info_field, read_sheets
from localdb import records
from localdb.unit_of_work import Changed
from services.desk import Desk
from services.editing import new_values
from services.file_storing import StoredFile, store_file
from services.tt16_breaches import Breach
from services.tt16_checking import check_folder
from services.tt16_classes_in import read_classes
from services.tt16_further_in import PATH, apply_further, read_further
from services.tt16_kept_rows import FILE_NAME as KEPT
from services.tt16_kept_rows import KeptRows, write_kept
from services.tt16_planned import PlannedLink, PlannedRecord, write_planned
from services.tt16_reading import Folder, document_files, dossier_code, drawing_folders, find_document, read_folder
from services.tt16_rows_in import read_row

ATTACHMENTS = "attachments"


@dataclass(frozen=True, slots=True)
class DossierImport:
    """What came of it: the dossier's uid, records by type, files stored, the breaches of the folder as it was found."""

    uid: str | None
    code: str
    counts: Mapping[str, int]
    files: int
    breaches: tuple[Breach, ...]
    changed: Changed | None
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "uid": self.uid,
            "code": self.code,
            "counts": dict(self.counts),
            "files": self.files,
            "dry_run": self.dry_run,
            "breaches": [breach.as_dict() for breach in self.breaches],
        }


@dataclass(slots=True)
class _Plan:
    code: str
    dossier: PlannedRecord
    members: list[PlannedRecord] = field(default_factory=list)
    kept: list[KeptRows] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)


def import_dossier(desk: Desk, path: Path, *, dry_run: bool = False, progress: Progress = SILENT) -> DossierImport:
    """Import a dossier's folder whole, in one step that one undo takes back; files go into the store first.

    Rows of classes without a record type are kept in a GeoPackage among the dossier's files. What cannot be taken is
    among the breaches, never left out in silence. Raise ``UserError`` TT16-NOT-A-DOSSIER,
    TT16-NO-HOSO, TT16-HERE-ALREADY for a dossier that the workspace has, what placing refuses (IMPORT-ELSEWHERE …), and
    what ``services.file_storing.store_file`` raises.
    """
    found = read_folder(path, progress=progress)
    breaches = list(check_folder(found, system=desk.system, progress=progress))
    plan = _plan(desk, found, progress)
    breaches += plan.breaches
    counts = _count(plan)
    if dry_run:
        return DossierImport(None, plan.code, counts, _files_of(plan), tuple(breaches), None, dry_run=True)
    stored = _store_files(desk, found.root, plan, progress)
    uid, changed = _write(desk, found, plan, stored, progress)
    return DossierImport(uid, plan.code, counts, len(stored), tuple(breaches), changed)


def _count(plan: _Plan) -> dict[str, int]:
    counts = {DOSSIER: 1}
    for item in plan.members:
        counts[item.kind.id] = counts.get(item.kind.id, 0) + 1
    return counts


def _files_of(plan: _Plan) -> int:
    return len(_paths_of(plan)) + bool(plan.kept)


def _paths_of(plan: _Plan) -> list[str]:
    """Return every file that a record takes, once."""
    planned = (plan.dossier, *plan.members)
    own = [one.path for one in planned if one.path is not None]
    return list(dict.fromkeys([*own, *(link.path for one in planned for link in one.links)]))


def _plan(desk: Desk, found: Folder, progress: Progress) -> _Plan:
    rows = found.rows("HoSo")
    if not rows:
        raise UserError("TT16-NO-HOSO", folder=found.root.name)
    code = dossier_code(found) or found.root.name
    _refuse_known(desk, code)
    plan = _Plan(code, PlannedRecord(desk.catalogue.type(DOSSIER), code, {}, Lineage()))
    further = read_further(desk.catalogue, found, progress)
    classes = read_classes(desk, found, further, progress)
    plan.kept = classes.kept
    plan.breaches += classes.problems
    plan.dossier = _plan_dossier(desk, found, plan, classes.plan)
    _plan_drawings(desk, found, plan)
    loose = _plan_documents(desk, found, plan)
    plan.members += classes.held
    taken = {PATH, *further.files} if further.is_there else set()
    plan.dossier.links = [PlannedLink(ATTACHMENTS, path) for path in loose if path not in taken]
    plan.breaches += apply_further(desk, found, further, [plan.dossier, *plan.members], classes.here)
    linked = {link.path for one in (plan.dossier, *plan.members) for link in one.links}
    plan.dossier.links += [PlannedLink(ATTACHMENTS, path) for path in loose if path in taken - linked - {PATH}]
    return plan


def _refuse_known(desk: Desk, code: str) -> None:
    with desk.reading() as connection:
        for record in records.fetch_records(connection, desk.catalogue.type(DOSSIER)):
            if record.values.get("dossier_code") == code:
                raise UserError("TT16-HERE-ALREADY", code=code, name=str(record.values.get("name") or ""))


def _lineage(found: Folder, sheet: str, row: int, cells: Mapping[str, Any]) -> Lineage:
    name = found.workbook.name if found.workbook else None
    raw = {title: cell for title, cell in cells.items() if cell is not None}
    return Lineage(source_file=name, source_layer=sheet, source_row=row, raw_values=raw)


def _plan_dossier(desk: Desk, found: Folder, plan: _Plan, gis: Mapping[str, Any]) -> PlannedRecord:
    row, cells = found.rows("HoSo")[0]
    kind = desk.catalogue.type(DOSSIER)
    values, problems = read_row(desk.catalogue, kind, "HoSo", row, cells)
    plan.breaches += problems
    code = cells.get("Mã thông tin quy hoạch")
    if code is not None:
        text = " ".join(str(code).split())
        values.setdefault(info_field(text), text)
        if values.get("official_id") and "official_id_status" not in values:
            values["official_id_status"] = "da_cap"
    values.setdefault("dossier_code", plan.code[: kind.field("dossier_code").max_length])  # type: ignore[union-attr]
    complete = {**new_values(desk, DOSSIER), **gis, **values}
    return PlannedRecord(kind, plan.code, complete, _lineage(found, "HoSo", row, cells))


def _plan_drawings(desk: Desk, found: Folder, plan: _Plan) -> None:
    kind = desk.catalogue.type(DRAWING)
    folders = {name.casefold(): paths for name, paths in drawing_folders(found).items()}
    seen = set()
    for row, cells in found.rows("BanVe"):
        values, problems = read_row(desk.catalogue, kind, "BanVe", row, cells)
        plan.breaches += problems
        folder = " ".join(str(cells.get("Tên thư mục") or "").split())
        sheet, count = read_sheets(cells.get("Số tờ"))
        told = {"sheet_no": sheet, "sheet_count": count}
        values = {**{key: one for key, one in told.items() if one is not None}, **values}
        wanted = drawing_folder(values.get("short_name"), values.get("drawing_no"), values.get("name"))
        if folder and folder != wanted and "folder_name" not in values:
            values["folder_name"] = folder
        seen.add(folder.casefold())
        complete = {**new_values(desk, DRAWING), **values}
        lineage = _lineage(found, "BanVe", row, cells)
        paths = folders.get(folder.casefold(), []) if folder else []
        plan.members += _sheets_of(kind, folder, complete, lineage, paths)
    for name, paths in folders.items():
        if name not in seen:  # not listed: nothing that is there is left behind
            plan.members += [_unlisted(desk, kind, path, found) for path in paths]


def _sheets_of(
    kind: RecordType, code: str, values: dict[str, Any], lineage: Lineage, paths: Sequence[str]
) -> list[PlannedRecord]:
    """Return one record for each file of a drawing's folder; scans are its sheets in order of their names."""
    if len(paths) < 2:
        return [PlannedRecord(kind, code, values, lineage, path=paths[0] if paths else None)]
    scans = [path for path in paths if path.startswith(f"{SCAN}/")]
    found = []
    for path in paths:
        own = dict(values)
        if path in scans and len(scans) > 1:
            own |= {"sheet_no": scans.index(path) + 1, "sheet_count": len(scans)}
        found.append(PlannedRecord(kind, code, own, lineage, path=path))
    return found


def _unlisted(desk: Desk, kind: RecordType, path: str, found: Folder) -> PlannedRecord:
    values = {**new_values(desk, kind.id), "name": Path(path).stem}
    return PlannedRecord(kind, path, values, Lineage(source_file=path), path=path)


def _plan_documents(desk: Desk, found: Folder, plan: _Plan) -> list[str]:
    """Plan the documents; return the originals that no row of the sheet names."""
    kind = desk.catalogue.type(DOCUMENT)
    named, seen = document_files(found), set()
    for row, cells in found.rows("VanBan"):
        values, problems = read_row(desk.catalogue, kind, "VanBan", row, cells)
        plan.breaches += problems
        subject = cells.get("Trích yếu")
        if subject is not None and not values.get("name"):
            values["name"] = " ".join(str(subject).split())
        elif subject is not None and " ".join(str(subject).split()) != values.get("name"):
            values["note"] = "\n".join(filter(None, (values.get("note"), str(subject).strip())))
        path = find_document(named, cells.get("Mã văn bản/Tên file"))
        seen.add(path)
        complete = {**new_values(desk, DOCUMENT), **values}
        code = str(cells.get("Mã văn bản/Tên file") or "")
        plan.members.append(PlannedRecord(kind, code, complete, _lineage(found, "VanBan", row, cells), path=path))
    for path in found.of(SCAN, DOCUMENTS):
        if path not in seen:
            plan.members.append(_unlisted(desk, kind, path, found))
    return [path for path in found.of(BASIC, DOCUMENTS) if path not in seen]


def _store_files(desk: Desk, root: Path, plan: _Plan, progress: Progress) -> dict[str, StoredFile]:
    """Store every file, before any record is told of it; what a record does not take stays unlinked and is no harm."""
    wanted = _paths_of(plan)
    stored: dict[str, StoredFile] = {}
    for done, path in enumerate(wanted):
        progress.step(done, len(wanted))
        stored[path] = store_file(desk, root / path)
    if plan.kept:
        with tempfile.TemporaryDirectory(prefix="diaba-") as folder:
            stored[KEPT] = store_file(desk, write_kept(Path(folder), plan.kept, desk.system))
        plan.dossier.links.append(PlannedLink(ATTACHMENTS, KEPT))
    return stored


def _write(
    desk: Desk, found: Folder, plan: _Plan, stored: Mapping[str, StoredFile], progress: Progress
) -> tuple[str, Changed]:
    label = {"code": plan.code, "file": found.root.name}
    with desk.work("WORK-TT16-IMPORT", kind="import", **label) as work:
        write_planned(desk, work, plan.dossier, plan.members, stored, progress)
    return plan.dossier.uid, work.changed
