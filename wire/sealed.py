"""A document that the province has signed: receipts, catalogue notices."""

from typing import Any

from core.canonical import canonical_json
from wire.plain import parse_canonical
from wire.signing import PrivateKey, PublicKey, decode_bytes, encode_bytes, public_text, sign, verify

_KEYS = {"document", "server_key", "signature"}


class ForgedDocument(ValueError):
    """The document is whole, but not signed by the key one trusts."""


def seal_document(document: dict[str, Any], key: PrivateKey) -> bytes:
    """Return ``document`` with the signature over its canonical bytes, as canonical JSON."""
    said = canonical_json(document)
    frame = canonical_json({"server_key": public_text(key), "signature": encode_bytes(sign(key, said))})
    return b'{"document":' + said + b"," + frame[1:]  # a long document is spelled once


def open_document(data: bytes, server_key: PublicKey) -> dict[str, Any]:
    """Return the document of ``seal_document``.

    Raises ``ForgedDocument`` when another than ``server_key`` signed it, plain ``ValueError`` when it is no sealed
    document at all.
    """
    try:
        found = parse_canonical(data)
        if not isinstance(found, dict) or set(found) != _KEYS or not isinstance(found["document"], dict):
            raise ValueError("no sealed document")
        signature = decode_bytes(str(found["signature"]))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    document: dict[str, Any] = found["document"]
    trusted = found["server_key"] == public_text(server_key)
    if not trusted or not verify(server_key, canonical_json(document), signature):
        raise ForgedDocument("another key signed it")
    return document
