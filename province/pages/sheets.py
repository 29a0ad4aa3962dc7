"""The communes of a quarter as a file for a spreadsheet: cells are texts and numbers, never formulas."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from province.pages.quarters import Period
from province.pages.rendering import Words
from province.pages.standings import Standing

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS = (
    "PAGE-COLUMN-CODE",
    "PAGE-COLUMN-COMMUNE",
    "PAGE-COLUMN-PROVINCE",
    "PAGE-COLUMN-STATE",
    "PAGE-COLUMN-PACKAGES",
    "PAGE-COLUMN-SENT",
    "PAGE-COLUMN-ACCEPTED",
    "PAGE-COLUMN-RETURNED",
    "PAGE-COLUMN-REFUSED",
    "PAGE-COLUMN-FIRST",
    "PAGE-COLUMN-LAST",
    "PAGE-COLUMN-REMARKS",
    "PAGE-COLUMN-REASON",
    "PAGE-COLUMN-DOCUMENT",
)
_WIDTHS = (9, 26, 22, 18, 10, 10, 14, 12, 14, 17, 17, 14, 50, 26)

Cell = str | int


def write_sheet(kind: str, period: Period, standings: Sequence[Standing], words: Words) -> bytes:
    """Return the file, of a kind of ``KINDS``."""
    makers: dict[str, Callable[[str, Iterator[list[Cell]]], bytes]] = {"csv": _csv, "xlsx": _xlsx}
    return makers[kind](period.quarter.key, _rows(standings, words))


def _rows(standings: Sequence[Standing], words: Words) -> Iterator[list[Cell]]:
    yield [words(code) for code in COLUMNS]
    for item in standings:
        yield [
            item.commune.code,
            item.commune.full_name,
            item.commune.province_name,
            words(f"PAGE-STATE-{item.state.upper()}"),
            item.packages,
            item.sent,
            item.accepted,
            item.returned,
            item.refused,
            words.moment(item.first_at),
            words.moment(item.last_at),
            item.open_remarks,
            item.reason,
            item.document,
        ]


def _csv(_title: str, rows: Iterator[list[Cell]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _inert(cell: Cell) -> Cell:
    """Return a text that a spreadsheet does not run as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _xlsx(title: str, rows: Iterator[list[Cell]]) -> bytes:
    from xlsxwriter import Workbook

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(title)
        bold, wrapped = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True})
        for place, width in enumerate(_WIDTHS):
            sheet.set_column(place, place, width)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, cell, wrapped if number else bold)
        sheet.freeze_panes(1, 2)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return file.getvalue()
