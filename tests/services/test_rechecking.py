"""Checks that are stopped half way, or run beside each other, leave nothing stale; files found out make rules due."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import Cancelled
from core.progress import SILENT
from forms.record import Record, State
from localdb.contents import set_facts
from services import editing, rechecking
from services.attaching import attach_document, attach_files
from services.checking import CheckReport, run_checks
from services.desk import Desk
from services.desk_checks import check_desk
from services.reading import fetch_record
from services.rechecking import recheck, stored_report
from tests.exchange.document_samples import jpeg, write
from tests.services.desks import records_of, snapshot


class StopAt:
    """A progress that cancels at one of its steps, and counts them."""

    def __init__(self, step: int) -> None:
        self.left = step

    def step(self, done: int, total: int | None = None) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def said(report: CheckReport | None) -> Any:
    assert report is not None
    found = sorted(repr({**item.as_dict("en"), "text": ""}) for item in report.findings)
    return report.checked, found, {key: share.as_dict() for key, share in report.completeness.items() if share.wanted}


def full(desk: Desk) -> CheckReport:
    with desk.reading() as connection:
        return run_checks(desk, connection, list(desk.catalogue.types), SILENT)[0]


def codes(report: CheckReport | None, record: Record) -> set[str]:
    assert report is not None
    return {item.text_code for item in report.findings if item.uid == record.uid}


@pytest.fixture
def road(filled: Desk) -> Record:
    return records_of(filled, "road_segment")[0]


def spoil(desk: Desk, road: Record, year: int = 2090) -> None:
    now = fetch_record(desk, road.uid)
    editing.update_values(desk, road.uid, {"built_year": year}, expected=now.revision)


@pytest.mark.parametrize("step", [0, 1, 40])
def test_a_check_cancelled_half_way_leaves_everything_as_it_was(filled: Desk, road: Record, step: int) -> None:
    known = check_desk(filled)
    spoil(filled, road)
    before = snapshot(filled)
    with pytest.raises(Cancelled):
        check_desk(filled, progress=StopAt(step))
    assert snapshot(filled) == before
    assert stored_report(filled) is None
    assert fetch_record(filled, road.uid).state is State.DRAFT
    assert said(recheck(filled, known)) == said(full(filled))
    assert said(check_desk(filled)) == said(stored_report(filled))


def test_the_first_check_of_all_cancelled_keeps_nothing(filled: Desk, road: Record) -> None:
    spoil(filled, road)
    with pytest.raises(Cancelled):
        recheck(filled, progress=StopAt(9))
    assert stored_report(filled) is None
    assert said(recheck(filled)) == said(full(filled)) == said(stored_report(filled))


@pytest.mark.parametrize("step", [0, 1, 5])
def test_a_recheck_cancelled_half_way_shows_nothing_stale(filled: Desk, road: Record, step: int) -> None:
    known = check_desk(filled)
    spoil(filled, road)
    before = snapshot(filled)
    with pytest.raises(Cancelled):
        recheck(filled, known, progress=StopAt(step))
    assert snapshot(filled) == before
    assert stored_report(filled) is None
    spoil(filled, records_of(filled, "road_segment")[1], 2091)
    again = recheck(filled, known)
    assert said(again) == said(full(filled)) == said(stored_report(filled))
    assert "ATT-06.future-year" in codes(again, road)


def storing_between(monkeypatch: pytest.MonkeyPatch, other: Callable[[], object]) -> list[int]:
    """Let something happen once, after a recheck has found what it looks for and before it stores it."""
    find, times = rechecking._find, [0]

    def slow(*arguments: Any) -> Any:
        found = find(*arguments)
        times[0] += 1
        if times[0] == 1:
            other()
        return found

    monkeypatch.setattr(rechecking, "_find", slow)
    return times


def test_findings_that_another_program_stored_meanwhile_are_not_written_over(
    filled: Desk, road: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window rechecks one edit while the command line edits another record and checks everything."""
    known = check_desk(filled)
    spoil(filled, road)
    second = records_of(filled, "road_segment")[1]

    def other() -> None:
        spoil(filled, second, 2091)
        check_desk(filled)

    storing_between(monkeypatch, other)
    report = recheck(filled, known)
    assert said(report) == said(full(filled)) == said(stored_report(filled))
    assert report is not None and stored_report(filled).run == report.run  # type: ignore[union-attr]
    for record in (road, second):
        assert "ATT-06.future-year" in codes(report, record)


