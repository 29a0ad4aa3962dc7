"""What the rules say of dossiers and of stamps, beyond their own examples."""

import unicodedata
from collections.abc import Callable

import numpy as np
import pytest

from core.identity import build_uid
from forms.record import Record
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_all, check_record
from validation.finding import Finding
from validation.rule import ALL_MOMENTS, Moment

Make = Callable[..., Batch]
Find = Callable[..., list[Finding]]
Stock = Callable[..., CheckContext]

DECISION = {
    "plan_kind": "QHC",
    "status": "da_phe_duyet",
    "decision_no": "2820/QĐ-UBND",
    "decision_date": "2026-02-19",
    "approving_authority": "UBND_tinh",
    "secrecy_declared": True,
}


def codes(findings: list[Finding]) -> list[str]:
    return [finding.text_code for finding in findings]


def test_what_is_missing_is_named_in_both_languages_with_its_basis(
    make_batch: Make, stocked: Stock, find: Find
) -> None:
    batch = make_batch("planning_dossier", values=[DECISION])
    documents = make_batch(
        "dossier_document", values=[{"dossier_uid": batch.uids[0], "doc_kind": "quyet_dinh"}], first=50
    )
    [finding] = find("DOS-04", batch, stocked(batch, documents))
    assert finding.context["count"] == 2
    assert "Thuyết minh, Bản vẽ quy hoạch" in finding.text("vi")
    assert "Explanatory report, Planning drawing" in finding.text("en")
    assert "TT 16/2025/TT-BXD, Phụ lục II (VanBan)" in finding.text("vi")


def test_nobody_who_still_types_is_told_that_documents_are_missing(make_batch: Make, context: CheckContext) -> None:
    batch = make_batch("planning_dossier", values=[DECISION])
    record = Record(batch.uids[0], "planning_dossier", DECISION, revision=1)
    typing = check_record(record, context)
    assert "DOS-04" not in {finding.rule_id for finding in typing}
    whole = check_record(record, context, frozenset({Moment.APPROVAL}))
    assert "DOS-04" in {finding.rule_id for finding in whole}


def test_documents_of_another_dossier_do_not_count(make_batch: Make, stocked: Stock, find: Find) -> None:
    batch = make_batch("planning_dossier", values=[DECISION])
    other = build_uid(999, 0, bytes(8))
    documents = make_batch(
        "dossier_document",
        values=[{"dossier_uid": other, "doc_kind": kind} for kind in ("quyet_dinh", "thuyet_minh")],
        first=50,
    )
    [finding] = find("DOS-04", batch, stocked(batch, documents))
    assert finding.context["count"] == 3


@pytest.mark.parametrize("written", ["TỐI MẬT", unicodedata.normalize("NFD", "TỐI MẬT"), "tối mật", "TỐI_MẬT"])
def test_a_stamp_is_found_however_its_letters_are_composed(make_batch: Make, find: Find, written: str) -> None:
    batch = make_batch("dossier_document", values=[{"name": f"Bản đồ {written}"}, {"name": "Bản đồ"}])
    [finding] = find("SEC-01", batch)
    assert (finding.uid, finding.field) == (batch.uids[0], "name")
    assert finding.context["stamp"] == "TỐI MẬT"


def test_a_stamp_is_told_while_it_is_typed(make_batch: Make, context: CheckContext) -> None:
    values = {**DECISION, "name": "Quy hoạch TUYỆT MẬT"}
    found = check_record(Record("u", "planning_dossier", values, revision=0), context)
    assert ("SEC-01", "name") in {(finding.rule_id, finding.field) for finding in found}


def test_a_type_of_many_records_is_looked_at_once(make_batch: Make, find: Find) -> None:
    names = [f"Đường mật độ {number}" for number in range(3000)]
    names[1234] = "Đường MẬT"
    batch = make_batch("road_segment", np.array([None] * 3000, dtype=object), [{"name": name} for name in names])
    assert [finding.uid for finding in find("SEC-01", batch)] == [batch.uids[1234]]


def test_a_whole_workspace_of_dossiers_is_judged_together(make_batch: Make, stocked: Stock) -> None:
    """Successors, scales and documents are looked up, not searched for: a thousand dossiers are no thousand scans."""
    count = 1000
    uids = [build_uid(1 + number, 0, bytes(8)) for number in range(count)]
    values = [
        {
            **DECISION,
            "status": "het_hieu_luc",
            "scale_denom": 5000,
            "replaces_uid": uids[number - 1] if number else None,
        }
        for number in range(count)
    ]
    dossiers = make_batch("planning_dossier", values=values)
    drawings = make_batch(
        "planning_drawing",
        np.array([None] * count, dtype=object),
        [{"dossier_uid": uid, "scale_denom": 5000 if place % 2 else 2000} for place, uid in enumerate(uids)],
        first=10_000,
    )
    surroundings = stocked(dossiers, drawings)
    found = codes(check_all(["planning_dossier", "planning_drawing"], surroundings, moments=ALL_MOMENTS))
    assert found.count("DOS-11") == 1
    assert found.count("DOS-10.differs") == count // 2
    assert found.count("DOS-04") == count
