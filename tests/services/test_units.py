"""Communes in field files, old and new; counting and finding records by either."""

from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from services.desk import Desk
from services.importing import propose_import, run_import
from services.inspecting import inspect_for
from services.reading import list_records, search
from services.units import count_by_unit, describe_unit
from tests.services.desks import records_of, refused, sample_line, snapshot, write_roads


def roads(path: Path, *names: object, column: str = "ten_xa", far: bool = False) -> Path:
    start = 40_000 if far else 0
    return write_roads(
        path / "duong.geojson",
        [
            (
                {"ten": f"Đường {place}", column: name},
                sample_line((start + 30 * place, 0), (start + 30 * place + 20, 10)),
            )
            for place, name in enumerate(names)
        ],
    )


def bring(desk: Desk, path: Path, **changes: object):
    plan = replace(propose_import(desk, path, type_id="road_segment"), **changes)
    return run_import(desk, plan)


def pairs(desk: Desk) -> list[tuple[object, object]]:
    return [
        (record.values["commune_code"], record.values["former_commune_code"])
        for record in records_of(desk, "road_segment")
    ]


def codes_of(report) -> list[str]:
    return [problem.code for problem in report.warnings]


def test_old_names_become_todays_code_and_are_kept(desk: Desk, tmp_path: Path) -> None:
    report = bring(desk, roads(tmp_path, "Xã Việt Vinh", "TT. Việt Quang", "X. Quang  Minh", "Xã Bắc Quang", None))
    assert report.plan.mapping["commune_code"] == "ten_xa"
    assert pairs(desk) == [
        ("01153", "01183"),
        ("01153", "01153"),
        ("01153", "01189"),
        ("01153", None),
        ("01153", None),
    ]
    [told] = [problem for problem in report.warnings if problem.code == "IMPORT-UNIT-FORMER"]
    assert told.context["count"] == 3
    assert records_of(desk, "road_segment")[0].lineage.raw_values["ten_xa"] == "Xã Việt Vinh"
    assert not report.plan.undecided_units


def test_old_codes_are_read_as_such(desk: Desk, tmp_path: Path) -> None:
    bring(desk, roads(tmp_path, "01183", 1189, column="ma_xa"))
    assert pairs(desk) == [("01153", "01183"), ("01153", "01189")]


def test_other_communes_get_their_own_code(desk: Desk, tmp_path: Path) -> None:
    bring(desk, roads(tmp_path, "Xã Tân Trịnh", "Xã Bắc Quang"))
    assert [code for code, _ in pairs(desk)] == ["01243", "01153"]


def test_a_column_that_names_no_commune_is_left_out(desk: Desk, tmp_path: Path) -> None:
    report = bring(desk, roads(tmp_path, "Nguyễn Văn A", "Xã Bắc Quang"))
    assert "commune_code" not in report.plan.mapping
    assert "Nguyễn Văn A" in report.plan.unmapped["ten_xa"]
    assert pairs(desk) == [("01153", None)] * 2


def test_a_name_of_no_commune_is_rejected_where_the_user_named_the_column(desk: Desk, tmp_path: Path) -> None:
    report = bring(desk, roads(tmp_path, "Xã Không Có"), mapping={"name": "ten", "commune_code": "ten_xa"})
    assert [(item.code, item.row) for item in report.rejected] == [("COMMUNE-UNKNOWN", 1)]
    assert not report.written


@pytest.fixture
def divided(tmp_path: Path) -> Path:
    """A file with a ward that was divided, and one that was not; it lies far from the workspace's commune."""
    return roads(tmp_path, "Phường Mỹ Đình 1", "Phường Cầu Diễn", "Phường Mỹ Đình 1")


def test_a_divided_unit_is_asked_and_never_guessed(desk: Desk, divided: Path) -> None:
    plan = propose_import(desk, divided, type_id="road_segment")
    [question] = plan.undecided_units
    assert (question.text, question.count) == ("Phường Mỹ Đình 1", 2)
    assert [code for code, _ in question.candidates] == ["00166", "00592"]
    assert plan.as_dict()["undecided_units"][0]["candidates"][1] == {
        "code": "00592",
        "name": "Phường Từ Liêm, Hà Nội (00592)",
    }
    report = run_import(desk, plan)
    assert pairs(desk) == [(None, "00625"), ("00592", "00592"), (None, "00625")]
    assert "IMPORT-UNIT-UNDECIDED" in codes_of(report)
    assert report.plan.undecided_units == (question,)
    blocked = [item.uid for item in report.findings if item.text_code == "ATT-01.approve"]
    assert len(blocked) == 2


