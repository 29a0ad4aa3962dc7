"""Loading a catalogue pack from the menu: the issuer is asked about, the change is shown, the window follows."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from services import province_packs
from services.catalogue_packs import LoadedPack, build_pack, list_packs, load_issuer_key, load_pack, make_issuer_key
from services.desk import Desk
from services.province_packs import OfferedPack
from tests.services.desks import FakeClock
from tests.services.offices import BUS_STOP


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    make_issuer_key(tmp_path / "khóa")
    folder = tmp_path / "soạn" / "definitions"
    folder.mkdir(parents=True)
    (folder / "bus_stop.yaml").write_text(BUS_STOP, encoding="utf-8")
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


def test_what_the_province_offers_is_shown_and_taken_without_a_question_of_trust(
    window: DeskWindow, desk: Desk, pack: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[str] = []

    def answer(*arguments: object) -> QMessageBox.StandardButton:
        asked.append(str(arguments[2]))
        return QMessageBox.StandardButton.Yes

    def vouched(desk: Desk, offer: OfferedPack, *, dry_run: bool = False) -> LoadedPack:
        return load_pack(desk, offer.path, trust=True, dry_run=dry_run)

    monkeypatch.setattr(QMessageBox, "question", answer)
    monkeypatch.setattr(province_packs, "take_offer", vouched)
    offer = OfferedPack("1", 1, {"vi": "Danh mục tỉnh", "en": "Provincial catalogue"}, "Sở Xây dựng", pack)
    window.send_page.offers.show_offers([offer])
    with qtbot.waitSignal(window.language_wanted, timeout=10_000):
        window.send_page.offers.buttons[0].click()
    assert len(asked) == 1
    assert "bus_stop" in asked[0]
    assert [item.version for item in list_packs(desk)] == [1]
