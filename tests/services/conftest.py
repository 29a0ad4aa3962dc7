"""Workspaces made once and copied for each test that writes into one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.desk import Desk
from services.syncing import enrol
from services.workspaces import create_desk
from sync.transport import Patience
from tests.services.desks import AN, BINH, SAMPLE, FakeClock, bring, copy_desk, make_desk
from tests.services.gateways import Gateway, run_gateway
from tests.services.pairs import COMMUNES, Pair
from tests.services.shipped import read_once

MakeDesk = Callable[..., Desk]


@pytest.fixture(scope="module", autouse=True)
def _shipped() -> Iterator[None]:
    with read_once():
        yield


@pytest.fixture(scope="session")
def real_folder(shared_data: Path) -> Path:
    """The field files of Xã Bắc Quang."""
    return shared_data / "real" / "01153"


@pytest.fixture(scope="session")
def real_boundaries(shared_data: Path) -> Path:
    return shared_data / "real" / "communes_tuyen_quang_2026.gpkg"


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for workspaces that are made once."""
    return tmp_path_factory.mktemp("mẫu")


@contextmanager
def own_config(folder: Path) -> Iterator[None]:
    """Keep the device keys of what outlives a single test out of the real user's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIABA_CONFIG", str(folder / "config"))
        yield


@pytest.fixture(scope="session")
def sample_template(templates: Path) -> Path:
    """An empty workspace with the outline of the shipped sample."""
    folder = templates / "sổ mẫu"
    with own_config(templates):
        make_desk(folder, SAMPLE / "ranh_gioi_xa.geojson").close()
    return folder


@pytest.fixture(scope="session")
def filled_template(templates: Path, sample_template: Path) -> Path:
    """A workspace that holds the roads, lots and survey points of the shipped sample."""
    folder = templates / "sổ đã nhập"
    with own_config(templates), copy_desk(sample_template, folder) as desk:
        bring(desk, SAMPLE / "duong_cu.shp", "road_segment")
        bring(desk, SAMPLE / "khoanh_dat.geojson", "land_use_plan_area")
        bring(desk, SAMPLE / "toan_dac.csv", "survey_point")
    return folder


@pytest.fixture(scope="session")
def real_template(templates: Path, real_boundaries: Path) -> Path:
    """An empty workspace of Xã Bắc Quang with its real outline and neighbours."""
    folder = templates / "Bắc Quang"
    with own_config(templates):
        make_desk(folder, real_boundaries).close()
    return folder


@pytest.fixture
def open_copy(tmp_path: Path) -> Iterator[MakeDesk]:
    opened: list[Desk] = []

    def make(template: Path, name: str = "sổ xã", **more: Any) -> Desk:
        opened.append(copy_desk(template, tmp_path / name, **more))
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(open_copy: MakeDesk, sample_template: Path) -> Desk:
    """An empty register of the shipped sample's commune."""
    return open_copy(sample_template)


@pytest.fixture
def filled(open_copy: MakeDesk, filled_template: Path) -> Desk:
    """A register with the sample's 12 roads, 4 lots and 90 survey points."""
    return open_copy(filled_template)


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every desk of a module sits at one computer, whose keys outlive a single test."""
    with own_config(tmp_path_factory.mktemp("máy")):
        yield


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, computer: None) -> Iterator[Gateway]:
    with run_gateway(tmp_path_factory.mktemp("máy chủ tỉnh")) as running:
        yield running


@pytest.fixture
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience soon with a gateway that is not there."""
    hasty = partial(Patience, connect_s=2.0, attempts=2, first_pause_s=0.02, longest_pause_s=0.05)
    monkeypatch.setattr("sync.client.Patience", hasty)


@pytest.fixture
def pair(tmp_path: Path, gateway: Gateway, haste: None) -> Iterator[Pair]:
    """Two computers of one commune that no other test uses, both enrolled, with empty registers."""
    opened: list[Desk] = []

    def make() -> tuple[Desk, Desk]:
        commune = next(COMMUNES)
        for name, actor in (("một", AN), ("hai", BINH)):
            desk = create_desk(tmp_path / f"máy {name}", commune, actor=actor, clock=FakeClock())
            enrol(desk, gateway.url, gateway.code(commune))
            opened.append(desk)
        return opened[-2], opened[-1]

    yield make
    for desk in opened:
        desk.close()
