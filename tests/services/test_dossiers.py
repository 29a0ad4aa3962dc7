"""A dossier with all that belongs to it: what it lacks, what the province said, which versions there are."""

from typing import Any

import pytest

from forms.record import Record, State
from services.approving import approve
from services.desk import Desk
from services.desk_checks import check_desk
from services.dossiers import (
    dossier_completeness,
    list_dossiers,
    open_dossier,
    propose_succession,
    types_of_dossier,
)
from services.editing import insert_record, update_values
from services.reading import fetch_record, records_pointing_at
from tests.services.desks import refused, sample_square

DECISION = {
    "status": "da_phe_duyet",
    "decision_no": "2820/QĐ-UBND",
    "decision_date": "2026-02-19",
    "approving_authority": "UBND_tinh",
    "approving_org": "UBND tỉnh Tuyên Quang",
}


def put(desk: Desk, type_id: str, geometry: Any = None, **values: Any) -> Record:
    return insert_record(desk, type_id, values, geometry).record


@pytest.fixture
def dossier(desk: Desk) -> Record:
    """An approved land-use plan, without its documents."""
    return put(
        desk,
        "planning_dossier",
        name="Quy hoạch sử dụng đất xã Bắc Quang",
        plan_kind="QHSDD_XA",
        secrecy_declared=True,
        period_from=2021,
        period_to=2030,
        **DECISION,
    )


def add_document(desk: Desk, dossier: Record, kind: str) -> Record:
    return put(desk, "dossier_document", name=f"Văn bản {kind}", dossier_uid=dossier.uid, doc_kind=kind)


def missing(desk: Desk, uid: str) -> set[str]:
    return {part.key for part in dossier_completeness(desk, uid).missing}


def test_what_belongs_to_a_dossier_is_found(desk: Desk, dossier: Record) -> None:
    assert {"dossier_document", "planning_boundary", "land_use_plan_area"} <= set(types_of_dossier(desk))
    document = add_document(desk, dossier, "quyet_dinh")
    boundary = put(desk, "planning_boundary", sample_square(), dossier_uid=dossier.uid)
    area = put(desk, "land_use_plan_area", sample_square(size=20), dossier_uid=dossier.uid, lot_no="1")
    put(desk, "land_use_plan_area", sample_square(east=60, size=20), lot_no="2")
    found = open_dossier(desk, dossier.uid)
    assert found.record == fetch_record(desk, dossier.uid)
    assert [record.uid for record in found.documents] == [document.uid]
    assert [record.uid for record in found.boundaries] == [boundary.uid]
    assert [record.uid for record in found.areas] == [area.uid]
    assert found.areas[0].geometry is not None
    assert (found.drawings, found.zones, found.lines, found.markers) == ((), (), (), ())
    assert (found.remarks, found.related, found.duplicates, found.succession) == ((), (), (), None)
    pointing = records_pointing_at(desk, dossier.uid, "dossier_document", "dossier_uid")
    assert [record.uid for record in pointing] == [document.uid]


def test_a_document_more_is_a_part_less_that_is_missing(desk: Desk, dossier: Record) -> None:
    assert missing(desk, dossier.uid) >= {"document:thuyet_minh", "document:quyet_dinh"}
    document = add_document(desk, dossier, "quyet_dinh")
    assert "document:quyet_dinh" not in missing(desk, dossier.uid)
    update_values(desk, document.uid, {"doc_kind": "khac"}, expected=document.revision)
    assert "document:quyet_dinh" in missing(desk, dossier.uid)


def test_an_approved_plan_is_held_back_until_its_documents_are_there(desk: Desk, dossier: Record) -> None:
    report = approve(desk, uids=[dossier.uid])
    assert [finding.rule_id for finding in report.blocked[dossier.uid]] == ["DOS-04"]
    text = report.blocked[dossier.uid][0].text("vi")
    assert "Thuyết minh" in text
    assert "Quyết định" in text
    for kind in ("thuyet_minh", "quyet_dinh"):
        add_document(desk, dossier, kind)
    assert not check_desk(desk).blocks_package
    assert dossier.uid in approve(desk, type_ids=["planning_dossier"]).approved


def test_a_title_with_a_stamp_is_an_error_at_once(desk: Desk, dossier: Record) -> None:
    saved = update_values(desk, dossier.uid, {"name": "Quy hoạch (TỐI MẬT)"}, expected=dossier.revision)
    assert [(item.rule_id, item.field) for item in saved.findings if item.rule_id == "SEC-01"] == [("SEC-01", "name")]


