"""Files and many records at once by commands alone."""

from pathlib import Path

import pytest

from tests.cli.running import SAMPLE, run
from tests.exchange.document_samples import camera_exif, jpeg

Made = tuple[Path, object]


@pytest.fixture(scope="module")
def workspace(made: Made) -> Path:
    return made[0]


@pytest.fixture(scope="module")
def roads(workspace: Path) -> list[str]:
    run("import", workspace, SAMPLE / "duong_cu.shp", "--type", "road_segment", "--json")
    return [item["uid"] for item in run("list", workspace, "road_segment", "--json").document("list")]


def test_a_file_in_and_out(workspace: Path, roads: list[str], tmp_path: Path) -> None:
    photo, program = tmp_path / "ảnh.jpg", tmp_path / "chạy.jpg"
    photo.write_bytes(jpeg(exif=camera_exif()))
    program.write_bytes(b"MZ" + bytes(100))
    done = run("attach", workspace, roads[0], photo, program, "--json")
    told = done.document("attach")
    assert (done.code, told["attached"], [item["code"] for item in told["refused"]]) == (
        1,
        1,
        ["DOCUMENT-NOT-ALLOWED"],
    )
    [link] = run("attachments", workspace, roads[0], "--json").document("attachments")
    assert (link["name"], link["held"], link["in_province"]) == ("ảnh.jpg", "whole", False)
    out = tmp_path / "ra.jpg"
    assert run("save-attachment", workspace, link["sha256"], out, "--json").document("save-attachment")["bytes"]
    assert out.read_bytes() == photo.read_bytes()
    assert "ảnh.jpg" in run("attachments", workspace, roads[0]).out
    run("detach", workspace, roads[0], link["sha256"], "--json").document("detach")
    assert run("attachments", workspace, roads[0], "--json").document("attachments") == []
    missing = run("save-attachment", workspace, "0" * 64, out)
    assert missing.code == 2


def test_photos_of_a_folder_are_proposed_and_taken(workspace: Path, roads: list[str], tmp_path: Path) -> None:
    (tmp_path / "DCIM").mkdir()
    (tmp_path / "DCIM" / "1.jpg").write_bytes(jpeg(exif=camera_exif()))
    told = run("attach-folder", workspace, tmp_path / "DCIM", "--json").document("attach-folder")
    [photo] = told["photos"]
    assert (photo["uid"], told["attached"]) == (None, None)
    arguments = ("--type", "survey_point", "--new", "--apply", "--json")
    told = run("attach-folder", workspace, tmp_path / "DCIM", *arguments).document("attach-folder")
    assert list(told["attached"].values()) == [1]
    assert told["made"] == list(told["attached"])
    assert run("attach-folder", workspace, tmp_path / "không có").code == 2


def test_many_at_once_and_back_again(workspace: Path, roads: list[str]) -> None:
    changed = run("set", workspace, "road_segment", "--set", "lanes=2", "--json").document("set")
    assert changed["count"] == len(roads)
    copied = run("copy", workspace, roads[0], roads[1], "--field", "lanes", "--json").document("copy")
    assert copied["count"] == 0
    history = run("history", workspace, roads[0], "--json").document("history")
    assert history[-1]["after"] == {"lanes": 2}
    reverted = run("revert", workspace, history[-1]["sequence"], "--json").document("revert")
    assert reverted["uids"] == [roads[0]]
    assert run("undo", workspace, "--json").document("undo")["count"] == 1
    assert run("undo", workspace, "--json").document("undo")["count"] == len(roads)
    assert run("redo", workspace, "--json").document("redo")["count"] == len(roads)
    assert run("undo", workspace, "--skip", "--json").document("undo")["skipped"] is True
    assert run("set", workspace, "road_segment", "--set", "làn=2").code == 2
    assert "lanes" not in run("history", workspace, roads[0]).out
