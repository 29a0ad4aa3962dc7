"""A coordinate that was typed is the same millimetre in the store, in the official table and in every file."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from desktop.exact.plane import EntryPlane
from exchange.reading import inspect_file, read_table
from geodesy.coordinates import format_pair
from geodesy.corner_sheet import build_sheet
from geodesy.datum import transform_geometries, transform_xy
from geodesy.grid import on_grid
from geodesy.numbers import parse_number
from geodesy.systems import WGS84, CoordinateSystem, coded_zones, tm_system
from services.corner_tables import place_corners, read_corners
from services.desk import Desk
from services.editing import insert_record
from services.exporting import export_records
from services.reading import fetch_record
from tests.services.desks import HOME, sample_xy

MM = 0.0005  # rounded to a millimetre it is the same one
ZONES = [zone for zone in coded_zones() if zone.datum == "VN2000"]


def typed(value_mm: int, mark: str) -> str:
    """A coordinate in millimetres as an office types it."""
    whole, rest = divmod(value_mm, 1000)
    groups = f"{whole:,}".replace(",", "." if mark == "," else ",")
    return f"{groups}{mark}{rest:03d}"


@given(
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    st.integers(-80_000_000, 80_000_000),
    st.integers(-300_000_000, 300_000_000),
    st.sampled_from([",", "."]),
)
def test_what_is_typed_in_one_axis_and_kept_in_another_is_shown_as_it_was_typed(
    own: CoordinateSystem, shown: CoordinateSystem, east_off: int, north_off: int, mark: str
) -> None:
    east_mm, north_mm = 500_000_000 + east_off, 1_700_000_000 + north_off
    lon, lat = transform_xy([(east_mm / 1000, north_mm / 1000)], shown, WGS84)[0]
    if not (102.2 < lon < 109.4 and 8.4 < lat < 23.4) or own.axis is None or abs(lon - own.axis) > 3:
        return
    plane = EntryPlane(own, shown)
    kept = plane.to_own([plane.read_pair(typed(north_mm, mark), typed(east_mm, mark))])
    assert (kept == np.round(kept, 4)).all()
    again = kept if own == shown else transform_xy(kept, own, shown)
    north, east = (parse_number(text, ",") for text in format_pair(*again[0].tolist(), shown))
    assert (round(east * 1000), round(north * 1000)) == (east_mm, north_mm)


CORNERS = st.lists(
    st.tuples(st.integers(0, 400_000), st.integers(0, 400_000)), min_size=3, max_size=12, unique=True
)  # millimetres


@pytest.mark.parametrize("zone", [HOME, tm_system(104.5), tm_system(105.5), tm_system(107.75)])
def test_typed_stored_listed_and_exported_it_is_the_same_millimetre(
    desk: Desk, tmp_path: Path, zone: CoordinateSystem
) -> None:
    """Typed in ``zone``; kept in the commune's; listed in both; exported to files, and read from them."""
    middle = sample_xy([(0, 0)], zone)[0]
    turns = np.sort(np.random.default_rng(int(zone.axis * 4)).uniform(0, 2 * np.pi, 40))
    mm = np.round((np.column_stack([np.cos(turns), np.sin(turns)]) * 180 + middle) * 1000).astype(int)
    plane = EntryPlane(HOME, zone)
    points = [plane.read_pair(typed(north, ","), typed(east, ",")) for east, north in mm.tolist()]
    kept = plane.to_own(points)
    shape = shapely.Polygon(kept)
    uid = insert_record(desk, "planning_boundary", {"name": "Khu"}, shape).record.uid
    stored = fetch_record(desk, uid).geometry
    assert shapely.to_wkb(stored.geoms[0]) == shapely.to_wkb(shape), "the store changes nothing"
    sheet = build_sheet(stored, HOME, zone)
    listed = [(round(row.east * 1000), round(row.north * 1000)) for row in sheet.paths[0].rows[:-1]]
    assert set(listed) == set(map(tuple, mm.tolist()))
    for text in (("x", sheet.html("vi")), (sheet.text("en"), "")):
        read = read_corners(desk, text, system=zone)
        found = place_corners(desk, read, zone, "polygon").geometry
        assert np.abs(ring_of(found) - ring_of(stored)).max() < MM
    for kind in ("gpkg", "shp", "csv"):
        found = exported(desk, tmp_path / f"khu.{kind}", kind, HOME)
        assert np.abs(ring_of(found) - ring_of(stored)).max() < 1e-7, kind
    expected = ring_of(transform_geometries(np.array([stored]), HOME, WGS84)[0])
    for kind in ("geojson", "kml"):
        lonlat = ring_of(exported(desk, tmp_path / f"khu.{kind}", kind, WGS84))
        assert np.abs(lonlat - expected).max() < 1e-9, f"{kind}: a tenth of a millimetre"


def ring_of(shape: shapely.Geometry) -> np.ndarray:
    """The corners of a polygon, whichever it begins with and whichever way round."""
    xy = shapely.get_coordinates(shape)
    return xy[np.lexsort(np.round(xy, 7).T)]


def exported(desk: Desk, path: Path, kind: str, system: CoordinateSystem) -> shapely.Geometry:
    """The one polygon of an exported file, which must say that it lies in ``system``."""
    written = export_records(desk, path, kind, type_ids=["planning_boundary"]).files[0]
    if kind == "csv":
        text = written.read_text(encoding="utf-8-sig")
        return shapely.from_wkt(text[text.index("MULTIPOLYGON") :].split('"')[0])
    layers = [layer.name for layer in inspect_file(written).layers if layer.geometry]
    table = read_table(written, layers[0])
    assert table.geometries is not None
    assert table.declared in (system, None)
    return table.geometries[0]


@given(CORNERS)
def test_the_grid_of_the_store_keeps_whole_millimetres(corners: list[tuple[int, int]]) -> None:
    xy = np.array(corners) / 1000 + (437_000, 2_487_000)
    kept = shapely.get_coordinates(on_grid(shapely.MultiPoint(xy)))
    assert (np.round(kept * 1000) == np.round(xy * 1000)).all()
    assert np.abs(kept - xy).max() < 1e-9
