"""Each tool that draws or changes shapes, by mouse and keys; its step undone and redone by name after a restart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import shapely
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.map.drawing_aids import DrawingAids
from desktop.map.snapping import SnapKind
from desktop.map.tools.sketch import SketchTool
from desktop.pictures import settle_window
from geodesy.shaping.curves import smooth_shape
from services.desk import Desk
from tests.gui.window.hands import RIGHT, Hand
from tests.gui.window.lots import LOTS
from tests.gui.window.works import LINES, POINTS, Ground, Offset, Shapes, Work, alike, same_bits, shapes_in


@dataclass(frozen=True)
class Use:
    """How a tool is used, and on what; the step's name; what the records named are then, and those that are new."""

    step: str
    act: Callable[[Work], object]
    becomes: Callable[[Ground], Shapes] = lambda ground: {}
    new: Callable[[Ground], Sequence[Any]] = lambda ground: ()
    chosen: Sequence[str] = ()
    pegs: Sequence[Offset] = ()
    kind: str = LOTS
    takes: str = ""


def draws(*paths: str | Sequence[Offset]) -> Callable[[Work], None]:
    """Draw path after path, with the commands named between them; Enter ends; the form is saved."""

    def act(work: Work) -> None:
        for path in paths:
            work.take(path) if isinstance(path, str) else work.click(*path)
        if work.hand.tool.name != "draw_point":
            work.hand.key(Qt.Key.Key_Return)
        work.save()

    return act


FIRST = ((0, -350), (60, -350), (60, -310), (0, -310))
INNER = ((20, -340), (40, -340), (30, -325))
OTHER = ((80, -350), (120, -350), (100, -325))
BULGE = ((20, -300), (50, -340), (80, -300))
HOLE = ((120, -280), (160, -280), (140, -240))
CUT = ((40, -320), (40, -180))
AXIS = ((0, -320), (0, -345))

NEW_LOT, NEW_LINE = "Thêm Khoanh đất quy hoạch sử dụng đất", "Thêm Chỉ giới, hành lang"

