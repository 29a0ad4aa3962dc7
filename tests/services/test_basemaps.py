import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, UserError
from core.messages import load_messages
from geodesy.datum import transform_xy
from geodesy.mercator import metres_from_unit, unit_from_lonlat
from geodesy.placements import Placement
from geodesy.systems import WGS84, tm_system
from services.basemap_taking import add_basemap, examine_basemap
from services.basemaps import Basemap, BasemapSource, change_basemap, list_basemaps, remove_basemap
from services.desk import Desk
from services.reading import fetch_boundary
from tests.exchange.raster_samples import (
    blob,
    encoded,
    marked_tiles,
    middle_of_mark,
    write_mbtiles,
    write_pmtiles,
    write_tiff,
)
from tests.services.desks import OLD_AXIS, open_again


def middle_of(desk: Desk) -> tuple[float, float]:
    boundary = fetch_boundary(desk)
    assert boundary is not None
    return boundary.centroid.x, boundary.centroid.y


def lonlat(desk: Desk) -> tuple[float, float]:
    return tuple(transform_xy([middle_of(desk)], desk.system, WGS84)[0].tolist())


def tiles_file(desk: Desk, folder: Path, name: str = "ảnh vệ tinh.mbtiles") -> Path:
    return write_mbtiles(folder / name, marked_tiles(lonlat(desk), range(10, 16)), {"name": "Ảnh vệ tinh"})


def picture_file(desk: Desk, path: Path, *, system=None, crs: str | None = None) -> Path:
    """A TIFF of 400 x 300 m in some system, its mark in the middle of the commune."""
    at = transform_xy([middle_of(desk)], desk.system, system or desk.system)[0]
    placement = Placement(1.0, 0.0, at[0] - 200.5, 0.0, -1.0, at[1] + 150.5)
    return write_tiff(path, blob(400, 300, (200.5, 150.5), 4.0), transform=placement.numbers, crs=crs)


def off_by(desk: Desk, basemap: Basemap, metres_per_pixel: float = 1.0) -> float:
    """By how many pixels the mark is seen beside the middle of the commune."""
    x, y = middle_of(desk)
    half = 100 * metres_per_pixel
    source = BasemapSource(basemap, desk.system)
    try:
        found = source.picture((x - half, y - half, x + half, y + half), 200, 200)
    finally:
        source.close()
    return float(np.hypot(*(np.array(middle_of_mark(found.pixels)) - 100)))


def refused(call, *arguments, **more) -> UserError:
    with pytest.raises(UserError) as failure:
        call(*arguments, **more)
    assert failure.value.code in load_messages()
    return failure.value


def test_tiles_are_copied_shown_and_in_their_place(desk: Desk, tmp_path: Path) -> None:
    added = add_basemap(desk, tiles_file(desk, tmp_path))
    assert added.path == desk.workspace.folder / "basemaps" / "ảnh vệ tinh.mbtiles"
    assert (added.title, added.is_shown, added.is_above, added.opacity, added.trouble) == (
        "Ảnh vệ tinh",
        True,
        False,
        1.0,
        None,
    )
    west, south, east, north = added.bounds
    x, y = middle_of(desk)
    assert west < x < east
    assert south < y < north
    for metres_per_pixel in (2.6, 20.0):
        assert off_by(desk, added, metres_per_pixel) < 0.5


def test_a_pyramid_of_the_whole_world_has_bounds_in_vietnam(desk: Desk, tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "w.pmtiles", {(0, 0, 0): encoded(blob(256, 256, (9, 9)))}, (-180, -85, 180, 85))
    added = add_basemap(desk, path)
    assert np.isfinite(added.bounds).all()
    assert json.dumps(added.as_dict())


def test_pictures_in_every_system_lie_in_their_place(desk: Desk, tmp_path: Path) -> None:
    other_axis = picture_file(desk, tmp_path / "cũ.tif", system=OLD_AXIS, crs=f"EPSG:{OLD_AXIS.epsg}")
    assert off_by(desk, add_basemap(desk, other_axis)) < 0.5
    custom = picture_file(desk, tmp_path / "tự đặt.tif", system=tm_system(105.25))
    assert off_by(desk, add_basemap(desk, custom, system="105°15'")) < 0.5
    x, y = metres_from_unit(unit_from_lonlat([lonlat(desk)]))[0]
    web = write_tiff(
        tmp_path / "web.tif",
        blob(400, 300, (200, 150), 4.0),
        transform=(1, 0, x - 200, 0, -1, y + 150),
        crs="EPSG:3857",
    )
    added = add_basemap(desk, web)
    assert added.system == "EPSG:3857"
    assert off_by(desk, added) < 0.5


def test_a_picture_without_system_is_asked_about_and_the_fitting_one_is_proposed(desk: Desk, tmp_path: Path) -> None:
    path = picture_file(desk, tmp_path / "a.tif", system=OLD_AXIS)
    found = examine_basemap(desk, path)
    assert found.system is None
    assert found.proposals[0].system == OLD_AXIS
    failure = refused(add_basemap, desk, path)
    assert failure.code == "BASEMAP-SYSTEM-WANTED"
    assert f"--crs {OLD_AXIS.id}" in str(failure)
    assert list_basemaps(desk) == []
    assert off_by(desk, add_basemap(desk, path, system=OLD_AXIS.id)) < 0.5


def test_a_system_that_is_named_goes_before_the_one_the_file_names(desk: Desk, tmp_path: Path) -> None:
    wrong = picture_file(desk, tmp_path / "sai.tif", system=OLD_AXIS, crs=f"EPSG:{desk.system.epsg}")
    assert off_by(desk, add_basemap(desk, wrong, system=OLD_AXIS.id)) < 0.5


