"""What every record type, field and code list must hold, whoever wrote it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from core.text import fold_text
from forms.catalogue import BUILT_LISTS, Catalogue
from forms.model import (
    AnyField,
    ChoiceField,
    ChoicesField,
    FilesField,
    IntegerField,
    NumberField,
    RecordType,
    ReferenceField,
)

KNOWN_DOCUMENTS = {  # the documents that the collected sources name
    *("212/2026/NĐ-CP", "137/2024/NĐ-CP", "68/2024/NĐ-CP", "19/2025/QĐ-TTg", "06/QĐ-TTg", "2820/QĐ-UBND"),
    *("16/2025/TT-BXD", "24/2025/TT-BXD", "06/2021/TT-BXD", "02/2025/TT-BXD", "72/2025/TT-BXD", "41/2024/TT-BGTVT"),
    *("08/2024/TT-BTNMT", "35/2024/QH15", "20/2023/QH15", "117/2025/QH15", "112/2025/QH15"),
}
NUMBERED = re.compile(r"\b\d+(?:/\d{4})?/(?:NĐ|TT|QĐ|QH|NQ|VBHN)[\d\w]*(?:-[\wĐ]+)?")
ASSETS = {
    *("road_segment", "bridge", "culvert", "transport_facility", "water_supply_line", "water_supply_facility"),
    *("drainage_line", "drainage_node", "power_line", "power_facility", "lighting_asset", "telecom_line"),
    *("telecom_facility", "solid_waste_facility", "public_building", "housing_site", "public_green_area"),
    *("construction_project", "planning_marker"),
}


def fields_of(catalogue: Catalogue) -> list[tuple[RecordType, AnyField]]:
    return [(record_type, field) for record_type in catalogue.types.values() for field in record_type.fields]


def test_there_are_all_types_of_the_register(catalogue: Catalogue) -> None:
    assert len(catalogue.types) >= 31
    assert {"planning_dossier", "non_delivery_reason", "public_green_area", "survey_point"} <= set(catalogue.types)


def test_labels_stand_in_two_languages_and_differ(catalogue: Catalogue) -> None:
    for record_type, field in fields_of(catalogue):
        for text in (field.label, field.help):
            if text is None:
                continue
            assert text["vi"].strip() and text["en"].strip(), (record_type.id, field.key)
            assert text["vi"] != text["en"], (record_type.id, field.key)
    for record_type in catalogue.types.values():
        assert record_type.title["vi"] != record_type.title["en"]
        for part in (*record_type.sections, *record_type.tabs):
            assert part.label["vi"] != part.label["en"], (record_type.id, part.key)


def test_no_label_stands_twice_in_one_section(catalogue: Catalogue) -> None:
    for record_type in catalogue.types.values():
        for language in ("vi", "en"):
            said = Counter((field.section, field.label[language]) for field in record_type.fields)
            assert [label for label, count in said.items() if count > 1] == [], record_type.id


def test_helps_are_sentences(catalogue: Catalogue) -> None:
    for record_type, field in fields_of(catalogue):
        for text in (field.help or {}).values():
            assert text[-1] in ".…)?" and text == text.strip(), (record_type.id, field.key, text)


def test_every_field_says_what_goes_into_it(catalogue: Catalogue) -> None:
    """Who fills in the form is no expert: each field has a help that says more than its label."""
    for record_type, field in fields_of(catalogue):
        assert field.help is not None, (record_type.id, field.key)
        for language in ("vi", "en"):
            said, label = fold_text(field.help[language]).rstrip("."), fold_text(field.label[language])
            assert said != label, (record_type.id, field.key)


def test_every_type_rests_on_a_document(catalogue: Catalogue) -> None:
    assert [record_type.id for record_type in catalogue.types.values() if not record_type.legal] == []


def test_only_what_has_a_class_has_fields_of_one(catalogue: Catalogue) -> None:
    """A field of TT 16/2025 means nothing in a type that goes to none of its classes."""
    homeless = [
        (record_type.id, field.key)
        for record_type, field in fields_of(catalogue)
        if field.tt16
        and not record_type.tt16_classes
        and record_type.id not in ("dossier_document", "planning_drawing")
    ]
    assert homeless == []


def test_every_type_is_used_to_the_full(catalogue: Catalogue) -> None:
    for record_type in catalogue.types.values():
        used = {field.section for field in record_type.fields}
        assert {section.key for section in record_type.sections} == used, record_type.id
        assert {section.tab for section in record_type.sections} <= {tab.key for tab in record_type.tabs}
        assert record_type.title_fields


def test_long_forms_lie_on_several_tabs(catalogue: Catalogue) -> None:
    for record_type in catalogue.types.values():
        for tab in record_type.tabs:
            shown = [field for part in record_type.sections_of(tab.key) for field in record_type.fields_of(part.key)]
            assert len(shown) <= 24, (record_type.id, tab.key, len(shown))


def test_legal_texts_name_known_documents(catalogue: Catalogue) -> None:
    texts = [(record_type.id, record_type.legal) for record_type in catalogue.types.values() if record_type.legal]
    texts += [(f"{owner.id}.{field.key}", field.legal) for owner, field in fields_of(catalogue) if field.legal]
    own_lists = [key for key in catalogue.choices if key not in BUILT_LISTS]
    texts += [(key, item.source) for key in own_lists for item in catalogue.choices[key]]
    for place, text in texts:
        for name in NUMBERED.findall(text):
            assert name in KNOWN_DOCUMENTS, (place, name)


def test_ranges_and_units_are_coherent(catalogue: Catalogue) -> None:
    for record_type, field in fields_of(catalogue):
        if not isinstance(field, IntegerField | NumberField):
            continue
        place = (record_type.id, field.key)
        if field.minimum is not None and field.maximum is not None:
            assert field.minimum < field.maximum, place
        assert field.unit is None or field.unit == field.unit.strip() != "", place
        for ending, unit in (("_m", "m"), ("_km", "km"), ("_m2", "m²"), ("_ha", "ha"), ("_mm", "mm"), ("_pct", "%")):
            if field.key.endswith(ending):
                assert field.unit == unit, place
        if field.key.endswith("_vnd"):
            assert field.minimum == 0 and not field.search, place
        if field.key.endswith("_year"):
            assert field.unit is None and (field.minimum or 0) > 1800, place


def test_an_attribute_that_no_source_gives_never_blocks_a_save(catalogue: Catalogue) -> None:
    for record_type, field in fields_of(catalogue):
        assert field.required != "save", (record_type.id, field.key)
        if field.required == "approve" and field.required_when is None:
            assert not field.computed and not isinstance(field, FilesField), (record_type.id, field.key)


def test_computed_fields_are_not_asked_for(catalogue: Catalogue) -> None:
    for record_type, field in fields_of(catalogue):
        if field.computed:
            assert field.required is None and field.default is None and not field.carry, (record_type.id, field.key)
            assert field.import_names == (), (record_type.id, field.key)


def test_import_names_are_as_files_write_them(catalogue: Catalogue) -> None:
    for record_type, field in fields_of(catalogue):
        for name in field.import_names:
            assert name.isascii() and re.fullmatch(r"[A-Za-z][A-Za-z0-9_ ]*", name), (record_type.id, field.key, name)


def test_the_columns_of_a_tt16_file_find_fields(catalogue: Catalogue) -> None:
    for record_type in catalogue.types.values():
        known = {fold_text(name) for field in record_type.fields for name in field.column_names}
        asked = {field.tt16 for field in record_type.fields if field.tt16 and not field.computed}
        if record_type.tt16_classes:
            assert {name for name in asked if fold_text(name) not in known} == set(), record_type.id


def test_every_choice_list_is_there_and_offers_something(catalogue: Catalogue) -> None:
    used = {field.choices for _, field in fields_of(catalogue) if isinstance(field, ChoiceField | ChoicesField)}
    assert used <= set(catalogue.choices)
    assert set(catalogue.choices) - used <= {"capture_method"}  # of the lineage, which is no field
    for key in used:
        assert any(item.is_selectable for item in catalogue.choice_list(key)), key


@pytest.mark.parametrize("language", ["vi", "en"])
def test_codes_have_words_of_their_own_and_a_source(catalogue: Catalogue, language: str) -> None:
    for key, codes in catalogue.choices.items():
        if key in BUILT_LISTS:
            continue
        words = Counter(fold_text(item.label[language]) for item in codes)  # type: ignore[index]
        assert [text for text, count in words.items() if count > 1] == [], key
        for item in codes:
            assert item.source.strip() and item.label["vi"].strip(), (key, item.code)
            assert item.valid_from is None or item.valid_to is None or item.valid_from <= item.valid_to


def test_children_point_at_what_they_belong_to(catalogue: Catalogue) -> None:
    children = {child for child, _ in catalogue.children_of("planning_dossier")}
    assert children >= {
        *("dossier_document", "planning_drawing", "planning_boundary", "planning_zone", "land_use_plan_area"),
        *("planning_control_line", "planning_marker"),
    }
    for asset in ASSETS:
        held = {child for child, field in catalogue.children_of(asset) if field == "asset_uid"}
        assert held == {"asset_inspection", "maintenance_record", "incident_report"}, asset
    assert catalogue.children_of("survey_point") == ()


def test_every_asset_can_be_inspected_maintained_and_reported(catalogue: Catalogue) -> None:
    for type_id in ("asset_inspection", "maintenance_record", "incident_report"):
        field = catalogue.type(type_id).field("asset_uid")
        assert isinstance(field, ReferenceField) and set(field.target) == ASSETS


def test_append_only_types_have_a_way_to_correct(catalogue: Catalogue) -> None:
    kept = [record_type for record_type in catalogue.types.values() if record_type.append_only]
    assert [record_type.id for record_type in kept] == ["asset_inspection", "maintenance_record"]
    for record_type in kept:
        corrects = record_type.field("corrects_uid")
        assert isinstance(corrects, ReferenceField) and corrects.target == (record_type.id,) and not corrects.child


def test_no_field_is_for_a_persons_name_as_owner(catalogue: Catalogue) -> None:
    """Personal data stays out: no owner of a house, no reporter of an incident."""
    assert "owner_org" not in {field.key for field in catalogue.type("housing_site").fields}
    assert not {"reporter", "reporter_phone"} & {field.key for field in catalogue.type("incident_report").fields}


def test_tt16_classes_and_fields_exist_in_the_schema(catalogue: Catalogue, shared_data: Path) -> None:
    schema = json.loads((shared_data / "tt16_schema.json").read_text(encoding="utf-8"))
    fields: dict[str, set[str]] = {}
    for classes in schema["databases"].values():
        for item in classes:
            fields.setdefault(item["name"], set()).update(field["name"] for field in item["fields"])
    for record_type in catalogue.types.values():
        assert set(record_type.tt16_classes) <= set(fields), record_type.id
        if record_type.tt16_classes:
            known = set[str]().union(*(fields[name] for name in record_type.tt16_classes))
            assert {field.tt16 for field in record_type.fields if field.tt16} <= known, record_type.id
