"""A package as a whole, as the rules about packages read it: a record of a kind of its own, in a batch of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.messages import LANGUAGES, render
from forms.model import RecordType, Section
from forms.record import Lineage, State
from validation.batch import Batch

DELIVERY = "package"
_FACTS = "delivery"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known of a package, or of the workspace that is about to seal it; ``None``: nobody knows, so no finding.

    ``open_errors`` are records with an error, ``authors`` those who last wrote what is in it, ``approver`` who has
    approved it, ``four_eyes`` whether that must be somebody else. ``program`` sealed it, ``oldest_program`` is the
    oldest that the receiver takes. ``days_without_backup`` count from the last backup or the workspace's first day.
    ``due`` and ``reported`` name the dossiers whose quarter's row was due and given; ``changes_this_quarter`` counts,
    and ``confirmed_unchanged`` says that somebody has confirmed that there were none.
    """

    package_id: str = ""
    sequence: int = 0
    open_errors: int | None = None
    authors: tuple[str, ...] | None = None
    approver: str | None = None
    four_eyes: bool | None = None
    program: str | None = None
    oldest_program: str | None = None
    days_without_backup: int | None = None
    due: tuple[str, ...] | None = None
    reported: tuple[str, ...] | None = None
    changes_this_quarter: int | None = None
    confirmed_unchanged: bool | None = None

    def batch(self) -> Batch:
        """Return the package as the engine takes it."""
        return delivery_batch([self])


@cache
def delivery_type() -> RecordType:
    """Return the kind of record that a package is to the rules; no catalogue has it and no table holds it."""
    title = {language: render("RULE-PACKAGE", {}, language) for language in LANGUAGES}
    return RecordType(
        id=DELIVERY,
        version=1,
        title=title,
        group="package",
        code="PKG",
        sections=(Section(key="main", label=title),),
        title_fields=(),
        fields=(),
    )


def delivery_batch(deliveries: Sequence[Delivery]) -> Batch:
    """Return packages side by side."""
    return Batch(
        type=delivery_type(),
        uids=[item.package_id for item in deliveries],
        revisions=[item.sequence for item in deliveries],
        values={_FACTS: list(deliveries)},
        geometries=np.full(len(deliveries), None, dtype=object),
        lineages=[Lineage()] * len(deliveries),
        states=[State.APPROVED] * len(deliveries),
    )


def deliveries_of(batch: Batch) -> Iterator[tuple[int, Delivery]]:
    """Yield the place and the facts of every package in a batch."""
    yield from enumerate(batch.column(_FACTS))
