"""Definitions are data: they load, merge with the common block, and a fault is named by file, line and key."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from forms.catalogue import Catalogue
from forms.computed import COMPUTED, Computed
from forms.definition_checks import RESERVED_KEYS
from forms.model import TextField
from forms.record import LINEAGE_KEYS

TYPES = [
    "planning_dossier",
    "dossier_document",
    "planning_drawing",
    "planning_boundary",
    "planning_zone",
    "land_use_plan_area",
    "planning_control_line",
    "planning_marker",
    "non_delivery_reason",
    "road_segment",
    "bridge",
    "culvert",
    "transport_facility",
    "water_supply_line",
    "water_supply_facility",
    "drainage_line",
    "drainage_node",
    "power_line",
    "power_facility",
    "lighting_asset",
    "telecom_line",
    "telecom_facility",
    "solid_waste_facility",
    "public_building",
    "housing_site",
    "public_green_area",
    "construction_project",
    "material_resource",
    "asset_inspection",
    "maintenance_record",
    "survey_point",
    "incident_report",
]

NEW_FIELD = """  - key: guardrail_m
    type: number
    unit: m
    section: technical
    label: {vi: "Chiều dài hộ lan", en: "Guard rail length"}
  - key: design_speed
"""


def test_the_types_stand_in_tree_order(catalogue: Catalogue):
    assert list(catalogue.types) == TYPES
    assert [group.key for group in catalogue.groups] == [
        *("quy_hoach", "giao_thong", "cap_nuoc", "thoat_nuoc", "dien_chieu_sang", "vien_thong", "chat_thai"),
        *("cong_trinh", "tai_nguyen", "kiem_tra_bao_tri", "do_dac", "su_co"),
    ]
    assert all(catalogue.types_of(group.key) for group in catalogue.groups)
    roads = ["road_segment", "bridge", "culvert", "transport_facility"]
    assert [item.id for item in catalogue.types_of("giao_thong")] == roads


def test_a_field_added_in_yaml_is_a_field_everywhere(copy, catalogue: Catalogue):
    copy.edit("road_segment.yaml", "  - key: design_speed\n", NEW_FIELD)
    found = copy.load()
    field = found.type("road_segment").field("guardrail_m")
    assert (field.type, field.unit, field.required) == ("number", "m", None)
    assert found.hash != catalogue.hash
    assert "guardrail_m" not in [item.key for item in catalogue.type("road_segment").fields]


def test_a_type_added_in_yaml_is_a_type_with_the_common_fields(copy):
    (copy.definitions / "ferry_pipe.yaml").write_text(
        """id: ferry_pipe
version: 1
title: {vi: "Ống qua phà", en: "Ferry pipe"}
group: giao_thong
order: 90
code: OQP
geometry: [point, line]
omit: [existence]
sections:
  - {key: main, label: {vi: "Cống", en: "Culvert"}}
fields:
  - {key: diameter_mm, type: integer, unit: mm, label: {vi: "Đường kính", en: "Diameter"}}
