"""Findings put right from the command line."""

from pathlib import Path

import pytest
import shapely

from services.workspaces import open_desk
from tests.cli.running import Done, run

Made = tuple[Path, Done]


@pytest.fixture
def workspace(made: Made) -> Path:
    """A new road with a duplicate vertex and a new drain in centimetres."""
    from core.clock import utc_now
    from forms.record import Actor
    from services.editing import insert_record

    line = [(437_000, 2_487_000), (437_010, 2_487_000), (437_010.01, 2_487_000), (437_020, 2_487_000)]
    with open_desk(made[0], actor=Actor("can_bo"), clock=utc_now) as desk:
        insert_record(desk, "road_segment", {"name": "Đường A"}, shapely.LineString(line))
        insert_record(desk, "drainage_line", {"name": "Cống 1", "diameter_mm": 60.0}, shapely.LineString(line[::3]))
    return made[0]


def test_what_could_be_done_is_told_and_then_done(workspace: Path) -> None:
    looked = run("fix", workspace, "--rule", "GEO-05", "--dry-run", "--json").document("fix")
    [way] = looked[0]["fixes"]
    assert (way["fix"], way["certain"]) == ("drop_vertices", True)
    assert way["changes"] == ["Đường A: 4 → 3 đỉnh, diện tích và chiều dài không đổi"]
    assert run("fix", workspace, "--rule", "GEO-05", "--dry-run", "--json").document("fix") == looked
    done = run("fix", workspace, "--rule", "GEO-05", "--json").document("fix")
    assert done["done"] == len(looked)
    assert done["label"] == "Sửa nhiều lỗi: Sửa bằng cách phù hợp nhất"
    assert run("fix", workspace, "--rule", "GEO-05", "--dry-run", "--json").document("fix") == []
    assert run("undo", workspace, "--json").document("undo")["label"] == done["label"]
    assert run("fix", workspace, "--rule", "GEO-05", "--dry-run", "--json").document("fix") == looked


def test_what_is_in_doubt_waits_for_a_way(workspace: Path) -> None:
    told = run("fix", workspace, "--rule", "ATT-14")
    assert "Chưa sửa lỗi nào." in told.out
    assert "cần chọn từng lỗi" in told.out
    assert "Nhân với 10: 60 thành 600" in run("fix", workspace, "--rule", "ATT-14", "--dry-run").out
    done = run("fix", workspace, "--rule", "ATT-14", "--fix", "change_unit", "--option", "10", "--json").document("fix")
    assert done["done"] >= 1
    assert done["skipped"] == []


def test_refusals(workspace: Path) -> None:
    assert run("fix", workspace, "--rule", "GEO-99").code == 2
    done = run("fix", workspace, "--rule", "GEO-05", "--fix", "nope")
    assert done.code == 2
    assert "drop_vertices" in done.err
