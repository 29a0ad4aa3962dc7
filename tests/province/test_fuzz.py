"""The gateway's description held against it by schemathesis: whatever is asked, every answer is one that is described.

The run here is short and the same each time; ``make soak`` runs long.
"""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import update

from province.faults import STATUS
from province.tables import tokens
from sync.client import GatewayClient
from tests.databases import NewDatabase
from tests.province.ogc_webs import Web, ogc_web
from wire.protocol import CHUNK_MEDIA_TYPE

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
"""An error's codes stand in the schema of its status, so the last check holds each code to where it is described."""

TUS = {"Tus-Resumable": "1.0.0"}


@schemathesis.serializer(CHUNK_MEDIA_TYPE)
def _chunk(context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def web(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with ogc_web(new_database, tmp_path_factory.mktemp("tỉnh")) as found:
        yield found


USUAL: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": (Phase.explicit, Phase.generate),
    "suppress_health_check": list(HealthCheck),
}
PATHS = "^/(v1|ogc)"


def token_of(web: Web) -> str:
    with GatewayClient(
        web.url, device_id=web.device.device_id, private_key=web.device.key, server_key=web.gateway.server_key
    ) as client:
        client.fetch_remarks()
        return str(client._transport.token)


def _what_is_there(web: Web, token: str) -> dict[str, str]:
    """Return names of things that the gateway has, an upload among them that is begun for each question anew."""
    package_id = "a" * 64
    metadata = "package_id " + base64.b64encode(package_id.encode()).decode()
    headers = {**TUS, "Authorization": f"Bearer {token}", "Upload-Length": "64", "Upload-Metadata": metadata}
    place = httpx.post(f"{web.url}/v1/uploads", headers=headers).headers["Location"]
    return {
        "upload_id": place.rpartition("/")[2],
        "package_id": web.device.previous or "",
        "type_id": "road_segment",
        "uid": min(web.roads),
    }


def _ask_all(web: Web, examples: int, mode: GenerationMode, *, repeatable: bool) -> list[str]:
    """Ask everything that is described, as a registered device, and return what was answered otherwise."""
    token = token_of(web)
    known = {"X-API-Key": web.key, "Authorization": f"Bearer {token}"}
    description = schemathesis.openapi.from_url(f"{web.url}/openapi.json").include(path_regex=PATHS)
    wrong: list[str] = []
    idle: list[str] = []  # what takes nothing, or any text, cannot be asked wrongly
    for found in description.get_all_operations():
        operation = found.ok()

        @settings(max_examples=examples, derandomize=repeatable, **USUAL)
        @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
        def ask(case: Any, real: bool) -> None:
            if real and case.path_parameters:
                there = _what_is_there(web, token)
                case.path_parameters = {name: there.get(name, value) for name, value in case.path_parameters.items()}
            case.headers = {**(case.headers or {}), **known}
            case.validate_response(case.call(timeout=30), checks=CHECKS)

        try:
            ask()
        except Unsatisfiable:
            idle.append(operation.label)
        except BaseExceptionGroup as errors:
            wrong += [f"{operation.label}: {error}" for error in errors.exceptions]
        except AssertionError as error:
            wrong.append(f"{operation.label}: {error}")
    assert mode is GenerationMode.NEGATIVE or not idle
    assert not set(idle) & {"PATCH /v1/uploads/{upload_id}", "POST /v1/enrol", "GET /ogc/collections/{type_id}/items"}
    return wrong


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_is_described(web: Web, mode: GenerationMode) -> None:
    assert _ask_all(web, 10, mode, repeatable=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_is_described_for_long(web: Web, mode: GenerationMode) -> None:
    assert _ask_all(web, 150, mode, repeatable=False) == []


def _guarded(web: Web) -> Iterator[tuple[str, str]]:
    """Yield method and path of each call whose description asks for a token of a device."""
    there = _what_is_there(web, token_of(web))
    for path, operations in web.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            if operation.get("security") == [{"device": []}]:
                yield method, path.format(digest="0" * 64, **there)


def test_what_is_described_as_guarded_is_guarded(web: Web) -> None:
    """No token, a reading key, a token of nobody, one that ran out: never more than a refusal."""
    asked = list(_guarded(web))
    stale = token_of(web)
    with web.gateway.database.writing() as connection:
        connection.execute(update(tokens).values(expires_at="2020-01-01T00:00:00.000Z"))
    for headers in ({}, *({"Authorization": f"Bearer {text}"} for text in (web.key, "x" * 43, stale, "' OR 1=1 --"))):
        for method, path in asked:
            answer = httpx.request(method, f"{web.url}{path}", headers={**TUS, **headers}, content=b"")
            assert answer.status_code == 401, (method, path, headers)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert {path.split("/")[2] for _, path in asked} == {"packages", "changes", "remarks", "uploads", "catalogue"}


def test_every_code_of_the_table_is_described_where_it_may_come(web: Web) -> None:
    text = web.get("/openapi.json").text
    elsewhere = {"READER-UNKNOWN", "METHOD-NOT-ALLOWED"}  # a command's; what is no call at all
    assert [code for code in STATUS if f'"{code}"' not in text and code not in elsewhere] == []
