"""The sheets of an Excel workbook as rows of cells, inside the child; nothing is calculated, no line end is lost."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element  # the type alone: defusedxml parses

from core.errors import UserError
from exchange.frames import Header
from exchange.office_parts import read_part
from exchange.zip_contents import zip_kind

MOST_ROWS, MOST_COLUMNS = 50_000, 200

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TARGETS = "{http://schemas.openxmlformats.org/package/2006/relationships}"

Cell = str | float | int | bool | None


def read_sheets(path: Path, shown: str) -> Iterator[tuple[Header, list[bytes]]]:
    """Yield one frame a sheet: its name and its rows, each a list of text, numbers and ``None`` up to its last cell.

    A day is the number that the workbook holds. Raise ``UserError`` FILE-DAMAGED, FILE-UNSAFE for XML built to harm.
    """
    zip_kind(path)
    try:
        with zipfile.ZipFile(path) as archive:
            shared = _shared_texts(archive, shown)
            for name, part in _sheet_parts(archive, shown):
                rows = list(_rows(read_part(archive, part, shown), shared))
                yield {"frame": "sheet", "name": name, "rows": rows}, []
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError, zlib.error) as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)[:200]) from error


def _sheet_parts(archive: zipfile.ZipFile, shown: str) -> Iterator[tuple[str, str]]:
    """Yield name and part of each sheet in the workbook's order."""
    links = {
        str(link.get("Id")): str(link.get("Target")).lstrip("/")
        for link in read_part(archive, "xl/_rels/workbook.xml.rels", shown).iter(f"{_TARGETS}Relationship")
    }
    for sheet in read_part(archive, "xl/workbook.xml", shown).iter(f"{_MAIN}sheet"):
        target = links.get(str(sheet.get(_LINK)), "")
        part = target if target.startswith("xl/") else f"xl/{target}"
        if part in archive.namelist():
            yield str(sheet.get("name")), part


def _shared_texts(archive: zipfile.ZipFile, shown: str) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in archive.namelist():
        return []
    return [
        "".join(text.text or "" for text in item.iter(f"{_MAIN}t"))
        for item in read_part(archive, name, shown).iterfind(f"{_MAIN}si")
    ]


def _rows(root: Element, shared: list[str]) -> Iterator[list[Cell]]:
    count = 0
    for row in root.iter(f"{_MAIN}row"):
        number = row.get("r") or ""
        place = int(number) - 1 if number.isdecimal() else count
        if place >= MOST_ROWS:
            return
        while count < place:
            yield []
            count += 1
        yield _cells(row, shared)
        count += 1


def _cells(row: Element, shared: list[str]) -> list[Cell]:
    cells: list[Cell] = []
    for cell in row.iterfind(f"{_MAIN}c"):
        place = _place(cell.get("r") or "", len(cells))
        if place >= MOST_COLUMNS:
            break
        cells += [None] * (place + 1 - len(cells))
        cells[place] = _value(cell, shared)
    return cells


def _place(reference: str, otherwise: int) -> int:
    letters = reference.rstrip("0123456789")
    if not letters or len(letters) > 3 or not letters.isalpha() or not letters.isascii():
        return otherwise
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - 64
    return place - 1


def _value(cell: Element, shared: list[str]) -> Cell:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t")) or None
    text = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return (shared[int(text)] or None) if text.isdecimal() and int(text) < len(shared) else None
    if kind in ("str", "e"):
        return text or None
    if kind == "b":
        return text == "1"
    try:
        number = float(text)
    except ValueError:
        return text or None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
