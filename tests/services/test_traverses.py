"""A field book's traverse: read as offices write it, judged by its class, adjusted."""

import math
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodesy.survey.angles import format_angle
from services.traverses import Traverse, adjust_traverse, read_traverse
from tests.cli.running import run
from tests.services.desks import refused

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
    refused(code, lambda: read_traverse(path))


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
