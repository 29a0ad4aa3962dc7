"""Writes docs/cli.md from the commands themselves and the models of what they print."""

import json
import sys
from pathlib import Path
from typing import Any

from typer.main import get_command

from cli.documents import DOCUMENTS
from core.messages import use_language
from diaba.__main__ import build_app

TARGET = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
HEAD = """# Command line

Written by `make docs`; do not edit. Exit codes: 0 ok, 1 findings block, 2 user error, 3 environment, 70 bug, 130 cancelled.
`--json` prints one JSON document on standard output and nothing else; words and progress go to standard error.
`DIABA_USER` names who acts where `--as` does not, `DIABA_LANGUAGE` (`vi`, `en`) the language, `DIABA_CONFIG` the folder of settings and keys.
"""


def describe() -> str:
    """Return the page."""
    use_language("en")
    group: Any = get_command(build_app())
    parts = [HEAD]
    for name, command in _flatten(group.commands):
        parts.append(_command(name, command))
    return "\n".join(parts)


def _flatten(commands: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return every command by its whole name, those of a group after it."""
    found = []
    for name in sorted(commands):
        command, full = commands[name], f"{before}{name}"
        found += _flatten(command.commands, f"{full} ") if hasattr(command, "commands") else [(full, command)]
    return found


def _command(name: str, command: Any) -> str:
    lines = [f"## diaba {name}", "", (command.help or "").strip(), ""]
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    usage = [item.metavar or item.name.upper() for item in arguments]
    lines += [f"    diaba {' '.join([name, *usage])}", ""]
    for item in command.params:
        if item.param_type_name == "option" and item.name != "help":
            lines.append(f"- `{' / '.join(item.opts)}`: {item.help or ''}")
    if name in DOCUMENTS:
        schema = json.dumps(DOCUMENTS[name].json_schema(), ensure_ascii=False, separators=(",", ":"))
        lines += [
            "",
            "<details><summary>JSON schema of <code>--json</code></summary>",
            "",
            "```json",
            schema,
            "```",
            "</details>",
        ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    page = describe()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == page else 1)
    TARGET.write_text(page, encoding="utf-8")
