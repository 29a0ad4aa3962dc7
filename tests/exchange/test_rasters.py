import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, UserError
from exchange.raster_facts import RasterFacts
from exchange.rasters import RasterReader, inspect_raster, read_sidecars, write_overview
from geodesy.datum import transform_xy
from geodesy.meshes import ToSource, build_mesh, to_picture, to_world_square
from geodesy.placements import Placement
from geodesy.systems import WGS84, CoordinateSystem, system_from_wkt, tm_system
from tests.exchange.raster_samples import (
    blob,
    encoded,
    marked_tiles,
    middle_of_mark,
    write_mbtiles,
    write_pmtiles,
    write_tiff,
)

HOME = tm_system(105.5)
MARK = (105.3512345, 21.4321)  # WGS 84
EAST, NORTH = transform_xy([MARK], WGS84, HOME)[0].tolist()
AROUND = (105.3, 21.4, 105.4, 21.5)

WIDE, HIGH = 420, 300


def seen_mark(path: Path, to_source: ToSource, metres_per_pixel: float, overview: Path | None = None) -> np.ndarray:
    """By how many target pixels the mark of ``path`` is off its place when a window of some scale is read."""
    facts = inspect_raster(path)
    west, north = EAST - 0.4 * WIDE * metres_per_pixel, NORTH + 0.6 * HIGH * metres_per_pixel
    bounds = (west, north - HIGH * metres_per_pixel, west + WIDE * metres_per_pixel, north)
    reader = RasterReader(path, facts, overview)
    try:
        found = reader.read(build_mesh(bounds, WIDE, HIGH, to_source), WIDE, HIGH)
    finally:
        reader.close()
    return np.array(middle_of_mark(found.pixels)) - [0.4 * WIDE, 0.6 * HIGH]


@pytest.mark.parametrize("kind", ["mbtiles", "view", "pmtiles"])
def test_a_mark_in_tiles_lies_where_the_pinned_operation_puts_it(tmp_path: Path, kind: str) -> None:
    tiles = marked_tiles(MARK, range(11, 18))
    if kind == "pmtiles":
        path = write_pmtiles(tmp_path / "a.pmtiles", tiles, AROUND)
    else:
        path = write_mbtiles(tmp_path / "a.mbtiles", tiles, by_view=kind == "view")
    for metres_per_pixel in (0.95, 1.5, 7.0, 33.0):
        off = seen_mark(path, to_world_square(HOME), metres_per_pixel)
        assert np.abs(off).max() < 0.1, metres_per_pixel


def test_without_the_datum_operation_the_mark_would_be_200_metres_away() -> None:
    plain = transform_xy([MARK], WGS84, tm_system(105.5, 3, "WGS84"))[0]
    assert 150 < np.hypot(*(plain - [EAST, NORTH])) < 300


@pytest.mark.parametrize(
    "system", [tm_system(105.5), tm_system(104.75), tm_system(105.0, 6, "VN2000"), tm_system(105.0, 6, "WGS84"), WGS84]
)
def test_a_mark_in_a_geotiff_of_any_system_lies_in_its_place(tmp_path: Path, system: CoordinateSystem) -> None:
    at = transform_xy([MARK], WGS84, system)[0]
    size = 0.00001 if system.kind == "geographic" else 1.0
    placement = Placement(size, 0.0, at[0] - 301.3 * size, 0.0, -size, at[1] + 199.6 * size)
    picture = blob(600, 400, (301.3, 199.6), spread=4.0)
    path = write_tiff(
        tmp_path / "a.tif", picture, transform=placement.numbers, crs=f"EPSG:{system.epsg}", compress="deflate"
    )
    facts = inspect_raster(path)
    assert (facts.width, facts.height) == (600, 400)
    assert facts.affine == pytest.approx(placement.numbers, rel=1e-12)
    assert system_from_wkt(facts.wkt) == system
    off = seen_mark(path, to_picture(HOME, system, Placement(*facts.affine)), 1.1)
    assert np.abs(off).max() < 0.25


