"""A folder that should be a dossier by TT 16/2025/TT-BXD: what lies in it, before anything of it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import AppError, UserError
from core.progress import SILENT, Progress
from core.text import clean_text
from exchange.reading import LayerSummary, describe_file, read_tables
from exchange.table import Table
from exchange.workbook_rows import read_workbook
from forms.tt16 import DATABASES, FeatureClass, load_classes, load_sheets
from forms.tt16_folder import BASIC, DATABASE_SUFFIXES, DOCUMENTS, DRAWINGS, GIS, KINDS, PARTS, PREFIX, SCAN, WORKBOOK

MOST_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the workbook: its headings, and its rows with their numbers, by heading."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class Database:
    """A database of HoSoGIS and its layers, or the error that kept it from being read."""

    name: str
    path: Path
    layers: tuple[LayerSummary, ...] = ()
    error: AppError | None = None

    def item(self, layer: str) -> FeatureClass | None:
        """Return the class that a layer is by its name."""
        return load_classes()[self.name].get(layer)


@dataclass(slots=True)
class Folder:
    """What was found: workbook, sheets, files by part and kind (paths below ``root`` with ``/``), databases."""

    root: Path
    workbook: Path | None = None
    workbooks: int = 0
    workbook_error: AppError | None = None
    sheets: dict[str, Sheet] = field(default_factory=dict)
    files: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)

    def of(self, part: str, kind: str) -> list[str]:
        """Return the files of one part (HoSoScan …) and kind (BanVe, VanBan)."""
        return self.files.get((part, kind), [])

    def table(self, database: str, layer: str, progress: Progress) -> Table:
        """Return the rows of a layer; those of all classes of its database that have any are read at once.

        A layer that is no class is read by itself; raise what ``exchange.reading.read_tables`` raises.
        """
        if (database, layer) not in self.tables:
            held = self.databases[database]
            wanted = [one.name for one in held.layers if one.count and held.item(one.name)]
            wanted = wanted if layer in wanted else [layer]
            for name, table in read_tables(held.path, wanted, progress=progress).items():
                self.tables[database, name] = table
        return self.tables[database, layer]

    def rows(self, sheet: str) -> tuple[tuple[int, Mapping[str, Any]], ...]:
        """Return the rows of a sheet, none when there is no such sheet."""
        return self.sheets[sheet].rows if sheet in self.sheets else ()


def find_root(path: Path) -> Path:
    """Return the dossier's folder: the one given, or the only ``CSDL_…`` in it.

    Raise ``UserError`` TT16-NOT-A-DOSSIER.
    """
    if not path.is_dir():
        raise UserError("TT16-NOT-A-DOSSIER", folder=str(path))
    if any((path / part).is_dir() for part in PARTS):
        return path
    inside = [item for item in sorted(path.iterdir()) if item.is_dir() and item.name.startswith(PREFIX)]
    if len(inside) == 1:
        return inside[0]
    raise UserError("TT16-NOT-A-DOSSIER", folder=str(path))


def read_folder(path: Path, *, progress: Progress = SILENT) -> Folder:
    """Return what lies in a dossier's folder; raise ``UserError`` TT16-NOT-A-DOSSIER, TT16-TOO-MANY."""
    found = Folder(find_root(path))
    for entry in sorted(found.root.iterdir()):
        if entry.name not in PARTS or not entry.is_dir() or entry.is_symlink():
            found.strange.append(entry.name)
    found.missing = [part for part in PARTS if not (found.root / part).is_dir()]
    for part in (BASIC, SCAN):
        _list_files(found, part)
    _find_workbook(found)
    if found.workbook is not None:
        try:
            _read_sheets(found, progress)
        except AppError as error:
            found.workbook_error = error
    _find_databases(found, progress)
    return found


