"""What several records have in common, and what the rules say of them, for whoever changes them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.progress import SILENT, Progress
from localdb import records
from services.checking import check_some
from services.desk import Desk
from validation.rule import Finding

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Compared:
    """The revisions looked at by uid, the values on which all agree, and the keys of the fields in which they differ.

    ``values`` has every field; ``None`` where nobody has said anything, and for the fields that differ.
    """

    type_id: str
    revisions: Mapping[str, int]
    values: Mapping[str, Any]
    differing: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many records were compared."""
        return len(self.revisions)


def compare_records(desk: Desk, type_id: str, uids: Sequence[str], *, progress: Progress = SILENT) -> Compared:
    """Compare records field by field; those that are there no more are left out."""
    record_type = desk.catalogue.type(type_id)
    keys = [field.key for field in record_type.fields]
    shared: dict[str, Any] | None = None
    differing: set[str] = set()
    revisions: dict[str, int] = {}
    with desk.reading() as connection:
        for start in range(0, len(uids), BATCH):
            progress.step(start, len(uids))
            batch = records.fetch_batch(connection, record_type, uids[start : start + BATCH])
            if not len(batch):
                continue
            revisions.update(zip(batch.uids, batch.revisions, strict=True))
            if shared is None:
                shared = {key: batch.values[key][0] for key in keys}
            for key in keys:
                if key not in differing and any(value != shared[key] for value in batch.values[key]):
                    differing.add(key)
    values = {key: None if key in differing else (shared or {}).get(key) for key in keys}
    return Compared(type_id, revisions, values, tuple(key for key in keys if key in differing))


def check_chosen(desk: Desk, type_id: str, uids: Sequence[str]) -> list[Finding]:
    """Return what every rule finds in some records among their neighbours."""
    record_type = desk.catalogue.type(type_id)
    with desk.reading() as connection:
        return check_some(desk, connection, records.fetch_records(connection, record_type, uids))
