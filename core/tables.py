"""Tables of facts from ``resources/facts``: CSV, UTF-8, every cell text."""

import csv
import sys
from functools import cache

from core.resources import resource_path


@cache
def load_table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``resources/facts/<name>.csv`` in file order; lines that begin with ``#`` are its sources."""
    with resource_path("facts", f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple({key: sys.intern(cell) for key, cell in row.items()} for row in rows)  # many cells say the same
