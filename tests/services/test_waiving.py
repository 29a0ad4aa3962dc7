"""Letting a finding stand: who, why, for which content; what never; back and forth; in the package."""

from collections import Counter

import pytest

from core.errors import UserError
from forms.record import Record, State
from localdb import journal
from services import editing
from services.approving import approve
from services.checking import check_record
from services.desk import Desk
from services.desk_checks import check_desk
from services.outbox import outbox_of
from services.packaging import ensure_package_file, seal_package
from services.reading import fetch_record
from services.rechecking import recheck, stored_report
from services.undoing import redo, revert_change, undo
from services.waiving import (
    fetch_waivers,
    list_waivers,
    renew_waiver,
    waive_findings,
    waive_rule,
    why_not_waivable,
    withdraw_waiver,
    withdraw_waivers,
)
from tests.services.desks import records_of, snapshot
from validation.finding import Finding, Severity
from wire.package import read_package

REASON = "Ngày theo quyết định gốc, đã đối chiếu bản giấy"


@pytest.fixture
def wrong(filled: Desk) -> Record:
    """A road built in a year that has not come: an error of a rule that may be waived."""
    road = records_of(filled, "road_segment")[0]
    saved = editing.update_values(filled, road.uid, {"built_year": 2027}, expected=road.revision)
    assert [item.rule_id for item in saved.findings if item.severity is Severity.ERROR] == ["ATT-06"]
    return saved.record


def errors_of(desk: Desk, record: Record) -> list[Finding]:
    return [item for item in check_record(desk, fetch_record(desk, record.uid)) if item.severity is Severity.ERROR]


def test_a_waived_error_holds_nothing_back_and_stays_visible(filled: Desk, wrong: Record) -> None:
    assert wrong.uid in approve(filled, uids=[wrong.uid]).blocked
    assert check_desk(filled).blocks_package
    waive_rule(filled, wrong.uid, "ATT-06", REASON)
    report = check_desk(filled)
    assert not report.blocks_package
    assert (report.count(Severity.ERROR), report.waived, report.summary()["waived"]) == (0, 1, 1)
    told = [item for item in report.as_dict()["findings"] if item["waived"]]
    assert [(item["rule_id"], item["uid"], item["waived"]) for item in told] == [("ATT-06", wrong.uid, REASON)]
    assert fetch_record(filled, wrong.uid).state is State.CHECKED
    assert approve(filled, uids=[wrong.uid]).approved == (wrong.uid,)


def test_the_waiver_says_who_when_and_of_what(filled: Desk, wrong: Record) -> None:
    waive_rule(filled, wrong.uid, "ATT-06", f"  {REASON} ", field="built_year")
    [listed] = list_waivers(filled)
    waiver = listed.waiver
    assert (waiver.rule_id, waiver.uid, waiver.field, waiver.reason) == ("ATT-06", wrong.uid, "built_year", REASON)
    assert (waiver.person, dict(waiver.revisions), listed.stands) == (
        filled.actor.name,
        {wrong.uid: wrong.revision},
        True,
    )
    assert waiver.at.startswith("2026-04-01")
    assert fetch_record(filled, wrong.uid).revision == wrong.revision


def test_new_content_makes_it_lapse_and_one_step_renews_it(filled: Desk, wrong: Record) -> None:
    waive_rule(filled, wrong.uid, "ATT-06", REASON)
    approve(filled, uids=[wrong.uid])
    editing.update_values(filled, wrong.uid, {"name": "Đường mới"}, expected=wrong.revision)
    assert not fetch_waivers(filled).standing
    [finding] = errors_of(filled, wrong)
    waivers = fetch_waivers(filled)
    lapsed = waivers.find_lapsed(finding)
    assert lapsed is not None
    assert lapsed.reason == REASON
    assert waivers.blocks(finding)
    assert [item.stands for item in list_waivers(filled)] == [False]
    assert wrong.uid in approve(filled, uids=[wrong.uid]).blocked
    renew_waiver(filled, finding)
    assert approve(filled, uids=[wrong.uid]).approved == (wrong.uid,)


