"""Several workers on one database and one folder, as behind a proxy: what one began another goes on with."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import func, select

from core.canonical import sha256_hex
from province.app import build_app
from province.settings import GatewaySettings
from province.tables import records
from sync.client import GatewayClient
from sync.transport import Patience
from tests.databases import Cluster
from tests.province.samples import Device, change, road
from tests.province.serving import serving
from tests.sync.conftest import Join, Running
from tests.sync.lines import GatewayProcess
from tests.sync.tus_lines import CHUNK, TUS, metadata_header
from wire.package import Attachment


@pytest.fixture
def location(cluster: Cluster, province_template: str) -> Iterator[str]:
    """A server's database: an embedded store belongs to one worker."""
    with cluster.database("nhiều tiến trình", template=province_template) as found:
        yield found


def begin_upload(url: str, headers: dict[str, str], length: int) -> str:
    """Begin an upload and return where it is, without the worker's address."""
    facts = {**headers, **TUS, "Upload-Length": str(length), "Upload-Metadata": metadata_header("a" * 64)}
    return httpx.post(f"{url}/v1/uploads", headers=facts).headers["Location"]


@pytest.fixture
def other(running: Running, location: str, folder: Path) -> Iterator[Running]:
    """A second worker beside the first."""
    app = build_app(location, GatewaySettings(folder, patience_s=2.0))
    with serving(app) as url:
        yield Running(url, app)


def test_a_token_of_one_worker_is_good_at_another(running: Running, other: Running, join: Join) -> None:
    _, client = join()
    client.fetch_changes(0)
    headers = {"Authorization": f"Bearer {client._transport.token}"}
    place = begin_upload(running.url, headers, 10)
    sent = httpx.patch(running.url + place, headers={**headers, **CHUNK, "Upload-Offset": "0"}, content=b"01234")
    assert sent.status_code == 204
    found = httpx.head(other.url + place, headers={**headers, **TUS})
    assert found.headers["Upload-Offset"] == "5"
    rest = httpx.patch(other.url + place, headers={**headers, **CHUNK, "Upload-Offset": "5"}, content=b"567")
    assert rest.status_code == 204
    assert httpx.head(running.url + place, headers={**headers, **TUS}).headers["Upload-Offset"] == "8"


def test_two_workers_never_write_one_upload_at_once(running: Running, other: Running, join: Join) -> None:
    _, client = join()
    client.fetch_changes(0)
    headers = {"Authorization": f"Bearer {client._transport.token}"}
    place = begin_upload(running.url, headers, 1000)
    host = urlsplit(running.url)
    with socket.create_connection((str(host.hostname), host.port or 0), timeout=10) as slow:
        facts = {"Host": "x", **headers, **CHUNK, "Upload-Offset": "0", "Content-Length": "1000"}
        lines = [f"PATCH {place} HTTP/1.1", *(f"{name}: {value}" for name, value in facts.items())]
        slow.sendall("\r\n".join([*lines, "", "abc"]).encode())
        threading.Event().wait(0.3)
        busy = httpx.patch(other.url + place, headers={**headers, **CHUNK, "Upload-Offset": "0"}, content=b"x")
        assert (busy.status_code, busy.json()["code"]) == (423, "UPLOAD-BUSY")
        assert httpx.delete(other.url + place, headers={**headers, **TUS}).status_code == 423


def test_a_worker_dies_in_the_middle_and_another_takes_over(location: str, folder: Path, tmp_path: Path) -> None:
    """Both are ``diaba serve`` as a program; the first is killed half way, and the line leads to the second."""
    first, second = GatewayProcess(location, folder), GatewayProcess(location, folder)
    with ExitStack() as stack:
        for worker in (first, second):
            stack.callback(worker.kill)
            assert worker.url in worker.start()
        code = first.run("enrol-code", "--commune", "01153").stdout.strip()
        device = Device(tmp_path / "máy", seed=9)
        data = random.Random(1).randbytes(1_200_000)
        photo = Attachment(sha256_hex(data), "ảnh.jpg", len(data), lambda: [data])
        path, package_id = device.seal([change(road(place)) for place in range(30)], [photo])
        client = stack.enter_context(
            GatewayClient(
                first.url,
                device_id=device.device_id,
                private_key=device.key,
                server_key=None,
                patience=Patience(2, 5, 8, 0.2, 1.0),
            )
        )

        class Proxy:
            """Leads to the other worker once the first is gone."""

            steps = 0

            def step(self, done: int, total: int | None = None) -> None:
                self.steps += 1
                if self.steps == 3:
                    first.kill()
                    client._transport._client.base_url = second.url

        client.enrol(code)
        client.upload(path, package_id, Proxy())
        receipt = client.fetch_receipt(package_id, 20)
        assert receipt is not None
        assert receipt.receipt.count()["applied"] == 30
        assert client.fetch_changes(0).horizon == 30
        assert second.stop() == (0, "")


def test_packages_of_many_devices_through_two_workers_are_each_taken_once(
    running: Running, other: Running, join: Join
) -> None:
    joined = [join() for _ in range(6)]
    start = threading.Barrier(len(joined))
    counts: list[int] = []

    def send(number: int) -> None:
        device, client = joined[number]
        client._transport._client.base_url = (running, other)[number % 2].url
        for part in range(3):
            first = number * 100 + part * 10
            path, package_id = device.seal([change(road(first + place)) for place in range(5)])
            if part == 0:
                start.wait()
            client.upload(path, package_id)
            client._transport._client.base_url = (running, other)[(number + part + 1) % 2].url
            receipt = client.fetch_receipt(package_id, 20)
            counts.append(receipt.receipt.count()["applied"] if receipt else -1)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(joined))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [5] * 18
    with running.gateway.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(records)).scalar_one() == 90
    page = joined[0][1].fetch_changes(0)
    assert [item.sequence for item in page.changes] == list(range(1, 91))
