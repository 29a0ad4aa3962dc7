"""How routes say in the OpenAPI description what they answer: each status with its codes and headers."""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from province.faults import STATUS
from wire.protocol import TUS_VERSION

Responses = dict[int | str, dict[str, Any]]

_TEXT = {"type": "string"}
_ERROR = {"$ref": "#/components/schemas/ErrorAnswer"}  # there, because a package's answer holds one
WHOLE = {"type": "string", "pattern": "^[0-9]{1,15}$"}
TUS = {"Tus-Resumable": {"type": "string", "enum": [TUS_VERSION]}}
_ALWAYS = ("REQUEST-INVALID",)


def headers(*required: Mapping[str, Mapping[str, Any]], optional: Mapping[str, Mapping[str, Any]] | None = None) -> Any:
    """Return the description of an answer's headers, each with the schema of its text."""
    told = {name: {"required": True, "schema": schema} for group in required for name, schema in group.items()}
    return told | {name: {"schema": schema} for name, schema in (optional or {}).items()}


def refusals(*codes: str, tus: bool = False) -> Responses:
    """Return the answers to what may be refused with ``codes``: by status, each with exactly its codes.

    Every route may also answer that a request is not well formed, that it has failed (500) and that only the office
    can help (503, any code).
    """
    by_status: dict[int, list[str]] = {}
    for code in sorted({*codes, *_ALWAYS}):
        by_status.setdefault(STATUS.get(code, 400), []).append(code)
    found: Responses = {}
    for status, named in sorted(by_status.items()):
        told = headers(TUS if tus else {}, {"WWW-Authenticate": {"type": "string"}} if status == 401 else {})
        if "TUS-VERSION" in named:
            told |= headers({"Tus-Version": TUS["Tus-Resumable"]})
        found[status] = _error(", ".join(named), named, told)
    always = headers(TUS if tus else {})
    found[500] = _error("The gateway failed; nothing was changed.", ["GATEWAY-FAULT"], always)
    found[503] = content("application/json", _ERROR, "Only the office can help: its disk, its database.", always)
    return found


def _error(description: str, codes: Collection[str], told: Any) -> dict[str, Any]:
    narrowed = {"allOf": [_ERROR, {"type": "object", "properties": {"code": {"type": "string", "enum": list(codes)}}}]}
    return content("application/json", narrowed, description, told)


def content(media_type: str, schema: Mapping[str, Any], description: str, told: Any = None) -> dict[str, Any]:
    """Return the description of an answer with its media type, schema and headers."""
    found = {"description": description, "content": {media_type: {"schema": dict(schema)}}}
    return {**found, "headers": told} if told else found


DEVICE_CODES = ("TOKEN-MISSING", "TOKEN-INVALID", "DEVICE-UNKNOWN", "DEVICE-REVOKED")
READER_CODES = ("READER-KEY",)
SEALED = {
    "type": "object",
    "properties": {"document": {"type": "object"}, "server_key": _TEXT, "signature": _TEXT},
    "required": ["document", "server_key", "signature"],
    "additionalProperties": False,
}
"""A document that the province has signed."""

LINKS = {
    "type": "array",
    "items": {"type": "object", "properties": {"href": _TEXT, "rel": _TEXT}, "required": ["href", "rel"]},
}
_GEOMETRY = {
    "oneOf": [
        {"type": "null"},
        {
            "type": "object",
            "properties": {"type": _TEXT, "coordinates": {"type": "array"}, "geometries": {"type": "array"}},
            "required": ["type"],
        },
    ]
}
FEATURE = {
    "type": "object",
    "properties": {
        "type": {"enum": ["Feature"]},
        "id": _TEXT,
        "geometry": _GEOMETRY,
        "properties": {"type": "object"},
        "links": LINKS,
    },
    "required": ["type", "id", "geometry", "properties"],
}
FEATURES = {
    "type": "object",
    "properties": {
        "type": {"enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": FEATURE},
        "links": LINKS,
        "timeStamp": _TEXT,
        "numberReturned": {"type": "integer", "minimum": 0},
    },
    "required": ["type", "features", "links", "numberReturned"],
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of the gateway's calls for programs, made once.

    What is malformed is answered with 400 in the gateway's own form, so the framework's 422 is left out. What an office
    opens to everybody may be read without a key.
    """
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
        for operation in (one for path in found["paths"].values() for one in path.values()):
            operation["responses"].pop("422", None)
        for path, operations in found["paths"].items():
            for operation in operations.values():
                if path.startswith("/ogc") and "security" in operation:
                    operation["security"].append({})
        for name in ("HTTPValidationError", "ValidationError"):
            found["components"]["schemas"].pop(name, None)
        found["components"]["responses"] = _share_refusals(found["paths"])
        app.openapi_schema = found
    return app.openapi_schema


def _share_refusals(paths: dict[str, Any]) -> dict[str, Any]:
    """Put a reference in the place of each refusal and return what the references name, each refusal once."""
    shared: dict[str, Any] = {}
    for operation in (one for path in paths.values() for one in path.values()):
        answers = operation["responses"]
        for status in [one for one in answers if int(one) >= 400]:
            refusal = answers[status]
            tus = "-tus" if TUS.keys() <= refusal.get("headers", {}).keys() else ""
            name = f"{status}{tus}-{refusal['description'].replace(', ', '.')}" if int(status) < 500 else status + tus
            assert shared.setdefault(name, refusal) == refusal, name  # noqa: S101 (one name says one thing)
            answers[status] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(shared.items()))


_ABOUT = (
    "What a commune's program and other programs ask of the province's gateway. Every error is code and context; its "
    "words are the client's. The words of this protocol are in docs/formats/protocol-v1.md, those of a package and a "
    "receipt in package-v1.md and receipt-v1.md, of reading accepted records in ogc-api.md. The pages for the "
    "province's staff are not described here."
)
