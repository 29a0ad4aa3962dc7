from pathlib import Path

import pytest

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
