"""Checks the workbook of a handed-in dossier, and its lists against the files that are there."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from core.text import clean_text
from forms.identity import is_dossier_code
from forms.tt16 import SheetColumn, load_sheets
from forms.tt16_folder import DOCUMENTS, DRAWINGS, SCAN, is_scan
from services.tt16_breaches import Breach
from services.tt16_reading import Folder, document_files, dossier_code, drawing_folders, find_document


def check_workbook(found: Folder) -> Iterator[Breach]:
    """Yield what is wrong with the workbook itself: its name, sheets, columns, cells, the form of its code."""
    if found.workbook is None:
        yield Breach("TT16-NO-WORKBOOK", SCAN, {"reason": ""})
        return
    place = f"{SCAN}/{found.workbook.name}"
    if found.workbook_error is not None:
        yield Breach("TT16-NO-WORKBOOK", place, {"reason": str(found.workbook_error)})
        return
    code = dossier_code(found)
    if found.workbooks > 1 or found.workbook.stem != (code or ""):
        yield Breach("TT16-WORKBOOK-NAME", place, {"code": code or "–", "count": found.workbooks})
    for sheet, columns in load_sheets().items():
        if sheet in found.sheets:
            yield from _check_sheet(found, sheet, columns, f"{place}/{sheet}")
        else:
            yield Breach("TT16-SHEET-MISSING", place, {"sheet": sheet})
    if "HoSo" in found.sheets and len(found.rows("HoSo")) != 1:
        yield Breach("TT16-HOSO-ROWS", f"{place}/HoSo", {"count": len(found.rows("HoSo"))})
    if code and not is_dossier_code(code):
        yield Breach("TT16-CODE-FORM", f"{place}/HoSo", {"code": code})


def _check_sheet(found: Folder, sheet: str, columns: tuple[SheetColumn, ...], place: str) -> Iterator[Breach]:
    titles = {column.title for column in columns}
    have = set(found.sheets[sheet].headings)
    yield from (Breach("TT16-COLUMN-MISSING", place, {"column": one}) for one in sorted(titles - have))
    yield from (Breach("TT16-COLUMN-STRANGE", place, {"column": one}) for one in sorted(have - titles - {""}))
    for number, row in found.rows(sheet):
        for column in columns:
            if column.is_required and column.title in have and row.get(column.title) in (None, ""):
                yield Breach("TT16-CELL-EMPTY", place, {"sheet": sheet, "row": number, "column": column.title})


def check_lists(found: Folder) -> Iterator[Breach]:
    """Yield where sheets and files, and the codes of the sheets, do not agree."""
    if found.workbook is None or found.workbook_error is not None:
        return
    place = f"{SCAN}/{found.workbook.name}"
    yield from _check_codes(found, place)
    yield from _check_documents(found, place)
    yield from _check_drawings(found, place)


def _check_codes(found: Folder, place: str) -> Iterator[Breach]:
    code = dossier_code(found)
    for sheet in ("BanVe", "VanBan"):
        for number, row in found.rows(sheet):
            cell = row.get("Mã hồ sơ")
            if code and cell is not None and clean_text(str(cell)) != code:
                facts = {"sheet": sheet, "row": number, "found": str(cell), "code": code}
                yield Breach("TT16-CODE-DIFFERS", f"{place}/{sheet}", facts)


def _check_documents(found: Folder, place: str) -> Iterator[Breach]:
    named = document_files(found)
    scanned = {_stem(path) for path in found.of(SCAN, DOCUMENTS) if is_scan(DOCUMENTS, path)}
    listed = set()
    for number, row in found.rows("VanBan"):
        cell = row.get("Mã văn bản/Tên file")
        path = find_document(named, cell)
        listed.add(path)
        if path is None:
            yield Breach("TT16-FILE-MISSING", f"{place}/VanBan", {"row": number, "file": str(cell or "–")})
        elif _stem(path) not in scanned:
            yield Breach("TT16-DOCUMENT-SCAN", f"{place}/VanBan", {"row": number, "file": str(cell)})
    yield from (Breach("TT16-FILE-UNLISTED", path) for path in found.of(SCAN, DOCUMENTS) if path not in listed)


def _check_drawings(found: Folder, place: str) -> Iterator[Breach]:
    scale = next((row.get("Tỷ lệ") for _, row in found.rows("HoSo")), None)
    held = drawing_folders(found)
    folders = {name.casefold(): name for name in held}
    drawn = set()
    for number, row in found.rows("BanVe"):
        name = str(row.get("Tên thư mục") or "")
        drawn.add(name.casefold())
        if name.casefold() not in folders:
            yield Breach("TT16-DRAWING-MISSING", f"{place}/BanVe", {"row": number, "folder": name or "–"})
        elif not any(
            path.startswith(f"{SCAN}/") and is_scan(DRAWINGS, path) for path in held[folders[name.casefold()]]
        ):
            yield Breach("TT16-DRAWING-SCAN", f"{place}/BanVe", {"row": number, "folder": name or "–"})
        if scale and row.get("Tỷ lệ") and _digits(row["Tỷ lệ"]) != _digits(scale):
            facts = {"row": number, "found": str(row["Tỷ lệ"]), "scale": str(scale)}
            yield Breach("TT16-SCALE-DIFFERS", f"{place}/BanVe", facts)
    for folded, name in folders.items():
        if folded not in drawn:
            yield Breach("TT16-DRAWING-UNLISTED", f"{SCAN}/{DRAWINGS}/{name}")


def _stem(path: str) -> str:
    return PurePosixPath(path).stem.casefold()


def _digits(cell: Any) -> str:
    return "".join(sign for sign in str(cell).rpartition("/")[2].rpartition(":")[2] if sign.isdecimal())
