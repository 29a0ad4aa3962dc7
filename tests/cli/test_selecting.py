"""Listing what lies so to something else, from the command line."""

from pathlib import Path

import pytest
import shapely

from cli.records import RELATIONS
from services.selecting import Relation
from tests.cli.running import Done, run
from tests.services.desks import sample_square, write_roads

Made = tuple[Path, Done]


@pytest.fixture(scope="module")
def workspace(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    square = sample_square(0, 0, 60)
    lots = [
        ({"ten": f"Khoanh {place}"}, shapely.transform(square, lambda xy, x=x: xy + (x, 0)))
        for place, x in enumerate((0, 30, 400))
    ]
    path = write_roads(tmp_path_factory.mktemp("nguồn") / "khoanh.geojson", lots)
    assert run("import", made[0], path, "--type", "land_use_plan_area", "--json").code == 0
    return made[0]


def uids(workspace: Path, *arguments: object) -> list[str]:
    done = run("list", workspace, "land_use_plan_area", "--json", *arguments)
    assert done.code == 0, done.err
    return [item["uid"] for item in done.document("list")]


def test_what_lies_so_to_another(workspace: Path) -> None:
    first, second, third = uids(workspace)
    assert uids(workspace, "--relation", "overlaps", "--of", first) == [second]
    assert uids(workspace, "--relation", "disjoint", "--of-type", "land_use_plan_area") == [third]
    assert uids(workspace, "--relation", "near", "--distance", "320", "--of", third) == [second]
    assert uids(workspace, "--relation", "intersects", "--of", second, "--where", "name LIKE 'Khoanh 0'") == [first]


def test_the_relations_are_those_of_the_service(workspace: Path) -> None:
    assert RELATIONS.split(" | ") == [item.value for item in Relation]
    done = run("list", workspace, "land_use_plan_area", "--relation", "beside")
    assert (done.code, "beside" in done.err) == (2, True)
    assert run("list", workspace, "land_use_plan_area", "--relation", "near", "--of", uids(workspace)[0]).code == 2
