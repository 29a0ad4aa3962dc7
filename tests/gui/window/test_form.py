"""The form made from a record type."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.messages import use_language
from desktop.entry.choices import ChoiceEditor, ChoicesEditor
from desktop.entry.dates import DateEditor
from desktop.entry.editors import LineEditor, LongTextEditor, YesNoEditor
from desktop.entry.field_row import FieldRow
from desktop.entry.form_pages import build_pages
from desktop.entry.record_form import Lookup, RecordForm
from desktop.entry.references import ReferenceEditor
from desktop.entry.search_line import Option
from forms.catalogue import Catalogue
from forms.loader import load_catalogue
from forms.requirements import is_visible
from validation.finding import Finding, Severity

TYPES = sorted(load_catalogue().types)


@pytest.fixture
def make(qtbot: QtBot, catalogue: Catalogue) -> Any:
    def build(type_id: str, **values: Any) -> RecordForm:
        form = RecordForm(catalogue.type(type_id), catalogue)
        qtbot.addWidget(form)
        form.show_values({field.key: None for field in form.record_type.fields} | values)
        form.show()
        return form

    return build


def _type(qtbot: QtBot, row: FieldRow, text: str) -> None:
    line = row.editor.line
    line.setFocus()
    line.selectAll()
    if text.isascii():
        qtbot.keyClicks(line, text)
    else:  # the simulated keyboard has no other letters
        line.setText(text)
        line.textEdited.emit(text)
    line.editingFinished.emit()


def _finding(field: str, severity: Severity) -> Finding:
    return Finding(
        "ATT-01", severity, "road_segment", "u", 1, field, None, {"field": field, "fields": [field]}, (), "ATT-01"
    )


@pytest.mark.parametrize("type_id", TYPES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_field_of_every_type_has_its_row(make: Any, catalogue: Catalogue, type_id: str, language: Any) -> None:
    use_language(language)
    form = make(type_id)
    kind = catalogue.type(type_id)
    shown = [field for field in kind.fields if field.type != "files"]
    assert sorted(form.rows) == sorted(field.key for field in shown)
    assert list(form.rows) == [field.key for page in build_pages(kind) for field in page.fields]
    editors = {
        "boolean": YesNoEditor,
        "date": DateEditor,
        "choice": ChoiceEditor,
        "choices": ChoicesEditor,
        "reference": ReferenceEditor,
    }
    empty = {field.key: None for field in kind.fields}
    for field in shown:
        row = form.rows[field.key]
        long = field.type == "text" and field.multiline
        assert type(row.editor) is (LongTextEditor if long else editors.get(field.type, LineEditor))
        assert row.editor.accessibleName() == field.label[language]
        assert row.isHidden() is not is_visible(field, empty)


def test_a_decimal_comma_is_read(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment")
    with qtbot.waitSignal(form.committed) as told:
        _type(qtbot, form.rows["carriageway_w"], "5,5")
    assert told.args == ["carriageway_w", 5.5]
    assert form.rows["carriageway_w"].editor.line.text().startswith("5,5")
    assert form.values()["carriageway_w"] == 5.5


def test_what_is_no_number_stays_at_the_field_and_is_not_stored(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment", carriageway_w=4.0)
    row = form.rows["carriageway_w"]
    with qtbot.assertNotEmitted(form.committed):
        _type(qtbot, row, "năm rưỡi")
    assert "Bề rộng" in row.message or "số" in row.message
    assert form.values()["carriageway_w"] == 4.0
    form.show_values({**form.values(), "name": "Đường mới"}, force=False)
    assert row.editor.line.text() == "năm rưỡi"


def test_a_day_is_typed_as_people_write_it(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment")
    with qtbot.waitSignal(form.committed) as told:
        _type(qtbot, form.rows["valid_from"], "1/7/2025")
    assert told.args == ["valid_from", "2025-07-01"]
    assert form.rows["valid_from"].editor.line.text() == "01/07/2025"


def test_a_code_is_found_without_diacritics(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment")
    line = form.rows["commune_code"].editor.line
    line.setFocus()
    qtbot.keyClicks(line, "bac quang")
    labels = [line.options.index(row, 0).data() for row in range(line.options.rowCount())]
    assert any("Bắc Quang" in label and "01153" in label for label in labels)
    assert len(labels) <= 200


def test_an_emptied_choice_is_stored_as_empty_and_nonsense_stays_marked(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment", commune_code="01153")
    row = form.rows["commune_code"]
    line = row.editor.line
    with qtbot.assertNotEmitted(form.committed):
        line.setText("không có xã nào tên thế")
        line.settle()
    assert line.text() == "không có xã nào tên thế"
    assert "không có xã nào tên thế" in row.message
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert "Bắc Quang" in line.text()
    assert not row.message
    with qtbot.waitSignal(form.committed) as told:
        line.clear()
        line.settle()
    assert told.args == ["commune_code", None]


def test_several_codes_are_added_and_removed(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment", affected_communes=["01153"])
    editor = form.rows["affected_communes"].editor
    with qtbot.waitSignal(form.committed) as told:
        editor.line.chosen.emit(Option("00004", "Ba Đình"))
    assert told.args == ["affected_communes", ["01153", "00004"]]
    with qtbot.waitSignal(form.committed) as told:
        editor._remove("01153")
    assert told.args == ["affected_communes", ["00004"]]


def test_a_reference_is_found_by_its_words(qtbot: QtBot, catalogue: Catalogue) -> None:
    field = next(
        (kind, field) for kind in catalogue.types.values() for field in kind.fields if field.type == "reference"
    )
    asked: list[Any] = []

    def find(text: str, types: Any) -> list[Option]:
        asked.append((text, tuple(types)))
        return [Option("u-7", "Hồ sơ 7")]

    form = RecordForm(field[0], catalogue, Lookup(find, lambda uid: f"tên của {uid}"))
    qtbot.addWidget(form)
    row = form.rows[field[1].key]
    row.show_value("u-1")
    assert row.editor.line.text() == "tên của u-1"
    row.editor.line.setText("")
    qtbot.keyClicks(row.editor.line, "7")
    assert asked[-1] == ("7", tuple(field[1].target))
    with qtbot.waitSignal(form.committed) as told:
        qtbot.keyClick(row.editor.line, Qt.Key.Key_Return)
    assert told.args == [field[1].key, "u-7"]


def test_requirement_marks_follow_the_values(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment")
    label = form.rows["name"]._label
    assert "●" in label.text()
    assert "duyệt" in label.toolTip()
    form.show_values({**form.values(), "road_code": "ĐX.1"})
    assert "●" not in label.text()
    assert "○" in form.rows["surface"]._label.text()


def test_a_field_shown_only_then_appears_while_typing(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment")
    row = form.rows["official_id"]
    assert not row.isVisibleTo(form)
    form.show_values({**form.values(), "official_id_status": "da_cap"})
    assert row.isVisibleTo(form)


def test_findings_stand_beside_their_field_worst_first(make: Any) -> None:
    form = make("road_segment")
    form.show_findings([_finding("name", Severity.WARNING), _finding("name", Severity.ERROR)])
    row = form.rows["name"]
    assert row.message
    assert row.editor.line.property("tone") == "error"
    form.show_findings([])
    assert not row.message
    assert row.editor.line.property("tone") == ""


def test_what_is_computed_cannot_be_typed(make: Any, catalogue: Catalogue) -> None:
    form = make("road_segment", length_m=1234.5)
    row = form.rows["length_m"]
    assert row.field.computed
    assert row.editor.line.isReadOnly()
    assert row.editor.line.text() == "1.234,50"


def test_units_and_help_are_shown(make: Any) -> None:
    form = make("road_segment")
    from PySide6.QtWidgets import QLabel

    texts = [label.text() for label in form.rows["carriageway_w"].findChildren(QLabel)]
    assert "m" in texts
    assert form.rows["name"].toolTip().startswith("Tên đường hoặc tên đoạn")


def test_a_pinned_field_tells(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment")
    with qtbot.waitSignal(form.pinned) as told:
        form.rows["surface"]._pin.setChecked(True)
    assert told.args == ["surface", True]


def test_escape_gives_up_half_a_choice(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment", commune_code="01153")
    row = form.rows["commune_code"]
    row.editor.line.setFocus()
    row.editor.line.selectAll()
    qtbot.keyClicks(row.editor.line, "bac")
    row.editor.line._completer.popup().hide()
    with qtbot.assertNotEmitted(form.committed):
        qtbot.keyClick(row.editor.line, Qt.Key.Key_Escape)
        row.editor.line.settle()
    assert "01153" in row.editor.text()
    assert not row.message


def test_a_complaint_does_not_repeat_the_name_it_stands_under(qtbot: QtBot, make: Any) -> None:
    form = make("road_segment")
    _type(qtbot, form.rows["valid_from"], "31/02/2026")
    assert form.rows["valid_from"].message.startswith("“31/02/2026” không có thật")
