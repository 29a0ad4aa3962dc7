"""A journey along the command line, made once."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import SAMPLE, Done, run
from tests.services.shipped import read_once


@pytest.fixture(autouse=True)
def _quiet_logs() -> Iterator[None]:
    yield
    root = logging.getLogger("diaba")
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture(scope="module", autouse=True)
def _shipped() -> Iterator[None]:
    with read_once():
        yield


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration folder for what outlives a single test."""
    folder = tmp_path_factory.mktemp("cấu hình")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIABA_CONFIG", str(folder))
        patch.delenv("DIABA_USER", raising=False)
        patch.delenv("DIABA_LANGUAGE", raising=False)
        yield folder


@pytest.fixture(scope="module")
def _own_config(config: Path) -> Iterator[None]:
    """Every command of one module sits at the same computer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIABA_CONFIG", str(config))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("Sổ của xã")


@pytest.fixture(scope="module")
def made(folder: Path, _own_config: None) -> tuple[Path, Done]:
    """An empty workspace, and what ``new`` said."""
    workspace = folder / "xã Bắc Quang"
    done = run("new", workspace, "--commune", "bac quang", "--boundary", SAMPLE / "ranh_gioi_xa.geojson", "--json")
    return workspace, done
