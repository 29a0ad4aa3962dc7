"""Keeping what is typed until it is stored: a killed program loses nothing, and nothing of it ever leaves here."""

from dataclasses import replace

from localdb import drafts
from localdb.drafts import Draft
from services.desk import Desk

__all__ = ["Draft", "fetch_drafts", "forget_draft", "keep_draft"]


def keep_draft(desk: Desk, draft: Draft) -> None:
    """Keep a draft, in the place of the one under the same key; without a time it gets that of now."""
    with desk.workspace.store.writing() as connection:
        drafts.put_draft(connection, draft if draft.saved_at else replace(draft, saved_at=desk.now()))


def fetch_drafts(desk: Desk) -> list[Draft]:
    """Return every draft, the latest first; those of a type that the catalogue no longer has wait unseen."""
    with desk.reading() as connection:
        return [draft for draft in drafts.fetch_drafts(connection) if draft.type_id in desk.catalogue.types]


def forget_draft(desk: Desk, key: str) -> None:
    """Forget the draft under a key; none there is no error."""
    with desk.workspace.store.writing() as connection:
        drafts.drop_draft(connection, key)
