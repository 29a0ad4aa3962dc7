"""The table of faults names tests that are there, and leaves no fault out."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
FAULTS = [1, 2, 3, 4, 6, *range(8, 19), 20, 21, 22, 26, *range(29, 36)]


def test_each_named_test_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)
    assert len(named) > len(FAULTS)
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in functions, f"{file}::{name}"


def test_every_fault_has_a_row_with_a_test() -> None:
    rows = {int(number): rest for number, rest in re.findall(r"^\| F(\d+) \|(.*)$", TABLE, re.M)}
    assert sorted(rows) == FAULTS
    assert all("::test_" in rest for rest in rows.values())
