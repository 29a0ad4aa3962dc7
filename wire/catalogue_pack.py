"""The catalogue pack: record types, code lists and rules that an office hands out, signed, in one file.

A zip in the one permitted form of a package (``wire.archive``): ``pack.json``, ``signature``, then the files under
``definitions/``, ``choices/``, ``rules/``, ``profiles/`` and ``tolerances/`` in order of their names, each accounted
for by its hash in ``pack.json``.
"""

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from core.canonical import canonical_json, sha256_hex
from core.errors import EnvironmentFault, UserError
from forms.sources import Sources
from wire.archive import Archive, Entry, open_archive, write_archive
from wire.header import Closed, Digest, Moment, Name, Uid
from wire.limits import Limits
from wire.plain import parse_canonical
from wire.signing import (
    PrivateKey,
    decode_bytes,
    encode_bytes,
    parse_public,
    public_text,
    sign,
    verify,
)

FORMAT = 1
HEADER, SIGNATURE = "pack.json", "signature"
LIMITS = Limits(
    archive_bytes=32 << 20, entry_bytes=16 << 20, total_bytes=64 << 20, text_bytes=16 << 20, entries=2000, records=0
)

_SIGNED_AS = b"diaba catalogue pack\n"
_FOLDERS: Mapping[str, str] = {
    "definitions": "yaml",
    "choices": "csv",
    "rules": "yaml",
    "profiles": "yaml",
    "tolerances": "csv",
}
_FILE = re.compile(r"(definitions|choices|rules|profiles|tolerances)/([a-z_][a-z0-9_]{0,62})\.(yaml|csv)")


class PackHeader(Closed):
    """What a pack says of itself.

    ``pack_id`` stays the same through its versions. ``provinces`` names those it is meant for, none for all;
    ``program`` is the oldest version of this program that reads it rightly.
    """

    pack_id: Uid
    version: Annotated[int, Field(ge=1, lt=1 << 31)]
    name: Mapping[Literal["vi", "en"], Name]
    issuer: Name
    issued_at: Moment
    provinces: tuple[Annotated[str, StringConstraints(pattern=r"^\d{2}$")], ...] = ()
    program: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] = "0.1.0"
    issuer_key: str = ""
    files: Mapping[str, Digest] = Field(default_factory=dict)
    format: int = FORMAT

    def encode(self) -> bytes:
        """Return the bytes of ``pack.json``."""
        return canonical_json(self.as_dict())


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack of whole form: every byte accounted for, signed by the key it names; whom to trust is said elsewhere."""

    header: PackHeader
    sources: Sources

    @property
    def hash(self) -> str:
        """The SHA-256 of the header, which speaks for every file."""
        return sha256_hex(self.header.encode())


def fingerprint(key_text: str) -> str:
    """Return a public key as people compare it: the first 40 hexadecimal digits of its SHA-256 in groups of four."""
    digest = sha256_hex(key_text.encode("utf-8"))[:40]
    return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4))


def write_pack(path: Path, header: PackHeader, sources: Sources, key: PrivateKey) -> Pack:
    """Seal a pack at ``path`` and return it; it appears whole or not at all.

    Raises PACK-EMPTY without files, PACK-FILE-NAME for a name a pack cannot hold, PACKAGE-DISK when the disk refuses.
    """
    files = _flatten(sources)
    if not files:
        raise UserError("PACK-EMPTY")
    for name in files:
        if not _is_name(name):
            raise UserError("PACK-FILE-NAME", file=name)
    full = header.model_copy(
        update={
            "issuer_key": public_text(key),
            "files": {name: sha256_hex(files[name]) for name in sorted(files)},
        }
    )
    signature = encode_bytes(sign(key, _SIGNED_AS + full.encode())) + "\n"
    entries = [Entry(HEADER, [full.encode()]), Entry(SIGNATURE, [signature.encode("ascii")])]
    entries += [Entry(name, [files[name]]) for name in sorted(files)]
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("w+b") as file:
            write_archive(file, entries)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise EnvironmentFault("PACKAGE-DISK", file=str(path), reason=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return Pack(full, sources)


def read_pack(path: Path, *, limits: Limits = LIMITS) -> Pack:
    """Return the pack at ``path``.

    Raises PACK-DAMAGED naming the file in which a byte differs, PACK-FORMAT for a later format, PACK-FORGED when the
    signature is not that of the key it names, and the container's PACKAGE-DAMAGED, -HOSTILE, -TOO-LARGE, -MISSING.
    """
    file, archive = open_archive(path, limits)
    with file:
        names = archive.names
        if names[:2] != [HEADER, SIGNATURE] or not all(map(_is_name, names[2:])) or names[2:] != sorted(names[2:]):
            raise UserError("PACK-DAMAGED", file=path.name)
        header = _parse_header(archive.read(HEADER))
        _check_signature(archive, header)
        if list(header.files) != names[2:]:
            raise UserError("PACK-DAMAGED", file=HEADER)
        files = {name: archive.read(name) for name in names[2:]}
        for name, data in files.items():
            if sha256_hex(data) != header.files[name]:
                raise UserError("PACK-DAMAGED", file=name)
        archive.check_seal()
    return Pack(header, _gather(files))


def _parse_header(data: bytes) -> PackHeader:
    try:
        found = parse_canonical(data)
        if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] != FORMAT:
            raise UserError("PACK-FORMAT", format=found["format"], known=FORMAT)
        header = PackHeader.model_validate_json(data)
    except (ValueError, RecursionError, ValidationError) as error:
        raise UserError("PACK-DAMAGED", file=HEADER) from error
    if header.encode() != data:
        raise UserError("PACK-DAMAGED", file=HEADER)
    return header


def _check_signature(archive: Archive, header: PackHeader) -> None:
    try:
        signature = decode_bytes(archive.read(SIGNATURE).decode("ascii").removesuffix("\n"))
        key = parse_public(header.issuer_key)
    except ValueError as error:
        raise UserError("PACK-FORGED") from error
    if not verify(key, _SIGNED_AS + header.encode(), signature):
        raise UserError("PACK-FORGED")


def _is_name(name: str) -> bool:
    found = _FILE.fullmatch(name)
    return found is not None and _FOLDERS[found[1]] == found[3]


def _flatten(sources: Sources) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for folder in _FOLDERS for name, data in getattr(sources, folder).items()}


def _gather(files: Mapping[str, bytes]) -> Sources:
    found: dict[str, Any] = {folder: {} for folder in _FOLDERS}
    for name, data in files.items():
        folder, _, file = name.partition("/")
        found[folder][file] = data
    return Sources(**found)
