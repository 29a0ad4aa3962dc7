"""A dossier handed in, checked and taken in from the command line."""

from pathlib import Path

import pytest

from forms.record import Actor
from services.workspaces import create_desk
from tests.cli.running import run
from tests.services.desks import FakeClock
from tests.services.tt16_dossiers import CODE, NO_SCAN, make_dossier


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    with create_desk(tmp_path / "sổ", "01153", actor=Actor("An"), clock=FakeClock()) as desk:
        make_dossier(desk, tmp_path / "tệp")
    return tmp_path / "sổ"


def test_out_checked_and_in_again(workspace: Path, tmp_path: Path) -> None:
    [row] = run("dossiers", workspace, "--json").document("dossiers")
    (tmp_path / "ra").mkdir()
    done = run("export-dossier", workspace, row["uid"], tmp_path / "ra", "--json")
    assert done.code == 0, done.err
    told = done.document("export-dossier")
    assert (told["files"], told["errors"], [one["code"] for one in told["breaches"]]) == (5, 0, [NO_SCAN])
    folder = Path(told["folder"])
    next(folder.glob("HoSoScan/VanBan/*.pdf")).unlink()
    checked = run("check-dossier", folder, "--workspace", workspace, "--json")
    assert checked.code == 1
    assert [one["code"] for one in checked.document("check-dossier")["breaches"]] == ["TT16-FILE-MISSING", NO_SCAN]
    again = run("import-dossier", workspace, folder)
    assert again.code == 2
    assert CODE in again.err
    other = tmp_path / "khác"
    assert run("new", other, "--commune", "01153").code == 0
    dry = run("import-dossier", other, folder, "--dry-run")
    assert dry.code == 0
    assert "TT16-FILE-MISSING" in dry.out
    taken = run("import-dossier", other, folder, "--json")
    assert taken.code == 0
    assert taken.document("import-dossier")["code"] == CODE
    [back] = run("dossiers", other, "--json").document("dossiers")
    assert back["decision_no"] == row["decision_no"]
    out = run("export", other, tmp_path, "--format", "tt16", "--json")
    assert out.code == 0
    assert out.document("export")["counts"]["planning_zone"] == 2


def test_what_cannot_be_is_said(workspace: Path, tmp_path: Path) -> None:
    for options, word in (
        (["--encoding", "tcvn3"], "GeoPackage"),
        (["--encoding", "vps"], "vps"),
        (["--format", "kml", "--crs", "axis:105.5"], "KML"),
    ):
        done = run("export", workspace, tmp_path / "a", "--type", "planning_zone", *options)
        assert (done.code, word in done.err) == (2, True), done
    assert run("check-dossier", tmp_path).code == 2
