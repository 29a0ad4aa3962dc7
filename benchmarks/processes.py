"""What running programs have cost and hold: processor seconds and memory, as the kernel counts them."""

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_PARENT, _OWN, _CHILDREN = 1, slice(11, 13), slice(13, 15)  # places in /proc/*/stat behind the program's name


def processor_seconds(roots: Iterable[int]) -> float:
    """Return the processor seconds of processes, of everything they started, and of what of that has ended.

    A process that was not waited for by its parent yet counts; one whose parent is gone does not. 0 where the system
    has no ``/proc``.
    """
    found = _with_children(roots)
    ticks = sum(int(tick) for fields in found.values() for tick in (*fields[_OWN], *fields[_CHILDREN]))
    return float(ticks / os.sysconf("SC_CLK_TCK")) if ticks else 0.0


def held_megabytes(roots: Iterable[int]) -> float:
    """Return the memory of processes and of everything they started, what several of them share counted once."""
    return sum(map(_megabytes, _with_children(roots)))


def _megabytes(process: int) -> float:
    """Return the proportional set size of a process, 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _with_children(roots: Iterable[int]) -> dict[int, list[str]]:
    """Return what the kernel says of processes and of everything they started, by their numbers."""
    known = dict(filter(None, map(_read, Path("/proc").glob("[0-9]*/stat"))))
    wanted = set(roots)
    while more := {pid for pid, fields in known.items() if int(fields[_PARENT]) in wanted} - wanted:
        wanted |= more
    return {pid: fields for pid, fields in known.items() if pid in wanted}


def _read(path: Path) -> tuple[int, list[str]] | None:
    try:
        return int(path.parent.name), path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it ended between being listed and being read
        return None


@dataclass
class Cost:
    """What a run took from its beginning to ``stop``: by the clock, and of the processors, each party for itself.

    The senders, this program, share the computer here and not in life, so they are named apart.
    """

    workers: Sequence[int]
    database: int

    def __post_init__(self) -> None:
        self._begun = self._now()

    def _now(self) -> tuple[float, float, float, float]:
        parties = processor_seconds(self.workers), processor_seconds([self.database]), time.process_time()
        return time.perf_counter(), *parties

    def stop(self) -> None:
        """Take the time."""
        spent = [now - then for now, then in zip(self._now(), self._begun, strict=True)]
        self.wall_s, self.workers_s, self.database_s, self.senders_s = spent
