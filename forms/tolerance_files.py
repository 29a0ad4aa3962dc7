"""The tolerances that an office sets for itself, as the files of its packs say them; limits are told elsewhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from forms.csv_files import read_rows
from forms.syntax import syntax_error

COLUMNS = ("key", "value", "reason")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class OwnTolerance:
    """One value of an office's own, why it was set, and where that stands."""

    key: str
    value: float
    reason: str
    file: str
    line: int


def parse_tolerances(files: Mapping[str, bytes]) -> tuple[OwnTolerance, ...]:
    """Return the tolerances of CSV files by name; raise ``UserError`` FORM-SYNTAX with file, line and column.

    The columns are ``key``, ``value`` (with a point for its decimals) and ``reason``, which must not be empty. A key
    that stands twice is refused at its second line.
    """
    found: dict[str, OwnTolerance] = {}
    for name in sorted(files):
        for line, cells in read_rows(name, files[name], [COLUMNS]):
            for column, is_right in (
                ("key", bool(cells["key"])),
                ("value", bool(_NUMBER.fullmatch(cells["value"]))),
                ("reason", bool(cells["reason"])),
            ):
                if not is_right:
                    raise syntax_error("CELL", name, line, column, value=cells[column])
            if cells["key"] in found:
                raise syntax_error("TWICE", name, line, cells["key"])
            found[cells["key"]] = OwnTolerance(cells["key"], float(cells["value"]), cells["reason"], name, line)
    return tuple(found.values())
