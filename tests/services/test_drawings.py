"""The workbench of drawings: recipes, units, outlines, areas out of linework, labels, strays, profiles, packs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from services.catalogue_packs import build_pack, load_issuer_key, load_pack, make_issuer_key
from services.desk import Desk
from services.drawing_import import plan_profile, run_plans
from services.drawing_plan import summarise
from services.drawing_profiles import (
    find_profile,
    format_profile,
    list_profiles,
    parse_profile,
    remove_profile,
    save_profile,
)
from services.drawing_recipe import DrawingRecipe, propose_recipe, recipe_from
from services.importing import propose_import, run_import
from services.reading import list_records
from tests.cli.running import run
from tests.exchange.drawing_samples import draw, style
from tests.services.desks import CENTRE_OLD, FakeClock, refused

EAST, NORTH = CENTRE_OLD


def lots(scale: float = 1.0, gap: float = 0.0) -> Any:
    """Two rows of three lots of 40 by 30 m drawn as a grid of lines, a code in each, a stray far away."""

    def work(document: Any, model: Any) -> None:
        style(document, "VNTIME", ".VnTime")

        def at(x: float, y: float) -> tuple[float, float]:
            return (EAST + x) / scale, (NORTH + y) / scale

        for x in (0, 40, 80, 120):
            model.add_line(at(x, -gap if x in (0, 120) else gap), at(x, 60), dxfattribs={"layer": "RANH_THUA"})
        for y in (0, 30, 60):
            model.add_lwpolyline([at(0, y), at(120, y)], dxfattribs={"layer": "RANH_THUA"})
        for place in range(6):
            x, y = place % 3 * 40 + 10, place // 3 * 30 + 10
            text = {"layer": "MA_DAT", "style": "VNTIME", "insert": at(x, y), "height": 3 / scale, "rotation": 20}
            model.add_text("ONT" if place % 2 else "CLN", dxfattribs=text)
        model.add_line((0, 0), (5, 5), dxfattribs={"layer": "RANH_THUA"})

    return work


LOTS = DrawingRecipe(shape="polygon", layers=("RANH_THUA",), label_layers=("MA_*",), label_way="inside", faces=True)


def test_areas_out_of_linework_with_their_codes(desk: Desk, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.dxf", lots())
    plan = propose_import(desk, path, type_id="land_use_plan_area", recipe=LOTS)
    assert plan.reading is not None
    table = plan.reading.table
    assert sorted(table.columns["Label"]) == ["CLN"] * 3 + ["ONT"] * 3
    assert [warning.code for warning in table.warnings] == ["DRAWING-FAR"]
    report = run_import(desk, plan)
    assert (report.written, report.rejected) == (6, ())
    shapes = [record.geometry for record in list_records(desk, "land_use_plan_area") if record.uid in report.uids]
    assert shapely.area(shapes).sum() == pytest.approx(7200, rel=1e-3)
    edges: dict[frozenset[tuple[float, ...]], int] = {}
    for ring in shapely.get_rings(shapely.get_parts(shapes)):
        corners = [tuple(corner) for corner in ring.coords]
        for pair in zip(corners, corners[1:], strict=False):
            edges[frozenset(pair)] = edges.get(frozenset(pair), 0) + 1
    assert sorted(edges.values()).count(2) == 7, "every inner edge twice, bit by bit"


@pytest.mark.parametrize(
    ("unit", "insunits"),
    [
        (0.001, 4),
        (0.001, 0),
        (1.0, 6),
        (1.0, 4),
        (0.01, 5),
        (0.01, 0),
        (0.3048, 2),
        (0.3048, 0),
        (0.0254, 1),
        (0.0254, 6),
        (0.1, 14),
        (1200 / 3937, 21),
    ],
)
def test_the_unit_is_what_puts_it_into_the_commune(desk: Desk, tmp_path: Path, unit: float, insunits: int) -> None:
    path = draw(tmp_path / "a.dxf", lots(unit), units=insunits)
    plan = propose_import(desk, path, type_id="land_use_plan_area", recipe=LOTS)
    assert plan.scale == pytest.approx(unit, rel=1e-12)
    report = run_import(desk, plan)
    assert report.written == 6
    shapes = [record.geometry for record in list_records(desk, "land_use_plan_area") if record.uid in report.uids]
    assert shapely.area(shapes).sum() == pytest.approx(7200, rel=1e-3)
    said = [warning for warning in report.warnings if warning.code == "DRAWING-UNITS"]
    assert len(said) == (1 if (unit, insunits) in ((1.0, 4), (0.0254, 6)) else 0)


def test_short_ends_are_led_to_their_line_and_told(desk: Desk, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.dxf", lots(gap=0.03))
    plan = propose_import(desk, path, type_id="land_use_plan_area", recipe=LOTS)
    assert plan.reading is not None
    table = plan.reading.table
    assert len(table) == 6
    joined = [warning for warning in table.warnings if warning.code == "OUTLINE-JOINED"]
    assert [warning.context["gap"] for warning in joined] == pytest.approx([0.03, 0.03], abs=1e-3)
    strict = propose_import(
        desk, path, type_id="land_use_plan_area", recipe=recipe_from({**LOTS.as_dict(), "close_m": 0})
    )
    assert strict.reading is not None
    assert len(strict.reading.table) == 4
    assert "DRAWING-DANGLES" in {warning.code for warning in strict.reading.table.warnings}


def test_the_proposal_finds_layers_by_their_names(desk: Desk, tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        lots()(document, model)
        model.add_lwpolyline([(EAST, NORTH), (EAST + 9, NORTH)], dxfattribs={"layer": "TIM_DUONG"})
        model.add_text("x", dxfattribs={"layer": "TEN_DUONG", "insert": (EAST, NORTH)})

    summary = summarise(draw(tmp_path / "a.dxf", work))
    found = propose_recipe(summary, desk.catalogue.type("road_segment"))
    assert (found.shape, found.layers, found.label_layers) == ("line", ("TIM_DUONG",), ("TEN_DUONG",))


def test_blocks_become_points_with_their_attributes(desk: Desk, tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        document.blocks.new("HO_GA").add_circle((0, 0), 0.5)
        document.blocks.new("CAY").add_circle((0, 0), 2)
        for place in range(3):
            model.add_blockref("HO_GA", (EAST + place * 10, NORTH)).add_attrib("TEN", f"HG{place}", (EAST, NORTH))
            model.add_blockref("CAY", (EAST + place * 10, NORTH + 5))

    recipe = DrawingRecipe(shape="point", blocks=("ho_ga",))
    plan = propose_import(desk, draw(tmp_path / "a.dxf", work), type_id="drainage_node", recipe=recipe)
    assert plan.reading is not None
    assert plan.reading.table.columns["TEN"] == ["HG0", "HG1", "HG2"]
    assert plan.reading.table.kinds() == {"point"}


def test_heights_of_points_are_kept(desk: Desk, tmp_path: Path) -> None:
    def work(_: Any, model: Any) -> None:
        for place in range(3):
            model.add_point((EAST + place, NORTH, 12.5 + place))

    plan = propose_import(desk, draw(tmp_path / "a.dxf", work), type_id="survey_point")
    assert plan.mapping["height_m"] == "Z"
    report = run_import(desk, plan)
    records = [record for record in list_records(desk, "survey_point") if record.uid in report.uids]
    assert sorted(record.values["height_m"] for record in records) == [12.5, 13.5, 14.5]


def test_recipes_are_what_they_say() -> None:
    assert recipe_from(LOTS.as_dict()) == LOTS
    refused("RECIPE-KEY", lambda: recipe_from({"shapes": "line"}))
    refused("RECIPE-CHOICE", lambda: recipe_from({"shape": "circle"}))
    refused("RECIPE-CHOICE", lambda: recipe_from({"layers": 3.5}))
    refused("RECIPE-LENGTH", lambda: recipe_from({"close_m": -1}))


def test_a_profile_is_kept_found_and_forgotten(desk: Desk, tmp_path: Path) -> None:
    plan = propose_import(desk, draw(tmp_path / "a.dxf", lots()), type_id="land_use_plan_area", recipe=LOTS)
    kept = save_profile(desk, "quy_hoach", plan)
    assert parse_profile("quy_hoach", format_profile(kept)) == kept
    assert find_profile(desk, "quy_hoach") == kept
    refused("PROFILE-NAME", lambda: save_profile(desk, "Quy hoạch", plan))
    refused("PROFILE-NO-TYPE", lambda: kept.part_for("bridge"))
    remove_profile(desk, "quy_hoach")
    assert list_profiles(desk) == []
    refused("PROFILE-MISSING", lambda: find_profile(desk, "quy_hoach"))


@pytest.mark.parametrize(
    "text", ["", "parts: 3", "parts: [{shape: line}]", "a: &a [*a]", "parts: [{type: x, map: [1]}]", "[" * 5000]
)
def test_a_text_that_is_no_profile(text: str) -> None:
    refused("PROFILE-SYNTAX", lambda: parse_profile("x", text))


PACKED = """
parts:
- type: land_use_plan_area
  shape: polygon
  layers: [RANH_THUA]
  label_layers: [MA_DAT]
  label_way: inside
  faces: true
