"""Waiving from the command line."""

from pathlib import Path

import pytest

from tests.cli.running import SAMPLE, Done, run

Made = tuple[Path, Done]
REASON = "Năm theo quyết định gốc, đã đối chiếu"


@pytest.fixture
def wrong(made: Made) -> tuple[Path, str]:
    workspace = made[0]
    assert run("import", workspace, SAMPLE / "duong_cu.shp", "--type", "road_segment").code == 0
    first = run("list", workspace, "road_segment", "--json").document("list")[0]
    uid, name = first["uid"], first["values"]["name"]
    assert run("set", workspace, "road_segment", "--where", f"name = '{name}'", "--set", "built_year=2090").code == 0
    return workspace, uid


def test_waive_list_and_withdraw(wrong: tuple[Path, str]) -> None:
    workspace, uid = wrong
    assert run("check", workspace).code == 1
    assert run("waive", workspace, uid, "ATT-06", "--reason", "ok").code == 2
    assert run("waive", workspace, uid, "CRS-01", "--reason", REASON).code == 2
    assert run("waivers", workspace, "--json").document("waivers") == []
    done = run("waive", workspace, uid, "ATT-06", "--reason", REASON, "--as", "Bình", "--json")
    [told] = done.document("waive")
    assert (told["rule_id"], told["uid"], told["person"], told["stands"]) == ("ATT-06", uid, "Bình", True)
    assert run("waivers", workspace, "--json").document("waivers") == [told]
    assert REASON in run("waivers", workspace).out
    checked = run("check", workspace, "--json")
    assert checked.code == 0
    assert (checked.document("check")["waived"], checked.document("check")["error"]) == (1, 0)
    assert run("set", workspace, "road_segment", "--set", "note=x").code == 0
    assert run("check", workspace).code == 1
    assert [item["stands"] for item in run("waivers", workspace, "--json").document("waivers")] == [False]
    assert run("waive", workspace, uid, "ATT-06", "--withdraw", "--key", "0" * 64).code == 2
    key = told["key"]
    assert run("waive", workspace, uid, "ATT-06", "--withdraw", "--key", key, "--json").document("waive") == []
    assert run("waive", workspace, uid, "ATT-06", "--withdraw").code == 2
    assert run("undo", workspace).code == 0
    assert len(run("waivers", workspace, "--json").document("waivers")) == 1
