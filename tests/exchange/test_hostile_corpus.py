"""A corpus of hostile files, made anew at each run: each is answered in words or read safely, and harms nothing.

What is held for every file: an error has words in both languages; the file outside and the server nobody may call are
not touched; nothing appears or disappears on the disk; the store stays byte for byte; memory and time are bounded.
"""

import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from core.clock import utc_now
from core.errors import AppError, Bug
from core.messages import LANGUAGES, render
from exchange import glancing
from exchange.corner_tables import read_corner_table
from exchange.documents import inspect_document
from exchange.reading import inspect_file, inspect_staged, read_staged, read_table
from exchange.sandbox import Limits
from forms.record import Actor
from services import import_proposing, inspecting
from services.desk import Desk
from services.importing import propose_import, run_import
from services.workspaces import create_desk
from tests.exchange.hostile import archives, databases, markup, shapes, texts
from tests.exchange.hostile.making import CANARY, MECHANISMS, Place, write_sound

assert archives and databases and markup and shapes and texts

LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=15, seconds=30.0)
LONGEST_S = 35.0  # the child's time, and what it takes to start and to end it on a busy machine
GROWN_MB = 700
LEAST_MECHANISMS, LEAST_FILES = 60, 400
QUICK_FILES, LEAST_QUICK = 3, 160  # of each mechanism; the rest is for the long loops

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pipes, devices and sparse files of Linux")


@pytest.fixture(scope="module")
def server() -> Iterator[socket.socket]:
    """A server that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, server: socket.socket) -> Place:
    """The folder with a secret beside it, and sound files to spoil."""
    folder = tmp_path_factory.mktemp("hostile")
    outside = folder / "ben_ngoai"
    outside.mkdir()
    canary = outside / "canary.csv"
    canary.write_text(f"ten;X;Y\n{CANARY};2477276,895;432015,130\n", encoding="utf-8")
    (outside / "bi_mat.geojson").write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    return Place(folder / "tep", canary, server.getsockname()[1], write_sound(folder / "lanh"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = create_desk(tmp_path_factory.mktemp("so") / "sổ", "01153", actor=Actor("can_bo"), clock=utc_now)
    yield made
    made.close()


@pytest.fixture(scope="module")
def made(ground: Place) -> dict[str, list[Path]]:
    """Every file of every mechanism."""
    found: dict[str, list[Path]] = {}
    for number, (name, maker) in enumerate(MECHANISMS.items()):
        place = Place(ground.folder / str(number), ground.canary, ground.port, ground.sound)
        place.folder.mkdir(parents=True)
        found[name] = list(maker(place))
    return found


@pytest.fixture(autouse=True)
def _bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hold every child to the corpus's limits, and give it scratch room that can be looked at."""
    bounded = partial(read_table, limits=LIMITS)
    monkeypatch.setattr(import_proposing, "read_table", bounded)
    monkeypatch.setattr(inspecting, "read_staged", partial(read_staged, limits=LIMITS))
    monkeypatch.setattr(inspecting, "inspect_staged", partial(inspect_staged, limits=LIMITS))
    monkeypatch.setattr(glancing, "_LIMITS", LIMITS)
    monkeypatch.setattr(glancing, "LARGE_BYTES", 0)  # a first look at these as at large files
    (tmp_path / "tam").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tam"))


def test_the_corpus_is_large_enough(made: dict[str, list[Path]]) -> None:
    files = [path for paths in made.values() for path in paths]
    assert len(MECHANISMS) >= LEAST_MECHANISMS
    assert len(files) == len(set(files)) >= LEAST_FILES
    assert all(made.values())
    assert sum(len(paths[:QUICK_FILES]) for paths in made.values()) >= LEAST_QUICK


def words_of(error: AppError) -> str:
    """Return an error in both languages; fail when one lacks words, or is no error of the file's."""
    assert not isinstance(error, Bug), error.code
    said = [render(error.code, error.context, language) for language in LANGUAGES]
    assert all(text != error.code and "{" not in text.replace(str(error.context.get("file")), "") for text in said), (
        said
    )
    return " ".join(said)


def answer(desk: Desk, path: Path, *, looks: bool) -> tuple[str, bool]:
    """Return what the program says of a file, and whether it read it."""
    said, is_read = [], False
    calls = [lambda: import_of(desk, path)]
    if path.suffix in (".xlsx", ".txt"):
        calls.append(lambda: repr(read_corner_table(path)))
    if path.suffix == ".jpg":
        calls.append(lambda: repr(inspect_document(path)))
    if looks:
        calls.append(lambda: repr(inspect_file(path, limits=LIMITS)))
        calls.append(lambda: repr(inspecting.inspect(path, quick=True)))
    for call in calls:
        try:
            said.append(call())
            is_read = True
        except AppError as error:
            said.append(f"{error.code} {words_of(error)}")
    return " ".join(said), is_read


def import_of(desk: Desk, path: Path) -> str:
    """Propose an import, and try it without writing where there is anything to import."""
    plan = propose_import(desk, path)
    report = run_import(desk, plan, dry_run=True)
    assert report.changed is None
    return repr(plan.reading.table if plan.reading else plan) + repr(report.rejected)


def listing(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_does_no_harm(
    made: dict[str, list[Path]], harmless: Callable[[list[Path]], None], name: str
) -> None:
    harmless(made[name][:QUICK_FILES])


@pytest.mark.slow
@pytest.mark.parametrize("name", MECHANISMS)
def test_the_rest_of_a_mechanism_does_no_harm(
    made: dict[str, list[Path]], harmless: Callable[[list[Path]], None], name: str
) -> None:
    harmless(made[name][QUICK_FILES:])


@pytest.fixture
def harmless(ground: Place, desk: Desk, server: socket.socket, tmp_path: Path) -> Callable[[list[Path]], None]:
    """Return what looks at files and fails when one does harm."""
    return partial(look_at, ground, desk, server, tmp_path / "tam")


def look_at(ground: Place, desk: Desk, server: socket.socket, scratch: Path, paths: list[Path]) -> None:
    before = listing(ground.folder.parent)
    store = (desk.workspace.folder / "store.sqlite").read_bytes()
    for place, path in enumerate(paths):
        begun, grown = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        said, _ = answer(desk, path, looks=place == 0)
        assert time.monotonic() - begun < LONGEST_S * 3, path.name
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown < GROWN_MB * 1024, path.name
        assert CANARY not in said, path.name
        assert "root:" not in said and "PATH=" not in said, path.name
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < LIMITS.memory_bytes >> 10
    with pytest.raises(BlockingIOError):
        server.accept()
    assert listing(ground.folder.parent) == before
    assert list(scratch.iterdir()) == []
    assert (desk.workspace.folder / "store.sqlite").read_bytes() == store
    assert not os.path.exists("/tmp/thoat.kml")
