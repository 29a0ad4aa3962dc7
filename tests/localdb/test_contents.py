"""Files in the store: by pieces, resumed, verified, never half there, never in the way of an edit."""

import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.errors import Cancelled, EnvironmentFault, UserError
from localdb import contents, records
from localdb.content_health import verify_contents
from localdb.crash_points import VARIABLE
from localdb.damage import check_integrity
from localdb.engine import fetch_rows
from localdb.unit_of_work import unit_of_work
from localdb.workspace import open_workspace
from tests.localdb.samples import AN, build_catalogue, build_types, create, square

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-03-01T08:00:00.000Z"
MIB = 1 << 20


def make_file(path: Path, size: int, seed: int = 1) -> str:
    """Write ``size`` bytes that do not repeat, and return their hash."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(-(-size // MIB)):
            block = hashlib.shake_128(f"{seed}:{number}".encode()).digest(min(MIB, size - number * MIB))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def store(workspace, path, sha256, **more):
    contents.store_content(workspace, path, sha256=sha256, mime="image/jpeg", now=NOW, **more)


def read(workspace, sha256):
    with workspace.reading() as connection:
        return b"".join(contents.read_content(connection, sha256))


def rows(workspace):
    with workspace.reading() as connection:
        return fetch_rows(connection, "SELECT sha256, count(*), sum(length(data)) FROM content_chunks GROUP BY sha256")


@pytest.mark.parametrize("size", [1, MIB - 1, MIB, MIB + 1, 8 * MIB, 17 * MIB + 5])
def test_a_file_comes_back_byte_for_byte(workspace, tmp_path, size):
    path = tmp_path / "ảnh.jpg"
    sha256 = make_file(path, size)
    store(workspace, path, sha256)
    assert read(workspace, sha256) == path.read_bytes()
    with workspace.reading() as connection:
        state = contents.content_state(connection, sha256)
        largest = fetch_rows(connection, "SELECT max(length(data)) FROM content_chunks")[0][0]
    assert (state.bytes, state.stored_bytes, state.mime, state.is_whole) == (size, size, "image/jpeg", True)
    assert largest <= MIB


def test_the_same_content_is_stored_once(workspace, tmp_path):
    path, again = tmp_path / "a.jpg", tmp_path / "b.jpg"
    sha256 = make_file(path, 3 * MIB)
    again.write_bytes(path.read_bytes())
    store(workspace, path, sha256)
    store(workspace, again, sha256)
    assert rows(workspace) == [(sha256, 3, 3 * MIB)]


class StopAfter:
    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self, done, total=None):
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def test_what_was_broken_off_is_taken_up_again(workspace, tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    sha256 = make_file(path, 20 * MIB)
    with pytest.raises(Cancelled):
        store(workspace, path, sha256, progress=StopAfter(2))
    assert rows(workspace) == [(sha256, 16, 16 * MIB)]
    with pytest.raises(UserError) as caught:
        read(workspace, sha256)
    assert caught.value.code == "CONTENT-MISSING"
    written = []
    plain = contents._write_pieces
    monkeypatch.setattr(contents, "_write_pieces", lambda *some: (written.append(len(some[2])), plain(*some)))
    store(workspace, path, sha256)
    assert written == [4]
    assert read(workspace, sha256) == path.read_bytes()


def test_what_was_broken_off_and_differs_is_stored_anew(workspace, tmp_path):
    path = tmp_path / "a.jpg"
    sha256 = make_file(path, 20 * MIB)
    with pytest.raises(Cancelled):
        store(workspace, path, sha256, progress=StopAfter(2))
    with workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE content_chunks SET data = x'00' WHERE number = 5")
    store(workspace, path, sha256)
    assert read(workspace, sha256) == path.read_bytes()


class Alter:
    """Changes the file while it is read."""

    def __init__(self, path: Path, how) -> None:
        self.path, self.how, self.steps = path, how, 0

    def step(self, done, total=None):
        self.steps += 1
        if self.steps == 2:
            self.how(self.path)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(12 * MIB)
        file.write(b"another")


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


@pytest.mark.parametrize("how", [_overwrite, _append, lambda path: os.truncate(path, 10 * MIB)])
def test_a_file_that_changes_while_it_is_read_is_refused(workspace, tmp_path, how):
    path = tmp_path / "a.jpg"
    sha256 = make_file(path, 20 * MIB)
    with pytest.raises(UserError) as caught:
        store(workspace, path, sha256, progress=Alter(path, how))
    assert (caught.value.code, caught.value.context["file"]) == ("CONTENT-CHANGED", "a.jpg")
    assert rows(workspace) == []
    with workspace.reading() as connection:
        assert contents.content_state(connection, sha256) is None


def test_an_empty_file_and_one_that_is_gone(workspace, tmp_path):
    path = tmp_path / "a.jpg"
    path.touch()
    for code in ("CONTENT-EMPTY", "CONTENT-UNREADABLE"):
        with pytest.raises(UserError) as caught:
            store(workspace, path, "ab" * 32)
        assert caught.value.code == code
        path.unlink(missing_ok=True)


def test_damage_is_found_and_mended_by_storing_again(workspace, tmp_path):
    path, other = tmp_path / "a.jpg", tmp_path / "b.jpg"
    sha256, sound = make_file(path, 3 * MIB), make_file(other, MIB, seed=2)
    store(workspace, path, sha256)
    store(workspace, other, sound)
    assert verify_contents(workspace) == 0
    with workspace.store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE content_chunks SET data = zeroblob(1048576) WHERE number = 1 AND sha256 = ?", (sha256,)
        )
    with pytest.raises(EnvironmentFault) as caught:
        read(workspace, sha256)
    assert caught.value.code == "CONTENT-DAMAGED"
    assert verify_contents(workspace) == 1
    with workspace.reading() as connection:
        found = contents.content_states(connection, [sha256, sound])
    assert [found[sha256].is_whole, found[sound].is_whole] == [False, True]
    store(workspace, path, sha256)
    assert read(workspace, sha256) == path.read_bytes()
    assert verify_contents(workspace) == 0


def test_a_full_disk_leaves_nothing_behind(workspace, tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    sha256 = make_file(path, 20 * MIB)
    plain, calls = contents._write_pieces, []

    def fill_up(*some):
        calls.append(some)
        if len(calls) == 2:
            raise EnvironmentFault("STORE-FULL", folder="x", free_mb=0)
        plain(*some)

    monkeypatch.setattr(contents, "_write_pieces", fill_up)
    with pytest.raises(EnvironmentFault) as caught:
        store(workspace, path, sha256)
    assert caught.value.code == "STORE-FULL"
    assert rows(workspace) == []


def test_too_little_room_is_told_before_anything_is_written(workspace, tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    sha256 = make_file(path, 2 * MIB)
    usage = type("Usage", (), {"free": 20 * MIB})
    monkeypatch.setattr(contents, "disk_usage", lambda folder: usage)
    with pytest.raises(EnvironmentFault) as caught:
        store(workspace, path, sha256)
    assert caught.value.code == "STORE-FULL"
    with workspace.reading() as connection:
        assert contents.content_state(connection, sha256) is None


def test_two_that_store_the_same_file_both_succeed(workspace, tmp_path):
    path = tmp_path / "a.jpg"
    sha256 = make_file(path, 40 * MIB)
    failures = []

    def work():
        try:
            store(workspace, path, sha256)
        except Exception as error:  # noqa: BLE001 (told to the test)
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert rows(workspace) == [(sha256, 40, 40 * MIB)]
    assert read(workspace, sha256) == path.read_bytes()


def resident_bytes() -> int:
    """How much memory this process has, where the system tells."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.exists() else 0


