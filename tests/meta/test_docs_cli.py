"""The page of commands is the commands."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from cli.documents import DOCUMENTS
from diaba.__main__ import build_app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cli.md"


def commands() -> dict[str, Any]:
    """Every command by its whole name, those of a group under the group's."""
    return dict(_flatten(get_command(build_app()).commands))  # type: ignore[attr-defined]


def _flatten(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in found.items():
        if hasattr(command, "commands"):
            yield from _flatten(command.commands, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def test_every_command_stands_in_the_page_with_help_and_options() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = commands()
    assert {"new", "import", "sync", "serve", "enrol-code", "demo", "self-test"} <= set(found)
    for name, command in found.items():
        assert f"## diaba {name}\n" in page
        assert command.help, name
        for option in command.params:
            if option.param_type_name == "option" and option.name != "help":
                assert option.opts[0] in page, (name, option.name)
                assert option.help, (name, option.name)


def test_every_document_belongs_to_a_command_that_prints_it() -> None:
    found = commands()
    assert set(DOCUMENTS) <= set(found)
    for name, command in found.items():
        prints = any("--json" in option.opts for option in command.params)
        assert prints == (name in DOCUMENTS), name


def test_the_page_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_docs_cli.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr or "run `make docs`"
