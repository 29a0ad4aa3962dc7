"""SQL, and text that databases dislike, in every place that takes text: kept as text or refused, never obeyed.

The places come from the gateway's own description, so that a new call is tried as soon as it is described.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, inspect, select

from core.canonical import sha256_hex
from province.feed import fetch_page
from province.gateway import Gateway
from province.tables import attachments, devices, metadata
from province.taking import take_package
from tests.databases import NewDatabase
from tests.province.conftest import Enrolled, bring, enrol_request, whole_upload
from tests.province.ogc_webs import ITEMS, Web, ogc_web
from tests.province.samples import COMMUNE, Device, change, road
from tests.province.test_fuzz import token_of
from wire.package import Attachment
from wire.receipt import open_receipt

EVIL = [
    "'; DROP TABLE records; --",
    '"; DROP TABLE "records"; --',
    "' OR '1'='1",
    "1 UNION SELECT public_key FROM devices",
    "\\'; SELECT pg_sleep(30); --",
    "$$; DROP TABLE records; $$",
    "%(x)s %s ? :x {0} {x}",
    "Ầ’; DROP TABLE records",
    "x" * 9_000,
]
IN_ADDRESS = [*EVIL, "\u202e'; DROP TABLE records", "\x00", "a\x00b", "\ufffe", "../../../server.key"]
IN_BODY = [*IN_ADDRESS, "\ud800"]


def counts(gateway: Gateway) -> dict[str, int]:
    """How many rows each table has; a table that is gone raises."""
    with gateway.database.reading() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name not in {"nonces", "tokens"}
        }


@pytest.fixture(scope="module")
def web(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with ogc_web(new_database, tmp_path_factory.mktemp("tỉnh")) as found:
        yield found


def _plain(web: Web) -> dict[str, str]:
    return {
        "type_id": "road_segment",
        "uid": min(web.roads),
        "package_id": "a" * 64,
        "digest": "a" * 64,
        "upload_id": "x",
    }


def _addresses(web: Web, path: str, operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Yield path, query and headers of a call with an evil text in one place after the other."""
    plain = _plain(web)
    for parameter in operation.get("parameters", []):
        name, where = parameter["name"], parameter["in"]
        for text in IN_ADDRESS:
            if where == "path":
                yield path.format(**{**plain, name: quote(text, safe="")}), {}, {}
            elif where == "query":
                yield path.format(**plain), {name: text}, {}
            elif "\x00" not in text:
                yield path.format(**plain), {}, {name: text.encode("utf-8")}
    for name in ("Authorization", "X-API-Key", "Upload-Metadata", "Upload-Checksum"):
        for text in EVIL:
            yield path.format(**plain), {}, {name: text.encode("utf-8")}
    for text in EVIL:
        yield path.format(**plain), {text[:200]: "x"}, {}


def test_in_addresses_and_headers(web: Web) -> None:
    before, asked = counts(web.gateway), 0
    token = token_of(web)
    for path, operations in web.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            for address, query, headers in _addresses(web, path, operation):
                known = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}", "X-API-Key": web.key, **headers}
                if address.startswith("/ogc") and "Authorization" not in headers:
                    del known["Authorization"]
                answer = web.line.request(method, address, params=query, headers=known)
                asked += 1
                assert answer.status_code < 500, (method, address[:80], query, headers)
                if answer.status_code >= 400 and method != "head":
                    assert set(answer.json()) == {"code", "context"}
    assert asked > 1_000
    assert counts(web.gateway) == before


def _string_places(schema: dict[str, Any]) -> list[str]:
    return [name for name, kind in schema["properties"].items() if "string" in json.dumps(kind)]


def test_in_bodies(web: Web) -> None:
    described = web.get("/openapi.json").json()
    before, asked = counts(web.gateway), 0
    device = Device(web.gateway.settings.folder, seed=77)
    honest = enrol_request(device, "ABCDEFGH").as_dict() | {"nonce": "n" * 40}
    for path, operations in described["paths"].items():
        body = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        schema = described["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
        facts = {name: honest[name] for name in schema["properties"] if name in honest}
        for name in _string_places(schema):
            for value in (*IN_BODY, None, 1, [], {"$gt": ""}):
                answer = web.line.post(path, content=json.dumps({**facts, name: value}))
                asked += 1
                assert 400 <= answer.status_code < 500, (path, name, value)
                assert set(answer.json()) == {"code", "context"}
        for broken in (b"", b"{", b"\xff", b"[" * 100_000, b'{"a":NaN}', b'"' + b"x" * 2_000_000 + b'"'):
            assert 400 <= web.line.post(path, content=broken).status_code < 500
    assert asked > 100
    assert counts(web.gateway) == before


@pytest.mark.parametrize("name", [text for text in EVIL if len(text) < 200])
def test_a_record_so_named_is_kept_and_found_by_its_name(web: Web, name: str) -> None:
    uid = _bring_named(web, name)
    assert web.uids(name=name) == [uid]
    spelled = name.replace("'", "''")
    assert web.uids(filter=f"name = '{spelled}'") == [uid]
    assert web.get(f"{ITEMS}/{uid}").json()["properties"]["name"] == name
    content = next(item.content for item in _all_changes(web.gateway) if item.uid == uid)
    assert content is not None
    assert content["name"] == name


_places = iter(range(100, 1_000))


def _bring_named(web: Web, name: str) -> str:
    item = change(road(next(_places), name=name, note=name))
    receipt = bring(web.gateway, web.device, [item], approved_by=name[:200])
    assert [outcome.result for outcome in receipt.outcomes] == ["applied"], receipt.outcomes
    return item.uid


def _all_changes(gateway: Gateway) -> list[Any]:
    return list(fetch_page(gateway, COMMUNE, after=0, epoch=None).changes)


@pytest.mark.parametrize("value", ["x' OR uid IS NOT NULL --", "a' AND (SELECT 1) = '1", "'; DROP TABLE uploads; --"])
def test_a_filter_s_value_is_a_value(web: Web, value: str) -> None:
    assert web.uids(name=value) == []
    spelled = value.replace("'", "''")
    assert web.uids(filter=f"name = '{spelled}'") == []
    assert web.uids(filter=f"name LIKE '{spelled}'") == []
    for text in (f"name = '{value}'", f"{value} = 1", f'"{value}" = 1', f"name = 1; {value}"):
        answer = web.get(ITEMS, filter=text)
        assert answer.status_code == 400, text
        assert answer.json()["code"] in {"EXPRESSION-SYNTAX", "FILTER-UNSUPPORTED", "REQUEST-INVALID"}


def test_names_of_devices_and_files_are_text(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    files = []
    for number, name in enumerate(text for text in EVIL if len(text) <= 200):
        data = f"tệp {number}".encode()
        files.append(Attachment(sha256_hex(data), name, len(data), lambda data=data: [data]))  # type: ignore[misc]
    assert _bring_files(gateway, device, files) == ["applied"]
    with gateway.database.reading() as connection:
        kept = set(connection.execute(select(attachments.c.name)).scalars())
        assert connection.execute(select(func.count()).select_from(devices)).scalar_one() == 1
        assert set(inspect(connection).get_table_names()) >= set(metadata.tables)
    assert kept == {item.name for item in files}


def _bring_files(gateway: Gateway, device: Device, files: list[Attachment]) -> list[str]:
    path, package_id = device.seal([change(road())], files)
    data = take_package(gateway, path, whole_upload(device, path, package_id))
    return [outcome.result for outcome in open_receipt(data, gateway.key.public_key()).outcomes]