def test_a_waiver_lapses_with_the_other_record_too(filled: Desk) -> None:
    first, second = records_of(filled, "road_segment")[:2]
    for road in (first, second):
        editing.update_values(filled, road.uid, {"name": "Đường đôi", "note": "x"}, expected=road.revision)
    shape = fetch_record(filled, first.uid).geometry
    assert shape is not None
    editing.update_geometry(filled, second.uid, shape, expected=second.revision + 1)
    found = [item for item in check_record(filled, fetch_record(filled, first.uid)) if second.uid in item.others]
    assert found
    waive_findings(filled, found[:1], REASON)
    assert set(list_waivers(filled)[0].waiver.revisions) == {first.uid, *found[0].others}
    editing.update_values(filled, second.uid, {"note": "y"}, expected=second.revision + 2)
    assert [item.stands for item in list_waivers(filled)] == [False]


def test_one_waiver_of_several_is_withdrawn(filled: Desk) -> None:
    first, *others = records_of(filled, "road_segment")[:3]
    shape = fetch_record(filled, first.uid).geometry
    assert shape is not None
    for other in others:
        editing.update_geometry(filled, other.uid, shape, expected=other.revision)
    same = [item for item in check_desk(filled).findings if item.rule_id == "TOP-08" or item.others]
    by_record = Counter((item.uid, item.rule_id, item.field) for item in same)
    [(chosen, count)] = by_record.most_common(1)
    assert count > 1, by_record
    mine = [item for item in same if (item.uid, item.rule_id, item.field) == chosen]
    waive_findings(filled, mine, REASON)
    withdraw_waiver(filled, mine[0])
    assert {item.waiver.key for item in list_waivers(filled)} == {item.key for item in mine[1:]}
    with pytest.raises(UserError) as refused:
        withdraw_waiver(filled, mine[0])
    assert refused.value.code == "WAIVER-NONE"


def test_it_is_journalled_undone_and_done_again(filled: Desk, wrong: Record) -> None:
    waive_rule(filled, wrong.uid, "ATT-06", REASON)
    with filled.reading() as connection:
        [entry] = [item for item in journal.fetch_changes(connection, uid=wrong.uid) if item.operation == "waive"]
        assert journal.verify_chain(connection) is None
    assert (entry.before, entry.after and entry.after["reason"]) == (None, REASON)
    assert entry.actor == filled.actor
    undo(filled)
    assert list_waivers(filled) == []
    redo(filled)
    assert [item.stands for item in list_waivers(filled)] == [True]
    withdraw_waivers(filled, wrong.uid, "ATT-06")
    assert list_waivers(filled) == []
    undo(filled)
    assert [item.waiver.reason for item in list_waivers(filled)] == [REASON]
    undo(filled)
    undo(filled)
    assert fetch_record(filled, wrong.uid).values["built_year"] != 2027
    with filled.reading() as connection:
        assert journal.verify_chain(connection) is None
    with pytest.raises(UserError) as refused:
        revert_change(filled, entry.sequence)
    assert refused.value.code == "STORE-REVERT"


def test_a_waiver_altered_in_the_journal_breaks_the_chain(filled: Desk, wrong: Record) -> None:
    waive_rule(filled, wrong.uid, "ATT-06", REASON)
    with filled.workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE changes SET after = replace(after, 'gốc', 'mới') WHERE operation = 'waive'")
    with filled.reading() as connection:
        assert journal.verify_chain(connection) is not None


@pytest.mark.parametrize(
    "reason", ["", "ok", "..............", "đã xem", "y" * 501, "văn bản MẬT số 12, không nêu ở đây"]
)
def test_what_is_no_reason_is_refused(filled: Desk, wrong: Record, reason: str) -> None:
    before = snapshot(filled)
    with pytest.raises(UserError) as refused:
        waive_rule(filled, wrong.uid, "ATT-06", reason)
    assert refused.value.code in ("WAIVER-REASON", "WAIVER-SECRET")
    assert snapshot(filled) == before


