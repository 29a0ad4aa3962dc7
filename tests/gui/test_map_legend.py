"""The legend: what is in view and nothing else, each class once; and what a user wants of a layer, kept and used."""

import shapely

from core.settings import load_settings, save_settings
from desktop.map.camera import Camera
from desktop.map.layer_views import PLAIN, LayerView, LayerViews
from desktop.map.layers import MapLayer
from desktop.map.legend import build_legend, legend_size
from desktop.map.styles import STATE, LayerStyle, Look, parse_style
from geodesy.arrays import build_arrays

CODED = parse_style({"by_field": "kind", "classes": {"a": {"line": {"color": "#ff0000"}}, "b": {}, "c": {}}})
WORDS = ("Chưa phân loại", "Loại a", "Loại b", "Loại c")


def roads(*places: float, classes: list[int]) -> MapLayer:
    lines = [shapely.LineString([(place, 0), (place + 5, 5)]) for place in places]
    arrays = build_arrays(range(len(lines)), lines, classes)
    return MapLayer("road", "Đường", arrays, CODED, class_titles=WORDS)


def camera(**changes: float) -> Camera:
    return Camera(**{"x": 50.0, "y": 0.0, "resolution": 1.0, "width": 200, "height": 100, **changes})


def test_only_what_is_in_view_stands_in_the_legend() -> None:
    layer = roads(0, 10, 900, classes=[2, 0, 3])
    lines = build_legend([layer], camera())
    assert [(line.text, line.is_heading) for line in lines] == [
        ("Đường", True),
        ("Loại b", False),
        ("Chưa phân loại", False),
    ]
    assert lines[1].symbols is CODED.classes[2]
    assert build_legend([layer], camera(x=5000.0)) == []


def test_hidden_layers_and_those_of_other_scales_are_left_out() -> None:
    plain = MapLayer("spot", "Điểm", build_arrays([1], [shapely.Point(50, 0)]))
    hidden = MapLayer("other", "Khác", plain.arrays, visible=False)
    far = MapLayer("far", "Xa", plain.arrays, LayerStyle(farthest=10))
    assert [line.text for line in build_legend([hidden, plain, far], camera())] == ["Điểm"]


def test_the_uppermost_layer_comes_first() -> None:
    below = MapLayer("a", "Dưới", build_arrays([1], [shapely.Point(50, 0)]))
    above = MapLayer("b", "Trên", below.arrays)
    assert [line.text for line in build_legend([below, above], camera())] == ["Trên", "Dưới"]


def test_states_are_named_once_for_all_layers() -> None:
    style = LayerStyle(by_field=STATE).classified({"draft": "#111111", "sent": "#222222"})
    points = build_arrays([1, 2], shapely.points([(50, 0), (51, 0)]), [1, 2])
    layers = [MapLayer(name, name, points, style, class_titles=("x", "Nháp", "Đã gửi")) for name in "ab"]
    lines = build_legend(layers, camera())
    assert [line.text for line in lines[1:]] == ["Nháp", "Đã gửi"]
    assert lines[0].is_heading


def test_a_legend_too_long_says_how_much_it_leaves_out(qapp: object) -> None:
    from PySide6.QtGui import QFont

    lines = build_legend([roads(*range(0, 40, 10), classes=[0, 1, 2, 3])], camera())
    assert len(lines) == 5
    whole, cut = legend_size(lines, QFont()), legend_size(lines, QFont(), 70)
    assert cut[1] <= 70 < whole[1]


def test_a_users_wishes_are_kept() -> None:
    views = LayerViews()
    views.set_view("road", LayerView(opacity=0.4, farthest=5000.0, is_titled=False))
    views.look = Look.PRINT
    views.hidden.add("spot")
    views.save()
    again = LayerViews()
    assert again["road"] == LayerView(opacity=0.4, farthest=5000.0, is_titled=False)
    assert (again["other"], again.look, again.hidden) == (PLAIN, Look.PRINT, {"spot"})
    style = again["road"].applied(parse_style({"label": {"size": 9}}))
    assert (style.whole_opacity, style.farthest, style.nearest, style.label) == (0.4, 5000.0, 0.0, None)


def test_a_strange_settings_file_is_as_good_as_none() -> None:
    for strange in (
        5,
        [],
        {"layers": 3, "look": "odd", "pile": [1], "hidden": None},
        {"layers": {"road": {"opacity": "x"}}},
    ):
        save_settings(map=strange)
        views = LayerViews()
        assert (views["road"], views.look, views.hidden) == (PLAIN, Look.STANDARD, set())
    save_settings(map={"layers": {"road": {"opacity": 0}}})
    assert LayerViews()["road"].opacity > 0, "an unseen layer would be taken for a lost one"
    assert load_settings()["map"]


def test_layers_move_past_their_next_shown_neighbour() -> None:
    usual = ["area", "empty", "road", "spot"]
    views = LayerViews()
    assert views.piled(usual) == usual
    views.move("area", 1, ["area", "road", "spot"], usual)
    assert views.piled(usual) == ["empty", "road", "area", "spot"]
    views.move("spot", 1, ["area", "road", "spot"], usual)
    assert views.piled(usual)[-1] == "spot"
    views.move("spot", -1, ["area", "road", "spot"], usual)
    assert views.piled(usual) == ["empty", "road", "spot", "area"]
    assert LayerViews().piled([*usual, "new"]) == ["empty", "road", "spot", "area", "new"]
