"""Every record type of the catalogue works at the desk: made, checked, brought in from a table."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from forms.files import FileLink
from forms.model import AnyField, RecordType
from forms.record import Record
from services import editing
from services.approving import approve
from services.desk import Desk
from services.importing import propose_import, run_import
from services.reading import fetch_record
from tests.services.desks import bring, records_of, sample_line, sample_square, sample_xy

SHAPES = {
    "point": lambda: shapely.Point(*sample_xy([(10, 10)])[0]),
    "line": lambda: sample_line((0, 0), (120, 40)),
    "multi_line": lambda: sample_line((0, 0), (120, 40)),
    "multi_polygon": sample_square,
}


SIMPLE = {"text": "Chu", "boolean": True, "date": "2026-05-04", "moment": "2026-05-04T01:00:00.000Z"}


def value_for(desk: Desk, field: AnyField) -> Any:
    """A value that the field takes."""
    if field.key == "file_sha256":
        return "a" * 64
    if field.type in ("integer", "number"):
        low = field.minimum if field.minimum is not None else 1
        return max(int(low), min(2020, int(field.maximum or 2020))) if field.type == "integer" else float(low) + 0.5
    if field.type in ("choice", "choices"):
        codes = [item.code for item in desk.catalogue.choice_list(field.choices).offered(desk.today())]
        code = desk.commune.code if field.key == "commune_code" else codes[0]
        return code if field.type == "choice" else [code]
    if field.type == "files":
        return [FileLink(sha256="b" * 64, name="anh.jpg", bytes=10, mime="image/jpeg").as_dict()]
    return SIMPLE.get(field.type)


def full_values(desk: Desk, record_type: RecordType) -> dict[str, Any]:
    return {field.key: value_for(desk, field) for field in record_type.fields if not field.computed}


def test_a_full_record_of_every_type_is_stored_as_it_was_given(desk: Desk) -> None:
    for record_type in desk.catalogue.types.values():
        values = full_values(desk, record_type)
        shape = SHAPES[record_type.geometry[0]]() if record_type.geometry else None
        saved = editing.insert_record(desk, record_type.id, values, shape, capture_method="so_hoa_ban_do").record
        stored = fetch_record(desk, saved.uid)
        kept = {key: value for key, value in stored.values.items() if key in values and values[key] is not None}
        assert kept == {key: value for key, value in values.items() if value is not None}, record_type.id
        computed = [field.key for field in record_type.fields if field.computed]
        assert set(computed) <= set(stored.values)


def test_a_marker_says_its_x_and_y(desk: Desk) -> None:
    (east, north), *_ = sample_xy([(10, 10)])
    saved = editing.insert_record(desk, "planning_marker", {"marker_no": "M1"}, shapely.Point(east, north)).record
    assert (saved.values["x_m"], saved.values["y_m"]) == (pytest.approx(north, abs=1e-3), pytest.approx(east, abs=1e-3))


@pytest.fixture
def dossier(desk: Desk) -> Record:
    values = {"name": "Quy hoạch chung xã", "plan_kind": "QHC", "status": "du_thao", "secrecy_declared": True}
    return editing.insert_record(desk, "planning_dossier", values, None).record


def test_a_drawing_needs_no_footprint(desk: Desk, dossier: Record) -> None:
    values = {"name": "Bản đồ sử dụng đất", "dossier_uid": dossier.uid, "drawing_no": "QH-04"}
    saved = editing.insert_record(desk, "planning_drawing", values, None)
    assert "GEO-01" not in {finding.rule_id for finding in saved.findings}
    approval = approve(desk, uids=[saved.record.uid])
    assert list(approval.approved) == [saved.record.uid]


def test_resources_come_from_a_table_without_places(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "mo.csv"
    path.write_text("ten_mo,loai_vat_lieu,tru_luong\nMỏ cát Vĩnh Tuy,Cát xây dựng,120000\n", encoding="utf-8")
    report = bring(desk, path, "material_resource")
    assert (report.written, report.rejected) == (1, ())
    (mine,) = records_of(desk, "material_resource")
    assert (mine.values["name"], mine.values["material"], mine.geometry) == ("Mỏ cát Vĩnh Tuy", "cat", None)


def test_a_mixed_land_code_is_told_with_its_row(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "khoanh.csv"
    square = "POLYGON ((384000 2481000, 384050 2481000, 384050 2481050, 384000 2481000))"
    path.write_text(f"so_khoanh;ma_quy_hoach;wkt\n1;ODT;{square}\n2;ODT+CLN;{square}\n", encoding="utf-8")
    plan = propose_import(desk, path, type_id="land_use_plan_area")
    told = [item.text("vi") for item in run_import(desk, plan, dry_run=True).warnings if item.column == "ma_quy_hoach"]
    assert len(told) == 1
    assert "mã ghép" in told[0] and "ODT, CLN" in told[0]


def test_a_reason_for_what_was_not_delivered(desk: Desk) -> None:
    values = {
        "data_kind": "qhsdd_van_ban",
        "situation": "cham",
        "period_year": 2026,
        "period_quarter": "4",
        "reason": "Bản giấy đang được quét",
        "doc_no": "12/UBND-VP",
    }
    saved = editing.insert_record(desk, "non_delivery_reason", values, None)
    assert [item for item in saved.findings if str(item.severity) == "error"] == []
    assert saved.record.values["situation"] == "cham"
