"""Deleting in the window: one step that comes back; many, and what others refer to, not without asking."""

import pytest
from PySide6.QtWidgets import QMessageBox

from core.messages import use_language
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from services.desk import Desk
from services.editing import insert_record
from services.reading import count_by_type, count_references, fetch_page


def _uids(desk: Desk) -> list[str]:
    return [record.uid for record in fetch_page(desk, "road_segment").records]


def test_deleting_is_one_step_that_comes_back(window: DeskWindow, desk: Desk) -> None:
    window.selecting.show_type("road_segment")
    window.selecting.choose({"road_segment": _uids(desk)[:2]})
    window.editing.delete_selected()
    settle_window(window)
    assert len(_uids(desk)) == 1
    assert window.table.model.rowCount() == 1
    assert "2" in window.notices.toast.text
    window.actions_by_key["undo"].trigger()
    settle_window(window)
    assert len(_uids(desk)) == 3
    assert window.table.model.rowCount() == 3


def test_many_are_not_deleted_without_asking(
    window: DeskWindow, many_points: int, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.news.note_change(None)
    window.selecting.show_type("survey_point")
    window.editing.select_all()
    assert len(window.selecting.chosen["survey_point"]) == many_points
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    window.editing.delete_selected()
    settle_window(window)
    assert sum(count_by_type(desk)["survey_point"].values()) == many_points


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_others_refer_to_is_not_deleted_without_asking(
    window: DeskWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    use_language(language)
    road, other = _uids(desk)[:2]
    for name in ("Cầu A", "Cầu B"):
        insert_record(desk, "bridge", {"name": name, "road_segment_uid": road}, None)
    bridges = [record.uid for record in fetch_page(desk, "bridge").records]
    window.news.note_change(None)
    asked: list[str] = []

    def refuse(
        _parent: object, _title: str, text: str, _buttons: object, usual: QMessageBox.StandardButton
    ) -> QMessageBox.StandardButton:
        asked.append(text)
        return usual

    monkeypatch.setattr(QMessageBox, "question", refuse)
    window.selecting.show_type("road_segment")
    window.selecting.choose({"road_segment": [road, other]})
    window.editing.delete_selected()
    settle_window(window)
    assert len(asked) == 1
    assert desk.catalogue.type("bridge").title[language].lower() in asked[0]
    assert "2" in asked[0]
    assert {road, other} <= set(_uids(desk))

    window.selecting.choose({"road_segment": [road], "bridge": bridges})
    window.editing.delete_selected()
    settle_window(window)
    assert len(asked) == 1, "nobody is left who refers"
    assert road not in _uids(desk)


def test_references_are_counted_by_type_and_without_those_that_go_too(desk: Desk) -> None:
    road, other = _uids(desk)[:2]
    kept = insert_record(desk, "bridge", {"name": "Cầu A", "road_segment_uid": road}, None).record.uid
    gone = insert_record(desk, "bridge", {"name": "Cầu B", "road_segment_uid": other}, None).record.uid
    inspection = {"asset_uid": road, "inspected_on": "2026-05-01"}
    insert_record(desk, "asset_inspection", inspection, None)
    assert count_references(desk, [road, other]) == {"bridge": 2, "asset_inspection": 1}
    assert count_references(desk, [road, other, gone]) == {"bridge": 1, "asset_inspection": 1}
    assert count_references(desk, [kept, gone]) == {}