def test_a_turned_picture_with_a_world_file_lies_in_its_place(tmp_path: Path) -> None:
    angle, size = np.radians(17), 0.8
    a, d, b, e = size * np.cos(angle), -size * np.sin(angle), -size * np.sin(angle), -size * np.cos(angle)
    column, row = 310.2, 205.7
    placement = Placement(a, b, EAST - a * column - b * row, d, e, NORTH - d * column - e * row)
    path = tmp_path / "bản vẽ.png"
    path.write_bytes(encoded(blob(600, 400, (column, row), spread=4.0)))
    middle = placement.to_plane([(0.5, 0.5)])[0]
    lines = (a, d, b, e, *middle)
    (tmp_path / "bản vẽ.pgw").write_text("\r\n".join(f"{line:.12f}".replace(".", ",") for line in lines))
    found, wkt = read_sidecars(path)
    assert wkt == ""
    assert found is not None
    assert found.numbers == pytest.approx(placement.numbers, abs=1e-6)
    assert np.abs(seen_mark(path, to_picture(HOME, HOME, found), 1.3)).max() < 0.25


def test_a_world_file_of_nonsense_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(blob(80, 80, (40, 40))))
    for text in ("", "1\n0\n0\n1\n5", "1\n1\n1\n1\n5\n5\n", "nan\n0\n0\n-1\n5\n5", "0\n0\n0\n0\n5\n5", "x" * 50):
        (tmp_path / "a.pgw").write_text(text)
        with pytest.raises(UserError) as refused:
            read_sidecars(path)
        assert refused.value.code == "RASTER-WORLD-FILE"


def window_of(path: Path, box: tuple[float, float, float, float], width: int, height: int) -> np.ndarray:
    """A window of a picture in its own pixels."""
    left, top, right, bottom = box
    x, y = np.meshgrid([left, right], [top, bottom])
    reader = RasterReader(path, inspect_raster(path))
    try:
        return reader.read(np.dstack([x, y]).astype(float), width, height).pixels
    finally:
        reader.close()


def test_colours_of_every_kind_of_picture(tmp_path: Path) -> None:
    table = np.zeros((40, 40), np.uint8)
    table[:, 20:] = 1
    by_table = write_tiff(tmp_path / "t.tif", table, colormap={0: (200, 30, 10, 255), 1: (5, 90, 240, 255)})
    assert window_of(by_table, (0, 0, 40, 40), 40, 40)[5, [5, 30]].tolist() == [[200, 30, 10, 255], [5, 90, 240, 255]]
    grey = write_tiff(tmp_path / "g.tif", np.full((40, 40), 77, np.uint8))
    assert window_of(grey, (0, 0, 40, 40), 40, 40)[5, 5].tolist() == [77, 77, 77, 255]
    empty = np.full((40, 40), 7, np.uint8)
    empty[:, 20:] = 0
    with_nothing = write_tiff(tmp_path / "n.tif", empty, nodata=0)
    assert window_of(with_nothing, (0, 0, 40, 40), 40, 40)[5, [5, 30], 3].tolist() == [255, 0]
    clear = np.zeros((40, 40, 4), np.uint8)
    clear[...] = (10, 20, 30, 128)
    half = write_tiff(tmp_path / "a.tif", clear, photometric="RGB", alpha="yes")
    assert window_of(half, (0, 0, 40, 40), 40, 40)[5, 5].tolist() == [10, 20, 30, 128]
    heights = write_tiff(tmp_path / "h.tif", np.linspace(100, 900, 1600, dtype=np.float32).reshape(40, 40))
    ramp = window_of(heights, (0, 0, 40, 40), 40, 40)[:, 20, 0]
    assert ramp[0] == 0
    assert ramp[-1] == 255
    assert (np.diff(ramp.astype(int)) >= 0).all()
    jpeg = tmp_path / "a.jpg"
    jpeg.write_bytes(encoded(np.full((40, 40, 3), (250, 120, 10), np.uint8), "JPEG"))
    assert np.abs(window_of(jpeg, (0, 0, 40, 40), 40, 40)[5, 5].astype(int) - [250, 120, 10, 255]).max() < 4


def test_what_lies_beyond_a_picture_is_transparent(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "g.tif", np.full((40, 40), 77, np.uint8))
    found = window_of(path, (-20, -20, 60, 60), 80, 80)
    assert found[..., 3].sum() == 40 * 40 * 255
    assert found[20:60, 20:60, 3].min() == 255
    assert not window_of(path, (100, 100, 140, 140), 10, 10).any()


