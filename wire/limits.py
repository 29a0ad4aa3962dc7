"""How much of a stranger's package is read before it is refused."""

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds; a package of the largest commune's whole register stays well below them.

    ``ratio`` bounds how far an entry may unpack once it passes ``ratio_from`` bytes; ``sqlite_steps`` bounds the work
    a database may ask for, in instructions of SQLite's machine.
    """

    archive_bytes: int = 2048 * _MIB - 1
    entry_bytes: int = 1024 * _MIB
    total_bytes: int = 4096 * _MIB
    text_bytes: int = 4 * _MIB
    entries: int = 10_000
    ratio: int = 100
    ratio_from: int = _MIB
    records: int = 250_000
    cell_bytes: int = 64 * _MIB
    sqlite_steps: int = 1_000_000_000


DEFAULT_LIMITS = Limits()
