"""Every record type as a form that pyxform takes without a word, complete in both languages."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.errors import UserError
from exchange.xlsform import LONG_LIST, FormFacts, XlsForm, build_form, write_form
from exchange.xlsform_questions import LOCATIONS, PHOTOS
from forms.catalogue import Catalogue
from forms.choices import Choice, ChoiceList
from forms.loader import load_catalogue
from forms.model import RecordType

CATALOGUE = load_catalogue()
DAY = "2026-11-20"
UID = "019a0000-0000-7000-8000-000000000001"
VI, EN = "Vietnamese (vi)", "English (en)"
UNHEEDED = ("max-pixels",)  # photos are sent whole, for what the camera noted in them


def facts_of(record_type: RecordType, catalogue: Catalogue = CATALOGUE, **more: Any) -> FormFacts:
    records = {field.key: [(UID, "Hồ sơ A")] for field in record_type.fields if field.type == "reference"}
    facts = {"diaba_type": record_type.id, "diaba_form": "1", "diaba_catalogue": catalogue.hash}
    return FormFacts(record_type, catalogue, DAY, "202611201000", "01153", facts, **{"records": records, **more})


def form_of(type_id: str) -> XlsForm:
    return build_form(facts_of(CATALOGUE.type(type_id)))


def row_of(form: XlsForm, name: str) -> dict[str, str]:
    (row,) = [row for row in form.survey if row["name"] == name and not row["type"].startswith("end")]
    return row


def changed(record_type: RecordType, key: str, **more: Any) -> RecordType:
    fields = [field.model_copy(update=more) if field.key == key else field for field in record_type.fields]
    return record_type.model_copy(update={"fields": tuple(fields)})


@pytest.mark.parametrize("type_id", list(CATALOGUE.types))
def test_pyxform_takes_every_form_without_a_warning(type_id: str, tmp_path: Path) -> None:
    convert = pytest.importorskip("pyxform.xls2xform").convert
    (path,) = write_form(form_of(type_id), tmp_path / f"{type_id}.xlsx")
    told: list[str] = []
    found = convert(path, warnings=told)
    assert [text for text in told if not any(word in text for word in UNHEEDED)] == []
    assert f'<translation lang="{EN}">' in found.xform
    assert re.search(rf'<translation [^>]*lang="{re.escape(VI)}"[^>]*default="true\(\)"', found.xform)
    assert f'id="diaba_01153_{type_id}"' in found.xform
    assert "deviceid" not in found.xform.lower()
    assert ">-<" not in found.xform  # what pyxform writes for words that are missing


@pytest.mark.parametrize("type_id", list(CATALOGUE.types))
def test_every_word_stands_in_both_languages(type_id: str) -> None:
    form = form_of(type_id)
    for row in (*form.survey, *form.choices):
        for column in ("label", "hint", "constraint_message", "required_message"):
            assert bool(row.get(f"{column}::{VI}")) == bool(row.get(f"{column}::{EN}")), row
        if row.get("constraint"):
            assert row[f"constraint_message::{VI}"]
        if row.get("required"):
            assert row[f"required_message::{VI}"]
        if row.get("type", "end").partition("_")[0] not in ("end", "start", "calculate") and "list_name" not in row:
            assert row[f"label::{VI}"], row


@pytest.mark.parametrize("type_id", list(CATALOGUE.types))
def test_every_field_is_asked_computed_or_left_for_the_desk(type_id: str) -> None:
    record_type = CATALOGUE.type(type_id)
    asked = {row["name"] for row in form_of(type_id).survey}
    absent = {field.key for field in record_type.fields} - asked
    allowed = {field.key for field in record_type.fields if field.computed or field.type == "files"}
    allowed |= {key for key in absent if key.startswith("file_")}
    assert absent <= allowed
    photos = sum(1 for name in asked if re.fullmatch(r"photo_\d", name))
    assert photos in (0, 1, PHOTOS)
    assert bool(record_type.geometry) == bool(asked & set(LOCATIONS.values()))


def test_only_what_makes_a_row_a_row_is_demanded() -> None:
    form = form_of("road_segment")
    assert row_of(form, "location_line")["required"] == "yes"
    assert "required" not in row_of(form, "name")
    unsavable = changed(CATALOGUE.type("road_segment"), "road_code", required="save", required_when="lanes > 2")
    row = row_of(build_form(facts_of(unsavable)), "road_code")
    assert row["required"] == "${lanes} != '' and ${lanes} > 2"
    assert "Cần trả lời" in row[f"required_message::{VI}"]


def test_limits_become_constraints_in_words() -> None:
    form = form_of("road_segment")
    row = row_of(form, "from_km")
    assert row["constraint"] == ". >= 0 and . <= 3000"
    assert row[f"constraint_message::{VI}"] == "Không nhỏ hơn 0. Không lớn hơn 3\u00a0000."
    assert row[f"constraint_message::{EN}"] == "Not less than 0. Not more than 3\u00a0000."
    assert row[f"label::{VI}"].endswith("(km)")
    assert row_of(form, "inspected_on")["constraint"] == ". <= today()"
    assert row_of(form, "lanes")["type"] == "integer"
    money = next(field for field in CATALOGUE.type("road_segment").fields if field.key == "cost_vnd")
    assert row_of(form, "cost_vnd")["type"] == "decimal", money
    assert row_of(form, "road_code")["constraint"] == "string-length(.) <= 50"


def test_only_codes_in_force_are_offered_and_only_communes_nearby() -> None:
    form = form_of("land_use_plan_area")
    names: dict[str, set[str]] = {}
    for row in form.choices:
        names.setdefault(row["list_name"], set()).add(row["name"])
    land = CATALOGUE.choice_list("land_use_code")
    offered = {item.code for item in land if item.is_selectable and item.is_valid_on(DAY)}
    lists = {row["type"].partition(" ")[2] for row in form.survey if row["type"].startswith("select_")}
    assert "land_use_code" in lists
    assert len(names["land_use_code"]) == len(offered) < len(land)
    assert "01153" in names["communes"]
    assert 20 < len(names["communes"]) < 200
    assert row_of(form, "commune_code") == {"type": "calculate", "name": "commune_code", "calculation": "'01153'"}


def test_a_very_long_list_goes_beside_the_form(tmp_path: Path) -> None:
    convert = pytest.importorskip("pyxform.xls2xform").convert
    streets = [
        Choice(str(number), {"vi": f"Phố {number}", "en": f"Street {number}"}) for number in range(LONG_LIST + 1)
    ]
    road = changed(CATALOGUE.type("road_segment"), "surface", choices="streets")
    lists = [
        *(CATALOGUE.choices[key] for key in CATALOGUE.choices if key != "communes"),
        ChoiceList("streets", streets),
    ]
    types = [road if item.id == road.id else item for item in CATALOGUE.types.values()]
    catalogue = Catalogue(types, CATALOGUE.groups, lists)
    files = write_form(build_form(facts_of(road, catalogue)), tmp_path / "đường.xlsx")
    assert [path.name for path in files] == ["đường.xlsx", "streets.csv"]
    lines = files[1].read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[1], len(lines)) == ("name,label", "0,Phố 0 / Street 0", LONG_LIST + 2)
    told: list[str] = []
    assert "jr://file-csv/streets.csv" in convert(files[0], warnings=told).xform


def test_a_condition_no_phone_knows_is_refused_by_the_name_of_its_field() -> None:
    road = changed(CATALOGUE.type("road_segment"), "surface", visible_when="length_m > 5")
    with pytest.raises(UserError) as caught:
        build_form(facts_of(road))
    assert caught.value.code == "XLSFORM-CONDITION"
    assert "Kết cấu mặt đường" in str(caught.value)
    assert "length_m" in str(caught.value)


def test_a_reference_without_records_is_not_asked() -> None:
    form = build_form(facts_of(CATALOGUE.type("dossier_document"), records={}))
    assert "dossier_uid" not in {row["name"] for row in form.survey}
    assert "select_one records_dossier_uid" in {row["type"] for row in form_of("dossier_document").survey}


def test_the_workbook_holds_text_and_no_formulas(tmp_path: Path) -> None:
    road = changed(CATALOGUE.type("road_segment"), "surface", help={"vi": "=1+1", "en": "=1+1"})
    (path,) = write_form(build_form(facts_of(road)), tmp_path / "đường.xlsx")
    sheets = openpyxl.load_workbook(path)
    assert sheets.sheetnames == ["survey", "choices", "settings"]
    assert all(cell.data_type in ("s", "n") for sheet in sheets for row in sheet.iter_rows() for cell in row)
    settings = dict(zip(*list(sheets["settings"].iter_rows(values_only=True)), strict=True))
    assert settings["default_language"] == VI
    assert settings["version"] == "202611201000"


def test_a_form_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_form(form_of("road_segment"), tmp_path / "không có" / "đường.xlsx")
    assert caught.value.code == "EXPORT-NO-FOLDER"
