"""What the infrastructure types promise: fields by the catalogue of the domain, conditions, classes, imports."""

import json
from pathlib import Path

import pytest

from core.text import fold_text
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.requirements import is_visible, required_strength

WANTED = {
    "culvert": "shape diameter_mm width_mm height_mm length_m road_segment_uid",
    "transport_facility": "kind area_m2 length_m",
    "water_supply_line": "pipe_role diameter_mm material installed_year pressure_bar depth_m length_m",
    "water_supply_facility": "kind capacity_m3d volume_m3",
    "drainage_line": "system section diameter_mm width_mm height_mm invert_up invert_dn slope material length_m",
    "drainage_node": "kind rim_level invert_level outfall_receiving capacity_m3d",
    "power_line": "kv install circuits safety_corridor_m purpose length_m",
    "power_facility": "kind capacity_kva ratio_kv",
    "lighting_asset": "kind pole_h_m lamp_type power_w circuit_code operation_state",
    "telecom_line": "kind install ducts_n cores_n owner_org length_m",
    "telecom_facility": "kind mast_h_m operator",
    "solid_waste_facility": "kind capacity_t_d households_served buffer_m",
    "road_segment": "road_code name mgmt_class function tech_standard tech_class from_km to_km carriageway_w "
    "formation_w lanes surface length_m condition design_speed aadt drainage lighting red_line_w",
    "bridge": "bridge_kind length_m width_m max_span_m n_spans structure load_limit_t road_segment_uid pier_h_m "
    "clearance_m waterway",
}
BLOCKS = "work_type work_grade grade_basis owner_org manager_org cost_vnd condition operation_state inspected_on"
GEOMETRIES = {
    "culvert": ("point", "line"),
    "transport_facility": ("point", "multi_polygon", "line"),
    "water_supply_line": ("line",),
    "water_supply_facility": ("point", "multi_polygon"),
    "drainage_line": ("line",),
    "drainage_node": ("point", "multi_polygon"),
    "power_line": ("line",),
    "power_facility": ("point", "multi_polygon"),
    "lighting_asset": ("point",),
    "telecom_line": ("line",),
    "telecom_facility": ("point",),
    "solid_waste_facility": ("point", "multi_polygon"),
}
KEPT_OPTIONAL = ("work_type", "work_grade", "owner_org", "manager_org", "built_year", "cost_vnd", "grade_basis")


@pytest.mark.parametrize("type_id", WANTED)
def test_the_fields_of_the_domain_and_of_the_blocks_are_there(catalogue: Catalogue, type_id: str):
    keys = {field.key for field in catalogue.type(type_id).fields}
    assert set(f"{WANTED[type_id]} {BLOCKS}".split()) <= keys
    assert {"built_year", "installed_year"} & keys


def test_geometries(catalogue: Catalogue):
    assert {type_id: catalogue.type(type_id).geometry for type_id in GEOMETRIES} == GEOMETRIES


@pytest.mark.parametrize("type_id", WANTED)
def test_a_name_alone_is_enough_to_be_approved(catalogue: Catalogue, type_id: str):
    record_type = catalogue.type(type_id)
    values = {"name": "Đường thôn Minh Tâm", "commune_code": "01153", "official_id_status": "chua_cap"}
    blocking = [
        field.key
        for field in record_type.fields
        if required_strength(field, values) in ("save", "approve") and values.get(field.key) is None
    ]
    assert blocking == []


@pytest.mark.parametrize("type_id", ["road_segment", "bridge"])
def test_what_was_optional_before_the_blocks_still_is(catalogue: Catalogue, type_id: str):
    record_type = catalogue.type(type_id)
    assert all(record_type.field(key).required is None for key in KEPT_OPTIONAL)
    assert record_type.field("cost_vnd").type == "integer"
    assert record_type.field("condition").required == "complete"


