"""The Qt models, under the tester that asks what views ask, and more."""

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from desktop.entry.search_line import Option, OptionsModel
from desktop.models.plain_model import PlainModel, Row
from desktop.models.records_model import RecordsModel, Wanted
from desktop.models.register_model import TYPE_ID, RegisterModel
from forms.catalogue import Catalogue
from forms.record import Record, State
from localdb.records import Page


class Shelf:
    """Pages of two over some records, and what was asked of it."""

    def __init__(self, count: int) -> None:
        self.records = [
            Record(f"u{number}", "survey_point", {"point_no": f"P{number}", "height_m": number * 1.5})
            for number in range(count)
        ]
        self.asked: list[Wanted] = []
        self.model: RecordsModel | None = None
        self.meddle = False

    def fetch(self, wanted: Wanted) -> Page:
        self.asked.append(wanted)
        if self.meddle and self.model is not None:
            self.meddle = False
            self.model.fetchMore(QModelIndex())  # as views do, from within
        first = wanted.after[0] if wanted.after else 0
        last = first + 2
        return Page(tuple(self.records[first:last]), (last,) if last < len(self.records) else None)


def _model(catalogue: Catalogue, shelf: Shelf) -> RecordsModel:
    shelf.model = RecordsModel(catalogue.type("survey_point"), catalogue, shelf.fetch)
    return shelf.model


def test_records_model_behaves(catalogue: Catalogue, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(_model(catalogue, Shelf(5)))


def test_records_come_page_by_page_and_end(catalogue: Catalogue) -> None:
    shelf = Shelf(5)
    model = _model(catalogue, shelf)
    assert model.rowCount() == 2
    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
    assert [model.record(row).uid for row in range(model.rowCount())] == ["u0", "u1", "u2", "u3", "u4"]
    model.fetchMore(QModelIndex())
    assert model.rowCount() == 5


def test_a_page_asked_for_from_within_is_not_doubled(catalogue: Catalogue) -> None:
    shelf = Shelf(5)
    model = _model(catalogue, shelf)
    shelf.meddle = True
    model.fetchMore(QModelIndex())
    assert [model.record(row).uid for row in range(model.rowCount())] == ["u0", "u1", "u2", "u3"]


def test_sorting_asks_the_store(catalogue: Catalogue) -> None:
    shelf = Shelf(3)
    model = _model(catalogue, shelf)
    column = next(place for place in range(model.columnCount()) if model.sort_key(place) == "height_m")
    model.sort(column, Qt.SortOrder.DescendingOrder)
    assert shelf.asked[-1] == Wanted("height_m", True)
    model.fetchMore(QModelIndex())
    assert shelf.asked[-1] == Wanted("height_m", True, (2,))
    model.sort(-1)
    assert shelf.asked[-1] == Wanted()


def test_cells_are_worded(catalogue: Catalogue) -> None:
    model = _model(catalogue, Shelf(2))
    cells = {model.sort_key(column): model.index(1, column).data() for column in range(model.columnCount())}
    assert cells["state"] == "Nháp"
    assert cells["height_m"] == "1,500"
    headings = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert any("(m)" in heading for heading in headings)


def test_one_record_is_replaced_in_its_row(catalogue: Catalogue) -> None:
    model = _model(catalogue, Shelf(2))
    assert model.replace(Record("u1", "survey_point", {"point_no": "mới"}, state=State.SENT))
    assert model.record(1).values["point_no"] == "mới"
    assert not model.replace(Record("u9", "survey_point", {}))


def test_register_model_behaves(catalogue: Catalogue, qtmodeltester: ModelTester) -> None:
    model = RegisterModel(catalogue)
    model.show_counts({"road_segment": {State.DRAFT: 3, State.SENT: 1}})
    qtmodeltester.check(model)
    index = model.index_of("road_segment")
    assert index.data(TYPE_ID) == "road_segment"
    assert index.siblingAtColumn(1).data() == "4"
    assert "Nháp: 3" in index.siblingAtColumn(1).data(Qt.ItemDataRole.ToolTipRole)
    assert model.parent(index).siblingAtColumn(1).data() == "4"


def test_only_types_with_a_place_can_be_hidden(catalogue: Catalogue, qtbot: Any) -> None:
    model = RegisterModel(catalogue)
    unchecked = Qt.CheckState.Unchecked.value
    with qtbot.waitSignal(model.visibility_changed) as told:
        assert model.setData(model.index_of("bridge"), unchecked, Qt.ItemDataRole.CheckStateRole)
    assert told.args == ["bridge", False]
    assert model.hidden == {"bridge"}
    assert not model.setData(model.index_of("planning_dossier"), unchecked, Qt.ItemDataRole.CheckStateRole)


@pytest.mark.parametrize("lazily", [False, True])
def test_plain_model_behaves_and_sorts(qtmodeltester: ModelTester, lazily: bool) -> None:
    model = PlainModel(("Tên", "Số"))
    rows = [Row(("b", "1"), 10), Row(("a", "2"), 20)]
    if lazily:
        worded: list[int] = []

        def describe(thing: int) -> Row:
            worded.append(thing)
            return next(row for row in rows if row.thing == thing)

        model.show_things([10, 20], describe)
        assert not worded
    else:
        model.show_rows(rows)
    qtmodeltester.check(model)
    model.sort(0)
    assert [model.thing(row) for row in range(2)] == [20, 10]
    assert [row.cells[1] for row in model.rows] == ["2", "1"]


def test_options_model_behaves(qtmodeltester: ModelTester) -> None:
    model = OptionsModel()
    model.show_options([Option("a", "Một", "gợi ý"), Option("b", "Hai")])
    qtmodeltester.check(model)
    assert model.option(1).key == "b"
