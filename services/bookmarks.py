"""Bookmarks of the map, kept in the workspace."""

import math

from core.errors import UserError
from core.text import clean_text
from localdb import bookmarks
from localdb.bookmarks import Bookmark
from services.desk import Desk

__all__ = ["Bookmark", "fetch_bookmarks", "keep_bookmark", "remove_bookmark"]

LONGEST_NAME = 120


def keep_bookmark(desk: Desk, name: str, bounds: tuple[float, float, float, float]) -> Bookmark:
    """Keep a box of the map, metres of the desk's zone, under a name; one of the same name is replaced.

    Raise ``UserError`` BOOKMARK-NAME for an empty or too long name, BOOKMARK-BOUNDS for a box that is none.
    """
    tidy = clean_text(name)
    if not tidy or len(tidy) > LONGEST_NAME:
        raise UserError("BOOKMARK-NAME", most=LONGEST_NAME)
    xmin, ymin, xmax, ymax = bounds
    if not all(map(math.isfinite, bounds)) or xmin > xmax or ymin > ymax:
        raise UserError("BOOKMARK-BOUNDS", name=tidy)
    kept = Bookmark(tidy, bounds, desk.now(), desk.actor.name)
    with desk.workspace.store.writing() as connection:
        bookmarks.put_bookmark(connection, kept)
    return kept


def fetch_bookmarks(desk: Desk) -> list[Bookmark]:
    """Return every bookmark, by name."""
    with desk.reading() as connection:
        return bookmarks.fetch_bookmarks(connection)


def remove_bookmark(desk: Desk, name: str) -> None:
    """Forget a bookmark; raise ``UserError`` BOOKMARK-UNKNOWN when there is none of that name."""
    with desk.workspace.store.writing() as connection:
        if not bookmarks.drop_bookmark(connection, name):
            raise UserError("BOOKMARK-UNKNOWN", name=name)
