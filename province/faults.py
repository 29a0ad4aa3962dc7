"""One table from what went wrong to what HTTP calls it; every answer is ``{code, context}``."""

import json
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.errors import AppError, EnvironmentFault, UserError
from core.logs import get_log
from province.tus import headers_of_error

STATUS = {
    "CODE-UNKNOWN": 403,
    "CODE-USED": 409,
    "CODE-EXPIRED": 410,
    "CODE-OTHER-COMMUNE": 409,
    "PROOF-WRONG": 403,
    "DEVICE-TAKEN": 409,
    "DEVICE-UNKNOWN": 401,
    "DEVICE-REVOKED": 403,
    "TOKEN-MISSING": 401,
    "TOKEN-INVALID": 401,
    "NONCE-INVALID": 401,
    "PACKAGE-UNKNOWN": 404,
    "HANDOUT-UNKNOWN": 404,
    "READER-KEY-MISSING": 401,
    "READER-KEY": 401,
    "READER-SCOPE": 403,
    "READER-UNKNOWN": 404,
    "UPLOAD-UNKNOWN": 404,
    "UPLOAD-GONE": 410,
    "UPLOAD-BUSY": 423,
    "UPLOAD-OFFSET": 409,
    "UPLOAD-LENGTH": 400,
    "UPLOAD-METADATA": 400,
    "UPLOAD-MEDIA-TYPE": 415,
    "UPLOAD-TOO-LONG": 413,
    "UPLOAD-TOO-MANY": 429,
    "UPLOAD-TOO-MANY-COMMUNE": 429,
    "UPLOAD-QUOTA": 429,
    "UPLOAD-QUOTA-COMMUNE": 429,
    "UPLOAD-CHECKSUM": 460,
    "UPLOAD-CHECKSUM-METHOD": 400,
    "UPLOAD-SLOW": 408,
    "TUS-VERSION": 412,
    "REQUEST-INVALID": 400,
    "NOT-FOUND": 404,
    "METHOD-NOT-ALLOWED": 405,
    "GATEWAY-FAULT": 500,
}
"""Codes not named here are 400 when the sender can put it right, and 503 when only the office can."""

BY_STATUS = {404: "NOT-FOUND", 405: "METHOD-NOT-ALLOWED"}


def status_of(error: AppError) -> int:
    """Return the HTTP status of an error."""
    return STATUS.get(error.code, 400 if isinstance(error, UserError) else 503)


def error_body(error: AppError) -> dict[str, Any]:
    """Return code and facts as plain JSON-able data."""
    return {"code": error.code, "context": json.loads(json.dumps(error.context, default=str, ensure_ascii=False))}


def register_handlers(app: FastAPI) -> None:
    """Let every error leave the gateway in the one form; no trace, no path, no SQL reaches a sender."""
    app.add_exception_handler(AppError, _answer_app_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)


async def _answer_app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101 (what it was registered for)
    if isinstance(error, EnvironmentFault):
        get_log("province").error("environment", code=error.code, context=error.context)
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(error_body(error), status, {**headers, **headers_of_error(request.url.path, error.code)})


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (what it was registered for)
    places = [".".join(map(str, item["loc"])) for item in error.errors()]
    told = headers_of_error(request.url.path, "REQUEST-INVALID")
    return JSONResponse({"code": "REQUEST-INVALID", "context": {"places": places}}, 400, told)


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (what it was registered for)
    code = BY_STATUS.get(error.status_code, "REQUEST-INVALID")
    told = {**(error.headers or {}), **headers_of_error(request.url.path, code)}
    return JSONResponse({"code": code, "context": {}}, error.status_code, told)


async def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    get_log("province").error("unexpected", exc_info=error)
    told = headers_of_error(request.url.path, "GATEWAY-FAULT")
    return JSONResponse({"code": "GATEWAY-FAULT", "context": {}}, 500, told)
