"""Coordinate tables and places from the command line."""

from pathlib import Path

import pytest

from tests.cli.running import Done, run
from tests.services.desks import sample_line, sample_square, write_roads

Made = tuple[Path, Done]


@pytest.fixture(scope="module")
def workspace(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tọa độ")
    values = {"ten": "Lê Lợi", "tu_km": 1, "den_km": 1.5}
    road = write_roads(folder / "đường.geojson", [(values, sample_line((0, 0), (500, 0)))])
    lot = write_roads(folder / "khoanh.geojson", [({"ten": "Khoanh 1"}, sample_square(0, 0, 60))])
    for path, kind in ((road, "road_segment"), (lot, "land_use_plan_area")):
        assert run("import", made[0], path, "--type", kind).code == 0
    return made[0]


def newest(workspace: Path, kind: str) -> dict:
    return run("list", workspace, kind, "--json").document("list")[-1]


def test_a_table_goes_out_and_comes_in_again(workspace: Path, tmp_path: Path) -> None:
    lot = newest(workspace, "land_use_plan_area")
    printed = run("coordinates", workspace, lot["uid"])
    assert printed.out.splitlines()[2] == "Số hiệu điểm\tX (m)\tY (m)\tChiều dài cạnh S (m)"
    found = run("coordinates", workspace, lot["uid"], "--json").document("coordinates")
    corners = found["parts"][0]["corners"]
    assert [corner["point"] for corner in corners] == ["1", "2", "3", "4", "1"]
    assert [corner["edge_m"] for corner in corners] == [pytest.approx(60, abs=0.01)] * 4 + [None]
    assert found["area_m2"] == pytest.approx(3600, abs=1)
    assert found["ellipsoidal_formula"] == "Karney 2013"
    assert found["ellipsoidal_area_m2"] == pytest.approx(3600 / 0.9999**2, rel=1e-3)
    degrees = run("coordinates", workspace, lot["uid"], "--crs", "4326", "--json").document("coordinates")
    assert 21 < degrees["parts"][0]["corners"][0]["north"] < 24

    file = tmp_path / "bảng.txt"
    file.write_text(printed.out, encoding="utf-8")
    dry = run("set-geometry", workspace, lot["uid"], file, "--dry-run", "--json").document("set-geometry")
    assert (dry["written"], dry["corners"], dry["warnings"]) == (False, 5, [])
    assert run("set-geometry", workspace, lot["uid"], file).code == 0
    assert newest(workspace, "land_use_plan_area")["geometry"] == lot["geometry"]


def test_a_doubtful_table_warns_and_strictly_is_refused(workspace: Path, tmp_path: Path) -> None:
    lot = newest(workspace, "land_use_plan_area")
    lines = run("coordinates", workspace, lot["uid"]).out.splitlines()
    label, north, east, edge = lines[4].split("\t")
    whole, _, rest = east.partition(",")
    lines[4] = "\t".join([label, north, f"{int(whole) + 7},{rest}", edge])
    file = tmp_path / "bảng.txt"
    file.write_text("\n".join(lines), encoding="utf-8")
    done = run("set-geometry", workspace, lot["uid"], file, "--strict", "--json")
    found = done.document("set-geometry")
    assert (done.code, found["written"]) == (1, False)
    assert {problem["row"] for problem in found["warnings"] if problem["row"]} >= {5}
    assert newest(workspace, "land_use_plan_area")["geometry"] == lot["geometry"]
    file.write_text("chỉ có chữ\nhai dòng", encoding="utf-8")
    assert run("set-geometry", workspace, lot["uid"], file).code == 2


def test_places_are_found_and_kept(workspace: Path) -> None:
    (place,) = run("locate", workspace, "Km1+200 Lê Lợi", "--json").document("locate")
    assert place["kind"] == "chainage"
    text = f"{place['latitude']:.9f} {place['longitude']:.9f}"
    (again,) = run("locate", workspace, text, "--json").document("locate")
    assert again["north"] == pytest.approx(place["north"], abs=2e-3)
    assert "X (Bắc)" in run("locate", workspace, text).out
    added = run("bookmarks", workspace, "--add", "Cọc", "--at", text, "--json").document("bookmarks")
    assert [one["name"] for one in added] == ["Cọc"]
    assert "Cọc" in run("bookmarks", workspace).out
    assert run("bookmarks", workspace, "--remove", "Cọc", "--json").document("bookmarks") == []
    assert run("bookmarks", workspace, "--add", "Cọc").code == 2
    assert run("locate", workspace, "không có").code == 2
