"""Documents of conflicts."""

from typing import Any

from cli.printed.document import Document


class DisputedDocument(Document):
    """One field in dispute, or ``record`` where one side deleted it; values as in a record's content."""

    field: str
    base: Any
    ours: Any
    theirs: Any
    sentence: str


class ConflictDocument(Document):
    """``conflicts``: a record that waits for a decision; ``settled`` are fields that only one side changed."""

    uid: str
    type: str
    title: str
    revision: int
    theirs_revision: int
    at: str
    disputed: list[DisputedDocument]
    settled: list[str]


class DecidedDocument(Document):
    """``decide``: whether the record is deleted now, and whether something is still to be sent."""

    uid: str
    deleted: bool
    waits: bool
