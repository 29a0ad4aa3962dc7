"""What counts as a record's content, in one plain form for journal, package, merge and hash."""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.canonical import canonical_json, sha256_hex
from forms.record import Lineage, Record

GEOMETRY = "geometry"
LINEAGE = "lineage"

Content = dict[str, Any]


def geometry_to_hex(geometry: BaseGeometry | None) -> str | None:
    """Return little-endian ISO WKB (XY) as hexadecimal, or ``None`` for no geometry."""
    if geometry is None:
        return None
    return str(shapely.to_wkb(geometry, hex=True, byte_order=1, output_dimension=2, flavor="iso"))


def geometry_from_hex(text: str | None) -> BaseGeometry | None:
    """Return the geometry of ``geometry_to_hex``; raise ``shapely.GEOSException`` when the text holds none."""
    return None if text is None else shapely.from_wkb(text)


def record_content(record: Record) -> Content:
    """Return the flat content: every field by key, and beside them ``geometry`` (WKB hex) and ``lineage``.

    Field keys cannot clash with the two: the loader refuses them.
    """
    return {
        **record.values,
        GEOMETRY: geometry_to_hex(record.geometry),
        LINEAGE: record.lineage.as_dict(),
    }


def split_content(content: Content) -> tuple[dict[str, Any], BaseGeometry | None, Lineage]:
    """Return the values, geometry and lineage of a flat content."""
    values = {key: value for key, value in content.items() if key not in (GEOMETRY, LINEAGE)}
    return values, geometry_from_hex(content.get(GEOMETRY)), Lineage.from_dict(content.get(LINEAGE) or {})


def content_hash(content: Content) -> str:
    """Return the SHA-256 of a content in canonical form, empty fields left out (a new field changes no old hash)."""
    return sha256_hex(canonical_json({key: value for key, value in content.items() if value is not None}))
