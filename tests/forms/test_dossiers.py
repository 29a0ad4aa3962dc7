"""What a dossier needs follows from its kind and stage, each part with what asks for it."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from core.tables import load_table
from forms.catalogue import Catalogue
from forms.dossiers import (
    DRAWING,
    DossierCompleteness,
    DossierFacts,
    Stage,
    completeness,
    measure_dossier,
    stage_of,
    wanted_parts,
)
from forms.expressions import field_names
from forms.loader import load_catalogue
from validation.rule import RULES


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def kinds() -> list[str | None]:
    return [choice.code for choice in load_catalogue().choice_list("plan_kind")] + [None]


def missing_keys(found: DossierCompleteness) -> set[str]:
    return {part.key for part in found.missing}


@pytest.mark.parametrize(
    ("values", "stage"),
    [
        ({}, Stage.TASK),
        ({"status": "du_thao"}, Stage.TASK),
        ({"status": "dang_lap", "task_decision_no": "12/QĐ-UBND"}, Stage.SUBMITTED),
        ({"status": "da_phe_duyet"}, Stage.APPROVED),
        ({"status": "dang_dieu_chinh", "task_decision_no": "12/QĐ-UBND"}, Stage.ADJUSTING),
        ({"status": "het_hieu_luc"}, Stage.EXPIRED),
        ({"status": "chuyen_tiep"}, Stage.TRANSITIONAL),
    ],
)
def test_the_stage_follows_from_the_dossiers_own_values(values: Mapping[str, Any], stage: Stage) -> None:
    assert stage_of(values) is stage


@pytest.mark.parametrize(("kind", "stage"), list(product(kinds(), Stage)))
def test_no_part_is_asked_for_twice_and_every_demand_has_a_basis(kind: str | None, stage: Stage) -> None:
    wants = wanted_parts(kind, stage)
    assert wants
    assert len({want.key for want in wants}) == len(wants)
    for want in wants:
        assert want.strength != "law" or want.legal
        assert want.strength != "rule" or want.rule
        assert want.strength in ("law", "rule", "hint")


def test_every_target_of_the_table_is_there(catalogue: Catalogue) -> None:
    dossier = {field.key for field in catalogue.type("planning_dossier").fields}
    known_kinds = {choice.code for choice in catalogue.choice_list("plan_kind")} | {"?"}
    groups = {row["group"]: set(row["kinds"].split()) for row in load_table("dossier_kinds")}
    assert set().union(*groups.values()) == known_kinds
    for row in load_table("dossier_parts"):
        targets = {
            "field": dossier,
            "document": {choice.code for choice in catalogue.choice_list("document_kind")},
            "records": set(catalogue.types),
            "relation": {"successor"},
        }
        assert row["target"] in targets[row["part"]], row
        assert set(row["kinds"].split()) <= known_kinds | set(groups) | {"*"}, row
        assert set(row["stages"].split()) <= {stage.value for stage in Stage} | {"*"}, row
        assert not row["when"] or field_names(row["when"]) <= dossier, row
        assert row["rule"] in {"", "DOS-07", "TOP-02"} | set(RULES), row


def test_nothing_unverified_is_called_law() -> None:
    """A plan of another province, and what everybody knows, advise; they do not demand."""
    for row in load_table("dossier_parts"):
        if "Hồ Chí Minh" in row["legal"] or "Hà Nội" in row["legal"] or not row["legal"]:
            assert row["strength"] != "law", row


def test_an_approved_general_plan_says_what_it_lacks(catalogue: Catalogue) -> None:
    values = {"plan_kind": "QHC", "status": "da_phe_duyet", "name": "Quy hoạch chung xã Bắc Quang"}
    found = measure_dossier(catalogue, DossierFacts(values, documents={"quyet_dinh": 1}, records={DRAWING: 2}))
    assert {"document:thuyet_minh", "records:planning_boundary", "field:decision_no"} <= missing_keys(found)
    assert not {"document:quyet_dinh", "records:planning_drawing", "field:name"} & missing_keys(found)
    part = next(part for part in found.parts if part.key == "field:decision_no")
    assert (part.legal, part.wanted_by, part.rule) == ("NĐ 212/2026/NĐ-CP Đ.9.3.a", "law", "DOS-01")
    assert part.title["vi"] == "Số quyết định phê duyệt"
    assert "document:quy_dinh_quan_ly" in {hint.key for hint in found.hints}
    assert found.filled == len(found.wanted) - len(found.missing)
    assert 0 < (found.share or 0) < 1


def test_hints_never_count(catalogue: Catalogue) -> None:
    values = {"plan_kind": "KHAC", "status": "du_thao", "secrecy_declared": True}
    found = measure_dossier(catalogue, DossierFacts(values))
    assert found.share == 1.0
    assert found.hints


def test_a_land_use_plan_in_transition_needs_its_period_and_no_drawing(catalogue: Catalogue) -> None:
    values = {"plan_kind": "QHSDD_XA", "status": "chuyen_tiep"}
    keys = missing_keys(measure_dossier(catalogue, DossierFacts(values)))
    assert {"field:period_from", "field:period_to", "document:quyet_dinh", "document:thuyet_minh"} <= keys
    assert "records:planning_drawing" not in keys


def test_a_secrecy_declaration_that_says_no_is_none(catalogue: Catalogue) -> None:
    for answer, present in ((None, False), (False, False), (True, True)):
        parts = completeness(catalogue, None, Stage.TASK, DossierFacts({"secrecy_declared": answer}))
        assert next(part for part in parts if part.target == "secrecy_declared").present is present


def test_conditions_decide_with_the_dossiers_values(catalogue: Catalogue) -> None:
    first = completeness(catalogue, "QHC", Stage.APPROVED, DossierFacts({"plan_kind": "QHC", "adjustment": "0"}))
    later = completeness(catalogue, "QHC", Stage.APPROVED, DossierFacts({"plan_kind": "QHC", "adjustment": "1"}))
    assert {part.key for part in later} - {part.key for part in first} == {"field:replaces_uid"}
    rural = completeness(catalogue, "QHNT", Stage.APPROVED, DossierFacts({"plan_kind": "QHNT"}))
    assert "field:plan_level" in {part.key for part in first} - {part.key for part in rural}


def test_an_expired_plan_is_asked_for_its_successor(catalogue: Catalogue) -> None:
    values = {"plan_kind": "QHC", "status": "het_hieu_luc"}
    alone = measure_dossier(catalogue, DossierFacts(values))
    followed = measure_dossier(catalogue, DossierFacts(values, has_successor=True))
    assert "relation:successor" in {part.key for part in alone.hints}
    assert "relation:successor" not in {part.key for part in followed.hints}