USES: Mapping[str, Use] = {
    "point": Use(
        "Thêm Điểm đo",
        draws([FIRST[0]]),
        new=lambda g: [shapely.Point(g.place(*FIRST[0]))],
        pegs=FIRST,
        kind=POINTS,
        takes="draw",
    ),
    "line": Use(NEW_LINE, draws(FIRST), new=lambda g: [g.lines(FIRST)], pegs=FIRST, kind=LINES, takes="draw"),
    "multi-line": Use(
        NEW_LINE,
        draws(FIRST, "sketch-part", OTHER),
        new=lambda g: [g.lines(FIRST, OTHER)],
        pegs=(*FIRST, *OTHER),
        kind=LINES,
        takes="draw",
    ),
    "polygon": Use(NEW_LOT, draws(FIRST), new=lambda g: [g.area(*FIRST)], pegs=FIRST, takes="draw"),
    "parts and hole": Use(
        NEW_LOT,
        draws(FIRST, "sketch-hole", INNER, "sketch-part", OTHER),
        new=lambda g: [
            shapely.MultiPolygon([shapely.Polygon(g.area(*FIRST).exterior, [g.area(*INNER).exterior]), g.area(*OTHER)])
        ],
        pegs=(*FIRST, *INNER, *OTHER),
        takes="draw",
    ),
    "split": Use(
        "Tách Khoanh đất quy hoạch sử dụng đất thành 2 phần",
        lambda w: w.end(*CUT),
        lambda g: {"K1": g.box(40, -300, 100, -200)},
        lambda g: [g.box(0, -300, 40, -200)],
        ["K1"],
        CUT,
        takes="cut",
    ),
    "merge": Use(
        "Gộp 2 bản ghi Khoanh đất quy hoạch sử dụng đất",
        lambda w: w.merge(),
        lambda g: {"K1": g.box(0, -300, 200, -200), "K2": None},
        chosen=["K1", "K2"],
        takes="merge",
    ),
    "reshape": Use(
        "Nắn đường biên",
        lambda w: w.end(*BULGE),
        lambda g: {"K1": g.area((0, -300), *BULGE, (100, -300), (100, -200), (0, -200))},
        chosen=["K1"],
        pegs=BULGE,
        takes="stretch",
    ),
    "cut hole": Use(
        "Khoét lỗ",
        lambda w: w.end(*HOLE),
        lambda g: {"K2": shapely.Polygon(g.box(100, -300, 200, -200).exterior, [g.area(*HOLE).exterior])},
        chosen=["K2"],
        pegs=HOLE,
        takes="hole",
    ),
    "fill hole": Use(
        "Lấp lỗ",
        lambda w: w.click((250, -270)),
        lambda g: {"K3": shapely.MultiPolygon([g.box(220, -300, 300, -220), g.box(320, -300, 340, -280)])},
        chosen=["K3"],
        takes="fill-hole",
    ),
    "add part": Use(
        "Thêm phần",
        lambda w: w.end(*OTHER),
        lambda g: {"K1": shapely.MultiPolygon([g.box(0, -300, 100, -200), g.area(*OTHER)])},
        chosen=["K1"],
        pegs=OTHER,
        takes="part",
    ),
    "drop part": Use(
        "Bỏ phần",
        lambda w: w.click((330, -290)),
        lambda g: {"K3": shapely.Polygon(g.box(220, -300, 300, -220).exterior, [g.box(240, -280, 260, -260).exterior])},
        chosen=["K3"],
        takes="drop-part",
    ),
    "fill gap": Use(
        NEW_LOT, lambda w: (w.click((250, -270)), w.save()), new=lambda g: [g.box(240, -280, 260, -260)], takes="room"
    ),
    "offset": Use(
        "Nới 1 bản ghi, 5 m",
        lambda w: w.type_in("5", alone=True),
        lambda g: {"K1": g.box(-5, -305, 105, -195)},
        chosen=["K1"],
        takes="offset-shape",
    ),
    "parallel": Use(
        NEW_LINE,
        lambda w: (w.type_in("10"), w.save()),
        new=lambda g: [g.lines([(0, -140), (200, -140)])],
        chosen=["straight"],
        takes="offset-shape",
        kind=LINES,
    ),
    "rotate": Use(
        "Xoay 1 bản ghi, 90°",
        lambda w: w.type_in("90"),
        lambda g: {"straight": g.lines([(100, -30), (100, -230)])},
        chosen=["straight"],
        takes="turn-shape",
    ),
    "scale": Use(
        "Phóng 1 bản ghi, hệ số 0,5",
        lambda w: w.type_in("0,5"),
        lambda g: {"straight": g.lines([(50, -130), (150, -130)])},
        chosen=["straight"],
        takes="scale-shape",
    ),
    "mirror": Use(
        "Lật 1 bản ghi",
        lambda w: w.click(*AXIS),
        lambda g: {"K1": g.box(-100, -300, 0, -200)},
        chosen=["K1"],
        pegs=AXIS,
        takes="mirror",
    ),
    "simplify": Use(
        "Đơn giản hóa 1 bản ghi, dung sai 5 m",
        lambda w: w.type_in("5"),
        lambda g: {"bent": g.lines([(0, -150), (200, -150)])},
        chosen=["bent"],
        takes="simplify-shape",
    ),
    "smooth": Use(
        "Làm tròn 1 bản ghi, dung sai 2 m",
        lambda w: w.type_in("2"),
        lambda g: {"bent": smooth_shape(g.lines([(0, -150), (100, -148), (200, -150)]), 2).shape},
        chosen=["bent"],
        takes="smooth-shape",
    ),
    "reverse": Use(
        "Đảo chiều 1 đường",
        lambda w: None,
        lambda g: {"straight": g.lines([(200, -130), (0, -130)])},
        chosen=["straight"],
        takes="reverse-line",
    ),
    "move": Use(
        "Di chuyển 1 bản ghi",
        lambda w: w.drag((0, -300), (20, -340)),
        lambda g: {"K1": g.box(20, -340, 120, -240)},
        chosen=["K1"],
        pegs=[(20, -340)],
        takes="move",
    ),
    "move in figures": Use(
        "Di chuyển 1 bản ghi",
        lambda w: w.type_in("-3", "12,5"),
        lambda g: {"K1": g.box(12.5, -303, 112.5, -203)},
        chosen=["K1"],
        takes="move-shape",
    ),
    "vertex": Use(
        "Sửa hình Khoanh đất quy hoạch sử dụng đất",
        lambda w: (w.click((50, -250)), w.drag((0, -300), (20, -340))),
        lambda g: {"K1": g.area((20, -340), (100, -300), (100, -200), (0, -200))},
        pegs=[(20, -340)],
        takes="vertices",
    ),
}


