"""Sessions of a browser: begun by a password, ended by logging out, by rest, or after a working day."""

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from core.canonical import sha256_hex
from province.gateway import Gateway
from province.pages.audit import note_action
from province.pages.people import Person, read_person
from province.tables import browser_sessions, people

REST_S, WHOLE_S, NOTED_S = 30 * 60, 10 * 3600, 60


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A person at a browser; ``form_token`` must come back with everything that changes something."""

    session_hash: str
    form_token: str
    person: Person


def begin_session(gateway: Gateway, person: Person) -> str:
    """Return the secret of a new session, for the browser's cookie alone; the database keeps its hash."""
    secret = secrets.token_urlsafe(32)
    with gateway.database.writing() as connection:
        connection.execute(delete(browser_sessions).where(browser_sessions.c.expires_at < gateway.now()))
        connection.execute(
            insert(browser_sessions).values(
                session_hash=_hash(secret),
                person_id=person.person_id,
                form_token=secrets.token_urlsafe(32),
                seen_at=gateway.now(),
                expires_at=gateway.now(WHOLE_S),
            )
        )
    return secret


def resume_browser(gateway: Gateway, secret: str | None) -> BrowserSession | None:
    """Return the session behind a cookie, or ``None``: unknown, over, at rest too long, or its person kept out."""
    if not secret or len(secret) > 100:
        return None
    query = (
        select(people, browser_sessions.c.session_hash, browser_sessions.c.form_token, browser_sessions.c.seen_at)
        .join(browser_sessions, browser_sessions.c.person_id == people.c.person_id)
        .where(
            browser_sessions.c.session_hash == _hash(secret),
            browser_sessions.c.expires_at > gateway.now(),
            browser_sessions.c.seen_at > gateway.now(-REST_S),
            people.c.disabled_at.is_(None),
        )
    )
    with gateway.database.reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.seen_at < gateway.now(-NOTED_S):
        with gateway.database.writing() as connection:
            connection.execute(
                update(browser_sessions)
                .where(browser_sessions.c.session_hash == row.session_hash)
                .values(seen_at=gateway.now())
            )
    return BrowserSession(row.session_hash, row.form_token, read_person(row))


def end_session(gateway: Gateway, session: BrowserSession) -> None:
    """End a session."""
    with gateway.database.writing() as connection:
        connection.execute(delete(browser_sessions).where(browser_sessions.c.session_hash == session.session_hash))
        note_action(gateway, connection, session.person.login, "left", province=session.person.province_code)


def _hash(secret: str) -> str:
    return sha256_hex(secret.encode("utf-8", "surrogateescape"))
