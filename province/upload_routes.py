"""The HTTP side of uploads: headers of tus 1.0 in, the same headers out."""

import asyncio
from email.utils import format_datetime
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from core.clock import parse_timestamp
from core.errors import UserError
from province.access import Caller, Parts, Running
from province.chunks import CHECKSUMS, Chunk
from province.describing import DEVICE_CODES, TUS, WHOLE, Responses, headers, refusals
from province.tus import UPLOADS, read_checksum, read_number, read_package_id
from province.upload_quotas import FULL, full_disk
from province.uploads import RECEIVED, RECEIVING, Upload
from wire.protocol import CHUNK_MEDIA_TYPE, TUS_VERSION


async def _check_version(request: Request) -> None:
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
_METADATA = "^(.*,)?package_id [A-Za-z0-9+/]+=*(,.*)?$"
_CHUNK = {"content": {CHUNK_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "required": True}

_TEXT: dict[str, Any] = {"type": "string"}
_OFFSET: dict[str, Any] = {"Upload-Offset": WHOLE, "Cache-Control": {"type": "string", "enum": ["no-store"]}}
_EXPIRES = {"Upload-Expires": _TEXT}
_PLACE = {"Location": {"type": "string", "pattern": f"^{UPLOADS}/[0-9a-f-]{{36}}$"}}
_OF_UPLOAD = (*DEVICE_CODES, "TUS-VERSION", "UPLOAD-UNKNOWN", "UPLOAD-GONE")


def _answers(status: int, description: str, told: Any, *codes: str) -> Responses:
    return {status: {"description": description, "headers": told}, **refusals(*codes, tus=True)}


router = APIRouter(prefix=UPLOADS, tags=["uploads"])
checked = [Depends(_check_version)]


@router.options(
    "",
    status_code=204,
    summary="What this server can do",
    responses=_answers(
        204,
        "Versions, extensions, and the largest package taken",
        headers(TUS, dict.fromkeys(("Tus-Version", "Tus-Extension", "Tus-Checksum-Algorithm"), _TEXT))
        | headers({"Tus-Max-Size": WHOLE}),
    ),
)
def describe(parts: Running) -> Response:
    """Return the extensions and the largest package taken; needs no token."""
    told = {
        "Tus-Resumable": TUS_VERSION,
        "Tus-Version": TUS_VERSION,
        "Tus-Extension": "creation,checksum,expiration,termination",
        "Tus-Max-Size": str(parts.gateway.settings.limits.archive_bytes),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Response(status_code=204, headers=told)


@router.post(
    "",
    status_code=201,
    dependencies=checked,
    summary="Begin, or find again, the upload of a package",
    response_class=Response,
    openapi_extra=_headers(upload_length=_NUMBER, upload_metadata=_METADATA),
    responses=_answers(
        201,
        "Where the package's bytes go",
        headers(TUS, _OFFSET, _PLACE, optional=_EXPIRES),
        *DEVICE_CODES,
        "TUS-VERSION",
        "UPLOAD-LENGTH",
        "UPLOAD-METADATA",
        "UPLOAD-TOO-LONG",
        "UPLOAD-TOO-MANY",
        "UPLOAD-TOO-MANY-COMMUNE",
        "UPLOAD-QUOTA",
        "UPLOAD-QUOTA-COMMUNE",
    ),
)
def create(request: Request, caller: Caller, parts: Running) -> Response:
    """Take ``Upload-Length`` and ``Upload-Metadata`` with ``package_id``; one package always gives one ``Location``."""
    length = read_number(request.headers, "Upload-Length", "UPLOAD-LENGTH")
    metadata = request.headers.get("Upload-Metadata", "")
    package_id = read_package_id(metadata)
    upload = parts.uploads.create(caller, package_id, length, metadata)
    return Response(status_code=201, headers={**_facts(upload), "Location": f"{UPLOADS}/{upload.upload_id}"})


@router.head(
    "/{upload_id}",
    dependencies=checked,
    summary="How many bytes are safe",
    response_class=Response,
    openapi_extra=_headers(),
    responses=_answers(
        200,
        "How far the upload is",
        headers(TUS, _OFFSET, {"Upload-Length": WHOLE}, optional={**_EXPIRES, "Upload-Metadata": _TEXT}),
        *_OF_UPLOAD,
    ),
)
def locate(upload_id: str, caller: Caller, parts: Running) -> Response:
    """Return ``Upload-Offset``: the bytes that are on disk here, whatever happens next."""
    upload = parts.uploads.find(caller, upload_id)
    said = {"Upload-Metadata": upload.metadata} if upload.metadata else {}
    return Response(headers={**_facts(upload), "Upload-Length": str(upload.length), **said})


@router.patch(
    "/{upload_id}",
    status_code=204,
    dependencies=checked,
    summary="Send bytes from an offset on",
    openapi_extra={
        **_headers(upload_offset=_NUMBER, upload_checksum="^(sha1|sha256) [A-Za-z0-9+/]+=*$"),
        "requestBody": _CHUNK,
    },
    responses=_answers(
        204,
        "The bytes are on disk",
        headers(TUS, _OFFSET, optional=_EXPIRES),
        *_OF_UPLOAD,
        "UPLOAD-MEDIA-TYPE",
        "UPLOAD-OFFSET",
        "UPLOAD-BUSY",
        "UPLOAD-TOO-LONG",
        "UPLOAD-CHECKSUM",
        "UPLOAD-CHECKSUM-METHOD",
        "UPLOAD-SLOW",
    ),
)
async def append(upload_id: str, request: Request, caller: Caller, parts: Running) -> Response:
    """Append the body at ``Upload-Offset``; with ``Upload-Checksum``, a body that differs leaves nothing (460)."""
    if request.headers.get("Content-Type") != CHUNK_MEDIA_TYPE:
        raise UserError("UPLOAD-MEDIA-TYPE", wanted=CHUNK_MEDIA_TYPE)
    offset = read_number(request.headers, "Upload-Offset", "UPLOAD-OFFSET")
    checksum = read_checksum(request.headers.get("Upload-Checksum"))
    with parts.uploads.holding(upload_id):
        upload = await run_in_threadpool(parts.uploads.find, caller, upload_id)
        if upload.state != RECEIVING:
            if offset == upload.length:
                return Response(status_code=204, headers=_facts(upload))
            raise UserError("UPLOAD-OFFSET", offset=upload.received)
        if offset != upload.received:
            raise UserError("UPLOAD-OFFSET", offset=upload.received)
        received, broken = await _receive(request, parts, upload, checksum)
        upload = await run_in_threadpool(parts.uploads.note, upload, received)
    if upload.state == RECEIVED:
        parts.intake.submit((upload.commune_code, upload_id))
    if broken:
        raise UserError("UPLOAD-SLOW", offset=received)
    return Response(status_code=204, headers=_facts(upload))


async def _receive(
    request: Request, parts: Parts, upload: Upload, checksum: tuple[str, bytes] | None
) -> tuple[int, bool]:
    """Write the body as it comes and return the offset on disk, and whether the sender fell silent.

    Raises GATEWAY-DISK when the disk takes no more; the upload then stands where it stood.
    """
    try:
        return await _write(request, parts, upload, checksum)
    except OSError as error:
        if error.errno in FULL:
            raise full_disk(parts.gateway.settings, upload.length - upload.received) from error
        raise


async def _write(
    request: Request, parts: Parts, upload: Upload, checksum: tuple[str, bytes] | None
) -> tuple[int, bool]:
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
    "/{upload_id}",
    status_code=204,
    dependencies=checked,
    summary="Give an upload up",
    openapi_extra=_headers(),
    responses=_answers(204, "It is forgotten", headers(TUS), *_OF_UPLOAD, "UPLOAD-BUSY"),
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