def test_a_hole_is_filled_from_the_level_above_and_the_rest_stays_clear(tmp_path: Path) -> None:
    tiles = {
        (0, 0, 0): encoded(np.full((256, 256, 3), 200, np.uint8)),
        (2, 1, 1): encoded(np.zeros((256, 256, 3), np.uint8)),
    }
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles)
    reader = RasterReader(path, inspect_raster(path))
    mesh = np.dstack(np.meshgrid([-0.25, 1.25], [-0.25, 1.25]))
    found = reader.read(mesh, 1536, 1536).pixels
    reader.close()
    assert found[256 + 100, 256 + 100].tolist() == [200, 200, 200, 255]
    assert found[256 + 300, 256 + 300].tolist() == [0, 0, 0, 255]
    assert found[100, 700].tolist() == [0, 0, 0, 0]


def test_a_window_that_needs_too_many_tiles_is_left_empty_and_says_so(tmp_path: Path) -> None:
    tile = encoded(np.zeros((256, 256, 3), np.uint8))
    path = write_mbtiles(tmp_path / "a.mbtiles", {(14, 100, 100): tile, (14, 9000, 9000): tile})
    reader = RasterReader(path, inspect_raster(path))
    found = reader.read(np.dstack(np.meshgrid([0.0, 1.0], [0.0, 1.0])), 256, 256)
    reader.close()
    assert found.is_too_far
    assert not found.pixels.any()


def test_a_large_picture_gets_an_overview_and_is_seen_through_it(tmp_path: Path) -> None:
    side = 9_000
    wide = np.full((side, side), 250, np.uint8)
    column, row = 5_000.0, 4_000.0
    x, y = np.arange(side) + 0.5, np.arange(side) + 0.5
    shade = np.exp(-((x[None, 4500:5500] - column) ** 2 + (y[3500:4500, None] - row) ** 2) / (2 * 60.0**2))
    wide[3500:4500, 4500:5500] = np.round(250 - 240 * shade)
    placement = Placement(0.5, 0.0, EAST - 0.5 * column, 0.0, -0.5, NORTH + 0.5 * row)
    path = write_tiff(tmp_path / "l.tif", wide, transform=placement.numbers, crs="EPSG:9209", compress="lzw")
    facts = inspect_raster(path)
    assert facts.needs_overview
    assert facts.overview_size == (3000, 3000)
    small = tmp_path / "l.overview"
    write_overview(path, facts, small)
    assert small.stat().st_size == 3000 * 3000 * 4
    for overview in (small, None):
        off = seen_mark(path, to_picture(HOME, HOME, placement), 10.0, overview)
        assert np.abs(off).max() < 0.1
    small.write_bytes(b"short")
    with pytest.raises(UserError) as refused:
        seen_mark(path, to_picture(HOME, HOME, placement), 10.0, small)
    assert refused.value.code == "RASTER-OVERVIEW"


def test_an_overview_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            raise Cancelled

    path = write_tiff(tmp_path / "l.tif", np.zeros((40, 5000), np.uint8))
    with pytest.raises(Cancelled):
        write_overview(path, inspect_raster(path), tmp_path / "o", progress=Stop())
    assert [item.name for item in tmp_path.iterdir()] == ["l.tif"]


def test_a_picture_with_overviews_of_its_own_needs_none(tmp_path: Path) -> None:
    import rasterio

    path = write_tiff(tmp_path / "l.tif", np.zeros((5000, 5000), np.uint8), tiled=True, transform=(1, 0, 9, 0, -1, 9))
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4])
    assert not inspect_raster(path).needs_overview


def test_a_reader_goes_on_with_a_new_child_after_the_old_one_died(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "g.tif", np.full((40, 40), 77, np.uint8))
    reader = RasterReader(path, inspect_raster(path))
    mesh = np.dstack(np.meshgrid([0.0, 40.0], [0.0, 40.0]))
    first = reader.read(mesh, 40, 40).pixels
    reader._answers.gi_frame.f_locals["child"].kill()
    assert (reader.read(mesh, 40, 40).pixels == first).all()
    reader.close()
    with pytest.raises(Cancelled):
        reader.read(mesh, 40, 40)


