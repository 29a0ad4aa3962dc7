"""The rules are at work while an import is written: whichever of both ends it, nothing half is left."""

import threading
from pathlib import Path
from typing import Any

import pytest

from core.errors import Cancelled, EnvironmentFault, UserError
from localdb.unit_of_work import UnitOfWork
from services import importing
from services.desk import Desk
from services.importing import propose_import, run_import
from tests.services.desks import sample_line, snapshot, write_roads

LINE = sample_line((0, 0), (120, 40), (260, 30))


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    return write_roads(tmp_path / "duong.geojson", [({"ten": f"Đường {place}"}, LINE) for place in range(3)])


def test_rules_that_cannot_be_run_keep_everything_out(desk: Desk, roads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise EnvironmentFault("STORE-IO", file="x", reason="y")

    monkeypatch.setattr(importing, "check_batch", fail)
    before, threads = snapshot(desk), set(threading.enumerate())
    with pytest.raises(EnvironmentFault):
        run_import(desk, propose_import(desk, roads, type_id="road_segment"))
    assert snapshot(desk) == before
    assert set(threading.enumerate()) == threads


def test_a_write_that_fails_stops_the_rules(desk: Desk, roads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()

    def check(*_: Any, progress: Any, **__: Any) -> None:
        try:
            while True:
                progress.step(0)
        except Cancelled:
            stopped.set()
            raise

    def refuse(*_: Any, **__: Any) -> None:
        raise UserError("STORE-NO-RECORD", type="x", uid="y")

    monkeypatch.setattr(importing, "check_batch", check)
    monkeypatch.setattr(UnitOfWork, "insert_many", refuse)
    before = snapshot(desk)
    with pytest.raises(UserError, match="bản ghi y"):
        run_import(desk, propose_import(desk, roads, type_id="road_segment"))
    assert stopped.is_set()
    assert snapshot(desk) == before


def test_cancelling_while_the_rules_are_still_at_work_leaves_nothing(
    desk: Desk, roads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = threading.Event()

    def check(*_: Any, progress: Any, **__: Any) -> None:
        at_work.set()
        while True:
            progress.step(0)

    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            if at_work.is_set():
                raise Cancelled

    monkeypatch.setattr(importing, "check_batch", check)
    before, threads = snapshot(desk), set(threading.enumerate())
    with pytest.raises(Cancelled):
        run_import(desk, propose_import(desk, roads, type_id="road_segment"), progress=Stop())
    assert snapshot(desk) == before
    assert set(threading.enumerate()) == threads


def test_findings_are_those_of_a_dry_run(desk: Desk, roads: Path) -> None:
    plan = propose_import(desk, roads, type_id="road_segment")
    told = run_import(desk, plan, dry_run=True).findings
    assert told
    found = run_import(desk, plan).findings
    assert [(one.rule_id, one.field, one.context) for one in found] == [
        (one.rule_id, one.field, one.context) for one in told
    ]
