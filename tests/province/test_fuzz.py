"""The gateway's description held against it by schemathesis: whatever is asked, every answer is one that is described.

The run here is short and the same each time; ``make soak`` runs long.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync.client import GatewayClient
from tests.databases import NewDatabase
from tests.province.ogc_webs import Web, ogc_web
from wire.protocol import CHUNK_MEDIA_TYPE

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


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


def _ask_all(web: Web, examples: int, *, repeatable: bool) -> list[str]:
    """Ask everything that is described, as a registered device, and return what was answered otherwise."""
    with GatewayClient(
        web.url, device_id=web.device.device_id, private_key=web.device.key, server_key=web.gateway.server_key
    ) as client:
        client.fetch_remarks()
        known = {"X-API-Key": web.key, "Authorization": f"Bearer {client._transport.token}"}
    description = schemathesis.openapi.from_url(f"{web.url}/openapi.json").include(path_regex=PATHS)
    wrong: list[str] = []
    for found in description.get_all_operations():
        operation = found.ok()

        @settings(max_examples=examples, derandomize=repeatable, **USUAL)
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            case.headers = {**(case.headers or {}), **known}
            case.validate_response(case.call(timeout=30), checks=CHECKS)

        try:
            ask()
        except BaseExceptionGroup as errors:
            wrong += [f"{operation.label}: {error}" for error in errors.exceptions]
        except AssertionError as error:
            wrong.append(f"{operation.label}: {error}")
    return wrong


def test_every_answer_is_one_that_is_described(web: Web) -> None:
    assert _ask_all(web, 12, repeatable=True) == []


@pytest.mark.slow
def test_every_answer_is_one_that_is_described_for_long(web: Web) -> None:
    assert _ask_all(web, 150, repeatable=False) == []
