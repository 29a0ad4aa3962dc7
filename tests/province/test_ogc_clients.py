"""Other people's programs read the gateway: GDAL and QGIS."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import shapely

from forms.content import GEOMETRY, LINEAGE
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, epsg_system
from tests.databases import NewDatabase
from tests.province.ogc_webs import NAMES, Web, ogc_web
from tests.province.samples import line

QGIS = Path(__file__).parent / "qgis_reader.py"


@pytest.fixture(scope="module")
def web(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with ogc_web(new_database, tmp_path_factory.mktemp("tỉnh")) as found:
        yield found


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="gdal-bin is not installed")
@pytest.mark.parametrize("crs", ["CRS84", "EPSG:9211"])
def test_gdal_reads_everything(web: Web, tmp_path: Path, crs: str) -> None:
    """GDAL follows the pages, with the key in the address, and puts coordinates where they are."""
    out = tmp_path / "roads.json"
    more = [] if crs == "CRS84" else ["-oo", f"CRS={crs}"]
    source = f"OAPIF:{web.url}/ogc?key={web.key}"
    command = ["ogr2ogr", "-f", "GeoJSONSeq", "-t_srs", "EPSG:4326", out, source, "road_segment"]
    done = subprocess.run([*command, "-oo", "PAGE_SIZE=2", *more], capture_output=True, text=True, check=False)
    if more and "CRS" in done.stderr:
        with suppress(FileNotFoundError):
            out.unlink()
        done = subprocess.run([*command, "-oo", "PAGE_SIZE=2"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    features = [json.loads(text.strip("\x1e")) for text in out.read_text(encoding="utf-8").splitlines() if text]
    assert sorted(feature["properties"]["name"] for feature in features) == sorted(NAMES)
    for feature in features:
        place = NAMES.index(feature["properties"]["name"])
        expected = transform_geometries(line(place), epsg_system(9211), WGS84)
        found = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert np.abs(shapely.get_coordinates(found) - shapely.get_coordinates(expected)).max() < 1e-6
    assert not {GEOMETRY, LINEAGE} & set(features[0]["properties"])


def test_qgis_reads_everything(web: Web, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"}
    python = "/usr/bin/python3"
    known = subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False, env=environment)
    if known.returncode:
        pytest.skip("QGIS is not installed")
    done = subprocess.run(
        [python, QGIS, web.url, web.key, "road_segment"], capture_output=True, text=True, check=False, env=environment
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found["features"]) == set(NAMES)
    for name, points in found["features"].items():
        expected = transform_geometries(line(NAMES.index(name)), epsg_system(9211), WGS84)
        assert np.abs(np.array(points) - shapely.get_coordinates(expected)).max() < 1e-6
