"""What waits to be sent and what became of what was sent; light enough for the window to ask at its start."""

from dataclasses import dataclass

from localdb import outbox
from localdb.keys import load_device
from localdb.outbox import Conflict, StoredPackage, Waiting
from services.desk import Desk
from services.province_packs import OfferedPack, offered_packs


@dataclass(frozen=True, slots=True)
class Outbox:
    """How many records wait, which of them the province refused, what was sent and answered, what is disputed.

    Packages are newest last; ``offered`` are catalogue packs in force at the province and not here. A commune that has
    sent nothing yet has all its records waiting: they are counted only.
    """

    waiting: int
    refused: tuple[Waiting, ...]
    packages: tuple[StoredPackage, ...]
    conflicts: tuple[Conflict, ...]
    last_sync: str | None
    server: str | None
    offered: tuple[OfferedPack, ...] = ()


def outbox_of(desk: Desk) -> Outbox:
    """Return what waits and what became of what was sent."""
    enrolment = load_device(desk.workspace.info.workspace_id).enrolment
    offered = offered_packs(desk)
    with desk.reading() as connection:
        return Outbox(
            waiting=outbox.count_waiting(connection),
            refused=tuple(outbox.fetch_refused(connection)),
            packages=tuple(reversed(outbox.fetch_packages(connection))),
            conflicts=tuple(outbox.fetch_conflicts(connection)),
            last_sync=outbox.last_sync(connection),
            server=enrolment["server"] if enrolment else None,
            offered=offered,
        )
