"""The BagIt side of a package (RFC 8493): which files it has, and the lists of their hashes."""

import re
from collections.abc import Iterable, Mapping

from core.canonical import sha256_hex
from core.errors import UserError
from wire.header import HEADER_NAME, PackageHeader

BAGIT, INFO, MANIFEST, TAG_MANIFEST = "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIGNATURE = "signature"
RECORDS = "data/records.gpkg"
ATTACHMENTS = "data/attachments/"
CERTIFICATE = "data/validation.json"
TAGS = (BAGIT, INFO, HEADER_NAME, MANIFEST)
ORDER = (*TAGS, TAG_MANIFEST, SIGNATURE)
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
_PAYLOAD = re.compile(rf"{re.escape(RECORDS)}|{re.escape(ATTACHMENTS)}[0-9a-f]{{64}}|{re.escape(CERTIFICATE)}")


def format_manifest(hashes: Mapping[str, str]) -> bytes:
    """Return a manifest: one line a file in order of names, hash, two blanks, name."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode("ascii")


def parse_manifest(data: bytes, file: str) -> dict[str, str]:
    """Return name to hash; raise PACKAGE-DAMAGED naming ``file`` unless ``format_manifest`` gives the same bytes."""
    try:
        found = {name: digest for digest, name in _LINE.findall(data.decode("ascii"))}
    except UnicodeDecodeError as error:
        raise UserError("PACKAGE-DAMAGED", file=file) from error
    if format_manifest(found) != data:
        raise UserError("PACKAGE-DAMAGED", file=file)
    return found


def is_payload_name(name: str) -> bool:
    """Whether a payload file may have this name: the records, attachments by their hash, what the rules said."""
    return bool(_PAYLOAD.fullmatch(name))


def format_info(header: PackageHeader, sizes: Iterable[int]) -> bytes:
    """Return ``bag-info.txt``: what an archivist reads without this program."""
    counted = list(sizes)
    lines = (
        ("Bag-Software-Agent", "diaba"),
        ("Bagging-Date", header.sealed_at[:10]),
        ("External-Description", "Địa Bạ: records of a commune, sent to its province"),
        ("External-Identifier", header.package_id),
        ("Payload-Oxum", f"{sum(counted)}.{len(counted)}"),
        ("Source-Organization", header.commune_code),
    )
    return "".join(f"{key}: {value}\n" for key, value in lines).encode("utf-8")


def tag_manifest(texts: Mapping[str, bytes]) -> bytes:
    """Return the tag manifest over the four tag files, whose bytes are what gets signed."""
    return format_manifest({name: sha256_hex(texts[name]) for name in TAGS})
