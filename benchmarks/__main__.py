"""Measures the budgets beside the tools that are installed, and prints what it saw: `python -m benchmarks [NAME…]`."""

import importlib
import json
import sys
from pathlib import Path

from benchmarks.figures import Figure, print_table

SUITES = ("importing", "checking", "searching", "packaging", "starting", "forms", "frames", "text_doctor")
RESULTS = Path(__file__).parent / "results.json"


def main(names: list[str]) -> int:
    """Run the suites named, or all; write ``benchmarks/results.json`` and print a table."""
    figures: list[Figure] = []
    for name in names or SUITES:
        print(f"… {name}", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"benchmarks.{name}").measure()
    RESULTS.write_text(json.dumps([figure.as_dict() for figure in figures], indent=1) + "\n", encoding="utf-8")
    print_table(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
