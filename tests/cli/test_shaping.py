"""Shapes changed from the command line: along the line of a file, offset, simplified; refusals as on the map."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from geodesy.grid import on_grid
from services.workspaces import open_desk
from tests.cli.running import Done, run
from tests.services.desks import write_roads

Made = tuple[Path, Done]
TYPE = "land_use_plan_area"


@pytest.fixture(scope="module")
def workspace(made: Made) -> Path:
    return made[0]


@pytest.fixture
def lots(workspace: Path) -> list[str]:
    """Two lots with a common border that has a vertex too many, and a bare one; new for each test."""
    from core.clock import utc_now
    from forms.record import Actor
    from services.editing import insert_record

    shapes = [
        shapely.Polygon([(0, 0), (100, 0), (100.2, 50), (100, 100), (0, 100)]),
        shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100.2, 50)]),
        None,
    ]
    with open_desk(workspace, actor=Actor("can_bo"), clock=utc_now) as desk:
        east, north = 437_000.0, 2_487_000.0
        moved = [None if shape is None else shapely.transform(shape, lambda xy: xy + (east, north)) for shape in shapes]
        return [insert_record(desk, TYPE, {"lot_no": f"K{at}"}, shape).record.uid for at, shape in enumerate(moved)]


def shape_of(workspace: Path, uid: str) -> Any:
    found = run("list", workspace, TYPE, "--json").document("list")
    return next(shapely.geometry.shape(each["geometry"]) for each in found if each["uid"] == uid)


def test_an_outline_follows_the_line_of_a_file(workspace: Path, lots: list[str], tmp_path: Path) -> None:
    places = [
        (437_010, 2_486_999),
        (437_010, 2_486_980),
        (437_030, 2_486_980),
        (437_030, 2_486_999.5),
        (437_030, 2_487_001),
    ]
    path = write_roads(tmp_path / "nắn.geojson", [({"ten": "x"}, shapely.LineString(places))])
    before = shape_of(workspace, lots[0])
    done = run("reshape", workspace, lots[0], path, "--json")
    assert done.code == 2, "the line begins outside and meets the outline once"
    meeting = shapely.LineString([(437_010, 2_487_001), *places[1:3], (437_030, 2_487_001)])
    path = write_roads(tmp_path / "nắn lại.geojson", [({"ten": "x"}, meeting)])
    done = run("reshape", workspace, lots[0], path, "--json")
    assert done.document("reshape")["uids"] == [lots[0]]
    added = shapely.box(437_010, 2_486_980, 437_030, 2_487_000)
    assert shape_of(workspace, lots[0]).symmetric_difference(before.union(added)).area < 0.1
    assert run("undo", workspace, "--json").document("undo")["label"]
    assert shape_of(workspace, lots[0]).equals(before)


def test_areas_grow_by_a_distance(workspace: Path, lots: list[str]) -> None:
    before = shape_of(workspace, lots[0])
    done = run("offset", workspace, lots[0], "--distance", "2.5", "--json").document("offset")
    assert (done["count"], "2,5 m" in done["label"]) == (1, True)
    assert shape_of(workspace, lots[0]).equals(on_grid(before.buffer(2.5, join_style="mitre")))


def test_neighbours_are_simplified_together(workspace: Path, lots: list[str]) -> None:
    done = run("simplify", workspace, *lots[:2], "--tolerance", "0.5", "--json").document("simplify")
    assert sorted(done["uids"]) == sorted(lots[:2])
    shapes = [shape_of(workspace, uid) for uid in lots[:2]]
    assert [shapely.get_num_coordinates(shape) for shape in shapes] == [5, 5]
    assert shapely.coverage_is_valid(shapes)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("offset", "--distance", "-80"), "không còn hình"),
        (("offset", "--distance", "0"), "không còn hình"),
        (("simplify", "--tolerance", "0"), "lớn hơn 0"),
    ],
)
def test_refusals_are_those_of_the_map(workspace: Path, lots: list[str], arguments: tuple[str, ...], told: str) -> None:
    before = shape_of(workspace, lots[0])
    done = run(arguments[0], workspace, lots[0], *arguments[1:])
    assert (done.code, told in done.err) == (2, True)
    assert shape_of(workspace, lots[0]).equals(before)


def test_a_record_without_a_shape_is_named_and_nothing_is_changed(workspace: Path, lots: list[str]) -> None:
    before = shape_of(workspace, lots[0])
    done = run("offset", workspace, lots[0], lots[2], "--distance", "1")
    assert (done.code, lots[2] in done.err) == (2, True)
    assert shape_of(workspace, lots[0]).equals(before)
    assert run("simplify", workspace, "không có", "--tolerance", "1").code == 2


def test_a_file_must_hold_one_line(workspace: Path, lots: list[str], tmp_path: Path) -> None:
    lines = [({"ten": str(at)}, shapely.LineString([(437_000 + at, 2_487_000), (437_050, 2_487_090)])) for at in (0, 1)]
    done = run("reshape", workspace, lots[0], write_roads(tmp_path / "hai.geojson", lines))
    assert (done.code, "đúng một đường" in done.err) == (2, True)
