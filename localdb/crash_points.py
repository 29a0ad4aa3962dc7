"""Named places where a test may kill the process, to see that nothing acknowledged is lost."""

import os
import signal
from collections import Counter

VARIABLE = "DIABA_CRASH_AT"
_passed: Counter[str] = Counter()


def crash_point(name: str) -> None:
    """Kill this process at once, as a power cut would, when the environment names this place: ``NAME`` or ``NAME:N``.

    The place is passed unharmed before its ``N``-th time.
    """
    said = os.environ.get(VARIABLE)
    if not said:
        return
    wanted, _, times = said.partition(":")
    if wanted == name:
        _passed[name] += 1
        if _passed[name] >= int(times or 1):
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