def test_many_dossiers_are_listed_with_what_each_lacks(desk: Desk, dossier: Record) -> None:
    other = put(desk, "planning_dossier", name="Quy hoạch chung xã", plan_kind="QHC")
    add_document(desk, dossier, "quyet_dinh")
    rows = {row.record.uid: row for row in list_dossiers(desk)}
    assert list(rows) == [dossier.uid, other.uid]
    for uid, row in rows.items():
        assert row.completeness == dossier_completeness(desk, uid)
        assert row.missing == len(row.completeness.missing)
        assert row.returned == 0
    assert rows[dossier.uid].states == {State.DRAFT: 2}


def test_what_is_no_dossier_is_refused(desk: Desk, dossier: Record) -> None:
    document = add_document(desk, dossier, "quyet_dinh")
    refused("DOSSIER-NOT-ONE", lambda: open_dossier(desk, document.uid))
    refused("RECORD-UNKNOWN", lambda: open_dossier(desk, "01890000-0000-7000-8000-000000000000"))
    refused("FILTER-FIELD", lambda: records_pointing_at(desk, dossier.uid, "dossier_document", "name"))


def test_one_decision_in_two_dossiers_is_shown_spelling_aside(desk: Desk, dossier: Record) -> None:
    twin = put(desk, "planning_dossier", name="Nhập lại", **{**DECISION, "decision_no": "2820/Q\u00d0-UBND"})
    put(desk, "planning_dossier", name="Khác ngày", **{**DECISION, "decision_date": "2026-02-20"})
    assert [record.uid for record in open_dossier(desk, dossier.uid).duplicates] == [twin.uid]
    rows = {row.record.uid: row.duplicates for row in list_dossiers(desk)}
    assert (rows[dossier.uid], rows[twin.uid]) == ((twin.uid,), (dossier.uid,))


def test_versions_are_found_in_both_directions(desk: Desk, dossier: Record) -> None:
    second = put(desk, "planning_dossier", name="Điều chỉnh cục bộ", adjustment="2", replaces_uid=dossier.uid)
    third = put(desk, "planning_dossier", name="Thay thế", adjustment="0", replaces_uid=second.uid)
    chain = [(item.record.uid, item.steps, item.adjusts) for item in open_dossier(desk, second.uid).related]
    assert chain == [(dossier.uid, -1, False), (third.uid, 1, False)]
    chain = [(item.record.uid, item.steps, item.adjusts) for item in open_dossier(desk, dossier.uid).related]
    assert chain == [(second.uid, 1, True), (third.uid, 2, False)]


def test_a_ring_of_versions_ends(desk: Desk, dossier: Record) -> None:
    second = put(desk, "planning_dossier", name="Điều chỉnh", replaces_uid=dossier.uid)
    update_values(desk, dossier.uid, {"replaces_uid": second.uid}, expected=dossier.revision)
    assert [item.record.uid for item in open_dossier(desk, dossier.uid).related] == [second.uid]


def test_an_approved_successor_proposes_and_writes_nothing(desk: Desk, dossier: Record) -> None:
    values = {**DECISION, "decision_no": "30/QĐ-UBND", "decision_date": "2026-03-01"}
    newer = put(desk, "planning_dossier", name="Mới", adjustment="1", replaces_uid=dossier.uid, **values)
    proposed = propose_succession(desk, newer.uid)
    assert proposed is not None
    assert proposed.replaced.uid == dossier.uid
    assert proposed.values == {"status": "het_hieu_luc", "valid_to": "2026-03-01"}
    assert fetch_record(desk, dossier.uid).values["status"] == "da_phe_duyet"
    update_values(desk, dossier.uid, proposed.values, expected=dossier.revision)
    assert propose_succession(desk, newer.uid) is None


@pytest.mark.parametrize("changes", [{"adjustment": "2"}, {"status": "dang_lap", "decision_no": None}])
def test_a_local_adjustment_and_a_draft_propose_nothing(desk: Desk, dossier: Record, changes: dict[str, Any]) -> None:
    values = {**DECISION, "decision_no": "30/QĐ-UBND", "adjustment": "1", **changes}
    newer = put(desk, "planning_dossier", name="Mới", replaces_uid=dossier.uid, **values)
    assert propose_succession(desk, newer.uid) is None


def test_what_the_province_refused_stands_with_the_dossier(desk: Desk, dossier: Record) -> None:
    document = add_document(desk, dossier, "quyet_dinh")
    with desk.workspace.store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET result = 'rejected', code = 'DOS-02', field = 'doc_no' WHERE uid = ?", (document.uid,)
        )
        connection.exec_driver_sql(
            "INSERT INTO conflicts VALUES (?, 'planning_dossier', 3, NULL, '2026-03-02T00:00:00.000Z')", (dossier.uid,)
        )
    remarks = open_dossier(desk, dossier.uid).remarks
    assert [(item.uid, item.result, item.code, item.field) for item in remarks] == [
        (document.uid, "rejected", "DOS-02", "doc_no"),
        (dossier.uid, "conflict", None, None),
    ]
