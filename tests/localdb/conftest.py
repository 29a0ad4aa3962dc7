"""A small catalogue of its own, a workspace in it, and a clock that only goes on when asked."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from forms.catalogue import Catalogue
from forms.model import RecordType
from localdb.workspace import Workspace, open_workspace
from tests.localdb.samples import build_catalogue, build_types, create


@pytest.fixture
def catalogue() -> Catalogue:
    return build_catalogue(build_types())


@pytest.fixture
def site(catalogue: Catalogue) -> RecordType:
    return catalogue.type("site")


@pytest.fixture
def now() -> Callable[[], str]:
    ticks = count(1)
    return lambda: f"2026-03-01T08:{(tick := next(ticks)) // 60:02d}:{tick % 60:02d}.000Z"


MakeWorkspace = Callable[..., Workspace]


@pytest.fixture
def make_workspace(tmp_path: Path, catalogue: Catalogue) -> Iterator[MakeWorkspace]:
    opened: list[Workspace] = []

    def make(name: str = "xã Bắc Quang", *, again: Catalogue | None = None, **more: Any) -> Workspace:
        folder = tmp_path / name
        if again is not None:
            opened.append(open_workspace(folder, again, **more))
        else:
            opened.append(create(folder, catalogue, **more))
        return opened[-1]

    yield make
    for workspace in opened:
        workspace.close()


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace()
