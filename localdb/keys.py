"""This computer's signing key for one workspace; it lives in the user's own folder, never in the workspace."""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import EnvironmentFault
from core.identity import is_uid, new_uid
from core.settings import config_folder

AUTHORITY = ".ca.pem"


@dataclass(frozen=True, slots=True)
class Device:
    """One computer in the eyes of one workspace; a copied or restored workspace elsewhere is another device.

    ``enrolment`` is what the province answered when the device enrolled, ``None`` before.
    """

    device_id: str
    private_key: Ed25519PrivateKey
    enrolment: dict[str, Any] | None


def load_device(workspace_id: str) -> Device:
    """Return this computer's device for the workspace, made on first use; raise DEVICE-KEY when its file is damaged."""
    path = _path(workspace_id)
    if not path.exists():
        _create(path)
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(facts["private_key"]))
        return Device(facts["device_id"], key, facts.get("enrolment"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault("DEVICE-KEY", file=str(path)) from error


def load_device_key(workspace_id: str) -> Ed25519PrivateKey:
    """Return the private key with which this computer signs the workspace's packages."""
    return load_device(workspace_id).private_key


def save_enrolment(workspace_id: str, enrolment: dict[str, Any]) -> None:
    """Keep what the province answered to the enrolment, beside the key."""
    load_device(workspace_id)
    path = _path(workspace_id)
    facts = json.loads(path.read_text(encoding="utf-8"))
    _write(path, {**facts, "enrolment": enrolment})


def authority_file(workspace_id: str) -> Path | None:
    """Return the file of the authority that the office named for its gateway, ``None`` for the computer's own."""
    path = _path(workspace_id).with_suffix(AUTHORITY)
    return path if path.is_file() else None


def save_authority(workspace_id: str, source: Path) -> None:
    """Keep a copy of an authority's certificates, beside the key; raise DEVICE-KEY when that is not possible."""
    path = _path(workspace_id).with_suffix(AUTHORITY)
    temporary = path.with_suffix(f".{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.write_bytes(source.read_bytes())
        temporary.replace(path)
    except OSError as error:
        raise EnvironmentFault("DEVICE-KEY", file=str(path)) from error


def _path(workspace_id: str) -> Path:
    if not is_uid(workspace_id):
        raise EnvironmentFault("STORE-DAMAGED", file="workspace_info", what="workspace_id")
    return config_folder() / "devices" / f"{workspace_id}.json"


def _create(path: Path) -> None:
    raw = Ed25519PrivateKey.generate().private_bytes_raw()
    _write(path, {"device_id": new_uid(), "private_key": base64.b64encode(raw).decode("ascii"), "enrolment": None})


def _write(path: Path, facts: dict[str, Any]) -> None:
    """Put the file in place whole or not at all, readable by its owner alone."""
    temporary = path.with_suffix(f".{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(facts, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise EnvironmentFault("DEVICE-KEY", file=str(path)) from error
