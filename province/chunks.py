"""The bytes of one request of an upload, on their way to disk."""

import hashlib
import os
from typing import BinaryIO

from core.errors import UserError
from province.uploads import Upload

CHECKSUMS = ("sha1", "sha256")


class Chunk:
    """The bytes of one request, held to the upload's length, and to a checksum when the sender gave one."""

    def __init__(self, file: BinaryIO, upload: Upload, checksum: tuple[str, bytes] | None) -> None:
        self._file, self._upload = file, upload
        self._wanted = checksum[1] if checksum else None
        self._digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
        self.received = upload.received
        file.truncate(upload.received)
        file.seek(upload.received)

    def add(self, piece: bytes) -> None:
        """Write a piece; raise UPLOAD-TOO-LONG, with nothing of the chunk kept, when it passes the declared length."""
        if self.received + len(piece) > self._upload.length:
            self._take_back()
            raise UserError("UPLOAD-TOO-LONG", limit=self._upload.length)
        self._file.write(piece)
        self.received += len(piece)
        if self._digest:
            self._digest.update(piece)

    def finish(self, *, broken: bool) -> int:
        """Force to disk what may be kept and return the offset reached.

        A broken chunk with a checksum cannot be verified and is taken back; one without keeps what came. Raises
        UPLOAD-CHECKSUM when a whole chunk is not what the sender said.
        """
        if self._digest and (broken or self._digest.digest() != self._wanted):
            self._take_back()
            if not broken:
                raise UserError("UPLOAD-CHECKSUM")
        self._file.flush()
        os.fsync(self._file.fileno())
        return self.received

    def _take_back(self) -> None:
        self.received = self._upload.received
        self._file.truncate(self._upload.received)
