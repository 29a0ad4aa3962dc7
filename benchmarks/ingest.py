"""Packages of a thousand records by many communes at once, through two workers, to PostgreSQL with PostGIS.

Everything is real: programs that listen, tokens, uploads, signatures, rules, the transaction, the signed receipt.
Beside it PostgreSQL alone: the same records by COPY and upsert, with nothing verified and nothing answered.

The senders do as little as they can: devices are enrolled and packages sealed before the clock starts, receipts are
verified after it has stopped.
"""

import os
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
from benchmarks.processes import processor_seconds
from benchmarks.senders import Sender
from forms.administration import Commune, load_communes
from forms.content import geometry_to_hex
from province.boundaries import store_boundary
from province.gateway import Gateway, open_gateway
from province.sessions import create_code
from province.settings import GatewaySettings
from tests.databases import Cluster, running_cluster
from tests.province.samples import EPSG, ORIGIN, Device, change, line, road

RECORDS = 1_000
WORKERS = 2
SENDERS = 24
COMMUNES = 168
SIDE_M = 6_000.0
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
"""Nothing is spared that a real server needs, whatever the tests spare."""


def measure(sizes: tuple[int, ...] = (COMMUNES,)) -> list[Figure]:
    """Return records a second, the receipt's latency, and what it costs whom, for each number of communes."""
    return [figure for size in sizes for figure in _measure(size)]


def _measure(count: int) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running_cluster(**SETTINGS))
        url = stack.enter_context(cluster.database("ingest"))
        gateway = open_gateway(url, GatewaySettings(folder / "gateway"))
        stack.callback(gateway.close)
        senders = [_prepare(gateway, folder, *item) for item in enumerate(_communes(count))]
        workers = [stack.enter_context(_worker(url, folder / "gateway")) for _ in range(WORKERS)]
        for number, sender in enumerate(senders):
            sender.enrol(workers[number % WORKERS].address)
        cost = Cost([worker.pid for worker in workers], cluster.pid)
        with ThreadPoolExecutor(min(SENDERS, count)) as pool:
            list(pool.map(Sender.send, senders))
        cost.stop()
        total = sum(sender.count_applied(gateway.key.public_key()) for sender in senders)
        _refuse_loss(cluster, total, count)
        plain = _copy_alone(cluster, count)
    waits = statistics.quantiles([sender.waited_s for sender in senders], n=20)
    name = f"gateway, {count} communes at once"
    return [
        Figure(name, "1/s", total / cost.wall_s, total / plain, "COPY and upsert", total),
        Figure("receipt after the last byte, p50", "s", waits[9], size=count),
        Figure("receipt after the last byte, p95", "s", waits[-1], size=count),
        *cost.figures(total),
    ]


@dataclass
class Cost:
    """What a run took from its beginning to ``stop``: by the clock, and of the processors, each party for itself.

    The senders share the computer here and not in life, so they are named apart.
    """

    workers: list[int]
    database: int

    def __post_init__(self) -> None:
        self._begun = self._now()

    def _now(self) -> tuple[float, float, float, float]:
        parties = processor_seconds(self.workers), processor_seconds([self.database]), time.process_time()
        return time.perf_counter(), *parties

    def stop(self) -> None:
        """Take the time."""
        spent = [now - then for now, then in zip(self._now(), self._begun, strict=True)]
        self.wall_s, self.workers_s, self.database_s, self.senders_s = spent

    def figures(self, records: int) -> list[Figure]:
        """Return the cost of a record, and what it lets this computer take with nothing else to do."""
        micro = 1e6 / records
        capacity = (os.cpu_count() or 1) * records / (self.workers_s + self.database_s)
        return [
            Figure("processor time of a record, workers", "us", self.workers_s * micro, size=records),
            Figure("processor time of a record, database", "us", self.database_s * micro, size=records),
            Figure("processor time of a record, senders (not the gateway's)", "us", self.senders_s * micro),
            Figure("records that the processors' time is enough for", "1/s", capacity, size=records),
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
    return Sender(device, path.read_bytes(), package_id, create_code(gateway, commune, "officer"))


def _road(place: int, east: float, south: float, code: str) -> object:
    shape = shapely.transform(line(), lambda xy: xy + (east + 120.0 * (place % 40), south + 150.0 * (place // 40)))
    return change(road(place, commune_code=code, geometry=geometry_to_hex(shape)))


@dataclass(frozen=True)
class Worker:
    """A running ``diaba serve``."""

    address: str
    pid: int


@contextmanager
def _worker(url: str, folder: Path) -> Iterator[Worker]:
    """Run ``diaba serve``."""
    command = [sys.executable, "-m", "diaba", "serve", "--database", url, "--folder", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        address = next(word for word in said.split() if word.startswith("http://")).rstrip(".")
        yield Worker(address, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


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