def test_a_world_file_and_a_prj_place_a_plain_picture(desk: Desk, tmp_path: Path) -> None:
    x, y = middle_of(desk)
    path = tmp_path / "bản vẽ.png"
    path.write_bytes(encoded(blob(200, 200, (100, 100), 4.0)))
    assert refused(add_basemap, desk, path).code == "BASEMAP-NO-PLACE"
    (tmp_path / "bản vẽ.pgw").write_text(f"1\n0\n0\n-1\n{x - 99.5}\n{y + 99.5}\n")
    assert refused(add_basemap, desk, path).code == "BASEMAP-SYSTEM-WANTED"
    from pyproj import CRS

    (tmp_path / "bản vẽ.prj").write_text(CRS.from_epsg(desk.system.epsg).to_wkt("WKT1_ESRI"))
    assert off_by(desk, add_basemap(desk, path)) < 0.5


def test_what_lies_elsewhere_or_in_a_withdrawn_system_is_refused(desk: Desk, tmp_path: Path) -> None:
    far = write_mbtiles(tmp_path / "p.mbtiles", marked_tiles((2.35, 48.85), range(10, 12)))
    assert refused(add_basemap, desk, far).code == "BASEMAP-ELSEWHERE"
    swapped = write_tiff(
        tmp_path / "s.tif", np.zeros((9, 9), np.uint8), transform=(1, 0, 2_400_000, 0, -1, 440_000), crs="EPSG:9211"
    )
    assert refused(add_basemap, desk, swapped).code == "BASEMAP-ELSEWHERE"
    old = write_tiff(
        tmp_path / "o.tif", np.zeros((9, 9), np.uint8), transform=(1, 0, 440_000, 0, -1, 2_400_000), crs="EPSG:6956"
    )
    assert refused(add_basemap, desk, old).code == "CRS-DEPRECATED"
    assert list_basemaps(desk) == []
    assert list((desk.workspace.folder / "basemaps").iterdir()) == []


def test_order_and_looks_are_remembered(desk: Desk, tmp_path: Path) -> None:
    first = add_basemap(desk, tiles_file(desk, tmp_path))
    second = add_basemap(desk, picture_file(desk, tmp_path / "b.tif", crs=f"EPSG:{desk.system.epsg}"))
    assert [item.id for item in list_basemaps(desk)] == [first.id, second.id]
    change_basemap(desk, first.id, opacity=0.4, is_above=True, steps=5)
    change_basemap(desk, "b", is_shown=False, title="Bản vẽ")
    folder = desk.workspace.folder
    desk.close()
    with open_again(folder) as again:
        low, high = list_basemaps(again)
        assert (low.title, low.is_shown) == ("Bản vẽ", False)
        assert (high.id, high.opacity, high.is_above) == (first.id, 0.4, True)
        assert refused(change_basemap, again, "x", opacity=1).code == "BASEMAP-UNKNOWN"


def test_two_files_of_one_name_are_both_kept_and_go_with_their_base_map(desk: Desk, tmp_path: Path) -> None:
    path = tiles_file(desk, tmp_path)
    one, two = add_basemap(desk, path), add_basemap(desk, path)
    assert one.path != two.path
    remove_basemap(desk, one.id)
    assert not one.path.exists()
    assert two.path.exists()
    assert path.exists()


def test_a_file_left_in_its_place_stays_there_and_is_missed_when_it_goes(desk: Desk, tmp_path: Path) -> None:
    path = tiles_file(desk, tmp_path)
    added = add_basemap(desk, path, copy=False)
    assert added.path == path
    assert not added.is_copy
    with path.open("ab") as file:
        file.write(b"more")
    assert list_basemaps(desk)[0].trouble == "BASEMAP-CHANGED"
    path.unlink()
    assert list_basemaps(desk)[0].trouble == "BASEMAP-MISSING"
    assert refused(BasemapSource, list_basemaps(desk)[0], desk.system).code == "BASEMAP-MISSING"
    path.write_bytes(b"another")
    remove_basemap(desk, added.id)
    assert path.exists()


def test_a_large_picture_gets_its_overview_and_loses_it_again(desk: Desk, tmp_path: Path) -> None:
    x, y = middle_of(desk)
    picture = np.full((4200, 200), 90, np.uint8)
    path = write_tiff(
        tmp_path / "dài.tif", picture, transform=(1, 0, x - 100, 0, -1, y + 2100), crs=f"EPSG:{desk.system.epsg}"
    )
    added = add_basemap(desk, path)
    assert added.overview is not None
    assert added.overview.stat().st_size == 2100 * 100 * 4
    remove_basemap(desk, added.id)
    assert list((desk.workspace.folder / "basemaps").iterdir()) == []


def test_a_copy_that_is_stopped_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            if done:
                raise Cancelled

    with pytest.raises(Cancelled):
        add_basemap(desk, tiles_file(desk, tmp_path), progress=Stop())
    assert list_basemaps(desk) == []
    assert list((desk.workspace.folder / "basemaps").iterdir()) == []


def test_one_file_taken_in_by_two_hands_at_once_is_there_twice_and_whole(desk: Desk, tmp_path: Path) -> None:
    path = tiles_file(desk, tmp_path)
    with ThreadPoolExecutor(3) as pool:
        added = list(pool.map(lambda _: add_basemap(desk, path), range(3)))
    assert len({item.path for item in added}) == 3
    assert all(item.path.read_bytes() == path.read_bytes() for item in added)
    assert [item.trouble for item in list_basemaps(desk)] == [None] * 3
