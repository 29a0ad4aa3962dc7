"""A province at work for the benchmarks: PostgreSQL with PostGIS, workers that listen, communes with devices."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import shapely

from benchmarks.senders import Sender
from forms.administration import Commune, load_communes
from forms.content import geometry_to_hex
from province.boundaries import store_boundary
from province.gateway import Gateway, open_gateway
from province.sessions import create_code
from province.settings import GatewaySettings
from tests.databases import Cluster, running_cluster
from tests.province.samples import EPSG, ORIGIN, Device, change, line, road
from wire.changes import RecordChange

DATABASE = "province"
SIDE_M = 6_000.0
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
"""Nothing is spared that a real server needs, whatever the tests spare."""


@dataclass(frozen=True)
class Worker:
    """A running ``diaba serve``."""

    address: str
    pid: int


@dataclass(frozen=True)
class WorkingProvince:
    """A gateway on a server's database, and its workers."""

    cluster: Cluster
    gateway: Gateway
    workers: tuple[Worker, ...]
    folder: Path

    @property
    def pids(self) -> list[int]:
        """The processes of the workers."""
        return [worker.pid for worker in self.workers]

    def settle(self, place: int, commune: Commune) -> Device:
        """Give a commune an outline of its own and a device that is enrolled with one of the workers."""
        east, south = _corner(place)
        corner = (ORIGIN[0] + east - 500, ORIGIN[1] + south - 500)
        with self.gateway.database.writing() as connection:
            outline = shapely.box(*corner, corner[0] + SIDE_M, corner[1] + SIDE_M)
            store_boundary(connection, commune.code, epsg=EPSG, outline=outline, source="benchmark")
        return Device(self.folder / commune.code, seed=place + 1, commune_code=commune.code)

    def enrol(self, place: int, commune: Commune, device: Device) -> Sender:
        """Register a device at one of the workers."""
        sender = Sender(device)
        sender.enrol(self.workers[place % len(self.workers)].address, create_code(self.gateway, commune, "officer"))
        return sender

    def count_records(self) -> tuple[int, int]:
        """Return how many records are stored, and how many different ones."""
        with self.cluster.connect(DATABASE) as connection:
            row = connection.execute("SELECT count(*), count(DISTINCT uid) FROM records").fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def size(self) -> int:
        """Return the bytes of the database."""
        with self.cluster.connect(DATABASE) as connection:
            row = connection.execute("SELECT pg_database_size(%s)", [DATABASE]).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def working_province(workers: int) -> Iterator[WorkingProvince]:
    """Run a province with some workers in a folder that is gone at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running_cluster(**SETTINGS))
        url = stack.enter_context(cluster.database(DATABASE))
        gateway = open_gateway(url, GatewaySettings(folder / "gateway"))
        stack.callback(gateway.close)
        running = tuple(stack.enter_context(_worker(url, folder / "gateway")) for _ in range(workers))
        yield WorkingProvince(cluster, gateway, running, folder)


def communes(count: int) -> list[Commune]:
    """Return communes of one zone, whatever their province."""
    return [commune for commune in load_communes().values() if commune.epsg == EPSG][:count]


def roads(place: int, commune: Commune, numbers: range) -> list[RecordChange]:
    """Return as many new roads of a commune, side by side within its outline and none twice."""
    return [_road(number, *_corner(place), commune.code) for number in numbers]


def _corner(place: int) -> tuple[float, float]:
    return SIDE_M * (place % 14), -SIDE_M * (place // 14)


def _road(number: int, east: float, south: float, code: str) -> RecordChange:
    across, along = number % 40, number // 40
    move = (east + 120.0 * across, south + 150.0 * (along % 34) + 20.0 * (along // 34))
    shape = shapely.transform(line(), partial(np.add, move))
    return change(road(number, commune_code=code, geometry=geometry_to_hex(shape)))


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
