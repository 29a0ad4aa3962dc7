"""A gateway that listens, with roads that awkward names stand in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from forms.administration import load_communes
from province.app import build_app
from province.gateway import Gateway
from province.readers import create_key
from province.sessions import create_code, enrol
from province.settings import GatewaySettings
from province.taking import take_package
from tests.databases import NewDatabase
from tests.province.conftest import enrol_request, whole_upload
from tests.province.samples import COMMUNE, Device, change, road
from tests.province.serving import serving

ITEMS = "/ogc/collections/road_segment/items"
NAMES = ["Đường số 0", "Đường Lê Lợi", "Ngõ 5", "O'Hara", "100%", "Đường [A]"]


@dataclass
class Web:
    """A listening gateway, a line to it with a key for everything, and the roads it holds by uid."""

    url: str
    gateway: Gateway
    line: httpx.Client
    key: str
    device: Device
    roads: dict[str, dict[str, Any]]

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.line.get(path, params=query or None)

    def uids(self, **query: Any) -> list[str]:
        answer = self.get(ITEMS, **{"limit": 1000, **query})
        assert answer.status_code == 200, answer.text
        return [feature["id"] for feature in answer.json()["features"]]


def _bring(gateway: Gateway, device: Device, roads: list[Any]) -> None:
    path, package_id = device.seal(roads)
    take_package(gateway, path, whole_upload(device, path, package_id))


@contextmanager
def ogc_web(new_database: NewDatabase, folder: Path) -> Iterator[Web]:
    """Run a gateway with a road of each name, and give a line to it."""
    with (
        new_database(folder) as location,
        serving(app := build_app(location, GatewaySettings(folder))) as url,
    ):
        gateway = app.state.parts.gateway
        device = Device(folder, seed=1)
        enrol(gateway, enrol_request(device, create_code(gateway, load_communes()[COMMUNE], "officer")))
        widths = [5.5, 7.0, 3.5, 5.5, 12.0, 4.0]
        changes = [
            change(road(place, name=name, carriageway_w=width, lanes=place % 3 + 1))
            for place, (name, width) in enumerate(zip(NAMES, widths, strict=True))
        ]
        _bring(gateway, device, changes)
        _, key = create_key(gateway, "Sở Xây dựng")
        with httpx.Client(base_url=url, headers={"X-API-Key": key}) as client:
            yield Web(url, gateway, client, key, device, {item.uid: dict(item.content or {}) for item in changes})
