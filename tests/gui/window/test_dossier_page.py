"""The page of dossiers: found without diacritics, one screen for one, each missing part with a way to bring it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from desktop.main_window import DOSSIERS, DeskWindow
from desktop.models.dossiers_model import DossiersModel, Keep
from desktop.pages.add_documents import AddDocuments
from desktop.pages.dossier_parts_view import SHOWN
from desktop.pictures import settle_window
from forms.record import Record
from services.desk import Desk
from services.dossiers import list_dossiers, open_dossier
from services.editing import insert_record, update_values
from services.reading import fetch_record
from tests.exchange.document_samples import pdf
from tests.gui.window.conftest import EAST, NORTH

DECISION = {
    "status": "da_phe_duyet",
    "decision_no": "2820/QĐ-UBND",
    "decision_date": "2026-02-19",
    "approving_authority": "UBND_tinh",
}


def put(desk: Desk, type_id: str, geometry: Any = None, **values: Any) -> Record:
    return insert_record(desk, type_id, values, geometry).record


@pytest.fixture
def general(desk: Desk) -> Record:
    """An approved general plan with a document, a boundary and two zones."""
    name = "Quy hoạch chung xã Bắc Quang"
    dossier = put(desk, "planning_dossier", name=name, plan_kind="QHC", area_ha=2.0, **DECISION)
    put(desk, "dossier_document", name="Quyết định", dossier_uid=dossier.uid, doc_kind="quyet_dinh", pages=6)
    outline = shapely.box(EAST, NORTH, EAST + 200, NORTH + 100)
    put(desk, "planning_boundary", outline, dossier_uid=dossier.uid)
    for place in range(2):
        west = EAST + 100 * place
        put(desk, "planning_zone", shapely.box(west, NORTH, west + 100, NORTH + 100), dossier_uid=dossier.uid)
    return dossier


@pytest.fixture
def land_use(desk: Desk, general: Record) -> Record:
    """A land-use plan without anything."""
    return put(desk, "planning_dossier", name="Quy hoạch sử dụng đất", plan_kind="QHSDD_XA", status="chuyen_tiep")


@pytest.fixture
def page(land_use: Record, window: DeskWindow) -> Any:
    window.actions_by_key["dossiers"].trigger()
    settle_window(window)
    return window.dossiers


def show(window: DeskWindow, uid: str) -> None:
    window.dossiers.show_dossier(uid)
    settle_window(window)


def test_the_model_keeps_what_models_promise(desk: Desk, land_use: Record, qtbot: QtBot) -> None:
    model = DossiersModel(desk.catalogue)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_rows(list_dossiers(desk))
    model.set_filter("su dung", Keep.ALL)
    assert [model.index(row).data() for row in range(model.rowCount())] == ["Quy hoạch sử dụng đất"]
    model.set_filter("2820 chung", Keep.MISSING)
    assert model.rowCount() == 1
    model.set_filter("", Keep.RETURNED)
    assert (model.rowCount(), model.total) == (0, 2)
    model.show_blocked({land_use.uid: 2})
    model.set_filter("", Keep.BLOCKED)
    assert model.row_of(land_use.uid) == 0
    assert tester.model() is model


def test_the_list_shows_each_dossier_and_the_first_is_open(page: Any, general: Record) -> None:
    assert page.list.model.rowCount() == 2
    assert page.dossier.record.uid == general.uid
    assert page.entry.record.uid == general.uid
    assert "2820/QĐ-UBND (19/02/2026)" in page.head.facts.text()


def test_the_meter_and_the_missing_parts(page: Any, desk: Desk, general: Record) -> None:
    full = open_dossier(desk, general.uid).completeness
    assert page.head.meter_text.text() == f"đủ {full.filled}/{len(full.wanted)} phần"
    assert list(page.blocks.parts.buttons) == [part.key for part in full.missing[:SHOWN]]
    page.blocks.parts.more.click()
    assert list(page.blocks.parts.buttons) == [part.key for part in full.missing]
    page.blocks.parts.hints_button.click()
    assert {part.key for part in full.hints} <= set(page.blocks.parts.buttons)


def test_a_missing_value_leads_to_its_field(page: Any, window: DeskWindow) -> None:
    page.blocks.parts.more.click()
    page.blocks.parts.buttons["field:preparing_org"].click()
    row = page.entry.form.rows["preparing_org"]
    assert row.editor.isAncestorOf(window.focusWidget())


def test_files_places_and_sums(page: Any, window: DeskWindow, general: Record, qtbot: QtBot) -> None:
    card = page.blocks.files["dossier_document"]
    assert [row.cells[0] for row in card.table.rows_model.rows] == ["Quyết định"]
    rows = [row.cells for row in page.blocks.places.table.rows_model.rows]
    assert rows[0][1:3] == ("1", "2,0000 ha")
    assert rows[1][1] == "2"
    assert "(0,00 %)" in rows[1][3]
    with qtbot.waitSignal(page.zoom_wanted) as told:
        page.blocks.places.zoom_button.click()
    assert len(told.args[0]) == 3
    assert window.pages.currentIndex() != DOSSIERS


def test_a_document_is_edited_beside_the_dossier(page: Any, window: DeskWindow, desk: Desk, general: Record) -> None:
    [document] = open_dossier(desk, general.uid).documents
    page.show_member(document.uid)
    assert page.entry.record.uid == document.uid
    assert page.side.back_button.isVisible()
    page.entry.commit("doc_no", "2820/QĐ-UBND")
    settle_window(window)
    assert fetch_record(desk, document.uid).values["doc_no"] == "2820/QĐ-UBND"
    assert page.entry.record.uid == document.uid
    assert page.blocks.files["dossier_document"].table.rows_model.rows[0].cells[0] == "2820/QĐ-UBND"
    page.side.back_button.click()
    assert page.entry.record.uid == general.uid
    assert not page.side.back_button.isVisible()


def test_a_dropped_file_is_asked_about_before_it_is_stored(
    page: Any, window: DeskWindow, desk: Desk, general: Record, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "15_TTr-UBND_01-03-2026.pdf"
    path.write_bytes(pdf())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    page.blocks.files["dossier_document"].dropEvent(drop)
    dialog = page.findChild(AddDocuments)
    [block] = dialog.blocks
    assert block.rows["doc_no"].note.label.text().startswith("Đọc từ tên tệp")
    assert len(open_dossier(desk, general.uid).documents) == 1
    dialog.add_button.click()
    settle_window(window)
    added = open_dossier(desk, general.uid).documents[-1].values
    assert (added["doc_no"], added["doc_kind"], added["sign_date"]) == ("15/TTr-UBND", "to_trinh", "2026-03-01")
    assert added["pages"] == 1


def test_a_new_dossier_is_in_the_list_as_soon_as_it_is_stored(page: Any, window: DeskWindow, desk: Desk) -> None:
    page.begin()
    page.entry.commit("name", "Quy hoạch phân khu")
    settle_window(window)
    assert page.dossier.record.values["name"] == "Quy hoạch phân khu"
    assert page.list.model.rowCount() == 3
    assert page.list.view.currentIndex().data() == "Quy hoạch phân khu"


def test_the_replaced_plan_is_set_only_when_somebody_says_so(
    page: Any, window: DeskWindow, desk: Desk, general: Record
) -> None:
    values = {**DECISION, "decision_no": "30/QĐ-UBND", "decision_date": "2026-11-01"}
    newer = put(desk, "planning_dossier", name="Mới", adjustment="1", replaces_uid=general.uid, **values)
    show(window, newer.uid)
    card = page.blocks.versions
    assert "Quy hoạch chung xã Bắc Quang" in card.proposal.text()
    assert fetch_record(desk, general.uid).values["status"] == "da_phe_duyet"
    card.take_button.click()
    settle_window(window)
    replaced = fetch_record(desk, general.uid).values
    assert (replaced["status"], replaced["valid_to"]) == ("het_hieu_luc", "2026-11-01")
    assert card.take_button.isHidden()


def test_remarks_lead_to_the_field(page: Any, window: DeskWindow, desk: Desk, general: Record) -> None:
    [document] = open_dossier(desk, general.uid).documents
    with desk.workspace.store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET result = 'rejected', code = 'DOS-02', field = 'doc_no' WHERE uid = ?", (document.uid,)
        )
    show(window, general.uid)
    table = page.blocks.remarks.table
    assert table.rows_model.rows[0].cells[1] == "Số, ký hiệu"
    table.activated.emit(table.rows_model.index(0, 0))
    assert page.entry.record.uid == document.uid
    assert page.entry.form.rows["doc_no"].editor.isAncestorOf(window.focusWidget())


def test_findings_mark_documents_and_dossiers(page: Any, window: DeskWindow, land_use: Record) -> None:
    row = page.list.model.row_of(land_use.uid)
    page.list.keep_box.setCurrentIndex(page.list.keep_box.findData(Keep.BLOCKED))
    assert page.list.model.row_of(land_use.uid) >= 0
    assert row >= 0
    assert page.blocks.files["dossier_document"].table.rows_model.rows[0].cells[-1].endswith("cảnh báo")


def test_a_dossier_changed_elsewhere_is_shown_anew(
    page: Any, window: DeskWindow, desk: Desk, general: Record, rest: Callable[[], None]
) -> None:
    saved = update_values(desk, general.uid, {"name": "Tên khác"}, expected=general.revision)
    window.session.changed.emit(saved.changed.records)
    settle_window(window)
    assert page.head.title.text() == "Tên khác"
    assert page.entry.form.rows["name"].editor.text() == "Tên khác"


def test_a_boundary_is_drawn_for_the_dossier(page: Any, window: DeskWindow, desk: Desk, land_use: Record) -> None:
    show(window, land_use.uid)
    page.blocks.places.draw_button.click()
    settle_window(window)
    assert window.map.tool.name == "draw_polygon"
    corners = [(EAST, NORTH), (EAST + 50, NORTH), (EAST + 50, NORTH + 40)]
    window.map_control.drawn.emit("planning_boundary", shapely.Polygon(corners))
    settle_window(window)
    [boundary] = open_dossier(desk, land_use.uid).boundaries
    assert boundary.geometry.area == pytest.approx(1000.0)


def test_a_file_brought_for_a_dossier_can_be_for_nobody_after_all(
    page: Any, window: DeskWindow, land_use: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(window, land_use.uid)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    page.blocks.places.table_button.click()
    bar = window.import_page.findChild(QLabel, "purpose")
    assert bar.text() == "Cho hồ sơ: Quy hoạch sử dụng đất"
    assert bar.isVisible()
    window.import_page.drop_purpose()
    assert not bar.isVisible()
    assert not window.import_page.purpose.is_set