def test_edits_come_between_the_pieces_of_a_large_file(workspace, site, tmp_path):
    """200 MB go in; every edit meanwhile waits for one piece at most, and memory stays flat."""
    path = tmp_path / "a.mp4"
    sha256 = make_file(path, 200 * MIB)
    with unit_of_work(workspace, actor=AN, now=NOW, label="x") as work:
        one = work.insert(site, {"name": "Khu"}, square())
    before = largest = resident_bytes()
    failures = []

    def run():
        try:
            store(workspace, path, sha256)
        except Exception as error:  # noqa: BLE001 (told to the test)
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    edits, slowest = 0, 0.0
    while thread.is_alive():
        begun = time.perf_counter()
        with unit_of_work(workspace, actor=AN, now=NOW, label="x") as work:
            work.update(site, one.uid, values={"floors": edits}, expected=1 + edits)
        edits += 1
        slowest, largest = max(slowest, time.perf_counter() - begun), max(largest, resident_bytes())
        time.sleep(0.01)
    thread.join()
    grown_mb = (largest - before) / MIB
    print(f"{edits} edits, slowest {1000 * slowest:.0f} ms, {grown_mb:.0f} MB more")
    assert failures == []
    assert edits > 5
    assert grown_mb < 80
    with workspace.reading() as connection:
        assert records.fetch_records(connection, site)[0].revision == 1 + edits or edits == 1
        digest = hashlib.sha256()
        for piece in contents.read_content(connection, sha256):
            digest.update(piece)
    assert digest.hexdigest() == sha256


