"""The sheets of a workbook, cell by cell; foreign files are read in a child process, never here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.kinds import OFFICE_KINDS
from exchange.sandbox import Limits, run_child
from exchange.staging import staged_file

LIMITS = Limits(memory_bytes=2 << 30, cpu_seconds=60, seconds=90.0)

_EXCEL = tuple(kind for kind in OFFICE_KINDS if kind.key == "xlsx")
Rows = tuple[tuple[Any, ...], ...]


def read_workbook(path: Path, *, progress: Progress = SILENT, limits: Limits = LIMITS) -> Mapping[str, Rows]:
    """Return the rows of each sheet of an ``.xlsx`` by the sheet's name: text as it stands, numbers, ``None``.

    Raise what ``exchange.reading.inspect_file`` raises for a file that is missing, damaged, unsafe or of another kind.
    """
    found: dict[str, Rows] = {}
    with staged_file(path, _EXCEL) as staged:
        request = {"operation": "read_sheets", "path": str(staged.path), "parts": [str(part) for part in staged.parts]}
        for header, _ in run_child(
            request,
            shown=path.name,
            scratch=str(staged.folder),
            limits=limits,
            poll=lambda: progress.step(len(found)),
        ):
            try:
                found[str(header["name"])] = tuple(tuple(map(_plain, row)) for row in header["rows"])
            except (KeyError, TypeError, ValueError) as error:  # a child that was taken over may say anything
                raise UserError("READER-CRASHED", file=path.name, status="") from error
    return found


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, str | int | float):
        return cell
    raise TypeError("no cell")
