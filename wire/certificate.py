"""``data/validation.json``: with what the records of a package were checked before sealing, and what was found."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from core.canonical import canonical_json
from core.errors import UserError
from wire import bag
from wire.header import Closed, Digest, Moment, Name, PackageHeader, TypeKey, Whole
from wire.plain import parse_canonical

FORMAT = 1

SeverityName = Literal["error", "warning", "info"]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,7}-\d{2,4}$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]


class ToldFigure(Closed):
    """One of the seven figures as it was last measured: ``good`` of ``total``, on a day by the calendar of Vietnam."""

    day: Day
    good: Whole
    total: Whole


class Certificate(Closed):
    """What the sender's rules said of the records that are to stand, at ``checked_at`` by the sender's clock.

    ``rule_pack_hash`` and ``catalogue_hash`` are those of the package's header, ``tolerances`` those that differ from
    the program's own. ``checked`` records were looked at; ``findings`` counts what stands against them, by rule and
    severity. ``waivers`` counts the findings that somebody has waived, ``figures`` are the seven figures of the whole
    workspace by word; both ``None`` where the sender does not tell. It is information: the province asks its own rules
    again.
    """

    program: Name
    catalogue_hash: Digest
    rule_pack_hash: Digest
    tolerances: Mapping[TypeKey, float] = Field(default_factory=dict)
    checked_at: Moment
    checked: Whole
    findings: Mapping[RuleId, Mapping[SeverityName, Whole]] = Field(default_factory=dict)
    waivers: Whole | None = None
    figures: Mapping[TypeKey, ToldFigure] | None = None
    format: int = FORMAT

    def count(self, severity: SeverityName) -> int:
        """Return how many findings of one severity stand."""
        return sum(counted.get(severity, 0) for counted in self.findings.values())

    def encode(self) -> bytes:
        """Return the bytes of ``validation.json``."""
        return canonical_json(self.as_dict())


def parse_certificate(data: bytes, header: PackageHeader) -> Certificate:
    """Return the certificate of untrusted bytes, which must be about the package of ``header``.

    Raises PACKAGE-FORMAT for a version this program does not read, PACKAGE-DAMAGED for anything that is not canonical,
    not complete, or about other rules or another catalogue than the header names.
    """
    try:
        found = parse_canonical(data)
        if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] != FORMAT:
            raise UserError("PACKAGE-FORMAT", format=found["format"], known=FORMAT)
        certificate = Certificate.model_validate_json(data)
    except (ValueError, RecursionError, ValidationError) as error:
        raise UserError("PACKAGE-DAMAGED", file=bag.CERTIFICATE) from error
    about = (certificate.catalogue_hash, certificate.rule_pack_hash)
    if certificate.encode() != data or about != (header.catalogue_hash, header.rule_pack_hash):
        raise UserError("PACKAGE-DAMAGED", file=bag.CERTIFICATE)
    return certificate
