"""Pictures that leave the program: true to scale, sharp, and with nothing of the map outside its frame."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import shapely
from PySide6.QtGui import QColor, QImage

from core.errors import EnvironmentFault
from desktop.map.camera import SCREEN_PIXEL_M, Camera
from desktop.map.layers import MapLayer
from desktop.map.overlay import nice_length
from desktop.map.sheet import Sheet, SheetParts, grid_step, plain_camera, render_sheet, save_sheet
from desktop.map.styles import FillSymbol, LayerStyle, LineSymbol, SymbolSet
from geodesy.arrays import build_arrays

BARE = SheetParts(grid=False, scale_bar=False, north=False, legend=False)
EDGE = 8
WIDE = Camera(x=500_010.0, y=2_000_030.0, resolution=1.37, width=600, height=340)


def faces(*shapes: shapely.Geometry, **symbol: object) -> MapLayer:
    style = LayerStyle(classes=(SymbolSet(polygon=FillSymbol(**{"line": None, **symbol})),))
    return MapLayer("area", "Khoanh", build_arrays(range(len(shapes)), shapes), style)


def sheet(*layers: MapLayer, parts: SheetParts = BARE) -> Sheet:
    camera = Camera(x=500_000.0, y=2_000_000.0, resolution=1.0, width=200, height=100)
    return Sheet(layers, camera, "Xã Bắc Quang", "VN-2000", parts=parts)


def pixel(image: QImage, x: float, y: float, dpi: int = 96) -> str:
    return image.pixelColor(round(x * dpi / 96), round(y * dpi / 96)).name()


@pytest.mark.usefixtures("qapp")
class TestSheet:
    def test_a_face_lies_where_its_coordinates_are(self) -> None:
        made = sheet(faces(shapely.box(500_000, 2_000_000, 500_040, 2_000_020), fill="#ff0000"))
        for dpi in (96, 300):
            image = render_sheet(made, dpi)
            assert pixel(image, EDGE + 120, EDGE + 40, dpi) == "#ff0000"
            assert pixel(image, EDGE + 98, EDGE + 40, dpi) == "#ffffff"
            assert pixel(image, EDGE + 120, EDGE + 53, dpi) == "#ffffff"
        assert image.dotsPerMeterX() == round(300 / 0.0254)

    def test_a_hole_stays_open_and_overlapping_records_punch_none(self) -> None:
        holed = shapely.Polygon(
            shapely.box(499_950, 1_999_960, 500_050, 2_000_040).exterior,
            [shapely.box(499_980, 1_999_980, 500_000, 2_000_020).exterior],
        )
        made = sheet(faces(holed, shapely.box(500_010, 1_999_970, 500_040, 2_000_030), fill="#0000ff"))
        image = render_sheet(made, 96)
        assert pixel(image, EDGE + 90, EDGE + 50) == "#ffffff"
        assert pixel(image, EDGE + 120, EDGE + 50) == "#0000ff"

    @pytest.mark.parametrize("hatch", ["forward", "backward", "cross", "level", "upright", "dots"])
    def test_a_hatch_stays_within_its_face_and_covers_a_part(self, hatch: str) -> None:
        made = sheet(faces(shapely.box(499_950, 1_999_970, 500_050, 2_000_030), fill="#000000", hatch=hatch))
        image = render_sheet(made, 96).convertToFormat(QImage.Format.Format_Grayscale8)
        grey = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        inside = grey[EDGE + 21 : EDGE + 79, EDGE + 51 : EDGE + 149] < 160
        assert 0.02 < inside.mean() < 0.6
        assert (grey[EDGE + 2 : EDGE + 18, EDGE + 2 : EDGE + 198] == 255).all()

    def test_nothing_of_the_map_lies_outside_its_frame(self, tmp_path: Path) -> None:
        style = LayerStyle(classes=(SymbolSet(line=LineSymbol(color="#ff0000", width=4)),))
        line = shapely.LineString([(499_000, 2_000_010), (501_000, 2_000_010)])
        road = MapLayer("road", "Đường", build_arrays([1], [line]), style)
        made = sheet(road, parts=replace(BARE, legend=True))
        path = save_sheet(made, tmp_path / "bản đồ.svg")
        image = _svg_picture(path)
        at = EDGE + 40
        assert pixel(image, EDGE + 100, at) == "#ff0000"
        assert pixel(image, 3, at) == "#ffffff"
        assert pixel(image, EDGE + 200 + 4, at) == "#ffffff"

    def test_the_scale_is_true_on_paper(self, tmp_path: Path) -> None:
        made = sheet(faces(shapely.box(499_950, 1_999_970, 500_050, 2_000_030), fill="#ff0000"))
        path = save_sheet(made, tmp_path / "a.pdf")
        page = pypdfium2.PdfDocument(path)[0]
        wide_mm = page.get_size()[0] / 72 * 25.4
        assert wide_mm == pytest.approx((200 + 2 * EDGE) * SCREEN_PIXEL_M * 1000, abs=0.4)
        image = page.render(scale=300 / 72).to_numpy()
        red = (image[:, :, 2] > 200) & (image[:, :, 1] < 80)
        wide_on_paper_m = red.any(axis=0).sum() / 300 * 0.0254
        assert wide_on_paper_m * made.camera.denominator == pytest.approx(100.0, rel=0.01)

    def test_words_stay_words_in_svg_and_pdf(self, tmp_path: Path) -> None:
        made = sheet(faces(shapely.box(499_950, 1_999_970, 500_050, 2_000_030)), parts=SheetParts())
        svg = save_sheet(made, tmp_path / "a.svg").read_text(encoding="utf-8")
        assert "Xã Bắc Quang" in svg
        assert "Khoanh" in svg
        text = pypdfium2.PdfDocument(save_sheet(made, tmp_path / "a.pdf"))[0].get_textpage().get_text_bounded()
        assert "VN-2000" in text

    def test_the_grid_says_north_and_east(self, tmp_path: Path) -> None:
        made = sheet(faces(shapely.box(499_950, 1_999_970, 500_050, 2_000_030)), parts=replace(BARE, grid=True))
        svg = save_sheet(made, tmp_path / "a.svg").read_text(encoding="utf-8")
        assert grid_step(made.camera) == 100
        assert re.search(r"Y 500.000", svg)
        assert re.search(r"X 2.000.000", svg)

    @pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
    def test_the_scale_bar_is_as_long_as_it_says(self, tmp_path: Path, kind: str) -> None:
        made = replace(sheet(parts=replace(BARE, scale_bar=True)), camera=WIDE)
        grey, dots = _measured(save_sheet(made, tmp_path / f"a.{kind}", dpi=288), made)
        rows = slice(round((EDGE + WIDE.height - 20) * dots), round((EDGE + WIDE.height - 8) * dots))
        dark = grey[rows, : round(300 * dots)] < 110
        bar = np.flatnonzero(dark[dark.sum(axis=1).argmax()])
        bar = bar[bar > (EDGE + 3) * dots]
        long_m = (bar[-1] - bar[0] + 1) / dots * WIDE.resolution
        assert nice_length(140 * WIDE.resolution) == 100
        assert long_m == pytest.approx(100, abs=2.5 * WIDE.resolution), "the ends of the line are as thick as the line"

    @pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
    def test_the_lines_of_the_grid_lie_at_their_coordinates(self, tmp_path: Path, kind: str) -> None:
        made = replace(sheet(parts=replace(BARE, grid=True)), camera=WIDE)
        grey, dots = _measured(save_sheet(made, tmp_path / f"a.{kind}", dpi=288), made)
        west, south, east, north = WIDE.bounds
        step = grid_step(WIDE)
        assert step == 200
        inner = grey[round((EDGE + 150) * dots) : round((EDGE + 170) * dots), :]
        inner = inner[:, round((EDGE + 2) * dots) : round((EDGE + WIDE.width - 2) * dots)]
        ink = 255.0 - np.median(inner, axis=0)
        found = [
            west + ((run.mean() + 0.5) / dots + 2) * WIDE.resolution
            for run in np.split(np.arange(len(ink)), np.flatnonzero(np.diff((ink > 20).astype(int))) + 1)
            if ink[run].min() > 20
        ]
        expected = [place for place in np.arange(400_000, 600_000, step) if west + 3 < place < east - 3]
        assert found == pytest.approx(expected, abs=0.6 * WIDE.resolution)

    def test_too_many_records_come_as_a_picture(self) -> None:
        many = faces(*(shapely.Point(500_000, 2_000_000).buffer(n % 40 + 1, quad_segs=16) for n in range(4_000)))
        assert sheet(many).wants_picture
        assert not sheet(faces(shapely.box(0, 0, 1, 1))).wants_picture
        image = QImage(200, 100, QImage.Format.Format_RGB32)
        image.fill(QColor("#00ff00"))
        assert pixel(render_sheet(replace(sheet(many), picture=image), 96), EDGE + 50, EDGE + 50) == "#00ff00"

    def test_a_folder_that_is_not_there_is_an_error_with_words(self, tmp_path: Path) -> None:
        made = sheet()
        for ending in ("png", "svg", "pdf"):
            with pytest.raises(EnvironmentFault, match=f"a.{ending}") as caught:
                save_sheet(made, tmp_path / "nowhere" / f"a.{ending}")
            assert caught.value.code == "MAP-PICTURE-FAILED"


def test_a_sharp_screen_gives_the_same_view() -> None:
    sharp = Camera(x=1.0, y=2.0, resolution=0.5, width=400, height=200, ratio=2.0)
    plain = plain_camera(sharp)
    assert (plain.width, plain.height, plain.ratio) == (200, 100, 1.0)
    assert plain.denominator == sharp.denominator
    assert plain.bounds == sharp.bounds


def _measured(path: Path, made: Sheet) -> tuple[np.ndarray, float]:
    """A written sheet as grey pixels, and how many of them a logical pixel is."""
    if path.suffix == ".pdf":
        page = pypdfium2.PdfDocument(path)[0]
        grey = page.render(scale=4).to_numpy()[:, :, :3].mean(axis=2)
    else:
        image = (_svg_picture(path, 3) if path.suffix == ".svg" else QImage(str(path))).convertToFormat(
            QImage.Format.Format_Grayscale8
        )
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        grey = pixels[:, : image.width()].astype(float)
    return grey, grey.shape[1] / made.size.width()


def _svg_picture(path: Path, zoom: int = 1) -> QImage:
    from PySide6.QtGui import QPainter
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(str(path))
    image = QImage(renderer.viewBox().size() * zoom, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image
