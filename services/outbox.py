"""What waits to be sent and what became of what was sent; light enough for the window to ask at its start."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from localdb import outbox
from localdb.keys import load_device
from localdb.outbox import Conflict, StoredPackage, Waiting
from services.desk import Desk
from services.province_packs import OfferedPack, offered_packs


@dataclass(frozen=True, slots=True)
class Outbox:
    """How many records wait, which of them the province refused, what was sent and answered, what is disputed.

    Packages are newest last; ``offered`` are catalogue packs in force at the province and not here,
    ``results`` how many changes of a package had each result, by its id. A commune that has
    sent nothing yet has all its records waiting: they are counted only.
    """

    waiting: int
    refused: tuple[Waiting, ...]
    packages: tuple[StoredPackage, ...]
    conflicts: tuple[Conflict, ...]
    last_sync: str | None
    server: str | None
    offered: tuple[OfferedPack, ...] = ()
    results: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def outbox_of(desk: Desk) -> Outbox:
    """Return what waits and what became of what was sent."""
    enrolment = load_device(desk.workspace.info.workspace_id).enrolment
    offered = offered_packs(desk)
    with desk.reading() as connection:
        packages = tuple(reversed(outbox.fetch_packages(connection)))
        return Outbox(
            waiting=outbox.count_waiting(connection),
            refused=tuple(outbox.fetch_refused(connection)),
            packages=packages,
            conflicts=tuple(outbox.fetch_conflicts(connection)),
            last_sync=outbox.last_sync(connection),
            server=enrolment["server"] if enrolment else None,
            offered=offered,
            results=count_results(packages),
        )


def count_results(packages: Sequence[StoredPackage]) -> Mapping[str, Mapping[str, int]]:
    """Return how many changes of each answered package had each result, by the package's id."""
    answered = ((item.package_id, item.receipt) for item in packages if item.receipt is not None)
    return {package: Counter(outcome["result"] for outcome in receipt["outcomes"]) for package, receipt in answered}
