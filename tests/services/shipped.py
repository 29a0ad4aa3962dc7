"""Files that no test changes are read by their child process once a session, not once a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError
from exchange import reading
from tests.services.desks import SAMPLE

READERS = (
    "services.import_proposing.read_table",
    "services.workspaces.read_table",
    "services.workspaces.inspect_file",
)
STAGED_READERS = {
    "services.inspecting.read_staged": "read_table",
    "services.inspecting.inspect_staged": "inspect_file",
}


@cache
def _once(read: Callable[..., Any], path: Path, *arguments: Any) -> Any:
    try:
        return read(path, *arguments)
    except AppError as error:
        return error


def _remembered(read: Callable[..., Any], folders: tuple[Path, ...], path: Path, *arguments: Any, **more: Any) -> Any:
    """Return what ``read`` says; of a shipped file, and without further wishes, what it said before."""
    wishes = {key: value for key, value in more.items() if key != "progress"}
    plain = arguments[:1] if arguments and not hasattr(arguments[0], "step") else ()
    if wishes or path.parent not in folders:
        return read(path, *arguments, **more)
    found = _once(read, path, *plain)
    if isinstance(found, AppError):
        raise found
    return found


def _remembered_staged(
    read: Callable[..., Any],
    own: Callable[..., Any],
    folders: tuple[Path, ...],
    staged: Any,
    *arguments: Any,
    **more: Any,
) -> Any:
    """Return the same of a file that is staged already."""
    if staged.source.parent not in folders:
        return own(staged, *arguments, **more)
    return _remembered(read, folders, staged.source, *arguments, **{key: more[key] for key in more if key != "partly"})


@contextmanager
def read_once(*folders: Path) -> Iterator[None]:
    """Let the use cases read the shipped sample, and what else lies in ``folders``, once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in READERS:
            read = getattr(reading, name.rsplit(".", 1)[1])
            patch.setattr(name, partial(_remembered, read, (SAMPLE, *folders)))
        for name, by_path in STAGED_READERS.items():
            own = getattr(reading, name.rsplit(".", 1)[1])
            patch.setattr(name, partial(_remembered_staged, getattr(reading, by_path), own, (SAMPLE, *folders)))
        yield
