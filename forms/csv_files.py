"""CSV files of a catalogue: rows with their lines, so that an error can name the place."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.text import clean_text
from forms.syntax import syntax_error

CELL_MOST = 2000

Columns = tuple[str, ...]


def read_rows(name: str, data: bytes, headers: Sequence[Columns]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and cells by column of every row of a file called ``name``.

    The first row must be one of ``headers``. Lines that begin with ``#`` say where the table comes from. Raise
    ``UserError`` FORM-SYNTAX with file, line and column.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise syntax_error("UTF8", name, 1, Path(name).stem) from error
    numbered = enumerate(io.StringIO(text, newline=""), start=1)
    lines = [(number, line) for number, line in numbered if line.strip() and not line.startswith("#")]
    reader = csv.reader(line for _, line in lines)
    try:
        header = tuple(next(reader, []))
        if header not in headers:
            line = lines[0][0] if lines else 1
            raise syntax_error("COLUMNS", name, line, ",".join(header), columns=",".join(headers[0]))
        for row in reader:
            yield _checked(name, lines[reader.line_num - 1][0], header, row)
    except csv.Error as error:
        raise syntax_error("COLUMNS", name, lines[0][0], str(error), columns=",".join(headers[0])) from error


def _checked(name: str, line: int, header: Columns, row: list[str]) -> tuple[int, dict[str, str]]:
    if len(row) != len(header):
        raise syntax_error("COLUMNS", name, line, row[0], columns=",".join(header))
    for column, cell in zip(header, row, strict=True):
        if len(cell) > CELL_MOST:
            raise syntax_error("LONG", name, line, column, most=CELL_MOST)
    return line, dict(zip(header, (clean_text(cell) for cell in row), strict=True))
