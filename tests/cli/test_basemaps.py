from pathlib import Path

import pytest
from PIL import Image

from tests.cli.running import SAMPLE, run
from tests.exchange.raster_samples import marked_tiles, write_mbtiles

COMMUNE = "01153"


@pytest.mark.usefixtures("_own_config")
def test_a_base_map_is_added_listed_changed_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "sổ"
    run("new", str(folder), "--commune", COMMUNE, "--boundary", str(SAMPLE / "ranh_gioi_xa.geojson"))
    path = write_mbtiles(tmp_path / "nền.mbtiles", marked_tiles((104.9, 22.4), range(9, 12)), {"name": "Nền"})
    added = run("basemap", "add", str(folder), str(path), "--json").document("basemap add")
    assert added["title"] == "Nền"
    assert added["copied"] is True
    run("basemap", "set", str(folder), "Nền", "--opacity", "30", "--hide", "--above")
    (listed,) = run("basemap", "list", str(folder), "--json").document("basemap list")
    assert (listed["opacity"], listed["shown"], listed["above"]) == (0.3, False, True)
    assert "30%" in run("basemap", "list", str(folder)).out
    run("basemap", "remove", str(folder), added["id"])
    assert run("basemap", "list", str(folder), "--json").document("basemap list") == []
    refused = run("basemap", "add", str(folder), str(SAMPLE / "ranh_gioi_xa.geojson"))
    assert refused.code == 2
    assert "ranh_gioi_xa.geojson" in refused.err


@pytest.mark.usefixtures("_own_config")
def test_a_scanned_drawing_is_laid(tmp_path: Path) -> None:
    folder = tmp_path / "sổ"
    run("new", str(folder), "--commune", COMMUNE, "--boundary", str(SAMPLE / "ranh_gioi_xa.geojson"))
    picture = tmp_path / "qh.png"
    Image.new("RGB", (600, 400), "white").save(picture)
    points = tmp_path / "diem.txt"
    rows = [(50, 50), (550, 60), (540, 350), (60, 340)]
    points.write_text(
        "\n".join(f"{column}; {row}; {2_481_000 - row / 2}; {385_000 + column / 2}" for column, row in rows), "utf-8"
    )
    laid = run("basemap", "lay", str(folder), str(picture), "--points", str(points), "--json").document("basemap lay")
    assert (laid["fit"], laid["rms_m"], laid["remarks"]) == ("affine", 0.0, [])
    assert laid["pixel_m"] == pytest.approx(0.5)
    assert laid["basemap"]["bounds"] == pytest.approx([385_000, 2_480_800, 385_300, 2_481_000], abs=1e-3)
    told = run("basemap", "lay", str(folder), str(picture), "--points", str(points), "--fit", "helmert")
    assert "4 điểm" in told.out
    points.write_text("1; 2; 3", "utf-8")
    refused = run("basemap", "lay", str(folder), str(picture), "--points", str(points))
    assert (refused.code, "diem.txt" in refused.err) == (2, True)
