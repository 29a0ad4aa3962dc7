"""Bad lines, foreign answers, killed gateways: nothing lost, nothing twice, and each said in its own words."""

import hashlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.errors import EnvironmentFault, UserError
from sync.client import GatewayClient
from sync.transport import Patience
from sync.uploading import LARGEST, SMALLEST, ChunkSize
from tests.province.samples import Device, change, road
from tests.sync.conftest import HASTE, Join, Running
from tests.sync.lines import CrawlingProxy, CuttingProxy, GatewayProcess, make_certificate, portal, tls_front
from wire.package import Attachment

PINNED = "ed25519:" + "A" * 43 + "="
PAGE = b"<!doctype html><title>Wi-Fi mi\xe1\xbb\x85n ph\xc3\xad</title>"


def _client(url: str, device: Device, **settings: object) -> GatewayClient:
    facts = {"device_id": device.device_id, "private_key": device.key, "server_key": PINNED, "patience": HASTE}
    return GatewayClient(url, **{**facts, **settings})  # type: ignore[arg-type]


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "máy", seed=9)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html; charset=utf-8", PAGE),
        (302, "text/html", b""),
        (404, "text/html", PAGE),
        (511, "text/html", PAGE),
        (407, "text/html", PAGE),
        (200, "application/json", b"[1]"),
        (200, "application/json", b"{not json"),
        (200, "application/json", b'{"hello":"world"}'),
    ],
)
def test_somebody_else_answers(device: Device, status: int, kind: str, body: bytes) -> None:
    """A page that says 200 is neither health, nor a token, nor a receipt."""
    path, package_id = device.seal([change(road())])
    with portal(status, kind, body, Location="http://dang-nhap.wifi/") as url, _client(url, device) as client:
        for step in (
            client.health,
            lambda: client.upload(path, package_id),
            lambda: client.fetch_receipt(package_id, 1),
            client.fetch_changes,
        ):
            with pytest.raises((EnvironmentFault, UserError)) as caught:
                step()
            assert caught.value.code in {"SYNC-NOT-GATEWAY", "SYNC-REFUSED"}
    if kind.startswith("text/html"):
        assert caught.value.code == "SYNC-NOT-GATEWAY"


def test_a_proxy_s_page_about_a_dead_gateway_is_worth_another_try(device: Device) -> None:
    with (
        portal(502, "text/html", PAGE) as url,
        _client(url, device) as client,
        pytest.raises(EnvironmentFault) as caught,
    ):
        client.health()
    assert caught.value.code == "SYNC-UNREACHABLE"


