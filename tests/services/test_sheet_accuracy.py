"""How true a laid sheet is, in millimetres of the paper: at its control points and, what counts, between them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from PIL import Image

from geodesy.fitting import ControlPoint, Fit
from services import editing
from services.attaching import attach_document
from services.basemaps import Basemap, BasemapSource, list_basemaps
from services.checking import check_record
from services.desk import Desk
from services.georeferencing import PAGE_PX, Laid, lay_sheet, lay_sheet_anew
from services.reading import fetch_record
from tests.services.desks import open_again
from tests.services.sheets import HEIGHT, NORTH, WEST, WIDTH, draw_marks, middle_of_ink
from validation.tolerances import default_tolerances

Floats = npt.NDArray[np.float64]
Truth = Callable[[Floats], Floats]
SCALE = 2000  # and a pixel of 0.25 mm on the paper, as at 100 dpi
PIXEL = 0.5
CONTROL = [(x, y) for x in (100.0, 500.0, 900.0, 1300.0) for y in (100.0, 500.0, 900.0)]
CHECKS = [(300.0, 300.0), (700.0, 300.0), (1100.0, 300.0), (300.0, 700.0), (700.0, 700.0), (1100.0, 700.0)]


def turned(radians: float, across: float = 1.0, down: float = 1.0) -> Truth:
    """A sheet turned, and shrunk differently across and down."""

    def truth(pixels: Floats) -> Floats:
        x, y = (pixels - (WIDTH / 2, HEIGHT / 2)).T * PIXEL * np.array([[across], [down]])
        east = WEST + 400 + x * np.cos(radians) - y * np.sin(radians)
        return np.column_stack([east, NORTH - 300 - x * np.sin(radians) - y * np.cos(radians)])

    return truth


def askew(pixels: Floats) -> Floats:
    """A sheet photographed from the side."""
    x, y = (pixels / (WIDTH, HEIGHT)).T
    depth = 1 + 0.15 * x - 0.1 * y
    return np.column_stack([WEST + 700 * x / depth, NORTH - 500 * y / depth])


def buckled(pixels: Floats) -> Floats:
    """Paper that has swollen in waves of 0.6 mm."""
    x, y = pixels.T / 700 * np.pi
    waves = np.column_stack([np.sin(x) * np.cos(y / 2), np.cos(x / 2) * np.sin(y)])
    return turned(0.0)(pixels) + 0.6e-3 * SCALE * waves


def control_of(truth: Truth) -> list[ControlPoint]:
    places = truth(np.array(CONTROL)).tolist()
    return [ControlPoint(*pixel, *place) for pixel, place in zip(CONTROL, places, strict=True)]


def seen_off_mm(desk: Desk, basemap: Basemap, truth: Truth) -> Floats:
    """How far each check mark is seen from where it really is, in millimetres of the paper."""
    source, reach, size = BasemapSource(basemap, desk.system), 15.0, 300
    try:
        found = []
        for east, north in truth(np.array(CHECKS)).tolist():
            picture = source.picture((east - reach, north - reach, east + reach, north + reach), size, size)
            column, row = middle_of_ink(picture.pixels)
            found.append(np.hypot(column - size / 2, row - size / 2) * 2 * reach / size)
        return np.array(found) / SCALE * 1000
    finally:
        source.close()


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "QH-04.png"
    draw_marks(CHECKS).save(path)
    return path


TRUTHS = [
    (Fit.HELMERT, turned(0.12), 0.02),
    (Fit.HELMERT, turned(np.pi / 2), 0.02),
    (Fit.HELMERT, turned(np.pi), 0.02),
    (Fit.AFFINE, turned(-0.03, 0.996, 1.003), 0.02),
    (Fit.PROJECTIVE, askew, 0.05),
    (Fit.THIN_PLATE, buckled, 0.15),
]


@pytest.mark.parametrize(("fit", "truth", "allowed_mm"), TRUTHS)
def test_check_marks_are_seen_within_the_drawings_precision(
    desk: Desk, sheet: Path, fit: Fit, truth: Truth, allowed_mm: float
) -> None:
    laid = lay_sheet(desk, sheet, control_of(truth), fit)
    assert laid.judgement.georeference.residuals_m.max() / SCALE * 1000 < 1e-6
    between = laid.judgement.georeference.to_ground(CHECKS) - truth(np.array(CHECKS))
    assert np.hypot(*between.T).max() / SCALE * 1000 < allowed_mm
    assert seen_off_mm(desk, laid.basemap, truth).max() < allowed_mm + 0.03, "and the picture adds an eighth of a pixel"


def test_a_poorer_fit_is_known_by_its_misfit(desk: Desk, sheet: Path) -> None:
    for truth in (turned(0.0, 0.99, 1.01), askew, buckled):
        laid = lay_sheet(desk, sheet, control_of(truth), Fit.HELMERT)
        between = laid.judgement.georeference.to_ground(CHECKS) - truth(np.array(CHECKS))
        off_mm = np.hypot(*between.T) / SCALE * 1000
        rms_mm = laid.judgement.georeference.rms_m / SCALE * 1000
        assert rms_mm > 0.2
        assert rms_mm / 4 < np.sqrt(np.mean(off_mm**2)) < 2 * rms_mm, "the misfit tells what lies between the points"


@pytest.mark.parametrize("turn", [0, 90])
def test_a_page_of_a_pdf_is_as_true_as_its_picture(desk: Desk, tmp_path: Path, turn: int) -> None:
    path = tmp_path / "hồ sơ.pdf"
    plain, marked = Image.new("RGB", (WIDTH, HEIGHT), "white"), draw_marks(CHECKS)
    pages = [page.rotate(turn, expand=True) for page in (plain, marked)]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=100)
    share = PAGE_PX / max(pages[1].size)

    def on_page(pixels: Floats) -> Floats:
        """Where a place of the upright sheet is on the page as it is rendered."""
        return (pixels if not turn else np.column_stack([pixels[:, 1], WIDTH - pixels[:, 0]])) * share

    truth = turned(0.05)
    places = zip(on_page(np.array(CONTROL)).tolist(), truth(np.array(CONTROL)).tolist(), strict=True)
    laid = lay_sheet(desk, path, [ControlPoint(*pixel, *place) for pixel, place in places], Fit.HELMERT, page=2)
    assert max(laid.basemap.facts.width, laid.basemap.facts.height) == PAGE_PX
    assert seen_off_mm(desk, laid.basemap, truth).max() < 0.06


def test_a_picture_in_landscape_stood_on_its_side_is_laid_as_it_is_shown(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "đứng.png"
    draw_marks(CHECKS).rotate(90, expand=True).save(path)
    truth = turned(0.0)
    pixels = np.array(CONTROL)
    stood = np.column_stack([pixels[:, 1], WIDTH - pixels[:, 0]]).tolist()
    points = [ControlPoint(*one, *place) for one, place in zip(stood, truth(pixels).tolist(), strict=True)]
    assert seen_off_mm(desk, lay_sheet(desk, path, points, Fit.HELMERT).basemap, truth).max() < 0.05


def pixels_of(desk: Desk, basemap: Basemap) -> bytes:
    source = BasemapSource(basemap, desk.system)
    try:
        return source.picture(basemap.bounds, 350, 260).pixels.tobytes()
    finally:
        source.close()


@pytest.mark.parametrize("fit", [Fit.AFFINE, Fit.THIN_PLATE])
def test_undo_redo_and_opening_again_lay_the_same_picture_bit_by_bit(desk: Desk, sheet: Path, fit: Fit) -> None:
    values = {"name": "Bản đồ quy hoạch", "drawing_no": "QH-04", "scale_denom": SCALE}
    drawing = editing.insert_record(desk, "planning_drawing", values, None).record.uid
    laid = lay_sheet(desk, sheet, control_of(buckled), fit, drawing=drawing)
    before, seen = fetch_record(desk, drawing), pixels_of(desk, laid.basemap)
    editing.undo(desk)
    assert fetch_record(desk, drawing).values["control_points"] is None
    editing.redo(desk)
    after = fetch_record(desk, drawing)
    assert after.values == before.values
    assert shapely.to_wkb(after.geometry) == shapely.to_wkb(before.geometry)
    folder = desk.workspace.folder
    desk.close()
    again = open_again(folder)
    try:
        (kept,) = list_basemaps(again)
        assert kept.bounds == laid.basemap.bounds
        assert pixels_of(again, kept) == seen
    finally:
        again.close()


def laid_drawing(desk: Desk, sheet: Path, points: list[ControlPoint], fit: Fit) -> tuple[Laid, set[str]]:
    values = {"name": "Bản đồ quy hoạch", "drawing_no": "QH-04", "scale_denom": SCALE}
    drawing = editing.insert_record(desk, "planning_drawing", values, None).record.uid
    laid = lay_sheet(desk, sheet, points, fit, drawing=drawing)
    found = check_record(desk, fetch_record(desk, drawing))
    return laid, {finding.text_code for finding in found if finding.rule_id.startswith("DRW")}


def test_the_rules_say_of_the_record_what_was_said_while_it_was_laid(desk: Desk, sheet: Path) -> None:
    good = control_of(turned(0.12))
    assert laid_drawing(desk, sheet, good, Fit.AFFINE)[1] == set()
    left = [point for point in good if point.column < WIDTH / 2]
    laid, found = laid_drawing(desk, sheet, left, Fit.AFFINE)
    assert (set(laid.judgement.remarks), found) == ({"SHEET-ONE-SIDE"}, {"DRW-02"})
    laid, found = laid_drawing(desk, sheet, [good[0], good[11]], Fit.HELMERT)
    assert (set(laid.judgement.remarks), found) == ({"SHEET-FEW-POINTS"}, {"DRW-01.few"})
    wrong = [*good[:5], ControlPoint(good[5].column, good[5].row, good[5].east + 9, good[5].north), *good[6:]]
    laid, found = laid_drawing(desk, sheet, wrong, Fit.AFFINE)
    assert {"DRW-01.rms", "DRW-01.point"} <= found
    assert "SHEET-RMS" in laid.judgement.remarks
    assert lay_sheet_anew(desk, laid.basemap.id, good, Fit.AFFINE).judgement.remarks == ()


def test_a_drawing_whose_picture_is_cut_short_or_too_large_is_told(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "tờ 1.jpg"
    Image.fromarray(np.random.default_rng(2).integers(0, 255, (600, 800, 3), np.uint8)).save(whole)
    cut = tmp_path / "tờ 2.jpg"
    cut.write_bytes(whole.read_bytes()[:60_000])
    dossier = editing.insert_record(desk, "planning_dossier", {"name": "Đồ án"}, None).record.uid
    drawings = [attach_document(desk, dossier, path, type_id="planning_drawing").record for path in (whole, cut)]
    found = [{item.text_code for item in check_record(desk, drawing)} for drawing in drawings]
    assert "DRW-03.broken" not in found[0]
    assert "DRW-03.broken" in found[1]
    limits = {**default_tolerances(), "drw03_megapixels": 0.4}
    monkeypatch.setattr("validation.context.default_tolerances", lambda: limits)
    large = check_record(desk, drawings[0])
    assert "DRW-03.large" in {item.text_code for item in large}