@pytest.mark.parametrize(
    ("type_id", "values", "shown", "hidden"),
    [
        ("drainage_line", {}, "diameter_mm width_mm height_mm", "covered"),
        ("drainage_line", {"section": "tron"}, "diameter_mm", "width_mm height_mm"),
        ("drainage_line", {"section": "hop"}, "width_mm height_mm", "diameter_mm"),
        ("drainage_line", {"section": "muong_ho"}, "covered width_mm", "diameter_mm"),
        ("drainage_node", {"kind": "cua_xa"}, "outfall_receiving invert_level", "capacity_m3d pump_capacity_m3h"),
        ("drainage_node", {"kind": "tram_bom_mua"}, "pump_capacity_m3h", "capacity_m3d rim_level"),
        ("power_line", {"kv": "22"}, "circuits", "kv_other"),
        ("power_line", {"kv": "khac"}, "kv_other", ""),
        ("lighting_asset", {"kind": "tu_dieu_khien"}, "circuit_code", "lamp_type power_w pole_h_m"),
        ("transport_facility", {"kind": "bai_do_xe"}, "roofed spaces_n", "clearance_m depth_m"),
        ("culvert", {"shape": "ban"}, "width_mm", "diameter_mm"),
        ("water_supply_facility", {"kind": "tru_cuu_hoa"}, "diameter_mm", "capacity_m3d volume_m3 pumps_n"),
    ],
)
def test_a_form_shows_what_its_kind_has(
    catalogue: Catalogue, type_id: str, values: dict[str, str], shown: str, hidden: str
):
    record_type = catalogue.type(type_id)
    assert all(is_visible(record_type.field(key), values) for key in shown.split())
    assert not any(is_visible(record_type.field(key), values) for key in hidden.split())


@pytest.mark.parametrize(
    ("type_id", "values", "wanted", "unwanted"),
    [
        ("drainage_line", {"section": "tron"}, "diameter_mm invert_up", "width_mm height_mm"),
        ("drainage_line", {"section": "hop"}, "width_mm height_mm", "diameter_mm"),
        ("drainage_node", {"kind": "cua_xa"}, "outfall_receiving", "rim_level capacity_m3d"),
        ("water_supply_facility", {"kind": "be_chua"}, "volume_m3", "capacity_m3d"),
        ("lighting_asset", {"kind": "tu_dieu_khien"}, "circuit_code operation_state", "lamp_type power_w"),
        ("telecom_line", {"kind": "cong_be"}, "ducts_n", "cores_n"),
        ("solid_waste_facility", {"kind": "diem_tap_ket"}, "capacity_t_d", "buffer_m"),
        ("transport_facility", {"kind": "ham"}, "length_stated_m", "area_stated_m2 roofed"),
        ("transport_facility", {"kind": "ham", "length_m": 120.0}, "kind", "length_stated_m"),
    ],
)
def test_what_a_full_record_has_depends_on_its_kind(
    catalogue: Catalogue, type_id: str, values: dict[str, object], wanted: str, unwanted: str
):
    record_type = catalogue.type(type_id)
    assert all(required_strength(record_type.field(key), values) == "complete" for key in wanted.split())
    assert all(required_strength(record_type.field(key), values) is None for key in unwanted.split())


def test_every_tt16_field_is_in_a_class_of_its_type(catalogue: Catalogue, shared_data: Path):
    schema = json.loads((shared_data / "tt16_schema.json").read_text(encoding="utf-8"))
    fields: dict[str, set[str]] = {}
    for classes in schema["databases"].values():
        for item in classes:
            fields.setdefault(item["name"], set()).update(field["name"] for field in item["fields"])
    for type_id in WANTED:
        record_type = catalogue.type(type_id)
        if not record_type.tt16_class:
            continue
        known = set[str]().union(*(fields[name] for name in record_type.tt16_classes))
        assert {field.tt16 for field in record_type.fields if field.tt16} <= known, type_id


def owners(record_type: RecordType) -> dict[str, str]:
    return {fold_text(name): field.key for field in record_type.fields for name in field.column_names}


@pytest.mark.parametrize("type_id", sorted(set(WANTED) - {"road_segment", "bridge", "culvert"}))
def test_a_planning_databases_own_columns_find_their_fields(catalogue: Catalogue, type_id: str):
    found = owners(catalogue.type(type_id))
    for field in catalogue.type(type_id).fields:
        if field.tt16 and not field.computed:
            assert found.get(fold_text(field.tt16)) == field.key, (field.key, field.tt16)


@pytest.mark.parametrize("type_id", WANTED)
def test_every_typed_field_of_its_own_is_found_without_diacritics(catalogue: Catalogue, type_id: str):
    for field in catalogue.type(type_id).fields:
        if field.type in ("number", "integer", "choice", "text") and not field.computed and not field.import_names:
            assert field.key in ("official_id_status",), field.key
        assert all(name.isascii() for name in field.import_names), field.key