def test_a_portal_in_the_middle_of_an_upload_changes_nothing(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = device.seal([change(road())])
    with portal(200, "text/html", PAGE) as url, _client(url, device, server_key=client.server_key) as lost:
        pytest.raises(EnvironmentFault, lost.upload, path, package_id)
    with pytest.raises(UserError) as caught:
        client.fetch_state(package_id)
    assert caught.value.context["gateway_code"] == "PACKAGE-UNKNOWN"
    client.upload(path, package_id)
    assert client.fetch_receipt(package_id, 20) is not None


@pytest.fixture
def gateway_process(location: str, folder: Path) -> Iterator[GatewayProcess]:
    found = GatewayProcess(location, folder)
    yield found
    found.kill()


def test_whoever_reads_the_gateway_s_address_may_call_at_once(gateway_process: GatewayProcess) -> None:
    assert gateway_process.url in gateway_process.start()
    place = urlsplit(gateway_process.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20.0) as line:
        line.sendall(b"GET /v1/health HTTP/1.0\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 200"


def test_a_gateway_killed_half_way(gateway_process: GatewayProcess, device: Device) -> None:
    """Killed between chunks, and again once all has arrived: one receipt, one set of records."""
    printed = gateway_process.run("enrol-code", "--commune", "01153")
    code = printed.stdout.strip()
    assert len(code.split("-")) == 4
    assert printed.stdout == f"{code}\n", "the code stands alone on standard output"
    assert "01153" in printed.stderr
    assert gateway_process.url in gateway_process.start()

    class Killer:
        """Kills the gateway after the second chunk, and starts it again."""

        steps = 0

        def step(self, done: int, total: int | None = None) -> None:
            self.steps += 1
            if self.steps == 3:
                gateway_process.kill()
                gateway_process.start()

    path, package_id = _seal_large(device, 1_200_000)
    with _client(gateway_process.url, device, patience=Patience(2, 5, 8, 0.2, 1.0)) as client:
        client.enrol(code)
        client.upload(path, package_id, Killer())
        gateway_process.kill()
        gateway_process.start()
        receipt = client.fetch_receipt(package_id, 20)
        assert receipt is not None
        assert receipt.receipt.count() == {"applied": 1, "merged": 0, "duplicate": 0, "conflict": 0, "rejected": 0}
        again = client.fetch_receipt(package_id, 20)
        assert again is not None
        assert again.data == receipt.data
        assert client.fetch_changes(0).horizon == 1
    code_of_exit, said = gateway_process.stop()
    assert (code_of_exit, said) == (0, "")


def _seal_large(device: Device, size: int) -> tuple[Path, str]:
    """Seal a package made large by an attachment that no packing makes smaller."""
    data = random.Random(1).randbytes(size)
    attachment = Attachment(hashlib.sha256(data).hexdigest(), "ảnh.jpg", len(data), lambda: [data])
    return device.seal([change(road())], [attachment])


class Arriving:
    """Hears what has arrived, and that it is never told to be less."""

    done = 0

    def step(self, done: int, total: int | None = None) -> None:
        assert total is None or self.done <= done <= total
        self.done = done


@pytest.mark.slow
def test_a_line_of_16_kbit_with_two_seconds_a_turn_that_loses_four_of_ten(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = _seal_large(device, 30_000)
    with (
        CrawlingProxy(urlsplit(running.url).port or 0, seed=7) as proxy,
        _client(proxy.url, device, server_key=client.server_key, patience=Patience(10, 30, 8, 0.3, 5.0)) as slow,
    ):
        slow.upload(path, package_id, Arriving())
        receipt = slow.fetch_receipt(package_id, 120)
    assert proxy.cuts >= 1
    assert receipt is not None
    assert receipt.receipt.count()["applied"] == 1


def test_a_line_that_breaks_again_and_again(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = _seal_large(device, 900_000)
    with CuttingProxy(urlsplit(running.url).port or 0, seed=4, least=40_000, most=400_000) as proxy:
        patience = Patience(2, 5, 12, 0.01, 0.05)
        with _client(proxy.url, device, server_key=client.server_key, patience=patience) as unlucky:
            unlucky.upload(path, package_id)
        assert proxy.cuts >= 3
    receipt = client.fetch_receipt(package_id, 20)
    assert receipt is not None
    assert receipt.receipt.count()["applied"] == 1


def test_a_line_that_dies_says_how_much_arrived(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = _seal_large(device, 900_000)

    class Cut:
        """Moves the gateway away once something has arrived."""

        def step(self, done: int, total: int | None = None) -> None:
            if done:
                client._transport._client.base_url = "http://127.0.0.1:9"

    with pytest.raises(EnvironmentFault) as caught:
        client.upload(path, package_id, Cut())
    assert caught.value.code == "SYNC-INTERRUPTED"
    assert 0 < int(str(caught.value.context["sent"])) < int(str(caught.value.context["total"]))
    client._transport._client.base_url = running.url
    client.upload(path, package_id)
    assert client.fetch_receipt(package_id, 20) is not None


def test_chunks_grow_on_a_good_line_and_shrink_on_a_bad_one() -> None:
    size = ChunkSize()
    for _ in range(5):
        size.went(0.1)
    assert size.bytes == LARGEST
    size.went(5.0)
    assert size.bytes == LARGEST
    size.went(30.0)
    assert size.bytes == LARGEST // 2
    for _ in range(9):
        size.broke()
    assert size.bytes == SMALLEST


@pytest.mark.parametrize(
    ("certificate", "trusted", "code"),
    [
        ({}, True, None),
        ({}, False, "SYNC-UNTRUSTED"),
        ({"host": "tinh-khac.gov.vn"}, True, "SYNC-UNTRUSTED"),
        ({"starts": -30, "ends": -2}, True, "SYNC-CLOCK"),
        ({"starts": 2}, True, "SYNC-CLOCK"),
    ],
)
def test_certificates(
    device: Device, running: Running, tmp_path: Path, certificate: dict[str, object], trusted: bool, code: str | None
) -> None:
    pem, key = make_certificate(tmp_path / "tls", **certificate)  # type: ignore[arg-type]
    body = running.gateway
    health = f'{{"server_key":"{body.server_key}","epoch":"{body.epoch}","time":"x"}}'.encode()
    with tls_front(pem, key, health) as url, _client(url, device, ca=pem if trusted else None) as client:
        if code is None:
            assert client.health().server_key == body.server_key
            return
        with pytest.raises(EnvironmentFault) as caught:
            client.health()
    assert caught.value.code == code


def test_an_authority_file_that_is_none_is_named(device: Device, tmp_path: Path) -> None:
    bad = tmp_path / "ca.pem"
    bad.write_text("không phải PEM", encoding="utf-8")
    for path in (bad, tmp_path / "không có.pem"):
        with pytest.raises(UserError) as caught:
            _client("https://127.0.0.1:9", device, ca=path)
        assert (caught.value.code, caught.value.context["file"]) == ("SYNC-CA", str(path))
