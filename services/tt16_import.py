"""A dossier's folder back into the workspace: its record, documents, drawings, files and classes, in one step."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.identity import new_uid
from core.progress import SILENT, Progress
from forms.computed import compute_values
from forms.dossiers import DOCUMENT, DOSSIER, DRAWING
from forms.files import FileLink
from forms.model import RecordType
from forms.record import Lineage
from forms.tt16_folder import BASIC, DOCUMENTS, SCAN, drawing_folder
from forms.tt16_plan import info_field, read_sheets
from localdb import records
from localdb.unit_of_work import Changed
from services.desk import Desk
from services.editing import new_values
from services.file_storing import StoredFile, store_file
from services.identity import with_local_code
from services.tt16_breaches import Breach
from services.tt16_checking import check_folder
from services.tt16_classes_in import ClassRecords, read_classes
from services.tt16_kept_rows import FILE_NAME as KEPT
from services.tt16_kept_rows import KeptRows, write_kept
from services.tt16_reading import Folder, document_files, dossier_code, drawing_folders, find_document, read_folder
from services.tt16_rows_in import read_row

OWNER = "dossier_uid"


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
class _Planned:
    """A record to be made of a row, and the file that belongs to it."""

    kind: RecordType
    values: dict[str, Any]
    lineage: Lineage
    path: str | None = None


@dataclass(slots=True)
class _Plan:
    code: str
    dossier: _Planned
    members: list[_Planned] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    classes: list[ClassRecords] = field(default_factory=list)
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
    for held in plan.classes:
        counts[held.kind.id] = counts.get(held.kind.id, 0) + len(held.rows)
    return counts


def _files_of(plan: _Plan) -> int:
    return sum(item.path is not None for item in plan.members) + len(plan.attachments) + bool(plan.kept)


def _plan(desk: Desk, found: Folder, progress: Progress) -> _Plan:
    rows = found.rows("HoSo")
    if not rows:
        raise UserError("TT16-NO-HOSO", folder=found.root.name)
    code = dossier_code(found) or found.root.name
    _refuse_known(desk, code)
    plan = _Plan(code, _Planned(desk.catalogue.type(DOSSIER), {}, Lineage()))
    classes = read_classes(desk, found, progress)
    plan.classes, plan.kept = classes.held, classes.kept
    plan.breaches += classes.problems
    plan.dossier = _plan_dossier(desk, found, plan, classes.plan)
    _plan_drawings(desk, found, plan)
    _plan_documents(desk, found, plan)
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


def _plan_dossier(desk: Desk, found: Folder, plan: _Plan, gis: Mapping[str, Any]) -> _Planned:
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
    return _Planned(kind, complete, _lineage(found, "HoSo", row, cells))


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
        plan.members += _sheets_of(kind, complete, lineage, paths)
    for name, paths in folders.items():
        if name not in seen:  # not listed: nothing that is there is left behind
            plan.members += [_unlisted(desk, kind, path, found) for path in paths]


def _sheets_of(kind: RecordType, values: dict[str, Any], lineage: Lineage, paths: Sequence[str]) -> list[_Planned]:
    """Return one record for each file of a drawing's folder; scans are its sheets in order of their names."""
    if len(paths) < 2:
        return [_Planned(kind, values, lineage, paths[0] if paths else None)]
    scans = [path for path in paths if path.startswith(f"{SCAN}/")]
    found = []
    for path in paths:
        own = dict(values)
        if path in scans and len(scans) > 1:
            own |= {"sheet_no": scans.index(path) + 1, "sheet_count": len(scans)}
        found.append(_Planned(kind, own, lineage, path))
    return found


def _unlisted(desk: Desk, kind: RecordType, path: str, found: Folder) -> _Planned:
    name = Path(path).stem
    return _Planned(kind, {**new_values(desk, kind.id), "name": name}, Lineage(source_file=path), path)


def _plan_documents(desk: Desk, found: Folder, plan: _Plan) -> None:
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
        plan.members.append(_Planned(kind, complete, _lineage(found, "VanBan", row, cells), path))
    for path in found.of(SCAN, DOCUMENTS):
        if path not in seen:
            plan.members.append(_unlisted(desk, kind, path, found))
    plan.attachments = [path for path in found.of(BASIC, DOCUMENTS) if path not in seen]


def _store_files(desk: Desk, root: Path, plan: _Plan, progress: Progress) -> dict[str, StoredFile]:
    """Store every file, before any record is told of it; what a record does not take stays unlinked and is no harm."""
    wanted = [item.path for item in plan.members if item.path is not None] + plan.attachments
    stored: dict[str, StoredFile] = {}
    for done, path in enumerate(dict.fromkeys(wanted)):
        progress.step(done, len(wanted))
        stored[path] = store_file(desk, root / path)
    if plan.kept:
        with tempfile.TemporaryDirectory(prefix="diaba-") as folder:
            stored[KEPT] = store_file(desk, write_kept(Path(folder), plan.kept, desk.system))
        plan.attachments.append(KEPT)
    return stored


def _write(
    desk: Desk, found: Folder, plan: _Plan, stored: Mapping[str, StoredFile], progress: Progress
) -> tuple[str, Changed]:
    uid = new_uid()
    label = {"code": plan.code, "file": found.root.name}
    with desk.work("WORK-TT16-IMPORT", kind="import", **label) as work:
        values = dict(plan.dossier.values)
        links = _links([stored[path].link for path in plan.attachments])
        if links:
            values["attachments"] = links
        values |= compute_values(plan.dossier.kind, values, None)
        complete = dict(with_local_code(desk, work, plan.dossier.kind, values))
        work.insert(plan.dossier.kind, complete, None, plan.dossier.lineage, uid=uid)
        for done, item in enumerate(plan.members):
            progress.step(done, len(plan.members))
            own = {**item.values, OWNER: uid}
            if item.path is not None:
                told = stored[item.path].as_fields(item.kind)
                own = {**told, **{key: one for key, one in own.items() if one is not None}}
            own |= compute_values(item.kind, own, None)
            work.insert(item.kind, dict(with_local_code(desk, work, item.kind, own)), None, item.lineage, uid=new_uid())
        for held in plan.classes:
            held.write(desk, work, uid, progress)
    return uid, work.changed


def _links(links: Sequence[FileLink]) -> list[dict[str, Any]]:
    unique = {link.sha256: replace(link) for link in links}
    return [link.as_dict() for link in unique.values()]
