"""Every hatch, mark and title as it comes out of the renderer, pixel by pixel."""

import itertools

import numpy as np
import pytest
import shapely

from desktop.map.composing import Composer
from desktop.map.drawing import DrawnLayer
from desktop.map.labelling import Labeller
from desktop.map.packing import pack_layer
from desktop.map.painting import pixel_of
from desktop.map.render_child import Titles
from desktop.map.shapes import open_shapes
from desktop.map.styles import HATCHES, FillSymbol, LabelStyle, LayerStyle, PointSymbol, SymbolSet
from geodesy.arrays import build_arrays
from tests.gui.test_map_drawing import RED, WHITE, composer, drawn, picture

pytestmark = pytest.mark.usefixtures("qapp")

RING = shapely.Polygon([(10, 10), (90, 10), (90, 90), (10, 90)], [[(40, 40), (60, 40), (60, 60), (40, 60)]])
MARKERS = ("circle", "square", "triangle", "diamond", "cross")


def hatched(hatch: str) -> np.ndarray:
    style = LayerStyle(classes=(SymbolSet(polygon=FillSymbol(fill="#ff0000", hatch=hatch, line=None)),))
    return picture(composer(drawn(style, [RING])))


@pytest.mark.parametrize("hatch", [name for name in HATCHES if name])
def test_a_hatch_fills_its_face_and_neither_hole_nor_surroundings(hatch: str) -> None:
    found = hatched(hatch)
    face = np.zeros(found.shape, bool)
    face[10:90, 10:90] = True
    face[40:60, 40:60] = False
    assert (found[~face] == WHITE).all()
    assert 0.05 < (found[face] == RED).mean() < 0.6


def test_no_two_hatches_look_alike() -> None:
    pictures = [hatched(name) for name in HATCHES]
    for one, other in itertools.combinations(pictures, 2):
        assert (one != other).mean() > 0.02


@pytest.mark.parametrize("marker", MARKERS)
def test_a_mark_covers_its_place_and_stays_within_its_size(marker: str) -> None:
    style = LayerStyle(classes=(SymbolSet(point=PointSymbol(marker=marker, size=20, fill="#ff0000", width=0)),))
    found = picture(composer(drawn(style, [shapely.Point(50.5, 49.5)])))
    rows, columns = np.nonzero(found != WHITE)
    assert found[50, 50] == RED
    assert 16 <= np.ptp(columns) + 1 <= 24
    assert 16 <= np.ptp(rows) + 1 <= 24


def test_no_two_marks_look_alike() -> None:
    pictures = []
    for marker in MARKERS:
        style = LayerStyle(classes=(SymbolSet(point=PointSymbol(marker=marker, size=20, fill="#ff0000", width=0)),))
        pictures.append(picture(composer(drawn(style, [shapely.Point(50.5, 49.5)]))))
    for one, other in itertools.combinations(pictures, 2):
        assert (one != other).sum() > 40


def test_a_polygon_smaller_than_a_pixel_is_one_pixel() -> None:
    style = LayerStyle(classes=(SymbolSet(polygon=FillSymbol(fill="#ff0000", line=None)),))
    found = picture(composer(drawn(style, [shapely.box(30.2, 60.2, 30.4, 60.4)])))
    assert np.argwhere(found == RED).tolist() == [[39, 30]]


def test_a_slanted_sliver_is_drawn_along_its_slant_alone() -> None:
    style = LayerStyle(classes=(SymbolSet(polygon=FillSymbol(fill="#ff0000", line=None)),), outline_from=0.0)
    sliver = shapely.Polygon([(10, 10), (12, 10), (90, 90), (88, 90)])
    rows, columns = np.nonzero(picture(composer(drawn(style, [sliver]))) == RED)
    assert len(rows) > 60
    assert (np.abs(columns - (99 - rows)) <= 4).all()


def test_a_title_has_a_halo_all_around_that_hides_what_lies_under_it() -> None:
    ground = shapely.box(-50, -50, 150, 150)
    style = LayerStyle(
        classes=(SymbolSet(polygon=FillSymbol(fill="#ff0000", line=None)),),
        label=LabelStyle(size=14, color="#0000ff", halo="#00ff00", from_scale=1e9),
    )
    message, block = pack_layer("a", build_arrays([1], [ground]), {"polygon": ["HHH"]}, None)
    layer = DrawnLayer(
        message.origin,
        {kind: open_shapes(kind, block, places) for kind, places in message.kinds.items()},
        style,
        titles={kind: Titles(block.array(text), block.array(ends)) for kind, (text, ends) in message.titles.items()},
    )
    made = Composer(Labeller("sans"), "#ffffff")
    made.layers = {"a": layer}
    found = picture(made)
    blue, green = found & 0xFF, (found >> 8) & 0xFF
    text, halo = np.argwhere(blue > 200), np.argwhere(green > 200)
    assert len(text) > 10
    assert (halo.min(axis=0) < text.min(axis=0)).all()
    assert (halo.max(axis=0) > text.max(axis=0)).all()
    red = np.argwhere(found == pixel_of("#ff0000"))
    for row, column in text.tolist():
        assert np.abs(red - (row, column)).max(axis=1).min() > 1, "the ground touches a letter"
