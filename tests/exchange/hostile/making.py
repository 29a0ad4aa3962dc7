"""The register of mechanisms, and the sound files that hostile ones are made from."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.exchange.samples import write

CANARY = "CHIM HOANG YEN 4711"
EAST, NORTH = 500_000.0, 2_480_000.0


@dataclass(frozen=True)
class Place:
    """Where a mechanism puts its files: ``folder`` is its own, ``canary`` a file outside with a secret, ``port`` that
    of a server nobody may call, ``sound`` a folder of good files.
    """

    folder: Path
    canary: Path
    port: int
    sound: Path

    def put(self, name: str, content: bytes | str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return path

    @property
    def url(self) -> str:
        """An address of the server nobody may call."""
        return f"http://127.0.0.1:{self.port}/canary.geojson"


_FLATGEOBUF = """
import numpy, pyogrio.raw as raw
meta, _, shapes, fields = raw.read({source!r})
raw.write({target!r}, shapes, fields, meta["fields"], driver="FlatGeobuf", geometry_type="LineString", crs=meta["crs"])
"""

Maker = Callable[[Place], Iterator[Path]]
MECHANISMS: dict[str, Maker] = {}


def mechanism(name: str) -> Callable[[Maker], Maker]:
    """Register a maker of files that harm in one way."""

    def keep(maker: Maker) -> Maker:
        assert name not in MECHANISMS
        MECHANISMS[name] = maker
        return maker

    return keep


def write_sound(folder: Path) -> Path:
    """Write one good file of each kind that GDAL writes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("a.gpkg", "a.shp", "a.geojson"):
        write(folder / name)
    program = _FLATGEOBUF.format(source=str(folder / "a.geojson"), target=str(folder / "a.fgb"))
    subprocess.run([sys.executable, "-c", program], check=True)
    return folder


@cache
def content_of(path: Path) -> bytes:
    """Return a sound file's bytes."""
    return path.read_bytes()


def patch(data: bytes, at: int, piece: bytes) -> bytes:
    """Return ``data`` with ``piece`` over what stands at ``at``."""
    return data[:at] + piece + data[at + len(piece) :]
