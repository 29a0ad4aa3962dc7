"""A copy of the definitions that a test may spoil."""

import shutil
from pathlib import Path

import pytest

from core.resources import program_root
from forms.catalogue import Catalogue
from forms.loader import load_catalogue, load_catalogue_from


class Copy:
    """The program's definitions and code lists in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.definitions = folder / "definitions"
        self.choices = folder / "choices"
        shutil.copytree(program_root() / "forms" / "definitions", self.definitions)
        shutil.copytree(program_root() / "forms" / "choices", self.choices)

    def edit(self, name: str, old: str, new: str) -> int:
        """Replace the first ``old`` in a file and return the line (from 1) on which it began."""
        path = (self.choices if name.endswith(".csv") else self.definitions) / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not say {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def load(self) -> Catalogue:
        load_catalogue_from.cache_clear()
        return load_catalogue_from(self.definitions, self.choices)


@pytest.fixture(scope="session")
def copy_into() -> type[Copy]:
    return Copy


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()
