"""Tables of Word documents and Excel workbooks as lines of cells, inside the child; nothing is calculated."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element  # the type alone: defusedxml parses

from core.errors import UserError
from exchange.office_parts import read_part
from exchange.zip_contents import zip_kind

MOST_COLUMNS = 200

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COLUMN = re.compile(r"([A-Z]{1,3})[0-9]+")


def read_office_text(path: Path, kind: str, shown: str) -> str:
    """Return the text of a ``docx``, its tables as lines of cells parted by tabs, or of an ``xlsx``'s sheets.

    Raise ``UserError`` FILE-DAMAGED, FILE-UNSAFE for an archive or XML built to harm, or what ``zip_kind`` raises.
    """
    zip_kind(path)
    try:
        with zipfile.ZipFile(path) as archive:
            lines = list(_document_lines(archive, shown) if kind == "docx" else _workbook_lines(archive, shown))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError, zlib.error) as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)[:200]) from error
    return "\n".join(lines)


# Word


def _document_lines(archive: zipfile.ZipFile, shown: str) -> Iterator[str]:
    body = read_part(archive, "word/document.xml", shown).find(f"{_WORD}body")
    for block in body if body is not None else ():
        if block.tag == f"{_WORD}p":
            yield _clean(_text_of(block))
        elif block.tag == f"{_WORD}tbl":
            for row in block.iterfind(f"{_WORD}tr"):
                yield "\t".join(_cells_of(row))


def _cells_of(row: Element) -> list[str]:
    """Return a row's cells; one that spans columns is followed by empty ones, one under a merged cell is empty."""
    cells: list[str] = []
    for cell in row.iterfind(f"{_WORD}tc"):
        span = cell.find(f"{_WORD}tcPr/{_WORD}gridSpan")
        text = " ".join(_text_of(paragraph) for paragraph in cell.iterfind(f"{_WORD}p"))
        cells.append(_clean(text))
        width = span.get(f"{_WORD}val", "1") if span is not None else "1"
        cells += [""] * (min(int(width), MOST_COLUMNS) - 1 if width.isdecimal() else 0)
    return cells


def _text_of(paragraph: Element) -> str:
    parts = []
    for piece in paragraph.iter():
        if piece.tag == f"{_WORD}t":
            parts.append(piece.text or "")
        elif piece.tag in (f"{_WORD}tab", f"{_WORD}br"):
            parts.append(" ")
    return "".join(parts)


# Excel


def _workbook_lines(archive: zipfile.ZipFile, shown: str) -> Iterator[str]:
    names = set(archive.namelist())
    shared: list[str] = []
    if "xl/sharedStrings.xml" in names:
        root = read_part(archive, "xl/sharedStrings.xml", shown)
        shared = ["".join(text.text or "" for text in item.iter(f"{_SHEET}t")) for item in root.iter(f"{_SHEET}si")]
    sheets = sorted((name for name in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)), key=_number)
    for name in sheets:
        for row in read_part(archive, name, shown).iter(f"{_SHEET}row"):
            yield "\t".join(_row_cells(row, shared))


def _number(name: str) -> int:
    return int("".join(filter(str.isdigit, name)))


def _row_cells(row: Element, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iterfind(f"{_SHEET}c"):
        place = _place(cell.get("r", ""))
        if place is None:
            place = len(cells)
        if place >= MOST_COLUMNS:
            break
        cells += [""] * (place + 1 - len(cells))
        cells[place] = _clean(_cell_text(cell, shared))
    return cells


def _place(reference: str) -> int | None:
    found = _COLUMN.fullmatch(reference)
    if not found:
        return None
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _cell_text(cell: Element, shared: list[str]) -> str:
    """Return a cell's text; a number as the file has it, with a decimal point and no more digits than it needs."""
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_SHEET}t"))
    value = cell.findtext(f"{_SHEET}v") or ""
    if cell.get("t") == "s":
        return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    if cell.get("t") in ("str", "b", "e"):
        return value if cell.get("t") == "str" else ""
    try:
        number = round(float(value), 9)
    except ValueError:
        return value
    return f"{number:.4f}" if number != int(number) and abs(number) < 1e9 else f"{number:.0f}"


def _clean(text: str) -> str:
    return " ".join(text.split())
