"""Data to measure on, made anew and the same each time: polygons of 13 vertices with five fields."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import shapely

WEST, SOUTH = 430_000.0, 2_475_000.0
EPSG = 9211
CODES = ("LUC", "LUK", "HNK", "CLN", "RSX", "RPH", "NTS", "ONT", "DGT", "TSC", "NTD", "SON")
NAMES = ("Thôn Minh Tâm", "Xóm Đồng Bằng", "Khu Đội Cấn", "Thôn Tân Thành", "Bản Nà Đường", "Thôn Vĩnh Phúc")


def build_polygons(count: int, *, seed: int = 7) -> np.ndarray:
    """Return ``count`` valid polygons of 13 vertices on a grid of 60 m cells, east and north in metres."""
    random = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    places = np.arange(count)
    centres = np.stack([WEST + 60.0 * (places % side), SOUTH + 60.0 * (places // side)], axis=1)
    angles = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    radii = random.uniform(18.0, 29.0, (count, 12, 1))
    rings = centres[:, None, :] + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)[None]
    rings = np.concatenate([rings, rings[:, :1]], axis=1)
    return shapely.multipolygons(shapely.polygons(rings)[:, None])


def write_geopackage(path: Path, count: int) -> Path:
    """Write the polygons to a GeoPackage as another program would, in the zone of axis 106°00'."""
    import pyogrio.raw

    random = np.random.default_rng(11)
    fields = [
        np.array([f"{NAMES[place % len(NAMES)]} {place}" for place in range(count)], dtype=object),
        np.array([CODES[place] for place in random.integers(0, len(CODES), count)], dtype=object),
        np.array([CODES[place] for place in random.integers(0, len(CODES), count)], dtype=object),
        random.integers(2026, 2031, count),
        np.array([f"{place}" for place in range(count)], dtype=object),
    ]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(build_polygons(count)),
        field_data=fields,
        fields=["name", "code_current", "code_plan", "year_target", "parcel_no"],
        layer="land_use_plan_area",
        driver="GPKG",
        geometry_type="MultiPolygon",
        crs=f"EPSG:{EPSG}",
    )
    return path


def installed(program: str) -> str | None:
    """Return the path of a program that this computer has, or ``None``."""
    return shutil.which(program)


def run(*command: str) -> None:
    """Run a peer to its end; its failure is ours."""
    subprocess.run(command, check=True, capture_output=True)
