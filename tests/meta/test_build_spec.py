"""The bundle names every package and every folder of data."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "build.spec").read_text(encoding="utf-8")


def test_names_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = [name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]]
    assert sorted(packages) == sorted(
        path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "benchmarks"
    )
    assert [package for package in packages if f'"{package}"' not in SPEC] == []


def test_names_every_data_folder() -> None:
    pages = ("province/pages/templates", "province/pages/static")
    for folder in ("resources", "forms/definitions", "forms/choices", "province/migrations", *pages):
        assert (ROOT / folder).is_dir()
        assert f'("{folder}", "{folder}")' in SPEC


def test_every_child_process_may_be_started_by_the_bundle() -> None:
    from diaba.__main__ import CHILDREN

    for module in CHILDREN:
        assert (ROOT / (module.replace(".", "/") + ".py")).is_file(), module
    started = {
        line.split('child_command("')[1].split('"')[0]
        for path in ROOT.glob("*/**/*.py")
        if path.parts[len(ROOT.parts)] not in (".venv", "tests")
        for line in path.read_text(encoding="utf-8").splitlines()
        if 'child_command("' in line
    }
    assert started <= CHILDREN