def test_the_answer_counts_for_every_spelling(desk: Desk, divided: Path) -> None:
    answered = bring(desk, divided, units={"My Dinh 1": "00166"})
    assert pairs(desk) == [("00166", "00625"), ("00592", "00592"), ("00166", "00625")]
    assert not answered.plan.undecided_units
    assert "IMPORT-UNIT-UNDECIDED" not in codes_of(answered)


def test_an_answer_must_be_about_the_file_and_name_a_commune(desk: Desk, divided: Path) -> None:
    before = snapshot(desk)
    refused("IMPORT-UNIT-NO-TEXT", lambda: bring(desk, divided, units={"Tân Trịnh": "01243"}))
    refused("COMMUNE-UNKNOWN", lambda: bring(desk, divided, units={"Phường Mỹ Đình 1": "99999"}))
    refused("IMPORT-NO-COLUMN", lambda: bring(desk, divided, units={"x": "01153"}, mapping={"name": "ten"}))
    assert snapshot(desk) == before


def test_the_shape_decides_when_it_lies_wholly_in_one_candidate(desk: Desk, divided: Path) -> None:
    lines = shapely.union_all([sample_line((0, 0), (20, 10)), sample_line((30, 0), (50, 10))])
    outline = lines.buffer(500)
    desk.workspace.replace_boundary({"01153": outline, "00592": outline}, source="thử", now=desk.now())
    report = bring(desk, divided)
    assert pairs(desk)[0] == ("00592", "00625")
    assert "IMPORT-UNIT-LOCATED" in codes_of(report)
    assert not report.plan.undecided_units


def test_two_candidates_over_one_place_decide_nothing(desk: Desk, divided: Path) -> None:
    outline = sample_line((0, 0), (100, 10)).buffer(500)
    desk.workspace.replace_boundary(
        {"01153": outline, "00592": outline, "00166": outline}, source="thử", now=desk.now()
    )
    bring(desk, divided)
    assert pairs(desk)[0] == (None, "00625")


def test_inspecting_tells_what_is_open(desk: Desk, divided: Path) -> None:
    [layer] = inspect_for(desk, divided).layers
    columns = {column.name: column for column in layer.columns}
    assert [one.text for one in columns["ten_xa"].undecided_units] == ["Phường Mỹ Đình 1"]
    assert columns["ten"].undecided_units == ()


def test_records_are_counted_filtered_and_found_by_either_unit(desk: Desk, tmp_path: Path) -> None:
    bring(desk, roads(tmp_path, "Xã Việt Vinh", "Xã Việt Vinh", "Xã Tân Nam, Huyện Quang Bình", "Xã Bắc Quang"))
    today = [(row.code, row.total, row.counts) for row in count_by_unit(desk)]
    assert today[0] == ("01153", 3, {"road_segment": 3})
    assert sum(total for _, total, _ in today) == 4
    former = count_by_unit(desk, "former")
    assert (former[0].code, former[0].label) == ("01183", "Xã Việt Vinh, Huyện Bắc Quang, Tỉnh Hà Giang (cũ)")
    assert (former[-1].code, former[-1].total) == ("", 1)
    assert len(list_records(desk, "road_segment", where="former_commune_code = '01183'")) == 2
    assert len(search(desk, "viet vinh")) == 2
    assert len(search(desk, "Xã Bắc Quang")) >= 3


def test_a_unit_is_described_by_what_it_was_and_became() -> None:
    found = describe_unit("tan trinh", "2026-11-20")
    assert [version.full_name for version in found.today] == ["Xã Tân Trịnh"]
    assert [unit.code for unit in found.former] == ["01240"]
    assert describe_unit("00073", "2026-11-20").draft_of == "Phường Cửa Nam, Hà Nội (00082)"
    nothing = describe_unit("không có", "2026-11-20").as_dict()
    assert (nothing["today"], nothing["former"], nothing["versions"]) == ([], [], {})


def test_unseen_signs_are_taken_out_and_told(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "a.geojson", [({"ten": "Đường\u202e A\u200b"}, sample_line((0, 0), (20, 10)))])
    report = bring(desk, path)
    [record] = records_of(desk, "road_segment")
    assert record.values["name"] == "Đường A"
    assert record.lineage.raw_values["ten"] == "Đường\u202e A\u200b"
    [told] = [problem for problem in report.warnings if problem.code == "IMPORT-UNSEEN"]
    assert (told.column, told.context["count"]) == ("ten", 1)
