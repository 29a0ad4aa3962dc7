"""Sends one package in chunks that fit the line, from wherever the gateway says it stands."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from core.errors import EnvironmentFault, UserError
from core.progress import Progress
from sync.transport import Transport, Unsettled, refusal_of
from wire.protocol import CHUNK_MEDIA_TYPE, TUS_VERSION
from wire.signing import encode_bytes

SMALLEST, FIRST, LARGEST = 64 << 10, 256 << 10, 1 << 20
QUICK_S, SLOW_S = 2.0, 10.0
_TUS = {"Tus-Resumable": TUS_VERSION}


@dataclass(slots=True)
class ChunkSize:
    """How much to send at once: more while it goes quickly, less when it drags or breaks."""

    bytes: int = FIRST

    def went(self, seconds: float) -> None:
        """Learn from a chunk that arrived."""
        if seconds < QUICK_S:
            self.bytes = min(self.bytes * 2, LARGEST)
        elif seconds > SLOW_S:
            self.broke()

    def broke(self) -> None:
        """Learn from a chunk that did not arrive."""
        self.bytes = max(self.bytes // 2, SMALLEST)


class Sender:
    """One package on its way; everything it must remember is at the gateway, found again by the package's id."""

    def __init__(self, transport: Transport, package_id: str, file: BinaryIO, length: int, progress: Progress) -> None:
        self._transport, self._package_id, self._file = transport, package_id, file
        self._length, self._progress = length, progress
        self._size = ChunkSize()

    def send(self) -> None:
        """Send what is missing.

        A break is no failure as long as bytes get through between two of them; raises SYNC-INTERRUPTED with what has
        arrived once the line has been silent for all attempts.
        """
        location = self._transport.persist(self._create)
        offset = 0
        try:
            offset = self._transport.persist(lambda: self._locate(location))
            while offset < self._length:
                self._progress.step(offset, self._length)
                offset = self._advance(location, offset)
        except Unsettled as error:
            if error.code == "SYNC-LATER":
                raise
            raise EnvironmentFault(
                "SYNC-INTERRUPTED", sent=offset, total=self._length, reason=error.context.get("reason", "")
            ) from error
        self._progress.step(self._length, self._length)

    def _create(self) -> str:
        metadata = f"package_id {encode_bytes(self._package_id.encode('ascii'))}"
        headers = {**_TUS, "Upload-Length": str(self._length), "Upload-Metadata": metadata}
        answer = self._transport.call("POST", "/v1/uploads", headers=headers)
        location: str = answer.headers.get("Location", "")
        if answer.status_code != 201 or "/v1/uploads/" not in location:
            raise refusal_of(answer)
        return "/v1/uploads/" + location.rpartition("/")[2]

    def _locate(self, location: str) -> int:
        answer = self._transport.call("HEAD", location, headers=_TUS)
        if not answer.is_success:
            raise refusal_of(answer)
        return self._read_offset(answer)

    def _advance(self, location: str, offset: int) -> int:
        """Send one chunk and return the offset reached; after a break, ask where the gateway stands."""
        try:
            return self._send_chunk(location, offset)
        except Unsettled:
            self._size.broke()
        for attempt in self._transport.attempts():
            with attempt:
                reached = self._locate(location)
                return reached if reached > offset else self._send_chunk(location, reached)
        raise AssertionError  # the last attempt returns or raises

    def _send_chunk(self, location: str, offset: int) -> int:
        self._file.seek(offset)
        chunk = self._file.read(min(self._size.bytes, self._length - offset))
        headers = {
            **_TUS,
            "Content-Type": CHUNK_MEDIA_TYPE,
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {encode_bytes(hashlib.sha256(chunk).digest())}",
        }
        began = time.monotonic()
        answer = self._transport.call("PATCH", location, headers=headers, content=chunk)
        self._size.went(time.monotonic() - began)
        if answer.status_code in (409, 460):
            raise Unsettled("SYNC-UNREACHABLE", server=self._transport.server_url, reason=f"HTTP {answer.status_code}")
        if not answer.is_success:
            raise refusal_of(answer)
        return self._read_offset(answer)

    def _read_offset(self, answer: httpx.Response) -> int:
        text = answer.headers.get("Upload-Offset", "")
        if not text.isdigit() or int(text) > self._length:
            raise EnvironmentFault("SYNC-NOT-GATEWAY", server=self._transport.server_url, kind="Upload-Offset")
        return int(text)


def open_package(path: Path) -> tuple[BinaryIO, int]:
    """Return the opened package, which the caller closes, and its length; raise PACKAGE-MISSING."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UserError("PACKAGE-MISSING", file=str(path)) from error
    return file, path.stat().st_size
