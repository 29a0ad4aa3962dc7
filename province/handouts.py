"""The catalogue packs in force at the province, as it hands them out to its communes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import EnvironmentFault
from forms.sources import Sources
from wire.catalogue_notice import PackNotice
from wire.catalogue_pack import read_pack


@dataclass(frozen=True, slots=True)
class Handout:
    """A pack in force: what is told of it, the bytes of its file as they were when the gateway started, its texts."""

    notice: PackNotice
    data: bytes
    sources: Sources


def load_handouts(paths: Sequence[Path]) -> tuple[Handout, ...]:
    """Return the packs at ``paths``; raise what ``read_pack`` raises, and PACKAGE-DISK when one cannot be read."""
    return tuple(_load(path) for path in paths)


def _load(path: Path) -> Handout:
    pack = read_pack(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EnvironmentFault("PACKAGE-DISK", file=str(path), reason=error.strerror or str(error)) from error
    notice = PackNotice(
        pack_id=pack.header.pack_id,
        version=pack.header.version,
        name=pack.header.name,
        issuer=pack.header.issuer,
        digest=hashlib.sha256(data).hexdigest(),
        length=len(data),
    )
    return Handout(notice, data, pack.sources)
