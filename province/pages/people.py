"""The province's people: who may enter, as what, for which communes; passwords, and what stops guessing them."""

import re
import secrets
import threading
from dataclasses import dataclass
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from core.errors import UserError
from core.identity import new_uid
from core.messages import LANGUAGES, Language
from core.text import clean_text
from province.gateway import Gateway
from province.pages.audit import note_action
from province.tables import browser_sessions, people

PersonRole = Literal["admin", "officer", "viewer"]
PERSON_ROLES: tuple[PersonRole, ...] = ("admin", "officer", "viewer")

SHORTEST, LONGEST = 12, 128
MOST_FAILURES, LOCKED_S = 5, 15 * 60
COMMAND = "diaba"
"""Who did what the administrator's commands do, in the list of actions."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(2)  # each takes 64 MiB: a flood of logins must not take the machine's memory
_asking = threading.BoundedSemaphore(8)  # nor its threads, which take packages too: the ninth login is sent away


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the province's staff; without ``province_code`` the whole country is theirs."""

    person_id: str
    login: str
    name: str
    role: PersonRole
    province_code: str | None
    language: Language
    must_change: bool


def read_person(row: Row[tuple[object, ...]]) -> Person:
    """Return the person of a row of ``people``."""
    return Person(row.person_id, row.login, row.name, row.role, row.province_code, row.language, bool(row.must_change))


def add_person(gateway: Gateway, login: str, name: str, role: str, province_code: str | None) -> str:
    """Make a person and return the first password, which has to be changed when it is first used.

    Raises PERSON-LOGIN, PERSON-NAME, PERSON-ROLE, PERSON-TAKEN.
    """
    login, name = login.strip().lower(), clean_text(name)
    if not _LOGIN.fullmatch(login):
        raise UserError("PERSON-LOGIN", login=login)
    if not 0 < len(name) <= 200:
        raise UserError("PERSON-NAME", most=200)
    if role not in PERSON_ROLES:
        raise UserError("PERSON-ROLE", role=role, roles=list(PERSON_ROLES))
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    with gateway.database.writing() as connection:
        if connection.execute(select(people.c.person_id).where(people.c.login == login)).first() is not None:
            raise UserError("PERSON-TAKEN", login=login)
        connection.execute(
            insert(people).values(
                person_id=new_uid(),
                login=login,
                name=name,
                role=role,
                province_code=province_code,
                language=LANGUAGES[0],
                password_hash=hashed,
                must_change=True,
                failures=0,
                created_at=gateway.now(),
            )
        )
        note_action(gateway, connection, COMMAND, "person-added", province=province_code, subject=login, role=role)
    return password


def renew_password(gateway: Gateway, login: str) -> str:
    """Give a person a new first password, unlock them, and end their sessions; raise PERSON-UNKNOWN."""
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    with gateway.database.writing() as connection:
        row = _fetch(connection, login)
        values = {"password_hash": hashed, "must_change": True, "failures": 0, "locked_until": None}
        connection.execute(update(people).where(people.c.person_id == row.person_id).values(values))
        _end_sessions(connection, row.person_id)
        note_action(gateway, connection, COMMAND, "password-renewed", province=row.province_code, subject=row.login)
    return password


def allow_person(gateway: Gateway, login: str, *, allowed: bool, by: str = COMMAND) -> None:
    """Let a person in again, or keep them out from now on, ending their sessions; raise PERSON-UNKNOWN."""
    with gateway.database.writing() as connection:
        row = _fetch(connection, login)
        values = {"disabled_at": None if allowed else gateway.now(), "failures": 0, "locked_until": None}
        connection.execute(update(people).where(people.c.person_id == row.person_id).values(values))
        if not allowed:
            _end_sessions(connection, row.person_id)
        action = "person-allowed" if allowed else "person-disabled"
        note_action(gateway, connection, by, action, province=row.province_code, subject=row.login)


