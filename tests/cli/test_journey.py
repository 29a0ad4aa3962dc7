"""Field file to sealed package with nothing but commands: every document as described, every exit code as promised."""

import json
from pathlib import Path

import pytest

from core.errors import UserError
from core.messages import LANGUAGES, Language, render
from forms.record import Actor, State
from services.reading import history_of
from services.workspaces import open_desk
from tests.cli.running import SAMPLE, Done, run
from tests.services.desks import AN, FakeClock

Made = tuple[Path, Done]


@pytest.fixture(scope="module")
def workspace(made: Made) -> Path:
    return made[0]


@pytest.fixture(scope="module")
def imported(workspace: Path) -> Done:
    arguments = (SAMPLE / "duong_cu.shp", "--type", "road_segment", "--as", "Trần Thị Bình", "--json")
    return run("import", workspace, *arguments)


@pytest.fixture(scope="module")
def nameless(workspace: Path, imported: Done, folder: Path) -> str:
    """A road that no approver can take: without a name."""
    path = folder / "thêm.geojson"
    line = {"type": "LineString", "coordinates": [[104.89, 22.43], [104.8905, 22.4303]]}
    feature = {"type": "Feature", "properties": {"ghi_chu": "chưa rõ"}, "geometry": line}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    [uid] = run("import", workspace, path, "--type", "road_segment", "--json").document("import")["uids"]
    return str(uid)


@pytest.fixture(scope="module")
def approved(workspace: Path, nameless: str) -> Done:
    return run("approve", workspace, "--type", "road_segment", "--json")


@pytest.fixture(scope="module")
def packed(workspace: Path, approved: Done, folder: Path) -> Done:
    (folder / "usb").mkdir()
    return run("package", workspace, "--out", folder / "usb", "--json")


def test_new(made: Made) -> None:
    workspace, done = made
    found = done.document("new")
    assert (done.code, done.err) == (0, "")
    assert (found["commune"], found["name"], found["epsg"], found["axis"]) == ("01153", "Xã Bắc Quang", 9211, 106.0)
    assert (workspace / "store.sqlite").is_file()


def test_new_tells_the_axis_as_it_is_written(tmp_path: Path) -> None:
    assert "kinh tuyến trục 106°00'." in run("new", tmp_path / "sổ", "--commune", "01153").err


def test_inspect(workspace: Path) -> None:
    done = run("inspect", SAMPLE / "duong_cu.shp", "--workspace", workspace, "--json")
    [layer] = done.document("inspect")["layers"]
    assert (done.code, layer["count"], layer["proposals"][0]["crs"]) == (0, 12, "EPSG:9209")
    assert next(item for item in layer["columns"] if item["name"] == "TEN_DUONG")["encoding"] == "tcvn3"


def test_inspect_without_a_workspace() -> None:
    done = run("inspect", SAMPLE / "duong_cu.shp", "--commune", "01153", "--json")
    layer = done.document("inspect")["layers"][0]
    assert {"EPSG:9209", "EPSG:9211"} <= {item["crs"] for item in layer["proposals"]}
    assert {item["confidence"] for item in layer["proposals"]} == {"undecided"}
    outline = ("--commune", "01153", "--boundary", SAMPLE / "ranh_gioi_xa.geojson")
    told = run("inspect", SAMPLE / "duong_cu.shp", *outline)
    assert told.code == 0
    assert "EPSG:9209" in told.out.split("EPSG:9211")[0]


def test_import(imported: Done) -> None:
    found = imported.document("import")
    assert (imported.code, imported.err) == (0, "")
    assert (found["read"], found["accepted"], found["written"], found["rejected"]) == (12, 12, 12, [])
    assert found["plan"]["map"]["name"] == "TEN_DUONG"
    assert len(found["uids"]) == 12
    assert found["empty"]["lanes"] == 12


