"""A record that a dossier's folder will become, before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.identity import new_uid
from core.progress import Progress
from forms.computed import compute_values
from forms.files import FileLink
from forms.model import RecordType
from forms.record import Lineage
from localdb.unit_of_work import UnitOfWork
from services.desk import Desk
from services.file_storing import StoredFile
from services.identity import with_local_code

OWNER = "dossier_uid"


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """A file in a record's field ``key``, by its path in the folder; ``told`` is what is said of it beside the file."""

    key: str
    path: str
    told: Mapping[str, Any] = field(default_factory=dict)

    def as_link(self, stored: StoredFile) -> FileLink:
        """Return the link to the stored file; what is said counts for all that it could have said."""
        plain = FileLink(stored.link.sha256, stored.link.name, stored.link.bytes, stored.link.mime)
        return replace(plain, **self.told) if self.told else stored.link


@dataclass(slots=True)
class PlannedRecord:
    """A record to be; ``code`` is what it is called in its class or sheet, ``path`` the one file that it is about."""

    kind: RecordType
    code: str
    values: dict[str, Any]
    lineage: Lineage
    geometry: Any = None
    path: str | None = None
    links: list[PlannedLink] = field(default_factory=list)
    uid: str = field(default_factory=new_uid)

    def write(self, desk: Desk, work: UnitOfWork, owner: str | None, stored: Mapping[str, StoredFile]) -> None:
        """Store it, one of a type that belongs to a dossier as that of the dossier ``owner``."""
        values = dict(self.values)
        if owner is not None and any(one.key == OWNER for one in self.kind.fields):
            values[OWNER] = owner
        if self.path is not None:
            told = stored[self.path].as_fields(self.kind)
            values = {**told, **{key: one for key, one in values.items() if one is not None}}
        for key in dict.fromkeys(link.key for link in self.links):
            found = [link.as_link(stored[link.path]) for link in self.links if link.key == key]
            values[key] = [link.as_dict() for link in {(one.sha256, one.page): one for one in found}.values()]
        values |= compute_values(self.kind, values, self.geometry)
        complete = dict(with_local_code(desk, work, self.kind, values))
        work.insert(self.kind, complete, self.geometry, self.lineage, uid=self.uid)


def write_planned(
    desk: Desk,
    work: UnitOfWork,
    dossier: PlannedRecord,
    members: Sequence[PlannedRecord],
    stored: Mapping[str, StoredFile],
    progress: Progress,
) -> None:
    """Store a dossier and what belongs to it."""
    dossier.write(desk, work, None, stored)
    for done, one in enumerate(members):
        if done % 100 == 0:
            progress.step(done, len(members))
        one.write(desk, work, dossier.uid, stored)
