"""What the gateway says over HTTP: errors in one form, OGC features in degrees, a description that is complete."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import shapely
from fastapi import APIRouter, FastAPI
from structlog.testing import capture_logs

from core.errors import EnvironmentFault
from core.messages import load_messages
from forms.administration import load_communes
from forms.content import geometry_to_hex
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, epsg_system
from province.app import build_app
from province.deciding import DELETED, FIELD, OTHER_TYPE, SUPERSEDED, UNKNOWN_BASE
from province.faults import STATUS
from province.gateway import Gateway
from province.judging import NO_PARENT, SECRET
from province.sessions import create_code, enrol
from province.settings import GatewaySettings
from province.taking import take_package
from tests.databases import NewDatabase
from tests.province.conftest import Enrolled, bring, enrol_request, whole_upload
from tests.province.samples import COMMUNE, Device, change, line, road
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
        ("GET", "/ogc/collections/nothing", 404, "NOT-FOUND"),
        ("GET", "/ogc/collections/road_segment'; DROP TABLE records;--/items", 404, "NOT-FOUND"),
        ("GET", "/ogc/collections/road_segment/items/none", 404, "NOT-FOUND"),
        ("GET", "/ogc/collections/road_segment/items?bbox=a,b", 400, "REQUEST-INVALID"),
        ("GET", "/ogc/collections/road_segment/items?bbox=nan,0,1,1", 400, "REQUEST-INVALID"),
        ("GET", "/ogc/collections/road_segment/items?limit=0", 400, "REQUEST-INVALID"),
        ("GET", "/ogc/collections/road_segment/items?after=%00", 400, "REQUEST-INVALID"),
        ("GET", "/ogc/collections/road_segment/items/a%00b", 404, "NOT-FOUND"),
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
        "/v1/remarks",
        "/ogc",
        "/ogc/conformance",
        "/ogc/collections",
        "/ogc/collections/{type_id}",
        "/ogc/collections/{type_id}/items",
        "/ogc/collections/{type_id}/items/{uid}",
    }
    assert set(described["/v1/uploads/{upload_id}"]) == {"head", "patch", "delete"}


def test_features_in_degrees(web: Web, roads: list[str]) -> None:
    landing = web.get("/ogc").json()
    links = {link["rel"]: link["href"] for link in landing["links"]}
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson"
        in web.get(links["conformance"]).json()["conformsTo"]
    )
    types = [item["id"] for item in web.get(links["data"]).json()["collections"]]
    assert "road_segment" in types
    found = web.get("/ogc/collections/road_segment/items")
    assert found.headers["Content-Type"] == "application/geo+json"
    features = {feature["id"]: feature for feature in found.json()["features"]}
    assert sorted(features) == roads
    first = next(item for item in features.values() if item["properties"]["name"] == "Đường số 0")
    expected = transform_geometries(line(0), epsg_system(9211), WGS84)
    assert shapely.equals_exact(shapely.from_geojson(json.dumps(first["geometry"])), expected, 1e-9)
    assert 104 < expected.bounds[0] < 106
    assert 22 < expected.bounds[1] < 23
    assert (first["properties"]["carriageway_w"], first["properties"]["revision"]) == (5.5, 1)
    assert not {"geometry", "lineage"} & set(first["properties"])
    one = web.get(f"/ogc/collections/road_segment/items/{first['id']}").json()
    assert one["geometry"] == first["geometry"]


def test_features_come_in_pages(web: Web, roads: list[str]) -> None:
    url, seen = "/ogc/collections/road_segment/items?limit=2", []
    while url:
        page = web.get(url).json()
        assert page["numberReturned"] == len(page["features"]) <= 2
        seen += [feature["id"] for feature in page["features"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert seen == roads


def test_features_in_a_box(web: Web, roads: list[str]) -> None:
    west, south, east, north = transform_geometries(line(3), epsg_system(9211), WGS84).bounds
    inside = web.get(f"/ogc/collections/road_segment/items?bbox={west},{south},{east},{north}").json()["features"]
    assert [feature["properties"]["name"] for feature in inside] == ["Đường số 3"]
    assert web.get("/ogc/collections/road_segment/items?bbox=107,10,108,11").json()["features"] == []


def test_a_box_finds_the_records_of_several_zones(
    gateway: Gateway, enrolled: Enrolled, location: str, tmp_path: Path
) -> None:
    """A database of the country holds zones side by side; one box in degrees meets records of each."""
    west_zone, east_zone = load_communes()["01273"], load_communes()[COMMUNE]
    here = transform_geometries(line(), epsg_system(east_zone.epsg), WGS84)
    for commune in (west_zone, east_zone):
        shape = transform_geometries(here, WGS84, epsg_system(commune.epsg))
        geometry = geometry_to_hex(shapely.set_precision(shape, 0.0001))
        device = enrolled(commune.code)
        receipt = bring(
            gateway,
            device,
            [change(road(name=commune.name, commune_code=commune.code, geometry=geometry))],
            epsg=commune.epsg,
        )
        assert receipt.count()["applied"] == 1
    with serving(build_app(location, gateway.settings)) as url, httpx.Client(base_url=url) as client:
        near = ",".join(map(str, here.bounds))
        found = client.get(f"/ogc/collections/road_segment/items?bbox={near}").json()["features"]
        away = client.get("/ogc/collections/road_segment/items?bbox=107,10,108,11").json()["features"]
    assert {feature["properties"]["name"] for feature in found} == {west_zone.name, east_zone.name}
    assert away == []


def test_commands_stand_in_the_program(tmp_path: Path) -> None:
    program = "import typer; from province.commands import register; app = typer.Typer(); register(app); app()"
    root = Path(__file__).resolve().parents[2]
    asked = subprocess.run(
        [sys.executable, "-c", program, "--help"], cwd=root, capture_output=True, text=True, check=True
    )
    assert {"serve", "enrol-code"} <= set(asked.stdout.split())
