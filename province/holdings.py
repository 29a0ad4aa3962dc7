"""Reads what the province holds of a commune: records, their versions, what a device sent before."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from forms.content import LINEAGE, Content
from forms.lineages import PlainRows
from forms.model import RecordType
from forms.record import State
from province.bulk import among, parts
from province.deciding import Known, Taken, Version
from province.tables import attachments, records, taken_changes, versions
from validation.batch import Batch
from wire.changes import RecordChange
from wire.spelling import Spellings


def load_content(text: str | None) -> Content | None:
    """Return the content of a stored text."""
    return None if text is None else dict(json.loads(text))


@dataclass(frozen=True, slots=True)
class Holdings:
    """One commune's records, seen through one connection."""

    connection: Connection
    commune_code: str

    def known(self, changes: Sequence[RecordChange], device_id: str) -> Iterator[Known]:
        """Yield what is known of each change's record, in their order."""
        for part in parts(self.connection, changes):
            uids = [change.uid for change in part]
            current = self._current(uids)
            taken = self._taken(uids, device_id)
            for change in part:
                type_id, version = current.get(change.uid, (None, None))
                yield Known(type_id, version, taken.get(change.uid, ()), partial(self._find_version, change.uid))

    def _current(self, uids: Sequence[str]) -> dict[str, tuple[str, Version]]:
        query = select(records).where(
            records.c.commune_code == self.commune_code, among(self.connection, records.c.uid, uids)
        )
        return {
            row.uid: (row.type_id, Version(row.revision, load_content(row.content), row.content_hash))
            for row in self.connection.execute(query)
        }

    def _taken(self, uids: Sequence[str], device_id: str) -> dict[str, list[Taken]]:
        query = select(taken_changes).where(
            taken_changes.c.commune_code == self.commune_code,
            among(self.connection, taken_changes.c.uid, uids),
            taken_changes.c.device_id == device_id,
        )
        found: dict[str, list[Taken]] = {}
        for row in self.connection.execute(query):
            said = load_content(row.content)
            taken = Taken(row.change_id, row.device_revision, row.revision, said, row.content_hash)
            found.setdefault(row.uid, []).append(taken)
        return found

    def _find_version(self, uid: str, revision: int | None, digest: str | None) -> Version | None:
        """Return the version a device built on: of that revision and hash, else the newest of that hash."""
        query = select(versions).where(
            versions.c.commune_code == self.commune_code, versions.c.uid == uid, versions.c.content_hash == digest
        )
        rows = list(self.connection.execute(query.order_by(versions.c.revision.desc())))
        if digest is None:
            rows = [row for row in rows if row.revision == revision and row.content is None]
        rows.sort(key=lambda row: row.revision != revision)
        return Version(rows[0].revision, load_content(rows[0].content), digest) if rows else None

    def living(self, uids: Iterable[str]) -> set[str]:
        """Return which of these records the province holds and has not deleted."""
        wanted = sorted(set(uids))
        found: set[str] = set()
        for part in parts(self.connection, wanted):
            query = select(records.c.uid).where(
                records.c.commune_code == self.commune_code,
                among(self.connection, records.c.uid, part),
                records.c.content.is_not(None),
            )
            found.update(self.connection.execute(query).scalars())
        return found

    def contents(self, hashes: Iterable[str]) -> dict[str, int]:
        """Return the sizes of those files, by hash, that came with a package of the commune before."""
        wanted = sorted(set(hashes))
        found: dict[str, int] = {}
        for part in parts(self.connection, wanted):
            query = select(attachments.c.sha256, attachments.c.bytes).where(
                attachments.c.commune_code == self.commune_code,
                among(self.connection, attachments.c.sha256, part),
            )
            found.update((row.sha256, row.bytes) for row in self.connection.execute(query))
        return found

    def batch(self, record_type: RecordType, but: Collection[str] = ()) -> Batch:
        """Return the living records of a type as rules read them, without some, in the order of their uids."""
        query = select(records.c.uid, records.c.revision, records.c.content).where(
            records.c.commune_code == self.commune_code,
            records.c.type_id == record_type.id,
            records.c.content.is_not(None),
        )
        rows = self.connection.execute(query.order_by(records.c.uid)).all()
        return build_batch(
            record_type,
            [(row.uid, row.revision, load_content(row.content) or {}) for row in rows if row.uid not in but],
        )


def build_batch(
    record_type: RecordType, rows: Sequence[tuple[str, int, Content]], spellings: Spellings | None = None
) -> Batch:
    """Return uid, revision and content of each record as the rules read them."""
    contents = [content for _, _, content in rows]
    return Batch(
        type=record_type,
        uids=[uid for uid, _, _ in rows],
        revisions=[revision for _, revision, _ in rows],
        values=_columns(record_type, contents),
        geometries=(spellings or Spellings()).shapes(contents),
        lineages=PlainRows([content.get(LINEAGE) or {} for content in contents]),
        states=[State.SENT] * len(rows),
    )


def _columns(record_type: RecordType, contents: Sequence[Content]) -> dict[str, list[Any]]:
    """Return the fields of contents by key; of one that an older catalogue made some may be missing."""
    keys = [item.key for item in record_type.fields]
    if len(keys) > 1 and contents and all(map(record_type.field_keys.issubset, contents)):
        return dict(zip(keys, map(list, zip(*map(itemgetter(*keys), contents), strict=True)), strict=True))
    return {key: [content.get(key) for content in contents] for key in keys}
