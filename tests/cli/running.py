"""Runs the program as its user does, in this process or in one of its own."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from cli.documents import DOCUMENTS
from core.messages import use_language
from core.resources import resource_path
from diaba.__main__ import main

ROOT = Path(__file__).parents[2]
SAMPLE = resource_path("sample")


@dataclass(frozen=True, slots=True)
class Done:
    """How one command ended: its exit code, and what it said where."""

    code: int
    out: str
    err: str

    def document(self, command: str) -> Any:
        """Return the one JSON document on standard output, held against the command's own description."""
        found = json.loads(self.out)
        DOCUMENTS[command].validate_python(found, strict=False)
        return found


def run(*arguments: object) -> Done:
    """Run ``diaba ARGUMENTS`` in this process, as its entry point does, and put back what it switches."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ),
        mock.patch.object(sys, "argv", ["diaba", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            code: Any = 0
        except SystemExit as stop:
            code = stop.code or 0
        finally:
            use_language("vi")
    return Done(int(code), out.getvalue(), err.getvalue())


def run_apart(*arguments: object, **environment: str) -> Done:
    """Run ``python -m diaba ARGUMENTS`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "diaba", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)
