"""The first page: what to do today, the seven words, the last weeks."""

from datetime import date
from pathlib import Path

import pytest

from services import editing
from services.approving import approve
from services.desk import Desk
from services.overview import build_overview
from services.packaging import seal_package
from services.self_test import ATTEMPTS, run_self_test
from tests.services.desks import SAMPLE, bring, make_desk, records_of, sample_line


def tasks(desk: Desk) -> dict[str, int]:
    return {task.code: task.count for task in build_overview(desk).tasks}


def test_an_empty_register_says_where_to_begin(desk: Desk, tmp_path: Path) -> None:
    assert tasks(desk) == {"TODAY-EMPTY": 1}
    with make_desk(tmp_path / "không ranh giới", None) as bare:
        assert set(tasks(bare)) == {"TODAY-EMPTY", "TODAY-NO-BOUNDARY"}


def test_the_tasks_follow_the_records_on_their_way(filled: Desk) -> None:
    assert tasks(filled) == {"TODAY-APPROVE": 106}
    nameless = editing.insert_record(filled, "road_segment", {}, sample_line((0, 90), (100, 90))).record
    assert tasks(filled) == {"TODAY-APPROVE": 106, "TODAY-BLOCKED": 1}
    approve(filled)
    assert tasks(filled) == {"TODAY-SEND": 106, "TODAY-BLOCKED": 1}
    seal_package(filled)
    assert tasks(filled) == {"TODAY-SEND": 106, "TODAY-BLOCKED": 1}
    editing.delete_records(filled, [nameless.uid])
    assert tasks(filled) == {"TODAY-SEND": 106}


def test_the_seven_words_are_counted(filled: Desk) -> None:
    editing.insert_record(filled, "road_segment", {}, sample_line((0, 90), (100, 90)))
    found = build_overview(filled)
    words = {figure.key: figure for figure in found.figures}
    assert list(words) == ["dung", "du", "sach", "song", "thong_nhat", "lien_thong", "dung_chung"]
    assert found.records == 107
    assert (words["dung"].good, words["dung"].total) == (106, 107)
    assert 0 < (words["du"].share or 0) < 1
    assert words["lien_thong"].share == 0
    assert words["dung_chung"].share == 0
    assert all(word.share is None or 0 <= word.share <= 1 for word in words.values())
    assert (words["song"].good, words["song"].total) == (17, 17)  # points of a survey do not grow old


def test_the_last_weeks_are_complete(filled: Desk) -> None:
    activity = build_overview(filled).activity
    days = [day for day, _ in activity]
    assert len(days) == 56
    assert days == sorted(days)
    assert days[-1] == date(2026, 4, 1)
    assert all(count >= 0 for _, count in activity)
    assert sum(count for _, count in activity) >= 106


def test_a_ready_report_is_not_made_again(filled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    report = build_overview(filled).report
    monkeypatch.setattr("services.overview.check_desk", lambda *_, **__: pytest.fail("the rules were run again"))
    assert build_overview(filled, report=report).report is report


def test_more_values_raise_completeness(desk: Desk) -> None:
    bring(desk, SAMPLE / "duong_cu.shp", "road_segment")
    before = {figure.key: figure.share for figure in build_overview(desk).figures}
    for road in records_of(desk, "road_segment"):
        editing.update_values(desk, road.uid, {"lanes": 2, "condition": "2"}, expected=road.revision)
    after = {figure.key: figure.share for figure in build_overview(desk).figures}
    assert (after["du"] or 0) > (before["du"] or 0)


def test_the_self_test_passes_here() -> None:
    results = run_self_test()
    assert len(results) == len(ATTEMPTS)
    assert [result.name for result in results if not result.passed] == []
    assert all(result.detail for result in results)


def test_the_self_test_tells_what_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise RuntimeError("no such library")

    monkeypatch.setitem(ATTEMPTS, "proj", fail)
    for name in ATTEMPTS:
        if name != "proj":
            monkeypatch.setitem(ATTEMPTS, name, lambda: "ok")
    broken = [result for result in run_self_test() if not result.passed]
    assert [result.detail for result in broken] == ["RuntimeError: no such library"]
