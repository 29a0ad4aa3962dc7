"""What surrounds the records on the map: neighbours, grids, the country."""

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from core.messages import use_language
from core.tables import load_table
from desktop.map import country, graticule
from desktop.map.camera import Camera
from desktop.map.country import country_bounds, is_overview, islands
from desktop.map.graticule import Grid, draw_grid
from desktop.map.images import PlacedImage
from desktop.map.layers import MapLayer
from desktop.map.sheet import Sheet, SheetParts, render_sheet
from desktop.map.styles import load_style
from desktop.map.view import MapView
from geodesy.arrays import build_arrays
from geodesy.datum import transform_xy
from geodesy.envelopes import envelope_bounds
from geodesy.systems import WGS84, tm_system

HOME = tm_system(106.0)
E0, N0 = 380_000.0, 2_480_000.0


@pytest.fixture(autouse=True)
def _vietnamese() -> Iterator[None]:
    use_language("vi")
    yield
    use_language("vi")


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[MapView]:
    made = MapView()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    made.set_home(HOME, "Xã Bắc Quang")
    made.set_boundary(shapely.box(E0, N0, E0 + 1000, N0 + 700))
    yield made
    made.shut_down()


class Written:
    """Stands in for the writing of texts: remembers what was written where."""

    def __init__(self) -> None:
        self.texts: dict[str, tuple[float, float]] = {}

    def __call__(self, painter, at, text, color, halo="#ffffff") -> None:
        self.texts[text] = (at.x(), at.y())


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    found = Written()
    monkeypatch.setattr(graticule, "write_haloed", found)
    monkeypatch.setattr(country, "write_haloed", found)
    return found


def test_no_view_of_the_country_is_without_hoang_sa_and_truong_sa(view: MapView, written: Written) -> None:
    view.zoom_to_country()
    assert is_overview(view.camera)
    view.grab()
    assert "Đặc khu Hoàng Sa (20333)" in written.texts
    assert "Đặc khu Trường Sa (22736)" in written.texts
    assert "Xã Bắc Quang" in written.texts
    for text in ("Đặc khu Hoàng Sa (20333)", "Đặc khu Trường Sa (22736)"):
        x, y = written.texts[text]
        assert 0 < x < 600
        assert 0 < y < 400
    written.texts.clear()
    view.zoom_full()
    view.grab()
    assert written.texts == {}


def test_the_archipelagos_lie_in_the_country_and_where_they_are_published(written: Written) -> None:
    west, south, east, north = envelope_bounds("country")
    rows = load_table("island_extents")
    assert {row["commune_code"] for row in rows} == {"20333", "22736"}
    for row in rows:
        assert west < float(row["west"]) < float(row["east"]) < east
        assert south < float(row["south"]) < float(row["north"]) < north
    found = {island.code: transform_xy(island.outline, HOME, WGS84) for island in islands(HOME)}
    assert found["20333"].min(axis=0) == pytest.approx((111, 15.75), abs=1e-6)
    assert found["22736"].max(axis=0) == pytest.approx((117 + 20 / 60, 12), abs=1e-6)


def test_the_whole_country_fits_into_a_small_window(view: MapView) -> None:
    view.resize(400, 220)
    view.zoom_to_country()
    seen, wanted = view.camera.bounds, country_bounds(HOME)
    assert seen[0] < wanted[0] < wanted[2] < seen[2]
    assert seen[1] < wanted[1] < wanted[3] < seen[3]


