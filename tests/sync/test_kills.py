"""A desk's program killed while it seals, sends and takes in: the next round goes on, nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localdb import journal
from localdb.crash_points import VARIABLE
from localdb.damage import check_integrity
from services.approving import approve
from services.conflicts import list_conflicts
from services.desk import Desk
from services.outbox import outbox_of
from services.reading import fetch_record
from services.syncing import enrol, sync
from services.workspaces import create_desk, open_desk
from tests.services.desks import AN, BINH, FakeClock, records_of
from tests.services.gateways import run_gateway
from tests.services.pairs import edit, one_road, push

COMMUNE = "01153"
COMMITS = ("sealed", "sent", "answered", "pulled")
"""What a round commits, in this order."""
KILLS = [f"{place}:{number}" for number in range(1, len(COMMITS) + 1) for place in ("commit", "committed")]


def kill_a_round(folder: Path, place: str) -> None:
    """Run ``diaba sync`` as a program that is killed at a place; ``commit`` is just before it, ``committed`` after."""
    command = [sys.executable, "-m", "diaba", "sync", str(folder)]
    done = subprocess.run(command, env={**os.environ, VARIABLE: place}, capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, f"{place} was not reached: {done.stderr.decode('utf-8')}"


def assert_sound(desk: Desk) -> None:
    with desk.reading() as connection:
        assert check_integrity(connection) == []
        assert journal.verify_chain(connection) is None


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_in_every_commit_of_a_round(tmp_path: Path) -> None:
    folder = tmp_path / "máy một"
    with run_gateway(tmp_path / "tỉnh") as gateway:
        one = create_desk(folder, COMMUNE, actor=AN, clock=FakeClock())
        two = create_desk(tmp_path / "máy hai", COMMUNE, actor=BINH, clock=FakeClock())
        for desk in (one, two):
            enrol(desk, gateway.url, gateway.code(COMMUNE))
        mine, theirs = one_road(one), one_road(two, "Đường của máy hai")
        sync(one)
        for number, place in enumerate(KILLS):
            approve(one, uids=[edit(one, mine.uid, name=f"Đường lần {number}").uid])
            push(two, edit(two, theirs.uid, name=f"Đường hai lần {number}"))
            one.close()
            kill_a_round(folder, place)
            one = open_desk(folder, actor=AN, clock=FakeClock())
            assert_sound(one)
            assert fetch_record(one, mine.uid).values["name"] == f"Đường lần {number}"
            sync(one)
            assert_sound(one)
            assert fetch_record(one, theirs.uid).values["name"] == f"Đường hai lần {number}"
            box = outbox_of(one)
            assert (box.waiting, list_conflicts(one)) == (0, [])
            assert all(package.receipt is not None for package in box.packages)
            files = {path.stem for path in (folder / "packages").glob("*.zip")}
            assert files <= {Path(package.path).stem for package in box.packages}
            sync(two)
            assert fetch_record(two, mine.uid).values["name"] == f"Đường lần {number}"
        assert len(records_of(one, "road_segment")) == len(records_of(two, "road_segment")) == 2
        with gateway.opened() as opened, opened.database.reading() as connection:
            revisions = connection.exec_driver_sql("SELECT revision FROM records").scalars().all()
        assert list(revisions) == [len(KILLS) + 1] * 2, "each edit was applied once"
        one.close()
        two.close()