def test_what_may_not_be_waived_is_not(filled: Desk) -> None:
    road = records_of(filled, "road_segment")[0]
    saved = editing.update_values(filled, road.uid, {"commune_code": "99999"}, expected=road.revision)
    [finding, *_] = [item for item in saved.findings if item.rule_id == "ADM-01"]
    assert why_not_waivable(filled, finding)
    before = snapshot(filled)
    for attempt in (
        lambda: waive_rule(filled, road.uid, "ADM-01", REASON),
        lambda: waive_findings(filled, [finding], REASON),
    ):
        with pytest.raises(UserError) as refused:
            attempt()
        assert refused.value.code == "WAIVER-NEVER"
        assert "{" not in str(refused.value)
    assert snapshot(filled) == before


def test_only_what_is_found_now_can_be_waived(filled: Desk, wrong: Record) -> None:
    [finding] = errors_of(filled, wrong)
    editing.update_values(filled, wrong.uid, {"built_year": 2020}, expected=wrong.revision)
    before = snapshot(filled)
    for attempt, code in (
        (lambda: waive_findings(filled, [finding], REASON), "WAIVER-NO-FINDING"),
        (lambda: waive_rule(filled, wrong.uid, "ATT-06", REASON), "WAIVER-NO-FINDING"),
        (lambda: waive_rule(filled, wrong.uid, "QQ-77", REASON), "RULE-UNKNOWN"),
        (lambda: withdraw_waivers(filled, wrong.uid, "ATT-06"), "WAIVER-NONE"),
        (lambda: renew_waiver(filled, finding), "WAIVER-NONE"),
    ):
        with pytest.raises(UserError) as refused:
            attempt()
        assert refused.value.code == code
    assert snapshot(filled) == before


def test_the_package_carries_it_and_is_written_again_with_it(filled: Desk, wrong: Record) -> None:
    waive_rule(filled, wrong.uid, "ATT-06", REASON)
    approve(filled, type_ids=["road_segment"])
    sealed = seal_package(filled)
    assert sealed is not None
    [waiver] = read_package(sealed.path, catalogue=filled.catalogue).header.waivers
    [own] = [item.waiver for item in list_waivers(filled)]
    assert (waiver.key, waiver.uid, waiver.rule_id, waiver.field) == (own.key, wrong.uid, "ATT-06", "built_year")
    assert (waiver.reason, waiver.person, waiver.at, waiver.revision) == (REASON, own.person, own.at, wrong.revision)
    sealed.path.unlink()
    [package] = outbox_of(filled).packages
    assert ensure_package_file(filled, package) == sealed.path


def test_one_that_was_withdrawn_after_approval_blocks_the_package(filled: Desk, wrong: Record) -> None:
    waive_rule(filled, wrong.uid, "ATT-06", REASON)
    approve(filled, uids=[wrong.uid])
    withdraw_waivers(filled, wrong.uid, "ATT-06")
    with pytest.raises(UserError) as refused:
        seal_package(filled)
    assert refused.value.code == "PACKAGE-BLOCKED"


def test_what_is_found_after_a_waiver_is_the_same_and_knows_of_it(filled: Desk, wrong: Record) -> None:
    """A waiver stands in the journal like an edit, and is none: nothing is found anew."""
    before = check_desk(filled)
    [finding] = [one for one in before.findings if one.uid == wrong.uid and one.severity is Severity.ERROR]
    waive_findings(filled, [finding], REASON)
    after = recheck(filled, before)
    assert after is not None
    assert after.findings == before.findings
    assert after.waivers.find(finding) is not None
    assert not after.blocks_package
    stored = stored_report(filled)
    assert stored is not None
    assert stored.waivers.find(finding) is not None
