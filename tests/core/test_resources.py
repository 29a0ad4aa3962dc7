"""Where the program's own data lies, in a checkout and in a frozen build."""

import sys
from pathlib import Path

import pytest

from core.resources import child_command, is_frozen, program_root, resource_path
from core.tables import load_table


def test_a_checkout_finds_itself() -> None:
    assert not is_frozen()
    assert (program_root() / "forms" / "definitions").is_dir()
    assert resource_path("messages", "core.yaml").is_file()
    assert child_command("exchange.child") == [sys.executable, "-m", "exchange.child"]


def test_a_frozen_program_is_its_own_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/Địa Bạ/diaba")
    assert is_frozen()
    assert program_root() == tmp_path
    assert child_command("exchange.child") == ["/opt/Địa Bạ/diaba", "--child", "exchange.child"]


def test_a_table_of_facts_is_text_and_skips_its_sources() -> None:
    communes = load_table("communes")
    assert len(communes) == 3321
    assert {row["commune_code"] for row in communes if row["commune_code"].startswith("0")}, "zeros in front are kept"
    assert not any(value.startswith("#") for value in communes[0].values())
