"""Data to measure on, made anew and the same each time: polygons of 13 vertices, lines of ten, points; five fields."""

import shutil
import subprocess
from pathlib import Path
from typing import Literal

import numpy as np
import shapely

WEST, SOUTH = 430_000.0, 2_475_000.0
EPSG = 9211
CODES = ("LUC", "LUK", "HNK", "CLN", "RSX", "RPH", "NTS", "ONT", "DGT", "TSC", "NTD", "SON")
NAMES = ("Thôn Minh Tâm", "Xóm Đồng Bằng", "Khu Đội Cấn", "Thôn Tân Thành", "Bản Nà Đường", "Thôn Vĩnh Phúc")


Shape = Literal["polygon", "line", "point"]
LAYERS: dict[Shape, str] = {"polygon": "land_use_plan_area", "line": "telecom_line", "point": "survey_point"}
_OGC = {"polygon": "MultiPolygon", "line": "LineString", "point": "Point"}


def build_shapes(shape: Shape, count: int, *, seed: int = 7) -> np.ndarray:
    """Return ``count`` geometries of a shape on a grid of 60 m cells, east and north in metres."""
    return {"polygon": build_polygons, "line": build_lines, "point": build_points}[shape](count, seed=seed)


def build_polygons(count: int, *, seed: int = 7) -> np.ndarray:
    """Return ``count`` valid polygons of 13 vertices on a grid of 60 m cells, east and north in metres."""
    random = np.random.default_rng(seed)
    angles = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    radii = random.uniform(18.0, 29.0, (count, 12, 1))
    rings = _centres(count)[:, None, :] + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)[None]
    rings = np.concatenate([rings, rings[:, :1]], axis=1)
    return shapely.multipolygons(shapely.polygons(rings)[:, None])


def build_lines(count: int, *, seed: int = 7) -> np.ndarray:
    """Return ``count`` lines of ten vertices, each across its cell of 60 m."""
    random = np.random.default_rng(seed)
    steps = random.uniform(-1.0, 1.0, (count, 10, 2)) * (3.0, 18.0)
    steps[:, :, 0] += np.linspace(-30.0, 30.0, 10)
    return shapely.linestrings(_centres(count)[:, None, :] + steps)


def build_points(count: int, *, seed: int = 7) -> np.ndarray:
    """Return ``count`` points, each somewhere in its cell of 60 m."""
    return shapely.points(_centres(count) + np.random.default_rng(seed).uniform(-29.0, 29.0, (count, 2)))


def codes_of(count: int) -> np.ndarray:
    """Return the codes of ``code_plan`` as ``write_geopackage`` writes them."""
    random = np.random.default_rng(11)
    random.integers(0, len(CODES), count)
    return np.array(CODES, dtype=object)[random.integers(0, len(CODES), count)]


def _centres(count: int) -> np.ndarray:
    side = int(np.ceil(np.sqrt(count)))
    places = np.arange(count)
    return np.stack([WEST + 60.0 * (places % side), SOUTH + 60.0 * (places // side)], axis=1)


def write_geopackage(path: Path, count: int, shape: Shape = "polygon") -> Path:
    """Write geometries to a GeoPackage as another program would, in the zone of axis 106°00'."""
    import pyogrio.raw

    random = np.random.default_rng(11)
    fields = [
        np.array([f"{NAMES[place % len(NAMES)]} {place}" for place in range(count)], dtype=object),
        np.array([CODES[place] for place in random.integers(0, len(CODES), count)], dtype=object),
        codes_of(count),
        np.random.default_rng(13).integers(2026, 2031, count),
        np.array([f"{place}" for place in range(count)], dtype=object),
    ]
    names = ["name", "code_current", "code_plan", "year_target", "parcel_no"]
    if shape != "polygon":
        fields, names = fields[:1], names[:1]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(build_shapes(shape, count)),
        field_data=fields,
        fields=names,
        layer=LAYERS[shape],
        driver="GPKG",
        geometry_type=_OGC[shape],
        crs=f"EPSG:{EPSG}",
    )
    return path


def installed(program: str) -> str | None:
    """Return the path of a program that this computer has, or ``None``."""
    return shutil.which(program)


def run(*command: str) -> None:
    """Run a peer to its end; its failure is ours."""
    subprocess.run(command, check=True, capture_output=True)
