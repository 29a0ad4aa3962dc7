"""How an enemy takes a good package apart and puts it together again, for tests of the reader and of the gateway."""

import io
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator

from wire.archive import Entry, write_archive
from wire.geopackage import _neutralise

Listed = list[tuple[str, bytes, bool]]
RECORDS = "data/records.gpkg"


def altered(payload: bytes, alter: Callable[[sqlite3.Connection], None]) -> bytes:
    """Return a payload with something done to its database, and SQLite's own traces put back."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(payload)
    connection.execute("PRAGMA writable_schema = ON")
    alter(connection)
    found = _neutralise(connection.serialize())
    connection.close()
    return found


def listed(package: bytes) -> Listed:
    """Return names, bytes, and whether they are deflated, of a package's entries."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return [(info.filename, archive.read(info), info.compress_type != 0) for info in archive.infolist()]


def framed(entries: Listed) -> bytes:
    """Return a container whose frame is in order, whatever its entries are called."""

    def pieces(data: bytes) -> Iterator[bytes]:
        yield data

    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        write_archive(file, [Entry(name, pieces(data), deflated) for name, data, deflated in entries])
    return file.getvalue()


def lying_size(package: bytes) -> bytes:
    """Say in both places of the container that the records unpack to 10 bytes; they unpack to far more."""
    data = bytearray(package)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        start = archive.getinfo(RECORDS).header_offset
    directory = data.index(RECORDS.encode(), start + 60) - 46
    struct.pack_into("<L", data, start + 22, 10)
    struct.pack_into("<L", data, directory + 24, 10)
    return bytes(data)
