"""Measures the budgets beside the tools that are installed, and prints what it saw: `python -m benchmarks [NAME…]`.

``--sizes 10000,100000`` measures the map's suites at other sizes than the usual ones.
"""

import argparse
import importlib
import inspect
import json
import os
import sys
from pathlib import Path

from benchmarks.figures import Figure, print_table

SUITES = (
    "importing",
    "import_memory",
    "inspecting",
    "checking",
    "seeded_errors",
    "searching",
    "packaging",
    "ingest",
    "quarter_end",
    "starting",
    "forms",
    "frames",
    "panning",
    "map_memory",
    "base_map",
    "text_doctor",
)
RESULTS = Path(__file__).parent / "results.json"


def main(arguments: list[str]) -> int:
    """Run the suites named, or all; write ``benchmarks/results.json`` and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUITES)}; all without")
    parser.add_argument("--sizes", type=_sizes, help="numbers of records, for the suites that have a choice")
    chosen = parser.parse_args(arguments)
    figures: list[Figure] = []
    for name in chosen.names or SUITES:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        print(f"… {name} (load {load:.1f} on {os.cpu_count()} processors)", file=sys.stderr, flush=True)
        measure = importlib.import_module(f"benchmarks.{name}").measure
        has_choice = "sizes" in inspect.signature(measure).parameters
        figures += measure(chosen.sizes) if chosen.sizes and has_choice else measure()
    RESULTS.write_text(json.dumps([figure.as_dict() for figure in figures], indent=1) + "\n", encoding="utf-8")
    print_table(figures)
    return 0


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part.replace("_", "")) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
