"""Places of the map that somebody wants to find again: a name and a box, outside the journal, never sent."""

from dataclasses import dataclass

from sqlalchemy import Connection

from localdb.engine import fetch_rows

_COLUMNS = "name, xmin, ymin, xmax, ymax, created_at, created_by"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A named box in metres of the workspace's zone: xmin, ymin, xmax, ymax."""

    name: str
    bounds: tuple[float, float, float, float]
    created_at: str = ""
    created_by: str = ""


def put_bookmark(connection: Connection, bookmark: Bookmark) -> None:
    """Keep a bookmark, in the place of the one of the same name."""
    connection.exec_driver_sql(
        f"INSERT OR REPLACE INTO bookmarks({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constant)
        (bookmark.name, *bookmark.bounds, bookmark.created_at, bookmark.created_by),
    )


def fetch_bookmarks(connection: Connection) -> list[Bookmark]:
    """Return every bookmark, by name."""
    rows = fetch_rows(connection, f"SELECT {_COLUMNS} FROM bookmarks ORDER BY name")  # noqa: S608 (constant)
    return [Bookmark(name, (xmin, ymin, xmax, ymax), at, by) for name, xmin, ymin, xmax, ymax, at, by in rows]


def drop_bookmark(connection: Connection, name: str) -> bool:
    """Forget a bookmark; return whether there was one."""
    return connection.exec_driver_sql("DELETE FROM bookmarks WHERE name = ?", (name,)).rowcount > 0
