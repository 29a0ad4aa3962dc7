"""The classes and sheets of TT 16/2025: the table is the schema, records find their class, cells say it and back."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import clean_text
from forms.catalogue import Catalogue
from forms.files import clean_name
from forms.loader import load_catalogue
from forms.model import NumberField, RecordType
from forms.tt16 import DATABASES, NOTE, TEXT_LENGTHS, class_of, load_classes, load_sheets, types_of_class
from forms.tt16_cells import (
    MORE,
    compose_note,
    decode_cell,
    encode_cell,
    encode_columns,
    hinted_columns,
    read_note,
    single,
)
from forms.tt16_folder import Names, drawing_folder, folder_name, is_scan, safe_name
from forms.tt16_plan import format_sheets, info_code, read_sheets

KINDS = {"TEXT": "text", "SHORT": "short", "LONG": "long", "FLOAT": "float", "DOUBLE": "double", "DATE": "date"}
CATALOGUE = load_catalogue()
CLASSED = [item.id for item in CATALOGUE.types.values() if item.tt16_classes and item.id != "planning_dossier"]
HISTORIC = "HienTrang/HanhLangAnToan_L"
SHAPES = {"P": "Point", "L": "MultiLineString", "A": "MultiPolygon"}
GEOMETRIES = {"point": "Point", "line": "LineString", "multi_line": "MultiLineString", "multi_polygon": "MultiPolygon"}


def test_the_table_is_the_schema(shared_data: Path) -> None:
    schema = json.loads((shared_data / "tt16_schema.json").read_text(encoding="utf-8"))["databases"]
    assert tuple(load_classes()) == DATABASES
    for database, classes in schema.items():
        ours = load_classes()[database]
        assert list(ours) == [item["name"] for item in classes]
        for item in classes:
            own = ours[item["name"]]
            assert (own.geometry, own.title, own.dataset) == (item["geom"], item["alias"], item["dataset"])
            fields = [(field["name"], KINDS[field["type"]]) for field in item["fields"]]
            assert [(column.name, column.kind) for column in own.columns] == fields
            assert own.geometry == SHAPES[own.name.rpartition("_")[2]]


def test_the_sheets_name_fields_that_there_are(catalogue: Catalogue) -> None:
    assert {name: len(columns) for name, columns in load_sheets().items()} == {"HoSo": 20, "BanVe": 8, "VanBan": 10}
    for column in (one for columns in load_sheets().values() for one in columns):
        if not column.field.startswith("@"):
            assert catalogue.type(column.record_type).field(column.field)


@pytest.mark.parametrize("type_id", CLASSED)
def test_every_kind_of_shape_that_has_a_class_finds_it(type_id: str) -> None:
    kind = CATALOGUE.type(type_id)
    suffixes = {name.rpartition("_")[2] for name in kind.tt16_classes}
    for geometry in kind.geometry:
        shape = GEOMETRIES[geometry]
        for values in ({"existence": "hien_trang"}, {"existence": "quy_hoach_dai_han"}, {}):
            item = class_of(kind, {**dict.fromkeys(field.key for field in kind.fields), **values}, shape)
            if next(suffix for suffix, one in SHAPES.items() if one.endswith(shape)) in suffixes:
                if type_id == "planning_control_line":  # no class is right before anybody said which line it is
                    assert item is None
                    continue
                assert item is not None
                assert kind in types_of_class(item.name, list(CATALOGUE.types.values()))
                if values.get("existence") == "hien_trang" and item.name in load_classes()["HienTrang"]:
                    assert item.database == "HienTrang"


@pytest.mark.parametrize(
    ("type_id", "values", "shape", "expected"),
    [
        ("planning_control_line", {"kind": "CGDD"}, "MultiLineString", "QuyHoach/ChiGioiDuongDo_L"),
        ("planning_control_line", {"kind": "tim_duong"}, "MultiLineString", "QuyHoach/MangLuoiGiaoThongDuongBo_L"),
        (
            "planning_control_line",
            {"kind": "HLAT", "existence": "hien_trang"},
            "LineString",
            "HienTrang/HanhLangAnToan_L",
        ),
        ("drainage_line", {"system": "thai"}, "LineString", "QuyHoach/MangLuoiThoatNuocThai_L"),
        ("drainage_line", {"system": "chung"}, "LineString", "QuyHoach/MangLuoiThoatNuocMua_L"),
        ("drainage_node", {"kind": "xu_ly_nuoc_thai"}, "MultiPolygon", "QuyHoach/CongTrinhTNTvaVSMT_A"),
        ("drainage_node", {"kind": "ho_dieu_hoa"}, "Point", "QuyHoach/CongTrinhCBKT_P"),
        ("power_line", {"purpose": "chieu_sang"}, "LineString", "QuyHoach/MangLuoiChieuSang_L"),
        ("planning_marker", {}, "Point", "MocGioi/MocGioiQuyHoach_P"),
        ("survey_point", {}, "Point", "NenDiaHinh/DiemDoCao_P"),
        ("public_green_area", {"existence": "hien_trang"}, "Point", "QuyHoach/CayXanh_P"),
    ],
)
def test_where_records_go(type_id: str, values: dict[str, Any], shape: str, expected: str) -> None:
    item = class_of(CATALOGUE.type(type_id), values, shape)
    assert item is not None
    assert f"{item.database}/{item.name}" == expected


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(clean_text).filter(bool)


def values_of(kind: RecordType) -> st.SearchStrategy[dict[str, Any]]:
    """Values of a record as they may be stored."""
    made: dict[str, st.SearchStrategy[Any]] = {}
    for field in kind.fields:
        if field.computed or field.type in ("reference", "files", "moment"):
            continue
        if field.type == "choice":
            codes = [one.code for one in CATALOGUE.choice_list(field.choices) if one.status != "unverified"][:40]
            made[field.key] = st.sampled_from(codes)
        elif field.type == "choices":
            codes = [one.code for one in CATALOGUE.choice_list(field.choices)][:20]
            made[field.key] = st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True)
        elif field.type == "integer":
            made[field.key] = st.integers(-(2**40), 2**40)
        elif field.type == "number":
            made[field.key] = st.floats(-1e12, 1e12).map(lambda one: one + 0.0)
        elif field.type == "boolean":
            made[field.key] = st.booleans()
        elif field.type == "date":
            made[field.key] = st.dates(date(1900, 1, 1), date(2150, 1, 1)).map(lambda one: one.isoformat())
        else:
            made[field.key] = TEXTS.filter(lambda text: text.translate(str.maketrans("Ðð", "Đđ")) == text)
    return st.fixed_dictionaries({}, optional=made)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_cells_and_note_say_everything_or_name_what_they_do_not(data: st.DataObject) -> None:
    kind = CATALOGUE.type(data.draw(st.sampled_from(CLASSED)))
    database, name = data.draw(
        st.sampled_from([(base, one) for base in DATABASES for one in kind.tt16_classes if one in load_classes()[base]])
    )
    item = load_classes()[database][name]
    values = data.draw(values_of(kind))
    columns = {key: (one, item.column(one).kind) for key, one in hinted_columns(kind, item).items()}  # type: ignore[union-attr]
    columns.pop("note", None)
    length = data.draw(st.sampled_from([TEXT_LENGTHS[NOTE], 30_000]))
    cells, note, lost = encode_columns(kind, values, columns, CATALOGUE, {}, length)
    own, more = read_note(note, kind)
    back = {
        key: decode_cell(kind.field(key), cells[one], CATALOGUE)
        for key, (one, _) in columns.items()
        if cells.get(one) is not None
    }
    back |= {key: decode_cell(kind.field(key), text, CATALOGUE) for key, text in more.items()}
    left = {field.key for field in lost}
    for key, value in values.items():
        if key == "note":
            assert own == value or left
        elif key not in left and not kind.field(key).computed:
            assert back[key] == value, key
    if length > 1000 and MORE not in str(values.get("note")):
        assert {kind.field(key).type for key in left} <= {"text"}  # a text that is no value of its own field


@given(st.floats(-3e38, 3e38))
def test_a_single_precision_cell_gives_back_what_it_is_told_to_hold(value: float) -> None:
    narrow = single(value)
    assert single(narrow) == narrow
    assert narrow == pytest.approx(value, rel=2**-23)


def test_numbers_in_cells(catalogue: Catalogue) -> None:
    height = catalogue.type("planning_marker").field("height_m")
    assert isinstance(height, NumberField)
    assert encode_cell(height, 87.654, "float", catalogue) == 87.654
    assert encode_cell(height, 12345678.25, "float", catalogue) != 12345678.25
    assert encode_cell(height, 1e300, "float", catalogue) is None
    assert encode_cell(height, 1234.5, "text", catalogue) == "1234,5"
    pages = catalogue.type("dossier_document").field("pages")
    assert [encode_cell(pages, one, "short", catalogue) for one in (32767, 32768)] == [32767, None]


def test_a_note_keeps_what_follows_it_apart(catalogue: Catalogue) -> None:
    kind = catalogue.type("planning_drawing")
    points = kind.field("control_points")
    note, left = compose_note("Tờ cũ\ndòng 2", [(points, "1;2\n3;4"), (kind.field("georef"), "Chưa nắn")], 1000)
    assert not left
    assert note is not None
    assert note.splitlines()[:3] == ["Tờ cũ", "dòng 2", MORE]
    own, more = read_note(note, kind)
    assert own == "Tờ cũ\ndòng 2"
    assert more == {"control_points": "1;2\n3;4", "georef": "Chưa nắn"}
    assert read_note(f"a\n{MORE}\nkhông rõ", kind) == ("a\nkhông rõ", {})
    assert compose_note(MORE, [(points, "x")], 1000) == (MORE, [points])
    assert compose_note("x" * 95, [(points, "y")], 100)[1] == [points]


def test_names_of_folders_and_files() -> None:
    assert folder_name("Quy hoạch chung xã Đồng Tâm", "A") == "CSDL_QuyHoachChungXaDongTam"
    assert folder_name("", "04QHC0010001") == "CSDL_04QHC0010001"
    assert len(folder_name("Quy hoạch " * 40, "A")) == 80
    assert drawing_folder(None, "QH-04/2", None) == "QH042"
    assert (safe_name("CON.pdf"), safe_name("a<b>.pdf "), safe_name("x" * 300 + ".pdf")[-4:]) == (
        "_CON.pdf",
        "a_b_.pdf",
        ".pdf",
    )
    names = Names()
    assert [names.take(one) for one in ("A.pdf", "a.PDF", "A.pdf")] == ["A.pdf", "a_2.PDF", "A_3.pdf"]
    assert (is_scan("VanBan", "a.PDF"), is_scan("VanBan", "a.docx"), is_scan("BanVe", "a.dwg")) == (True, False, False)


@given(TEXTS)
def test_a_safe_name_is_one_on_every_system(text: str) -> None:
    name = safe_name(text)
    assert clean_name(name) == name
    assert len(name) <= 100


def test_codes_and_sheets() -> None:
    assert info_code({"legacy_info_code": "082612012345"}) == ("082612012345", "legacy_info_code")
    assert info_code({"official_id": "QH-VN-01", "legacy_info_code": "082612012345"}) == ("QH-VN-01", "official_id")
    assert info_code({}) == (None, None)
    for pair in ((1, 1), (2, 3), (12, 40)):
        assert read_sheets(format_sheets(*pair)) == pair
    assert (read_sheets("4"), read_sheets(None), read_sheets("x"), format_sheets(2, None)) == (
        (None, 4),
        (None, None),
        (None, None),
        None,
    )
