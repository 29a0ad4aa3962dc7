"""The pages on field files, dossiers and the seven figures say what code and tables do."""

import subprocess
import sys
from pathlib import Path

import pytest

from exchange.kinds import KINDS
from exchange.out_formats import FORMATS
from services.tt16_breaches import known_codes

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "formats"


@pytest.mark.parametrize("script", ["make_docs_formats.py", "make_docs_figures.py", "make_docs_openapi.py"])
def test_the_pages_are_current(script: str) -> None:
    done = subprocess.run(
        [sys.executable, f"scripts/{script}", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr or "run `make docs`"


def test_every_format_and_every_breach_stands_in_its_page() -> None:
    files = (PAGES / "field-files.md").read_text(encoding="utf-8")
    for item in (*FORMATS.values(), *KINDS):
        assert f"(`{item.key}`)" in files, item.key
    dossiers = (PAGES / "tt16-dossier.md").read_text(encoding="utf-8")
    for code in known_codes():
        assert f"`{code}`" in dossiers, code
