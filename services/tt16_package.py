"""Hands in a dossier: the folder ``CSDL_<TenDoAn>`` of TT 16/2025/TT-BXD, whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.document_facts import DocumentFacts
from exchange.workbook import Heading, Sheet, write_workbook
from exchange.writing import write_databases
from forms.tt16 import load_sheets
from forms.tt16_folder import BASIC, DATABASE_SUFFIXES, GIS, KINDS, SCAN, WORKBOOK, safe_name
from forms.tt16_further import FURTHER
from localdb import contents
from services.desk import Desk
from services.dossiers import open_dossier
from services.file_contents import open_content
from services.tt16_breaches import Breach
from services.tt16_building import Built, build_package
from services.tt16_checking import check_dossier_folder
from services.tt16_further import PLACE, write_further
from services.tt16_kept_rows import add_kept
from services.tt16_project import write_gis_project

GisKind = Literal["gpkg", "gdb"]
GIS_KINDS: tuple[GisKind, ...] = ("gpkg", "gdb")
_DRIVERS: Mapping[GisKind, str] = {"gpkg": "GPKG", "gdb": "OpenFileGDB"}
_LAYER_BYTES = 1 << 16  # what a class counts for in the progress, beside the bytes of files
_SPARE_BYTES = 32 << 20


def gis_kind(text: str) -> GisKind:
    """Return the kind of database that a text names; raise ``UserError`` TT16-GIS-KIND."""
    for kind in GIS_KINDS:
        if text.strip().lower() == kind:
            return kind
    raise UserError("TT16-GIS-KIND", kind=text, known=GIS_KINDS)


@dataclass(frozen=True, slots=True)
class DossierPackage:
    """The folder written, how many records of each type and how many files it holds, and the breaches that stand."""

    folder: Path
    counts: Mapping[str, int]
    files: int
    breaches: tuple[Breach, ...]

    @property
    def errors(self) -> int:
        """How many breaches the circular is clear about."""
        return sum(breach.severity == "error" for breach in self.breaches)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "folder": str(self.folder),
            "counts": dict(self.counts),
            "files": self.files,
            "errors": self.errors,
            "breaches": [breach.as_dict() for breach in self.breaches],
        }


def export_dossier(
    desk: Desk,
    uid: str,
    parent: Path,
    *,
    gis: GisKind = "gpkg",
    works: bool = False,
    progress: Progress = SILENT,
) -> DossierPackage:
    """Write a dossier's folder below ``parent`` and check it; a folder of that name is never written over.

    ``gis`` is the kind of the databases. With ``works`` the infrastructure within the plan's boundary goes along. It is
    written beside its place under another name and renamed at the end: cancelled, refused by the disk or killed it
    leaves nothing of that name. Raise ``UserError`` RECORD-UNKNOWN, DOSSIER-NOT-ONE, TT16-NO-CODE, TT16-EXISTS,
    EXPORT-NO-FOLDER, and EXPORT-NO-SPACE, EXPORT-REFUSED, EXPORT-FAILED, CONTENT-DAMAGED.
    """
    parent = parent.absolute()
    if not parent.is_dir():
        raise UserError("EXPORT-NO-FOLDER", folder=str(parent))
    built = build_package(desk, open_dossier(desk, uid), works=works)
    add_kept(desk, built, progress)
    target = parent / built.folder
    if target.exists():
        raise UserError("TT16-EXISTS", folder=str(target))
    needed = sum(file.bytes for file in built.files)
    if shutil.disk_usage(parent).free < needed + _SPARE_BYTES:
        raise EnvironmentFault("EXPORT-NO-SPACE", file=built.folder)
    try:
        temporary = Path(tempfile.mkdtemp(prefix=".diaba-tt16-", dir=parent))
    except OSError as error:
        raise EnvironmentFault("EXPORT-REFUSED", file=built.folder, reason=error.strerror or str(error)) from error
    try:
        root = temporary / built.folder
        _write(desk, built, root, gis, progress)
        breaches = [*built.breaches, *_check(desk, built, root, progress)]
        root.rename(target)
    except OSError as error:
        if error.errno == 28:  # ENOSPC
            raise EnvironmentFault("EXPORT-NO-SPACE", file=built.folder) from error
        raise EnvironmentFault("EXPORT-REFUSED", file=built.folder, reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    unique = {(breach.code, breach.place, breach.text("en")): breach for breach in breaches}
    return DossierPackage(target, built.counts, len(built.files), tuple(unique.values()))


def _check(desk: Desk, built: Built, root: Path, progress: Progress) -> list[Breach]:
    known: dict[str, DocumentFacts] = {}
    with desk.reading() as connection:
        for file in built.files:
            facts = contents.fetch_facts(connection, file.sha256)
            if facts is not None:
                known[file.path] = DocumentFacts.from_dict(facts)
    return check_dossier_folder(root, system=desk.system, known=known, catalogue=desk.catalogue, progress=progress)


def _write(desk: Desk, built: Built, root: Path, gis: GisKind, progress: Progress) -> None:
    for part in (BASIC, SCAN):
        for kind in KINDS:
            (root / part / kind).mkdir(parents=True)
    (root / GIS).mkdir()
    steps = _Steps(progress, sum(file.bytes for file in built.files), len(built.layers))
    for file in built.files:
        _write_file(desk, file.sha256, root / file.path, steps)
    if built.further:
        write_further(root / PLACE / FURTHER, built.further)
    _write_workbook(built, root / SCAN / (safe_name(built.code) + WORKBOOK))
    names = [f"{database}{DATABASE_SUFFIXES[gis]}" for database, _ in built.layers]
    write_databases(root / GIS, _DRIVERS[gis], names, [layer for _, layer in built.layers], steps)
    write_gis_project(desk, built, root / GIS, DATABASE_SUFFIXES[gis])
    for path in (root / GIS).rglob("*"):
        if path.is_file():
            with path.open("rb+") as written:
                os.fsync(written.fileno())


class _Steps:
    """Progress over files, in bytes, and then over classes."""

    def __init__(self, whole: Progress, size: int, layers: int) -> None:
        self._whole, self._size, self._total = whole, size, size + layers * _LAYER_BYTES
        self._written = 0

    def add(self, count: int) -> None:
        """Count bytes of files."""
        self._written += count
        self._whole.step(self._written, self._total)

    def step(self, done: int, total: int | None = None) -> None:
        """Count classes."""
        self._whole.step(self._size + done * _LAYER_BYTES, self._total)


def _write_file(desk: Desk, sha256: str, path: Path, steps: _Steps) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        for piece in open_content(desk, sha256):
            file.write(piece)
            steps.add(len(piece))
        file.flush()
        os.fsync(file.fileno())


def _write_workbook(built: Built, path: Path) -> None:
    sheets = []
    for sheet, columns in load_sheets().items():
        rows = built.sheets.get(sheet, [])
        headings = [_heading(column.title, [row.get(column.title) for row in rows]) for column in columns]
        sheets.append(Sheet(sheet, headings, [[row.get(column.title) for column in columns] for row in rows]))
    write_workbook(path, sheets)


def _heading(title: str, cells: list[Any]) -> Heading:
    filled = [cell for cell in cells if cell is not None]
    is_whole = bool(filled) and all(isinstance(cell, int) for cell in filled)
    is_day = bool(filled) and not any(isinstance(cell, str | int) for cell in filled)
    return Heading(title, "integer" if is_whole else "date" if is_day else "text", width=max(14, len(title) + 2))
