"""The HTTP side of uploads: headers of tus 1.0 in, the same headers out."""

import asyncio
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from core.clock import parse_timestamp
from core.errors import UserError
from province.access import ERRORS, Caller, Parts, Running
from province.chunks import CHECKSUMS, Chunk
from province.uploads import RECEIVING, Upload
from wire.protocol import CHUNK_MEDIA_TYPE, TUS_VERSION
from wire.signing import decode_bytes

_DIGITS = 15


def _check_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != TUS_VERSION:
        raise UserError("TUS-VERSION", known=TUS_VERSION)


def _headers(**patterns: str) -> dict[str, Any]:
    """Return what the description says of a request's headers beside ``Tus-Resumable``, each with its pattern."""
    told = {"Tus-Resumable": f"^{TUS_VERSION.replace('.', '[.]')}$"}
    told |= {name.replace("_", "-").title(): pattern for name, pattern in patterns.items()}
    return {
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": name not in _OPTIONAL,
                "schema": {"type": "string", "pattern": pattern},
            }
            for name, pattern in told.items()
        ]
    }


_OPTIONAL = frozenset({"Upload-Checksum"})
_NUMBER = "^[0-9]{1,15}$"
_METADATA = "^package_id [A-Za-z0-9+/]+=*$"
_CHUNK = {"content": {CHUNK_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "required": True}

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], responses=ERRORS)
checked = [Depends(_check_version)]


@router.options("", status_code=204, summary="What this server can do")
def describe(parts: Running) -> Response:
    """Return the extensions and the largest package taken; needs no token."""
    headers = {
        "Tus-Resumable": TUS_VERSION,
        "Tus-Version": TUS_VERSION,
        "Tus-Extension": "creation,checksum,expiration,termination",
        "Tus-Max-Size": str(parts.gateway.settings.limits.archive_bytes),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "",
    status_code=201,
    dependencies=checked,
    summary="Begin, or find again, the upload of a package",
    openapi_extra=_headers(upload_length=_NUMBER, upload_metadata=_METADATA),
)
def create(request: Request, caller: Caller, parts: Running) -> Response:
    """Take ``Upload-Length`` and ``Upload-Metadata`` with ``package_id``; one package always gives one ``Location``."""
    length = _read_number(request.headers, "Upload-Length", "UPLOAD-LENGTH")
    package_id = _read_package_id(request.headers.get("Upload-Metadata", ""))
    upload = parts.uploads.create(caller, package_id, length)
    return Response(status_code=201, headers={**_facts(upload), "Location": f"/v1/uploads/{upload.upload_id}"})


@router.head("/{upload_id}", dependencies=checked, summary="How many bytes are safe", openapi_extra=_headers())
def locate(upload_id: str, caller: Caller, parts: Running) -> Response:
    """Return ``Upload-Offset``: the bytes that are on disk here, whatever happens next."""
    upload = parts.uploads.find(caller, upload_id)
    return Response(headers={**_facts(upload), "Upload-Length": str(upload.length)})


@router.patch(
    "/{upload_id}",
    status_code=204,
    dependencies=checked,
    summary="Send bytes from an offset on",
    openapi_extra={
        **_headers(upload_offset=_NUMBER, upload_checksum="^(sha1|sha256) [A-Za-z0-9+/]+=*$"),
        "requestBody": _CHUNK,
    },
)
async def append(upload_id: str, request: Request, caller: Caller, parts: Running) -> Response:
    """Append the body at ``Upload-Offset``; with ``Upload-Checksum``, a body that differs leaves nothing (460)."""
    if request.headers.get("Content-Type") != CHUNK_MEDIA_TYPE:
        raise UserError("UPLOAD-MEDIA-TYPE", wanted=CHUNK_MEDIA_TYPE)
    offset = _read_number(request.headers, "Upload-Offset", "UPLOAD-OFFSET")
    checksum = _read_checksum(request.headers.get("Upload-Checksum"))
    with parts.uploads.holding(upload_id):
        upload = await run_in_threadpool(parts.uploads.find, caller, upload_id)
        if upload.state != RECEIVING:
            if offset == upload.length:
                return Response(status_code=204, headers=_facts(upload))
            raise UserError("UPLOAD-OFFSET", offset=upload.received)
        if offset != upload.received:
            raise UserError("UPLOAD-OFFSET", offset=upload.received)
        received, broken = await _receive(request, parts, upload, checksum)
        whole = await run_in_threadpool(parts.uploads.note, upload, received)
    if whole:
        parts.intake.submit((upload.commune_code, upload_id))
    if broken:
        raise UserError("UPLOAD-SLOW", offset=received)
    return Response(status_code=204, headers={**_facts(upload), "Upload-Offset": str(received)})


async def _receive(
    request: Request, parts: Parts, upload: Upload, checksum: tuple[str, bytes] | None
) -> tuple[int, bool]:
    """Write the body as it comes and return the offset on disk, and whether the sender fell silent."""
    broken = False
    with parts.uploads.path(upload.upload_id).open("r+b") as file:
        chunk = Chunk(file, upload, checksum)
        pieces = request.stream().__aiter__()
        try:
            while True:
                chunk.add(await asyncio.wait_for(anext(pieces), parts.gateway.settings.patience_s))
        except StopAsyncIteration:
            pass
        except (TimeoutError, ClientDisconnect):
            broken = True
        return await run_in_threadpool(chunk.finish, broken=broken), broken


@router.delete(
    "/{upload_id}", status_code=204, dependencies=checked, summary="Give an upload up", openapi_extra=_headers()
)
def terminate(upload_id: str, caller: Caller, parts: Running) -> Response:
    """Forget what was received; a package that was taken stays taken."""
    parts.uploads.terminate(caller, upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": TUS_VERSION})


def _facts(upload: Upload) -> dict[str, str]:
    facts = {"Tus-Resumable": TUS_VERSION, "Upload-Offset": str(upload.received), "Cache-Control": "no-store"}
    if upload.state == RECEIVING:
        facts["Upload-Expires"] = _http_date(upload.expires_at)
    return facts


def _http_date(moment: str) -> str:
    return format_datetime(parse_timestamp(moment), usegmt=True)


def _read_number(headers: Mapping[str, str], name: str, code: str) -> int:
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise UserError(code, header=name)
    return int(text)


def _read_package_id(metadata: str) -> str:
    """Return ``package_id`` of a tus metadata header: pairs of a key and base64 text, with commas between."""
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "package_id":
            try:
                found = decode_bytes(value).decode("ascii")
            except ValueError:
                break
            if len(found) == 64 and not found.strip("0123456789abcdef"):
                return found
    raise UserError("UPLOAD-METADATA")


def _read_checksum(header: str | None) -> tuple[str, bytes] | None:
    if header is None:
        return None
    method, _, value = header.partition(" ")
    if method not in CHECKSUMS:
        raise UserError("UPLOAD-CHECKSUM-METHOD", known=list(CHECKSUMS))
    try:
        return method, decode_bytes(value)
    except ValueError as error:
        raise UserError("UPLOAD-CHECKSUM-METHOD", known=list(CHECKSUMS)) from error
