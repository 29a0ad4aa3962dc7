"""Packages of a thousand records by many communes at once, through two workers, to PostgreSQL with PostGIS.

Everything is real: programs that listen, uploads, signatures, rules, the transaction, the signed receipt. Beside it
PostgreSQL alone: the same records brought by COPY and upsert, with nothing verified and nothing answered.
"""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import shapely

from benchmarks.figures import Figure
from forms.administration import Commune, load_communes
from forms.content import geometry_to_hex
from province.boundaries import store_boundary
from province.gateway import Gateway, open_gateway
from province.sessions import create_code
from province.settings import GatewaySettings
from sync.client import GatewayClient
from tests.databases import Cluster, running_cluster
from tests.province.samples import EPSG, ORIGIN, Device, change, line, road

RECORDS = 1_000
WORKERS = 2
SENDERS = 24
COMMUNES = 168
SIDE_M = 6_000.0
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
"""Nothing is spared that a real server needs, whatever the tests spare."""


@dataclass
class Sender:
    """A commune's device with its sealed package, and how long it waited for the receipt."""

    device: Device
    path: Path
    package_id: str
    code: str
    waited_s: float = 0.0
    applied: int = 0


def measure(sizes: tuple[int, ...] = (COMMUNES,)) -> list[Figure]:
    """Return records a second and the receipt's latency, for each number of communes."""
    return [figure for size in sizes for figure in _measure(size)]


def _measure(count: int) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running_cluster(**SETTINGS))
        url = stack.enter_context(cluster.database("ingest"))
        gateway = open_gateway(url, GatewaySettings(folder / "gateway"))
        stack.callback(gateway.close)
        senders = [_prepare(gateway, folder, *item) for item in enumerate(_communes(count))]
        addresses = [stack.enter_context(_worker(url, folder / "gateway")) for _ in range(WORKERS)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(min(SENDERS, count)) as pool:
            list(pool.map(lambda item: _send(item[1], addresses[item[0] % WORKERS]), enumerate(senders)))
        taken = time.perf_counter() - begun
        total = sum(sender.applied for sender in senders)
        _refuse_loss(cluster, total, count)
        plain = _copy_alone(cluster, count)
    p95 = statistics.quantiles([sender.waited_s for sender in senders], n=20)[-1]
    return [
        Figure(f"gateway, {count} communes at once", "1/s", total / taken, total / plain, "COPY and upsert", total),
        Figure("receipt after the last byte, p95", "s", p95, size=count),
    ]


def _communes(count: int) -> list[Commune]:
    return [commune for commune in load_communes().values() if commune.epsg == EPSG][:count]


def _prepare(gateway: Gateway, folder: Path, number: int, commune: Commune) -> Sender:
    east, south = SIDE_M * (number % 14), -SIDE_M * (number // 14)
    corner = (ORIGIN[0] + east - 500, ORIGIN[1] + south - 500)
    with gateway.database.writing() as connection:
        outline = shapely.box(*corner, corner[0] + SIDE_M, corner[1] + SIDE_M)
        store_boundary(connection, commune.code, epsg=EPSG, outline=outline, source="benchmark")
    device = Device(folder / commune.code, seed=number % 255, commune_code=commune.code)
    device.seed = number + 1
    path, package_id = device.seal([_road(place, east, south, commune.code) for place in range(RECORDS)])
    return Sender(device, path, package_id, create_code(gateway, commune, "officer"))


def _road(place: int, east: float, south: float, code: str) -> object:
    shape = shapely.transform(line(), lambda xy: xy + (east + 120.0 * (place % 40), south + 150.0 * (place // 40)))
    return change(road(place, commune_code=code, geometry=geometry_to_hex(shape)))


@contextmanager
def _worker(url: str, folder: Path) -> Iterator[str]:
    """Run ``diaba serve`` and give its address."""
    command = [sys.executable, "-m", "diaba", "serve", "--database", url, "--folder", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield next(word for word in said.split() if word.startswith("http://")).rstrip(".")
    finally:
        process.terminate()
        process.wait(timeout=60)


def _send(sender: Sender, address: str) -> None:
    with GatewayClient(
        address, device_id=sender.device.device_id, private_key=sender.device.key, server_key=None
    ) as client:
        client.enrol(sender.code)
        client.upload(sender.path, sender.package_id)
        begun = time.perf_counter()
        receipt = client.fetch_receipt(sender.package_id, 300)
        sender.waited_s = time.perf_counter() - begun
        sender.applied = receipt.receipt.count()["applied"] if receipt else 0


def _refuse_loss(cluster: Cluster, applied: int, count: int) -> None:
    """Raise when a record was lost, refused or stored twice."""
    with cluster.connect("ingest") as connection:
        found = connection.execute("SELECT count(*), count(DISTINCT uid) FROM records").fetchone()
    if not (applied == count * RECORDS and found == (applied, applied)):
        raise RuntimeError(f"sent {count * RECORDS}, applied {applied}, stored {found}")


COLUMNS = "commune_code, uid, type_id, revision, content, geometry"
SELECT = f"SELECT {COLUMNS} FROM records"  # noqa: S608 (words of ours)
UPSERT = (
    f"INSERT INTO plain SELECT {COLUMNS} FROM brought ON CONFLICT (commune_code, uid) "  # noqa: S608 (words of ours)
    "DO UPDATE SET revision = excluded.revision, content = excluded.content"
)


def _copy_alone(cluster: Cluster, count: int) -> float:
    """Return the seconds in which two connections bring the same records by COPY and upsert, a package at a time."""
    with cluster.connect("ingest") as connection:
        connection.execute(f"CREATE TABLE plain AS {SELECT} WITH NO DATA")
        connection.execute("ALTER TABLE plain ADD PRIMARY KEY (commune_code, uid)")
        codes = [row[0] for row in connection.execute("SELECT DISTINCT commune_code FROM records")]
        packages = {code: connection.execute(f"{SELECT} WHERE commune_code = %s", (code,)).fetchall() for code in codes}

    def bring(mine: list[str]) -> None:
        with psycopg.connect(host=str(cluster.folder), user="postgres", dbname="ingest") as connection:
            connection.execute("CREATE TEMPORARY TABLE brought (LIKE plain) ON COMMIT DELETE ROWS")
            connection.commit()
            for code in mine:
                with connection.cursor() as cursor, cursor.copy(f"COPY brought ({COLUMNS}) FROM STDIN") as copy:
                    for row in packages[code]:
                        copy.write_row(row)
                connection.execute(UPSERT)
                connection.commit()

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(bring, [codes[number::WORKERS] for number in range(WORKERS)]))
    taken = time.perf_counter() - begun
    if len(codes) != count:
        raise RuntimeError("not every commune's records are there")
    return taken
