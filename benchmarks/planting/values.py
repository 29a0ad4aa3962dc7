"""Breaks what records say: communes, required values, lists, numbers, dates, identifiers, texts, origins."""

import unicodedata
from typing import Any

from benchmarks.planting.ground import AREA, LINE, Ground
from benchmarks.planting.registry import breaks

ROAD, BRIDGE, LAND, ZONE = "road_segment", "bridge", "land_use_plan_area", "planning_zone"


def road(ground: Ground, code: str, *also: str, lineage: dict[str, Any] | None = None, **values: Any) -> str:
    """Add a road that gives one finding, and what it implies."""
    return one(ground, code, ROAD, LINE, *also, lineage=lineage, **values)


def one(
    ground: Ground,
    code: str,
    type_id: str,
    wkt: str | None,
    *also: str,
    lineage: dict[str, Any] | None = None,
    **values: Any,
) -> str:
    """Add one record at a new place that gives one finding, and what it implies."""
    site = ground.site()
    uid = site.add(type_id, wkt, lineage, **values)
    site.expect(code, uid)
    for implied in also:
        site.implies(implied, uid)
    return uid


def bridge(ground: Ground, code: str, *also: str, **values: Any) -> str:
    """Add a bridge on a road of its own that gives one finding."""
    site = ground.site()
    uid = site.add(BRIDGE, "POINT (20 0)", road_segment_uid=site.add(ROAD, "LINESTRING (0 0, 90 0)"), **values)
    site.expect(code, uid)
    for implied in also:
        site.implies(implied, uid)
    return uid


@breaks("ADM-01")
def _unknown_commune(ground: Ground) -> None:
    road(ground, "ADM-01.unknown", commune_code="99999")
    road(ground, "ADM-01.former", commune_code="01183")


@breaks("ADM-02")
def _other_province(ground: Ground) -> None:
    road(ground, "ADM-02", "PKG-07", commune_code="21583")


@breaks("ADM-04")
def _unknown_name(ground: Ground) -> None:
    road(ground, "ADM-04", lineage={"raw_values": {"Tên xã": "Xã Không Có"}})


@breaks("ADM-05")
def _former_elsewhere(ground: Ground) -> None:
    road(ground, "ADM-05.elsewhere", "PKG-07", former_commune_code="01183", commune_code="01165")
    road(ground, "ADM-05.unmapped", former_commune_code="99998")


@breaks("ADM-06")
def _draft_code(ground: Ground) -> None:
    road(ground, "ADM-06.draft", commune_code="00073")
    road(
        ground,
        "ADM-06.name",
        "ADM-02",
        "PKG-07",
        lineage={"raw_values": {"ten_xa": "Xã Lý Quốc"}},
        commune_code="01558",
    )


@breaks("ATT-01")
def _empty_values(ground: Ground) -> None:
    road(ground, "ATT-01.complete", surface=None)
    one(ground, "ATT-01.approve", "planning_control_line", LINE, kind=None)
    one(ground, "ATT-01.approve", LAND, AREA, "ATT-01.complete", name=None, lot_no=None, local_code=None)


@breaks("ATT-02")
def _strange_codes(ground: Ground) -> None:
    road(ground, "ATT-02.unknown", surface="be_tong")
    road(ground, "ATT-02.unknown", affected_communes=["99999"])
    road(ground, "ATT-02.legacy", mgmt_class="duong_huyen")
    decided = {"decision_no": "7/QĐ-UBND", "decision_date": "2025-09-01"}
    one(ground, "ATT-02.retired", "planning_dossier", None, approving_authority="UBND_huyen", **decided)


@breaks("ATT-03")
def _widths(ground: Ground) -> None:
    road(ground, "ATT-03.lanes", lanes=2, carriageway_w=3.5)
    road(ground, "ATT-03.formation", carriageway_w=5.5, formation_w=5.0)


@breaks("ATT-04")
def _span(ground: Ground) -> None:
    bridge(ground, "ATT-04", length_m=20.0, max_span_m=33.0)


@breaks("ATT-05")
def _out_of_range(ground: Ground) -> None:
    bridge(ground, "ATT-05.low", width_m=-1.0)
    one(ground, "ATT-05.high", LAND, AREA, year_target=20300)
    site = ground.site()
    uid = site.add(ROAD, LINE)
    site.smuggle(ROAD, uid, lanes="hai")
    site.expect("ATT-05.not-number", uid)


@breaks("ATT-06")
def _impossible_dates(ground: Ground) -> None:
    road(ground, "ATT-06.future", inspected_on="2026-11-21")
    road(ground, "ATT-06.order", valid_from="2026-05-01", valid_to="2026-04-30")
    road(ground, "ATT-06.not-date", inspected_on="30/02/2026")
    one(ground, "ATT-06.future-year", "power_line", LINE, built_year=2027)
    one(ground, "ATT-06.order", "planning_dossier", None, period_from=2035, period_to=2025)


@breaks("ATT-07")
def _grades(ground: Ground) -> None:
    one(ground, "ATT-07", "water_supply_line", LINE, diameter_mm=110.0, work_grade="I")
    basis = "Quyết định 12/QĐ-SXD"
    one(ground, "ATT-07.documented", "water_supply_line", LINE, work_grade="II", grade_basis=basis)


