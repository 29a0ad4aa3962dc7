"""One byte form for one value, so that a hash or a signature means something."""

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_json(value: Any) -> bytes:
    """Return UTF-8 JSON with sorted keys and no blanks; raise ``ValueError`` on NaN or infinity.

    Bytes have no JSON form: give them as hexadecimal or base64 text.
    """
    return _ENCODER.encode(value).encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
