"""A process killed at any moment loses nothing that it said was saved, and leaves no half of anything."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localdb import journal, outbox, records, search
from localdb.crash_points import VARIABLE
from localdb.damage import check_integrity
from localdb.engine import fetch_rows, open_store
from localdb.workspace import open_workspace
from tests.localdb.samples import build_catalogue, build_types, create

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import itertools, sys
from pathlib import Path
from localdb.unit_of_work import unit_of_work
from localdb.workspace import open_workspace
from tests.localdb.samples import AN, build_catalogue, build_types, many_sites, square
catalogue = build_catalogue(build_types())
workspace = open_workspace(Path(sys.argv[1]), catalogue)
site, many = catalogue.type("site"), int(sys.argv[2])
print("open", flush=True)
for place in itertools.count():
    with unit_of_work(workspace, actor=AN, now="2026-03-01T08:00:00.000Z", label="x", kind="import") as work:
        if many:
            arrived = many_sites(many)
            work.insert_many(site, **arrived)
            uid = arrived["uids"][0]
        else:
            uid = work.insert(site, {"name": f"Khu {place}"}, square()).uid
            uid = work.update(site, uid, values={"floors": place}, expected=1).uid
    print(uid, flush=True)
"""


def start(folder: Path, many: int, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(many)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def check(folder: Path, acknowledged: set[str], many: int) -> int:
    """Return how many groups are stored, having made sure that each is whole and that none that was said is missing."""
    catalogue = build_catalogue(build_types())
    workspace = open_workspace(folder, catalogue)
    try:
        with workspace.reading() as connection:
            site = catalogue.type("site")
            uids = {record.uid for record in records.fetch_records(connection, site)}
            assert acknowledged <= uids
            assert check_integrity(connection) == []
            assert journal.verify_chain(connection) is None
            changes = journal.fetch_changes(connection)
            assert {change.uid for change in changes} == uids
            assert {row.uid for row in outbox.fetch_waiting(connection)} == uids
            assert len(search.search(connection, catalogue, "khu", limit=1_000_000)) == len(uids)
            assert len(records.fetch_within(connection, site, (0, 0, 1e7, 1e7))) == len(uids)
            groups = {change.group for change in changes}
            assert len(uids) == len(groups) * (many or 1)
            assert len(changes) == len(groups) * (many or 2)
            return len(groups)
    finally:
        workspace.close()


@pytest.mark.parametrize("many", [0, 300])
def test_killed_at_some_moment(tmp_path, many):
    create(tmp_path / "w", build_catalogue(build_types())).close()
    choose = random.Random(many)
    acknowledged: set[str] = set()
    for _ in range(4):
        with start(tmp_path / "w", many) as child:
            assert child.stdout.readline() == "open\n"
            time.sleep(choose.uniform(0.02, 0.25))
            child.kill()
            acknowledged |= set(child.stdout.read().split("\n")[:-1])
        check(tmp_path / "w", acknowledged, many)
    assert acknowledged


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("many", [0, 300, 2000])
def test_killed_sixty_times(tmp_path, many):
    create(tmp_path / "w", build_catalogue(build_types())).close()
    choose = random.Random(many)
    acknowledged: set[str] = set()
    for _ in range(60):
        with start(tmp_path / "w", many) as child:
            assert child.stdout.readline() == "open\n"
            time.sleep(choose.uniform(0.0, 0.4))
            child.kill()
            acknowledged |= set(child.stdout.read().split("\n")[:-1])
        check(tmp_path / "w", acknowledged, many)


@pytest.mark.parametrize("many", [0, 300])
@pytest.mark.parametrize(
    ("place", "stored"), [("row", 0), ("journal", 0), ("outbox", 0), ("commit", 0), ("committed", 1)]
)
def test_killed_at_a_named_place(tmp_path, place, stored, many):
    create(tmp_path / "w", build_catalogue(build_types())).close()
    with start(tmp_path / "w", many, **{VARIABLE: place}) as child:
        said, _ = child.communicate()
    assert child.returncode == -9
    assert said == "open\n"
    assert check(tmp_path / "w", set(), many) == stored


def test_a_log_cut_anywhere_leaves_whole_transactions(tmp_path):
    """A power cut: whatever part of the log reached the disk, what is read is a state that once was."""
    catalogue = build_catalogue(build_types())
    create(tmp_path / "w", catalogue).close()
    with start(tmp_path / "w", 0) as child:
        lines = [child.stdout.readline() for _ in range(12)]
        child.kill()
    assert lines[-1]
    store, log = tmp_path / "w" / "store.sqlite", tmp_path / "w" / "store.sqlite-wal"
    whole = log.read_bytes()
    choose = random.Random(1)
    seen = set()
    for cut in sorted(choose.sample(range(0, len(whole), 512), 25)):
        copy = tmp_path / "copy.sqlite"
        shutil.copy(store, copy)
        copy.with_name("copy.sqlite-wal").write_bytes(whole[:cut] + choose.randbytes(choose.choice([0, 1024])))
        opened = open_store(copy)
        with opened.reading() as connection:
            counts = [
                fetch_rows(connection, f"SELECT count(*) FROM {table}")[0][0]
                for table in ("site", "outbox", "idx_site_geom", "change_groups")
            ]
            assert len(set(counts)) == 1
            assert fetch_rows(connection, "SELECT count(*) FROM changes")[0][0] == 2 * counts[0]
            assert journal.verify_chain(connection) is None
            assert check_integrity(connection) == []
        opened.close()
        seen.add(counts[0])
        for suffix in ("", "-wal", "-shm"):
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    assert len(seen) > 3
