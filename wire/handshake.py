"""What a device signs to show that it holds its key; each text says what it is for, so that none serves for another."""

from core.canonical import canonical_json


def enrolment_message(*, code: str, device_id: str, public_key: str) -> bytes:
    """Return the bytes that a device signs with the key it asks to be registered."""
    return canonical_json(["diaba-enrol-v1", code, device_id, public_key])


def token_message(*, server_key: str, device_id: str, nonce: str) -> bytes:
    """Return the bytes that a device signs to get a token: they name the server, so no other can pass them on."""
    return canonical_json(["diaba-token-v1", server_key, device_id, nonce])


def clean_code(text: str) -> str:
    """Return a one-time code as it is compared: upper case, without blanks and dashes, O as 0, I and L as 1."""
    plain = "".join(text.split()).replace("-", "").upper()
    return plain.translate(str.maketrans("OIL", "011"))
