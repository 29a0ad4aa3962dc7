"""Survey points with codes, doubles, strays, a traverse and a receiver's own quality, to records."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from core.errors import UserError
from services.desk import Desk
from services.importing import propose_import, run_import
from services.reading import list_records
from services.survey_tables import places_of
from tests.cli.running import run
from tests.services.desks import CENTRE_OLD, bring, refused


def write(path: Path, rows: list[str], delimiter: str = ";", decimal: str = ",") -> Path:
    """Write rows of ``number dx dy h code [more]``; the places are metres from the sample's middle, X north first."""
    lines = []
    for row in rows:
        number, dx, dy, height, *more = row.split(" ", 4)
        north, east = CENTRE_OLD[1] + float(dx), CENTRE_OLD[0] + float(dy)
        cells = [number, f"{north:.3f}", f"{east:.3f}", f"{float(height):.3f}", *more]
        lines.append(
            delimiter.join(
                cell.replace(".", decimal) if place in (1, 2, 3) else cell for place, cell in enumerate(cells)
            )
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


ROAD = ["1 0 0 10 TIM1 BD", "2 50 5 10 TIM1", "3 0 4 10 M", "4 100 10 10 TIM1 KT", "5 50 9 10 M", "6 20 20 10 COC"]


@pytest.mark.parametrize(("delimiter", "decimal"), [(";", ","), ("\t", ","), (",", "."), ("|", "."), ("  ", ".")])
def test_lines_out_of_codes(desk: Desk, tmp_path: Path, delimiter: str, decimal: str) -> None:
    path = write(tmp_path / "toan_dac.txt", ROAD, delimiter, decimal)
    plan = propose_import(desk, path, type_id="road_segment", linework=True, only_codes=["TIM"])
    report = run_import(desk, plan)
    assert (report.read, report.written, report.rejected) == (1, 1, ())
    assert [item.code for item in report.warnings] == ["SURVEY-NO-LINE"]
    [road] = [record for record in list_records(desk, "road_segment") if record.uid in report.uids]
    assert shapely.get_num_coordinates(road.geometry) == 3
    assert shapely.length(road.geometry) == pytest.approx(2 * np.hypot(50, 5), abs=0.02)
    assert road.lineage.raw_values["points"] == "1, 2, 4"
    assert road.lineage.raw_coordinates.count("\n") == 2


def test_all_codes_draw_and_a_closed_one_is_an_area(desk: Desk, tmp_path: Path) -> None:
    house = ["7 10 30 0 NHA1", "8 10 40 0 NHA1", "9 20 40 0 NHA1", "10 20 30 0 NHA1 C"]
    path = write(tmp_path / "a.txt", [*ROAD, *house])
    plan = propose_import(desk, path, linework=True)
    table = plan.reading.table  # type: ignore[union-attr]
    assert table.columns["code"] == ["TIM", "M", "NHA"]
    assert [shape.geom_type for shape in table.geometries] == ["LineString", "LineString", "Polygon"]
    report = bring(desk, path, "public_building", linework=True, only_codes=["nhà"])
    assert report.written == 1


def test_no_codes_no_lines(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", ["1 0 0 10 COC", "2 5 5 10 COC", "3 9 9 10 COC"])
    error = refused("SURVEY-NO-CODES", lambda: propose_import(desk, path, linework=True))
    assert isinstance(error, UserError)


def test_doubles_and_strays_are_told(desk: Desk, tmp_path: Path) -> None:
    rows = [f"P{place} {place * 10} {place % 3} {10 + place / 10} TIM" for place in range(12)]
    rows += [
        "P3 30.01 0 10.3 TIM",
        "P5 90.5 40 10.5 TIM",
        "P20 40.01 1 10.4 TIM",
        "P21 99000 0 10 TIM",
        "P22 60 30 900 TIM",
    ]
    report = bring(desk, write(tmp_path / "a.txt", rows), "survey_point", dry_run=True)
    told = {(item.code, item.row) for item in report.warnings}
    assert told == {
        ("SURVEY-MEASURED-TWICE", 13),
        ("SURVEY-NUMBER-TWICE", 14),
        ("SURVEY-SAME-PLACE", 15),
        ("SURVEY-FAR", 16),
        ("SURVEY-HEIGHT", 17),
    }
    assert all(item.text("vi") != item.text("en") for item in report.warnings)


@pytest.mark.parametrize(("miss", "code"), [(0.01, "SURVEY-CLOSES"), (0.9, "SURVEY-OPEN")])
def test_a_traverse_measured_back_to_its_start(desk: Desk, tmp_path: Path, miss: float, code: str) -> None:
    rows = ["DC1 0 0 10 DC", "DC2 100 0 10 DC", "DC3 100 100 10 DC", "DC4 0 100 10 DC", f"DC1 {miss} 0 10 DC"]
    report = bring(desk, write(tmp_path / "a.txt", rows), "survey_point", dry_run=True)
    [told] = [item for item in report.warnings if item.code.startswith("SURVEY-CLOSES") or item.code == "SURVEY-OPEN"]
    assert told.code == code
    assert f"{miss:.3f} m" in told.text("en")
    assert f"{miss:.3f} m".replace(".", ",") in told.text("vi")
    assert "1/40000" in told.text("en") if miss == 0.01 else "1/444" in told.text("en")


def test_a_receivers_quality_is_kept(desk: Desk, tmp_path: Path) -> None:
    north, east = CENTRE_OLD[1], CENTRE_OLD[0]
    rows = ["Point,N,E,H,Code,HRMS,PDOP,Solution"]
    rows += [f"P{k},{north + k * 7:.4f},{east + k:.4f},10.1234,TIM,0.0{k}1,1.{k},FIXED" for k in range(1, 6)]
    path = tmp_path / "gnss.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    report = bring(desk, path, "survey_point")
    records = [record for record in list_records(desk, "survey_point") if record.uid in report.uids]
    assert {record.lineage.capture_method for record in records} == {"gnss_rtk"}
    assert sorted(record.lineage.accuracy_m for record in records) == [0.011, 0.021, 0.031, 0.041, 0.051]
    assert {record.lineage.raw_values["Solution"] for record in records} == {"FIXED"}
    assert {record.lineage.raw_values["PDOP"] for record in records} == {f"1.{k}" for k in range(1, 6)}


def test_the_command_line_joins_points(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", ROAD)
    folder = desk.workspace.folder
    desk.close()
    done = run("import", folder, path, "--type", "road_segment", "--linework", "--only-code", "TIM", "--json")
    assert done.code == 0, done.err
    document = done.document("import")
    assert (document["written"], document["plan"]["linework"]) == (1, True)


def test_very_many_doubles_are_counted_to_the_last(desk: Desk, tmp_path: Path) -> None:
    rows = [f"P{place} {place % 250 * 10} {place % 250 % 3} 10 TIM" for place in range(500)]
    rows = [row.replace("P", "Q", 1) if place >= 250 else row for place, row in enumerate(rows)]
    report = bring(desk, write(tmp_path / "a.txt", rows), "survey_point", dry_run=True)
    doubles = [item for item in report.warnings if item.code == "SURVEY-SAME-PLACE"]
    [more] = [item for item in report.warnings if item.code == "SURVEY-MORE"]
    assert len(doubles) + more.context["count"] == 250
    assert places_of(more).shape == (0, 2)
    assert np.ptp(places_of(doubles[0]), axis=0).max() == 0


def test_the_columns_that_became_places_are_told_as_such(desk: Desk, tmp_path: Path) -> None:
    east, north = CENTRE_OLD
    path = tmp_path / "điểm.csv"
    rows = [f"M{place};{north + place:.3f};{east:.3f};x{place}" for place in range(3)]
    path.write_text("\n".join(["ten;X;Y;linh tinh", *rows]) + "\n", encoding="utf-8")
    plan = propose_import(desk, path)
    assert plan.reading is not None
    assert plan.reading.table.placed == {"X", "Y"}
    reasons = {item.column: item.reason for item in plan.columns if item.field is None}
    assert reasons["X"] == reasons["Y"] == "COLUMN-PLACED"
    assert plan.unmapped["linh tinh"] != plan.unmapped["X"]
