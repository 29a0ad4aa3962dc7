"""What tus 1.0 says in headers, read with care and told alike."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import UserError
from province.chunks import CHECKSUMS
from wire.protocol import TUS_VERSION
from wire.signing import decode_bytes

UPLOADS = "/v1/uploads"
METADATA_BYTES = 4096
_DIGITS = 15
_OVERRIDE = b"x-http-method-override"


def read_number(headers: Mapping[str, str], name: str, code: str) -> int:
    """Return a whole number of a header; raise ``UserError`` with ``code`` for anything else."""
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise UserError(code, header=name)
    return int(text)


def read_package_id(metadata: str) -> str:
    """Return ``package_id`` of ``Upload-Metadata``: pairs of a key and base64 text, with commas between.

    Raises UPLOAD-METADATA when it is not there, and for pairs that tus does not allow: a key twice, an empty key, a
    value that is no base64; and for more than ``METADATA_BYTES``.
    """
    found: dict[str, bytes] = {}
    if len(metadata) > METADATA_BYTES or not (metadata.isascii() and metadata.isprintable()):
        raise UserError("UPLOAD-METADATA")
    for pair in metadata.split(","):
        key, _, value = pair.strip(" ").partition(" ")
        if not key or key in found:
            raise UserError("UPLOAD-METADATA")
        try:
            found[key] = decode_bytes(value)
        except ValueError as error:
            raise UserError("UPLOAD-METADATA") from error
    package_id = found.get("package_id", b"").decode("ascii", "replace")
    if len(package_id) != 64 or package_id.strip("0123456789abcdef"):
        raise UserError("UPLOAD-METADATA")
    return package_id


def read_checksum(header: str | None) -> tuple[str, bytes] | None:
    """Return method and digest of ``Upload-Checksum``; raise UPLOAD-CHECKSUM-METHOD for another method or no base64."""
    if header is None:
        return None
    method, _, value = header.partition(" ")
    if method not in CHECKSUMS:
        raise UserError("UPLOAD-CHECKSUM-METHOD", known=list(CHECKSUMS))
    try:
        return method, decode_bytes(value)
    except ValueError as error:
        raise UserError("UPLOAD-CHECKSUM-METHOD", known=list(CHECKSUMS)) from error


def headers_of_error(path: str, code: str) -> dict[str, str]:
    """Return what an error on ``path`` says of tus: its version, and for one that is not spoken here those that are."""
    if path != UPLOADS and not path.startswith(UPLOADS + "/"):
        return {}
    told = {"Tus-Resumable": TUS_VERSION}
    return {**told, "Tus-Version": TUS_VERSION} if code == "TUS-VERSION" else told


class MethodOverride:
    """Takes ``X-HTTP-Method-Override`` for the method of an upload's request, where a proxy lets only POST pass."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and str(scope["path"]).startswith(UPLOADS):
            told = dict(scope["headers"]).get(_OVERRIDE)
            if told is not None:
                scope = {**scope, "method": told.decode("latin-1").upper()}
        await self._app(scope, receive, send)
