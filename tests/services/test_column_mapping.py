"""Which column becomes which field: by its name however it is written, by its cells, by what was decided before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.tables import load_table
from forms.catalogue import Catalogue
from forms.loader import load_catalogue
from services import column_values
from services.column_mapping import ColumnProposal, mapping_of, propose_columns, readings_of
from services.column_names import score_name
from services.column_values import measure_of, read_values
from services.desk import Desk
from services.import_profiles import forget_profile, list_profiles
from services.importing import propose_import, run_import
from tests.services.desks import records_of, refused, sample_line, write_roads

ROADS = "road_segment"
LINE = sample_line((0, 0), (120, 40), (260, 30))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def proposed(
    catalogue: Catalogue, columns: dict[str, list[Any]], type_id: str = ROADS, shapes: Any = None
) -> dict[str, ColumnProposal]:
    found = propose_columns(catalogue.type(type_id), columns, catalogue, None, shapes)
    assert [item.column for item in found] == list(columns)
    assert len(mapping_of(found)) == sum(item.field is not None for item in found), "no field twice"
    return {item.column: item for item in found}


def test_names_are_no_codes_from_the_first_one_on(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    parse = column_values.parse_value

    def counting(target: Any, text: Any, *more: Any) -> Any:
        tried.append(target.key)
        return parse(target, text, *more)

    monkeypatch.setattr(column_values, "parse_value", counting)
    names = [f"Đường từ nhà ông Thành {number} đến trụ sở thôn" for number in range(40)]
    assert proposed(catalogue, {"xyz": names})["xyz"].field is None
    assert len(tried) == len(set(tried)), "a list of codes is tried once: telling what is near a text takes its time"


@pytest.mark.parametrize(
    ("column", "cells", "field", "confidence"),
    [
        ("ten_duong", ["Đường A"], "name", "certain"),
        ("Tên đường", ["Đường A"], "name", "certain"),
        ("TenDuong", ["Đường A"], "name", "certain"),
        ("RONG_MAT_D", ["3,5"], "carriageway_w", "likely"),
        ("carriagewa", [3.5], "carriageway_w", "likely"),
        ("pavement width", [3.5], "carriageway_w", "likely"),
        ("So lan xe", [2], "lanes", "certain"),
        ("SoLanXe", [2], "lanes", "likely"),
        ("lanes", [2], "lanes", "certain"),
        ("Road surface", ["BTN"], "surface", "likely"),
        ("KCMD", ["BTXM", "BTN"], "surface", "likely"),
        ("namxd", [2014], "built_year", "likely"),
        ("remarks", ["hẹp"], "note", "likely"),
        ("xyz", ["hẹp"], None, "certain"),
    ],
)
def test_a_name_is_known_however_it_is_written(
    catalogue: Catalogue, column: str, cells: list[Any], field: str | None, confidence: str
) -> None:
    item = proposed(catalogue, {column: cells})[column]
    assert (item.field, item.confidence) == (field, confidence), item.text


def test_a_column_whose_cells_do_not_fit_is_left_with_the_reason(catalogue: Catalogue) -> None:
    found = proposed(catalogue, {"so_lan_xe": [2, "hai"], "mat_duong": ["nhựa", "thủy tinh", "đồng"]})
    assert [item.field for item in found.values()] == [None, None]
    assert "hai" in found["so_lan_xe"].text
    assert "thủy tinh" in found["mat_duong"].text
    assert found["mat_duong"].rivals == ("surface",)


def test_what_may_be_two_fields_is_not_chosen(catalogue: Catalogue) -> None:
    item = proposed(catalogue, {"WIDTH_M_OR": [3.5], "be_rong_duong": [4.0]})["be_rong_duong"]
    if item.field is not None:
        assert item.confidence == "likely"
        assert item.text


def test_two_columns_of_one_field_are_told(catalogue: Catalogue) -> None:
    found = proposed(catalogue, {"ten": ["A"], "ten_duong": ["Đường A"]})
    taken = [item for item in found.values() if item.field == "name"]
    assert len(taken) == 1
    assert taken[0].confidence == "likely"
    assert "ten_duong" in taken[0].text


def test_codes_alone_tell_a_column(catalogue: Catalogue) -> None:
    found = proposed(catalogue, {"F3": ["BTN", "cấp phối", "BTXM", "đường đất"], "F4": ["a", "b", "c", "d"]})
    assert (found["F3"].field, found["F3"].confidence) == ("surface", "likely")
    assert found["F4"].field is None


def test_a_column_that_repeats_the_shapes_is_told(catalogue: Catalogue) -> None:
    lines = np.array([shapely.LineString([(0, 0), (size, 0)]) for size in (100, 250, 400, 90)], dtype=object)
    found = proposed(catalogue, {"F7": ["100,4", "249", "401", "90"], "F8": [1, 2, 3, 4]}, shapes=lines)
    assert "chiều dài" in found["F7"].text
    assert found["F8"].text == ""
    assert measure_of([0.1, 0.25, 0.4, 0.09], lines) == "length_km"
    squares = np.array([shapely.box(0, 0, size, size) for size in (100, 250, 400)], dtype=object)
    assert measure_of([1.0, 6.25, 16.0], squares) == "area_ha"
    stated = proposed(catalogue, {"F9": [1.0, 6.25, 16.0]}, "land_use_plan_area", squares)
    assert stated["F9"].field == "area_stated_ha"


@pytest.mark.parametrize(
    ("text", "code", "how"),
    [
        ("BTXM", "BTXM", "listed"),
        ("bê tông xi măng", "BTXM", "listed"),
        ("BE TONG XI MANG", "BTXM", "listed"),
        ("BT xi măng", "BTXM", "synonym"),
        ("b.t.x.m.", None, "open"),
        ("Đường đất", "dat", "synonym"),
        ("Láng nhựa", "da_dam_lang_nhua", "synonym"),
        ("thủy tinh", None, "open"),
    ],
)
def test_texts_of_a_list_are_read_by_code_by_words_and_by_other_spellings(
    catalogue: Catalogue, text: str, code: str | None, how: str
) -> None:
    [reading] = read_values(catalogue.type(ROADS).field("surface"), [text, None, text], catalogue)
    assert (reading.code, reading.how, reading.count) == (code, how, 2)


def test_every_synonym_names_a_code_that_may_be_used(catalogue: Catalogue) -> None:
    for row in load_table("choice_words"):
        choice = catalogue.choice_list(row["choices"]).get(row["code"])
        assert choice is not None, row
        assert choice.status != "unverified", row
        assert row["written"] == row["written"].lower().strip(), row


@given(st.text(max_size=30))
def test_any_name_has_a_score(column: str) -> None:
    for target in load_catalogue().type(ROADS).fields:
        assert 0.0 <= score_name(target, column) <= 1.0


# From the file to records, and the next time


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    facts = [("nhựa", "A"), ("BT xi măng", "B"), ("bi đá ong", "C"), ("nhựa", "D")]
    rows = [({"loại gì": "x", "ten": name, "mat_duong": text}, LINE) for text, name in facts]
    return write_roads(tmp_path / "đường.geojson", rows)


def test_leftover_texts_are_reported_and_kept(desk: Desk, roads: Path) -> None:
    plan = propose_import(desk, roads, type_id=ROADS)
    assert plan.mapping == {"name": "ten", "surface": "mat_duong"}
    assert plan.values == {"surface": {"nhua": "BTN", "bt xi mang": "BTXM", "bi da ong": None}}
    report = run_import(desk, plan)
    assert [record.values["surface"] for record in records_of(desk, ROADS)] == ["BTN", "BTXM", None, "BTN"]
    told = {(item.value, item.code) for item in report.warnings}
    assert ("bi đá ong", "IMPORT-VALUE-LEFT") in told
    assert ("BT xi măng", "IMPORT-VALUE-READ") in told
    assert records_of(desk, ROADS)[2].lineage.raw_values == {"loại gì": "x", "ten": "C", "mat_duong": "bi đá ong"}
    assert report.written == 4


def test_what_was_decided_is_remembered_for_files_of_the_same_columns(desk: Desk, roads: Path, tmp_path: Path) -> None:
    plan = propose_import(desk, roads, type_id=ROADS)
    mapping = {"surface": "mat_duong", "note": "ten"}
    values = {"surface": {**plan.values["surface"], "bi da ong": "cap_phoi"}}
    run_import(desk, replace(plan, mapping=mapping, values=values, remember=True))
    rows = [({"TEN": "E", "Mat_Duong": text, "LOAI_GI": None}, LINE) for text in ("Bi đá ong", "kính")]
    again = propose_import(desk, write_roads(tmp_path / "khác.geojson", rows), type_id=ROADS)
    assert again.is_remembered
    assert again.mapping == {"surface": "Mat_Duong", "note": "TEN"}
    assert again.values == {"surface": {"bi da ong": "cap_phoi", "kinh": None}}
    assert {item.confidence for item in again.columns} == {"remembered"}
    other = propose_import(desk, write_roads(tmp_path / "ba.geojson", [({"ten": "E"}, LINE)]), type_id=ROADS)
    assert not other.is_remembered
    assert propose_import(desk, roads, type_id=ROADS, use_profile=False).mapping["name"] == "ten"
    [profile] = list_profiles(desk)
    assert (profile.source, profile.saved_by) == ("đường.geojson", "Nguyễn Văn An")
    forget_profile(desk, profile.signature, ROADS)
    assert not propose_import(desk, roads, type_id=ROADS).is_remembered
    refused("PROFILE-UNKNOWN", lambda: forget_profile(desk, profile.signature, ROADS))


@pytest.mark.parametrize("column", ["Tên", "ten", "TEN", "tên "])
def test_columns_that_are_spelled_alike_are_not_taken_for_each_other(desk: Desk, tmp_path: Path, column: str) -> None:
    cells = {"Tên": "A", "ten": "B", "TEN": "C", "tên ": "D"}
    path = write_roads(tmp_path / "giống.geojson", [(cells, LINE)])
    plan = replace(propose_import(desk, path, type_id=ROADS), mapping={"note": column}, values={}, remember=True)
    assert run_import(desk, plan).written == 1
    assert records_of(desk, ROADS)[-1].values["note"] == cells[column]
    again = propose_import(desk, path, type_id=ROADS)
    assert (again.mapping, again.is_remembered) == ({"note": column}, True)
    one = write_roads(tmp_path / "một.geojson", [({"ten": "E"}, LINE)])
    assert not propose_import(desk, one, type_id=ROADS).is_remembered, "it has other columns"
    strange = replace(plan, mapping={"note": "tÊN"})
    refused("IMPORT-NO-COLUMN", lambda: run_import(desk, strange))


def test_a_trial_or_a_failed_import_remembers_nothing(desk: Desk, roads: Path) -> None:
    plan = replace(propose_import(desk, roads, type_id=ROADS), remember=True)
    run_import(desk, plan, dry_run=True)
    assert list_profiles(desk) == []


def test_a_successor_takes_the_place_of_a_code_of_older_rules(catalogue: Catalogue) -> None:
    from forms.choice_files import parse_choice_list
    from forms.model import ChoiceField

    text = (
        "code,label_vi,label_en,valid_from,valid_to,source,status,color,successor\n"
        "MOI,Mới,New,,,TT 1,official,,\nCU,Cũ,Old,,,TT 0,legacy,,MOI\n"
    )
    codes = parse_choice_list("thu_ma.csv", text.encode())
    target = ChoiceField(key="thu_ma", label={"vi": "Thử", "en": "Trial"}, type="choice", choices=codes.key)
    own = Catalogue([], [], [codes])
    readings = read_values(target, ["CU", "MOI", "cũ"], own)
    assert {(item.text, item.code, item.how) for item in readings} == {
        ("CU", "MOI", "successor"),
        ("MOI", "MOI", "listed"),
        ("cũ", "MOI", "successor"),
    }
    item = ColumnProposal("F", target.key, "certain", 1.0, values=readings)
    assert readings_of([item]) == {"thu_ma": {"cu": "MOI"}}
