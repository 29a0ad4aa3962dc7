"""Packages that come on a stick: taken in at the gateway's own machine by the road that uploads take."""

import json
import os
import shutil
from pathlib import Path

from core.errors import EnvironmentFault, UserError
from province.gateway import Gateway
from province.intake import Intake
from province.sessions import Session, find_session
from province.taking import find_receipt
from province.uploads import HELD, RECEIVING, REFUSED, TAKEN, Upload, Uploads
from wire.package import read_header

RECEIPT_SUFFIX = ".receipt.json"


def take_file(gateway: Gateway, path: Path) -> tuple[str, bytes]:
    """Take the package at ``path`` and return its id and its sealed receipt; one that was taken before gives its own.

    Whoever brings a package is nobody: its device, commune and signature are judged as those of an upload, a refused
    one lies in quarantine. Raise what refuses it, PACKAGE-HELD when it waits for an earlier package of its device, and
    ``EnvironmentFault`` GATEWAY-FILE when it cannot be read.
    """
    try:
        length = path.stat().st_size
        header = read_header(path, limits=gateway.settings.limits)
    except OSError as error:
        raise EnvironmentFault("GATEWAY-FILE", file=str(path), reason=error.strerror or str(error)) from error
    session = _sender(gateway, header.device_id)
    uploads = Uploads(gateway)
    upload = uploads.create(session, header.package_id, length)
    if upload.state == RECEIVING:
        with uploads.holding(upload.upload_id):
            _fill(uploads, upload, path)
    key = (session.commune_code, upload.upload_id)
    Intake(gateway, uploads).process(key)
    return header.package_id, _receipt_of(gateway, uploads.get(*key))


def _sender(gateway: Gateway, device_id: str) -> Session:
    with gateway.database.reading() as connection:
        try:
            return find_session(connection, device_id)
        except UserError as error:
            if error.code != "DEVICE-UNKNOWN":
                raise
            raise UserError("PACKAGE-UNKNOWN-DEVICE", device=device_id) from error


def _fill(uploads: Uploads, upload: Upload, path: Path) -> None:
    """Write what is missing of an upload; part of it may have come over the line."""
    try:
        with path.open("rb") as source, uploads.path(upload.upload_id).open("rb+") as target:
            target.truncate(upload.received)
            source.seek(upload.received)
            target.seek(upload.received)
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
            received = target.tell()
    except OSError as error:
        raise EnvironmentFault("GATEWAY-FILE", file=str(path), reason=error.strerror or str(error)) from error
    if received != upload.length:
        raise UserError("UPLOAD-LENGTH", length=upload.length)
    uploads.note(upload, received)


def _receipt_of(gateway: Gateway, upload: Upload) -> bytes:
    if upload.state == TAKEN:
        with gateway.database.reading() as connection:
            receipt = find_receipt(connection, upload.commune_code, upload.package_id)
        if receipt is not None:
            return receipt
    if upload.state == HELD:
        raise UserError("PACKAGE-HELD", package=upload.package_id[:16], missing=json.loads(upload.error or "[]"))
    if upload.state == REFUSED:
        told = json.loads(upload.error or "{}")
        raise UserError(told.get("code", "GATEWAY-FAULT"), **told.get("context", {}))
    raise EnvironmentFault("GATEWAY-LATER", package=upload.package_id[:16])
