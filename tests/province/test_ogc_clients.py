"""Other people's programs read the gateway: GDAL and QGIS."""

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
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

MILLIMETRE = 9e-9  # of a degree
QGIS = Path(__file__).parent / "qgis_reader.py"


@pytest.fixture(scope="module")
def web(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with ogc_web(new_database, tmp_path_factory.mktemp("tỉnh")) as found:
        yield found


@pytest.fixture
def read_by_gdal(web: Web, tmp_path: Path) -> Callable[..., dict[str, list[list[float]]]]:
    """Give names and corners, in degrees of WGS 84, of what GDAL reads with options; the key is in the address."""
    if shutil.which("ogr2ogr") is None:
        pytest.skip("gdal-bin is not installed")

    def read(*options: str) -> dict[str, list[list[float]]]:
        out = tmp_path / f"{uuid.uuid4().hex}.json"
        source = f"OAPIF:{web.url}/ogc?key={web.key}"
        command = ["ogr2ogr", "-f", "GeoJSONSeq", "-lco", "COORDINATE_PRECISION=12", "-t_srs", "EPSG:4326"]
        command += [str(out), source, "road_segment", "-oo", "PAGE_SIZE=2", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        features = [json.loads(text.strip("\x1e")) for text in out.read_text(encoding="utf-8").splitlines() if text]
        for feature in features:
            assert not {GEOMETRY, LINEAGE} & set(feature["properties"])
        assert len(features) == len({feature["properties"]["name"] for feature in features}), "none comes twice"
        return {feature["properties"]["name"]: feature["geometry"]["coordinates"] for feature in features}

    return read


def _degrees(name: str) -> np.ndarray:
    return shapely.get_coordinates(transform_geometries(line(NAMES.index(name)), epsg_system(9211), WGS84))


def test_gdal_reads_everything(read_by_gdal: Callable[..., dict[str, list[list[float]]]]) -> None:
    """GDAL follows the pages and puts every corner where it is, to a millimetre."""
    found = read_by_gdal()
    assert set(found) == set(NAMES)
    for name, corners in found.items():
        assert np.abs(np.array(corners) - _degrees(name)).max() < MILLIMETRE


def test_gdal_asks_for_another_system(read_by_gdal: Callable[..., dict[str, list[list[float]]]]) -> None:
    """What comes in the zone is the zone's: GDAL's own way back to WGS 84 may be another operation, by decimetres."""
    listed = subprocess.run(["ogrinfo", "--format", "OAPIF"], capture_output=True, text=True, check=False).stdout
    if "'CRS'" not in listed and 'name="CRS"' not in listed:
        pytest.skip("this GDAL does not know OGC API Features Part 2 (3.7 does)")
    found = read_by_gdal("-oo", "CRS=EPSG:9211")
    assert set(found) == set(NAMES)
    for name, corners in found.items():
        assert np.abs(np.array(corners) - _degrees(name)).max() < 1e-4


def test_gdal_chooses_by_place_and_by_field(read_by_gdal: Callable[..., dict[str, list[list[float]]]]) -> None:
    west, south = _degrees(NAMES[3]).min(axis=0)
    east, north = _degrees(NAMES[3]).max(axis=0)
    assert list(read_by_gdal("-spat", *map(repr, map(float, (west, south, east, north))))) == [NAMES[3]]
    assert list(read_by_gdal("-where", "name = 'O''Hara'")) == ["O'Hara"]
    assert set(read_by_gdal("-where", "carriageway_w > 5.5")) == {NAMES[1], NAMES[4]}


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
        assert np.abs(np.array(points) - _degrees(name)).max() < MILLIMETRE