@pytest.fixture
def grounds(desk: Desk) -> dict[str, Ground]:
    return {name: Ground(desk, number, use.pegs) for number, (name, use) in enumerate(USES.items())}


def test_every_tool_makes_what_it_says_and_is_undone_and_redone_by_name_after_a_restart(
    grounds: dict[str, Ground], desk: Desk, window: DeskWindow, reopen: Callable[[], DeskWindow], qtbot: QtBot
) -> None:
    window.map.set_aids(DrawingAids(kinds=frozenset({SnapKind.VERTEX})))
    hand = Hand(window, qtbot)
    before, after = {}, {}
    for name, use in USES.items():
        ground = grounds[name]
        work = Work(hand, ground, qtbot)
        before[name] = shapes_in(desk, ground)
        work.begin(use.kind)
        work.choose(use.chosen)
        work.take(use.takes)
        use.act(work)
        settle_window(window)
        now = after[name] = shapes_in(desk, ground)
        wanted = {**before[name], **use.becomes(ground)}
        for known, shape in wanted.items():
            there = now.get(known)
            assert there is None if shape is None else alike(there, shape), f"{name}: {known} is {there}"
        fresh = [shape for key, shape in now.items() if key not in before[name]]
        assert len(fresh) == len(use.new(ground)), name
        assert all(alike(*pair) for pair in zip(fresh, use.new(ground), strict=True)), f"{name}: {fresh}"
        assert window.actions_by_key["undo"].text() == f"Hoàn tác: {use.step}", name
    undone = after_restart(reopen, "undo", "Hoàn tác", list(reversed(USES)))
    for name in undone:
        assert same_bits(shapes_in(desk, grounds[name]), before[name]), f"{name} undone"
    redone = after_restart(reopen, "redo", "Làm lại", list(USES))
    for name in redone:
        assert same_bits(shapes_in(desk, grounds[name]), after[name]), f"{name} redone"


def after_restart(reopen: Callable[[], DeskWindow], key: str, verb: str, names: Sequence[str]) -> Iterator[str]:
    """Take the steps of uses back or forward in a window opened anew, each under its name; yield after each."""
    window = reopen()
    for name in names:
        assert window.actions_by_key[key].text() == f"{verb}: {USES[name].step}", name
        window.actions_by_key[key].trigger()
        settle_window(window)
        yield name


SKETCHED: Sequence[tuple[str, str, str, int]] = (  # tool, type worked on, record chosen, vertices that it takes
    ("draw", LOTS, "", 3),
    ("draw", LINES, "", 2),
    ("cut", LOTS, "K1", 2),
    ("stretch", LOTS, "K1", 2),
    ("hole", LOTS, "K2", 3),
    ("part", LOTS, "K1", 3),
    ("part", LINES, "straight", 2),
    ("mirror", LOTS, "K1", 2),
    ("measure", LOTS, "", 2),
    ("select-polygon", LOTS, "", 3),
)


def test_escape_cancels_backspace_steps_back_and_the_right_button_ends_in_every_sketch(
    desk: Desk, window: DeskWindow, qtbot: QtBot
) -> None:
    ground = Ground(desk, 0, ())
    window.news.note_change(None)
    window.map.set_aids(DrawingAids(kinds=frozenset()))
    work = Work(Hand(window, qtbot), ground, qtbot)
    for key, kind, name, least in SKETCHED:
        work.begin(kind)
        work.choose([name] if name else [])
        before = shapes_in(desk, ground)
        work.take(key)
        tool = window.map.tool
        assert isinstance(tool, SketchTool)
        if key != "mirror":  # whose second click is its end
            work.click(HOLE[0], HOLE[1])
            work.hand.key(Qt.Key.Key_Backspace)
        else:
            work.click(HOLE[0])
        assert len(tool.points) == 1, key
        work.hand.key(Qt.Key.Key_Escape)
        assert not tool.is_begun, key
        settle_window(window)
        assert same_bits(shapes_in(desk, ground), before), f"{key}: Esc changes nothing"
        work.click(*HOLE[: least - 1])
        if key != "mirror":
            work.hand.click(*ground.place(*HOLE[least - 1 if least > 2 else 0]), RIGHT)
            assert len(tool.points) == least - 1, f"{key}: too few vertices go on"
        work.end(*HOLE[least - 1 : least])
        assert not tool.is_begun, f"{key}: the right button ends"
        settle_window(window)
