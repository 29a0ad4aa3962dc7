"""Conflicts on the command line: told in sentences, decided field by field."""

import json
from pathlib import Path

import pytest

from forms.content import record_content
from forms.record import Actor, Record
from services.editing import insert_record, update_values
from services.reading import fetch_record
from services.workspaces import open_desk
from tests.cli.running import Done, run
from tests.services.desks import FakeClock, sample_line

Made = tuple[Path, Done]


@pytest.fixture
def road(made: Made) -> Record:
    """A road whose width commune and province changed differently."""
    with open_desk(made[0], actor=Actor("an"), clock=FakeClock()) as desk:
        values = {"name": "Đường Lê Lợi", "formation_w": 5.0}
        before = insert_record(desk, "road_segment", values, sample_line((0, 90), (100, 90))).record
        kind = desk.catalogue.type("road_segment")
        with desk.work("WORK-PULL", kind="pull") as work:
            work.set_base(kind, before.uid, revision=1, content=record_content(before))
            theirs = {**record_content(before), "formation_w": 7.0}
            work.park_conflict(kind, before.uid, revision=2, theirs=theirs)
        return update_values(desk, before.uid, {"formation_w": 6.0}, expected=before.revision).record


def width_of(made: Made, road: Record) -> object:
    with open_desk(made[0], actor=Actor("an"), clock=FakeClock()) as desk:
        return fetch_record(desk, road.uid).values["formation_w"]


def test_conflicts_are_told_and_decided(made: Made, road: Record) -> None:
    told = run("conflicts", made[0], "--json")
    [found] = [item for item in told.document("conflicts") if item["uid"] == road.uid]
    assert [(item["field"], item["base"], item["ours"], item["theirs"]) for item in found["disputed"]] == [
        ("formation_w", 5.0, 6.0, 7.0)
    ]
    assert "Tỉnh đổi 5,00 m → 7,00 m, xã đổi 5,00 m → 6,00 m." in run("conflicts", made[0]).out
    done = run("decide", made[0], road.uid, "--field", "formation_w=theirs", "--json")
    assert done.document("decide") == {"uid": road.uid, "deleted": False, "waits": False}
    assert width_of(made, road) == 7.0
    again = run("decide", made[0], road.uid, "--theirs")
    assert (again.code, "không có gì phải quyết định" in again.err) == (2, True)


def test_another_value_is_decided(made: Made, road: Record) -> None:
    done = run("decide", made[0], road.uid, "--set", "formation_w=6,5", "--json")
    assert json.loads(done.out)["waits"] is True
    assert width_of(made, road) == 6.5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Bề rộng nền đường"),
        (("--ours", "--theirs"), "--ours"),
        (("--field", "formation_w=maybe"), "--field"),
        (("--set", "nowhere=1"), "--set"),
        (("--set", "x"), "--set"),
    ],
)
def test_what_decides_nothing_is_refused(made: Made, road: Record, arguments: tuple[str, ...], told: str) -> None:
    done = run("decide", made[0], road.uid, *arguments)
    assert done.code == 2
    assert told in done.err
    assert "--value" not in done.err
    assert width_of(made, road) == 6.0
    assert run("decide", made[0], road.uid, "--ours").code == 0
