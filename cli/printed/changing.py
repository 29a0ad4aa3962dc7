"""Documents of changes to records and their history."""

from typing import Any

from cli.printed.document import Document


class ChangedDocument(Document):
    """``set``, ``copy``, ``revert``, ``reshape``, ``offset``, ``simplify``: the records that changed."""

    label: str
    count: int
    uids: list[str]


class ChangeDocument(Document):
    """``history``: one change of a record; ``before`` and ``after`` hold what differs."""

    sequence: int
    operation: str
    kind: str
    label: str
    revision: int
    at: str
    actor: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class StepDocument(Document):
    """``undo``, ``redo``: the step, null when there was none, and how many records it touched."""

    label: str | None
    skipped: bool
    count: int
