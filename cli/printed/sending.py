"""Documents on the way to the province."""

from typing import Literal

from pydantic import ConfigDict

from cli.printed.document import Document


class PackageDocument(Document):
    """``package``: the sealed package."""

    package_id: str
    sequence: int
    file: str
    count: int
    counts: dict[str, dict[str, int]]
    files: int
    left: int
    copy_file: str | None


class VerifyDocument(Document):
    """``verify-package``: a package that is whole and signed."""

    package_id: str
    file: str
    commune: str
    device: str
    sequence: int
    count: int
    counts: dict[str, dict[str, int]]
    approved_by: str
    sealed_at: str
    waived: int


class EnrolDocument(Document):
    """``enrol``: what the province registered."""

    server: str
    device_id: str
    commune: str
    role: str


class OutcomeDocument(Document):
    """What became of one change at the province."""

    model_config = ConfigDict(extra="allow")

    uid: str
    type_id: str
    result: Literal["applied", "merged", "duplicate", "conflict", "rejected"]


class SyncDocument(Document):
    """``sync``: what was sent and what came back."""

    server: str
    sent: int
    packages: list[str]
    receipts: list[str]
    applied: int
    merged: int
    duplicate: int
    rejected: int
    conflicts: int
    pulled: int
    at: str
    clock_skew_s: float | None
    outcomes: list[OutcomeDocument]
