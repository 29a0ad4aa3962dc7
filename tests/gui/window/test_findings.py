"""The findings panel: groups, filters, the next by key, what stands behind one, and waiving in the window."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QModelIndex

from desktop.main_window import DeskWindow
from desktop.models.findings_model import FINDING, PAGE, FindingsModel, Grouping
from desktop.pictures import settle_window
from desktop.theme import MUTED, Tone
from forms.catalogue import Catalogue
from services.desk import Desk
from services.editing import update_geometry, update_values
from services.reading import fetch_page, fetch_record
from services.waiving import list_waivers, waive_findings, waive_rule
from validation.engine import may_waive
from validation.finding import Finding, Severity
from validation.waivers import Waiver, Waivers

REASON = "Năm theo quyết định gốc, đã đối chiếu"


def found(place: int, rule_id: str = "ATT-01", severity: Severity = Severity.WARNING, **more: Any) -> Finding:
    facts = {"text_code": rule_id, "field": "name", "place": shapely.Point(1, 2), "others": (), "revision": 1, **more}
    return Finding(rule_id, severity, "road_segment", f"u{place}", context={}, **facts)


@pytest.fixture
def model(catalogue: Catalogue) -> FindingsModel:
    return FindingsModel(catalogue, lambda uid: f"Đường {uid}")


def headings(model: FindingsModel) -> list[str]:
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_groups_stand_by_severity_rule_record_and_dossier(model: FindingsModel, qtmodeltester: Any) -> None:
    items = [found(1), found(1, "TOP-08", Severity.ERROR), found(2, "TOP-08", Severity.ERROR), found(3)]
    model.show_findings(items, Grouping.SEVERITY)
    assert headings(model) == ["Lỗi (2)", "Cảnh báo (2)"]
    model.show_findings(items, Grouping.RULE)
    assert [text.split(" ")[0] for text in headings(model)] == ["TOP-08", "ATT-01"]
    model.show_findings(items, Grouping.RECORD)
    assert [text.split(" ·")[0] for text in headings(model)] == ["Đường u1", "Đường u2", "Đường u3"]
    model.show_findings(items, Grouping.DOSSIER, dossiers={"u1": "h1"})
    assert headings(model) == ["Đường h1 (2)", "Không thuộc hồ sơ nào (2)"]
    qtmodeltester.check(model)


def test_waived_findings_stand_apart_in_grey(model: FindingsModel) -> None:
    one = found(1, severity=Severity.ERROR)
    waiver = Waiver(one.key, one.rule_id, one.type_id, one.uid, one.field, {"u1": 1}, REASON, "An", "2026-03-02")
    model.show_findings([one, found(2)], Grouping.SEVERITY, waivers=Waivers({one.key: waiver}))
    assert headings(model) == ["Cảnh báo (1)", "Được bỏ qua có lý do (1)"]
    assert REASON in model.index(0, 0, model.index(1, 0)).data()


def test_a_hundred_thousand_come_page_by_page(model: FindingsModel, qtmodeltester: Any) -> None:
    asked: list[str] = []
    model._name_of = lambda uid: asked.append(uid) or uid  # type: ignore[func-returns-value]
    model.show_findings([found(place) for place in range(100_000)], Grouping.SEVERITY)
    group = model.index(0, 0)
    assert model.rowCount(group) == PAGE
    assert asked == []
    last = model.step(group, -1)
    assert last == QModelIndex() or last.data(FINDING).uid == "u99999"
    model.show_findings([found(place) for place in range(PAGE + 5)], Grouping.SEVERITY)
    group = model.index(0, 0)
    index = model.index(PAGE - 1, 0, group)
    assert model.step(index, 1).data(FINDING).uid == f"u{PAGE}"
    assert model.rowCount(group) == PAGE + 5
    assert not model.canFetchMore(group)
    qtmodeltester.check(model)


def test_a_hundred_thousand_records_come_page_by_page(model: FindingsModel, qtmodeltester: Any) -> None:
    """A view looks at every row at once, so that groups too become rows only when they are come to."""
    items = [found(place // 2, rule_id=("ATT-01", "ATT-02")[place % 2]) for place in range(200_000)]
    model.show_findings([found(7, severity=Severity.ERROR), *items], Grouping.RECORD)
    assert model.rowCount() == PAGE
    assert [len(group.members) for group in model.groups[:3]] == [3, 2, 2]
    assert model.groups[0].key == "u7"
    assert not model.canFetchMore(QModelIndex())
    assert sum(1 for _ in model) == 200_001
    last = model.index(1, 0, model.index(PAGE - 1, 0))
    after = model.step(last, 1)
    assert (after.parent().row(), model.rowCount()) == (PAGE, 2 * PAGE)
    assert after.data(FINDING).uid == f"u{PAGE}"
    assert model.step(model.index(0, 0), -1).parent().row() == 2 * PAGE - 1
    assert model.index_of(items[10].key, "u5").isValid()
    assert not model.index_of(items[-1].key, "u99999").isValid()
    qtmodeltester.check(model)


def test_a_step_goes_across_groups_and_round_the_ends(model: FindingsModel) -> None:
    items = [found(1), found(2, severity=Severity.ERROR), found(3)]
    model.show_findings(items, Grouping.SEVERITY)
    index, seen = QModelIndex(), []
    for _ in range(4):
        index = model.step(index, 1)
        seen.append(index.data(FINDING).uid)
    assert seen == ["u2", "u1", "u3", "u2"]
    assert model.step(index, -1).data(FINDING).uid == "u3"
    model.show_findings([], Grouping.RULE)
    assert not model.step(QModelIndex(), 1).isValid()


@pytest.fixture
def wrong(window: DeskWindow, desk: Desk) -> str:
    """A road with an error that may be waived, found."""
    record = fetch_page(desk, "road_segment", limit=1).records[0]
    update_values(desk, record.uid, {"built_year": 2090}, expected=record.revision)
    window.news.note_change([("road_segment", record.uid)])
    settle_window(window)
    return record.uid


def test_the_next_one_leads_to_record_field_and_card(window: DeskWindow, wrong: str) -> None:
    window.actions_by_key["next-finding"].trigger()
    settle_window(window)
    panel = window.findings
    assert panel.card.finding is not None
    assert (panel.card.finding.uid, panel.card.finding.rule_id) == (wrong, "ATT-06")
    assert window.record.record.uid == wrong
    assert "Căn cứ" in panel.card.facts.text()
    assert window.selecting.chosen == {"road_segment": [wrong]}
    window.actions_by_key["previous-finding"].trigger()
    settle_window(window)
    assert panel.card.finding.rule_id != "ATT-06"


def test_waived_in_the_window_and_taken_back(window: DeskWindow, desk: Desk, wrong: str) -> None:
    panel = window.findings
    panel.step(1)
    panel.card.waive.click()
    panel.card.reason.setText("ngắn")
    assert not panel.card.waive_now.isEnabled()
    panel.card.reason.setText(REASON)
    panel.card.waive_now.click()
    settle_window(window)
    assert [item.waiver.reason for item in list_waivers(desk)] == [REASON]
    assert panel.switches[Severity.ERROR].text() == "0"
    assert REASON in panel.card.facts.text()
    assert panel.card.waive.isHidden()
    panel.card.withdraw.click()
    settle_window(window)
    assert list_waivers(desk) == []
    assert panel.switches[Severity.ERROR].text() == "1"
    window.actions_by_key["undo"].trigger()
    settle_window(window)
    assert len(list_waivers(desk)) == 1
    record = fetch_record(desk, wrong)
    update_values(desk, wrong, {"note": "x"}, expected=record.revision)
    window.news.note_change([("road_segment", wrong)])
    settle_window(window)
    assert not panel.card.renew.isHidden()
    panel.card.renew.click()
    settle_window(window)
    assert [item.stands for item in list_waivers(desk)] == [True]


def test_what_may_not_be_waived_says_why(window: DeskWindow, desk: Desk) -> None:
    record = fetch_page(desk, "road_segment", limit=1).records[0]
    update_values(desk, record.uid, {"commune_code": "99999"}, expected=record.revision)
    window.news.note_change([("road_segment", record.uid)])
    settle_window(window)
    finding = next(one for one in window.findings.findings if one.rule_id == "ADM-01")
    window.findings.show_finding(finding)
    assert not window.findings.card.waive.isEnabled()
    assert "Không được bỏ qua" in window.findings.card.waive.toolTip()
    window.checks.begin_waiver(finding)
    assert window.findings.card.reason_box.isHidden()
    window.checks.waive(finding, REASON)
    settle_window(window)
    assert list_waivers(desk) == []


def test_filters_search_and_empty_places(window: DeskWindow, desk: Desk, wrong: str, qtbot: Any) -> None:
    panel = window.findings
    window.commands.show_under("findings")
    panel.blocking.setChecked(True)
    assert {one.rule_id for one in panel.model} == {"ATT-06"}
    panel.blocking.setChecked(False)
    name = fetch_record(desk, wrong).values["name"]
    panel.search.setText({"Đường Lê Lợi": "le loi", "Đường Trần Phú": "tran phu"}.get(name, "ngo 5"))
    qtbot.waitUntil(lambda: {one.uid for one in panel.model} == {wrong}, timeout=5_000)
    panel.search.setText("zzz")
    qtbot.waitUntil(lambda: not list(panel.model), timeout=5_000)
    assert panel._lists.currentIndex() == 2
    panel.show_all()
    qtbot.waitUntil(lambda: len(list(panel.model)) == len(panel.findings), timeout=5_000)
    assert headings(panel.model)[0] == "Lỗi (1)"
    panel.grouping.setCurrentIndex(3)
    settle_window(window)
    assert headings(panel.model) == [f"Không thuộc hồ sơ nào ({len(panel.findings)})"]


def test_from_the_record_to_the_reason(window: DeskWindow, wrong: str, rest: Callable[[], None]) -> None:
    window.selecting.open_record(wrong)
    settle_window(window)
    listed = window.record.findings
    for row in range(listed.list.count()):
        listed.list.setCurrentRow(row)
        if listed.current is not None and listed.current.rule_id == "ATT-06":
            break
    assert listed.waive.isEnabled()
    listed.waive.click()
    assert window.findings.card.finding is not None
    assert window.findings.card.finding.rule_id == "ATT-06"
    assert not window.findings.card.reason_box.isHidden()
    window.findings.card.reason.setText(REASON)
    window.findings.card.waive_now.click()
    settle_window(window)
    assert [item.waiver.uid for item in list_waivers(window.session.desk)] == [wrong]
    assert any(REASON in listed.list.item(row).text() for row in range(listed.list.count()))


def test_the_form_shows_what_was_waived_in_grey_with_the_reason(window: DeskWindow, desk: Desk, wrong: str) -> None:
    window.selecting.open_record(wrong)
    settle_window(window)
    row = window.record.form.rows["built_year"]
    assert Tone.ERROR.value in row._message.text()
    waive_rule(desk, wrong, "ATT-06", REASON)
    window.news.note_change([("road_segment", wrong)])
    settle_window(window)
    assert row.message.startswith("Được bỏ qua có lý do: ")
    assert MUTED in row._message.text() and Tone.ERROR.value not in row._message.text()
    assert REASON in row._message.toolTip()
    assert not row.editor.focusProxy().property("tone")
    window.record.form.rows["note"].show_text("đang gõ")
    window.record.entry.rules.now()
    settle_window(window)
    assert Tone.ERROR.value in row._message.text()
    window.record.form.rows["note"].restore()
    window.record.entry.rules.now()
    settle_window(window)
    assert MUTED in row._message.text()


def test_one_waiver_of_several_is_withdrawn(window: DeskWindow, desk: Desk) -> None:
    first, *others = fetch_page(desk, "road_segment", limit=3).records
    for other in others:
        update_geometry(desk, other.uid, first.geometry, expected=other.revision)
    window.news.note_change([("road_segment", one.uid) for one in (first, *others)])
    settle_window(window)
    twins: dict[Any, list[Finding]] = {}
    for one in window.findings.findings:
        if may_waive(one, desk.catalogue):
            twins.setdefault((one.uid, one.rule_id, one.field), []).append(one)
    same = max(twins.values(), key=len)
    assert len(same) > 1
    waive_findings(desk, same, REASON)
    window.checks.withdraw(same[0])
    settle_window(window)
    assert {item.waiver.key for item in list_waivers(desk)} == {one.key for one in same[1:]}
