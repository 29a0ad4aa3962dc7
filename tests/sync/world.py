"""A small world to be broken: desks of one commune, one province in the same process, and a bad line between them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
from anyio.from_thread import BlockingPortal, start_blocking_portal
from psycopg import sql

from forms.administration import load_communes
from province.app import build_app
from province.gateway import open_gateway, renew_epoch
from province.sessions import create_code
from province.settings import GatewaySettings
from sync.client import GatewayClient
from sync.transport import Patience
from tests.databases import OWNER

COMMUNE = "01153"
PATIENCE = Patience(connect_s=1.0, silence_s=1.0, attempts=3, first_pause_s=0.001, longest_pause_s=0.002)

PAGE = 3
"""So few changes does the province tell at once that a record and what it refers to often lie in two answers."""


class Killed(BaseException):
    """The process is gone at this place: no handler of the program may see it as an error."""


class Clock:
    """A clock that goes on by a second a look and may be set wrong by years."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Line(httpx.BaseTransport):
    """What lies between a desk and the province: each request meets the next of ``faults``, if any is left.

    ``drop`` loses the request, ``deaf`` the answer, ``twice`` delivers it two times, and ``late`` delivers an old
    request again before it.
    """

    def __init__(self, province: "Province") -> None:
        self._province, self.faults, self.cut = province, list[str](), False
        self._old: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        fault = self.faults.pop(0) if self.faults else ""
        if self.cut or fault == "drop":
            raise httpx.ConnectError("cut", request=request)
        if fault == "late" and self._old:
            self._province.answer(self._old[len(self._old) // 2])
        answer = self._province.answer(request)
        self._old.append(request)
        if fault == "deaf":
            raise httpx.ReadError("lost", request=request)
        return self._province.answer(request) if fault == "twice" else answer


class Province:
    """The real gateway without a socket; it can be stopped, backed up, and put back to its backup."""

    def __init__(self, folder: Path, location: str) -> None:
        self.folder, self.location = folder / "tỉnh", location
        self._settings = GatewaySettings(self.folder, patience_s=2.0, page_changes=PAGE)
        self._running = ExitStack()
        self._portal: BlockingPortal
        self._inside: httpx.ASGITransport
        self._backup = folder / "sao lưu.sqlite"

    def start(self) -> None:
        app = build_app(self.location, self._settings)
        self._portal = self._running.enter_context(start_blocking_portal())
        self._running.enter_context(self._portal.wrap_async_context_manager(app.router.lifespan_context(app)))
        self._inside = httpx.ASGITransport(app, raise_app_exceptions=False)

    def stop(self) -> None:
        self._running.close()

    def answer(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        again = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        found = await self._inside.handle_async_request(again)
        return httpx.Response(found.status_code, headers=found.headers, content=await found.aread(), request=request)

    def code(self) -> str:
        gateway = open_gateway(self.location, self._settings)
        try:
            return create_code(gateway, load_communes()[COMMUNE], "officer")
        finally:
            gateway.close()

    def back_up(self) -> None:
        self.stop()
        self._copy(to_backup=True)
        self.start()

    def restore(self) -> None:
        self.stop()
        self._copy(to_backup=False)
        gateway = open_gateway(self.location, self._settings)
        renew_epoch(gateway)
        gateway.close()
        self.start()

    def _copy(self, *, to_backup: bool) -> None:
        if "://" in self.location:
            self._copy_database(to_backup=to_backup)
            return
        here, there = Path(self.location), self._backup
        if not to_backup:
            for end in ("", "-wal", "-shm"):
                Path(str(here) + end).unlink(missing_ok=True)
        shutil.copyfile(*((here, there) if to_backup else (there, here)))

    def _copy_database(self, *, to_backup: bool) -> None:
        address = httpx.URL(self.location)
        name = address.path.removeprefix("/")
        source, target = (name, name + "_backup") if to_backup else (name + "_backup", name)
        host = address.params["host"]
        with psycopg.connect(host=host, user=OWNER, dbname=OWNER, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(made.format(sql.Identifier(target), sql.Identifier(source)))


@contextmanager
def on_line(patched: Callable[[type], None], line: Line) -> Iterator[None]:
    """Have whatever the desk calls go over ``line``."""

    class Over(GatewayClient):
        def __init__(self, server_url: str, **facts: object) -> None:
            super().__init__(server_url, **{**facts, "http": line, "patience": PATIENCE})  # type: ignore[arg-type]

    patched(Over)
    yield
