"""A real gateway on a loopback port, and clients that lose patience soon."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from forms.administration import load_communes
from province.app import build_app
from province.gateway import Gateway
from province.sessions import create_code
from province.settings import GatewaySettings
from sync.client import GatewayClient
from sync.transport import Patience
from tests.databases import NewDatabase
from tests.province.samples import COMMUNE, Device
from tests.province.serving import serving

HASTE = Patience(connect_s=2.0, silence_s=5.0, attempts=4, first_pause_s=0.02, longest_pause_s=0.1)


@dataclass
class Running:
    """A gateway that listens."""

    url: str
    app: FastAPI

    @property
    def gateway(self) -> Gateway:
        found: Gateway = self.app.state.parts.gateway
        return found

    def code(self, commune_code: str = COMMUNE) -> str:
        return create_code(self.gateway, load_communes()[commune_code], "officer")

    def client(self, device: Device, **settings: Any) -> GatewayClient:
        facts = {"device_id": device.device_id, "private_key": device.key, "patience": HASTE, **settings}
        return GatewayClient(self.url, **facts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The gateway's own folder."""
    return tmp_path / "máy chủ tỉnh"


@pytest.fixture
def location(new_database: NewDatabase, folder: Path) -> Iterator[str]:
    """Where the gateway's database is, of either kind."""
    with new_database(folder) as found:
        yield found


@pytest.fixture
def running(location: str, folder: Path) -> Iterator[Running]:
    app = build_app(location, GatewaySettings(folder, patience_s=2.0))
    with serving(app) as url:
        yield Running(url, app)


def set_quotas(running: Running, monkeypatch: pytest.MonkeyPatch, **quotas: int) -> None:
    """Give the gateway's uploads other quotas than usual; the gateway's other parts keep theirs."""
    gateway = running.gateway
    tight = replace(gateway, settings=replace(gateway.settings, **quotas))
    monkeypatch.setattr(running.app.state.parts.uploads, "_gateway", tight)


Join = Callable[..., tuple[Device, GatewayClient]]


@pytest.fixture
def join(running: Running, tmp_path: Path) -> Iterator[Join]:
    """Enrol new devices; each gets its client."""
    clients: list[GatewayClient] = []

    def make(commune_code: str = COMMUNE) -> tuple[Device, GatewayClient]:
        seed = len(clients) + 1
        device = Device(tmp_path / f"máy {seed}", seed=seed, commune_code=commune_code)
        client = running.client(device)
        clients.append(client)
        client.enrol(running.code(commune_code), name="Máy một cửa")
        return device, client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def line(running: Running, join: Join) -> Iterator[httpx.Client]:
    """A bare HTTP client with the token of an enrolled device."""
    _, client = join()
    client.fetch_changes(0)
    headers = {"Authorization": f"Bearer {client._transport.token}"}
    with httpx.Client(base_url=running.url, headers=headers) as found:
        yield found
