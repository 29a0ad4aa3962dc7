"""Uploads that may break off anywhere and go on from there: tus 1.0 with creation, checksum, expiration, termination.

What counts as received is what has been forced to disk and then noted: the offset in the database never runs ahead of
the file, and whatever the file holds beyond it is cut off before more is written.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select, update

from core.errors import UserError
from core.identity import new_uid
from province.file_locks import locked
from province.gateway import Gateway
from province.sessions import Session
from province.storage import hold_name, is_shared
from province.tables import packages, uploads
from province.upload_quotas import refuse_beyond_quotas, refuse_without_room
from wire.package import sync_folder

RECEIVING, RECEIVED, HELD, TAKEN, REFUSED = "receiving", "received", "held", "taken", "refused"
UploadKey = tuple[str, str]
"""Commune and upload."""

_NOTED_WITHIN_S = 3600
_UPLOAD_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Upload:
    """One package on its way in; ``error`` is canonical JSON once it has been refused.

    ``metadata`` is what its sender said of it, as it was spelled.
    """

    upload_id: str
    commune_code: str
    device_id: str
    package_id: str
    length: int
    received: int
    state: str
    error: str | None
    expires_at: str
    metadata: str | None = None

    @classmethod
    def of(cls, row: Row[tuple[object, ...]]) -> "Upload":
        """Return the upload of a row."""
        return cls(
            row.upload_id,
            row.commune_code,
            row.device_id,
            row.package_id,
            row.length,
            row.received_bytes,
            row.state,
            row.error,
            row.expires_at,
            row.metadata,
        )

    def as_row(self) -> dict[str, object]:
        """Return the columns of its row, but for when it began."""
        row = asdict(self)
        row["received_bytes"] = row.pop("received")
        return row


class Uploads:
    """The uploads of a gateway; each is written by one request at a time."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._busy: set[str] = set()
        self._guard = threading.Lock()

    def path(self, upload_id: str) -> Path:
        """Where an upload's bytes lie."""
        return self._gateway.settings.inbox / f"{upload_id}.part"

    def create(self, session: Session, package_id: str, length: int, metadata: str | None = None) -> Upload:
        """Return the device's upload of a package: a new one, or the one it began before.

        Raises UPLOAD-TOO-LONG, what ``refuse_beyond_quotas`` and ``refuse_without_room`` raise, and UPLOAD-LENGTH when
        it began with another length.
        """
        settings = self._gateway.settings
        if length > settings.limits.archive_bytes:
            raise UserError("UPLOAD-TOO-LONG", limit=settings.limits.archive_bytes)
        self.forget_expired(session.commune_code)
        with self._gateway.database.writing() as connection:
            hold_name(connection, "uploads", session.commune_code)
            found = self._find_own(connection, session, package_id)
            if found is not None and found.state == REFUSED:
                self._drop(connection, session.commune_code, found.upload_id)
                found = None
            if found is not None:
                if found.length != length:
                    raise UserError("UPLOAD-LENGTH", length=found.length)
                return found
            taken = self._is_taken(connection, session, package_id)
            if not taken:
                refuse_beyond_quotas(
                    connection,
                    settings,
                    commune_code=session.commune_code,
                    device_id=session.device_id,
                    length=length,
                )
                refuse_without_room(settings, length)
            return self._insert(connection, session, package_id, length, metadata, taken=taken)

    def _insert(
        self,
        connection: Connection,
        session: Session,
        package_id: str,
        length: int,
        metadata: str | None,
        *,
        taken: bool,
    ) -> Upload:
        upload_id = new_uid()
        if not taken:
            self.path(upload_id).touch(exist_ok=False)
            sync_folder(self._gateway.settings.inbox)
        begun = Upload(
            upload_id=upload_id,
            commune_code=session.commune_code,
            device_id=session.device_id,
            package_id=package_id,
            length=length,
            received=length if taken else 0,
            state=TAKEN if taken else RECEIVING,
            error=None,
            expires_at=self._gateway.now(self._gateway.settings.upload_s),
            metadata=metadata,
        )
        connection.execute(insert(uploads).values(**begun.as_row(), created_at=self._gateway.now()))
        return begun

    def _find_own(self, connection: Connection, session: Session, package_id: str) -> Upload | None:
        query = select(uploads).where(self._of(session), uploads.c.package_id == package_id)
        row = connection.execute(query.with_for_update()).one_or_none()
        return None if row is None else Upload.of(row)

    def _is_taken(self, connection: Connection, session: Session, package_id: str) -> bool:
        query = select(packages.c.package_id).where(
            packages.c.commune_code == session.commune_code, packages.c.package_id == package_id
        )
        return connection.execute(query).first() is not None

    def find(self, session: Session, upload_id: str) -> Upload:
        """Return an upload of this device; raise UPLOAD-UNKNOWN (another device's too) or UPLOAD-GONE (expired)."""
        found = self.get(session.commune_code, upload_id)
        if found.device_id != session.device_id:
            raise UserError("UPLOAD-UNKNOWN")
        if found.state == RECEIVING and found.expires_at < self._gateway.now():
            raise UserError("UPLOAD-GONE")
        return found

    def find_package(self, connection: Connection, session: Session, package_id: str) -> Upload | None:
        """Return the upload of a package, the device's own first, or ``None``."""
        query = select(uploads).where(
            uploads.c.commune_code == session.commune_code, uploads.c.package_id == package_id
        )
        found = [Upload.of(row) for row in connection.execute(query.order_by(uploads.c.created_at))]
        own = [upload for upload in found if upload.device_id == session.device_id]
        return next(iter(own or found), None)

    @contextmanager
    def holding(self, upload_id: str) -> Iterator[None]:
        """Keep every other request, here and in other workers on the folder, from writing to this upload.

        Raises UPLOAD-BUSY when one does already, UPLOAD-UNKNOWN for what is no upload's name.
        """
        _refuse_other_names(upload_id)
        with self._guard:
            if upload_id in self._busy:
                raise UserError("UPLOAD-BUSY")
            self._busy.add(upload_id)
        try:
            with locked(self.path(upload_id)) as alone:
                if not alone:
                    raise UserError("UPLOAD-BUSY")
                yield
        finally:
            with self._guard:
                self._busy.discard(upload_id)

    def terminate(self, session: Session, upload_id: str) -> None:
        """Forget an upload and its bytes; a package that was taken stays taken."""
        with self.holding(upload_id):
            found = self.find(session, upload_id)
            if found.state in (RECEIVED, HELD):
                raise UserError("UPLOAD-BUSY")
            with self._gateway.database.writing() as connection:
                self._drop(connection, session.commune_code, upload_id)

    def note(self, upload: Upload, received: int) -> Upload:
        """Note that ``received`` bytes are on disk and return the upload as it stands now."""
        noted = replace(
            upload,
            received=received,
            state=RECEIVED if received == upload.length else RECEIVING,
            expires_at=self._gateway.now(self._gateway.settings.upload_s),
        )
        with self._gateway.database.writing() as connection:
            done = connection.execute(
                update(uploads)
                .where(
                    uploads.c.commune_code == upload.commune_code,
                    uploads.c.upload_id == upload.upload_id,
                    uploads.c.received_bytes == upload.received,
                    uploads.c.state == RECEIVING,
                )
                .values(received_bytes=noted.received, state=noted.state, expires_at=noted.expires_at)
            )
        if done.rowcount != 1:
            raise UserError("UPLOAD-BUSY")
        return noted

    def mark(self, upload: Upload, state: str, error: str | None = None) -> None:
        """Note what became of a whole upload; what was taken stays taken."""
        with self._gateway.database.writing() as connection:
            self._mark(connection, upload, state, error)

    def finish(self, upload: Upload) -> list[UploadKey]:
        """Note that an upload was taken; return those of its device that were held, perhaps for it, oldest first."""
        held = self._keys(uploads.c.state == HELD, self._of(upload))
        with self._gateway.database.writing() as connection:
            self._mark(connection, upload, TAKEN, None)
            return [(row.commune_code, row.upload_id) for row in connection.execute(held)]

    def _mark(self, connection: Connection, upload: Upload, state: str, error: str | None) -> None:
        connection.execute(
            update(uploads)
            .where(
                uploads.c.commune_code == upload.commune_code,
                uploads.c.upload_id == upload.upload_id,
                uploads.c.state != TAKEN,
            )
            .values(state=state, error=error)
        )

    def _keys(self, *conditions: ColumnElement[bool]) -> Select[tuple[str, str]]:
        return select(uploads.c.commune_code, uploads.c.upload_id).where(*conditions).order_by(uploads.c.upload_id)

    def waiting(self) -> list[UploadKey]:
        """Return the whole uploads that nobody has taken yet, oldest first."""
        with self._gateway.database.reading() as connection:
            rows = connection.execute(self._keys(uploads.c.state.in_((RECEIVED, HELD))))
            return [(row.commune_code, row.upload_id) for row in rows]

    def get(self, commune_code: str, upload_id: str) -> Upload:
        """Return a commune's upload by its id; raise UPLOAD-UNKNOWN."""
        _refuse_other_names(upload_id)
        query = select(uploads).where(uploads.c.commune_code == commune_code, uploads.c.upload_id == upload_id)
        with self._gateway.database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UserError("UPLOAD-UNKNOWN")
        return Upload.of(row)

    def remove_orphans(self) -> None:
        """Delete files of uploads that were never noted, or are forgotten; called before anything is received here.

        On a server's database another worker may be about to note the upload of a young file.
        """
        files = list(self._gateway.settings.inbox.glob("*.part"))
        youngest = time.time() - (_NOTED_WITHIN_S if is_shared(self._gateway.database) else 0)
        with self._gateway.database.reading() as connection:
            known = set(connection.execute(select(uploads.c.upload_id)).scalars())
        for path in files:
            with suppress(FileNotFoundError):
                if path.stem not in known and path.stat().st_mtime <= youngest:
                    path.unlink()

    def forget_expired(self, commune_code: str | None = None) -> None:
        """Forget unfinished and refused uploads that have run out, of a commune or of all, and give their room back.

        One that is being written to just now stays.
        """
        query = select(uploads.c.commune_code, uploads.c.upload_id).where(self._old())
        if commune_code is not None:
            query = query.where(uploads.c.commune_code == commune_code)
        with self._gateway.database.reading() as connection:
            found = connection.execute(query).all()
        for row in found:
            with suppress(UserError), self.holding(row.upload_id), self._gateway.database.writing() as connection:
                self._drop(connection, row.commune_code, row.upload_id, self._old())

    def _old(self) -> ColumnElement[bool]:
        return (uploads.c.expires_at < self._gateway.now()) & uploads.c.state.in_((RECEIVING, REFUSED))

    def _of(self, session: Session | Upload) -> ColumnElement[bool]:
        return (uploads.c.commune_code == session.commune_code) & (uploads.c.device_id == session.device_id)

    def _drop(self, connection: Connection, commune_code: str, upload_id: str, *still: ColumnElement[bool]) -> None:
        table = uploads
        gone = delete(table).where(table.c.commune_code == commune_code, table.c.upload_id == upload_id, *still)
        if connection.execute(gone).rowcount:
            with suppress(OSError):
                self.path(upload_id).unlink(missing_ok=True)


def _refuse_other_names(upload_id: str) -> None:
    """Refuse what is no upload's name before it names a file."""
    if not _UPLOAD_ID.fullmatch(upload_id):
        raise UserError("UPLOAD-UNKNOWN")
