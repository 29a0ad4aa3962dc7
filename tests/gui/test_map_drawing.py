"""What the renderer draws, pixel by pixel, without a process of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.map.camera import Camera
from desktop.map.composing import Composer, Superseded
from desktop.map.drawing import DrawnLayer, Titles, estimate_ms
from desktop.map.filling import Region, fill_boxes, fill_polygons
from desktop.map.highlighting import Highlight
from desktop.map.labelling import Labeller, Occupancy
from desktop.map.packing import pack_layer
from desktop.map.painting import pixel_of
from desktop.map.shapes import View, build_columns, build_shapes, find_visible, gather
from desktop.map.styles import FillSymbol, LayerStyle, LineSymbol, PointSymbol, SymbolSet, load_style
from geodesy.arrays import build_arrays

pytestmark = pytest.mark.usefixtures("qapp")

RED, GREEN, BLUE, WHITE = (pixel_of(color) for color in ("#ff0000", "#00ff00", "#0000ff", "#ffffff"))
SIZE = 100
CAMERA = Camera(50.0, 50.0, 1.0, SIZE, SIZE)  # one metre a pixel; world (x, y) is pixel (x, 100 - y)


def faces(*colors: str, **changes: object) -> LayerStyle:
    """A style whose categories fill in these colours, without outlines."""
    classes = tuple(SymbolSet(polygon=FillSymbol(fill=color, line=None)) for color in colors)
    return LayerStyle(classes=classes, **changes)  # type: ignore[arg-type]


def drawn(
    style: LayerStyle, geometries: Sequence[shapely.Geometry], category: Sequence[int] | None = None
) -> DrawnLayer:
    arrays = build_arrays(range(len(geometries)), np.array(geometries, dtype=object), category)
    shapes = {kind: build_shapes(kind, build_columns(item, (0.0, 0.0))) for kind, item in arrays.items()}
    return DrawnLayer((0.0, 0.0), shapes, style)


def composer(*layers: DrawnLayer) -> Composer:
    made = Composer(Labeller("sans"), "#ffffff")
    made.layers = {str(number): layer for number, layer in enumerate(layers)}
    return made


def picture(made: Composer, camera: Camera = CAMERA) -> np.ndarray:
    coarse, full = (np.zeros((camera.height, camera.width), np.uint32) for _ in range(2))
    shown = list(made.compose(camera, coarse, full, lambda: None))
    assert shown[-1][1]
    return full


def test_a_polygon_is_filled_and_its_hole_is_not() -> None:
    ring = shapely.Polygon(shapely.box(10, 10, 90, 90).exterior, [shapely.box(40, 40, 60, 60).exterior])
    found = picture(composer(drawn(faces("#ff0000"), [ring])))
    assert found[50, 20] == RED
    assert found[50, 50] == WHITE
    assert (found == RED).sum() == 80 * 80 - 20 * 20


def test_a_hole_shows_what_lies_under_it_and_overlaps_punch_none() -> None:
    ring = shapely.Polygon(shapely.box(10, 10, 90, 90).exterior, [shapely.box(40, 40, 60, 60).exterior])
    found = picture(composer(drawn(faces("#ff0000", "#0000ff"), [shapely.box(0, 0, 100, 100), ring], [1, 0])))
    assert found[50, 50] == BLUE
    assert found[50, 20] == RED
    twice = picture(composer(drawn(faces("#ff0000"), [shapely.box(10, 10, 60, 60), shapely.box(40, 40, 90, 90)])))
    assert twice[50, 50] == RED


def test_later_records_lie_over_earlier_ones_whatever_their_category() -> None:
    boxes = [shapely.box(10, 10, 60, 60), shapely.box(30, 30, 80, 80), shapely.box(50, 50, 95, 95)]
    for order in ([0, 1, 0], [1, 0, 1]):
        found = picture(composer(drawn(faces("#ff0000", "#0000ff"), boxes, order)))
        assert found[100 - 40, 40] == (RED, BLUE)[order[1]]
        assert found[100 - 70, 70] == (RED, BLUE)[order[2]]


def test_upper_layers_lie_over_lower_ones() -> None:
    low, high = (
        drawn(faces("#ff0000"), [shapely.box(0, 0, 60, 60)]),
        drawn(faces("#00ff00"), [shapely.box(40, 40, 99, 99)]),
    )
    assert picture(composer(low, high))[50, 50] == GREEN
    assert picture(composer(high, low))[50, 50] == RED


def test_a_category_that_no_class_draws_takes_the_common_one() -> None:
    found = picture(
        composer(drawn(faces("#ff0000", "#0000ff"), [shapely.box(0, 0, 50, 99), shapely.box(50, 0, 99, 99)], [7, 1]))
    )
    assert found[50, 20] == RED
    assert found[50, 70] == BLUE


def test_neighbours_share_each_pixel_of_their_edge_exactly_once() -> None:
    corners = [(3.3, 7.1), (61.7, 11.9), (97.2, 93.4), (9.8, 88.8)]
    whole = shapely.Polygon(corners)
    halves = [
        shapely.Polygon([corners[0], corners[1], corners[2]]),
        shapely.Polygon([corners[2], corners[3], corners[0]]),
    ]
    one = picture(composer(drawn(faces("#ff0000"), [whole]))) == RED
    both = [picture(composer(drawn(faces("#ff0000"), [half]))) == RED for half in halves]
    assert np.array_equal(both[0] | both[1], one)
    assert not (both[0] & both[1]).any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3000, 4000), st.integers(-3000, 4000)), min_size=3, max_size=9, unique=True))
def test_filled_pixels_are_those_whose_centre_lies_inside(points: list[tuple[int, int]]) -> None:
    polygon = shapely.convex_hull(shapely.MultiPoint(np.array(points) / 10))
    if polygon.geom_type != "Polygon" or polygon.area < 4:
        return
    arrays = build_arrays([0], [polygon])["polygon"]
    shapes = build_shapes("polygon", build_columns(arrays, (0.0, 0.0)))
    pixels = np.zeros((SIZE, SIZE), np.uint32)
    part = gather(shapes, np.array([0]), View(CAMERA, (0.0, 0.0)))
    fill_polygons(pixels, Region(0, 0, SIZE, SIZE), part, np.array([RED], np.uint32))
    column, row = np.meshgrid(np.arange(SIZE) + 0.5, SIZE - (np.arange(SIZE) + 0.5))
    inside = shapely.contains_xy(polygon, column.ravel(), row.ravel()).reshape(SIZE, SIZE)
    near = shapely.distance(shapely.points(column.ravel(), row.ravel()), polygon.exterior).reshape(SIZE, SIZE) < 1e-3
    assert np.array_equal((pixels == RED) | near, inside | near)


def test_nothing_is_written_outside_the_region() -> None:
    layer = drawn(faces("#ff0000"), [shapely.box(-500, -500, 500, 500)])
    arrays = layer.shapes["polygon"]
    pixels = np.zeros((SIZE, SIZE), np.uint32)
    region = Region(20, 30, 40, 35)
    fill_polygons(pixels, region, gather(arrays, np.array([0]), View(CAMERA, (0, 0))), np.array([RED], np.uint32))
    assert (pixels == RED).sum() == 20 * 5
    assert (pixels[30:35, 20:40] == RED).all()


def test_tiny_boxes_fill_at_least_one_pixel_and_stay_in_the_region() -> None:
    pixels = np.zeros((10, 10), np.uint32)
    left, top = np.array([1.2, 3.6, -5.0, 9.9], np.float32), np.array([1.2, 3.6, 2.0, 9.2], np.float32)
    colors = np.array([RED, GREEN, BLUE, RED], np.uint32)
    box = (left, top, left + np.float32(0.1), top + np.float32(2.0))
    fill_boxes(pixels, Region(0, 0, 10, 10), box, colors)
    assert pixels[1, 1] == pixels[2, 1] == RED
    assert pixels[4, 3] == GREEN
    assert pixels[9, 9] == RED
    assert not (pixels == BLUE).any()


def test_a_crowd_of_tiny_boxes_covers_its_own_share_of_the_picture() -> None:
    wide = np.float32(0.25)
    colors = np.full(40_000, RED, np.uint32)
    rng = np.random.default_rng(5)
    moved = rng.uniform(0, 200, (40_000, 2)).astype(np.float32)
    some = np.zeros((200, 200), np.uint32)
    box = (moved[:, 0], moved[:, 1], moved[:, 0] + wide, moved[:, 1] + wide)
    fill_boxes(some, Region(0, 0, 200, 200), box, colors, keep_all=False)
    assert (some == RED).mean() == pytest.approx(1 - np.exp(-(0.25**2)), abs=0.01)


def test_slivers_are_not_drawn_as_their_box() -> None:
    slant = shapely.Polygon([(10, 10), (11.6, 11.6), (11.7, 11.6), (10.1, 10)])
    camera = Camera(11.0, 11.0, 1.0, SIZE, SIZE)
    found = picture(composer(drawn(faces("#ff0000"), [slant])), camera)
    assert (found == RED).sum() <= 2


def test_faces_of_a_layer_shine_through_together() -> None:
    boxes = [shapely.box(10, 10, 60, 60), shapely.box(40, 40, 90, 90)]
    found = picture(composer(drawn(faces("#ff0000", opacity=0.5), boxes)))
    assert found[50, 50] == found[20, 80] == found[80, 20]
    assert found[80, 20] not in (RED, WHITE)


def test_a_hatched_face_lets_the_ground_be_seen_between_its_strokes() -> None:
    style = LayerStyle(classes=(SymbolSet(polygon=FillSymbol(fill="#ff0000", hatch="forward", line=None)),))
    found = picture(composer(drawn(style, [shapely.box(0, 0, 100, 100)])))
    share = (found == RED).mean()
    assert 0.2 < share < 0.4


def test_lines_have_their_width_and_casing() -> None:
    symbol = LineSymbol(color="#ff0000", width=4, casing="#0000ff", casing_width=10)
    style = LayerStyle(classes=(SymbolSet(line=symbol),))
    found = picture(composer(drawn(style, [shapely.LineString([(0, 50), (100, 50)])])))
    column = found[:, 50].tolist()
    assert column.count(RED) == 4
    assert column.count(BLUE) == 6


def test_casings_lie_under_all_lines_of_the_layer() -> None:
    symbol = LineSymbol(color="#ff0000", width=4, casing="#0000ff", casing_width=10)
    style = LayerStyle(classes=(SymbolSet(line=symbol),))
    cross = [shapely.LineString([(0, 50), (100, 50)]), shapely.LineString([(50, 0), (50, 100)])]
    assert picture(composer(drawn(style, cross)))[50, 44:56].tolist().count(RED) == 12


def test_dashes_leave_gaps() -> None:
    style = LayerStyle(classes=(SymbolSet(line=LineSymbol(color="#ff0000", width=2, dash=(5, 5))),))
    row = picture(composer(drawn(style, [shapely.LineString([(0, 50), (100, 50)])])))[50]
    assert 35 <= (row == RED).sum() <= 65


def test_a_line_with_a_far_away_end_is_drawn_where_it_is_seen() -> None:
    style = LayerStyle(classes=(SymbolSet(line=LineSymbol(color="#ff0000", width=3)),))
    found = picture(composer(drawn(style, [shapely.LineString([(-4_000_000, 50), (50, 50), (50, 3_000_000)])])))
    assert found[50, 10] == RED
    assert found[10, 50] == RED
    assert found[80, 80] == WHITE


@pytest.mark.parametrize("count", [50, 5_000])
def test_points_are_drawn_where_they_are(count: int) -> None:
    rng = np.random.default_rng(1)
    points = shapely.points(rng.uniform((0, 0), (40, 100), (count, 2)))
    style = LayerStyle(classes=(SymbolSet(point=PointSymbol(size=4, fill="#ff0000", width=0)),))
    found = picture(composer(drawn(style, [*points, shapely.Point(80.5, 50.5)])))
    assert found[49, 80] == RED
    assert (found[:, 60:75] == WHITE).all()
    assert (found[:, 78:84] == RED).sum() >= 5


def test_what_lies_outside_the_picture_is_not_gathered() -> None:
    layer = drawn(faces("#ff0000"), [shapely.box(x, 0, x + 5, 5) for x in range(-1000, 1000, 10)])
    view = View(CAMERA, (0.0, 0.0))
    seen = find_visible(layer.shapes["polygon"], view.metres(0, 0, SIZE, SIZE))
    assert seen.tolist() == list(range(100, 111))
    empty = View(replace(CAMERA, x=1e6), (0.0, 0.0))
    assert not len(find_visible(layer.shapes["polygon"], empty.metres(0, 0, SIZE, SIZE)))


@pytest.mark.parametrize(("outline", "tolerance"), [(None, 0), ("#000000", 16)])
def test_a_move_draws_only_the_strip_and_gives_the_same_picture(outline: str | None, tolerance: int) -> None:
    """Soft edges may differ by a few of 255 levels, for a pixel's coordinates are rounded elsewhere."""
    rng = np.random.default_rng(2)
    style = LayerStyle(classes=(SymbolSet(polygon=FillSymbol("#ff0000", line=outline, width=2)),), outline_from=0)
    boxes = [shapely.box(x, y, x + 9, y + 7) for x, y in rng.uniform(-100, 200, (200, 2))]
    made = composer(drawn(style, boxes))
    picture(made)
    for right, down in ((7, 0), (0, -9), (-13, 11), (60, 60), (300, 0)):
        camera = CAMERA.moved(right, down)
        moved, fresh = picture(made, camera), picture(composer(drawn(style, boxes)), camera)
        levels = np.abs(moved.view(np.uint8).astype(int) - fresh.view(np.uint8).astype(int))
        assert levels.max() <= tolerance