STORER = """
import sys
from pathlib import Path
from localdb import contents
from localdb.workspace import open_workspace
from tests.localdb.samples import build_catalogue, build_types
workspace = open_workspace(Path(sys.argv[1]), build_catalogue(build_types()))
contents.store_content(workspace, Path(sys.argv[2]), sha256=sys.argv[3], mime="image/jpeg", now=sys.argv[4])
print("stored", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_killed_in_the_middle_and_taken_up_again(tmp_path):
    catalogue = build_catalogue(build_types())
    create(tmp_path / "w", catalogue).close()
    path = tmp_path / "a.jpg"
    sha256 = make_file(path, 50 * MIB)
    command = [sys.executable, "-c", STORER, str(tmp_path / "w"), str(path), sha256, NOW]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    named = subprocess.run(command, cwd=ROOT, env={**environment, VARIABLE: "chunks"}, capture_output=True, check=False)
    assert named.returncode < 0 and b"stored" not in named.stdout
    for wait_s in (0.02, 0.05):
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as child:
            deadline = time.monotonic() + 60
            while not _stored_bytes(tmp_path / "w") and time.monotonic() < deadline:
                time.sleep(wait_s)
                if child.poll() is not None:
                    break
            child.kill()
    workspace = open_workspace(tmp_path / "w", catalogue)
    try:
        store(workspace, path, sha256)
        assert read(workspace, sha256) == path.read_bytes()
        assert rows(workspace) == [(sha256, 50, 50 * MIB)]
    finally:
        workspace.close()


def _stored_bytes(folder: Path) -> int:
    """How many bytes another process has stored so far."""
    with sqlite3.connect(f"file:{folder / 'store.sqlite'}?mode=ro", uri=True, timeout=5) as connection:
        found = connection.execute("SELECT max(stored_bytes) FROM contents").fetchone()[0]
    connection.close()
    return found or 0


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_fills_up_meanwhile_gets_its_room_back(tmp_path, catalogue, site):
    """Nothing of the file stays, edits go on, and the file goes in once there is room."""
    disk = tmp_path / "đĩa nhỏ"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    path, other = tmp_path / "a.jpg", disk / "khác.bin"
    sha256 = make_file(path, 60 * MIB)
    workspace = create(disk / "w", catalogue)

    def fill_up(_path: Path) -> None:
        other.write_bytes(bytes(70 * MIB))

    try:
        with pytest.raises(EnvironmentFault) as caught:
            store(workspace, path, sha256, progress=Alter(path, fill_up))
        assert caught.value.code == "STORE-FULL"
        assert rows(workspace) == []
        with unit_of_work(workspace, actor=AN, now=NOW, label="x") as work:
            work.insert(site, {"name": "Khu"}, square())
        with workspace.reading() as connection:
            assert check_integrity(connection) == []
        other.unlink()
        store(workspace, path, sha256)
        assert read(workspace, sha256) == path.read_bytes()
    finally:
        workspace.close()
        subprocess.run(["umount", str(disk)], check=True)