def test_dry_run(workspace: Path, imported: Done) -> None:
    done = run("import", workspace, SAMPLE / "duong_cu.shp", "--type", "road_segment", "--dry-run", "--json")
    found = done.document("import")
    assert (done.code, found["dry_run"], found["written"], found["accepted"]) == (0, True, 0, 12)
    assert found["plan"] == imported.document("import")["plan"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("VN-2000 105°30' múi 3° (EPSG:9209)", "quy chiếu –", "Đã nhân tọa độ với 0,001", "milimét")),
        ("en", ("VN-2000 105°30' zone 3° (EPSG:9209)", "operation –", "Multiplied the coordinates by 0.001")),
    ],
)
def test_what_was_put_right_of_coordinates_is_told(
    workspace: Path, tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    path = tmp_path / "cống.csv"
    path.write_text("STT,X,Y\n1,2477276895,432015130\n2,2479470492,433870570\n", encoding="utf-8")
    told = run("--language", language, "import", workspace, path, "--type", "culvert", "--dry-run")
    assert all(word in told.out for word in words), told.out
    assert "none" not in told.out


def test_a_system_that_nothing_decides_is_told_as_such(tmp_path: Path) -> None:
    run("new", tmp_path / "sổ", "--commune", "01153")
    told = run("import", tmp_path / "sổ", SAMPLE / "duong_cu.shp", "--type", "road_segment", "--dry-run")
    assert "chú ý: Kinh tuyến trục hiện hành của tỉnh; chưa có ranh giới xã để đối chiếu." in told.out


def test_one_mapped_field_and_one_constant(workspace: Path) -> None:
    options = ("--map", "name=ten_duong", "--set", "surface=BTXM", "--crs", "axis:105.5", "--dry-run", "--json")
    found = run("import", workspace, SAMPLE / "duong_cu.shp", "--type", "road_segment", *options).document("import")
    assert found["plan"]["map"] == {"name": "TEN_DUONG"}
    assert found["plan"]["set"] == {"surface": "BTXM"}
    assert "surface" not in found["empty"]


def test_list(workspace: Path, imported: Done, nameless: str) -> None:
    found = run("list", workspace, "road_segment", "--json").document("list")
    assert len(found) == 13
    road = next(item for item in found if item["values"]["name"] == "Đường tỉnh 199 đoạn qua xã")
    assert (road["revision"], road["geometry"]["type"]) == (1, "LineString")
    assert road["lineage"]["source_file"] == "duong_cu.shp"
    assert 300_000 < road["geometry"]["coordinates"][0][0] < 500_000
    assert road["uid"] in imported.document("import")["uids"]


def test_list_where(workspace: Path, imported: Done) -> None:
    found = run("list", workspace, "road_segment", "--where", "carriageway_w >= 5.5", "--json").document("list")
    assert found
    assert all(item["values"]["carriageway_w"] >= 5.5 for item in found)
    assert run("list", workspace, "bridge", "--json").document("list") == []


def test_approve_takes_what_is_sound_and_exits_1_for_the_rest(approved: Done, nameless: str) -> None:
    found = approved.document("approve")
    assert approved.code == 1
    assert len(found["approved"]) == 12
    assert list(found["blocked"]) == [nameless]
    assert found["blocked"][nameless][0]["rule_id"] == "ATT-01"


def test_check_exits_1_while_something_blocks(workspace: Path, approved: Done, nameless: str) -> None:
    done = run("check", workspace, "--type", "road_segment", "--json")
    found = done.document("check")
    assert (done.code, found["blocks"], found["checked"], found["error"]) == (1, True, 13, 1)
    assert [item["uid"] for item in found["findings"] if item["severity"] == "error"] == [nameless]
    assert found["completeness"]["road_segment"]["missing"]["lanes"] == 13
    done = run("check", workspace, "--type", "bridge", "--json")
    assert (done.code, done.document("check")["blocks"]) == (0, False)


def test_package(packed: Done, folder: Path) -> None:
    found = packed.document("package")
    assert (packed.code, found["count"], found["sequence"]) == (0, 12, 1)
    assert Path(found["file"]).is_file()
    assert Path(found["copy_file"]).parent == folder / "usb"


def test_package_again_is_nothing(workspace: Path, packed: Done) -> None:
    done = run("package", workspace, "--json")
    assert (done.code, done.document("package")) == (0, None)


def test_verify_package(packed: Done) -> None:
    copy = packed.document("package")["copy_file"]
    done = run("verify-package", copy, "--json")
    found = done.document("verify-package")
    assert (done.code, found["package_id"], found["count"]) == (0, packed.document("package")["package_id"], 12)


def test_a_flipped_byte_exits_2(packed: Done, folder: Path) -> None:
    raw = bytearray(Path(packed.document("package")["copy_file"]).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / "hỏng.zip").write_bytes(raw)
    done = run("verify-package", folder / "hỏng.zip", "--json")
    assert (done.code, done.out) == (2, "")
    assert done.err.strip()


def test_export(workspace: Path, imported: Done, folder: Path) -> None:
    done = run("export", workspace, folder / "đường.gpkg", "--type", "road_segment", "--json")
    found = done.document("export")
    assert (done.code, found["counts"]["road_segment"] >= 12) == (0, True)
    assert [Path(name).name for name in found["files"]] == ["đường.gpkg"]


def test_types() -> None:
    found = {item["id"]: item for item in run("types", "--json").document("types")}
    assert len(found) >= 31
    assert {"road_segment", "bridge", "survey_point", "planning_dossier", "non_delivery_reason"} <= set(found)
    assert {"key", "label", "type"} <= set(found["road_segment"]["fields"][0])
    zone, inspection = found["planning_zone"], found["asset_inspection"]
    assert (zone["tt16_class"], zone["tt16_other_classes"]) == ("ChucNangSuDungDat_A", ["PhanOQuyHoach_A"])
    assert zone["identity"] == ["dossier_uid", "lot_symbol"]
    assert (inspection["append_only"], inspection["dated_by"]) == (True, "inspected_on")
    assert found["planning_drawing"]["geometry_required"] is False
    assert {"type": "planning_zone", "field": "dossier_uid"} in found["planning_dossier"]["children"]
    assert {"type": "asset_inspection", "field": "asset_uid"} in found["bridge"]["children"]
    for item in found.values():
        assert {field["section"] for field in item["fields"]} <= {section["key"] for section in item["sections"]}
        assert {section["tab"] for section in item["sections"]} <= {tab["key"] for tab in item["tabs"]}
        assert all({"vi", "en"} <= set(field["label"]) for field in item["fields"])


def test_self_test() -> None:
    done = run("self-test", "--json")
    assert done.code == 0
    assert all(item["passed"] for item in done.document("self-test"))


# Who


def test_who_did_it_stands_in_the_record(workspace: Path, imported: Done) -> None:
    uid = imported.document("import")["uids"][0]
    with open_desk(workspace, actor=AN, clock=FakeClock(), read_only=True) as desk:
        first = history_of(desk, uid)[0]
    assert (first.actor.name, first.actor.authenticated) == ("Trần Thị Bình", False)


@pytest.mark.parametrize(
    ("environment", "options", "command", "name"),
    [
        ("Lê Văn Cường", (), (), "Lê Văn Cường"),
        ("Lê Văn Cường", (), ("--as", "Bình"), "Bình"),
        ("Lê Văn Cường", ("--as", "An"), (), "An"),
        (None, ("--as", "An"), ("--as", "Bình"), "Bình"),
    ],
)
def test_who_acts(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: str | None,
    options: tuple[str, ...],
    command: tuple[str, ...],
    name: str,
) -> None:
    if environment:
        monkeypatch.setenv("DIABA_USER", environment)
    seen: list[str] = []

    def note(_folder: Path, *, actor: Actor, **_: object) -> None:
        seen.append(actor.name)
        raise UserError("STORE-MISSING", folder="x", file="y")

    monkeypatch.setattr("services.workspaces.open_desk", note)
    run(*options, "check", folder, *command)
    assert seen == [name]


# Words for people


@pytest.mark.parametrize(
    "arguments",
    [
        ("types",),
        ("self-test",),
        ("list", "WORKSPACE", "road_segment"),
        ("check", "WORKSPACE"),
        ("package", "WORKSPACE"),
    ],
)
def test_without_json_people_read_words(workspace: Path, packed: Done, arguments: tuple[str, ...]) -> None:
    done = run(*[str(workspace) if item == "WORKSPACE" else item for item in arguments])
    assert done.out.strip()
    assert "{" not in done.out.replace("{}", "")
    assert done.code == (1 if arguments[0] == "check" else 0)


def test_an_edge_that_differs_is_told_in_words(workspace: Path, tmp_path: Path) -> None:
    table = tmp_path / "bang_ke.txt"
    corners = [(1, 2480000, 430000, 0), (2, 2481000, 430000, 1000), (3, 2481000, 431000, 999), (1, 2480000, 430000, "")]
    rows = [f"{point}\t{north},000\t{east},000\t{edge}" for point, north, east, edge in corners]
    table.write_text("\n".join(["Số hiệu điểm\tX (m)\tY (m)\tS (m)", *rows]), encoding="utf-8")
    done = run("import", workspace, table, "--type", "planning_boundary", "--crs", "axis:105.5", "--dry-run")
    assert "999" in done.out, done.err


@pytest.mark.parametrize("language", LANGUAGES)
def test_severities_and_states_are_words(workspace: Path, imported: Done, language: Language) -> None:
    checked = run("--language", language, "check", workspace)
    assert render("UI-SEVERITY-WARNING", {}, language) in checked.out
    listed = run("--language", language, "list", workspace, "road_segment").out.splitlines()
    states = {render(f"UI-STATE-{state.upper()}", {}, language) for state in State}
    assert {line[38:].split("  ")[0].strip() for line in listed} <= states
    assert len(listed) > 1


def test_words_follow_the_language(workspace: Path, packed: Done) -> None:
    vietnamese = run("package", workspace)
    english = run("--language", "en", "package", workspace)
    assert vietnamese.out != english.out
    assert "No approved record" in english.out