def test_an_edit_redraws_its_place_and_leaves_the_rest_as_it_was() -> None:
    made = composer(drawn(faces("#ff0000"), [shapely.box(10, 10, 30, 30), shapely.box(60, 60, 90, 90)]))
    before = picture(made).copy()
    made.layers["0"] = drawn(faces("#ff0000"), [shapely.box(10, 10, 30, 40), shapely.box(60, 60, 90, 90)])
    made.spoil((10.0, 10.0, 30.0, 40.0))
    after = picture(made)
    assert after[100 - 35, 20] == RED
    assert np.array_equal(before[:, 40:], after[:, 40:])


def test_a_picture_given_up_half_way_is_finished_by_the_next_request() -> None:
    made = composer(drawn(faces("#ff0000"), [shapely.box(0, 0, 100, 100)]))
    calls = iter(range(10))

    def proceed() -> None:
        if next(calls) == 1:
            raise Superseded

    pixels = np.zeros((SIZE, SIZE), np.uint32)
    with pytest.raises(Superseded):
        list(made.compose(CAMERA, pixels, pixels, proceed))
    assert (picture(made) == RED).all()


def test_a_long_picture_is_preceded_by_a_coarse_one() -> None:
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 100, (60_000, 2))
    triangles = shapely.polygons(corners[:, None, :] + np.array([(0, 0), (2.4, 0), (1.2, 2.4), (0, 0)]))
    layer = drawn(faces("#ff0000"), list(triangles))
    made = composer(*[layer] * 4)
    assert estimate_ms(layer, View(CAMERA, (0, 0)), Region(0, 0, SIZE, SIZE)) > 10
    coarse, full = (np.zeros((SIZE, SIZE), np.uint32) for _ in range(2))
    kinds = []
    for _, is_full in made.compose(CAMERA, coarse, full, lambda: None):
        kinds.append(is_full)
        if not is_full:
            assert (coarse == RED).mean() > 0.9
    assert kinds == [False, True]


