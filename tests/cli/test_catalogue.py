"""Catalogue packs from the command line: key, pack, load, list, remove, each printing what the documents say."""

from pathlib import Path

import pytest

from tests.cli.running import Done, run

STOP = """\
id: bus_stop
version: 1
title: {vi: "Điểm dừng xe buýt", en: "Bus stop"}
group: giao_thong
order: 900
code: XBU
geometry: [point]
sections:
  - {key: main, label: {vi: "Điểm dừng", en: "Stop"}}
fields:
  - key: shelter
    type: boolean
    label: {vi: "Có mái che", en: "Sheltered"}
"""


@pytest.fixture(scope="module")
def sealed(folder: Path) -> tuple[Path, Done]:
    key = folder / "khóa"
    made = run("catalogue", "new-key", key, "--json").document("catalogue new-key")
    (folder / "soạn" / "definitions").mkdir(parents=True)
    (folder / "soạn" / "definitions" / "bus_stop.yaml").write_text(STOP, encoding="utf-8")
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
