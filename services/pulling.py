"""Taking over what others of the commune, or the province, changed; nothing of ours is overwritten unseen."""

from dataclasses import dataclass, field

from core.errors import UserError
from forms.content import Content, record_content, split_content
from forms.files import attached_files
from forms.model import RecordType
from forms.record import Record
from localdb import outbox, outbox_rows, records
from localdb.unit_of_work import UnitOfWork
from services.desk import Desk
from wire.changes import plain_content
from wire.merge import merge_record
from wire.protocol import ChangeItem, ChangesPage


@dataclass(slots=True)
class Pulled:
    """What a pull brought: records taken over, merged with ours, and parked for a person to decide."""

    taken: int = 0
    merged: int = 0
    parked: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many records of ours the pull touched."""
        return self.taken + self.merged + len(self.parked)


def apply_page(desk: Desk, page: ChangesPage, pulled: Pulled) -> None:
    """Apply one page of changes and the place it ends at, in one transaction."""
    with desk.work("WORK-PULL", kind="pull") as work:
        for item in page.changes:
            _apply(desk, work, item, pulled)
        work.set_pull_state(page.epoch, page.next)


def _apply(desk: Desk, work: UnitOfWork, item: ChangeItem, pulled: Pulled) -> None:
    if item.type_id not in desk.catalogue.types:
        raise UserError("SYNC-NEWER-CATALOGUE", type=item.type_id)
    base = outbox.fetch_base(work.connection, item.uid)
    if base is not None and base.revision >= item.revision:
        return
    record_type = desk.catalogue.type(item.type_id)
    theirs = None if item.content is None else plain_content(record_type, dict(item.content))
    if theirs is not None:
        work.note_files((link.sha256, link.bytes, link.mime) for link in attached_files(record_type, theirs))
    ours = records.fetch_record(work.connection, desk.catalogue, item.uid, deleted=True)
    if not outbox_rows.is_waiting(work.connection, item.uid):
        take_content(work, record_type, item.uid, theirs, ours)
        work.set_base(record_type, item.uid, revision=item.revision, content=theirs)
        pulled.taken += 1
        return
    mine = None if ours is None or ours.deleted_at else plain_content(record_type, record_content(ours))
    met = merge_record(record_type, None if base is None else base.content, mine, theirs)
    if met.conflicts:
        work.park_conflict(record_type, item.uid, revision=item.revision, theirs=theirs)
        pulled.parked.add(item.uid)
        return
    if ours is not None and met.values is not None and mine is not None:
        values, geometry, lineage = split_content(met.values)
        work.update(record_type, item.uid, values=values, geometry=geometry, lineage=lineage, expected=ours.revision)
    work.set_base(record_type, item.uid, revision=item.revision, content=theirs)
    pulled.merged += 1


def take_content(
    work: UnitOfWork, record_type: RecordType, uid: str, content: Content | None, ours: Record | None
) -> Record | None:
    """Make ``content`` what the record says, ``None`` for a deletion; ``ours`` is the record as it now is, or none.

    Fields that only the province's newer catalogue knows are left aside: they stay in the base. Return the record as it
    then is, ``None`` when it is deleted or never was.
    """
    standing = ours if ours is not None and ours.deleted_at is None else None
    if content is None:
        if standing is not None:
            work.delete(record_type, uid, expected=standing.revision)
        return None
    values, geometry, lineage = split_content(content)
    known = {item.key for item in record_type.fields}
    values = {key: value for key, value in values.items() if key in known}
    if standing is None:
        return work.insert(record_type, values, geometry, lineage, uid=uid)
    return work.update(record_type, uid, values=values, geometry=geometry, lineage=lineage, expected=standing.revision)
