"""Loading a catalogue pack from the menu: the issuer is asked about, the change is shown, the window follows."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from services.catalogue_packs import build_pack, list_packs, load_issuer_key, make_issuer_key
from services.desk import Desk
from tests.services.desks import FakeClock

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


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    make_issuer_key(tmp_path / "khóa")
    folder = tmp_path / "soạn" / "definitions"
    folder.mkdir(parents=True)
    (folder / "bus_stop.yaml").write_text(STOP, encoding="utf-8")
    names = {"vi": "Danh mục tỉnh", "en": "Provincial catalogue"}
    key = load_issuer_key(tmp_path / "khóa")
    out = tmp_path / "gói.zip"
    build_pack(folder.parent, out, key, name=names, issuer="Sở Xây dựng", version=1, clock=FakeClock())
    return out


def test_a_pack_is_loaded_after_two_answers(
    window: DeskWindow, desk: Desk, pack: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[str] = []

    def answer(*arguments: object) -> QMessageBox.StandardButton:
        asked.append(str(arguments[2]))
        return QMessageBox.StandardButton.Yes

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(pack), ""))
    monkeypatch.setattr(QMessageBox, "question", answer)
    with qtbot.waitSignal(window.language_wanted, timeout=10_000):
        window.actions_by_key["load-pack"].trigger()
    assert "Sở Xây dựng" in asked[0]
    assert "bus_stop" in asked[1]
    assert [item.version for item in list_packs(desk)] == [1]
    assert "bus_stop" in desk.catalogue.types


def test_whoever_says_no_changes_nothing(
    window: DeskWindow, desk: Desk, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(pack), ""))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    window.actions_by_key["load-pack"].trigger()
    settle_window(window)
    assert list_packs(desk) == []
    assert "bus_stop" not in desk.catalogue.types
