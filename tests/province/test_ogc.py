"""OGC API Features: systems and their axis order, filters, pages, boxes, keys; with GDAL as a foreign reader."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import UserError
from forms.administration import load_communes
from forms.content import geometry_to_hex
from forms.expressions import evaluate
from geodesy.datum import transform_geometries
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, epsg_system
from province.app import build_app
from province.gateway import Gateway
from province.ogc import CONFORMANCE
from province.ogc_systems import CRS84
from province.readers import create_key, list_keys, revoke_key
from province.settings import GatewaySettings
from tests.databases import NewDatabase
from tests.province.conftest import Enrolled, bring
from tests.province.ogc_webs import ITEMS, Web, ogc_web
from tests.province.samples import COMMUNE, change, line, road
from tests.province.serving import serving

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def web(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with ogc_web(new_database, tmp_path_factory.mktemp("tỉnh")) as found:
        yield found


def test_it_says_what_it_keeps_to(web: Web) -> None:
    landing = web.get("/ogc").json()
    links = {link["rel"]: link["href"] for link in landing["links"]}
    assert web.get(links["conformance"]).json()["conformsTo"] == CONFORMANCE
    found = web.get(links["data"]).json()
    roads = next(one for one in found["collections"] if one["id"] == "road_segment")
    assert roads["storageCrs"] == f"{EPSG}9211"
    assert {CRS84, f"{EPSG}4326", f"{EPSG}4756", f"{EPSG}9211"} <= set(found["crs"])
    names = web.get("/ogc/collections/road_segment/queryables").json()["properties"]
    assert (names["carriageway_w"]["type"], names["name"]["type"]) == ("number", "string")
    assert "attachments" not in names


@pytest.mark.parametrize(
    ("crs", "system", "is_swapped"),
    [
        (CRS84, WGS84, False),
        (f"{EPSG}4326", WGS84, True),
        (f"{EPSG}4756", VN2000_GEOGRAPHIC, True),
        (f"{EPSG}9211", epsg_system(9211), False),
        (f"{EPSG}9209", epsg_system(9209), False),
    ],
)
def test_every_system_has_the_axis_order_of_its_authority(web: Web, crs: str, system: Any, is_swapped: bool) -> None:
    uid = next(iter(web.roads))
    answer = web.get(f"{ITEMS}/{uid}", crs=crs)
    assert answer.headers["Content-Crs"] == f"<{crs}>"
    expected = transform_geometries(line(0), epsg_system(9211), system)
    if is_swapped:
        expected = shapely.transform(expected, lambda xy: xy[:, ::-1])
    found = shapely.from_geojson(json.dumps(answer.json()["geometry"]))
    assert np.abs(shapely.get_coordinates(found) - shapely.get_coordinates(expected)).max() < 1e-9


@pytest.mark.parametrize("crs", [CRS84, f"{EPSG}4326", f"{EPSG}9211"])
def test_a_box_is_read_in_its_own_system(web: Web, crs: str) -> None:
    uid = list(web.roads)[3]
    feature = web.get(f"{ITEMS}/{uid}", crs=crs).json()
    bounds = shapely.from_geojson(json.dumps(feature["geometry"])).bounds
    assert web.uids(bbox=",".join(map(str, bounds)), **{"bbox-crs": crs}) == [uid]
    six = [*bounds[:2], 0, *bounds[2:], 9]
    assert web.uids(bbox=",".join(map(str, six)), **{"bbox-crs": crs}) == [uid]


def test_a_box_may_go_around_the_180th_meridian(web: Web) -> None:
    assert web.uids(bbox="170,0,-170,40") == []
    assert web.uids(bbox="100,0,-170,40") == sorted(web.roads)
    assert web.uids(bbox="-180,-90,180,90") == sorted(web.roads)


@pytest.mark.parametrize(
    "text",
    [
        "carriageway_w > 5",
        "carriageway_w BETWEEN 4 AND 6",
        "name LIKE 'Đường%'",
        "name LIKE '100\\%'",
        "name LIKE '%[A]'",
        "name LIKE '_gõ 5'",
        "name = 'O''Hara'",
        "NOT (carriageway_w > 5 OR lanes = 1)",
        "lanes IN (1, 3) AND name <> 'Ngõ 5'",
        "surface IS NULL AND name IS NOT NULL",
        "carriageway_w = 'năm'",
        "name > 5",
        "surface = 'x' OR lanes = 2",
        "NOT surface = 'x'",
    ],
)
def test_a_filter_chooses_what_its_meaning_says(web: Web, text: str) -> None:
    """The meaning is that of the program's own conditions, which no database has a say in."""
    expected = [uid for uid, content in web.roads.items() if evaluate(text, content) is True]
    assert web.uids(filter=text) == sorted(expected)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.sampled_from(
            ["lanes = 1", "lanes > 2", "carriageway_w < 5.5", "name LIKE 'Đ%'", "surface IS NULL", "surface = 'x'"]
        ),
        lambda inner: st.one_of(
            inner.map(lambda one: f"NOT ({one})"),
            st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        ),
        max_leaves=6,
    )
)
def test_any_filter_chooses_the_same_as_its_meaning(web: Web, text: str) -> None:
    expected = [uid for uid, content in web.roads.items() if evaluate(text, content) is True]
    assert web.uids(filter=text) == sorted(expected)


