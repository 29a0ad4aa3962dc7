"""Enrolment, tokens, packages, changes and remarks over HTTP."""

import asyncio
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from core.errors import UserError
from province.access import Caller, Parts, Running
from province.describing import DEVICE_CODES, refusals
from province.feed import fetch_page
from province.sessions import Session, enrol, issue_nonce, issue_token
from province.tables import remarks
from province.taking import find_receipt
from province.uploads import HELD, RECEIVING, REFUSED, Upload, UploadKey
from wire.protocol import (
    ChangesPage,
    Enrolment,
    EnrolRequest,
    ErrorAnswer,
    HealthAnswer,
    NonceAnswer,
    NonceRequest,
    PackageAnswer,
    RemarkItem,
    RemarksAnswer,
    TokenAnswer,
    TokenRequest,
)

LONGEST_WAIT_S = 25.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0  # between looks at what another worker takes
_TOLD_PAUSE_S = 5.0  # what this worker takes is told by its bell
_DIGEST = re.compile(r"[0-9a-f]{64}")

router = APIRouter(prefix="/v1")


@router.get("/health", tags=["gateway"], summary="That this is a gateway, and whose", responses=refusals())
def health(parts: Running) -> HealthAnswer:
    """Return the server's key, its database's epoch and its time; needs no token."""
    gateway = parts.gateway
    with gateway.database.reading():
        return HealthAnswer(server_key=gateway.server_key, epoch=gateway.epoch, time=gateway.now())


@router.post(
    "/enrol",
    tags=["devices"],
    summary="Register a device with a one-time code",
    responses=refusals(
        "CODE-UNKNOWN", "CODE-USED", "CODE-EXPIRED", "CODE-OTHER-COMMUNE", "PROOF-WRONG", "DEVICE-TAKEN"
    ),
)
def post_enrolment(request: EnrolRequest, parts: Running) -> Enrolment:
    """Return whose commune the device now speaks for; the same device and code give the same answer again."""
    return enrol(parts.gateway, request)


@router.post(
    "/nonces",
    tags=["devices"],
    summary="Ask for a challenge",
    responses=refusals("DEVICE-UNKNOWN", "DEVICE-REVOKED"),
)
def post_nonce(request: NonceRequest, parts: Running) -> NonceAnswer:
    """Return a challenge that a registered device signs to get a token."""
    return issue_nonce(parts.gateway, request.device_id)


@router.post(
    "/tokens",
    tags=["devices"],
    summary="Answer a challenge",
    responses=refusals("NONCE-INVALID", "PROOF-WRONG", "DEVICE-UNKNOWN", "DEVICE-REVOKED"),
)
def post_token(request: TokenRequest, parts: Running) -> TokenAnswer:
    """Return an opaque token, good for a quarter of an hour."""
    return issue_token(parts.gateway, request)


@router.get(
    "/packages/{package_id}",
    tags=["packages"],
    summary="Where a package stands, and its receipt",
    response_model=PackageAnswer,
    responses=refusals(*DEVICE_CODES, "PACKAGE-UNKNOWN"),
)
async def get_package(
    package_id: str, caller: Caller, parts: Running, wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0
) -> Response:
    """Return the state, waiting up to ``wait`` seconds for a final one."""
    if not _DIGEST.fullmatch(package_id):
        raise UserError("PACKAGE-UNKNOWN", package_id=package_id[:64])
    clock = asyncio.get_running_loop().time
    end = clock() + wait
    found = await run_in_threadpool(_find_package, parts, caller, package_id)
    if found.waits_for is None or not wait:
        return _answered(found.answer, found.receipt)
    intake, pause = parts.intake, _FIRST_PAUSE_S
    with intake.bell.heard(found.waits_for) as rung:
        while found.waits_for is not None and (left := end - clock()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), min(_TOLD_PAUSE_S if intake.has(found.waits_for) else pause, left))
            rung.clear()
            found = await run_in_threadpool(_find_package, parts, caller, package_id)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
    return _answered(found.answer, found.receipt)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where a package stands: its receipt apart, and the upload that is yet to be taken, if one is."""

    answer: PackageAnswer
    receipt: bytes | None = None
    waits_for: UploadKey | None = None


def _answered(answer: PackageAnswer, receipt: bytes | None) -> Response:
    """Return the body of an answer, the receipt in it byte for byte as it is stored."""
    body = answer.model_dump_json().encode("utf-8")
    if receipt is not None:
        body = body.replace(b'"receipt":null', b'"receipt":' + receipt)
    return Response(body, media_type="application/json")


def _find_package(parts: Parts, caller: Session, package_id: str) -> _Stage:
    """Return where a package stands; raise PACKAGE-UNKNOWN when nobody sent it."""
    with parts.gateway.database.reading() as connection:
        receipt = find_receipt(connection, caller.commune_code, package_id)
        if receipt is not None:
            return _Stage(PackageAnswer(package_id=package_id, state="applied"), receipt)
        upload = parts.uploads.find_package(connection, caller, package_id)
    if upload is None:
        raise UserError("PACKAGE-UNKNOWN", package_id=package_id[:64])
    answer = _answer_of(upload)
    is_coming = answer.state == "received"
    return _Stage(answer, waits_for=(upload.commune_code, upload.upload_id) if is_coming else None)


def _answer_of(upload: Upload) -> PackageAnswer:
    package_id = upload.package_id
    if upload.state == RECEIVING:
        return PackageAnswer(package_id=package_id, state="receiving", offset=upload.received, length=upload.length)
    if upload.state == HELD:
        return PackageAnswer(package_id=package_id, state="held", missing_sequences=json.loads(upload.error or "[]"))
    if upload.state == REFUSED:
        error = ErrorAnswer.model_validate_json(upload.error or "{}")
        return PackageAnswer(package_id=package_id, state="refused", error=error)
    return PackageAnswer(package_id=package_id, state="received")


@router.get(
    "/changes",
    tags=["changes"],
    summary="What happened to the commune's records",
    responses=refusals(*DEVICE_CODES),
)
def get_changes(
    caller: Caller,
    parts: Running,
    after: Annotated[int, Query(ge=0, lt=1 << 53)] = 0,
    epoch: Annotated[str | None, Query(max_length=36)] = None,
) -> ChangesPage:
    """Return the versions after ``after`` in commit order; another ``epoch`` than the server's begins at the start."""
    return fetch_page(parts.gateway, caller.commune_code, after=after, epoch=epoch)


@router.get(
    "/remarks",
    tags=["remarks"],
    summary="The province's remarks for the commune",
    responses=refusals(*DEVICE_CODES),
)
def get_remarks(caller: Caller, parts: Running) -> RemarksAnswer:
    """Return every remark of the caller's commune, newest first."""
    query = select(remarks).where(remarks.c.commune_code == caller.commune_code)
    with parts.gateway.database.reading() as connection:
        rows = connection.execute(query.order_by(remarks.c.created_at.desc(), remarks.c.remark_id)).all()
    return RemarksAnswer(
        remarks=tuple(
            RemarkItem(
                remark_id=row.remark_id,
                uid=row.uid,
                type_id=row.type_id,
                field=row.field,
                place=None if row.x is None else (row.x, row.y),
                text=row.text,
                deadline=row.deadline,
                created_at=row.created_at,
                closed_at=row.closed_at,
            )
            for row in rows
        )
    )