def _list_files(found: Folder, part: str) -> None:
    top = found.root / part
    for kind in KINDS:
        files = []
        for path in sorted((top / kind).rglob("*")):
            if path.is_symlink() or not path.is_file() or path.name.startswith((".", "~$")):
                continue
            files.append(path.relative_to(found.root).as_posix())
            if len(files) > MOST_FILES:
                raise UserError("TT16-TOO-MANY", folder=f"{part}/{kind}", most=MOST_FILES)
        found.files[part, kind] = files
    for entry in sorted(top.iterdir()) if top.is_dir() else ():
        is_workbook = part == SCAN and entry.suffix.lower() == WORKBOOK and not entry.name.startswith("~$")
        if entry.name not in KINDS and not is_workbook:
            found.strange.append(f"{part}/{entry.name}")


def _find_workbook(found: Folder) -> None:
    """Note the workbook; the one that has a sheet HoSo's name is told apart by being alone in HoSoScan."""
    top = found.root / SCAN
    books = [
        path
        for path in (sorted(top.iterdir()) if top.is_dir() else ())
        if path.suffix.lower() == WORKBOOK and path.is_file() and not path.name.startswith((".", "~$"))
    ]
    found.workbooks = len(books)
    found.workbook = books[0] if books else None


def _read_sheets(found: Folder, progress: Progress) -> None:
    assert found.workbook is not None
    for name, rows in read_workbook(found.workbook, progress=progress).items():
        if name not in load_sheets():
            continue
        head = next((place for place, row in enumerate(rows) if any(cell is not None for cell in row)), None)
        if head is None:
            found.sheets[name] = Sheet((), ())
            continue
        headings = tuple(" ".join(str(cell).split()) if cell is not None else "" for cell in rows[head])
        body = [
            (number, {title: cell for title, cell in zip(headings, row, strict=False) if title})
            for number, row in enumerate(rows[head + 1 :], start=head + 2)
            if any(cell is not None for cell in row)
        ]
        found.sheets[name] = Sheet(headings, tuple(body))


def _find_databases(found: Folder, progress: Progress) -> None:
    top = found.root / GIS
    for name in DATABASES:
        paths = [top / f"{name}{suffix}" for suffix in DATABASE_SUFFIXES.values()]
        path = next((one for one in paths if one.exists()), None)
        if path is None:
            continue
        progress.step(len(found.databases), None)
        try:
            found.databases[name] = Database(name, path, describe_file(path, progress).layers)
        except UserError as error:
            found.databases[name] = Database(name, path, error=error)
    known = {database.path.name for database in found.databases.values()}
    for entry in sorted(top.iterdir()) if top.is_dir() else ():
        if entry.name not in known and not entry.name.startswith("."):
            found.strange.append(f"{GIS}/{entry.name}")


def dossier_code(found: Folder) -> str | None:
    """Return the dossier's code as the sheet HoSo has it."""
    rows = found.rows("HoSo")
    cell = rows[0][1].get("Mã hồ sơ") if rows else None
    return clean_text(str(cell)) if cell is not None else None


def drawing_folders(found: Folder) -> dict[str, list[str]]:
    """Return the files of each drawing's folder, scans first."""
    folders: dict[str, list[str]] = {}
    for part in (SCAN, BASIC):
        for path in found.of(part, DRAWINGS):
            inner = path.split("/")[2:-1]
            folders.setdefault(inner[0] if inner else "", []).append(path)
    return folders


def document_files(found: Folder) -> dict[str, str]:
    """Return the documents' files by name in small letters, scans before originals."""
    named: dict[str, str] = {}
    for part in (SCAN, BASIC):
        for path in found.of(part, DOCUMENTS):
            named.setdefault(path.rpartition("/")[2].casefold(), path)
    return named


def find_document(named: Mapping[str, str], cell: Any) -> str | None:
    """Return the file that a row of the sheet VanBan names, with its ending or without."""
    text = " ".join(str(cell or "").split()).casefold()
    if not text:
        return None
    if text in named:
        return named[text]
    stems = [path for name, path in named.items() if name.rpartition(".")[0] == text]
    return stems[0] if stems else None
