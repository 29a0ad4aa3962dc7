"""Kinds of columns that every table of the gateway uses, the same on the embedded store and on a server's database."""

from typing import Any

from sqlalchemy import ColumnElement, Dialect, LargeBinary, String, TypeDecorator, func, literal_column
from sqlalchemy.types import TypeEngine, UserDefinedType

POSTGRESQL = "postgresql"
_SRID_FLAG = 0x20000000


def code_text(length: int) -> String:
    """Return the kind of a code, a key or a moment: compared byte by byte, whatever the server's language."""
    return String(length).with_variant(String(length, collation="C"), POSTGRESQL)


COMMUNE, UID, DIGEST, MOMENT = code_text(5), code_text(36), code_text(64), code_text(24)


class _PostgisGeometry(UserDefinedType[str]):
    """PostGIS's ``geometry``, which says of itself in what system it is."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "geometry"


class Geometry(TypeDecorator[bytes]):
    """Extended WKB with its EPSG code: PostGIS's ``geometry`` on a server, a blob in the embedded store."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == POSTGRESQL:
            return dialect.type_descriptor(_PostgisGeometry())
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> Any:
        return value.hex() if value is not None and dialect.name == POSTGRESQL else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        return bytes.fromhex(value) if isinstance(value, str) else value


def extended_wkb(wkb: bytes, epsg: int) -> bytes:
    """Return little-endian WKB (XY) with the EPSG code put in; raise ``ValueError`` when it is of another form."""
    kind = int.from_bytes(wkb[1:5], "little")
    if wkb[:1] != b"\x01" or not 0 < kind < 16:
        raise ValueError("not little-endian WKB (XY)")
    return b"\x01" + (kind | _SRID_FLAG).to_bytes(4, "little") + epsg.to_bytes(4, "little") + wkb[5:]


def touching(min_x: float, min_y: float, max_x: float, max_y: float, epsg: int) -> ColumnElement[bool]:
    """Return PostGIS's condition, which its index answers, that a record's box meets a box, to a float's exactness."""
    box = func.ST_MakeEnvelope(float(min_x), float(min_y), float(max_x), float(max_y), epsg)
    return literal_column("records.geometry").op("&&", is_comparison=True)(box)
