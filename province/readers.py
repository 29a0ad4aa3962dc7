"""Keys with which programs of other departments read accepted data; each has its scope, and is kept as a hash only."""

import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, APIKeyQuery, HTTPBearer
from sqlalchemy import ColumnElement, insert, select, true, update

from core.errors import UserError
from core.identity import new_uid
from forms.model import RecordType
from province.access import Parts, parts_of
from province.gateway import Gateway
from province.tables import reading_keys, records

KEY_BYTES = 24
HEADER = "X-API-Key"
QUERY = "key"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: record types and communes that they may see, ``None`` for all; and whether personal fields too.

    ``asked`` is the key as it stood in the address, to be put into the links that lead on.
    """

    name: str
    types: frozenset[str] | None
    communes: frozenset[str] | None
    personal: bool = False
    asked: str | None = None

    def may_read(self, type_id: str) -> bool:
        """Whether they may see records of a type."""
        return self.types is None or type_id in self.types

    def condition(self) -> ColumnElement[bool]:
        """Return the condition on ``records`` that leaves only what they may see of a type."""
        return true() if self.communes is None else records.c.commune_code.in_(sorted(self.communes))


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the administrator sees it: everything but the key."""

    key_id: str
    name: str
    types: tuple[str, ...] | None
    communes: tuple[str, ...] | None
    personal: bool
    created_at: str
    revoked_at: str | None


def create_key(
    gateway: Gateway,
    name: str,
    *,
    types: Collection[str] = (),
    communes: Collection[str] = (),
    personal: bool = False,
) -> tuple[str, str]:
    """Make a key for the record types and communes named, all where none are; return its id and the key itself.

    The key is shown this once. Raise ``UserError`` READER-TYPE for a record type that the catalogue does not have.
    """
    if unknown := sorted(set(types) - set(gateway.catalogue.types)):
        raise UserError("READER-TYPE", types=unknown)
    key_id, key = new_uid(), secrets.token_urlsafe(KEY_BYTES)
    with gateway.database.writing() as connection:
        connection.execute(
            insert(reading_keys).values(
                key_id=key_id,
                key_hash=_hash(key),
                name=name.strip()[:200],
                types=json.dumps(sorted(types)) if types else None,
                communes=json.dumps(sorted(communes)) if communes else None,
                personal=personal,
                created_at=gateway.now(),
            )
        )
    return key_id, key


def revoke_key(gateway: Gateway, key_id: str) -> None:
    """End a key at once; raise ``UserError`` READER-UNKNOWN when there is none of that id."""
    with gateway.database.writing() as connection:
        found = connection.execute(
            update(reading_keys)
            .where(reading_keys.c.key_id == key_id, reading_keys.c.revoked_at.is_(None))
            .values(revoked_at=gateway.now())
        )
        if not found.rowcount:
            raise UserError("READER-UNKNOWN", key_id=key_id)


def list_keys(gateway: Gateway) -> list[StoredKey]:
    """Return all keys, the oldest first."""
    with gateway.database.reading() as connection:
        rows = connection.execute(select(reading_keys).order_by(reading_keys.c.created_at, reading_keys.c.key_id)).all()
    return [
        StoredKey(
            row.key_id,
            row.name,
            _names(row.types),
            _names(row.communes),
            bool(row.personal),
            row.created_at,
            row.revoked_at,
        )
        for row in rows
    ]


_DESCRIBED = (
    Security(APIKeyHeader(name=HEADER, scheme_name="reading key", auto_error=False)),
    Security(APIKeyQuery(name=QUERY, scheme_name="reading key in the address", auto_error=False)),
    Security(HTTPBearer(scheme_name="reading key as token", auto_error=False)),
)
"""Where a key may stand, for the description alone; ``reader_of`` reads them in its own order."""


def reader_of(
    request: Request,
    parts: Annotated[Parts, Depends(parts_of)],
    _header: Annotated[object, _DESCRIBED[0]],
    _query: Annotated[object, _DESCRIBED[1]],
    _bearer: Annotated[object, _DESCRIBED[2]],
) -> Reader:
    """Return who is reading: by a key in a header or in the address; without one, whoever may see what is open to all.

    Raise ``UserError`` READER-KEY for a key that is none, or no longer.
    """
    asked = request.query_params.get(QUERY)
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    key = asked or request.headers.get(HEADER) or (bearer.strip() if kind.lower() == "bearer" else None)
    if not key:
        return Reader("", frozenset(parts.gateway.settings.open_types), None)
    with parts.gateway.database.reading() as connection:
        row = connection.execute(select(reading_keys).where(reading_keys.c.key_hash == _hash(key))).first()
    if row is None or row.revoked_at is not None:
        raise UserError("READER-KEY")
    types, communes = _names(row.types), _names(row.communes)
    return Reader(
        row.name,
        None if types is None else frozenset(types),
        None if communes is None else frozenset(communes),
        bool(row.personal),
        asked,
    )


def require_type(reader: Reader, record_type: RecordType) -> None:
    """Raise ``UserError`` READER-KEY-MISSING or READER-SCOPE unless somebody may see records of a type."""
    if not reader.may_read(record_type.id):
        raise UserError("READER-SCOPE" if reader.name else "READER-KEY-MISSING", type=record_type.title)


def _names(text: str | None) -> tuple[str, ...] | None:
    found: Sequence[str] | None = None if text is None else json.loads(text)
    return None if found is None else tuple(found)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