def test_the_selection_is_drawn_over_everything() -> None:
    made = composer(drawn(faces("#ff0000"), [shapely.box(20, 20, 80, 80)]))
    plain = picture(made).copy()
    made.highlight = Highlight({"0": {"polygon": np.array([0], np.int32)}}, load_style("_selection"))
    marked = picture(made)
    assert marked[20, 50] == pixel_of("#f59e0b")
    assert marked[50, 50] == plain[50, 50] == RED
    made.highlight = None
    assert np.array_equal(picture(made), plain)


@pytest.mark.parametrize("count", [2_000, 8_000, 100_000])
def test_every_selected_point_has_its_mark_however_many_there_are(count: int) -> None:
    xy = np.random.default_rng(5).uniform(2, SIZE - 2, (count, 2))
    style = LayerStyle(classes=(SymbolSet(point=PointSymbol(size=2, fill="#0000ff", width=0)),))
    made = composer(drawn(style, list(shapely.points(xy))))
    chosen = np.arange(0, count, 2, dtype=np.int32)
    made.highlight = Highlight({"0": {"point": chosen}}, load_style("_selection"))
    marked = picture(made) == pixel_of("#f59e0b")
    near = marked.copy()
    for step in range(1, 12):  # a ring is 9 pixels around its point
        for axis in (0, 1):
            near |= np.roll(marked, step, axis) | np.roll(marked, -step, axis)
    columns, rows = np.floor(xy[chosen, 0]).astype(int), np.floor(SIZE - xy[chosen, 1]).astype(int)
    assert near[rows, columns].all()
    if count > 6_000:
        assert marked[rows, columns].all(), "a dot lies on its point"


