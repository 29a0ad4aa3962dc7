"""An import that brings records up to a file, and what is remembered of files, from the command line."""

from pathlib import Path

import pytest

from tests.cli.running import SAMPLE, run


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "sổ"
    run("new", folder, "--commune", "01153", "--boundary", SAMPLE / "ranh_gioi_xa.geojson", "--json")
    run("import", folder, SAMPLE / "duong_cu.shp", "--type", "road_segment", "--json")
    return folder


@pytest.fixture
def changed(workspace: Path, tmp_path: Path) -> Path:
    """The workspace's roads as CSV, two of them renamed, one without its uid."""
    out = tmp_path / "ra.csv"
    assert run("export", workspace, out, "--format", "csv", "--type", "road_segment").code == 0
    text = out.read_text("utf-8-sig")
    lines = text.splitlines()
    place = lines[0].split(";" if ";" in lines[0] else ",").index("uid")
    sign = ";" if ";" in lines[0] else ","
    uids = [line.split(sign)[place] for line in lines[1:]]
    path = tmp_path / "sửa.csv"
    rows = [f"{uids[0]};Tên mới;bi đá", f"{uids[1]};Tên nữa;", f"{uids[2]};;", f"{uids[2]};;"]
    path.write_text("\n".join(["uid;ten;mat_duong", *rows]) + "\n", "utf-8")
    return path


def _import(workspace: Path, path: Path, *more: object) -> tuple[int, dict]:
    done = run("import", workspace, path, "--type", "road_segment", "--json", *more)
    assert done.out, done.err
    return done.code, done.document("import")


def test_a_trial_tells_and_a_run_writes_what_was_seen(workspace: Path, changed: Path) -> None:
    code, shown = _import(workspace, changed, "--match", "uid", "--dry-run")
    assert (code, shown["written"]) == (0, 0)
    matches = shown["matches"]
    assert {key: count for key, count in matches["counts"].items() if count} == {"changed": 2, "ambiguous": 2}
    assert matches["rows"][0]["changes"]["name"]["new"] == "Tên mới"
    token = matches["token"]
    code, done = _import(workspace, changed, "--match", "uid", "--seen", token, "--keep", "3.name", "--keep", "4")
    assert (code, done["written"], len(done["updated_uids"])) == (0, 1, 1)
    late = run("import", workspace, changed, "--type", "road_segment", "--match", "uid", "--seen", token)
    assert late.code == 2
    assert "Traceback" not in late.err


def test_words_tell_old_and_new(workspace: Path, changed: Path) -> None:
    done = run("import", workspace, changed, "--type", "road_segment", "--match", "uid", "--dry-run")
    assert "→ Tên mới" in done.out
    assert "chưa rõ" in done.out
    english = run("import", workspace, changed, "--type", "road_segment", "--match", "uid", "--dry-run", "--json")
    assert english.code == 0


def test_what_is_said_of_a_text_is_remembered_when_asked(workspace: Path, changed: Path) -> None:
    more = ("--match", "uid", "--on-new", "skip", "--map", "name=ten", "--map", "surface=mat_duong")
    code, done = _import(workspace, changed, *more, "--value", "surface:Bi đá=cap_phoi", "--remember")
    assert (code, done["plan"]["values"]["surface"]) == (0, {"bi da": "cap_phoi"})
    listed = run("remembered", workspace, "--json").document("remembered")
    assert [item["map"] for item in listed] == [{"name": "ten", "surface": "mat_duong"}]
    assert _import(workspace, changed, "--match", "uid", "--dry-run")[1]["plan"]["remembered"]
    assert not _import(workspace, changed, "--match", "uid", "--dry-run", "--afresh")[1]["plan"]["remembered"]
    assert run("remembered", workspace, "--forget", listed[0]["signature"], "--type", "road_segment").code == 0
    assert run("remembered", workspace, "--json").document("remembered") == []
    assert run("remembered", workspace, "--forget", "0000", "--type", "road_segment").code == 2


@pytest.mark.parametrize(
    "more",
    [
        ("--choose", "2=new"),
        ("--match", "uid", "--choose", "hai=new"),
        ("--match", "uid", "--choose", "2"),
        ("--match", "uid", "--keep", "x.name"),
        ("--match", "uid", "--choose", "99=new"),
        ("--match", "official-id"),
        ("--value", "surface"),
        ("--value", "không có:nhựa=BTN"),
        ("--match", "tên"),
    ],
)
def test_what_makes_no_sense_is_refused(workspace: Path, changed: Path, more: tuple[str, ...]) -> None:
    done = run("import", workspace, changed, "--type", "road_segment", "--dry-run", *more)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_file_that_comes_twice_says_what_the_rules_find(workspace: Path) -> None:
    arguments = ("import", workspace, SAMPLE / "duong_cu.shp", "--type", "road_segment")
    counts = run(*arguments, "--dry-run", "--json").document("import")["finding_counts"]
    told = next(line for line in run(*arguments).out.splitlines() if "diaba check" in line)
    assert f"{counts['warning']} cảnh báo" in told