def test_the_parent_holds_one_window_and_no_more(tmp_path: Path) -> None:
    side = 6_000
    path = write_tiff(tmp_path / "l.tif", np.zeros((side, side, 3), np.uint8), tiled=True)
    facts = inspect_raster(path)
    reader = RasterReader(path, facts)
    tracemalloc.start()
    for corner in range(0, 5000, 500):
        x, y = np.meshgrid([corner, corner + 512.0], [corner, corner + 512.0])
        reader.read(np.dstack([x, y]), 512, 512)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    reader.close()
    assert peak < 8 * 512 * 512 * 4


def test_facts_that_cannot_be_are_not_believed() -> None:
    good = RasterFacts("mbtiles", extent=(0.1, 0.1, 0.2, 0.2), max_level=3).as_dict()
    assert RasterFacts.from_dict(good).max_level == 3
    for wrong in (
        {"kind": "exe"},
        {"extent": None},
        {"extent": [0.3, 0.1, 0.2, 0.2]},
        {"extent": [0, 0, float("nan"), 1]},
        {"max_level": 99},
        {"max_level": True},
        {"tile_px": 10**9},
        {"kind": "tiff"},
        {"kind": "tiff", "width": 10**9, "height": 5},
        {"affine": [1, 2, 3]},
    ):
        with pytest.raises((ValueError, TypeError)):
            RasterFacts.from_dict({**good, **wrong})


def test_far_out_every_pixel_of_the_picture_counts(tmp_path: Path) -> None:
    striped = np.zeros((4800, 4800), np.uint8)
    striped[:, ::4] = 255
    path = write_tiff(tmp_path / "s.tif", striped, compress="lzw", transform=(1, 0, 0, 0, -1, 0))
    facts = inspect_raster(path)
    small = tmp_path / "s.overview"
    write_overview(path, facts, small)
    reader = RasterReader(path, facts, small)
    found = reader.read(np.dstack(np.meshgrid([0.0, 4800.0], [0.0, 4800.0])), 60, 60).pixels
    reader.close()
    assert np.abs(found[..., 0].astype(int) - 64).max() <= 3


def test_a_pyramid_without_coarse_levels_is_shrunk_fairly(tmp_path: Path) -> None:
    striped = np.zeros((256, 256, 3), np.uint8)
    striped[:, ::4] = 252
    tiles = {(3, x, y): encoded(striped) for x in range(8) for y in range(8)}
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles)
    reader = RasterReader(path, inspect_raster(path))
    found = reader.read(np.dstack(np.meshgrid([0.0, 1.0], [0.0, 1.0])), 128, 128).pixels
    reader.close()
    assert np.abs(found[..., 0].astype(int) - 63).max() <= 3


def test_line_art_of_one_bit_is_black_on_white_and_grey_from_afar(tmp_path: Path) -> None:
    art = np.ones((800, 800), np.uint8)
    art[:, ::8] = 0
    for photometric in ("MINISBLACK", "MINISWHITE"):
        path = write_tiff(tmp_path / f"{photometric}.tif", art, nbits=1, compress="CCITTFAX4", photometric=photometric)
        near = window_of(path, (0, 0, 16, 16), 16, 16)[8, :, 0].tolist()
        paper, ink = (255, 0) if photometric == "MINISBLACK" else (0, 255)
        assert near == [ink, *[paper] * 7] * 2
        far = window_of(path, (0, 0, 800, 800), 100, 100)[..., 0]
        wanted = 255 * 7 / 8 if photometric == "MINISBLACK" else 255 / 8
        assert abs(float(far.mean()) - wanted) < 3


def test_sixteen_bits_are_stretched_inks_turned_into_light_and_complex_numbers_refused(tmp_path: Path) -> None:
    ramp = np.linspace(1000, 3000, 10_000).astype(np.uint16).reshape(100, 100)
    deep = write_tiff(tmp_path / "16.tif", np.dstack([ramp, ramp, ramp]), photometric="RGB")
    found = window_of(deep, (0, 0, 100, 100), 100, 100)
    assert found[1, 1, 0] < 5
    assert found[98, 98, 0] > 250
    ink = write_tiff(tmp_path / "cmyk.tif", np.zeros((20, 20, 4), np.uint8), photometric="CMYK")
    assert window_of(ink, (0, 0, 20, 20), 20, 20)[5, 5].tolist() == [255, 255, 255, 255]
    waves = write_tiff(tmp_path / "waves.tif", np.zeros((20, 20), np.complex64))
    with pytest.raises(UserError) as refused:
        inspect_raster(waves)
    assert refused.value.code == "RASTER-COLOURS"