def test_titles_do_not_cover_one_another() -> None:
    taken = Occupancy(100, 100)
    assert taken.take(10, 10, 40, 20)
    assert not taken.take(35, 15, 60, 25)
    assert taken.take(60, 60, 90, 70)
    assert not taken.take(90, 90, 120, 99), "a title half outside is not written"


def test_titles_are_written_near_their_records_at_large_scales_only() -> None:
    style = replace(faces("#ffffff"), label=replace(load_style("road_segment").label, from_scale=5000, color="#000000"))
    arrays = build_arrays([1], [shapely.box(0, 0, 400, 100)])
    message, block = pack_layer("a", arrays, {"polygon": ["Đất trồng lúa"]}, None)
    block.close()
    assert message.titles["polygon"][0].shape == (len("Đất trồng lúa".encode()),)
    layer = drawn(style, [shapely.box(0, 0, 400, 100)])
    text = "Đất trồng lúa".encode()
    layer.titles = {"polygon": Titles(np.frombuffer(text, np.uint8), np.array([0, len(text)], np.int32))}
    near, far = Camera(200, 50, 1.0, 420, 120), Camera(200, 50, 20.0, 420, 120)
    assert (picture(composer(layer), near) != WHITE).any()
    assert (picture(composer(layer), far) == WHITE).all()


def test_twice_the_ratio_draws_twice_the_width() -> None:
    style = LayerStyle(classes=(SymbolSet(line=LineSymbol(color="#ff0000", width=4)),))
    layer = drawn(style, [shapely.LineString([(0, 50), (100, 50)])])
    sharp = Camera(50, 50, 0.5, 200, 200, ratio=2.0)
    assert (picture(composer(layer), sharp)[:, 100] == RED).sum() == 8
