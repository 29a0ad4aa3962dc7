"""Catalogue packs from the command line: key, pack, load, list, remove, each printing what the documents say."""

from pathlib import Path

import pytest

from tests.cli.running import Done, run
from tests.services.offices import BUS_STOP


@pytest.fixture(scope="module")
def sealed(folder: Path) -> tuple[Path, Done]:
    key = folder / "khóa"
    made = run("catalogue", "new-key", key, "--json").document("catalogue new-key")
    (folder / "soạn" / "definitions").mkdir(parents=True)
    (folder / "soạn" / "definitions" / "bus_stop.yaml").write_text(BUS_STOP, encoding="utf-8")
    out = folder / "danh mục.zip"
    arguments = ("--key", key, "--name", "Danh mục tỉnh", "--issuer", "Sở Xây dựng", "--version", 1, "--json")
    built = run("catalogue", "build", folder / "soạn", out, *arguments)
    assert built.document("catalogue build")["fingerprint"] == made["fingerprint"]
    return out, built


def test_a_pack_is_loaded_listed_and_removed(made: tuple[Path, Done], sealed: tuple[Path, Done]) -> None:
    workspace, pack = made[0], sealed[0]
    stranger = run("catalogue", "load", workspace, pack)
    assert stranger.code == 2
    assert "Sở Xây dựng" in stranger.err
    loaded = run("catalogue", "load", workspace, pack, "--trust", "--json").document("catalogue load")
    assert loaded["change"]["types"] == ["bus_stop"]
    listed = run("catalogue", "list", workspace, "--json").document("catalogue list")
    assert [item["pack_id"] for item in listed] == [loaded["pack_id"]]
    assert run("list", workspace, "bus_stop", "--json").document("list") == []
    removed = run("catalogue", "remove", workspace, loaded["pack_id"], "--json").document("catalogue remove")
    assert removed == {"removed": loaded["pack_id"], "retired": {}}
    assert run("list", workspace, "bus_stop").code == 2


def test_a_key_is_never_overwritten(sealed: tuple[Path, Done], folder: Path) -> None:
    before = (folder / "khóa").read_bytes()
    assert run("catalogue", "new-key", folder / "khóa").code == 2
    assert (folder / "khóa").read_bytes() == before


def test_an_office_confirms_a_land_use_code(made: tuple[Path, Done], sealed: tuple[Path, Done], folder: Path) -> None:
    """From the list as it stands to a workspace that takes the code, by commands alone."""
    draft = folder / "mã đất"
    written = run("catalogue", "extract", draft, "land_use_code", "--json").document("catalogue extract")["files"]
    assert written == [str(draft / "choices" / "land_use_code.csv")]
    path = Path(written[0])
    text = path.read_text(encoding="utf-8")
    assert "# source: mã loại đất" in text
    again = run("catalogue", "extract", draft, "land_use_code")
    assert (again.code, path.read_text(encoding="utf-8")) == (2, text)
    assert "land_use_code" in run("catalogue", "extract", draft, "land_use").err
    lot = ("set", made[0], "land_use_plan_area", "--set", "code_plan=SKK", "--where", "lot_no = '1'")
    refused = run(*lot)
    assert refused.code == 2 and "SKK" in refused.err
    lines = [
        line.replace(",unverified,", ",official,") if line.startswith("SKK,") else line for line in text.split("\n")
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    out, key = folder / "mã đất.zip", folder / "khóa"
    built = run("catalogue", "build", draft, out, "--key", key, "--name", "Mã đất", "--issuer", "Sở", "--version", 1)
    assert built.code == 0, built.err
    pack = run("catalogue", "load", made[0], out, "--trust", "--json").document("catalogue load")["pack_id"]
    done = run(*lot)
    assert done.code == 0, done.err
    assert run("catalogue", "remove", made[0], pack).code == 0


def test_an_offices_tolerances_are_listed(made: tuple[Path, Done], folder: Path) -> None:
    workspace, key = made[0], folder / "khóa"
    before = run("check", workspace, "--json").document("check")["rule_pack"]
    plain = run("tolerances", workspace, "--json").document("tolerances")
    assert all(item["value"] == item["default"] and item["file"] is None for item in plain)
    own = folder / "dung sai" / "tolerances"
    own.mkdir(parents=True)
    (own / "ranh_gioi.csv").write_text("key,value,reason\nadm03_warning_m,800,Công văn 12/SXD\n", encoding="utf-8")
    arguments = ("--key", key, "--name", "Dung sai", "--issuer", "Sở Xây dựng", "--version", 1)
    assert run("catalogue", "build", own.parent, folder / "dung sai.zip", *arguments).code == 0
    loaded = run("catalogue", "load", workspace, folder / "dung sai.zip", "--trust", "--json")
    pack = loaded.document("catalogue load")
    assert pack["change"]["tolerances"] == ["adm03_warning_m"]
    listed = {item["key"]: item for item in run("tolerances", workspace, "--json").document("tolerances")}
    changed = listed["adm03_warning_m"]
    assert (changed["value"], changed["default"], changed["reason"]) == (800.0, 500.0, "Công văn 12/SXD")
    assert run("check", workspace, "--json").document("check")["rule_pack"] != before
    shown = run("tolerances", workspace)
    assert [line for line in shown.out.splitlines() if line.startswith("*")][0].split()[1] == "adm03_warning_m"
    assert run("catalogue", "remove", workspace, pack["pack_id"]).code == 0
