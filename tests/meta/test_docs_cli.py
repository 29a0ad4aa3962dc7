"""The page of commands is the commands."""

import subprocess
import sys
from pathlib import Path

from typer.main import get_command

from cli.documents import DOCUMENTS
from diaba.__main__ import build_app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cli.md"


def commands() -> dict[str, object]:
    return dict(get_command(build_app()).commands)  # type: ignore[attr-defined]


def test_every_command_stands_in_the_page_with_help_and_options() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = commands()
    assert {"new", "import", "sync", "serve", "enrol-code", "demo", "self-test"} <= set(found)
    for name, command in found.items():
        assert f"## diaba {name}\n" in page
        assert command.help, name  # type: ignore[attr-defined]
        for option in command.params:  # type: ignore[attr-defined]
            if option.param_type_name == "option" and option.name != "help":
                assert option.opts[0] in page, (name, option.name)
                assert option.help, (name, option.name)


def test_every_document_belongs_to_a_command_that_prints_it() -> None:
    found = commands()
    assert set(DOCUMENTS) <= set(found)
    for name, command in found.items():
        prints = any("--json" in option.opts for option in command.params)  # type: ignore[attr-defined]
        assert prints == (name in DOCUMENTS), name


def test_the_page_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_docs_cli.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr or "run `make docs`"
