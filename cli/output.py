"""What a command prints: results on standard output, words and progress on standard error."""

import json
import sys
import time
from typing import Any

import typer

from core.messages import render


def print_json(document: Any) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))


def say(code: str, /, **context: object) -> None:
    """Print a message of ``resources/messages`` on standard error."""
    typer.echo(render(code, context), err=True)


def show(code: str, /, **context: object) -> None:
    """Print a message of ``resources/messages`` on standard output."""
    typer.echo(render(code, context))


def severity_word(severity: str) -> str:
    """Return what people call a severity, as wide as the widest."""
    return f"{render(f'UI-SEVERITY-{severity.upper()}', {}):8}"


def state_word(state: str) -> str:
    """Return what people call a record's state, as wide as the widest."""
    return f"{render(f'UI-STATE-{state.upper()}', {}):12}"


class TerminalProgress:
    """Draws ``done / total`` on standard error, four times a second, when that is a terminal."""

    def __init__(self) -> None:
        self._last = 0.0
        self._drawn = False

    def step(self, done: int, total: int | None = None) -> None:
        """Draw how far the work is."""
        if not sys.stderr.isatty():
            return
        now = time.monotonic()
        if now - self._last >= 0.25 or done == total:
            self._last, self._drawn = now, True
            sys.stderr.write(f"\r  {done:,}" + (f" / {total:,}" if total else "") + "\x1b[K")
            if done == total:
                sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
