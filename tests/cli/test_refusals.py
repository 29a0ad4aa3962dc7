"""What goes wrong on the command line: exit code 2 or 3, words on standard error, nothing on standard output."""

from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from tests.cli.running import SAMPLE, Done, run, run_apart
from tests.services.desks import file_bytes

Made = tuple[Path, Done]
ROADS = SAMPLE / "duong_cu.shp"


@pytest.fixture(scope="module")
def workspace(made: Made) -> Path:
    return made[0]


REFUSED: dict[str, tuple[object, ...]] = {
    "an existing workspace": ("new", "WORKSPACE", "--commune", "01153"),
    "a wrong commune": ("new", "ELSEWHERE", "--commune", "99999"),
    "a name of several": ("new", "ELSEWHERE", "--commune", "tan lap"),
    "no workspace": ("check", "ELSEWHERE"),
    "a missing file": ("import", "WORKSPACE", "ELSEWHERE.shp", "--type", "road_segment"),
    "a wrong type": ("import", "WORKSPACE", ROADS, "--type", "cau_tau"),
    "a wrong field": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--map", "ten=TEN_DUONG"),
    "no pair": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--map", "name"),
    "a wrong axis": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--crs", "axis:108"),
    "a withdrawn system": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--crs", "6958"),
    "no system": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--crs", "abc"),
    "a wrong order": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--swap-axes", "yes"),
    "no such order": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--swap-axes", "maybe"),
    "no such encoding": ("import", "WORKSPACE", ROADS, "--type", "road_segment", "--encoding", "klingon"),
    "a wrong filter": ("list", "WORKSPACE", "road_segment", "--where", "rong > 3"),
    "no filter": ("list", "WORKSPACE", "road_segment", "--where", "name >>> 3"),
    "a list of nothing known": ("list", "WORKSPACE", "cau_tau"),
    "a uid of nothing": ("approve", "WORKSPACE", "--uid", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
    "no package": ("verify-package", "ELSEWHERE.zip"),
    "an export of nothing": ("export", "WORKSPACE", "ELSEWHERE.gpkg"),
    "no such format": ("export", "WORKSPACE", "ELSEWHERE.dwg", "--format", "dwg"),
    "not enrolled": ("sync", "WORKSPACE"),
    "no such command": ("nhap", "WORKSPACE"),
    "no such option": ("check", "WORKSPACE", "--tat-ca"),
    "an argument missing": ("import", "WORKSPACE"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_the_user_can_put_right_exits_2(workspace: Path, tmp_path: Path, kind: str) -> None:
    before = file_bytes(workspace)
    places = {"WORKSPACE": workspace, "ELSEWHERE": tmp_path / "không có"}
    named = [
        str(item).replace("ELSEWHERE", str(places["ELSEWHERE"])) if item != "WORKSPACE" else workspace
        for item in REFUSED[kind]
    ]
    done = run(*named)
    assert (done.code, done.out) == (2, ""), done.err
    assert len(done.err.strip()) > 15
    assert "Traceback" not in done.err
    assert not [line for line in done.err.splitlines() if "{" in line and not line.startswith("Usage: ")]
    assert file_bytes(workspace) == before
    assert list(tmp_path.iterdir()) == []


def test_a_rejected_row_exits_2_and_still_tells_everything(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    good = "P1;2481007,512;437018,346;1\nP2;hai;437020;2\nP3;2481017,512;437018,346;3\n"
    path.write_text(good, encoding="utf-8")
    done = run("import", workspace, path, "--type", "survey_point", "--json")
    found = done.document("import")
    assert (done.code, found["written"]) == (2, 0)
    assert [(item["row"], item["column"], item["value"]) for item in found["rejected"]] == [(2, "X", "hai")]
    told = run("import", workspace, path, "--type", "survey_point")
    assert told.code == 2
    assert "--skip-bad" in told.err
    done = run("import", workspace, path, "--type", "survey_point", "--skip-bad", "--dry-run", "--json")
    assert (done.code, done.document("import")["accepted"]) == (0, 2)


def test_opened_twice_exits_2(workspace: Path) -> None:
    from services.workspaces import open_desk
    from tests.services.desks import AN, FakeClock

    with open_desk(workspace, actor=AN, clock=FakeClock()):
        done = run("check", workspace)
    assert (done.code, done.out) == (2, "")
    assert "đang được mở" in done.err


def test_what_the_system_refuses_exits_3(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localdb.workspace.is_writable", lambda _: False)
    done = run("check", workspace)
    assert (done.code, done.out) == (EnvironmentFault.exit_code, "") == (3, "")
    assert "không ghi được" in done.err.lower()


def test_a_bug_exits_70_with_a_sentence(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("chia cho không")

    monkeypatch.setattr("services.desk_checks.check_desk", fail)
    done = run("check", workspace)
    assert (done.code, done.out) == (70, "")
    assert "ZeroDivisionError" in done.err.splitlines()[-1]


def test_cancelling_exits_130(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("services.desk_checks.check_desk", stop)
    assert run("check", workspace).code == 130


def test_a_workspace_can_be_used_after_every_failure(workspace: Path) -> None:
    done = run("check", workspace, "--json")
    assert done.code == 0
    done.document("check")


# In processes of their own


def test_as_a_program_that_fails(tmp_path: Path) -> None:
    done = run_apart("check", tmp_path / "không có", DIABA_LANGUAGE="en", PYTHONIOENCODING="ascii")
    assert (done.code, done.out) == (2, "")
    assert "holds no workspace" in done.err
    assert "không có" in done.err, "letters beyond ASCII come through whatever the terminal claims"


def test_as_a_program_that_works(tmp_path: Path) -> None:
    made = run_apart("new", tmp_path / "xã", "--commune", "01153", "--json", PYTHONIOENCODING="ascii")
    assert (made.code, made.err) == (0, "")
    assert made.document("new")["name"] == "Xã Bắc Quang"
