"""Named places where a test may kill the process, to see that nothing acknowledged is lost."""

import os
import signal

VARIABLE = "DIABA_CRASH_AT"


def crash_point(name: str) -> None:
    """Kill this process at once, as a power cut would, when the environment names this place."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
