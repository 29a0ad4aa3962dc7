"""A field book's traverse: read as offices write it, judged by its class, adjusted."""

import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodesy.survey.angles import format_angle
from services.importing import propose_import, run_import
from services.reading import list_records
from services.traverse_books import is_field_book
from services.traverse_points import POINT, read_traverse_points
from services.traverses import Side, Traverse, adjust_traverse, read_traverse
from tests.cli.running import run
from tests.services.desks import make_desk, refused

EASTS = [437_000.0, 437_120.5, 437_260.0, 437_390.75, 437_520.0]
NORTHS = [2_487_000.0, 2_487_090.25, 2_487_080.0, 2_487_170.5, 2_487_150.0]
MARKS = np.column_stack([EASTS, NORTHS])


def measured(points: np.ndarray) -> tuple[list[float], list[float]]:
    """Left angles at the inner points and distances between them."""
    steps = np.diff(points, axis=0)
    bearings = np.degrees(np.arctan2(steps[:, 0], steps[:, 1]))
    return ((np.diff(bearings) + 180.0) % 360.0).tolist(), np.hypot(*steps.T).tolist()


def book(path: Path, *, spoil_s: float = 0.0, right: bool = False, ahead: bool = True) -> Path:
    angles, lengths = measured(MARKS)
    lines = ["Trạm;Góc đo;Cạnh (m);X;Y".replace(" (m)", "")]
    for place, (east, north) in enumerate(MARKS.tolist()):
        known = place in (0, 1, 3, 4)
        angle = angles[place - 1] + (spoil_s / 3600 if place == 2 else 0.0) if 0 < place < 4 else None
        angle = angle if angle is None or not right else 360.0 - angle
        angle = angle if ahead or place < 3 else None
        cells = [
            f"P{place}",
            "" if angle is None else format_angle(angle, "vi", 2),
            f"{lengths[place]:.4f}".replace(".", ",") if 0 < place < 3 else "",
            *(f"{value:.4f}".replace(".", ",") if known else "" for value in (north, east)),
        ]
        lines.append(";".join(cells))
    path.write_text("\n".join(lines if ahead else lines[:-1]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("right", [False, True])
def test_a_book_without_errors_gives_its_points_back(tmp_path: Path, right: bool) -> None:
    found = adjust_traverse(read_traverse(book(tmp_path / "sổ.csv", right=right), right_angles=right))
    assert found.traverse.stations == ("P1", "P2", "P3")
    assert found.closure.points == pytest.approx(MARKS[1:4], abs=1e-3)
    assert found.closure.angle_seconds == pytest.approx(0, abs=0.1)
    assert (found.kind.key, found.closure.is_within) == ("cap_1", True)


def test_an_angle_that_is_off_is_told_by_the_class(tmp_path: Path) -> None:
    read = read_traverse(book(tmp_path / "sổ.csv", spoil_s=30))
    found = adjust_traverse(read)
    assert found.closure.angle_seconds == pytest.approx(30, abs=0.1)
    assert (found.kind.key, found.closure.is_within) == ("cap_2", True)
    assert not adjust_traverse(read, "cap_1").closure.is_within
    refused("TRAVERSE-CLASS", lambda: adjust_traverse(read, "cap_9"))


def test_without_a_mark_ahead_the_angles_are_not_judged(tmp_path: Path) -> None:
    found = adjust_traverse(read_traverse(book(tmp_path / "sổ.csv", ahead=False)))
    assert found.closure.angle_seconds is None
    assert found.closure.points == pytest.approx(MARKS[1:4], abs=1e-3)


def test_a_workbook_is_read_as_well(tmp_path: Path) -> None:
    lines = book(tmp_path / "sổ.csv").read_text("utf-8").splitlines()
    workbook = openpyxl.Workbook()
    for line in lines:
        workbook.active.append(
            [float(c.replace(",", ".")) if c[:1].isdigit() and "°" not in c else c for c in line.split(";")]
        )
    workbook.save(tmp_path / "sổ.xlsx")
    assert read_traverse(tmp_path / "sổ.xlsx") == read_traverse(tmp_path / "sổ.csv")
    workbook.create_sheet("Ghi chú", 0).append(["Máy đo"])
    workbook.save(tmp_path / "sổ.xlsx")
    refused("TRAVERSE-COLUMNS", lambda: read_traverse(tmp_path / "sổ.xlsx"))
    assert read_traverse(tmp_path / "sổ.xlsx", layer="Sheet") == read_traverse(tmp_path / "sổ.csv")
    points = read_traverse_points(tmp_path / "sổ.xlsx", layer="Sheet")
    assert (points.layer, points.rows.tolist()) == ("Sheet", [2, 3, 4, 5, 6])
    workbook["Sheet"].insert_rows(1, 3)
    workbook["Sheet"]["A1"] = "SỔ ĐO ĐƯỜNG CHUYỀN"
    workbook.save(tmp_path / "sổ.xlsx")
    points = read_traverse_points(tmp_path / "sổ.xlsx", layer="Sheet")
    assert points.rows.tolist() == [5, 6, 7, 8, 9]
    assert read_traverse(tmp_path / "sổ.xlsx", layer="Sheet") == read_traverse(tmp_path / "sổ.csv")


@pytest.mark.parametrize("mark", [",", "."])
def test_distances_to_the_millimetre_follow_the_mark_of_the_coordinates(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "sổ.csv"
    rows = "Trạm;Góc bằng trái;Chiều dài;X;Y|M1;;;2478000,000;433000,000|M2;90°00'10\";150,012;2478000,000;433200,000"
    rows += "|A;180°00'05\";120,500;;|M3;;;2478270,500;433200,000"
    path.write_text(rows.replace("|", "\n").replace(",", mark), encoding="utf-8")
    read = read_traverse(path)
    assert read.distances == (150.012, 120.5)
    assert (read.start, read.end) == ((433_200.0, 2_478_000.0), (433_200.0, 2_478_270.5))


def test_a_mark_that_nothing_proves_is_asked_for(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Trạm", "Góc", "Cạnh", "X", "Y"], ["M1", None, None, 2478000, 433000]):
        book.active.append(row)
    for row in (["M2", "90", "150,012", 2478000, 433200], ["M3", None, None, 2478150, 433200]):
        book.active.append(row)
    book.save(tmp_path / "sổ.xlsx")
    assert "150,012" in str(refused("TRAVERSE-CELL", lambda: read_traverse(tmp_path / "sổ.xlsx")))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Góc đo", "xyz", "TRAVERSE-COLUMNS"),
        ("P2;", "P2;120 độ rưỡi", "TRAVERSE-CELL"),
        ("P0;;;2487000,0000", "P0;;;", "TRAVERSE-KNOWN"),
        ("P0;;", "P0;10°00';", "TRAVERSE-KNOWN"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, old: str, new: str, code: str) -> None:
    path = book(tmp_path / "sổ.csv")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    told = str(refused(code, lambda: read_traverse(path)))
    assert "angle" not in told
    assert code != "TRAVERSE-COLUMNS" or "thiếu cột: góc." in told
    assert code != "TRAVERSE-CELL" or "Dòng 4, cột Góc đo" in told


def test_the_lines_of_a_traverse_tell_what_was_measured_and_where_it_ends(tmp_path: Path) -> None:
    found = adjust_traverse(read_traverse(book(tmp_path / "sổ.csv")))
    legs = found.legs()
    assert [(leg.start, leg.end) for leg in legs] == [("P0", "P1"), ("P1", "P2"), ("P2", "P3"), ("P3", "P4")]
    assert [leg.is_given for leg in legs] == [True, False, True, True]
    assert np.array([leg.place for leg in legs]) == pytest.approx(MARKS[1:], abs=1e-3)
    angles, lengths = measured(MARKS)
    assert [leg.angle_deg for leg in legs] == pytest.approx([None, *angles], abs=1e-5)
    assert [leg.distance_m for leg in legs] == [None, *(pytest.approx(one, abs=1e-4) for one in lengths[1:3]), None]
    steps = np.diff(MARKS, axis=0)
    bearings = np.degrees(np.arctan2(steps[:, 0], steps[:, 1])) % 360
    assert [leg.bearing_deg for leg in legs] == pytest.approx(bearings.tolist(), abs=1e-4)
    assert found.traverse.turned().angles == pytest.approx([360 - angle for angle in angles], abs=1e-5)
    short = adjust_traverse(read_traverse(book(tmp_path / "ngắn.csv", ahead=False))).legs()
    assert [(leg.start, leg.end) for leg in short] == [("P0", "P1"), ("P1", "P2"), ("P2", "P3")]


def test_coordinates_that_the_adjustment_does_not_use_are_named(tmp_path: Path) -> None:
    path = book(tmp_path / "sổ.csv")
    text = path.read_text("utf-8").splitlines()
    text[3] = text[3].replace(";;", ";2487080,0000;437260,0000")
    path.write_text("\n".join(text), encoding="utf-8")
    assert read_traverse(path).unused == ("P2",)
    assert read_traverse(book(tmp_path / "khác.csv")).unused == ()


def test_headings_with_their_units_are_known(tmp_path: Path) -> None:
    path = book(tmp_path / "sổ.csv")
    text = path.read_text("utf-8").replace("Trạm;Góc đo;Cạnh;X;Y", "Tên mốc;Góc đo (°);Cạnh ngang (m);X [m];Y [m]")
    (tmp_path / "khác.csv").write_text(text, encoding="utf-8")
    assert read_traverse(tmp_path / "khác.csv") == read_traverse(path)
    assert is_field_book(["Tên mốc", "Góc đo (°)", "Cạnh ngang (m)"])
    assert not is_field_book(["Điểm", "X", "Y", "Cạnh (m)"])


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_adjusted_points_are_imported(tmp_path: Path, side: Side) -> None:
    path = book(tmp_path / "sổ.csv", right=side == "right")
    with closing(make_desk(tmp_path / "Sổ xã", None)) as desk:
        plan = propose_import(desk, path, traverse=side)
        assert (plan.type_id, plan.mapping["point_no"], plan.as_dict()["traverse"]) == ("survey_point", POINT, side)
        report = run_import(desk, replace(plan, system=desk.system, reading=None))
        assert (report.written, report.rejected) == (5, ())
        records = {record.values["point_no"]: record for record in list_records(desk, "survey_point")}
    placed = np.array([shapely.get_coordinates(records[f"P{place}"].geometry)[0] for place in range(5)])
    assert placed == pytest.approx(MARKS, abs=1e-3)
    assert records["P2"].lineage.source_row == 4
    assert records["P2"].lineage.raw_values["Cạnh"] == "159,0151"


def test_a_traverse_back_to_its_start_names_each_mark_once(tmp_path: Path) -> None:
    ring = np.array([MARKS[0], MARKS[1], MARKS[1] + [60, 80], MARKS[1] + [150, -20], MARKS[1], MARKS[0]])
    angles, lengths = measured(ring)
    lines = ["Trạm;Góc;Cạnh;X;Y"]
    for place, (east, north) in enumerate(ring.tolist()):
        angle = f"{angles[place - 1]:.8f}" if 0 < place < 5 else ""
        given = f"{north};{east}" if place in (0, 1, 4, 5) else ";"
        lines.append(f"{'ABCDBA'[place]};{angle};{lengths[place] if 0 < place < 4 else ''};{given}")
    path = tmp_path / "vòng.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    table = read_traverse_points(path)
    assert table.columns[POINT] == ["A", "B", "C", "D"]
    assert shapely.get_coordinates(table.geometries) == pytest.approx(ring[:4], abs=1e-4)


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=5, max_size=12))
def test_what_is_measured_without_error_closes(offsets: list[tuple[float, float]]) -> None:
    points = MARKS[0] + np.cumsum(offsets, axis=0)
    angles, lengths = measured(points)
    if min(lengths) < 1.0:
        return
    marks = [(float(east), float(north)) for east, north in points]
    names = tuple(map(str, range(len(points) - 2)))
    found = adjust_traverse(
        Traverse(names, tuple(angles), tuple(lengths[1:-1]), marks[1], marks[-2], marks[0], marks[-1])
    )
    assert found.closure.points == pytest.approx(points[1:-1], abs=1e-6)
    assert math.isclose(found.closure.angle_seconds or 0.0, 0.0, abs_tol=1e-4)


def test_the_command(tmp_path: Path) -> None:
    path = book(tmp_path / "sổ.csv", spoil_s=30)
    done = run("traverse", path, "--json").document("traverse")
    assert (done["kind"], done["is_within"], len(done["stations"])) == ("cap_2", True, 3)
    told = run("traverse", path, "--class", "cap_1")
    assert told.code == 1
    assert "30,0″" in told.out and "P2: X 2" in told.out


def test_the_command_imports_the_adjusted_points(tmp_path: Path) -> None:
    path = book(tmp_path / "sổ.csv", right=True)
    make_desk(tmp_path / "Sổ xã", None).close()
    more = ("--type", "survey_point", "--crs", "EPSG:9212", "--traverse", "right", "--json")
    done = run("import", tmp_path / "Sổ xã", path, *more)
    assert done.code == 0, done.err
    document = done.document("import")
    assert (document["written"], document["plan"]["traverse"]) == (5, "right")
