"""A gateway of its own for every test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.canonical import sha256_hex
from forms.administration import load_communes
from province.gateway import Gateway, open_gateway
from province.sessions import create_code, enrol
from province.settings import GatewaySettings
from province.taking import take_package
from province.uploads import RECEIVED, Upload
from tests.databases import NewDatabase
from tests.province.samples import COMMUNE, Device
from wire.changes import RecordChange
from wire.handshake import enrolment_message
from wire.protocol import EnrolRequest
from wire.receipt import Receipt, open_receipt
from wire.signing import encode_bytes, public_text, sign


@dataclass
class FakeClock:
    """A clock that stands until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def location(new_database: NewDatabase, tmp_path: Path) -> Iterator[str]:
    """Where the gateway's database is, of either kind."""
    with new_database(tmp_path / "tỉnh") as found:
        yield found


@pytest.fixture
def gateway(location: str, tmp_path: Path, clock: FakeClock) -> Iterator[Gateway]:
    found = open_gateway(location, GatewaySettings(tmp_path / "tỉnh", clock=clock))
    yield found
    found.close()


def enrol_request(device: Device, code: str, **changes: Any) -> EnrolRequest:
    public = public_text(device.key)
    message = enrolment_message(code=code, device_id=device.device_id, public_key=public)
    facts = {
        "code": code,
        "device_id": device.device_id,
        "public_key": public,
        "name": "Máy một cửa",
        "signature": encode_bytes(sign(device.key, message)),
    }
    return EnrolRequest(**{**facts, **changes})


Enrolled = Callable[..., Device]


@pytest.fixture
def enrolled(gateway: Gateway, tmp_path: Path) -> Enrolled:
    """Make registered devices, each with a key of its own."""
    seeds = iter(range(1, 200))

    def make(commune_code: str = COMMUNE) -> Device:
        seed = next(seeds)
        device = Device(tmp_path / f"máy {seed}", seed=seed, commune_code=commune_code)
        enrol(gateway, enrol_request(device, create_code(gateway, load_communes()[commune_code], "officer")))
        return device

    return make


def whole_upload(device: Device, path: Path, package_id: str) -> Upload:
    """An upload that has arrived, as the intake hands it on."""
    size = path.stat().st_size
    upload_id = sha256_hex(package_id.encode())[:36]
    return Upload(
        upload_id,
        device.commune_code,
        device.device_id,
        package_id,
        size,
        size,
        RECEIVED,
        None,
        "9999-01-01T00:00:00.000Z",
    )


def bring(gateway: Gateway, device: Device, changes: list[RecordChange], **header: Any) -> Receipt:
    """Seal changes on a device, bring them to the gateway and return the opened receipt."""
    path, package_id = device.seal(changes, **header)
    data = take_package(gateway, path, whole_upload(device, path, package_id))
    return open_receipt(data, gateway.key.public_key())
