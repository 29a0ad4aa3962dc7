"""What the gateway says over HTTP: errors in one form, OGC features in degrees, a description that is complete."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from structlog.testing import capture_logs

from core.errors import EnvironmentFault
from core.messages import load_messages
from forms.administration import load_communes
from province.app import build_app
from province.deciding import DELETED, FIELD, OTHER_TYPE, SUPERSEDED, UNKNOWN_BASE
from province.faults import STATUS
from province.gateway import Gateway
from province.judging import NO_PARENT, SECRET
from province.sessions import create_code, enrol
from province.settings import GatewaySettings
from province.taking import take_package
from tests.databases import NewDatabase
from tests.province.conftest import enrol_request, whole_upload
from tests.province.samples import COMMUNE, Device, change, road
from tests.province.serving import serving


@dataclass
class Web:
    """A listening gateway, and a line to it."""

    app: FastAPI
    line: httpx.Client

    @property
    def gateway(self) -> Gateway:
        found: Gateway = self.app.state.parts.gateway
        return found

    def get(self, path: str) -> httpx.Response:
        return self.line.get(path)


@pytest.fixture(scope="module")
def web(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("tỉnh")
    with (
        new_database(folder) as location,
        serving(app := build_app(location, GatewaySettings(folder))) as url,
        httpx.Client(base_url=url) as line,
    ):
        yield Web(app, line)


@pytest.fixture(scope="module")
def roads(web: Web, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Five accepted roads; their uids in order."""
    gateway = web.gateway
    device = Device(tmp_path_factory.mktemp("máy"), seed=1)
    enrol(gateway, enrol_request(device, create_code(gateway, load_communes()[COMMUNE], "officer")))
    changes = [change(road(place)) for place in range(5)]
    path, package_id = device.seal(changes)
    take_package(gateway, path, whole_upload(device, path, package_id))
    return sorted(item.uid for item in changes)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT-FOUND"),
        ("POST", "/v1/health", 405, "METHOD-NOT-ALLOWED"),
        ("POST", "/v1/enrol", 400, "REQUEST-INVALID"),
        ("GET", "/v1/changes", 401, "TOKEN-MISSING"),
        ("GET", "/v1/packages/x", 401, "TOKEN-MISSING"),
        ("GET", "/v1/remarks", 401, "TOKEN-MISSING"),
        ("GET", "/v1/catalogue", 401, "TOKEN-MISSING"),
    ],
)
def test_every_error_is_code_and_context(web: Web, method: str, path: str, status: int, code: str) -> None:
    answer = web.line.request(method, path)
    assert answer.status_code == status
    assert (answer.json()["code"], set(answer.json())) == (code, {"code", "context"})
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_what_went_wrong_inside_stays_inside(tmp_path: Path) -> None:
    app = build_app(str(tmp_path / "province.sqlite"), GatewaySettings(tmp_path))
    router = APIRouter()

    @router.get("/bug")
    def bug() -> None:
        raise RuntimeError("SELECT secret FROM /home/x")

    @router.get("/disk")
    def disk() -> None:
        raise EnvironmentFault("STORE-FULL", file="x")

    app.include_router(router)
    with serving(app) as url, httpx.Client(base_url=url) as web:
        with capture_logs() as logged:
            assert web.get("/disk").status_code == 503
            answer = web.get("/bug")
            assert (answer.status_code, answer.json()) == (500, {"code": "GATEWAY-FAULT", "context": {}})
        assert [entry["event"] for entry in logged] == ["environment", "unexpected"]


def test_every_code_has_words_for_the_desk() -> None:
    codes = {*STATUS, SECRET, NO_PARENT, UNKNOWN_BASE, DELETED, FIELD, SUPERSEDED, OTHER_TYPE}
    assert codes - set(load_messages()) == set()


def test_health_needs_no_token_and_names_the_key(web: Web) -> None:
    body = web.get("/v1/health").json()
    assert (body["service"], body["protocol"], body["server_key"]) == ("diaba", 1, web.gateway.server_key)


def test_everything_is_described(web: Web) -> None:
    described = web.get("/openapi.json").json()["paths"]
    assert set(described) >= {
        "/v1/health",
        "/v1/enrol",
        "/v1/nonces",
        "/v1/tokens",
        "/v1/uploads",
        "/v1/uploads/{upload_id}",
        "/v1/packages/{package_id}",
        "/v1/changes",
        "/v1/catalogue",
        "/v1/catalogue/packs/{digest}",
        "/v1/remarks",
        "/ogc",
        "/ogc/conformance",
        "/ogc/collections",
        "/ogc/collections/{type_id}",
        "/ogc/collections/{type_id}/queryables",
        "/ogc/collections/{type_id}/items",
        "/ogc/collections/{type_id}/items/{uid}",
    }
    assert set(described["/v1/uploads/{upload_id}"]) == {"head", "patch", "delete"}


def test_commands_stand_in_the_program(tmp_path: Path) -> None:
    program = "import typer; from province.commands import register; app = typer.Typer(); register(app); app()"
    root = Path(__file__).resolve().parents[2]
    asked = subprocess.run(
        [sys.executable, "-c", program, "--help"], cwd=root, capture_output=True, text=True, check=True
    )
    assert {"serve", "enrol-code"} <= set(asked.stdout.split())
