"""What single record types and lists promise; ``test_every_definition`` holds what all of them must."""

import csv
from datetime import date
from pathlib import Path

import pytest

from core.messages import LANGUAGES
from core.text import fold_text
from forms.catalogue import Catalogue
from forms.computed import default_values
from forms.model import ChoiceField, ChoicesField, RecordType
from forms.requirements import is_filled, required_strength

COMMON = ["local_code", "official_id", "commune_code", "affected_communes", "name", "existence", "valid_from", "note"]


def blocking(record_type: RecordType, **filled: object) -> set[str]:
    """The fields that still block approval of a new record with only these filled."""
    values = {**default_values(record_type, date(2026, 11, 20)), "commune_code": "01153", **filled}
    return {
        field.key
        for field in record_type.fields
        if required_strength(field, values) in ("save", "approve") and not is_filled(values[field.key])
    }


def test_a_road_needs_a_name_or_a_code_and_nothing_else_to_be_approved(catalogue: Catalogue):
    road = catalogue.type("road_segment")
    assert blocking(road, name="Đường thôn Minh Tâm") == set()
    assert blocking(road, road_code="ĐX.223") == set()
    assert blocking(road) == {"name"}
    assert {field.key for field in road.fields if field.required == "save"} == set()


def test_a_boundary_from_a_coordinate_table_needs_a_name_or_a_dossier(catalogue: Catalogue):
    boundary = catalogue.type("planning_boundary")
    assert blocking(boundary, name="Ranh giới quy hoạch chung xã") == set()
    assert blocking(boundary, dossier_uid="0198a8f0-0000-7000-8000-000000000000") == set()
    assert blocking(boundary) == {"name"}


def test_a_survey_point_needs_its_number_alone(catalogue: Catalogue):
    assert blocking(catalogue.type("survey_point"), point_no="P0001") == set()


def test_a_draft_plan_needs_no_decision_and_an_approved_one_does(catalogue: Catalogue):
    dossier = catalogue.type("planning_dossier")
    filled = {"name": "QHC xã", "plan_kind": "QHC", "secrecy_declared": True}
    assert blocking(dossier, **filled, status="du_thao") == set()
    assert blocking(dossier, **filled, status="da_phe_duyet") == {"decision_no", "decision_date", "approving_authority"}
    assert "status" in blocking(dossier, **filled)


@pytest.mark.parametrize("type_id", ["planning_dossier", "road_segment", "bridge", "planning_boundary"])
def test_the_common_fields_are_there(catalogue: Catalogue, type_id: str):
    record_type = catalogue.type(type_id)
    keys = {field.key for field in record_type.fields}
    missing = set(COMMON) - keys
    assert missing <= ({"existence"} if type_id.startswith("planning") else set())


def test_every_word_is_there_in_both_languages_and_vietnamese_has_its_marks(catalogue: Catalogue):
    for record_type in catalogue.types.values():
        for field in record_type.fields:
            assert set(field.label) == set(LANGUAGES)
            assert field.help is None or set(field.help) == set(LANGUAGES)
        joined = " ".join(field.label["vi"] for field in record_type.fields)
        assert fold_text(joined) != joined.casefold()