def change_password(gateway: Gateway, person: Person, old: str, new: str, *, kept_session: str) -> None:
    """Set a person's own password and end their other sessions.

    Raises PASSWORD-OLD when the old one is not theirs, PASSWORD-NEW for one too short, too long, or the same.
    """
    if not SHORTEST <= len(new) <= LONGEST or new == old or new.lower() == person.login:
        raise UserError("PASSWORD-NEW", least=SHORTEST, most=LONGEST)
    with gateway.database.reading() as connection:
        stored = _fetch(connection, person.login).password_hash
    if not _fits(stored, old):
        raise UserError("PASSWORD-OLD")
    hashed = hash_password(new)
    with gateway.database.writing() as connection:
        connection.execute(
            update(people).where(people.c.person_id == person.person_id).values(password_hash=hashed, must_change=False)
        )
        _end_sessions(connection, person.person_id, kept_session)
        note_action(gateway, connection, person.login, "password-changed", province=person.province_code)


def set_language(gateway: Gateway, person: Person, language: Language) -> None:
    """Keep the language that a person chose."""
    with gateway.database.writing() as connection:
        connection.execute(update(people).where(people.c.person_id == person.person_id).values(language=language))


def check_login(gateway: Gateway, login: str, password: str) -> Person | None:
    """Return who this is, or ``None``, and say no more: not whether the name is known, the person locked or kept out.

    Raises PAGE-BUSY when many ask at once. After ``MOST_FAILURES`` in a row a person is locked for ``LOCKED_S``;
    whatever is tried meanwhile is not looked at.
    """
    if not _asking.acquire(blocking=False):
        raise UserError("PAGE-BUSY")
    try:
        return _check_login(gateway, login.replace("\0", "").strip().lower(), password)
    finally:
        _asking.release()


def _check_login(gateway: Gateway, login: str, password: str) -> Person | None:
    with gateway.database.reading() as connection:
        row = connection.execute(select(people).where(people.c.login == login)).one_or_none()
    shut = row is None or row.disabled_at is not None or (row.locked_until or "") > gateway.now()
    fits = _fits(_nobody() if row is None or shut else row.password_hash, password[: LONGEST + 1])
    if row is None or shut:
        return None
    with gateway.database.writing() as connection:
        # Counted in the database, under its lock, so that many guesses at once count as many.
        held = connection.execute(select(people).where(people.c.login == login).with_for_update()).one()
        shut = held.disabled_at is not None or (held.locked_until or "") > gateway.now()
        if shut or held.password_hash != row.password_hash:
            return None
        if not fits:
            _count_failure(gateway, connection, held)
            return None
        change: dict[str, object] = {"failures": 0, "locked_until": None}
        connection.execute(update(people).where(people.c.person_id == held.person_id).values(change))
        note_action(gateway, connection, held.login, "entered", province=held.province_code)
    return read_person(held)


def _count_failure(gateway: Gateway, connection: Connection, held: Row[tuple[object, ...]]) -> None:
    failures: int = held.failures + 1
    values: dict[str, object] = {"failures": failures}
    if failures >= MOST_FAILURES:
        values = {"failures": 0, "locked_until": gateway.now(LOCKED_S)}
        note_action(gateway, connection, held.login, "locked", province=held.province_code)
    connection.execute(update(people).where(people.c.person_id == held.person_id).values(values))


def hash_password(password: str) -> str:
    """Return what is stored of a password: Argon2id with a salt of its own."""
    with _hashing:
        return _hasher.hash(password)


@cache
def _nobody() -> str:
    """A password that nobody knows, looked at in the place of one that is not there: it takes as long."""
    return hash_password(secrets.token_urlsafe(16))


def _fits(stored: str, password: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _fetch(connection: Connection, login: str) -> Row[tuple[object, ...]]:
    row = connection.execute(select(people).where(people.c.login == login.strip().lower())).one_or_none()
    if row is None:
        raise UserError("PERSON-UNKNOWN", login=login)
    return row


def _end_sessions(connection: Connection, person_id: str, kept_session: str = "") -> None:
    connection.execute(
        delete(browser_sessions).where(
            browser_sessions.c.person_id == person_id, browser_sessions.c.session_hash != kept_session
        )
    )
