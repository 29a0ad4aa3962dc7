"""Scanned sheets with a known truth, laid by their control points: what is seen where, and what the record says."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image

from geodesy.control_lines import read_points, write_points
from geodesy.fitting import ControlPoint, Fit
from services import editing
from services.basemaps import BasemapSource, list_basemaps
from services.desk import Desk
from services.georeferencing import ScanReader, lay_sheet, lay_sheet_anew
from services.reading import fetch_record
from tests.services.desks import refused
from tests.services.sheets import HEIGHT, MARKS, PIXEL_M, WIDTH, control, draw_marks, ground, middle_of_ink


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A white sheet with a black square, 20 pixels wide, in the middle of each mark."""
    path = tmp_path / "bản vẽ QH-04.png"
    draw_marks(MARKS).save(path, dpi=(300, 300))
    return path


@pytest.fixture
def drawing(desk: Desk) -> str:
    values = {"name": "Bản đồ quy hoạch", "drawing_no": "QH-04", "scale_denom": 2000}
    return editing.insert_record(desk, "planning_drawing", values, None).record.uid


def test_a_broken_scan_is_called_a_scan(tmp_path: Path) -> None:
    path = tmp_path / "hỏng.png"
    path.write_bytes(b"\x89PNG garbage")
    told = str(refused("SHEET-KIND", lambda: ScanReader(path)))
    assert "bản vẽ quét" in told


@pytest.mark.parametrize("fit", Fit)
def test_every_mark_is_seen_where_it_is(desk: Desk, sheet: Path, fit: Fit) -> None:
    laid = lay_sheet(desk, sheet, control(*MARKS), fit)
    source = BasemapSource(laid.basemap, desk.system)
    try:
        for place in ground(MARKS):
            east, north = place
            size, reach = 200, 20.0
            box = (east - reach, north - reach, east + reach, north + reach)
            found = source.picture(box, size, size)
            column, row = middle_of_ink(found.pixels)
            off = np.hypot(column - size / 2, row - size / 2) * 2 * reach / size
            assert off < 0.15 * PIXEL_M, "within a seventh of the sheet's pixel"
    finally:
        source.close()
    assert laid.basemap.bounds == list_basemaps(desk)[0].bounds


def test_the_drawing_says_how_it_lies_and_one_undo_takes_it_back(desk: Desk, sheet: Path, drawing: str) -> None:
    noisy = control(*MARKS)
    noisy[0] = ControlPoint(noisy[0].column, noisy[0].row, noisy[0].east + 0.4, noisy[0].north)
    laid = lay_sheet(desk, sheet, noisy, Fit.AFFINE, drawing=drawing)
    record = fetch_record(desk, drawing)
    assert record.values["georef"] == "affine"
    assert record.values["gcp_count"] == 5
    assert record.values["rms_m"] == pytest.approx(laid.judgement.georeference.rms_m, abs=5e-4)
    assert [round(point.east, 4) for point in read_points(record.values["control_points"])] == [
        round(point.east, 4) for point in noisy
    ]
    corners = shapely.Polygon(ground([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)]))
    assert shapely.area(shapely.symmetric_difference(record.geometry, corners)) < 0.003 * corners.area
    assert laid.judgement.allowed_m == 1.0
    assert laid.judgement.remarks == ()
    editing.undo(desk)
    again = fetch_record(desk, drawing)
    assert (again.values["georef"], again.geometry) == (None, None)


def test_points_are_written_as_they_are_read() -> None:
    points = control(*MARKS)
    again = read_points("cột; hàng; X; Y\n" + write_points(points))
    for one, other in zip(points, again, strict=True):
        assert (one.column, one.row) == (other.column, other.row)
        assert (one.east, one.north) == pytest.approx((other.east, other.north), abs=5e-5)
    assert read_points("100\t200\t2487000.5\t437000.25") == [ControlPoint(100, 200, 437000.25, 2487000.5)]
    refused("CONTROL-LINE", lambda: read_points("1; 2; 3; 4\n1; 2; ba; 4", "diem.txt"))
    refused("CONTROL-LINE", lambda: read_points("1; 2; 3"))


def test_what_is_suspicious_is_said(desk: Desk, sheet: Path, drawing: str) -> None:
    few = lay_sheet(desk, sheet, control(*MARKS[:2]), Fit.HELMERT, drawing=drawing)
    assert set(few.judgement.remarks) == {"SHEET-FEW-POINTS", "SHEET-ONE-SIDE"}
    wrong = control(*MARKS)
    wrong[2] = ControlPoint(wrong[2].column, wrong[2].row, wrong[2].east + 30, wrong[2].north)
    blunder = lay_sheet_anew(desk, few.basemap.id, wrong, Fit.AFFINE, drawing=drawing)
    assert {"SHEET-RMS", "SHEET-BLUNDER"} <= set(blunder.judgement.remarks)
    assert len(list_basemaps(desk)) == 1


def test_a_page_of_a_pdf_is_laid(desk: Desk, sheet: Path, tmp_path: Path) -> None:
    path = tmp_path / "bản vẽ.pdf"
    Image.open(sheet).convert("RGB").save(path, resolution=300)
    laid = lay_sheet(desk, path, control(*MARKS), Fit.AFFINE)
    assert laid.basemap.is_copy
    assert laid.basemap.title == "bản vẽ"
    refused("DOCUMENT-NO-PAGE", lambda: lay_sheet(desk, path, control(*MARKS), Fit.AFFINE, page=9))


def test_bad_points_take_nothing_in(desk: Desk, sheet: Path, drawing: str) -> None:
    line = control((100, 100), (200, 200), (300, 300), (400, 400))
    refused("FIT-LINE", lambda: lay_sheet(desk, sheet, line, Fit.AFFINE))
    refused("FIT-FEW", lambda: lay_sheet(desk, sheet, line[:1], Fit.HELMERT))
    road = editing.insert_record(desk, "dossier_document", {"name": "Tờ trình"}, None).record.uid
    refused("SHEET-NOT-A-DRAWING", lambda: lay_sheet(desk, sheet, control(*MARKS), Fit.AFFINE, drawing=road))
    assert list_basemaps(desk) == []
    assert not list((desk.workspace.folder / "basemaps").glob("*.png"))
