"""Many records in one step, attributes copied, one chosen change taken back, drafts, two windows at once."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from core.identity import new_uid, new_uids
from core.progress import SILENT
from forms.record import Lineage, Record
from services import drafting, editing
from services.desk import Desk
from services.drafting import Draft
from services.reading import count_matching, fetch_record, history_of, search
from tests.services.desks import open_again, records_of, refused, sample_line, snapshot

LINE = sample_line((0, 0), (120, 40), (260, 30))
ROOT = Path(__file__).parents[2]


def add(desk: Desk, name: str, type_id: str = "road_segment", **values: object) -> Record:
    return editing.insert_record(desk, type_id, {"name": name, **values}, LINE).record


def test_the_same_values_in_many_records_are_one_step(desk: Desk) -> None:
    roads = [add(desk, f"Đường {number}", lanes=number or None) for number in range(3)]
    uids = [road.uid for road in roads]
    changed = editing.update_many(desk, uids, {"lanes": 2, "note": "  đã sửa "})
    assert changed.records == {("road_segment", uid) for uid in uids}
    for road in roads:
        now = fetch_record(desk, road.uid)
        assert (now.values["lanes"], now.values["note"], now.revision) == (2, "đã sửa", 2)
    assert history_of(desk, uids[2])[-1].before == {"note": None}
    assert editing.undo(desk).records == changed.records
    assert [fetch_record(desk, uid).values["lanes"] for uid in uids] == [None, 1, 2]


def test_search_and_order_follow(desk: Desk) -> None:
    roads = [add(desk, f"Đường {number}") for number in range(3)]
    editing.update_many(desk, [road.uid for road in roads[:2]], {"name": "Lối mới"})
    assert {hit.uid for hit in search(desk, "loi moi")} == {road.uid for road in roads[:2]}
    assert [hit.uid for hit in search(desk, "duong")] == [roads[2].uid]


def test_what_is_stale_or_unknown_refuses_all(desk: Desk) -> None:
    one, two = add(desk, "Đường A"), add(desk, "Đường B")
    editing.update_values(desk, two.uid, {"lanes": 1}, expected=1)
    before = snapshot(desk)
    stale = {one.uid: 1, two.uid: 1}
    error = refused("STORE-STALE", lambda: editing.update_many(desk, [one.uid, two.uid], {"lanes": 4}, expected=stale))
    assert error.context["uid"] == two.uid
    refused("RECORD-UNKNOWN", lambda: editing.update_many(desk, [one.uid, new_uid()], {"lanes": 4}))
    assert snapshot(desk) == before
    assert editing.update_many(desk, [one.uid, two.uid], {"lanes": 4}, expected={one.uid: 1, two.uid: 2}).records


def test_ten_thousand_records(desk: Desk) -> None:
    """The journal, the outbox, the search and the computed length of ten thousand roads, in one step and back."""
    count = 10_000
    record_type = desk.catalogue.type("road_segment")
    uids = new_uids(count)
    with desk.work("WORK-IMPORT", kind="import", count=count, type=record_type.title, file="x") as work:
        start = LINE.coords[0]
        shapes = shapely.linestrings([[start, (start[0] + 1 + n, start[1])] for n in range(count)])
        values = {"name": [f"Đường {number}" for number in range(count)], "commune_code": ["01153"] * count}
        work.insert_many(record_type, uids=uids, values=values, geometries=shapes, lineages=[Lineage()] * count)
    changed = editing.update_many(desk, uids, {"lanes": 2})
    assert len(changed.records) == count
    assert count_matching(desk, "road_segment", where="lanes = 2 AND length_m > 0") == count
    steps: list[tuple[int, int | None]] = []
    told = type("Told", (), {"step": lambda self, done, total=None: steps.append((done, total))})()
    assert len(editing.undo(desk, progress=told).records) == count
    assert steps
    assert count_matching(desk, "road_segment", where="lanes = 2") == 0


def test_copying_leaves_what_tells_one_from_another(desk: Desk) -> None:
    record_type = desk.catalogue.type("road_segment")
    offered = editing.keys_to_copy(record_type)
    assert offered["lanes"]
    assert offered["surface"]
    assert not any(offered[key] for key in ("name", "local_code", "official_id", "attachments"))
    assert "length_m" not in offered
    one = add(desk, "Đường A", lanes=2, surface="BTXM", note="x")
    two = add(desk, "Đường B", note="y")
    editing.copy_values(desk, one.uid, [one.uid, two.uid], ["lanes", "surface", "length_m"])
    now = fetch_record(desk, two.uid)
    assert (now.values["name"], now.values["lanes"], now.values["surface"], now.values["note"]) == (
        "Đường B",
        2,
        "BTXM",
        "y",
    )
    editing.copy_values(desk, one.uid, [two.uid], ["name"])
    assert fetch_record(desk, two.uid).values["name"] == "Đường A"
    refused("COPY-NOTHING", lambda: editing.copy_values(desk, one.uid, [two.uid], ["length_m"]))
    dossier = editing.insert_record(desk, "planning_dossier", {"name": "Đồ án"}, None).record
    before = snapshot(desk)
    refused("COPY-TYPE", lambda: editing.copy_values(desk, one.uid, [two.uid, dossier.uid], ["note"]))
    assert snapshot(desk) == before


def test_one_chosen_change_is_taken_back(desk: Desk) -> None:
    road = add(desk, "Đường A")
    editing.update_values(desk, road.uid, {"lanes": 2}, expected=1)
    chosen = history_of(desk, road.uid)[-1].sequence
    editing.update_values(desk, road.uid, {"name": "Đường B"}, expected=2)
    longer = sample_line((0, 0), (500, 0))
    editing.update_geometry(desk, road.uid, longer, expected=3)
    changed = editing.revert_change(desk, chosen)
    assert changed.records == {("road_segment", road.uid)}
    now = fetch_record(desk, road.uid)
    assert (now.values["lanes"], now.values["name"], now.revision) == (None, "Đường B", 5)
    editing.undo(desk)
    assert fetch_record(desk, road.uid).values["lanes"] == 2


def test_a_change_overwritten_since_names_the_field(desk: Desk) -> None:
    road = add(desk, "Đường A")
    editing.update_values(desk, road.uid, {"lanes": 2}, expected=1)
    chosen = history_of(desk, road.uid)[-1].sequence
    editing.update_values(desk, road.uid, {"lanes": 3}, expected=2)
    error = refused("STORE-UNDO", lambda: editing.revert_change(desk, chosen))
    assert (error.context["uid"], error.context["key"]) == (road.uid, "lanes")
    assert fetch_record(desk, road.uid).values["lanes"] == 3
    refused("STORE-REVERT", lambda: editing.revert_change(desk, 10_000))


def test_a_shape_taken_back_brings_its_length(desk: Desk) -> None:
    road = add(desk, "Đường A")
    editing.update_geometry(desk, road.uid, sample_line((0, 0), (500, 0)), expected=1)
    chosen = history_of(desk, road.uid)[-1].sequence
    editing.update_values(desk, road.uid, {"lanes": 3}, expected=2)
    editing.revert_change(desk, chosen)
    now = fetch_record(desk, road.uid)
    assert now.geometry == road.geometry
    assert (now.values["length_m"], now.values["lanes"]) == (road.values["length_m"], 3)


def test_insertion_and_deletion_are_taken_back(desk: Desk) -> None:
    road, other = add(desk, "Đường A"), add(desk, "Đường B")
    editing.delete_records(desk, [road.uid])
    editing.revert_change(desk, history_of(desk, road.uid)[-1].sequence)
    assert fetch_record(desk, road.uid).values["name"] == "Đường A"
    first = history_of(desk, other.uid)[0].sequence
    editing.revert_change(desk, first)
    assert [record.uid for record in records_of(desk, "road_segment")] == [road.uid]
    editing.update_values(desk, road.uid, {"lanes": 1}, expected=fetch_record(desk, road.uid).revision)
    error = refused("STORE-UNDO", lambda: editing.revert_change(desk, history_of(desk, road.uid)[0].sequence))
    assert error.context["key"] == "lanes"


def test_a_step_that_cannot_be_undone_can_be_skipped(desk: Desk) -> None:
    road = add(desk, "Đường A")
    editing.update_values(desk, road.uid, {"lanes": 2}, expected=1)
    with desk.work("WORK-PULL", kind="pull") as work:
        work.update(desk.catalogue.type("road_segment"), road.uid, values={"lanes": 5}, expected=2)
    error = refused("STORE-UNDO", lambda: editing.undo(desk))
    assert (error.context["uid"], error.context["key"]) == (road.uid, "lanes")
    labels = editing.undo_labels(desk)
    assert editing.skip_undo(desk) == labels[0]
    assert fetch_record(desk, road.uid).values["lanes"] == 5
    assert editing.undo_labels(desk)[0] != labels[0]
    refused("STORE-UNDO", lambda: editing.undo(desk))
    editing.skip_undo(desk)
    assert editing.undo(desk) is None
    assert editing.skip_undo(desk) is None


def test_two_windows_on_one_record() -> None:
    base = {"name": "A", "lanes": 1, "note": None, "surface": None}
    theirs = {"name": "A", "lanes": 2, "note": "họ", "surface": "BTN"}
    typed = {"name": "B", "lanes": 3, "note": None, "surface": "BTN"}
    found = editing.rebase_values(base, typed, theirs)
    assert (dict(found.clean), found.conflicts) == ({"name": "B"}, ("lanes",))
    assert editing.rebase_values(base, {}, theirs).clean == {}


def draft(key: str, **more: object) -> Draft:
    facts = {"type_id": "road_segment", "uid": None, "revision": 0, "texts": {"lanes": "5,"}, "values": {"name": "A"}}
    return Draft(key=key, **{**facts, **more})  # type: ignore[arg-type]


def test_drafts_are_kept_and_forgotten_with_the_record(desk: Desk) -> None:
    road = add(desk, "Đường A")
    changes = len(history_of(desk, road.uid))
    drafting.keep_draft(desk, draft("new:road_segment", geometry=LINE, saved_at="2026-03-02T01:00:00.000Z"))
    drafting.keep_draft(desk, draft(road.uid, uid=road.uid, revision=1))
    drafting.keep_draft(desk, draft(road.uid, uid=road.uid, revision=1, texts={"lanes": "6,"}))
    later, first = drafting.fetch_drafts(desk)
    assert (later.key, later.texts, later.revision) == (road.uid, {"lanes": "6,"}, 1)
    assert (first.geometry, first.values) == (LINE, {"name": "A"})
    editing.update_values(desk, road.uid, {"lanes": 6}, expected=1)
    assert len(drafting.fetch_drafts(desk)) == 2
    editing.update_values(desk, road.uid, {"lanes": 7}, expected=2, draft=road.uid)
    editing.insert_record(desk, "road_segment", {"name": "A"}, LINE, draft="new:road_segment")
    assert drafting.fetch_drafts(desk) == []
    drafting.keep_draft(desk, draft("new:road_segment"))
    drafting.forget_draft(desk, "new:road_segment")
    drafting.forget_draft(desk, "new:road_segment")
    assert drafting.fetch_drafts(desk) == []
    assert len(history_of(desk, road.uid)) == changes + 2


def test_a_failed_save_keeps_the_draft(desk: Desk) -> None:
    road = add(desk, "Đường A")
    drafting.keep_draft(desk, draft(road.uid, uid=road.uid, revision=1))
    refused("STORE-STALE", lambda: editing.update_values(desk, road.uid, {"lanes": 7}, expected=9, draft=road.uid))
    assert [one.key for one in drafting.fetch_drafts(desk)] == [road.uid]


TYPIST = """
import os, signal, sys
from pathlib import Path
from core.clock import utc_now
from forms.record import Actor
from services.drafting import Draft, keep_draft
from services.workspaces import open_desk
desk = open_desk(Path(sys.argv[1]), actor=Actor("An"), clock=utc_now)
keep_draft(desk, Draft("new:road_segment", "road_segment", None, 0, {"name": "Đường dở dang"}))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_a_draft_outlives_a_killed_program(desk: Desk) -> None:
    folder = desk.workspace.folder
    desk.close()
    done = subprocess.run(
        [sys.executable, "-c", TYPIST, str(folder)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert done.returncode == -9
    with open_again(folder) as again:
        [kept] = drafting.fetch_drafts(again)
        assert kept.texts == {"name": "Đường dở dang"}
        assert kept.saved_at
        assert editing.undo(again, progress=SILENT) is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"note": "x", "carriageway_w": 5.0}, "VALUE-NO-FIELD"),
        ({"length_km": 1}, "VALUE-NO-FIELD"),
        ({"carriageway_w": math.nan}, "VALUE-NUMBER"),
        ({"carriageway_w": -math.inf}, "VALUE-NUMBER"),
        ({"carriageway_w": "rộng"}, "VALUE-NUMBER"),
        ({"lanes": 2**70}, "VALUE-INTEGER-SIZE"),
        ({"lanes": 1 << 20_000}, "VALUE-INTEGER-SIZE"),
        ({"lanes": 1e300}, "VALUE-INTEGER-SIZE"),
        ({"lanes": 2.5}, "VALUE-INTEGER"),
    ],
)
def test_what_no_form_would_give_is_refused_before_anything_is_written(
    desk: Desk, values: dict[str, object], code: str
) -> None:
    one = add(desk, "Đường A")
    dossier = editing.insert_record(desk, "planning_dossier", {"name": "Đồ án"}, None).record
    before = snapshot(desk)
    if "note" in values:  # the road has both fields, the dossier one
        error = refused(code, lambda: editing.update_many(desk, [one.uid, dossier.uid], values))
        assert error.context["field"] == "carriageway_w"
    else:
        refused(code, lambda: editing.update_many(desk, [one.uid], values))
        refused(code, lambda: editing.update_values(desk, one.uid, values, expected=1))
        refused(code, lambda: editing.insert_record(desk, "road_segment", {"name": "B", **values}, LINE))
    assert snapshot(desk) == before


def test_a_change_with_no_number_of_a_change_is_unknown(desk: Desk) -> None:
    add(desk, "Đường A")
    for sequence in (0, -1, 2**63, 2**70):
        refused("STORE-REVERT", lambda sequence=sequence: editing.revert_change(desk, sequence))


def test_a_shape_that_lies_nowhere_is_refused(desk: Desk) -> None:
    road = add(desk, "Đường A")
    for bad in (math.nan, math.inf):
        with np.errstate(invalid="ignore"):
            line = shapely.LineString([LINE.coords[0], (bad, 5.0), LINE.coords[1]])
        refused("GEOMETRY-NOT-FINITE", lambda line=line: editing.update_geometry(desk, road.uid, line, expected=1))
        refused("GEOMETRY-NOT-FINITE", lambda line=line: editing.insert_record(desk, "road_segment", {}, line))
