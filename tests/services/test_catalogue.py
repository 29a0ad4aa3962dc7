"""Record types are data: one line of YAML more, and table, form, import, checks and export follow."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.resources import program_root
from exchange.reading import read_table
from forms.catalogue import Catalogue
from forms.loader import load_catalogue, load_catalogue_from
from localdb.workspace import open_workspace
from services.approving import approve
from services.checking import check_record
from services.desk import Desk
from services.editing import insert_record, new_values
from services.exporting import export_records
from services.importing import propose_import
from services.packaging import seal_package
from services.reading import count_matching, fetch_record, search
from tests.services.desks import AN, FakeClock, bring, records_of, refused, sample_line, write_roads
from wire.package import read_package

FIELD = """
  - key: tree_count
    type: integer
    minimum: 0
    label: {vi: "Số cây xanh", en: "Trees"}
    required: complete
    import_names: ["so_cay"]
  - key: caretaker
    type: text
    label: {vi: "Tổ tự quản", en: "Caretakers"}
    required: save
    import_names: ["to_tu_quan"]
"""
TYPE = """
id: public_well
version: 1
title: {vi: "Giếng công cộng", en: "Public well"}
group: giao_thong
code: GIE
geometry: [point]
sections:
  - {key: main, label: {vi: "Giếng", en: "Well"}}
fields:
  - key: depth_m
    type: number
    unit: m
    label: {vi: "Độ sâu", en: "Depth"}
    import_names: ["sau"]
"""
LINE = sample_line((0, 0), (120, 40))


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The shipped catalogue with two fields more on roads, and a type of its own."""
    folder = tmp_path_factory.mktemp("forms")
    for name in ("definitions", "choices"):
        shutil.copytree(program_root() / "forms" / name, folder / name)
    roads = folder / "definitions" / "road_segment.yaml"
    roads.write_text(roads.read_text(encoding="utf-8").rstrip() + FIELD, encoding="utf-8")
    (folder / "definitions" / "public_well.yaml").write_text(TYPE, encoding="utf-8")
    return load_catalogue_from(folder / "definitions", folder / "choices")


@pytest.fixture
def desk(tmp_path: Path, filled_template: Path, altered: Catalogue) -> Iterator[Desk]:
    """A register that was made before the change, opened after it."""
    folder = tmp_path / "sổ xã"
    shutil.copytree(filled_template, folder)
    with Desk(open_workspace(folder, altered), AN, FakeClock()) as opened:
        yield opened


def test_what_was_there_stays(desk: Desk) -> None:
    roads = records_of(desk, "road_segment")
    assert len(roads) == 12
    assert {road.values["tree_count"] for road in roads} == {None}
    assert records_of(desk, "public_well") == []


def test_the_table_has_the_new_columns(desk: Desk) -> None:
    with desk.reading() as connection:
        columns = {row[1]: row[2] for row in connection.exec_driver_sql("PRAGMA table_info(road_segment)")}
        tables = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        registered = {row[0] for row in connection.exec_driver_sql("SELECT f_table_name FROM geometry_columns")}
    assert columns["tree_count"].upper() == "INTEGER"
    assert "public_well" in tables & registered


def test_the_form_asks_for_it(desk: Desk) -> None:
    values = new_values(desk, "road_segment")
    assert {"tree_count", "caretaker"} <= set(values)
    error = refused("RECORD-UNSAVABLE", lambda: insert_record(desk, "road_segment", {"name": "A"}, LINE))
    assert error.context["field"] == {"vi": "Tổ tự quản", "en": "Caretakers"}
    saved = insert_record(desk, "road_segment", {"name": "A", "caretaker": "Tổ 3", "tree_count": 40}, LINE)
    assert fetch_record(desk, saved.record.uid).values["tree_count"] == 40
    assert [hit.uid for hit in search(desk, "to 3")] == [saved.record.uid]
    assert count_matching(desk, "road_segment", where="tree_count > 30") == 1


def test_an_import_fills_it(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A", "Số cây xanh": "12", "TO_TU_QUAN": "Tổ 5"}, LINE)])
    plan = propose_import(desk, path, type_id="road_segment")
    assert plan.mapping == {"name": "ten", "tree_count": "Số cây xanh", "caretaker": "TO_TU_QUAN"}
    report = bring(desk, path, "road_segment")
    assert report.written == 1
    assert records_of(desk, "road_segment")[-1].values["tree_count"] == 12


def test_what_a_record_cannot_be_without_is_asked_for_by_row(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "A", "to_tu_quan": "Tổ 1"}, LINE), ({"ten": "B"}, LINE)])
    error = refused("IMPORT-UNSAVABLE", lambda: bring(desk, path, "road_segment"))
    assert error.context["row"] == 2


def test_the_checks_count_it(desk: Desk) -> None:
    uid = insert_record(desk, "road_segment", {"name": "A", "caretaker": "Tổ 3"}, LINE).record.uid
    [finding] = [item for item in check_record(desk, fetch_record(desk, uid)) if item.rule_id == "ATT-01"]
    assert "tree_count" in finding.context["keys"]
    assert {"vi": "Số cây xanh", "en": "Trees"} in finding.context["fields"]


def test_a_package_and_an_export_carry_it(desk: Desk, tmp_path: Path) -> None:
    saved = insert_record(desk, "road_segment", {"name": "A", "caretaker": "Tổ 3", "tree_count": 40}, LINE)
    export_records(desk, tmp_path / "a.gpkg", "gpkg", type_ids=["road_segment"])
    columns = read_table(tmp_path / "a.gpkg").columns
    assert (columns["tree_count"][-1], columns["caretaker"][-1]) == (40, "Tổ 3")
    assert approve(desk, uids=[saved.record.uid]).approved == (saved.record.uid,)
    sealed = seal_package(desk)
    assert sealed is not None
    [change] = read_package(sealed.path, catalogue=desk.catalogue).changes
    assert change.content is not None
    assert change.content["tree_count"] == 40
    refused("PACKAGE-NEWER-SCHEMA", lambda: read_package(sealed.path, catalogue=load_catalogue()))
