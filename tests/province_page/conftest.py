"""A listening gateway with people, and browsers that keep cookies and fill in forms."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import delete

from forms.administration import load_communes
from province.app import build_app
from province.gateway import Gateway
from province.pages.people import add_person
from province.sessions import create_code, enrol
from province.settings import GatewaySettings
from province.tables import browser_sessions, people
from province.taking import take_package
from tests.databases import NewDatabase
from tests.province.conftest import FakeClock, enrol_request, enrolled, gateway, location, whole_upload
from tests.province.samples import COMMUNE, Device
from tests.province.serving import serving
from wire.changes import RecordChange

__all__ = ["enrolled", "gateway", "location"]

PROVINCE, PASSWORD = "08", "một câu rất dài để nhớ"
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class Browser:
    """What a browser does: keeps cookies, sends a page's own token with each form, follows."""

    line: httpx.Client
    page: str = ""

    def get(self, path: str) -> httpx.Response:
        answer = self.line.get(path)
        self.page = answer.text if "html" in answer.headers.get("Content-Type", "") else self.page
        return answer

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the page that is shown."""
        found = TOKEN.search(self.page)
        answer = self.line.post(path, data={"token": found[1] if found else "", **fields})
        if answer.status_code == 303:
            return self.get(answer.headers["Location"])
        self.page = answer.text
        return answer

    @property
    def text(self) -> str:
        """What the page says, without its marks."""
        return " ".join(html.unescape(re.sub("<[^>]+>", " ", self.page)).split())


@dataclass
class Office:
    """A province's gateway that listens, its clock, and who works there."""

    app: FastAPI
    url: str
    clock: FakeClock
    folder: Path
    seeds: Iterator[int] = field(default_factory=lambda: iter(range(1, 250)))
    lines: list[httpx.Client] = field(default_factory=list)
    names: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    @property
    def gateway(self) -> Gateway:
        found: Gateway = self.app.state.parts.gateway
        return found

    def browser(self) -> Browser:
        line = httpx.Client(base_url=self.url, headers={"Origin": self.url})
        self.lines.append(line)
        return Browser(line)

    def person(self, role: str, province: str | None = PROVINCE, name: str = "Nguyễn Thị Ánh") -> tuple[str, str]:
        login = f"{role}{next(self.names)}"
        return login, add_person(self.gateway, login, name, role, province)

    def at_work(self, role: str, province: str | None = PROVINCE, name: str = "Nguyễn Thị Ánh") -> Browser:
        """Somebody of a role, logged in, with a password of their own."""
        login, first = self.person(role, province, name)
        browser = self.browser()
        browser.get("/page/login")
        browser.send("/page/login", login=login, password=first)
        answer = browser.send("/page/password", old=first, new=PASSWORD, again=PASSWORD)
        assert answer.status_code == 200, browser.text
        return browser

    def device(self, commune_code: str = COMMUNE) -> Device:
        seed = next(self.seeds)
        device = Device(self.folder / f"máy {seed}", seed=seed, commune_code=commune_code)
        enrol(self.gateway, enrol_request(device, create_code(self.gateway, load_communes()[commune_code], "officer")))
        return device

    def bring(self, device: Device, changes: list[RecordChange], **header: Any) -> str:
        path, package_id = device.seal(changes, **header)
        take_package(self.gateway, path, whole_upload(device, path, package_id))
        return package_id


@pytest.fixture(scope="module")
def shared_office(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    quick = pytest.MonkeyPatch()  # the cost of a real hash is not what these tests are about
    quick.setattr("province.pages.people._hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    folder, clock = tmp_path_factory.mktemp("tỉnh"), FakeClock(datetime(2026, 11, 20, 2, 0, tzinfo=UTC))
    with (
        new_database(folder) as location,
        serving(app := build_app(location, GatewaySettings(folder, clock=clock))) as url,
    ):
        yield Office(app, url, clock, folder)
    quick.undo()


@pytest.fixture
def office(shared_office: Office) -> Iterator[Office]:
    """The module's gateway, on the same day and with nobody in it for each test; what was sent stays."""
    shared_office.clock.now = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    yield shared_office
    while shared_office.lines:
        shared_office.lines.pop().close()
    with shared_office.gateway.database.writing() as connection:
        connection.execute(delete(browser_sessions))
        connection.execute(delete(people))
