"""Ed25519 keys and signatures, the one algorithm this program signs with."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PrivateKey = Ed25519PrivateKey
PublicKey = Ed25519PublicKey

SEED_BYTES = 32
SIGNATURE_BYTES = 64
_PREFIX = "ed25519:"


def private_key_of(seed: bytes) -> PrivateKey:
    """Return the private key of 32 secret random bytes that the caller drew; ``ValueError`` on other lengths."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def seed_of(key: PrivateKey) -> bytes:
    """Return the 32 bytes from which ``private_key_of`` makes the key again."""
    return key.private_bytes_raw()


def sign(key: PrivateKey, data: bytes) -> bytes:
    """Return the 64-byte signature over ``data``."""
    return key.sign(data)


def verify(key: PublicKey, data: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is the one ``key`` gives over exactly these bytes."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def encode_bytes(data: bytes) -> str:
    """Return ``data`` as standard base64 text."""
    return base64.b64encode(data).decode("ascii")


def decode_bytes(text: str) -> bytes:
    """Return the bytes of ``encode_bytes``; raise ``ValueError`` on any other spelling of them."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if encode_bytes(data) != text:
        raise ValueError("not canonical base64")
    return data


def public_text(key: PublicKey | PrivateKey) -> str:
    """Return the public key as text: ``ed25519:`` and its 32 bytes in base64."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return _PREFIX + encode_bytes(public.public_bytes_raw())


def parse_public(text: str) -> PublicKey:
    """Return the key of ``public_text``; raise ``ValueError`` when the text names no Ed25519 key."""
    if not text.startswith(_PREFIX):
        raise ValueError("not an Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(decode_bytes(text[len(_PREFIX) :]))