def test_geometry_and_codes(catalogue: Catalogue):
    found = {item.id: (item.geometry, item.code) for item in catalogue.types.values()}
    assert found == {
        "planning_dossier": ((), "HSQ"),
        "dossier_document": ((), "VBN"),
        "planning_drawing": (("multi_polygon",), "BVE"),
        "planning_boundary": (("multi_polygon",), "RGQ"),
        "planning_zone": (("multi_polygon",), "OQH"),
        "land_use_plan_area": (("multi_polygon",), "KSD"),
        "planning_control_line": (("multi_line",), "CGI"),
        "planning_marker": (("point",), "MOC"),
        "non_delivery_reason": ((), "LDO"),
        "road_segment": (("line",), "DUO"),
        "bridge": (("line", "point"), "CAU"),
        "culvert": (("point", "line"), "CNG"),
        "transport_facility": (("point", "multi_polygon", "line"), "CGT"),
        "water_supply_line": (("line",), "OCN"),
        "water_supply_facility": (("point", "multi_polygon"), "CCN"),
        "drainage_line": (("line",), "TNL"),
        "drainage_node": (("point", "multi_polygon"), "TNN"),
        "power_line": (("line",), "DDN"),
        "power_facility": (("point", "multi_polygon"), "TDN"),
        "lighting_asset": (("point",), "CSG"),
        "telecom_line": (("line",), "VTL"),
        "telecom_facility": (("point",), "VTT"),
        "solid_waste_facility": (("point", "multi_polygon"), "CTR"),
        "public_building": (("multi_polygon",), "CCO"),
        "housing_site": (("multi_polygon", "point"), "NHA"),
        "public_green_area": (("multi_polygon", "point"), "CXA"),
        "construction_project": (("multi_polygon", "point"), "DAN"),
        "material_resource": (("multi_polygon",), "KSV"),
        "asset_inspection": ((), "KTR"),
        "maintenance_record": ((), "BTR"),
        "survey_point": (("point",), "DDO"),
        "incident_report": (("point",), "SCO"),
    }


def test_a_foreign_condition_number_is_no_code_of_ours(catalogue: Catalogue):
    """Other inventories number their condition and surface; such a number must not pass for one of our codes."""
    for key in ("condition", "road_surface", "road_mgmt_class", "road_function"):
        assert not [item.code for item in catalogue.choice_list(key) if item.code.isdigit()]


def test_every_choice_field_has_codes_to_offer(catalogue: Catalogue):
    for record_type in catalogue.types.values():
        for field in record_type.fields:
            if isinstance(field, ChoiceField | ChoicesField):
                assert any(item.is_selectable for item in catalogue.choice_list(field.choices))


def test_legacy_district_roads_are_kept_but_not_offered(catalogue: Catalogue):
    roads = catalogue.choice_list("road_mgmt_class")
    district = roads.get("duong_huyen")
    assert district is not None and district.status == "legacy"
    assert district not in roads.search("đường")


def test_land_use_codes_are_those_of_the_fact_table(catalogue: Catalogue, shared_data: Path):
    codes = catalogue.choice_list("land_use_code")
    with (shared_data / "land_use_codes_tt08.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    for row in rows:
        choice = codes.get(row["code"])
        assert choice is not None
        assert choice.status == ("official" if row["status"] == "seen" else "unverified")
        assert row["label_vi"].startswith(choice.label["vi"])
        if row["rgb_agree"] == "NO":
            assert choice.color is None
    assert sum(item.status == "legacy" for item in codes) == 11
    ricefield = codes.get("LUC")
    assert ricefield is not None and ricefield.color == "#FFFC8C"


def test_unverified_codes_are_never_offered(catalogue: Catalogue):
    codes = catalogue.choice_list("land_use_code")
    offered = {item.code for item in codes.search("", 1000)}
    assert {"SKK", "DCH", "DBV"}.isdisjoint(offered)
    assert {"LUC", "ONT", "NTD"} <= offered
    assert codes.search("khu công nghiệp") == []


def test_zoning_layers_are_those_of_the_fact_table(catalogue: Catalogue, shared_data: Path):
    zones = catalogue.choice_list("tt16_zoning")
    with (shared_data / "tt16_zoning_phankhu.csv").open(encoding="utf-8") as file:
        expected = {row["cad_layer_suffix"]: (row["label_vi"], row["hex"].upper()) for row in csv.DictReader(file)}
    assert {item.code: (item.label["vi"], item.color) for item in zones} == expected


def test_the_columns_of_real_files_find_their_fields(catalogue: Catalogue):
    road = catalogue.type("road_segment")
    owner = {fold_text(name): field.key for field in road.fields for name in field.column_names}
    expected = {
        "name": "name",
        "TEN_DUONG": "name",
        "road number": "road_code",
        "SO_HIEU": "road_code",
        "width": "carriageway_w",
        "RONG": "carriageway_w",
        "section_lanes": "lanes",
        "DIEM_DAU": "from_place",
        "road end location": "to_place",
    }
    assert {column: owner.get(fold_text(column)) for column in expected} == expected
    assert "link_class" not in owner and "management" not in owner and "length" not in owner
