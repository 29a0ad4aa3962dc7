"""The province's answer to a package: what became of every change in it, signed."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from core.canonical import canonical_json
from core.errors import UserError
from wire.header import Closed, Digest, Moment, TypeKey, Uid, Whole
from wire.sealed import ForgedDocument, open_document, seal_document
from wire.signing import PrivateKey, PublicKey

FORMAT = 1
MEDIA_TYPE = "application/vnd.diaba.receipt+json"

Result = Literal["applied", "merged", "duplicate", "conflict", "rejected"]
RESULTS: tuple[Result, ...] = ("applied", "merged", "duplicate", "conflict", "rejected")
TAKEN: frozenset[Result] = frozenset({"applied", "merged", "duplicate"})


class CountedWaiver(Closed):
    """A waiver of the package that the province let count: the finding's key and its rule."""

    key: Digest
    rule_id: str


class Outcome(Closed):
    """What became of one change.

    ``revision`` is the sender's, which this answers. ``base_revision`` is the province's revision of the record from
    now on, ``None`` when the province does not hold it. ``theirs`` is the province's content after a merge or in a
    conflict; in a conflict, ``None`` says that the province has deleted the record. ``code`` and ``field`` say why
    a change was rejected or conflicts, ``context`` holds the facts for its words. ``waived`` are the findings that
    would have refused the change, had the sender not given a reason that counts.
    """

    uid: Uid
    type_id: TypeKey
    revision: Whole
    result: Result
    base_revision: Whole | None = None
    code: str | None = None
    field: str | None = None
    context: Mapping[str, Any] = Field(default_factory=dict)
    theirs: Mapping[str, Any] | None = None
    waived: tuple[CountedWaiver, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain JSON-able data; ``waived`` only where something was."""
        data = dict(self.__dict__) if self._is_short() else super().as_dict()
        if not self.waived:
            del data["waived"]
        return data

    def _is_short(self) -> bool:
        """Whether there is nothing but numbers and texts: of a thousand lines most are such."""
        return not self.context and self.theirs is None and not self.waived


class Receipt(Closed):
    """The answer to one package; it lists each of its changes once, in the package's order.

    ``received_at`` is the province's clock. ``sequence`` is the commune's commit sequence after this package, ``epoch``
    the life of the province's database to which it belongs. ``missing_sequences`` are packages of the same device that
    have not arrived. ``audit_head`` repeats the package's, and so countersigns the sender's journal up to there.
    """

    package_id: Digest
    commune_code: str
    device_id: Uid
    device_sequence: Whole
    missing_sequences: tuple[int, ...] = ()
    received_at: Moment
    epoch: Uid
    sequence: Whole
    catalogue_hash: str
    rule_pack_hash: str
    audit_head: str
    outcomes: tuple[Outcome, ...]
    format: int = FORMAT

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain JSON-able data."""
        plain = self.model_dump(mode="json", exclude={"outcomes"})
        return {**plain, "outcomes": [outcome.as_dict() for outcome in self.outcomes]}

    def count(self) -> dict[Result, int]:
        """Return how many changes had each result; the figures add up to the package's changes."""
        return {result: sum(outcome.result == result for outcome in self.outcomes) for result in RESULTS}


def seal_receipt(receipt: Receipt, key: PrivateKey) -> bytes:
    """Return the signed receipt as it is stored, sent, and carried on a stick: canonical JSON."""
    return seal_document(receipt.as_dict(), key)


def open_receipt(data: bytes, server_key: PublicKey) -> Receipt:
    """Return the receipt that ``seal_receipt`` made.

    Raises RECEIPT-DAMAGED when it is not whole and RECEIPT-FORGED when another than ``server_key`` signed it: a page of
    a hotel's network is not a receipt.
    """
    try:
        return Receipt.model_validate_json(canonical_json(open_document(data, server_key)))
    except ForgedDocument as error:
        raise UserError("RECEIPT-FORGED") from error
    except (ValueError, ValidationError) as error:
        raise UserError("RECEIPT-DAMAGED") from error