def painted(camera: Camera, grid: Grid) -> QImage:
    image = QImage(camera.width, camera.height, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    try:
        draw_grid(painter, camera, HOME, grid)
    finally:
        painter.end()
    return image


def test_the_plane_grid_names_north_x_and_east_y_and_lies_on_whole_metres(qapp, written: Written) -> None:
    camera = Camera(380_250.0, 2_480_100.0, 1.0, 600, 400)
    image = painted(camera, Grid.PLANE)
    assert {"Y 380 000", "Y 380 200", "Y 380 400", "X 2 480 000"} <= {
        text.replace("\u00a0", " ").replace("\u202f", " ") for text in written.texts
    }
    (px, py) = camera.to_pixels(np.array([(380_200.0, 2_480_000.0)]))[0]
    ground = QColor("#ffffff").rgb()
    row = [image.pixel(x, 40) for x in range(int(px) - 6, int(px) + 7)]
    assert [x for x, color in zip(range(-6, 7), row, strict=True) if color != ground] in ([-1, 0], [0], [-1])
    column = [image.pixel(40, y) for y in range(int(py) - 6, int(py) + 7)]
    assert sum(color != ground for color in column) in {1, 2}


def test_degrees_say_their_datum(qapp, written: Written) -> None:
    painted(Camera(380_250.0, 2_480_100.0, 10.0, 600, 400), Grid.DEGREES)
    assert any("B (VN-2000)" in text for text in written.texts)
    assert any("Đ (VN-2000)" in text for text in written.texts)


def test_the_whole_map_is_what_there_is_now(view: MapView) -> None:
    def far(layer_id: str, east: float, *, visible: bool = True) -> MapLayer:
        return MapLayer(
            layer_id, layer_id, build_arrays([1], [shapely.box(east, N0, east + 10, N0 + 10)]), visible=visible
        )

    view.set_boundary(None)
    view.set_layers([])
    assert view.full_bounds() is None
    view.set_layers([far("a", E0), far("b", E0 + 500, visible=False)])
    assert view.full_bounds() == (E0, N0, E0 + 510, N0 + 10)
    view.update_layer(far("b", E0 + 900, visible=False))
    assert view.full_bounds() == (E0, N0, E0 + 910, N0 + 10)
    view.update_records("a", build_arrays([2], [shapely.box(E0 - 50, N0, E0 - 40, N0 + 10)]))
    assert view.full_bounds() == (E0 - 50, N0, E0 + 910, N0 + 10)
    view.set_boundary(shapely.box(E0, N0, E0 + 5, N0 + 5))
    assert view.full_bounds() == (E0, N0, E0 + 5, N0 + 5)
    view.set_boundary(None)
    view.set_layers([far("a", E0)])
    assert view.full_bounds() == (E0, N0, E0 + 10, N0 + 10)


def test_neighbours_lie_under_everything_and_are_neither_chosen_nor_snapped_to(view: MapView) -> None:
    view.set_neighbours([("Xã Tân Quang", shapely.box(E0 + 1000, N0, E0 + 2000, N0 + 700))])
    view.zoom_to((E0, N0 - 500, E0 + 2000, N0 + 1200))
    x, y = (view.canvas.to_screen(np.array([(E0 + 1500, N0 + 350)]))[0]).astype(int).tolist()
    bx, by = (view.canvas.to_screen(np.array([(E0 + 500, N0 + 350)]))[0]).astype(int).tolist()
    image = view.grab_image()
    assert image.pixel(x, y) != image.pixel(bx, by)
    assert view.hits_at(E0 + 1500, N0 + 350, 5.0) == []
    assert view.snap(E0 + 2000, N0 + 700) is None
    assert view.snap(E0, N0) is not None
    assert view.full_bounds() == (E0, N0, E0 + 1000, N0 + 700)
    view.set_neighbours([])
    assert view.grab_image().pixel(x, y) == image.pixel(bx, by)


def test_a_sheet_holds_base_maps_and_over_the_country_the_archipelagos(qapp, written: Written) -> None:
    camera = Camera(E0, N0, 1.0, 300, 200)
    rgba = np.full((100, 100, 4), (0, 0, 255, 255), np.uint8)
    below = PlacedImage("a", rgba, (E0 - 50, N0 - 50, E0 + 50, N0 + 50))
    parts = SheetParts(grid=False, scale_bar=False, north=False, legend=False)
    sheet = Sheet((), camera, "", "", parts=parts, images=(below,), system=HOME)
    image = render_sheet(sheet, 96)
    assert QColor(image.pixel(8 + 150, 8 + 100)).name() == "#0000ff"
    assert QColor(image.pixel(8 + 20, 8 + 20)).name() == "#ffffff"
    assert written.texts == {}
    whole = Camera(500_000.0, 1_700_000.0, 8_000.0, 300, 300)
    render_sheet(Sheet((), whole, "", "", parts=parts, system=HOME), 96)
    assert "Đặc khu Trường Sa (22736)" in written.texts
    marked = Sheet(
        (), whole, "", "", parts=SheetParts(legend=False), system=HOME, home=("Xã Bắc Quang", (E0, N0, E0, N0))
    )
    written.texts.clear()
    render_sheet(marked, 96)
    assert {"Đặc khu Hoàng Sa (20333)", "Đặc khu Trường Sa (22736)", "Xã Bắc Quang"} <= set(written.texts)
    assert any("(VN-2000)" in text for text in written.texts), "the grid of an overview is one of degrees"


def test_over_the_country_no_legend_covers_the_archipelagos(view: MapView) -> None:
    arrays = build_arrays([1], [shapely.box(E0, N0, E0 + 900, N0 + 600)])
    view.set_layers([MapLayer("a", "Khoanh", arrays, load_style("land_use_plan_area"))])
    view.show_legend(True)
    view.zoom_full()
    view.grab_image()
    assert view.legend.isVisible()
    view.zoom_to_country()
    view.grab_image()
    assert not view.legend.isVisible()
    view.zoom_full()
    view.grab_image()
    assert view.legend.isVisible()
