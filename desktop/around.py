"""What is told when records around were changed as well, for the sake of a border that they share."""

from collections.abc import Collection

from desktop.words import word
from services.editing import Changed


def describe_around(changed: Changed, own: Collection[str]) -> str:
    """Say how many records beside ``own`` (uids) were changed, and how many of them are drafts again; else nothing."""
    around = {uid for _, uid in changed.records if uid not in own}
    reopened = {uid for _, uid in changed.reopened if uid not in own}
    if not around:
        return ""
    if not reopened:
        return word("UI-AROUND", count=len(around))
    return word("UI-AROUND-REOPENED", count=len(around), reopened=len(reopened))
