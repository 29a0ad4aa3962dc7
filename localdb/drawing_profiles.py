"""Mapping profiles of drawings that the workspace keeps: a name and its text, outside the journal, never sent."""

from dataclasses import dataclass

from sqlalchemy import Connection

from localdb.engine import fetch_rows


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile as it was saved."""

    name: str
    text: str
    saved_at: str
    saved_by: str


def put_profile(connection: Connection, profile: StoredProfile) -> None:
    """Keep a profile, in the place of the one of the same name."""
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO drawing_profiles(name, text, saved_at, saved_by) VALUES (?, ?, ?, ?)",
        (profile.name, profile.text, profile.saved_at, profile.saved_by),
    )


def fetch_profiles(connection: Connection) -> list[StoredProfile]:
    """Return every profile, by name."""
    rows = fetch_rows(connection, "SELECT name, text, saved_at, saved_by FROM drawing_profiles ORDER BY name")
    return [StoredProfile(*row) for row in rows]


def drop_profile(connection: Connection, name: str) -> bool:
    """Forget a profile; return whether there was one."""
    return connection.exec_driver_sql("DELETE FROM drawing_profiles WHERE name = ?", (name,)).rowcount > 0
