"""A planning dossier with everything in it, for the tests of the handed-in folder."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from forms.record import Record
from services.attaching import attach_document, attach_files
from services.desk import Desk
from services.editing import insert_record
from tests.exchange.document_samples import jpeg, pdf, scanned_page
from tests.services.desks import sample_xy

CODE = "08QHC0010001"
NO_SCAN = "TT16-DOCUMENT-SCAN"
"""What is told of every such dossier: its report is there as an original alone."""
DOSSIER = {
    "name": "Quy hoạch chung xã Bắc Quang đến năm 2040",
    "dossier_code": CODE,
    "legacy_info_code": "082612012345",
    "plan_kind": "QHC",
    "plan_level": "1",
    "adjustment": "1",
    "status": "da_phe_duyet",
    "scale_denom": 5000,
    "period_from": 2025,
    "period_to": 2040,
    "vision_year": 2050,
    "area_ha": 812.4567,
    "location": "Xã Bắc Quang, tỉnh Tuyên Quang\nPhía Bắc giáp xã Đồng Tâm",
    "base_map_ref": "Nền địa lý quốc gia 1/10.000, 2024",
    "secrecy_declared": True,
    "task_decision_no": "512/QĐ-UBND",
    "task_decision_date": "2025-03-04",
    "decision_no": "2820/QĐ-UBND",
    "decision_date": "2026-02-19",
    "approving_authority": "UBND_tinh",
    "approving_org": "UBND tỉnh Tuyên Quang",
    "preparing_org": "UBND xã Bắc Quang",
    "consultant": "Viện Quy hoạch – Xây dựng",
    "appraiser": "Sở Xây dựng",
    "chief_author": "KTS. Nguyễn Văn Đức",
    "note": "Thay đồ án năm 2015.\nĐã đính chính tờ 2.",
}


def put(desk: Desk, type_id: str, geometry: Any = None, **values: Any) -> Record:
    return insert_record(desk, type_id, values, geometry).record


def write_file(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def make_dossier(desk: Desk, folder: Path, at: tuple[float, float] | None = None) -> Record:
    """A dossier of a general plan: two documents, two drawings, an attachment, and a record of every class it fills.

    ``at`` is east and north of its south-west corner in the workspace's zone.
    """
    dossier = put(desk, "planning_dossier", **DOSSIER)
    add_files(desk, folder, dossier)
    add_places(desk, dossier, np.asarray(at or sample_xy([(0.0, 0.0)])[0]))
    return dossier


def add_files(desk: Desk, folder: Path, dossier: Record) -> None:
    decision = write_file(folder, "QĐ 2820 phê duyệt.pdf", pdf([scanned_page(300)]))
    attach_document(
        desk,
        dossier.uid,
        decision,
        values={
            "name": "Phê duyệt Quy hoạch chung xã",
            "doc_kind": "quyet_dinh",
            "doc_no": "2820/QĐ-UBND",
            "sign_date": "2026-02-19",
            "issuing_org": "UBND tỉnh Tuyên Quang",
            "signed": "khong",
        },
    )
    report = write_file(folder, "thuyet_minh.docx", b"PK\x05\x06" + bytes(18))
    values = {"name": "Thuyết minh tổng hợp", "doc_kind": "thuyet_minh", "note": "Bản sửa lần 2", "pages": 120}
    attach_document(desk, dossier.uid, report, values=values)
    master = write_file(folder, "QH-04.jpg", jpeg(640, 480, dpi=(300, 300)))
    drawing = {"drawing_no": "QH-04", "short_name": "SDD", "scale_denom": 5000, "sheet_no": 1, "sheet_count": 1}
    attach_document(
        desk, dossier.uid, master, type_id="planning_drawing", values={**drawing, "name": "Bản đồ sử dụng đất"}
    )
    second = write_file(folder, "QH-05 tờ 2.jpg", jpeg(600, 480, dpi=(300, 300)))
    values = {"name": "Bản đồ giao thông", "drawing_no": "QH-05", "scale_denom": 5000, "sheet_no": 2, "sheet_count": 3}
    attach_document(desk, dossier.uid, second, type_id="planning_drawing", values={**values, "folder_name": "GT"})
    photo = write_file(folder, "khảo sát.jpg", jpeg(320, 200))
    attach_files(desk, dossier.uid, [photo])


def square(at: np.ndarray, east: float = 0.0, size: float = 50.0) -> shapely.Polygon:
    corner = at + (east, 0.0)
    return shapely.Polygon([corner, corner + (size, 0.0), corner + (size, size), corner + (0.0, size)])


def add_places(desk: Desk, dossier: Record, at: np.ndarray) -> None:
    own = {"dossier_uid": dossier.uid}
    put(
        desk,
        "planning_boundary",
        square(at, size=400),
        **own,
        area_decision_ha=812.4567,
        population_now=5210,
        population_plan=7400,
        note="Ranh theo bản đồ địa chính",
    )
    put(
        desk,
        "planning_zone",
        square(at, size=60),
        **own,
        lot_symbol="OM-12",
        function_lv1="O",
        function_lv2="DAT_O_Nhomnhao",
        function_lv3="Đất ở mới",
        density_pct=45.5,
        floors_max=4,
        far=1.85,
        population=320,
        green_ratio=20.0,
        area_stated_m2=3601.25,
        existence="quy_hoach_dai_han",
    )
    put(desk, "planning_zone", square(at, 70, 60), **own, lot_symbol="CX-01", existence="hien_trang")
    line = shapely.LineString([at, at + (120, 40), at + (260, 30)])
    put(desk, "planning_control_line", line, **own, kind="CGDD", name="Đường trục xã")
    put(desk, "planning_control_line", line, **own, kind="CGXD", setback_m=6.5)
    put(desk, "planning_control_line", line, **own, kind="HLAT", corridor_kind="Lưới điện 110 kV", width_m=15.0)
    put(desk, "planning_control_line", line, **own, kind="tim_duong")
    point = shapely.Point(at + (10.0, 20.0))
    put(desk, "planning_marker", point, **own, marker_no="M12", marker_type="ranh_gioi", height_m=87.654)
    put(desk, "construction_project", square(at, 140), **own, name="Chợ xã", features="Chợ hạng 3")


def add_rows(path: Path, layer: str, rows: list[tuple[dict[str, Any], Any]], crs: str = "EPSG:9211") -> None:
    """Add rows to a class of a database as another program would, making a layer that is not there."""
    import pyogrio
    import pyogrio.raw

    names = list(dict.fromkeys(name for cells, _ in rows for name in cells))
    data = [np.array([cells.get(name) for cells, _ in rows], dtype=object) for name in names]
    shapes = np.array([None if shape is None else shapely.to_wkb(shape) for _, shape in rows], dtype=object)
    is_there = layer in pyogrio.list_layers(path)[:, 0]
    kind = pyogrio.read_info(path, layer)["geometry_type"] if is_there else "Unknown"
    pyogrio.raw.write(
        path, shapes, data, names, layer=layer, driver="GPKG", geometry_type=kind, crs=crs, append=is_there
    )
