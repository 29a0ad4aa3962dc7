"""Where the program's own data lies, in a checkout and in a frozen build alike."""

import sys
from pathlib import Path


def program_root() -> Path:
    """The folder that holds ``resources/`` and ``forms/``: the checkout, or the bundle's data folder."""
    return Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parents[1]))


def resource_path(*parts: str) -> Path:
    """Return the absolute path of something under ``resources/``."""
    return program_root().joinpath("resources", *parts)


def is_frozen() -> bool:
    """Whether this is the packaged program, which has no Python beside it."""
    return bool(getattr(sys, "frozen", False))


def child_command(module: str) -> list[str]:
    """Return the command that runs ``module`` as a child process of its own.

    A frozen program has no interpreter: there it starts itself, and ``diaba.__main__`` hands over to the
    module, which must stand in its list of children.
    """
    if is_frozen():
        return [sys.executable, "--child", module]
    return [sys.executable, "-m", module]
