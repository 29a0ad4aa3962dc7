"""What running programs have cost: processor seconds, as the kernel counts them."""

import os
from collections.abc import Iterable
from pathlib import Path

_PARENT, _OWN, _CHILDREN = 1, slice(11, 13), slice(13, 15)  # places in /proc/*/stat behind the program's name


def processor_seconds(roots: Iterable[int]) -> float:
    """Return the processor seconds of processes, of everything they started, and of what of that has ended.

    A process that was not waited for by its parent yet counts; one whose parent is gone does not. 0 where the system
    has no ``/proc``.
    """
    known = dict(filter(None, map(_read, Path("/proc").glob("[0-9]*/stat"))))
    wanted = set(roots)
    while more := {pid for pid, fields in known.items() if int(fields[_PARENT]) in wanted} - wanted:
        wanted |= more
    ticks = sum(int(tick) for pid in wanted & known.keys() for tick in (*known[pid][_OWN], *known[pid][_CHILDREN]))
    return float(ticks / os.sysconf("SC_CLK_TCK")) if ticks else 0.0


def _read(path: Path) -> tuple[int, list[str]] | None:
    try:
        return int(path.parent.name), path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it ended between being listed and being read
        return None
