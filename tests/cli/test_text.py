"""The text doctor along the command line: seen on 20 rows, overruled for one column, undone after the import."""

from pathlib import Path

import pytest

from tests.cli.running import SAMPLE, run
from tests.exchange.old_offices import vni_bytes
from tests.exchange.samples import write_legacy_shapefile

NAMES = [f"Đường Nguyễn Huệ {number}" for number in range(25)]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIABA_CONFIG", str(tmp_path / "cấu hình"))
    done = run("new", tmp_path / "sổ", "--commune", "01153")
    assert done.code == 0, done.err
    return tmp_path / "sổ"


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    return write_legacy_shapefile(tmp_path / "duong_vni.shp", list(map(vni_bytes, NAMES)), 437_000.0, 2_487_000.0)


def test_inspect_shows_twenty_rows_before_and_after(roads: Path) -> None:
    told = run("inspect", roads).out.splitlines()
    assert sum("→" in line for line in told) == 20
    assert any("VNI-Windows" in line and "nhận ra chắc chắn" in line for line in told)
    [column] = run("inspect", roads, "--json").document("inspect")["layers"][0]["columns"]
    assert (column["encoding"], len(column["encodings"][0]["preview"])) == ("vni", 20)
    assert "\\x" not in run("inspect", SAMPLE / "gps.gpx").out


def test_one_column_is_overruled_and_read_again(book: Path, roads: Path) -> None:
    arguments = ("import", book, roads, "--type", "road_segment", "--crs", "EPSG:9211", "--json")
    plan = run(*arguments, "--column-encoding", "TEN=windows-1258", "--dry-run").document("import")["plan"]
    assert plan["encodings"] == {"TEN": "cp1258"}
    done = run(*arguments, "--column-encoding", "TEN=windows-1258")
    assert done.document("import")["written"] == 25
    listed = run("reread-text", book, "--type", "road_segment", "--json").document("reread-text")
    assert [(item["column"], item["field"], item["encoding"]) for item in listed["columns"]] == [
        ("TEN", "name", "cp1258")
    ]
    again = ("reread-text", book, "--type", "road_segment", "--column", "TEN", "--encoding", "vni")
    assert run(*again, "--dry-run", "--json").document("reread-text")["outcome"]["count"] == 25
    assert "25" in run(*again).out
    names = {row["values"]["name"] for row in run("list", book, "road_segment", "--json").document("list")}
    assert names == set(NAMES)


def test_wrong_names_are_told(book: Path, roads: Path) -> None:
    arguments = ("import", book, roads, "--type", "road_segment", "--crs", "EPSG:9211")
    for choice, said in (("TEN=klingon", "klingon"), ("KHONG=vni", "KHONG"), ("TEN", "--column-encoding")):
        done = run(*arguments, "--column-encoding", choice)
        assert (done.code, said in done.err) == (2, True), done
    done = run("reread-text", book, "--type", "road_segment", "--column", "TEN", "--encoding", "vni")
    assert (done.code, "TEN" in done.err) == (2, True)
