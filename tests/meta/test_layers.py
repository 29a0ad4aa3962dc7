"""The floors hold, and a leak would be noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
PACKAGES = (
    *("core", "geodesy", "forms", "validation", "wire", "localdb", "sync", "exchange"),
    *("services", "province", "cli", "desktop", "diaba"),
)


def lint(root: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([LINT, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bare_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages alone, small enough to lint several times."""
    root = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_floors_hold(bare_tree: Path) -> None:
    done = lint(bare_tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("forms", "import localdb.engine"),
        ("services", "import PySide6.QtCore"),
        ("desktop", "import sqlalchemy"),
        ("localdb", "import pyogrio"),
        ("province", "import services.desk"),
        ("wire", "import httpx"),
    ],
)
def test_a_planted_leak_is_noticed(bare_tree: Path, package: str, line: str) -> None:
    leak = bare_tree / package / "leak.py"
    leak.write_text(f'"""Leak."""\n\n{line}\n')
    try:
        assert lint(bare_tree).returncode == 1
    finally:
        leak.unlink()