def test_an_edit_made_while_the_rules_run_is_checked_next(
    filled: Desk, road: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = check_desk(filled)
    spoil(filled, road)
    times = storing_between(monkeypatch, lambda: spoil(filled, road, 2001))
    report = recheck(filled, known)
    assert "ATT-06.future-year" in codes(report, road)
    assert stored_report(filled) is None
    report = recheck(filled, report)
    assert times == [2]
    assert "ATT-06.future-year" not in codes(report, road)
    assert said(report) == said(full(filled)) == said(stored_report(filled))


def test_checks_and_edits_at_once_end_with_what_is_true(filled: Desk) -> None:
    roads = records_of(filled, "road_segment")
    faults: list[Exception] = []

    def run(work: Callable[[], object]) -> None:
        try:
            for _ in range(3):
                work()
        except Exception as error:  # noqa: BLE001 (a thread's fault is told to the test)
            faults.append(error)

    years = iter(range(2080, 2099))
    works = (
        lambda: check_desk(filled),
        lambda: recheck(filled),
        lambda: recheck(filled),
        lambda: spoil(filled, roads[next(years) % 3], next(years)),
    )
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    kept = stored_report(filled)
    assert kept is None or said(kept) == said(full(filled))
    assert said(recheck(filled)) == said(full(filled)) == said(stored_report(filled))


@pytest.fixture
def photographed(filled: Desk, road: Record, tmp_path: Path) -> tuple[Record, str]:
    """A road with a picture, checked."""
    attach_files(filled, road.uid, [write(tmp_path, "đường.jpg", jpeg())])
    check_desk(filled)
    now = fetch_record(filled, road.uid)
    [link] = now.values["attachments"]
    return now, link["sha256"]


def test_a_file_that_goes_makes_its_rule_due_again(filled: Desk, photographed: tuple[Record, str]) -> None:
    road, sha256 = photographed
    report = stored_report(filled)
    assert not {code for code in codes(report, road) if code.startswith("DOS-05")}
    with filled.workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE contents SET is_damaged = 1 WHERE sha256 = ?", (sha256,))
    assert stored_report(filled) is None
    report = recheck(filled, report)
    assert "DOS-05.changed" in codes(report, road)
    assert said(report) == said(full(filled)) == said(stored_report(filled))
    with filled.workspace.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM content_chunks WHERE sha256 = ?", (sha256,))
        connection.exec_driver_sql("DELETE FROM contents WHERE sha256 = ?", (sha256,))
    assert stored_report(filled) is None
    report = recheck(filled, report)
    assert {code for code in codes(report, road) if code.startswith("DOS-05")} == {"DOS-05.missing"}
    assert said(report) == said(full(filled))


def test_what_is_found_out_about_a_scan_makes_its_rule_due_again(filled: Desk, tmp_path: Path) -> None:
    """What looks into a picture may come to it only after the check."""
    dossier = editing.insert_record(filled, "planning_dossier", {"name": "Quy hoạch chung"}, None).record
    drawing = attach_document(filled, dossier.uid, write(tmp_path, "tờ.jpg", jpeg()), type_id="planning_drawing").record
    check_desk(filled)
    report = stored_report(filled)
    assert "DRW-03.broken" not in codes(report, drawing)
    facts = {"width": 90, "height": 60, "notes": ["IMAGE-CUT-SHORT"]}
    set_facts(filled.workspace, drawing.values["file_sha256"], facts, None)
    assert stored_report(filled) is None
    report = recheck(filled, report)
    assert "DRW-03.broken" in codes(report, drawing)
    assert said(report) == said(full(filled)) == said(stored_report(filled))
