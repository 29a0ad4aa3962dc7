"""What is known of a document that somebody attaches: its kind, its measures, its signatures, what to be wary of."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

DocumentKind = Literal["image", "pdf", "office", "text", "cad", "video", "other"]

Picture = bytes
"""An encoded picture."""

PREVIEW_PX = 512
PREVIEW_BYTES = 2 << 20
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

_TEXT_LIMIT = 300
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Signature:
    """One digital signature of a PDF.

    ``valid`` says whether the signed bytes are unchanged and the signature is mathematically right, ``None`` when
    nobody could check it; it never says that the signer is trusted. ``reason`` is the message code that explains it.
    """

    signer: str | None
    valid: bool | None
    at: str | None = None
    reason: str | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Signature":
        """Return the signature of ``as_dict``; raise ``ValueError`` for anything else."""
        _check(cls, data, _SIGNATURE_CHECKS, needed={"signer", "valid"})
        return cls(**data)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What the content of a file says of itself; nothing here comes from the file's name.

    ``width`` and ``height`` are pixels as the picture is to be seen (its orientation applied), ``dpi`` the lower of
    both axes, ``page_mm`` the first page's width and height. ``has_text`` is whether a PDF's pages can be searched,
    ``scan`` whether its pages are pictures, ``pdf_a`` the part and level of PDF/A that it claims ("1b"); nobody has
    verified the claim. ``taken_at`` is a timestamp, ``place`` longitude and latitude (WGS 84, degrees) as the camera
    noted them. ``notes`` are message codes; ``preview`` is a PNG of at most ``PREVIEW_PX`` pixels a side.
    """

    kind: DocumentKind
    mime: str
    bytes: int
    sha256: str
    width: int | None = None
    height: int | None = None
    dpi: float | None = None
    color_bits: int | None = None
    pages: int | None = None
    page_mm: tuple[float, float] | None = None
    has_text: bool | None = None
    scan: bool | None = None
    pdf_a: str | None = None
    signatures: tuple[Signature, ...] = ()
    taken_at: str | None = None
    place: tuple[float, float] | None = None
    altitude_m: float | None = None
    preview: Picture | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON-able data without the preview, empty keys left out."""
        found = {key: value for key, value in asdict(self).items() if value not in (None, ()) and key != "preview"}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], preview: Picture | None = None) -> "DocumentFacts":
        """Return the facts of ``as_dict`` with their preview; raise ``ValueError`` naming the key of what is none."""
        plain = dict(data)
        if isinstance(signatures := plain.get("signatures"), list):
            plain["signatures"] = tuple(Signature.from_dict(one) for one in signatures[:_MANY])
        for key in ("notes", "place", "page_mm"):
            if isinstance(plain.get(key), list):
                plain[key] = tuple(plain[key])
        if preview is not None:
            plain["preview"] = preview
        _check(cls, plain, _CHECKS, needed={"kind", "mime", "bytes", "sha256"})
        return cls(**plain)


def _check(cls: Any, data: Mapping[str, Any], checks: Mapping[str, Any], needed: set[str]) -> None:
    known = {item.name for item in fields(cls)}
    if not isinstance(data, Mapping) or not needed <= set(data) <= known:
        raise ValueError("facts")
    for key, value in data.items():
        if value is not None and not checks[key](value):
            raise ValueError(key)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT_LIMIT


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(_is_number(item) for item in value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_preview(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) <= PREVIEW_BYTES and value.startswith(PNG_MAGIC)


_SIGNATURE_CHECKS: dict[str, Any] = {"signer": _is_text, "valid": _is_flag, "at": _is_text, "reason": _is_text}
_CHECKS: dict[str, Any] = {
    "kind": lambda value: value in get_args(DocumentKind),
    "mime": _is_text,
    "bytes": _is_count,
    "sha256": lambda value: _is_text(value) and len(value) == 64,
    "width": _is_count,
    "height": _is_count,
    "dpi": _is_number,
    "color_bits": _is_count,
    "pages": _is_count,
    "page_mm": _is_pair,
    "has_text": _is_flag,
    "scan": _is_flag,
    "pdf_a": _is_text,
    "signatures": lambda value: isinstance(value, tuple) and all(isinstance(one, Signature) for one in value),
    "taken_at": _is_text,
    "place": lambda value: _is_pair(value) and abs(value[0]) <= 180 and abs(value[1]) <= 90,
    "altitude_m": _is_number,
    "preview": _is_preview,
    "notes": lambda value: isinstance(value, tuple) and len(value) <= _MANY and all(map(_is_text, value)),
}
