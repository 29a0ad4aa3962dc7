"""Grades suggested over a register, in the services and on the command line."""

import pytest
import shapely

from forms.model import NumberField
from services.desk import Desk
from services.desk_checks import check_desk
from services.editing import insert_record, update_geometry, update_values
from services.grading import list_graded_works
from tests.cli.running import run

CENTRE = (437_000.0, 2_487_000.0)


def line(length: float) -> shapely.LineString:
    return shapely.LineString([CENTRE, (CENTRE[0] + length, CENTRE[1])])


@pytest.fixture
def works(desk: Desk) -> Desk:
    pipe = {"name": "Tuyến ống D400", "diameter_mm": 400.0, "work_grade": "II"}
    insert_record(desk, "water_supply_line", pipe, line(400))
    insert_record(desk, "road_segment", {"name": "Phố mới", "mgmt_class": "duong_do_thi", "lanes": 5}, line(1500))
    insert_record(desk, "telecom_facility", {"name": "BTS 12", "mast_h_m": 30.0, "work_grade": "IV"}, None)
    insert_record(desk, "bridge", {"name": "Cầu Phao", "bridge_kind": "cau_phao"}, None)
    return desk


def test_every_work_that_answers_a_criterion_is_listed(works: Desk):
    found = {work.record.values["name"]: work for work in list_graded_works(works)}
    assert set(found) == {"Tuyến ống D400", "Phố mới", "BTS 12"}
    pipe, street, mast = found["Tuyến ống D400"], found["Phố mới"], found["BTS 12"]
    assert (pipe.recorded, pipe.suggestion.grade, pipe.differs) == ("II", "III", True)
    assert (street.recorded, street.suggestion.grade, street.differs) == (None, None, False)
    assert (mast.recorded, mast.suggestion.grade, mast.differs) == ("IV", "IV", False)
    assert [work.record.type_id for work in list_graded_works(works, type_ids=["telecom_facility"])] == [
        "telecom_facility"
    ]


def test_the_checks_doubt_the_same_grades(works: Desk):
    found = [item for item in check_desk(works).findings if item.rule_id == "ATT-07"]
    assert [item.type_id for item in found] == ["water_supply_line"]


def test_a_longer_pipe_is_no_longer_lowered(works: Desk):
    (work,) = list_graded_works(works, type_ids=["water_supply_line"])
    update_geometry(works, work.record.uid, line(1200), expected=work.record.revision)
    (work,) = list_graded_works(works, type_ids=["water_supply_line"])
    assert (work.suggestion.grade, work.differs) == ("II", False)


def test_computed_values_follow_values_and_shape(works: Desk):
    saved = insert_record(works, "drainage_line", {"name": "Cống", "invert_up": 10.5, "invert_dn": 10.0}, line(250))
    assert saved.record.values["slope"] == 2.0
    longer = update_geometry(works, saved.record.uid, line(500), expected=saved.record.revision)
    assert (longer.record.values["length_m"], longer.record.values["slope"]) == (500.0, 1.0)
    raised = update_values(works, saved.record.uid, {"invert_dn": 10.25}, expected=longer.record.revision)
    assert raised.record.values["slope"] == 0.5
    assert isinstance(works.catalogue.type("drainage_line").field("slope"), NumberField)


def test_the_command_lists_them(works: Desk):
    folder = works.workspace.folder
    works.close()
    done = run("grades", folder, "--json")
    assert done.code == 0, done.err
    pipe, *_ = [item for item in done.document("grades") if item["type"] == "water_supply_line"]
    assert (pipe["recorded"], pipe["suggested"], pipe["table"]) == ("II", "III", "2.10.1")
    assert pipe["criterion"].startswith("đường kính trong 400")
    words = run("grades", folder)
    assert "Tuyến ống D400" in words.out and "Phố mới" in words.out and "Có 3 công trình" in words.out