@breaks("ATT-08")
def _land_codes(ground: Ground) -> None:
    one(ground, "ATT-08.mixed", LAND, AREA, code_plan="ONT+CLN")
    one(ground, "ATT-08.legacy", LAND, AREA, code_current="BHK")
    one(ground, "ATT-08.unverified", LAND, AREA, code_plan="DKV")
    one(ground, "ATT-08.unknown", LAND, AREA, code_plan="ZZZ")


@breaks("ATT-09")
def _amount(ground: Ground) -> None:
    one(ground, "ATT-09", "construction_project", AREA, total_vnd=14_900)


@breaks("ATT-10")
def _density(ground: Ground) -> None:
    one(ground, "ATT-10", ZONE, AREA, "ATT-05.high", density_pct=160.0)
    one(ground, "ATT-10.fraction", ZONE, AREA, density_pct=0.6)


@breaks("ATT-11")
def _floor_ratio(ground: Ground) -> None:
    one(ground, "ATT-11.negative", ZONE, AREA, "ATT-05.low", far=-0.5)
    one(ground, "ATT-11.ratio", ZONE, AREA, density_pct=60.0, floors_max=5, far=4.0)


@breaks("ATT-13")
def _capacity(ground: Ground) -> None:
    plant = {"kind": "xu_ly_nuoc_thai", "capacity_m3d": 2400.0, "work_grade": "III"}
    one(ground, "ATT-13.same", "drainage_node", "POINT (0 0)", pump_capacity_m3h=2400.0, **plant)
    one(ground, "ATT-13.less", "drainage_node", "POINT (0 0)", pump_capacity_m3h=2500.0, **plant)


@breaks("ATT-14")
def _diameter(ground: Ground) -> None:
    site = ground.site()
    nodes = [site.add("drainage_node", f"POINT ({east} 0)") for east in (0, 60)]
    uid = site.add(
        "drainage_line", "LINESTRING (0 0, 60 0)", diameter_mm=60.0, from_node_uid=nodes[0], to_node_uid=nodes[1]
    )
    site.expect("ATT-14", uid)


@breaks("ATT-15")
def _one_code_twice(ground: Ground) -> None:
    for code in ("DX-77", "dx-77"):
        road(ground, "ATT-15", local_code=code)


@breaks("ATT-16")
def _one_decision_twice(ground: Ground) -> None:
    decided = {"decision_date": "2026-03-02", "approving_org": "UBND tỉnh Tuyên Quang"}
    for number in ("2820/QĐ-UBND", "2820/QĐ-UBND "):
        one(ground, "ATT-16", "planning_dossier", None, decision_no=number, **decided)


@breaks("ATT-17")
def _official_identifiers(ground: Ground) -> None:
    issued = {"official_id_status": "da_cap"}
    bridge(ground, "ATT-17.blank", official_id="CT 0417", **issued)
    bridge(ground, "ATT-17.long", official_id="1" * 65, **issued)
    bridge(ground, "ATT-17.control", official_id="CT\u202e0417", **issued)
    bridge(ground, "ATT-17.made", official_id="21583-CAU-2026-0001-K7QD", **issued)
    bridge(ground, "ATT-17.status", official_id="CT-0418", official_id_status="chua_cap")
    for _ in range(2):
        bridge(ground, "ATT-17.twice", official_id="CT-0419", **issued)
    one(ground, "ATT-17.legacy", "planning_dossier", None, official_id="192511012345", **issued)


@breaks("ENC-01")
def _lost_letters(ground: Ground) -> None:
    road(ground, "ENC-01", name="Đ\ufffdờng Nguyễn Huệ")
    road(ground, "ENC-01", note="Đường \x96 số 5")


@breaks("ENC-02")
def _old_fonts(ground: Ground) -> None:
    road(ground, "ENC-02", name="§­êng NguyÔn HuÖ")
    road(ground, "ENC-02", note="Ñöôøng Nguyeãn Hueä")


@breaks("ENC-03")
def _taken_apart(ground: Ground) -> None:
    road(ground, "ENC-03", name=unicodedata.normalize("NFD", "Đường Nguyễn Huệ"))


@breaks("SRC-01")
def _no_row(ground: Ground) -> None:
    road(ground, "SRC-01", lineage={"source_file": "duong.shp"})
    road(ground, "SRC-01", lineage={"source_row": 4})


@breaks("SEC-01")
def _stamps(ground: Ground) -> None:
    one(ground, "SEC-01.undeclared", "planning_dossier", None, secrecy_declared=None)
    one(ground, "SEC-01.secret", "planning_dossier", None, secrecy_declared=False)
    one(ground, "SEC-01", "dossier_document", None, name="Bản đồ (TỐI MẬT)")
    road(ground, "SEC-01.stamp-source", lineage={"source_file": "QH_MẬT.dgn", "source_row": 1})


@breaks("SEC-03")
def _works_on_defence_land(ground: Ground) -> None:
    site = ground.site()
    uid = site.add(LAND, AREA, code_plan="CQP")
    site.add("public_building", "POLYGON ((5 5, 15 5, 15 14, 5 14, 5 5))")
    site.expect("SEC-03", uid)
