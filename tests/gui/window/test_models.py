"""The Qt models, under the tester that asks what views ask, and more."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from desktop.entry.search_line import Option, OptionsModel
from desktop.models.plain_model import PlainModel, Row
from desktop.models.records_model import RecordsModel
from desktop.models.register_model import TYPE_ID, RegisterModel
from forms.catalogue import Catalogue
from forms.record import Record, State


class Shelf:
    """Some records by number, and what was asked of it."""

    def __init__(self, count: int) -> None:
        self.stored: dict[int, Record] = {
            number: Record(f"u{number}", "survey_point", {"point_no": f"P{number}", "height_m": number * 1.5})
            for number in range(count)
        }
        self.asked: list[tuple[str, bool]] = []
        self.fetched = 0

    def order(self, sort: str, descending: bool) -> np.ndarray:
        self.asked.append((sort, descending))
        numbers = sorted(self.stored, reverse=descending)
        return np.array(numbers, dtype=np.int64)

    def records(self, fids: Sequence[int]) -> list[Record | None]:
        self.fetched += len(fids)
        return [self.stored.get(fid) for fid in fids]


def _model(catalogue: Catalogue, shelf: Shelf) -> RecordsModel:
    return RecordsModel(catalogue.type("survey_point"), catalogue, shelf)


def _column(model: RecordsModel, key: str) -> int:
    return next(place for place in range(model.columnCount()) if model.sort_key(place) == key)


def test_records_model_behaves(catalogue: Catalogue, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(_model(catalogue, Shelf(5)))


def test_every_row_is_there_at_once_and_only_those_in_view_are_fetched(catalogue: Catalogue) -> None:
    shelf = Shelf(100_000)
    model = _model(catalogue, shelf)
    assert model.rowCount() == 100_000
    assert shelf.fetched == 0
    column = _column(model, "height_m")
    assert model.index(99_999, column).data() == "149.998,500"
    assert shelf.fetched <= 200


def test_what_is_held_is_bounded(catalogue: Catalogue) -> None:
    shelf = Shelf(20_000)
    model = _model(catalogue, shelf)
    for row in range(20_000):
        assert model.record(row).uid == f"u{row}"
    assert sum(len(block) for block in model._blocks.values()) <= 10_000
    assert shelf.fetched == 20_000


def test_sorting_asks_the_store(catalogue: Catalogue) -> None:
    shelf = Shelf(3)
    model = _model(catalogue, shelf)
    model.sort(_column(model, "height_m"), Qt.SortOrder.DescendingOrder)
    assert shelf.asked[-1] == ("height_m", True)
    assert [model.record(row).uid for row in range(3)] == ["u2", "u1", "u0"]
    model.sort(-1)
    assert shelf.asked[-1] == ("uid", False)


def test_cells_are_worded(catalogue: Catalogue) -> None:
    model = _model(catalogue, Shelf(2))
    cells = {model.sort_key(column): model.index(1, column).data() for column in range(model.columnCount())}
    assert cells["state"] == "Nháp"
    assert cells["height_m"] == "1,500"
    headings = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert any("(m)" in heading for heading in headings)


def test_a_changed_record_is_fetched_again_and_one_that_is_gone_leaves_an_empty_row(catalogue: Catalogue) -> None:
    shelf = Shelf(3)
    model = _model(catalogue, shelf)
    column = _column(model, "point_no")
    assert model.index(1, column).data() == "P1"
    shelf.stored[1] = Record("u1", "survey_point", {"point_no": "mới"}, state=State.SENT)
    del shelf.stored[2]
    model.forget([1, 2])
    assert model.index(1, column).data() == "mới"
    assert model.index(2, column).data() is None
    assert model.record(2) is None
    assert model.rows_of([2, 9, 1]) == [1, 2]


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
