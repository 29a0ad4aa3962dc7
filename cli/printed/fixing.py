"""What the command that fixes findings prints."""

from typing import Literal

from cli.printed.document import Document


class FixWayDocument(Document):
    """One way to fix a finding; ``certain`` when it is done without being asked for by its option."""

    fix: str
    option: str
    certain: bool
    title: str
    changes: list[str]


class FixableDocument(Document):
    """A finding and what can be done about it."""

    uid: str
    text: str
    fixes: list[FixWayDocument]


class SkippedDocument(Document):
    """A finding that was passed over."""

    uid: str
    type_id: str
    reason: Literal["stale", "settled", "nothing", "choice", "locked"]


class FixDocument(Document):
    """What was done: the step's ``label`` (none when nothing was), the records it changed, what was passed over."""

    label: str | None
    count: int
    uids: list[str]
    done: int
    skipped: list[SkippedDocument]
