"""To the field and back along the command line."""

from pathlib import Path

import pytest

from tests.cli.running import Done, run
from tests.services.phones import Form, place_text, write_central

UID = "0b54f1a8-0000-4000-8000-00000000000{}"
LINE = ((0.0, 0.0), (120.0, 40.0), (260.0, 30.0))


@pytest.fixture
def form(made: tuple[Path, Done], tmp_path: Path) -> Form:
    done = run("xlsform", made[0], "road_segment", tmp_path / "đường.xlsx", "--json")
    (found,) = done.document("xlsform")
    assert (found["type"], found["form_id"]) == ("road_segment", "diaba_01153_road_segment")
    return Form(Path(found["files"][0]))


def test_several_forms_go_into_a_folder(made: tuple[Path, Done], tmp_path: Path) -> None:
    done = run("xlsform", made[0], "bridge,culvert", tmp_path / "biểu mẫu")
    assert done.code == 0
    assert {path.name for path in (tmp_path / "biểu mẫu").iterdir()} == {"bridge.xlsx", "culvert.xlsx"}
    assert run("xlsform", made[0], "no_type", tmp_path / "x.xlsx").code == 2


def test_submissions_come_in_once(made: tuple[Path, Done], form: Form, tmp_path: Path) -> None:
    good = {"instance": UID.format(1), "name": "Đường Một", "location_line": place_text(LINE), "photo_1": "1.jpg"}
    bad = {"instance": UID.format(2), "name": "Đường Hai", "location_line": place_text(LINE), "lanes": "nhiều"}
    path = write_central(tmp_path / "odk.csv", form, [good, bad])
    trial = run("submissions", made[0], path, "--dry-run", "--json").document("submissions")
    assert (trial["read"], trial["accepted"], trial["written"], trial["dry_run"]) == (2, 1, 0, True)
    first = run("submissions", made[0], path, "--json")
    found = first.document("submissions")
    assert (first.code, found["written"], found["photos"]["missing"]) == (0, 1, [{"row": 2, "name": "1.jpg"}])
    assert [(item["row"], item["value"]) for item in found["rejected"]] == [(3, "nhiều")]
    again = run("submissions", made[0], path)
    assert again.code == 2
    assert "đã có" in again.out
    assert "nhiều" in again.out
    listed = run("list", made[0], "road_segment", "--json").document("list")
    assert [record["values"]["name"] for record in listed] == ["Đường Một"]
    write_central(path, form, [{**good, "name": "Đường Một mới", "edits": 1}])
    proposed = run("submissions", made[0], path)
    assert "--update" in proposed.out
    written = run("submissions", made[0], path, "--update", "--json").document("submissions")
    assert [(item["applied"], item["changes"]) for item in written["updates"]] == [
        (True, {"name": {"here": "Đường Một", "field": "Đường Một mới"}})
    ]


def test_a_folder_for_qfield_goes_out_and_comes_home(made: tuple[Path, Done], form: Form, tmp_path: Path) -> None:
    row = {"instance": UID.format(7), "name": "Đường Bảy", "location_line": place_text(LINE)}
    run("submissions", made[0], write_central(tmp_path / "odk.csv", form, [row]))
    out = tmp_path / "đi thực địa"
    done = run("qfield", made[0], out, "--type", "road_segment", "--json")
    found = done.document("qfield")
    assert found["counts"]["road_segment"] >= 1
    assert {path.name for path in out.iterdir()} == {"diaba_01153.gpkg", "diaba_01153.qgs"}
    home = run("submissions", made[0], found["data"], "--json").document("submissions")
    assert (home["known"], home["read"], home["lost"], home["updates"]) == (home["read"], home["read"], [], [])
    assert run("qfield", made[0], out).code == 2
