"""What a catalogue pack says of the columns of an office's tables: proposals that name the pack."""

from dataclasses import replace
from pathlib import Path

import pytest

from localdb.import_profiles import ImportProfile
from services.catalogue_packs import build_pack, load_issuer_key, load_pack, make_issuer_key, remove_pack
from services.column_profiles import format_columns, parse_columns, write_columns
from services.desk import Desk
from services.drawing_profiles import list_profiles as list_drawing_profiles
from services.import_profiles import list_profiles
from services.importing import propose_import, run_import
from tests.services.desks import FakeClock, records_of, refused, sample_line, write_roads

ROADS = "road_segment"
WHOLE = """
title: Bảng kê đường
columns:
- type: road_segment
  of: [Cột một, COT2, COT3]
  map: {name: Cột một, surface: cot2}
  values: {surface: {Đá 4x6: cap_phoi, "?": null, cũ: không có}}
"""
PART = """
columns:
- type: road_segment
  map: {name: cot3}
"""
COLUMNS = ({"cot mot": "Đường A", "Cot2": "đá 4x6", "cot3": "x"}, {"cot mot": "Đường B", "Cot2": "?", "cot3": "y"})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    line = sample_line((0, 0), (120, 40))
    return write_roads(tmp_path / "bảng kê.geojson", [(cells, line) for cells in COLUMNS])


def take(desk: Desk, tmp_path: Path, name: str, text: str) -> str:
    """Load a pack with one profile, as an office's; return its id."""
    folder = tmp_path / name
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles" / f"{name}.yaml").write_text(text, encoding="utf-8")
    key = tmp_path / "key"
    if not key.exists():
        make_issuer_key(key)
    pack = build_pack(
        folder,
        tmp_path / f"{name}.zip",
        load_issuer_key(key),
        name={"vi": f"Gói {name}", "en": f"Pack {name}"},
        issuer="Sở Xây dựng",
        version=1,
        clock=FakeClock(),
    )
    load_pack(desk, tmp_path / f"{name}.zip", trust=True)
    return pack.header.pack_id


def test_a_pack_says_what_columns_become_and_is_named(desk: Desk, table: Path, tmp_path: Path) -> None:
    pack = take(desk, tmp_path, "so_xay_dung", WHOLE)
    plan = propose_import(desk, table, type_id=ROADS)
    assert plan.mapping == {"name": "cot mot", "surface": "Cot2"}
    assert plan.values == {"surface": {"da 4x6": "cap_phoi", "?": None}}, "a code that no list has is not taken"
    assert (plan.pack, plan.is_remembered) == ("Gói so_xay_dung (Sở Xây dựng)", False)
    assert {item.confidence for item in plan.columns} == {"packed"}
    assert all("Gói so_xay_dung (Sở Xây dựng)" in item.text for item in plan.columns)
    assert list_drawing_profiles(desk) == []
    run_import(desk, plan)
    assert [record.values.get("surface") for record in records_of(desk, ROADS)] == ["cap_phoi", None]
    assert propose_import(desk, table, type_id=ROADS, use_profile=False).pack == ""
    remove_pack(desk, pack)
    assert propose_import(desk, table, type_id=ROADS).pack == ""


def test_what_the_user_decided_goes_before_a_pack(desk: Desk, table: Path, tmp_path: Path) -> None:
    take(desk, tmp_path, "so_xay_dung", WHOLE)
    plan = propose_import(desk, table, type_id=ROADS)
    run_import(desk, replace(plan, mapping={"note": "cot3"}, values={}, remember=True))
    again = propose_import(desk, table, type_id=ROADS)
    assert (again.mapping, again.is_remembered, again.pack) == ({"note": "cot3"}, True, "")


def test_all_columns_go_before_some_and_a_later_pack_before_an_earlier(desk: Desk, table: Path, tmp_path: Path) -> None:
    take(desk, tmp_path, "rieng", PART)
    plan = propose_import(desk, table, type_id=ROADS)
    assert plan.mapping["name"] == "cot3"
    assert {item.column: item.confidence for item in plan.columns}["cot mot"] != "packed", "left as proposed"
    take(desk, tmp_path, "tron_bo", WHOLE)
    assert propose_import(desk, table, type_id=ROADS).mapping["name"] == "cot mot"
    take(desk, tmp_path, "sau", WHOLE.replace("name: Cột một", "note: Cột một"))
    assert propose_import(desk, table, type_id=ROADS).mapping == {"note": "cot mot", "surface": "Cot2"}


def test_a_workspace_hands_out_what_it_learnt(desk: Desk, table: Path, tmp_path: Path) -> None:
    plan = propose_import(desk, table, type_id=ROADS)
    mapping, values = {"name": "cot3", "surface": "Cot2"}, {"surface": {"da 4x6": "cap_phoi", "?": None}}
    run_import(desk, replace(plan, mapping=mapping, values=values, remember=True))
    write_columns(list_profiles(desk), tmp_path / "ra.yaml")
    [part] = parse_columns("ra", (tmp_path / "ra.yaml").read_text("utf-8"))
    assert (part.type_id, part.mapping, part.values) == (ROADS, mapping, values)
    assert set(part.of) == {"cot mot", "Cot2", "cot3"}
    refused("PACK-FILE-EXISTS", lambda: write_columns([], tmp_path / "ra.yaml"))


def test_a_profile_of_an_earlier_program_is_known_by_its_signature(desk: Desk, table: Path, tmp_path: Path) -> None:
    plan = propose_import(desk, table, type_id=ROADS)
    run_import(desk, replace(plan, mapping={"note": "cot3"}, values={}, remember=True))
    [learnt] = list_profiles(desk)
    text = format_columns([ImportProfile(learnt.signature, ROADS, "x", learnt.mapping)])
    [part] = parse_columns("cu", text)
    assert part.fits(["COT3", "Cột Một", "cot2"])
    assert not part.fits(["COT3", "Cột Một"])


@pytest.mark.parametrize(
    "text",
    [
        "columns: []",
        "columns: 3",
        "columns: [{map: {name: A}}]",
        "columns: [{type: road_segment}]",
        "columns: [{type: road_segment, map: {name: [A]}}]",
        "columns: [{type: road_segment, map: {name: A}, of: [B]}]",
        "columns: [{type: road_segment, map: {name: A}, of: A}]",
        "columns: [{type: road_segment, map: {name: A}, values: {surface: {x: y}}}]",
        "columns: [{type: road_segment, map: {name: A}, values: {name: {x: 3}}}]",
        "columns: [{type: road_segment, map: {name: A}, signature: 3}]",
        "columns: [{type: road_segment, map: {name: A}, strange: 1}]",
        "columns: [{type: road_segment, map: {name: A}}]\nparts: []",
    ],
)
def test_a_text_that_says_nothing_of_columns(text: str, desk: Desk, tmp_path: Path) -> None:
    refused("PROFILE-SYNTAX", lambda: parse_columns("x", text))
    refused("PROFILE-SYNTAX", lambda: take(desk, tmp_path, "sai", text))
