"""Where a file lies, judged by boundary and records, carried into the store with its operation and its raw numbers."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from core.messages import use_language
from geodesy.datum import transform_xy
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, tm_system
from services.desk import Desk
from services.ghosts import Reading, build_scene
from services.importing import propose_import, run_import
from services.inspecting import inspect_for
from services.known_layers import fetch_known_geometries
from tests.services.desks import HOME, SAMPLE, bring, records_of, refused


def stored_xy(desk: Desk, type_id: str = "road_segment") -> np.ndarray:
    return np.vstack([shapely.get_coordinates(record.geometry) for record in records_of(desk, type_id)])


def write_table(path: Path, xy: np.ndarray, decimals: int = 4) -> Path:
    """Write points as offices do: X (north) before Y (east)."""
    rows = [f"P{place};{north:.{decimals}f};{east:.{decimals}f}" for place, (east, north) in enumerate(xy.tolist())]
    path.write_text("\n".join(["ten;X;Y", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("truth", [WGS84, VN2000_GEOGRAPHIC], ids=lambda system: system.datum)
def test_stored_roads_decide_the_datum_and_the_points_come_to_lie_on_them(
    filled: Desk, tmp_path: Path, truth: object
) -> None:
    xy = stored_xy(filled)[:60]
    path = write_table(tmp_path / "tim_duong.csv", transform_xy(xy, HOME, truth), decimals=10)
    plan = propose_import(filled, path, type_id="survey_point")
    assert (plan.system, plan.proposals[0].reason_code) == (truth, "CRS-KNOWN")
    before = {record.uid for record in records_of(filled, "survey_point")}
    report = run_import(filled, plan)
    fresh = [record for record in records_of(filled, "survey_point") if record.uid not in before]
    assert report.written == len(fresh) == 60
    placed = np.vstack([shapely.get_coordinates(record.geometry) for record in fresh])
    assert np.abs(placed - xy).max() <= 1e-4
    lineage = fresh[0].lineage
    assert lineage.datum_operation == ("VN2000-QD05-2007-CF" if truth == WGS84 else "none")
    assert (lineage.src_crs, lineage.raw_coordinates) == (plan.system.id, path.read_text("utf-8").splitlines()[1])


def test_records_of_the_same_file_prove_nothing(filled: Desk) -> None:
    everything = fetch_known_geometries(filled, beside="tệp khác.shp")
    without = fetch_known_geometries(filled, beside="duong_cu.shp")
    roads = len(records_of(filled, "road_segment"))
    assert len(everything) - len(without) == roads > 0
    few = fetch_known_geometries(filled, beside="", most=20)
    assert 0 < len(few) <= 40


def test_digits_left_off_are_put_back_and_the_raw_row_stays(filled: Desk, tmp_path: Path) -> None:
    xy = stored_xy(filled)[:50]
    shift = np.floor(xy.min(axis=0) / 1e5) * 1e5
    assert (np.floor(xy / 1e5) * 1e5 == shift).all()
    path = write_table(tmp_path / "rut_gon.csv", xy - shift)
    plan = propose_import(filled, path, type_id="survey_point")
    assert (plan.system, plan.shift) == (HOME, tuple(shift.tolist()))
    assert plan.as_dict()["shift"] == shift.tolist()
    report = run_import(filled, plan)
    assert report.written == 50
    placed = records_of(filled, "survey_point")[-50:]
    assert np.abs(np.vstack([shapely.get_coordinates(record.geometry) for record in placed]) - xy).max() <= 1e-4
    assert placed[0].lineage.raw_coordinates == path.read_text("utf-8").splitlines()[1]


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_millimetres_and_kilometres_come_in(filled: Desk, tmp_path: Path, factor: float) -> None:
    xy = stored_xy(filled)[:50]
    path = write_table(tmp_path / "don_vi.csv", xy * factor, decimals=8)
    plan = propose_import(filled, path, type_id="survey_point")
    assert (plan.system, plan.scale) == (HOME, 1 / factor)
    assert run_import(filled, plan).written == 50
    placed = records_of(filled, "survey_point")[-50:]
    assert np.abs(np.vstack([shapely.get_coordinates(record.geometry) for record in placed]) - xy).max() <= 1e-4


def test_hanoi_72_is_refused_in_words(filled: Desk, tmp_path: Path) -> None:
    xy = transform_xy(stored_xy(filled)[:20], HOME, tm_system(105.0, 6)) + [18e6, 0]
    plan = propose_import(filled, write_table(tmp_path / "hn72.csv", xy), type_id="survey_point")
    assert [item.reason_code for item in plan.proposals] == ["CRS-HANOI72"]
    for language in ("vi", "en"):
        use_language(language)
        error = refused("CRS-UNSUPPORTED", lambda: run_import(filled, plan))
        assert "HN-72" in str(error)
    use_language("vi")


def test_what_known_records_speak_against_can_still_be_taken(filled: Desk, tmp_path: Path) -> None:
    xy = transform_xy(stored_xy(filled)[:40], HOME, WGS84)
    path = write_table(tmp_path / "gps.csv", xy, decimals=10)
    plan = propose_import(filled, path, type_id="survey_point", system=VN2000_GEOGRAPHIC)
    assert plan.system == VN2000_GEOGRAPHIC
    assert run_import(filled, plan).written == 40


def test_an_inspection_tells_the_residual_to_what_is_there(filled: Desk, tmp_path: Path) -> None:
    xy = transform_xy(stored_xy(filled)[:40], HOME, WGS84)
    [layer] = inspect_for(filled, write_table(tmp_path / "gps.csv", xy, decimals=10)).layers
    plain = layer.as_dict()["proposals"]
    assert [item["crs"] for item in plain[:2]] == ["EPSG:4326", "EPSG:4756"]
    assert plain[0]["known_m"] < 0.1 < 30 < plain[1]["known_m"]


def test_ghosts_lie_where_the_import_would_lay_the_file(desk: Desk) -> None:
    plan = propose_import(desk, SAMPLE / "duong_cu.shp", type_id="road_segment")
    scene = build_scene(desk, plan.reading.table)
    ghost = scene.place(Reading(plan.system, plan.swapped, plan.scale, plan.shift))
    bring(desk, SAMPLE / "duong_cu.shp", "road_segment")
    assert np.allclose(np.vstack([shapely.get_coordinates(shape) for shape in ghost]), stored_xy(desk), atol=1e-4)
    away = scene.place(Reading(tm_system(107.0)))
    assert np.abs(shapely.get_coordinates(away) - shapely.get_coordinates(ghost)).max() > 20_000
    assert scene.place(Reading(WGS84)) is None
    assert len(scene.boundary) == 1
