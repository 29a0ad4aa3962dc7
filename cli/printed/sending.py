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
    remarks: list[str]
    copy_file: str | None


class ToldFigureDocument(Document):
    """One of the seven figures of the workspace as it was last measured."""

    day: str
    good: int
    total: int


class CertificateDocument(Document):
    """With what the records were checked before sealing, and what was found, by rule and severity."""

    format: int
    program: str
    catalogue_hash: str
    rule_pack_hash: str
    tolerances: dict[str, float]
    checked_at: str
    checked: int
    findings: dict[str, dict[str, int]]
    waivers: int | None
    figures: dict[str, ToldFigureDocument] | None


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
    rule_pack: str
    certificate: CertificateDocument | None
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


class OfferedPackDocument(Document):
    """A catalogue pack in force at the province that the workspace has not taken."""

    pack_id: str
    version: int
    name: dict[str, str]
    issuer: str
    file: str


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
    recovered: int
    forgotten: int
    at: str
    clock_skew_s: float | None
    other_rules: list[str]
    offered_packs: list[OfferedPackDocument]
    outcomes: list[OutcomeDocument]


class TakenReceiptDocument(Document):
    """``receipt apply``: how many changes had each result; not ``new`` when the receipt was there already."""

    package_id: str
    new: bool
    applied: int
    merged: int
    duplicate: int
    conflict: int
    rejected: int
    other_rules: bool
