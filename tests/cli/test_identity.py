"""Units, codes, splitting and merging from the command line."""

import json
from pathlib import Path

import pytest
import shapely

from tests.cli.running import SAMPLE, Done, run
from tests.services.desks import sample_square, write_roads

Made = tuple[Path, Done]


@pytest.fixture(scope="module")
def workspace(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nguồn")
    square = sample_square(0, 0, 60)
    lots = [
        ({"ten": f"Khoanh {place}", "ten_xa": name}, shapely.transform(square, lambda xy, x=60 * place: xy + (x, 0)))
        for place, name in enumerate(("Xã Việt Vinh", "Phường Mỹ Đình 1"))
    ]
    path = write_roads(folder / "khoanh.geojson", lots)
    done = run(
        "import", made[0], path, "--type", "land_use_plan_area", "--unit", "my dinh 1=00592", "--codes", "--json"
    )
    report = done.document("import")
    assert (done.code, report["written"]) == (0, 2), done.err
    assert report["plan"]["units"] == {"my dinh 1": "00592"}
    assert report["plan"]["undecided_units"] == []
    return made[0]


def lots(workspace: Path) -> list[dict]:
    return run("list", workspace, "land_use_plan_area", "--json").document("list")


def test_an_import_fills_codes_and_former_units(workspace: Path) -> None:
    values = [lot["values"] for lot in lots(workspace)]
    assert [one["former_commune_code"] for one in values] == ["01183", "00625"]
    assert len({one["local_code"] for one in values}) == 2
    done = run("codes", workspace, "--json").document("codes")
    assert (done["count"], len(done["mark"])) == (0, 4)
    assert all(one["local_code"].endswith(done["mark"]) for one in values)


def test_units_are_counted_by_either(workspace: Path) -> None:
    today = run("units", workspace, "--json").document("units")
    assert [(row["code"], row["total"]) for row in today] == [("00592", 1), ("01153", 1)]
    former = run("units", workspace, "--by", "former", "--json").document("units")
    assert {row["code"] for row in former} == {"01183", "00625"}
    assert "Xã Việt Vinh" in run("units", workspace, "--by", "former").out


def test_a_unit_is_told(workspace: Path) -> None:
    found = run("unit", "tân trịnh", "--json").document("unit")
    assert found["today"][0]["code"] == "01243"
    assert found["former"][0]["successors"] == [
        {"code": "01243", "name": "Xã Tân Trịnh, Tuyên Quang (01243)", "whole": True, "note": "Nhập toàn bộ"}
    ]
    assert "Xã Tân Trịnh" in run("unit", "01240").out
    assert (run("unit", "không có").code, run("unit", "không có", "--json").code) == (2, 2)


def test_a_lot_is_split_and_merged_again(workspace: Path, tmp_path: Path) -> None:
    lot = lots(workspace)[0]
    whole = shapely.geometry.shape(lot["geometry"])
    west, south, east, north = whole.bounds
    halves = [whole & shapely.box(west, south, west + 20, north), whole & shapely.box(west + 20, south, east, north)]
    features = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(half)} for half in halves]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9211"}}
    path = tmp_path / "phần.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    parts = run("split", workspace, lot["uid"], path, "--json").document("split")
    assert parts[0]["uid"] == lot["uid"]
    assert parts[1]["lineage"]["derived_from"] == [lot["uid"]]
    merged = run("merge", workspace, "--keep", lot["uid"], parts[1]["uid"], "--json").document("merge")
    assert shapely.geometry.shape(merged["geometry"]).area == pytest.approx(whole.area, abs=0.05)
    assert merged["lineage"]["derivation"] == "merge"
    assert run("split", workspace, lot["uid"], SAMPLE / "khoanh_dat.geojson").code == 2
    assert run("merge", workspace, "--keep", lot["uid"], lot["uid"]).code == 2


def test_a_record_is_cut_along_the_line_of_a_file(workspace: Path, tmp_path: Path) -> None:
    lot = lots(workspace)[0]
    west, south, east, north = shapely.geometry.shape(lot["geometry"]).bounds
    middle = (south + north) / 2
    line = shapely.LineString([(west - 5, middle), (east + 5, middle + 3)])
    path = write_roads(tmp_path / "cat.geojson", [({"ten": "cắt"}, line)])
    done = run("split", workspace, lot["uid"], path, "--line", "--json")
    assert done.code == 0, done.err
    parts = done.document("split")
    assert parts[0]["uid"] == lot["uid"]
    assert len(parts) == 2
    shapes = [shapely.geometry.shape(part["geometry"]) for part in parts]
    assert sum(shape.area for shape in shapes) == pytest.approx(shapely.geometry.shape(lot["geometry"]).area, abs=0.05)
    refusal = run("split", workspace, lot["uid"], SAMPLE / "khoanh_dat.geojson", "--line")
    assert refusal.code == 2


def test_an_import_tells_which_columns_it_left_out(made: Made, tmp_path: Path) -> None:
    """A column that the program does not understand is never dropped without a word."""
    lots = [
        ({"khoanh_no": "1", "ma_hien_trang": "LUC", "ghi_gi_do": "a"}, sample_square(0, 0, 20)),
        ({"khoanh_no": "2", "ma_hien_trang": "ODT+CLN", "ghi_gi_do": "b"}, sample_square(20, 0, 20)),
    ]
    path = write_roads(tmp_path / "đất.geojson", lots)
    done = run("import", made[0], path, "--type", "land_use_plan_area", "--dry-run")
    assert done.code == 0, done.err
    left = [line for line in done.out.splitlines() if "bỏ ngoài" in line]
    assert len(left) == 1
    assert "ghi_gi_do" in left[0]
    assert any("ma_hien_trang" in line and "ODT+CLN" in line for line in done.out.splitlines())
    named = run("import", made[0], path, "--type", "land_use_plan_area", "--dry-run", "--map", "name=ghi_gi_do")
    assert "cột ghi_gi_do" not in named.out and "cột ma_hien_trang" in named.out
