"""A dossier handed in from its page, checked and taken in again; records exported as the dialog says."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from core.messages import current_language, render
from desktop.main_window import DOSSIERS, DeskWindow
from desktop.pages import hand_in
from desktop.pages.hand_in import BreachesDialog
from desktop.panels import export_dialog
from desktop.panels.export_dialog import ExportDialog
from desktop.pictures import settle_window
from exchange.out_formats import FORMATS, OutChoices
from exchange.reading import read_table
from forms.record import Record
from geodesy.systems import WGS84, tm_system
from services.desk import Desk
from services.editing import delete_records
from services.reading import list_records
from services.tt16_breaches import Breach
from tests.gui.window.conftest import EAST, NORTH
from tests.services.tt16_dossiers import CODE, make_dossier

LONG_MS = 120_000


@pytest.fixture
def dossier(desk: Desk, tmp_path: Path) -> Record:
    return make_dossier(desk, tmp_path / "tệp", (EAST, NORTH))


def accept(monkeypatch: pytest.MonkeyPatch, kind: type[QDialog], then: Any = lambda dialog: None) -> list[QDialog]:
    """Have a dialog of this kind answered at once, after ``then`` has filled it in."""
    seen: list[QDialog] = []

    def answer(dialog: QDialog) -> int:
        seen.append(dialog)
        then(dialog)
        return QDialog.DialogCode.Accepted.value

    monkeypatch.setattr(kind, "exec", answer)
    return seen


def choose_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def test_a_dossier_goes_out_is_checked_and_comes_in_again(
    window: DeskWindow, qtbot: QtBot, desk: Desk, dossier: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [one.uid for one in list_records(desk, "dossier_document") if one.values["doc_kind"] == "thuyet_minh"]
    delete_records(desk, reports)  # an original without a scan, which the check would tell
    window.pages.setCurrentIndex(DOSSIERS)
    qtbot.waitUntil(lambda: window.dossiers.dossier is not None)
    settle_window(window)
    place = tmp_path / "nơi nộp"
    place.mkdir()
    choose_folder(monkeypatch, place)
    asked = accept(monkeypatch, hand_in.HandInDialog)
    window.dossiers.head.hand_in.click()
    verbs = window.commands.hand_in
    qtbot.waitUntil(lambda: verbs.result is not None, timeout=LONG_MS)
    assert len(asked) == 1
    [folder] = place.iterdir()
    result = verbs.result
    assert result is not None
    assert str(folder) in result.head.text()
    assert result.counts.text() == render("UI-HAND-IN-CLEAN", {}, current_language())
    opened = []
    monkeypatch.setattr(hand_in.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    result.open_button.click()
    assert opened == [str(folder)]
    result.close()

    next(folder.glob("HoSoScan/VanBan/*.pdf")).unlink()
    choose_folder(monkeypatch, folder)
    qtbot.waitUntil(lambda: verbs.result is None)
    window.actions_by_key["check-folder"].trigger()
    qtbot.waitUntil(lambda: verbs.result is not None, timeout=LONG_MS)
    told = verbs.result
    assert told is not None
    assert told.tree.topLevelItemCount() == 1
    row = told.tree.topLevelItem(0)
    assert row is not None
    assert "Phụ lục II" in row.text(2)
    assert told.findChildren(QPushButton)
    told.close()

    qtbot.waitUntil(lambda: verbs.result is None)
    delete_records(desk, [dossier.uid])
    window.actions_by_key["take-in"].trigger()
    qtbot.waitUntil(lambda: verbs.result is not None, timeout=LONG_MS)

    def shown() -> Record | None:
        return window.dossiers.dossier.record if window.dossiers.dossier else None

    qtbot.waitUntil(lambda: shown() is not None and shown().uid != dossier.uid, timeout=LONG_MS)  # type: ignore[union-attr]
    taken = window.dossiers.dossier
    assert taken is not None
    assert taken.record.values["dossier_code"] == CODE
    assert verbs.result is not None
    verbs.result.close()


def test_without_a_dossier_nothing_is_asked(window: DeskWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = accept(monkeypatch, hand_in.HandInDialog)
    window.actions_by_key["hand-in"].trigger()
    settle_window(window)
    assert asked == []
    assert window.notices.toast.text


def test_the_dialog_offers_what_a_format_can_do(window: DeskWindow, qtbot: QtBot) -> None:
    dialog = ExportDialog(tm_system(106.0), "road_segment", "Đoạn đường", window)
    qtbot.addWidget(dialog)
    assert [dialog.format.itemData(row) for row in range(dialog.format.count())] == list(FORMATS)

    def take(key: str) -> None:
        dialog.format.setCurrentIndex(dialog.format.findData(key))

    take("geojson")
    assert (dialog.zone.isEnabled(), dialog.zone.currentData(), dialog.system) == (False, WGS84, None)
    take("shp")
    assert (dialog.zone.isEnabled(), dialog.system) == (True, tm_system(106.0))
    dialog.encoding.setCurrentIndex(dialog.encoding.findData("tcvn3"))
    assert dialog.choices == OutChoices("tcvn3", ".")
    take("csv")
    assert dialog.choices == OutChoices("utf-8", ",")
    assert dialog.type_ids == ["road_segment"]
    for key in FORMATS:
        take(key)
        assert dialog.note.text() == render(f"FORMAT-KEEPS-{key.upper()}", {}, "vi")


def test_records_are_exported_as_the_dialog_says(
    window: DeskWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.selecting.show_type("road_segment")

    def fill(dialog: Any) -> None:
        dialog.format.setCurrentIndex(dialog.format.findData("mif"))
        dialog.zone.setCurrentIndex(dialog.zone.findData(tm_system(105.5)))

    accept(monkeypatch, export_dialog.ExportDialog, fill)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "đường"), ""))
    window.actions_by_key["export"].trigger()
    out = tmp_path / "đường.mif"
    qtbot.waitUntil(lambda: out.exists() and "đường.mif" in window.notices.toast.text, timeout=LONG_MS)
    table = read_table(out)
    assert table.declared == tm_system(105.5)
    assert len(table) == 3


def test_rows_of_findings_are_as_high_as_their_words(qtbot: QtBot) -> None:
    breaches = [Breach("TT16-CLASS-FORM", "HoSoGIS/QuyHoach.gpkg/lop_la", {"name": "lop_la"})] * 2
    told = BreachesDialog("Kiểm tra", "CSDL_X", None, breaches)
    qtbot.addWidget(told)
    told.show()
    line = told.tree.fontMetrics().lineSpacing()
    first = told.tree.topLevelItem(0)
    assert first is not None
    qtbot.waitUntil(lambda: line < told.tree.visualItemRect(first).height() <= 5 * line)
