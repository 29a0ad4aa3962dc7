"""A province restored from a backup: what it took after that backup is offered again, nothing of it is lost.

Such a server has another epoch. What it holds of a record now is then one of three things: what this computer believed
it to hold, or what came after that; an older version, known from the record's own history, on which what was lost is
offered again; or something nobody here has seen, which a person decides about as about any other difference.
"""

from dataclasses import dataclass, field

from forms.content import Content, content_hash
from forms.files import linked_files
from forms.model import RecordType
from forms.record import State
from localdb import journal, outbox, outbox_rows, records
from localdb.engine import Connection
from localdb.unit_of_work import UnitOfWork
from localdb.waivers import fetch_waivers
from services.checking import check_some
from services.desk import Desk
from sync.client import GatewayClient
from wire.changes import plain_content


@dataclass(frozen=True, slots=True)
class _Held:
    """What the province holds of a record; the content is left out where it is what was believed.

    ``agreed`` is the last revision at which it held what this computer believes, ``None`` when it never did.
    """

    revision: int
    hash: str | None
    content: Content | None
    agreed: int | None


@dataclass(slots=True)
class Recovered:
    """The records that are offered again, and those that a person has to look at."""

    again: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many records the province had lost."""
        return len(self.again) + len(self.doubtful)


def recover_lost(desk: Desk, client: GatewayClient) -> Recovered:
    """Offer again what a restored province has lost; nothing when it is the one that was last heard of.

    Nothing is sent here: records that were accepted stand as approved again, on the version that the province now has,
    and go with the next package; those that a rule now holds back become drafts.
    """
    with desk.reading() as connection:
        known = outbox.known_epoch(connection)
        if known is None or client.health().epoch == known:
            return Recovered()
        bases = outbox.fetch_bases(connection)
    believed = {uid: _hash_of(desk, base.type_id, base.content) for uid, base in bases.items()}
    epoch, held = _fetch_held(client, believed)
    recovered = Recovered()
    with desk.work("WORK-RECOVER", kind="state") as work:
        for uid, base in bases.items():
            if base.type_id in desk.catalogue.types:
                kind = desk.catalogue.type(base.type_id)
                _recover(desk, work, kind, uid, base, held.get(uid), recovered)
        _hold_back(desk, work, recovered)
        work.set_pull_state(epoch, 0)
    return recovered


def _fetch_held(client: GatewayClient, believed: dict[str, str | None]) -> tuple[str, dict[str, _Held]]:
    """Return the province's epoch and what it now holds of each record."""
    found: dict[str, _Held] = {}
    cursor, epoch = 0, None
    while True:
        page = client.fetch_changes(cursor, epoch)
        for item in page.changes:
            known = item.uid in believed and believed[item.uid] == item.content_hash
            content = None if known or item.content is None else dict(item.content)
            before = found.get(item.uid)
            agreed = item.revision if known else before.agreed if before else None
            found[item.uid] = _Held(item.revision, item.content_hash, content, agreed)
        cursor, epoch = page.next, page.epoch
        if not page.more:
            return epoch, found


def _recover(
    desk: Desk,
    work: UnitOfWork,
    kind: RecordType,
    uid: str,
    base: outbox.Base,
    now: _Held | None,
    recovered: Recovered,
) -> None:
    if now is not None and now.agreed is not None:  # nothing of it was lost; what came after is pulled as ever
        if now.agreed != base.revision:
            work.set_base(kind, uid, revision=now.agreed, content=base.content)
        return
    record = records.fetch_record(work.connection, desk.catalogue, uid, deleted=True)
    if record is None:
        return
    if now is None:
        work.clear_base(kind, uid)
        if record.deleted_at is not None:
            work.forget_waiting(kind, uid)
            return
        listed = recovered.again
    elif now.hash in _history(work.connection, kind, uid):
        work.set_base(kind, uid, revision=now.revision, content=now.content)
        listed = recovered.again
    else:
        work.clear_base(kind, uid)
        listed = recovered.doubtful
    work.forget_files(link.sha256 for link in linked_files(kind, record.values))
    if not outbox_rows.is_waiting(work.connection, uid):
        work.let_wait(kind, uid, record.revision)
        work.set_state(kind, [uid], State.APPROVED if listed is recovered.again else State.DRAFT)
    listed.append(uid)


def _history(connection: Connection, kind: RecordType, uid: str) -> set[str | None]:
    """Return the hashes of everything that a record has ever said here; ``None`` when it was ever deleted."""
    found: set[str | None] = set()
    content: Content | None = None
    for change in journal.fetch_changes(connection, uid=uid):
        if change.operation in ("insert", "restore"):
            content = dict(change.after or {})
        elif change.operation == "update" and content is not None:
            content = {**content, **(change.after or {})}
        elif change.operation == "delete":
            content = None
        else:
            continue
        found.add(None if content is None else content_hash(plain_content(kind, content)))
    return found


def _hash_of(desk: Desk, type_id: str, content: Content | None) -> str | None:
    if content is None:
        return None
    kind = desk.catalogue.types.get(type_id)
    return content_hash(content if kind is None else plain_content(kind, content))


def _hold_back(desk: Desk, work: UnitOfWork, recovered: Recovered) -> None:
    """Make drafts of the records that a rule of today would keep from being sent."""
    offered = [records.fetch_record(work.connection, desk.catalogue, uid) for uid in recovered.again]
    standing = [record for record in offered if record is not None and record.state is State.APPROVED]
    found, given = check_some(desk, work.connection, standing), fetch_waivers(work.connection, desk.catalogue)
    held = {finding.uid for finding in found if given.blocks(finding)}
    for record in standing:
        if record.uid in held:
            work.set_state(desk.catalogue.type(record.type_id), [record.uid], State.DRAFT)
