"""The first look at large field files, which the import page shows, and reading them whole, which follows it."""

import tempfile
from functools import partial
from pathlib import Path

import pyogrio.raw
import shapely

from benchmarks.figures import Figure, median_seconds
from benchmarks.samples import build_points, write_geopackage
from forms.administration import choose_commune
from services.inspecting import inspect

SIZE = 100_000
COPIES = {".geojson": "GeoJSON", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf", ".gml": "GML", ".mif": "MapInfo File"}


def measure() -> list[Figure]:
    """Return two figures for each format: the first look, and the whole reading that follows it."""
    commune = choose_commune("01153")
    figures = []
    with tempfile.TemporaryDirectory() as name:
        for path in _files(Path(name)):
            for quick in (True, False):
                title = f"{path.suffix[1:]}: {'first look' if quick else 'read whole'}"
                look = partial(inspect, path, commune, quick=quick)
                figures.append(Figure(title, "s", median_seconds(look, 3 if quick else 1), size=SIZE))
    return figures


def _files(folder: Path) -> list[Path]:
    made = [write_geopackage(folder / "a.gpkg", SIZE), folder / "a.csv"]
    rows = [f"P{at};{y:.3f};{x:.3f}" for at, (x, y) in enumerate(shapely.get_coordinates(build_points(SIZE)).tolist())]
    made[1].write_text("\n".join(["point;X;Y", *rows]) + "\n", encoding="utf-8")
    meta, _, geometry, fields = pyogrio.raw.read(made[0])
    for suffix, driver in COPIES.items():
        made.append(folder / f"a{suffix}")
        facts = {"fields": [str(field)[:10] for field in meta["fields"]], "geometry_type": meta["geometry_type"]}
        pyogrio.raw.write(made[-1], geometry=geometry, field_data=fields, driver=driver, crs=meta["crs"], **facts)
    return made