def test_fields_and_times_are_parameters_of_their_own(web: Web) -> None:
    assert web.uids(name="O'Hara", lanes="1") == [uid for uid, road in web.roads.items() if road["name"] == "O'Hara"]
    assert web.uids(datetime="../2020-01-01") == []
    assert web.uids(datetime="2020-01-01/..") == sorted(web.roads)
    assert web.uids(datetime="2020-01-01T00:00:00Z") == []


HOSTILE = "x' OR '1'='1"


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "nothing = 1"},
        {"filter": "name = "},
        {"filter": "name = 'x' AND " * 300 + "lanes = 1"},
        {"filter": "NOT " * 100 + "lanes = 1"},
        {"filter": "lanes = 1; DROP TABLE records"},
        {"filter": "pg_sleep(9) = 1"},
        {"filter-lang": "cql2-json", "filter": "lanes = 1"},
        {"lanes": "one"},
        {"unknown": "1"},
        {'name"]': "1"},
        {"bbox": "1,2,3"},
        {"bbox": "nan,0,1,1"},
        {"bbox": "0,0,1,1", "bbox-crs": "EPSG:4326"},
        {"crs": f"{EPSG}1"},
        {"crs": HOSTILE},
        {"filter": "lanes = 1", "filter-crs": f"{EPSG}1"},
        {"f": "html"},
        {"datetime": "yesterday"},
        {"datetime": "../.."},
        {"datetime": "2020-13-01"},
        {"limit": "0"},
        {"after": "\0"},
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(web: Web, query: dict[str, str]) -> None:
    answer = web.get(ITEMS, **query)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"code", "context"}
    assert web.uids() == sorted(web.roads)


def test_hostile_words_are_only_values(web: Web) -> None:
    assert web.uids(name=HOSTILE) == []
    assert web.uids(filter=f"name = '{HOSTILE.replace(chr(39), chr(39) * 2)}'") == []
    assert web.uids(filter="name = '\"; DROP TABLE records; --'") == []
    for path in ("road_segment'; DROP TABLE records;--/items", "nothing", "road_segment/items/none"):
        assert web.get(f"/ogc/collections/{quote(path)}").status_code == 404