- type: road_segment
  layers: [TIM_DUONG]
"""


def test_a_pack_brings_profiles(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "gói" / "profiles"
    folder.mkdir(parents=True)
    (folder / "so_xay_dung.yaml").write_text(PACKED, encoding="utf-8")
    make_issuer_key(tmp_path / "key")
    facts = {
        "name": {"vi": "Hồ sơ ánh xạ", "en": "Profiles"},
        "issuer": "Sở Xây dựng",
        "version": 1,
        "clock": FakeClock(),
    }
    build_pack(folder.parent, tmp_path / "a.zip", load_issuer_key(tmp_path / "key"), **facts)
    load_pack(desk, tmp_path / "a.zip", trust=True)
    [profile] = list_profiles(desk)
    assert (profile.name, profile.origin) == ("so_xay_dung", "pack")
    assert [part.type_id for part in profile.parts] == ["land_use_plan_area", "road_segment"]
    (folder / "so_xay_dung.yaml").write_text("parts: []", encoding="utf-8")
    refused(
        "PROFILE-SYNTAX",
        lambda: build_pack(folder.parent, tmp_path / "b.zip", load_issuer_key(tmp_path / "key"), **facts),
    )


def test_all_parts_of_a_profile_or_none(desk: Desk, tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        lots()(document, model)
        model.add_lwpolyline([(EAST, NORTH), (EAST + 9, NORTH + 70)], dxfattribs={"layer": "TIM_DUONG"})

    path = draw(tmp_path / "a.dxf", work)
    profile = parse_profile("x", PACKED)
    before = {kind: len(list_records(desk, kind)) for kind in ("land_use_plan_area", "road_segment")}
    spoilt = parse_profile("x", PACKED.replace("  faces: true\n", ""))
    reports = run_plans(desk, plan_profile(desk, path, spoilt))
    assert [report.written for report in reports] == [0, 0], "the lots' lines are no outlines"
    assert {kind: len(list_records(desk, kind)) for kind in before} == before
    reports = run_plans(desk, plan_profile(desk, path, profile))
    assert [report.written for report in reports] == [6, 1]
    assert all("IMPORT-AGAIN" not in {item.code for item in report.warnings} for report in reports)


def test_the_command_line_by_options_and_by_profile(desk: Desk, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.dxf", lots())
    folder = desk.workspace.folder
    desk.close()
    options = [
        "--shape",
        "polygon",
        "--drawing-layer",
        "RANH_THUA",
        "--label-layer",
        "MA_DAT",
        "--faces",
        "--labelled-only",
    ]
    done = run("import", folder, path, "--type", "land_use_plan_area", *options, "--save-profile", "qh", "--json")
    assert done.code == 0, done.err
    document = done.document("import")
    assert document["written"] == 6
    assert document["plan"]["recipe"]["label_way"] == "inside"
    [profile] = run("profiles", folder, "--json").document("profiles")
    assert (profile["name"], profile["parts"][0]["type"]) == ("qh", "land_use_plan_area")
    again = run("import", folder, path, "--profile", "qh", "--dry-run", "--json").document("import")
    assert [item["accepted"] for item in again["imports"]] == [6]
    found = run("inspect", path, "--json").document("inspect")
    assert [layer["name"] for layer in found["drawing"]["layers"]] == ["RANH_THUA", "MA_DAT"]
    assert run("import", folder, path).code == 2
    assert np.isclose(document["plan"]["scale"], 1.0)
