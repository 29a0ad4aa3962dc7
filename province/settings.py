"""What an office may set about its gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import Clock, utc_now
from wire.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """``folder`` holds the server's key, what is being received, and every package taken.

    Times are decided by ``clock``, the server's own; no date of a client counts. ``patience_s`` is how long a sender
    may stay silent in the middle of a chunk. The quotas bound how many uploads, and how many bytes as declared, a
    device and a commune have on their way; none begins that would leave less than ``disk_reserve_bytes`` free. Where
    the database is a server's, each worker takes packages in ``intake_threads`` threads and looks for packages that
    nobody takes after ``look_again_s`` without work. ``tolerances`` are the office's own for the rules,
    ``catalogue_packs`` the packs laid over the program's catalogue, the lowest first. ``oldest_program`` is the oldest
    version of the program whose packages are taken, as far as a package says what sealed it. ``open_types`` are the
    record types that anybody may read without a key.
    """

    folder: Path
    clock: Clock = utc_now
    token_s: int = 15 * 60
    nonce_s: int = 2 * 60
    code_s: int = 7 * 24 * 3600
    upload_s: int = 3 * 24 * 3600
    uploads_per_device: int = 20
    uploads_per_commune: int = 100
    bytes_per_device: int = 8 << 30
    bytes_per_commune: int = 32 << 30
    disk_reserve_bytes: int = 256 << 20
    patience_s: float = 60.0
    page_changes: int = 500
    page_bytes: int = 2 << 20
    intake_threads: int = 2
    look_again_s: float = 30.0
    limits: Limits = DEFAULT_LIMITS
    tolerances: Mapping[str, float] = field(default_factory=dict)
    catalogue_packs: tuple[Path, ...] = ()
    oldest_program: str | None = None
    open_types: tuple[str, ...] = ()

    @property
    def inbox(self) -> Path:
        """Where uploads grow."""
        return self.folder / "inbox"

    @property
    def kept(self) -> Path:
        """Where packages lie once they are taken, as the evidence for their receipts."""
        return self.folder / "packages"

    @property
    def quarantine(self) -> Path:
        """Where packages lie that were refused whole."""
        return self.folder / "quarantine"
