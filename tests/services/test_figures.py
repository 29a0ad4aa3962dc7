"""The seven figures of a workspace: what is counted in the store, what is kept of it day by day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services import editing
from services.approving import approve
from services.desk import Desk
from services.desk_checks import check_desk
from services.figures import Figure, fetch_history, keep_figures, measure_figures, step_text
from services.workspaces import open_desk
from tests.services.desks import AN, SAMPLE, FakeClock, bring, open_again, records_of, sample_line, snapshot

ROAD = {"name": "Đường Lê Lợi", "surface": "BTXM"}


def figures_of(desk: Desk) -> dict[str, Figure]:
    return {figure.key: figure for figure in measure_figures(desk, check_desk(desk))}


def parts_of(figure: Figure) -> dict[str, tuple[int, int]]:
    return {part.key: (part.good, part.total) for part in figure.parts}


def at(desk: Desk, moment: datetime) -> Desk:
    """Return the same desk on another day."""
    return Desk(desk.workspace, desk.actor, FakeClock(moment))


def test_an_empty_register_measures_nothing(desk: Desk) -> None:
    assert {figure.share for figure in figures_of(desk).values()} == {None}


def test_cancelled_records_do_not_count(desk: Desk) -> None:
    made = editing.insert_record(desk, "road_segment", ROAD, sample_line((0, 90), (100, 90))).record
    assert figures_of(desk)["dung"].total == 1
    editing.delete_records(desk, [made.uid])
    assert figures_of(desk)["dung"].total == 0


def test_complete_counts_fields_dossier_parts_and_decided_dossiers(desk: Desk) -> None:
    decided = {
        "name": "Quy hoạch chung xã",
        "plan_kind": "QHC",
        "status": "da_phe_duyet",
        "decision_no": "2820/QĐ-UBND",
        "decision_date": "2026-02-19",
        "approving_authority": "UBND_tinh",
    }
    dossier = editing.insert_record(desk, "planning_dossier", decided, None).record
    before = figures_of(desk)["du"]
    parts = parts_of(before)
    assert parts["delivered"] == (0, 1)
    assert 0 < parts["parts"][0] < parts["parts"][1]
    assert (before.good, before.total) == tuple(map(sum, zip(*parts.values(), strict=True)))
    reason = {"dossier_uid": dossier.uid, "situation": "cham", "period_year": 2026, "period_quarter": "1"}
    editing.insert_record(desk, "non_delivery_reason", reason, None)
    assert parts_of(figures_of(desk)["du"])["delivered"] == (1, 1)


def test_what_lacks_most_is_the_step_and_filling_it_raises_the_figure(desk: Desk) -> None:
    bring(desk, SAMPLE / "duong_cu.shp", "road_segment")
    before = figures_of(desk)["du"]
    assert before.step is not None
    assert before.step.type_id == "road_segment"
    field = desk.catalogue.type("road_segment").field(str(before.step.field))
    assert field.label["vi"] in step_text(before.step, "vi")
    assert field.label["en"] in step_text(before.step, "en")
    lacking = [road for road in records_of(desk, "road_segment") if road.values[field.key] is None]
    assert before.step.gain == len(lacking)


def test_a_record_grows_old_and_an_edit_or_an_inspection_makes_it_current_again(desk: Desk) -> None:
    roads = [
        editing.insert_record(desk, "road_segment", ROAD, sample_line((0, y), (100, y))).record for y in (90, 95, 99)
    ]
    assert parts_of(figures_of(desk)["song"]) == {"current": (3, 3)}
    later = at(desk, datetime(2027, 9, 1, tzinfo=UTC))
    old = figures_of(later)["song"]
    assert parts_of(old) == {"current": (0, 3)}
    assert old.step is not None
    assert "12" in step_text(old.step, "vi")
    editing.update_values(later, roads[0].uid, {"name": "Đường Lê Lai"}, expected=roads[0].revision)
    inspected = {"asset_uid": roads[1].uid, "inspected_on": "2027-08-30"}
    editing.insert_record(later, "asset_inspection", inspected, None)
    assert parts_of(figures_of(later)["song"]) == {"current": (2, 3)}


def test_connected_counts_identifiers_and_what_has_gone(filled: Desk) -> None:
    figure = figures_of(filled)["lien_thong"]
    parts = parts_of(figure)
    assert parts["sent"][0] == parts["accepted"][0] == parts["identified"][0] == 0
    assert figure.step is not None
    assert figure.step.code == "FIGURE-STEP-APPROVE"
    approve(filled)
    step = figures_of(filled)["lien_thong"].step
    assert step is not None
    assert step.code == "FIGURE-STEP-SEND"
    road = records_of(filled, "road_segment")[0]
    identified = {"official_id": "VN-01153-000001", "official_id_status": "da_cap"}
    road = editing.update_values(filled, road.uid, identified, expected=road.revision).record
    good, total = parts["identified"]
    assert parts_of(figures_of(filled)["lien_thong"])["identified"] == (good + 1, total)
    none = {"official_id": None, "official_id_status": "khong_ap_dung"}
    editing.update_values(filled, road.uid, none, expected=road.revision)
    assert parts_of(figures_of(filled)["lien_thong"])["identified"] == (good, total - 1)


def test_the_last_figures_of_a_day_are_kept(desk: Desk) -> None:
    editing.insert_record(desk, "road_segment", ROAD, sample_line((0, 90), (100, 90)))
    keep_figures(desk, measure_figures(desk, check_desk(desk)))
    editing.insert_record(desk, "road_segment", {}, sample_line((0, 95), (100, 95)))
    keep_figures(desk, measure_figures(desk, check_desk(desk)))
    tomorrow = at(desk, datetime(2026, 4, 2, 1, 0, tzinfo=UTC))
    keep_figures(tomorrow, measure_figures(tomorrow, check_desk(tomorrow)))
    kept = fetch_history(tomorrow, days=30)
    assert {item.day for item in kept} == {date(2026, 4, 1), date(2026, 4, 2)}
    assert [(item.good, item.total) for item in kept if item.word == "dung"] == [(1, 2), (1, 2)]
    assert len(kept) == 14
    assert {item.day for item in fetch_history(tomorrow, days=1)} == {date(2026, 4, 2)}


def test_a_day_is_a_day_in_vietnam(desk: Desk) -> None:
    night = at(desk, datetime(2026, 4, 1, 17, 30, tzinfo=UTC))
    keep_figures(night, measure_figures(night, check_desk(night)))
    assert {item.day for item in fetch_history(night, days=2)} == {date(2026, 4, 2)}


def test_kept_figures_are_there_after_a_restart_and_leave_the_journal_alone(desk: Desk) -> None:
    editing.insert_record(desk, "road_segment", ROAD, sample_line((0, 90), (100, 90)))
    found = measure_figures(desk, check_desk(desk))
    before = snapshot(desk)
    keep_figures(desk, found)
    assert {name for name, digest in snapshot(desk).items() if digest != before[name]} == {"figures"}
    folder = desk.workspace.folder
    desk.close()
    with open_again(folder) as again:
        assert len(fetch_history(again, days=3)) == 7


def test_a_register_that_only_reads_keeps_none(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure_figures(desk, check_desk(desk))
    folder = desk.workspace.folder
    desk.close()
    clock = FakeClock(datetime.now(UTC) - timedelta(days=1))
    with open_desk(folder, actor=AN, clock=clock, read_only=True) as reader:
        keep_figures(reader, found)
        assert fetch_history(reader, days=3) == []