""",
        encoding="utf-8",
    )
    found = copy.load().type("ferry_pipe")
    keys = [field.key for field in found.fields]
    assert keys[0] == "name" and keys[-1] == "attachments" and "diameter_mm" in keys and "existence" not in keys
    assert [section.key for section in found.sections] == ["identity", "main", "validity", "files"]


def test_an_override_changes_what_it_names_and_keeps_the_rest(catalogue: Catalogue):
    name = catalogue.type("road_segment").field("name")
    assert isinstance(name, TextField)
    assert name.label["vi"] == "Tên đường"
    assert name.required == "approve"
    assert catalogue.type("planning_dossier").field("name").required_when is None
    assert catalogue.type("bridge").field("local_code") == catalogue.type("road_segment").field("local_code")


def test_the_same_content_has_the_same_hash_and_comments_do_not_count(copy, catalogue: Catalogue):
    path = copy.definitions / "bridge.yaml"
    path.write_text("# a remark\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert copy.load().hash == catalogue.hash
    copy.edit("bridge_kind.csv", "Cầu phao", "Cầu phao quân sự")
    assert copy.load().hash != catalogue.hash


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "words"),
    [
        ("bridge.yaml", "    type: integer\n", "    type: intger\n", "fields.n_spans", "intger"),
        (
            "bridge.yaml",
            "    decimals: 1\n",
            "    decimals: 1\n    widget: slider\n",
            "fields.load_limit_t.widget",
            "tên như",
        ),
        ("bridge.yaml", "group: giao_thong", "group: cau_duong", "group", "_groups.yaml"),
        ("road_segment.yaml", "code: DUO", "code: CAU", "code", "bridge"),
        ("bridge.yaml", "id: bridge", "id: brigde", "id", "bridge"),
        ("bridge.yaml", "choices: bridge_kind", "choices: bridge_kinds", "fields.bridge_kind.choices", "bridge_kinds"),
        ("bridge.yaml", "[road_segment]", "[railway]", "fields.road_segment_uid.target.0", "railway"),
        ("bridge.yaml", "  - key: waterway\n", "  - key: fid\n", "fields.fid.key", "fid"),
        ("bridge.yaml", "  - key: waterway\n", "  - key: accuracy_m\n", "fields.accuracy_m.key", "accuracy_m"),
        ("bridge.yaml", 'vi: "Tĩnh không", en: "Clearance"', 'vi: "Tĩnh không"', "fields.clearance_m.label", "en"),
        ("bridge.yaml", '"tinh_khong"', '"Tải_Trọng"', "fields.clearance_m.import_names.0", "load_limit_t"),
        ("bridge.yaml", "    maximum: 500\n", "    maximum: -500\n", "fields.pier_h_m.minimum", "lớn hơn"),
        ("incident_report.yaml", "status = 'da_xu_ly'", "status = 'xong'", "fields.resolved_at.required_when", "xong"),
        ("incident_report.yaml", "status = 'da_xu_ly'", "state = 'x'", "fields.resolved_at.required_when", "state"),
        ("incident_report.yaml", "status = 'da_xu_ly'", "status ==", "fields.resolved_at.required_when", "cột 9"),
        ("incident_report.yaml", "default: new_report", "default: new_one", "fields.status.default", "new_one"),
        ("planning_boundary.yaml", "computed: area_ha", "computed: acres", "fields.area_ha.computed", "acres"),
        ("planning_boundary.yaml", "omit: [existence]", "omit: [existance]", "existance", "omit"),
        ("bridge.yaml", "  - key: clearance_m\n", "  - key: pier_h_m\n", "fields.pier_h_m", "hai lần"),
        ("bridge.yaml", "  - key: name\n", "  - key: name\n    section: nowhere\n", "fields.name.section", "nowhere"),
        ("bridge.yaml", "title_fields: [name]", "title_fields: [nothing]", "title_fields.0", "nothing"),
        ("bridge.yaml", "geometry: [line, point]", "geometry: [line, circle]", "geometry.1", None),
        ("bridge.yaml", "\nfields:\n", "\nfields: 5\nextra:\n", "fields", "cấu trúc"),
        ("bridge.yaml", "title_fields: [name]", "omit: [[name]]", "omit", "cấu trúc"),
        ("bridge.yaml", "version: 1", "version: one", "version", None),
        ("_common.yaml", "    - key: valid_to", "    - keys: valid_to", "trailing.fields.2", "key"),
        (
            "bridge.yaml",
            '    label: {vi: "Sông, suối',
            '    child: true\n    label: {vi: "Sông, suối',
            "fields.waterway.child",
            "tên như",
        ),
        ("planning_zone.yaml", "    child: true\n", "    child: maybe\n", "fields.dossier_uid.child", None),
        ("planning_zone.yaml", "    carry: true\n", "    carry: often\n", "fields.dossier_uid.carry", None),
        ("planning_zone.yaml", "[dossier_uid, lot_symbol]", "[dossier_uid, lot]", "identity.1", "lot"),
        ("planning_zone.yaml", "[dossier_uid, lot_symbol]", "[dossier_uid, area_m2]", "identity.1", "area_m2"),
        ("planning_zone.yaml", "[dossier_uid, lot_symbol]", "[dossier_uid, attachments]", "identity.1", "attachments"),
        ("planning_zone.yaml", "tt16_class: ChucNangSuDungDat_A", "tt16_class: chuc_nang", "tt16_class", "chuc_nang"),
        ("planning_zone.yaml", "[PhanOQuyHoach_A]", "[PhanOQuyHoach]", "tt16_other_classes.0", "PhanOQuyHoach"),
        ("asset_inspection.yaml", "dated_by: inspected_on", "dated_by: inspector", "dated_by", "inspector"),
        ("asset_inspection.yaml", "dated_by: inspected_on", "dated_by: nothing", "dated_by", "nothing"),
        ("asset_inspection.yaml", "append_only: true", "append_only: soon", "append_only", None),
        ("asset_inspection.yaml", "      - culvert\n", "      - culverts\n", "fields.asset_uid.target.2", "culverts"),
        ("incident_report.yaml", "order: 10\n", "order: 10\nappend_only: true\n", "append_only", "corrects_uid"),
        ("planning_drawing.yaml", "geometry_required: false", "geometry_required: often", "geometry_required", None),
        ("planning_marker.yaml", "computed: north_m", "computed: length_km", "fields.x_m.computed", "length_m"),
        ("_groups.yaml", "key: su_co, title", "key: su_co, name", "su_co", None),
    ],
)
def test_a_fault_is_named_by_file_line_and_key(copy, file, old, new, key, words):
    line = copy.edit(file, old, new)
    with pytest.raises(UserError) as caught:
        copy.load()
    error = caught.value
    assert error.code == "FORM-SYNTAX"
    assert error.context["file"] == file
    assert key in str(error.context["key"])
    assert abs(int(str(error.context["line"])) - line) <= 1
    assert words is None or words in str(error)


def test_computed_fields_that_need_each_other_are_refused(copy, monkeypatch):
    monkeypatch.setitem(COMPUTED, "north_m", Computed(lambda values, geometry: None, ("y_m",)))
    monkeypatch.setitem(COMPUTED, "east_m", Computed(lambda values, geometry: None, ("x_m",)))
    line = copy.edit("planning_marker.yaml", "computed: north_m", "computed: north_m")
    with pytest.raises(UserError) as caught:
        copy.load()
    assert caught.value.context["file"] == "planning_marker.yaml"
    assert (caught.value.context["key"], caught.value.context["line"]) == ("fields.x_m.computed", line)
    assert "x_m → y_m → x_m" in str(caught.value)


def test_a_key_said_twice_is_refused_where_it_stands(copy):
    line = copy.edit("bridge.yaml", "order: 20\n", "order: 20\norder: 30\n") + 1
    with pytest.raises(UserError) as caught:
        copy.load()
    assert (caught.value.code, caught.value.context["line"], caught.value.context["key"]) == (
        "FORM-SYNTAX",
        line,
        "order",
    )


def test_broken_yaml_names_its_line(copy):
    line = copy.edit("bridge.yaml", 'title: {vi: "Cầu", en: "Bridge"}', 'title: {vi: "Cầu", en: "Bridge"')
    with pytest.raises(UserError) as caught:
        copy.load()
    assert caught.value.context["file"] == "bridge.yaml"
    assert line <= int(str(caught.value.context["line"])) <= line + 2


def test_a_fault_in_an_overridden_common_field_points_at_the_common_file(copy):
    line = copy.edit("_common.yaml", "      max_length: 4000\n", "      max_length: many\n")
    with pytest.raises(UserError) as caught:
        copy.load()
    assert (caught.value.context["file"], caught.value.context["line"]) == ("_common.yaml", line)


def test_an_override_that_is_wrong_points_at_the_type(copy):
    line = copy.edit("survey_point.yaml", "    required: null\n", "    required: always\n")
    with pytest.raises(UserError) as caught:
        copy.load()
    assert (caught.value.context["file"], caught.value.context["line"]) == ("survey_point.yaml", line)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, copy_into):
    """Definitions of one type that refers to no other."""
    whole = copy_into(tmp_path_factory.mktemp("small"))
    for path in whole.definitions.glob("[!_]*.yaml"):
        if path.stem != "survey_point":
            path.unlink()
    return whole


def paths_of(data: object, path: tuple = ()) -> list[tuple]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(inner for key, value in items for inner in paths_of(value, (*path, key)))]


JUNK = st.one_of(
    st.none(),
    st.integers(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.just({"key": "x"}),
    st.just([{}]),
)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), file=st.sampled_from(["survey_point", "_common", "_groups"]), junk=JUNK)
def test_any_spoilt_value_is_a_named_fault_or_no_fault(small, data, file: str, junk: object):
    path = small.definitions / f"{file}.yaml"
    original = path.read_text(encoding="utf-8")
    content = yaml.safe_load(original)
    *above, last = data.draw(st.sampled_from(paths_of(content)[1:]))
    place = content
    for step in above:
        place = place[step]
    place[last] = junk
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    try:
        small.load()
    except UserError as error:
        assert error.code == "FORM-SYNTAX"
        assert str(error.context["file"]).endswith((".yaml", ".csv"))
        assert int(str(error.context["line"])) >= 1
    finally:
        path.write_text(original, encoding="utf-8")


def test_a_missing_common_file_is_said(copy):
    (copy.definitions / "_common.yaml").unlink()
    with pytest.raises(UserError) as caught:
        copy.load()
    assert caught.value.context["file"] == "_common.yaml"


def test_the_message_reads_in_both_languages(copy):
    copy.edit("bridge.yaml", "choices: bridge_kind", "choices: bridge_kinds")
    with pytest.raises(UserError) as caught:
        copy.load()
    reason = caught.value.context["reason"]
    assert isinstance(reason, dict)
    assert "danh mục" in reason["vi"] and "code list" in reason["en"]


def test_system_columns_and_lineage_are_reserved():
    assert {"geometry", "lineage", "fid", "uid", "state", "deleted_at", "operation"} | set(
        LINEAGE_KEYS
    ) <= RESERVED_KEYS


def test_an_unknown_type_names_the_known_ones(catalogue: Catalogue):
    with pytest.raises(UserError) as caught:
        catalogue.type("railway")
    assert caught.value.code == "TYPE-UNKNOWN"
    assert "road_segment" in str(caught.value)
