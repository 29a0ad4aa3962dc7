"""What every test may ask for."""

import os
from pathlib import Path

import pytest

from tests.databases import cluster, new_database, province_template

__all__ = ["cluster", "new_database", "province_template"]


@pytest.fixture(autouse=True)
def _own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep device keys and settings out of the real user's folder."""
    monkeypatch.setenv("DIABA_CONFIG", str(tmp_path_factory.mktemp("config")))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real samples, where this machine has it."""
    found = Path(os.environ.get("DIABA_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "data"
    if not found.is_dir():
        pytest.skip("real samples are not on this machine (DIABA_SHARED or ../shared)")
    return found