def test_pages_are_followed_with_all_that_was_asked(web: Web) -> None:
    url: str | None = f"{ITEMS}?limit=2&filter={quote('carriageway_w > 3.6')}&crs={quote(EPSG + '9211')}"
    seen: list[str] = []
    while url:
        answer = web.line.get(url)
        assert answer.headers["Content-Crs"] == f"<{EPSG}9211>"
        page = answer.json()
        assert page["numberReturned"] == len(page["features"]) <= 2
        seen += [feature["id"] for feature in page["features"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == sorted(uid for uid, content in web.roads.items() if content["carriageway_w"] > 3.6)


def test_nobody_reads_without_a_key(web: Web) -> None:
    with httpx.Client(base_url=web.url) as anybody:
        assert anybody.get("/ogc/collections").json()["collections"] == []
        for path in ("/ogc/collections/road_segment", ITEMS, f"{ITEMS}/{next(iter(web.roads))}"):
            answer = anybody.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "READER-KEY-MISSING")
        wrong = anybody.get(ITEMS, headers={"X-API-Key": "x" * 32})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "READER-KEY")
        assert anybody.get(ITEMS, headers={"Authorization": f"Bearer {web.key}"}).status_code == 200
        page = anybody.get(ITEMS, params={"key": web.key, "limit": 1}).json()
        following = next(link["href"] for link in page["links"] if link["rel"] == "next")
        assert anybody.get(following).status_code == 200


def test_a_key_has_a_scope_and_an_end(web: Web) -> None:
    key_id, key = create_key(web.gateway, "Sở NN&MT", types=["bridge"])
    _, elsewhere = create_key(web.gateway, "Xã khác", communes=["01156"])
    with httpx.Client(base_url=web.url) as client:
        mine = {"X-API-Key": key}
        assert [one["id"] for one in client.get("/ogc/collections", headers=mine).json()["collections"]] == ["bridge"]
        refused = client.get(ITEMS, headers=mine)
        assert (refused.status_code, refused.json()["code"]) == (403, "READER-SCOPE")
        assert client.get("/ogc/collections/bridge/items", headers=mine).json()["features"] == []
        other = {"X-API-Key": elsewhere}
        assert client.get(ITEMS, headers=other).json()["features"] == []
        assert client.get(f"{ITEMS}/{next(iter(web.roads))}", headers=other).status_code == 404
        revoke_key(web.gateway, key_id)
        assert client.get("/ogc/collections/bridge/items", headers=mine).json()["code"] == "READER-KEY"
    stored = next(one for one in list_keys(web.gateway) if one.key_id == key_id)
    assert (stored.types, stored.communes, stored.personal) == (("bridge",), None, False)
    assert stored.revoked_at is not None
    for call, code in (
        (lambda: revoke_key(web.gateway, key_id), "READER-UNKNOWN"),
        (lambda: create_key(web.gateway, "x", types=["nothing"]), "READER-TYPE"),
    ):
        with pytest.raises(UserError) as caught:
            call()  # type: ignore[no-untyped-call]
        assert caught.value.code == code


def test_what_is_open_needs_no_key(location: str, gateway: Gateway, enrolled: Enrolled) -> None:
    bring(gateway, enrolled(COMMUNE), [change(road())])
    app = build_app(location, GatewaySettings(gateway.settings.folder, open_types=("road_segment",)))
    with serving(app) as url, httpx.Client(base_url=url) as anybody:
        assert [one["id"] for one in anybody.get("/ogc/collections").json()["collections"]] == ["road_segment"]
        assert len(anybody.get(ITEMS).json()["features"]) == 1
        assert anybody.get("/ogc/collections/bridge/items").json()["code"] == "READER-KEY-MISSING"


def test_personal_fields_are_for_keys_with_that_right(location: str, gateway: Gateway, enrolled: Enrolled) -> None:
    from validation.rules.personal import personal_fields

    types = [one for one in gateway.catalogue.types.values() if personal_fields(one)]
    _, plain = create_key(gateway, "thường")
    _, trusted = create_key(gateway, "được tin", personal=True)
    with serving(build_app(location, gateway.settings)) as url, httpx.Client(base_url=url) as client:
        for one in types:
            path, key = f"/ogc/collections/{one.id}/queryables", next(iter(personal_fields(one)))
            assert key not in client.get(path, headers={"X-API-Key": plain}).json()["properties"]
            assert key in client.get(path, headers={"X-API-Key": trusted}).json()["properties"]
            asked = client.get(f"/ogc/collections/{one.id}/items", params={key: "x"}, headers={"X-API-Key": plain})
            assert asked.status_code == 400, "what is hidden cannot be guessed by filtering either"


