"""Reads the signatures of a PDF, in the child: who and when; and, where pyHanko is installed, whether they hold."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from core.clock import VIETNAM, timestamp
from core.logs import get_log
from exchange.document_facts import Signature
from exchange.pdf_scan import Scan

NOT_CHECKED = "SIGNATURE-NOT-CHECKED"

_AROUND_BYTES = 8 << 10
_STRING = rb"\s*(\((?:[^()\\]|\\.){0,600}\)|<[0-9A-Fa-f\s]{0,1200}>)"
_NAME, _WHEN = re.compile(rb"/Name" + _STRING, re.S), re.compile(rb"/M" + _STRING, re.S)
_TIME = re.compile(r"\s*(?:D:)?(\d{14})(?:([+\-Z])(\d{2})?'?(\d{2})?)?")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def read_signatures(path: Path, scan: Scan, trusted: Sequence[bytes] = ()) -> tuple[list[Signature], list[str]]:
    """Return the signatures of a PDF and notes (message codes) about them.

    ``trusted`` are root certificates (DER) that make a signer trusted; without any, trust stays unknown. A signature
    that nothing here can check is listed with ``valid`` ``None``.
    """
    if not scan.ranges:
        return [], []
    checked = _checked(path, trusted)
    if checked is not None:
        return checked, ["SIGNATURE-WRONG"] if any(one.valid is False for one in checked) else []
    return _listed(path, scan), [NOT_CHECKED]


def _checked(path: Path, trusted: Sequence[bytes]) -> list[Signature] | None:
    """Return the signatures as pyHanko judges them, ``None`` without it or when it cannot read the file."""
    try:
        from pyhanko.pdf_utils.reader import PdfFileReader
    except ImportError:
        return None
    try:
        with path.open("rb") as file:
            reader = PdfFileReader(file, strict=False)
            if reader.encrypted:
                reader.decrypt("")
            found = [_judge(one, trusted) for one in reader.embedded_regular_signatures]
    except Exception as error:  # noqa: BLE001 (the boundary to a library that a foreign file can make fail anyhow)
        get_log("exchange.documents").info("signatures unreadable", reason=f"{type(error).__name__}: {error}"[:200])
        return None
    return found or None


def _judge(embedded: Any, trusted: Sequence[bytes]) -> Signature:
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    signer, at = _signer(embedded), _stated_time(embedded)
    roots = [Certificate.load(root) for root in trusted]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    try:
        status = validate_pdf_signature(embedded, context)
    except Exception as error:  # noqa: BLE001 (the boundary to a library that a foreign file can make fail anyhow)
        get_log("exchange.documents").info("signature not judged", reason=f"{type(error).__name__}: {error}"[:200])
        return Signature(signer, None, at, NOT_CHECKED)
    if not (status.intact and status.valid):
        return Signature(signer, False, at, "SIGNATURE-BROKEN")
    if status.coverage is None or status.coverage.name in ("UNCLEAR", "CONTIGUOUS_BLOCK_FROM_START"):
        return Signature(signer, False, at, "SIGNATURE-PART-ONLY")
    if status.docmdp_ok is False or (
        status.modification_level is not None and status.modification_level.name == "OTHER"
    ):
        return Signature(signer, False, at, "SIGNATURE-CHANGED-AFTER")
    if not roots:
        return Signature(signer, True, at, "SIGNATURE-TRUST-UNKNOWN")
    return Signature(signer, True, at, None if status.trusted else "SIGNATURE-NOT-TRUSTED")


def _signer(embedded: Any) -> str | None:
    try:
        names = embedded.signer_cert.subject.native
        found = names.get("common_name") or names.get("organization_name")
        return str(found)[:200] if found else None
    except (ValueError, KeyError, AttributeError, TypeError):
        return None


def _stated_time(embedded: Any) -> str | None:
    moment = embedded.self_reported_timestamp
    if not isinstance(moment, datetime):
        return None
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM))


def _listed(path: Path, scan: Scan) -> list[Signature]:
    """Return the signatures as their own dictionaries describe them, unchecked."""
    found = []
    with path.open("rb") as file:
        for first, length, second, _ in scan.ranges:
            around = b""
            for begin in (first + length - _AROUND_BYTES, second):
                file.seek(max(0, begin))
                around += file.read(_AROUND_BYTES)
            found.append(Signature(_stated_name(around), None, _written_time(around), NOT_CHECKED))
    return found


def _stated_name(data: bytes) -> str | None:
    names = [_decode(match[1]) for match in _NAME.finditer(data)]
    return next((name for name in names if name.strip()), None)


def _decode(raw: bytes) -> str:
    """Return a PDF string's text: in brackets with escapes or in hexadecimal, UTF-16 or PDFDocEncoding."""
    if raw.startswith(b"<"):
        digits = bytes(raw[1:-1].translate(None, b" \t\r\n"))
        data = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    else:
        data = _ESCAPE.sub(_unescape, raw[1:-1])
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace")[:200]
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")[:200]


def _unescape(match: re.Match[bytes]) -> bytes:
    what = match[1]
    return bytes([int(what, 8) & 0xFF]) if what.isdigit() else _PLAIN.get(what, what)


def _written_time(data: bytes) -> str | None:
    for written in _WHEN.finditer(data):
        match = _TIME.match(_decode(written[1]))
        if match is None:
            continue
        zone = timezone(timedelta(0)) if match[2] == "Z" else VIETNAM
        if match[2] in ("+", "-") and match[3]:
            minutes = int(match[3]) * 60 + int(match[4] or 0)
            zone = timezone(timedelta(minutes=-minutes if match[2] == "-" else minutes)) if minutes < 960 else VIETNAM
        try:
            return timestamp(datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=zone))
        except (ValueError, OverflowError):
            continue
    return None


def as_dicts(signatures: Iterable[Signature]) -> list[dict[str, Any]]:
    """Return signatures as plain JSON-able data."""
    return [{"signer": one.signer, "valid": one.valid, "at": one.at, "reason": one.reason} for one in signatures]
