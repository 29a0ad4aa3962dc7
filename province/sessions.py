"""Who is calling: one-time codes, registered devices, challenges and tokens."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, func, insert, select, union_all, update

from core.canonical import sha256_hex
from core.errors import UserError
from forms.administration import Commune, load_communes
from province.gateway import Gateway
from province.storage import insert_if_absent
from province.tables import (
    commune_sequences,
    devices,
    enrolment_codes,
    nonces,
    packages,
    refused_packages,
    tokens,
)
from wire.handshake import clean_code, enrolment_message, token_message
from wire.protocol import ROLES, Enrolment, EnrolRequest, NonceAnswer, Role, TokenAnswer, TokenRequest
from wire.signing import PublicKey, decode_bytes, parse_public, verify

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud over a telephone
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class Session:
    """A registered device that has shown it holds its key; the commune comes from here, never from a file."""

    device_id: str
    commune_code: str
    role: Role
    public_key: PublicKey

    @property
    def commune(self) -> Commune:
        """The commune the device belongs to."""
        return load_communes()[self.commune_code]


def create_code(gateway: Gateway, commune: Commune, role: str) -> str:
    """Return a new one-time code that enrols one device of ``commune``; raise ROLE-UNKNOWN."""
    if role not in ROLES:
        raise UserError("ROLE-UNKNOWN", role=role, roles=list(ROLES))
    letters = [secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP)]
    code = "-".join("".join(letters[start : start + _GROUP]) for start in range(0, len(letters), _GROUP))
    with gateway.database.writing() as connection:
        connection.execute(
            insert(enrolment_codes).values(
                code_hash=_hash_code(code),
                commune_code=commune.code,
                role=role,
                created_at=gateway.now(),
                expires_at=gateway.now(gateway.settings.code_s),
            )
        )
    return code


def _hash_code(code: str) -> str:
    return sha256_hex(clean_code(code).encode("utf-8"))


def enrol(gateway: Gateway, request: EnrolRequest) -> Enrolment:
    """Register a device; asked again by the same device with the same code, answer the same.

    Raises CODE-UNKNOWN, CODE-USED, CODE-EXPIRED, CODE-OTHER-COMMUNE, PROOF-WRONG (the key is not the device's own),
    DEVICE-TAKEN.
    """
    _check_proof(request)
    with gateway.database.writing() as connection:
        query = select(enrolment_codes).where(enrolment_codes.c.code_hash == _hash_code(request.code)).with_for_update()
        code = connection.execute(query).one_or_none()
        if code is None:
            raise UserError("CODE-UNKNOWN")
        known = _find_device(connection, request.device_id)
        if code.used_at is not None:
            if known is None or code.device_id != request.device_id or known.public_key != request.public_key:
                raise UserError("CODE-USED")
        else:
            if code.expires_at < gateway.now():
                raise UserError("CODE-EXPIRED")
            if request.commune_code not in (None, code.commune_code):
                raise UserError("CODE-OTHER-COMMUNE", commune=code.commune_code)
            _register(connection, gateway, request, code)
    return Enrolment(
        device_id=request.device_id,
        commune_code=code.commune_code,
        role=code.role,
        server_key=gateway.server_key,
        epoch=gateway.epoch,
    )


def _check_proof(request: EnrolRequest) -> None:
    try:
        key = parse_public(request.public_key)
        signature = decode_bytes(request.signature)
    except ValueError as error:
        raise UserError("PROOF-WRONG") from error
    message = enrolment_message(code=request.code, device_id=request.device_id, public_key=request.public_key)
    if not verify(key, message, signature):
        raise UserError("PROOF-WRONG")


def _register(connection: Connection, gateway: Gateway, request: EnrolRequest, code: Row[tuple[object, ...]]) -> None:
    taken = select(devices.c.device_id).where(
        (devices.c.device_id == request.device_id) | (devices.c.public_key == request.public_key)
    )
    if connection.execute(taken).first() is not None:
        raise UserError("DEVICE-TAKEN", device_id=request.device_id)
    connection.execute(
        insert(devices).values(
            device_id=request.device_id,
            commune_code=code.commune_code,
            role=code.role,
            public_key=request.public_key,
            name=request.name,
            enrolled_at=gateway.now(),
        )
    )
    insert_if_absent(connection, commune_sequences, {"commune_code": code.commune_code, "value": 0})
    connection.execute(
        update(enrolment_codes)
        .where(enrolment_codes.c.code_hash == code.code_hash)
        .values(used_at=gateway.now(), device_id=request.device_id)
    )


def _find_device(connection: Connection, device_id: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(devices).where(devices.c.device_id == device_id)).one_or_none()


def find_session(connection: Connection, device_id: str) -> Session:
    """Return a registered device; raise DEVICE-UNKNOWN or DEVICE-REVOKED."""
    return _session(_find_device(connection, device_id), device_id)


def _session(found: Row[tuple[object, ...]] | None, device_id: str) -> Session:
    if found is None:
        raise UserError("DEVICE-UNKNOWN", device_id=device_id)
    if found.revoked_at is not None:
        raise UserError("DEVICE-REVOKED", device_id=device_id)
    return Session(found.device_id, found.commune_code, found.role, parse_public(found.public_key))


def issue_nonce(gateway: Gateway, device_id: str) -> NonceAnswer:
    """Return a challenge for a registered device."""
    nonce = secrets.token_urlsafe(32)
    with gateway.database.writing() as connection:
        find_session(connection, device_id)
        connection.execute(delete(nonces).where(nonces.c.expires_at < gateway.now()))
        connection.execute(
            insert(nonces).values(
                nonce_hash=sha256_hex(nonce.encode()),
                device_id=device_id,
                expires_at=gateway.now(gateway.settings.nonce_s),
            )
        )
    return NonceAnswer(nonce=nonce, expires_in_s=gateway.settings.nonce_s)


def issue_token(gateway: Gateway, request: TokenRequest) -> TokenAnswer:
    """Return a token for a challenge that came back signed; a challenge serves once, however it was answered.

    Raises NONCE-INVALID, PROOF-WRONG, DEVICE-UNKNOWN, DEVICE-REVOKED.
    """
    with gateway.database.writing() as connection:
        spent = connection.execute(
            delete(nonces).where(
                nonces.c.nonce_hash == sha256_hex(request.nonce.encode()),
                nonces.c.device_id == request.device_id,
                nonces.c.expires_at >= gateway.now(),
            )
        ).rowcount
        session = find_session(connection, request.device_id)
        if spent == 1 and _is_proved(gateway, session, request):
            return _new_token(gateway, connection, session)
    raise UserError("PROOF-WRONG" if spent == 1 else "NONCE-INVALID")


def _is_proved(gateway: Gateway, session: Session, request: TokenRequest) -> bool:
    message = token_message(server_key=gateway.server_key, device_id=request.device_id, nonce=request.nonce)
    try:
        return verify(session.public_key, message, decode_bytes(request.signature))
    except ValueError:
        return False


def _new_token(gateway: Gateway, connection: Connection, session: Session) -> TokenAnswer:
    token = secrets.token_urlsafe(32)
    connection.execute(delete(tokens).where(tokens.c.expires_at < gateway.now()))
    connection.execute(
        insert(tokens).values(
            token_hash=sha256_hex(token.encode()),
            device_id=session.device_id,
            expires_at=gateway.now(gateway.settings.token_s),
        )
    )
    connection.execute(update(devices).where(devices.c.device_id == session.device_id).values(seen_at=gateway.now()))
    last = _last_sequence(connection, session)
    return TokenAnswer(token=token, expires_in_s=gateway.settings.token_s, last_sequence=last)


def _last_sequence(connection: Connection, session: Session) -> int:
    """Return the highest number of the device's packages that has been used."""
    used = [
        select(func.max(table.c.device_sequence).label("highest")).where(
            table.c.commune_code == session.commune_code, table.c.device_id == session.device_id
        )
        for table in (packages, refused_packages)
    ]
    return max(row.highest or 0 for row in connection.execute(union_all(*used)))


def resume_session(gateway: Gateway, authorization: str | None) -> Session:
    """Return the device behind an ``Authorization`` header; raise TOKEN-MISSING, TOKEN-INVALID or DEVICE-REVOKED."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UserError("TOKEN-MISSING")
    with gateway.database.reading() as connection:
        query = select(devices).where(
            devices.c.device_id == tokens.c.device_id,
            tokens.c.token_hash == sha256_hex(token.encode("utf-8", "surrogateescape")),
            tokens.c.expires_at >= gateway.now(),
        )
        found = connection.execute(query).one_or_none()
    if found is None:
        raise UserError("TOKEN-INVALID")
    return _session(found, found.device_id)


def revoke_device(gateway: Gateway, device_id: str) -> None:
    """Take a device's rights away at once: its tokens and challenges go, its packages are refused."""
    with gateway.database.writing() as connection:
        connection.execute(
            update(devices)
            .where(devices.c.device_id == device_id, devices.c.revoked_at.is_(None))
            .values(revoked_at=gateway.now())
        )
        for table in (tokens, nonces):
            connection.execute(delete(table).where(table.c.device_id == device_id))
