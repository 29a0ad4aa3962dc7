"""Workbooks (XLS, XLSX, ODS) as the tables they hold, one layer a sheet; cells as stored, nothing calculated."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.errors import UserError
from exchange.delimited import WIDEST
from exchange.frames import Buffer, Header
from exchange.text_reading import GEOMETRY_NAMES, pack_table, parse_decoded
from exchange.text_table import TextTable
from exchange.zip_contents import zip_kind

CELLS_LIMIT = 20_000_000

Frame = tuple[Header, list[Buffer]]


def load_calamine() -> Any:
    """Import the library that reads workbooks and return it."""
    import python_calamine

    return python_calamine


def list_sheets(calamine: Any, path: Path, shown: str) -> Iterator[Frame]:
    """Yield one frame for each sheet that holds a table; raise FILE-NO-LAYERS when none does."""
    found = False
    for name, table in _tables(calamine, path, shown):
        found = True
        columns = [[column, "str"] for column in table.columns] + [[column, "float"] for column in table.numbers]
        facts = {"layer": name, "geometry": GEOMETRY_NAMES[table.shape], "count": len(table.rows)}
        yield {"frame": "layer", **facts, "system": table.declared, "columns": columns}, []
    if not found:
        raise UserError("FILE-NO-LAYERS", file=shown)


def read_sheet(calamine: Any, path: Path, layer: str | None, shown: str) -> Iterator[Frame]:
    """Yield one sheet; without ``layer`` the only one; raise LAYER-MISSING or LAYER-SEVERAL."""
    tables = dict(_tables(calamine, path, shown))
    if not tables:
        raise UserError("FILE-NO-LAYERS", file=shown)
    if layer is None and len(tables) > 1:
        raise UserError("LAYER-SEVERAL", file=shown, layers=list(tables))
    name = next(iter(tables)) if layer is None else layer
    if name not in tables:
        raise UserError("LAYER-MISSING", file=shown, layer=name, layers=list(tables))
    header, buffers = pack_table(tables[name])
    yield {**header, "layer": name}, buffers


def _tables(calamine: Any, path: Path, shown: str) -> Iterator[tuple[str, TextTable]]:
    for name, rows, is_only in sheet_rows(calamine, path, shown):
        text = "\n".join(text_of_rows(rows))
        if not text.strip():
            continue
        try:
            yield name, parse_decoded(text, True, shown)
        except UserError as error:
            if is_only or not is_no_table(error):
                raise


def is_no_table(error: UserError) -> bool:
    """Whether a sheet failed because it holds no table, which beside others does not matter."""
    return error.code in ("TEXT-NO-COORDINATES", "TEXT-NO-ROWS")


def sheet_rows(calamine: Any, path: Path, shown: str) -> Iterator[tuple[str, list[list[Any]], bool]]:
    """Yield the rows of each sheet that can be read, with its name and whether it is the only sheet."""
    if path.suffix != ".xls":
        zip_kind(path)
    try:
        workbook = calamine.load_workbook(str(path))
        names = list(workbook.sheet_names)
    except calamine.PasswordError as error:
        raise UserError("FILE-LOCKED", file=shown) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)[:200]) from error
    for name in names:
        try:
            sheet = workbook.get_sheet_by_name(name)
        except (calamine.CalamineError, OSError, ValueError):
            continue
        if sheet.height * sheet.width > CELLS_LIMIT:
            raise UserError("FILE-UNSAFE", file=shown, part=name)
        yield name, sheet.to_python(skip_empty_area=False), len(names) == 1


def text_of_rows(rows: Sequence[list[Any]]) -> list[str]:
    """Return rows as lines of a table in a text file."""
    return [_line(row) for row in rows]


def _line(row: list[Any]) -> str:
    cells = [_text(cell) for cell in row[: WIDEST + 1]]
    while cells and not cells[-1]:
        cells.pop()
    return "\t".join(cells)


def _text(cell: Any) -> str:
    """Return a cell as text; a number with three decimals gets a fourth, so that no mark is taken for thousands."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        plain = format(cell, ".15g")
        return f"{plain}0" if "e" not in plain and len(plain.rpartition(".")[2]) == 3 else plain
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return " ".join(str(cell).split())