def test_a_box_finds_the_records_of_several_zones(
    gateway: Gateway, enrolled: Enrolled, location: str, tmp_path: Path
) -> None:
    """A database of the country holds zones side by side; one box in degrees meets records of each."""
    west_zone, east_zone = load_communes()["01273"], load_communes()[COMMUNE]
    here = transform_geometries(line(), epsg_system(east_zone.epsg), WGS84)
    for commune in (west_zone, east_zone):
        shape = transform_geometries(here, WGS84, epsg_system(commune.epsg))
        geometry = geometry_to_hex(shapely.set_precision(shape, 0.0001))
        content = road(name=commune.name, commune_code=commune.code, geometry=geometry)
        receipt = bring(gateway, enrolled(commune.code), [change(content)], epsg=commune.epsg)
        assert receipt.count()["applied"] == 1
    _, key = create_key(gateway, "cả nước")
    with (
        serving(build_app(location, gateway.settings)) as url,
        httpx.Client(base_url=url, headers={"X-API-Key": key}) as client,
    ):
        near = ",".join(map(str, here.bounds))
        found = client.get(ITEMS, params={"bbox": near}).json()["features"]
        away = client.get(ITEMS, params={"bbox": "107,10,108,11"}).json()["features"]
        [collection] = [
            one for one in client.get("/ogc/collections").json()["collections"] if one["id"] == "road_segment"
        ]
    assert {feature["properties"]["name"] for feature in found} == {west_zone.name, east_zone.name}
    assert away == []
    assert "storageCrs" not in collection


def test_a_uid_that_two_communes_hold_is_paged_in_both(gateway: Gateway, enrolled: Enrolled, location: str) -> None:
    here = transform_geometries(line(), epsg_system(load_communes()[COMMUNE].epsg), WGS84)
    first = change(road())
    bring(gateway, enrolled(COMMUNE), [first])
    other = load_communes()["01273"]
    shape = shapely.set_precision(transform_geometries(here, WGS84, epsg_system(other.epsg)), 0.0001)
    content = road(commune_code=other.code, geometry=geometry_to_hex(shape))
    bring(gateway, enrolled(other.code), [change(content, uid=first.uid)], epsg=other.epsg)
    _, key = create_key(gateway, "cả nước")
    seen: list[str] = []
    address: str | None = f"{ITEMS}?limit=1"
    with (
        serving(build_app(location, gateway.settings)) as url,
        httpx.Client(base_url=url, headers={"X-API-Key": key}) as client,
    ):
        while address:
            page = client.get(address).json()
            seen += [feature["properties"]["commune_code"] for feature in page["features"]]
            address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == sorted([COMMUNE, other.code])


def test_pages_give_each_record_once_while_others_write(gateway: Gateway, enrolled: Enrolled, location: str) -> None:
    """What was there from the beginning to the end is seen exactly once, whatever comes and goes meanwhile."""
    device = enrolled(COMMUNE)
    first = [change(road(place)) for place in range(20)]
    bring(gateway, device, first)
    _, key = create_key(gateway, "đọc")
    gone = {item.uid: item for item in first[5:8]}
    with (
        serving(build_app(location, gateway.settings)) as url,
        httpx.Client(base_url=url, headers={"X-API-Key": key}) as client,
    ):
        address: str | None = f"{ITEMS}?limit=3"
        seen: list[str] = []
        page_number = 0
        while address:
            page = client.get(address).json()
            seen += [feature["id"] for feature in page["features"]]
            address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
            page_number += 1
            if page_number == 2:
                bring(gateway, device, [change(road(place)) for place in range(30, 35)])
            if page_number == 3 and gone:
                bases = [
                    change(None, uid=uid, revision=2, base_revision=1, base=item.content) for uid, item in gone.items()
                ]
                bring(gateway, device, bases)
    stayed = {item.uid for item in first} - set(gone)
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)
