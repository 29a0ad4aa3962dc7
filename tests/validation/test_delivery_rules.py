"""A package as a whole: what nobody knows is no finding; records and packages are never asked each other's rules."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from forms.catalogue import Catalogue
from forms.record import Lineage
from validation.batch import Batch
from validation.context import CheckContext
from validation.delivery import DELIVERY, Delivery, delivery_type
from validation.engine import blocks, check_batch, rules_for
from validation.finding import Finding
from validation.rule import ALL_MOMENTS, RULES, Moment
from validation.rules.personal import _strength_of, personal_fields

SEALING = (Moment.PACKAGE,)


def codes(context: CheckContext, **facts: Any) -> list[str]:
    return [item.text_code for item in check_batch(Delivery(**facts).batch(), context, SEALING)]


def test_what_nobody_knows_is_no_finding(context: CheckContext) -> None:
    assert codes(context) == []


def test_all_that_is_wrong_is_told_errors_first(context: CheckContext) -> None:
    found = check_batch(
        Delivery(
            package_id="a" * 64,
            sequence=3,
            open_errors=1,
            authors=("An",),
            approver="An",
            four_eyes=True,
            program="0.1.0",
            oldest_program="0.2.0",
            days_without_backup=30,
            due=("HS-1",),
            reported=(),
            changes_this_quarter=0,
            confirmed_unchanged=False,
        ).batch(),
        context,
        SEALING,
    )
    assert [item.rule_id for item in found] == ["PKG-01", "PKG-03", "PKG-05", "PKG-04", "PKG-06", "SEC-05"]
    assert [item.rule_id for item in found if blocks(item)] == ["PKG-01", "PKG-03", "PKG-05"]
    assert {(item.type_id, item.uid, item.revision) for item in found} == {(DELIVERY, "a" * 64, 3)}


def test_the_office_says_how_old_a_backup_may_be(context: CheckContext) -> None:
    assert codes(replace(context, tolerances={"sec05_backup_days": 30.0}), days_without_backup=30) == []
    assert codes(replace(context, tolerances={"sec05_backup_days": 1.0}), days_without_backup=2) == ["SEC-05"]


def test_rules_of_records_and_of_packages_stay_apart(context: CheckContext, catalogue: Catalogue) -> None:
    whole = {rule.id for rule in RULES.values() if Moment.PACKAGE in rule.moments}
    assert whole == {"PKG-01", "PKG-03", "PKG-04", "PKG-05", "PKG-06", "SEC-05"}
    assert {rule.id for rule in rules_for(delivery_type(), context, SEALING)} == whole
    assert Moment.PACKAGE not in ALL_MOMENTS
    assert DELIVERY not in catalogue.types
    for record_type in catalogue.types.values():
        assert whole.isdisjoint(rule.id for rule in rules_for(record_type, context, tuple(Moment)))


@pytest.mark.parametrize(
    ("code", "variants"), [("01153", []), (None, []), ("01165", ["PKG-07"]), ("21583", ["PKG-07"]), ("99999", [])]
)
def test_a_commune_sends_its_own_records(
    make_batch: Callable[..., Batch], find: Callable[..., list[Finding]], code: str | None, variants: list[str]
) -> None:
    found = find("PKG-07", make_batch("road_segment", None, [{"commune_code": code}]))
    assert [item.text_code for item in found] == variants


def test_the_programs_own_forms_ask_for_nothing_personal(catalogue: Catalogue) -> None:
    assert {kind.id: personal_fields(kind) for kind in catalogue.types.values() if personal_fields(kind)} == {}
    assert [_strength_of(name) for name in ("Số CCCD", "so_dien_thoai", "ten", "chu_dau_tu")] == [
        "id",
        "contact",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("CCCD 079123456789", True),
        ("ông An (căn cước công dân số: 079123456789)", True),
        ("CMND 123456789, cấp năm 2001", True),
        ("Thửa 079123456789 theo bản đồ", False),
        ("Nghị định về căn cước 2023", False),
        ("CCCD: 0791234567890123", False),
        ("mã định danh cá nhân không ghi; điện thoại UBND 02193821123", False),
    ],
)
def test_numbers_of_identity_papers_in_texts(
    make_batch: Callable[..., Batch], find: Callable[..., list[Finding]], note: str, told: bool
) -> None:
    found = find("SEC-02", make_batch("road_segment", None, [{"note": note}, {"note": None}]))
    assert [item.text_code for item in found] == ["SEC-02.text"] * told
    assert all("079123456789" not in item.text() for item in found)


def test_columns_of_a_source_are_named_and_their_cells_are_not(
    make_batch: Callable[..., Batch], find: Callable[..., list[Finding]]
) -> None:
    lineage = Lineage(raw_values={"CCCD": "079123456789", "SDT": "0912345678", "Tên chủ": "An", "ten": "Đường"})
    found = find("SEC-02", make_batch("road_segment", None, [{}], lineage=lineage))
    assert [(item.text_code, item.context["column"]) for item in found] == [
        ("SEC-02.id", ["CCCD"]),
        ("SEC-02.contact", ["SDT", "Tên chủ"]),
    ]
    assert not any(cell in item.text() for item in found for cell in ("079123456789", "0912345678"))


def test_real_roads_name_the_communes_they_lie_in(
    real_roads: tuple[list[str], np.ndarray],
    real_outlines: dict[str, shapely.Geometry],
    make_batch: Callable[..., Batch],
    context: CheckContext,
    find: Callable[..., list[Finding]],
) -> None:
    others = {code: outline for code, outline in real_outlines.items() if code != "01153"}
    around = replace(context, boundary=real_outlines["01153"], neighbours=others)
    crossing = real_roads[1][:1]
    assert not find("TOP-16", make_batch("road_segment", crossing, affected_communes=["01180"]), around)
    wrong = find("TOP-16", make_batch("road_segment", crossing, affected_communes=["01144"]), around)
    assert [item.text_code for item in wrong] == ["TOP-16.unreached", "TOP-16.unnamed"]
    silent = find("TOP-16", make_batch("road_segment", real_roads[1]), around)
    assert silent == []
