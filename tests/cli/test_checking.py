"""Checking only what changed, from the command line: the same findings and exit codes as a check of everything."""

from pathlib import Path

import pytest

from tests.cli.running import SAMPLE, Done, run

Made = tuple[Path, Done]


@pytest.fixture(scope="module")
def workspace(made: Made) -> Path:
    assert run("import", made[0], SAMPLE / "duong_cu.shp", "--type", "road_segment").code == 0
    return made[0]


def spoil(workspace: Path, year: int) -> None:
    name = run("list", workspace, "road_segment", "--json").document("list")[0]["values"]["name"]
    done = run("set", workspace, "road_segment", "--where", f"name = '{name}'", "--set", f"built_year={year}")
    assert done.code == 0


def test_what_changed_is_told_as_a_full_check_tells_it(workspace: Path) -> None:
    first = run("check", workspace, "--changed", "--json")  # nothing was ever checked: everything is
    assert first.code == 0
    assert first.document("check") == run("check", workspace, "--json").document("check")
    spoil(workspace, 2090)
    again = run("check", workspace, "--changed", "--json")
    assert again.code == 1
    told = again.document("check")
    assert (told["error"], told["checked"], told["blocks"]) == (1, first.document("check")["checked"], True)
    everything = run("check", workspace, "--json")
    assert everything.code == 1
    assert sorted(map(repr, told["findings"])) == sorted(map(repr, everything.document("check")["findings"]))
    assert {key: told[key] for key in told if key != "findings"} == {
        key: value for key, value in everything.document("check").items() if key != "findings"
    }
    spoil(workspace, 2001)
    assert run("check", workspace, "--changed").code == 0


def test_no_state_changes(workspace: Path) -> None:
    def states() -> list[str]:
        return [item["state"] for item in run("list", workspace, "road_segment", "--json").document("list")]

    spoil(workspace, 2002)
    before = states()
    assert "draft" in before
    assert run("check", workspace, "--changed").code == 0
    assert states() == before
    assert run("check", workspace).code == 0
    assert set(states()) == {"checked"}


def test_types_are_for_a_full_check(workspace: Path) -> None:
    done = run("check", workspace, "--changed", "--type", "road_segment")
    assert done.code == 2
    assert "--changed" in done.err
